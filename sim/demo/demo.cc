#include "sim/demo/demo.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>

#include "engine/store.h"
#include "sim/demo/kill_demo.h"
#include "sim/demo/terminal.h"
#include "sim/demo/word_count.h"
#include "sim/disk/crash.h"
#include "sim/disk/sim_disk.h"
#include "sim/run/oracle.h"
#include "sim/run/runner.h"

namespace sediment::sim {

namespace {

constexpr std::uint64_t kSegmentSize = std::uint64_t{4} * 1024;
constexpr std::uint64_t kSyncEvery = 400;        // words
constexpr std::size_t kMergeAt = 4;              // sealed segments
constexpr std::uint64_t kMergeStepsPerWord = 3;  // so that merging keeps pace with writing
constexpr std::uint64_t kWordsPerPicture = 60;
constexpr std::uint64_t kLongestBar = 48;   // characters
constexpr int kRepetitions = 10;            // of the text, for the part with the real process
constexpr std::size_t kUnsyncedWords = 60;  // at least, when the power fails

// A store on a simulated disk that counts words and merges step by step in between.
class Counting {
 public:
  Counting(const std::vector<std::string>& words, std::uint64_t seed, Terminal& terminal)
      : words_(words), seed_(seed), terminal_(terminal) {}

  Status open(DiskState state) {
    Options options;
    options.segment_size_bytes = kSegmentSize;
    options.background_merge = false;
    options.merge_policy.automatic = false;  // merges are begun below and done a few records at a time
    disk_ = std::make_shared<SimDisk>(std::move(state), SimDiskOptions{++seed_});
    Result<std::unique_ptr<Store>> store = Store::open(disk_, options);
    if (!store.ok()) return store.status();
    store_ = std::move(*store);
    return {};
  }

  /// Counts words from `position` on until there are no more or `stop` says so.
  template <typename Stop>
  Status count_from(std::uint64_t position, Stop stop) {
    for (position_ = position; position_ < words_.size() && !stop(*this); ++position_) {
      if (Status s = count_word(*store_, words_[position_]); !s.ok()) return s;
      if ((position_ + 1) % kSyncEvery == 0) {
        if (Status s = store_->sync(); !s.ok()) return s;
      }
      if (Status s = go_on_merging(); !s.ok()) return s;
      if (terminal_.animated() && position_ % kWordsPerPicture == 0) {
        terminal_.draw(picture());
        terminal_.pause(40);
      }
    }
    return {};
  }

  Status finish_merge() {
    while (store_->merge_under_way()) {
      if (Status s = go_on_merging(); !s.ok()) return s;
    }
    return {};
  }

  /// A bar for each segment: solid for the newest record of each key in it, light for superseded ones.
  std::vector<std::string> picture() const {
    std::vector<std::string> lines;
    lines.push_back(terminal_.in(Colour::kGrey, fmt::format("word {:>6} of {}", position_, words_.size())));
    const Stats stats = store_->stats();
    std::uint64_t largest = kSegmentSize;
    for (const SegmentStats& segment : stats.segments) largest = std::max(largest, segment.size_bytes);
    for (const SegmentStats& segment : stats.segments) {
      const std::uint64_t blocks = segment.size_bytes * kLongestBar / largest + 1;
      const std::uint64_t full = segment.records == 0 ? 0 : blocks * segment.keys / segment.records;
      std::string bar;
      for (std::uint64_t i = 0; i < blocks; ++i) bar += i < full ? "█" : "░";
      const bool merging = store_->merge_under_way() && segment.sealed &&
                           std::find(inputs_.begin(), inputs_.end(), segment.number) != inputs_.end();
      const Colour colour = merging ? Colour::kYellow : segment.sealed ? Colour::kBlue : Colour::kGreen;
      const char* role = merging ? "being merged" : segment.sealed ? "sealed" : "active";
      lines.push_back(fmt::format(
          "{} {} {}", segment_file_name(segment.number), terminal_.in(colour, bar),
          terminal_.in(Colour::kGrey, fmt::format("{} records, {} keys, {}", segment.records, segment.keys, role))));
    }
    if (const auto output = merge_output()) {
      lines.push_back(
          fmt::format("{} {}", *output, terminal_.in(Colour::kYellow, "the merge's output, not in the manifest yet")));
    }
    return lines;
  }

  /// The file that the current merge is writing; none before its first record.
  std::optional<std::string> merge_output() const {
    if (!store_->merge_under_way()) return std::nullopt;
    const Stats stats = store_->stats();
    for (const auto& [name, id] : disk_->state().names()) {
      const auto number = parse_segment_file_name(name);
      const bool listed = std::any_of(stats.segments.begin(), stats.segments.end(),
                                      [&](const SegmentStats& segment) { return segment.number == number; });
      if (number && !listed) return name;
    }
    return std::nullopt;
  }

  Store& store() { return *store_; }
  const SimDisk& disk() const { return *disk_; }
  std::uint64_t position() const { return position_; }
  /// The active log's file, with its unsynced writes: one per word.
  const FileState& active_log() const { return *disk_->state().find(active_file()); }
  const std::vector<SegmentNumber>& merge_inputs() const { return inputs_; }
  std::string active_file() const { return segment_file_name(store_->stats().segments.back().number); }

 private:
  Status go_on_merging() {
    const std::size_t sealed = store_->stats().segments.size() - 1;
    if (!store_->merge_under_way() && sealed >= kMergeAt) {
      inputs_.clear();
      for (const SegmentStats& segment : store_->stats().segments) {
        if (segment.sealed) inputs_.push_back(segment.number);
      }
      if (Status s = store_->begin_merge(MergeRun{1, sealed}); !s.ok()) return s;
    }
    for (std::uint64_t i = 0; i < kMergeStepsPerWord && store_->merge_under_way(); ++i) {
      Result<bool> complete = store_->merge_step();
      if (!complete.ok()) return complete.status();
    }
    return {};
  }

  const std::vector<std::string>& words_;
  std::uint64_t seed_;
  Terminal& terminal_;
  std::shared_ptr<SimDisk> disk_;
  std::unique_ptr<Store> store_;
  std::uint64_t position_ = 0;
  std::vector<SegmentNumber> inputs_;
};

std::string list_of(const std::vector<SegmentNumber>& numbers) {
  std::string text;
  for (const SegmentNumber number : numbers) text += (text.empty() ? "" : ", ") + segment_file_name(number);
  return text;
}

// The files on the disk after the crash, and what each one was to the running store.
void show_disk(Terminal& terminal, const DiskState& disk, const Counting& crashed, std::uint64_t torn_at) {
  const auto& inputs = crashed.merge_inputs();
  for (const auto& [name, contents] : disk.contents()) {
    const auto number = parse_segment_file_name(name);
    std::string what = "a sealed segment";
    Colour colour = Colour::kBlue;
    if (!number) {
      what = name == kManifestName            ? "the list of segments that count"
             : parse_snapshot_file_name(name) ? "a segment's index, saved"
                                              : "unfinished, or without contents";
      colour = Colour::kPlain;
    } else if (name == crashed.merge_output()) {
      what = "output of the merge, unfinished; the manifest does not name it";
      colour = Colour::kYellow;
    } else if (std::find(inputs.begin(), inputs.end(), *number) != inputs.end()) {
      what = "input of the merge";
      colour = Colour::kYellow;
    } else if (name == crashed.active_file()) {
      what = fmt::format("the active log, torn at byte {}", torn_at);
      colour = Colour::kRed;
    }
    terminal.detail(fmt::format("{:<12} {:>7} bytes   {}", name, contents.size(), terminal.in(colour, what)));
  }
}

// The first part: a simulated disk, so that the power can fail at the worst moment.
std::optional<std::string> power_cut_demo(const std::vector<std::string>& words, std::uint64_t seed,
                                          Terminal& terminal) {
  Random random(seed);
  Counting counting(words, seed, terminal);

  terminal.heading("A store counts words");
  terminal.say(fmt::format("{} words. Each word is a key, its running count the value: every repetition overwrites.",
                           words.size()));
  terminal.detail(
      terminal.in(Colour::kGrey, "█ the newest record of a word in that file   ░ overwritten: a merge drops it"));
  if (Status s = counting.open({}); !s.ok()) return s.to_string();
  // The moment: past the middle of the text, with a merge half done and a good many unsynced words.
  const auto worst_moment = [&](const Counting& now) {
    return now.position() > words.size() / 2 && now.active_log().unsynced.size() > kUnsyncedWords && now.merge_output();
  };
  if (Status s = counting.count_from(0, worst_moment); !s.ok()) return s.to_string();
  if (counting.position() == words.size()) {
    return "this text is too short for a crash during a merge: use one of a few thousand words";
  }
  const Stats stats = counting.store().stats();
  terminal.draw(counting.picture());
  terminal.say(
      fmt::format("So far: {} words read, {} segments written, {} merges completed and one under way, {} syncs.",
                  counting.position(), stats.rolls + 1, stats.merges, stats.syncs));

  terminal.heading("The power fails in the middle of the merge");
  terminal.pause(1500);
  // Some of the log's unsynced writes reach the disk, the last of them only up to some byte.
  const std::vector<FileState::Change>& unsynced = counting.active_log().unsynced;
  const FileState::Change& torn = unsynced[random.below(unsynced.size() - 1) + 1];
  const std::uint64_t torn_at = torn.offset + 1 + random.below(torn.bytes.size() - 1);
  const CrashChoice crash{.fault = Fault::kTornByte, .file = counting.active_file(), .byte = torn_at};
  Result<DiskState> image = crash_image(counting.disk().state(), crash);
  if (!image.ok()) return image.status().to_string();
  terminal.say(fmt::format("It crashed at word {}, with the inputs of the merge ({}) and its output ({}) on the disk.",
                           counting.position(), list_of(counting.merge_inputs()), *counting.merge_output()));
  terminal.say(
      fmt::format("The active log was synced up to byte {} and written up to byte {}; the disk kept it up to byte {}:",
                  unsynced.front().offset, unsynced.back().offset + unsynced.back().bytes.size(), torn_at));
  show_disk(terminal, *image, counting, torn_at);

  terminal.heading("It recovers");
  terminal.pause(1500);
  const std::uint64_t words_before = counting.position();
  Counting recovered(words, seed + 1, terminal);
  if (Status s = recovered.open(*image); !s.ok()) return s.to_string();
  const RecoveryReport& report = recovered.store().recovery_report();
  terminal.say(fmt::format("{} records verified in {} segments; {} bytes cut from {} at byte {}, because {}.",
                           report.records_scanned, report.segments, report.bytes_cut, report.active_file,
                           report.cut_offset, report.cut_reason));
  for (const std::string& name : report.files_removed)
    terminal.detail(name + " removed: the manifest does not name it");
  Result<Contents> contents = read_everything(recovered.store());
  if (!contents.ok()) return contents.status().to_string();
  const std::uint64_t proven = sum_of_counts(*contents);
  terminal.say(fmt::format("The sum of all counts is {}: exactly the first {} words are here.", proven, proven));
  if (proven > words_before || *contents != plain_count(words, proven)) {
    return "these are not the counts of the first words of the text";
  }
  terminal.say(
      terminal.in(Colour::kGreen,
                  fmt::format("{} unsynced words lost of {} read; every count is right, and no synced word is missing.",
                              words_before - proven, words_before)));

  terminal.heading("It continues where it was");
  terminal.pause(1500);
  const auto never = [](const Counting&) { return false; };
  if (Status s = recovered.count_from(proven, never); !s.ok()) return s.to_string();
  if (Status s = recovered.finish_merge(); !s.ok()) return s.to_string();
  terminal.draw(recovered.picture());
  Result<Contents> final_contents = read_everything(recovered.store());
  if (!final_contents.ok()) return final_contents.status().to_string();
  const Contents expected = plain_count(words, words.size());
  if (*final_contents != expected) return "the counts differ from a plain word count of the same text";
  const Stats final_stats = recovered.store().stats();
  terminal.say(fmt::format("{} words read, {} segments, {} merges that dropped {} of {} records.", words.size(),
                           final_stats.segments.size(), stats.merges + final_stats.merges,
                           final_stats.records_merged - final_stats.records_kept, final_stats.records_merged));
  terminal.say(terminal.in(
      Colour::kGreen, fmt::format("all counts equal: {} different words, the same as a plain word count of the text.",
                                  expected.size())));
  return std::nullopt;
}

int failed(Terminal& terminal, const std::string& what) {
  terminal.say(terminal.in(Colour::kRed, "FAILED: " + what));
  return 1;
}

}  // namespace

std::optional<std::string> power_cut_demo(const std::vector<std::string>& words, std::uint64_t seed) {
  Terminal terminal;
  return power_cut_demo(words, seed, terminal);
}

int run_demo(const DemoArguments& arguments) {
  Terminal terminal;
  std::string text;
  for (const std::string& path : arguments.texts) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream contents;
    contents << file.rdbuf();
    if (!file) return failed(terminal, path + " cannot be read");
    text += contents.str() + "\n";
  }
  const std::vector<std::string> words = words_of(text);
  const std::optional<std::string> wrong = power_cut_demo(words, arguments.seed, terminal);
  if (wrong) return failed(terminal, *wrong);
  if (arguments.sediment.empty()) return 0;

  // A real process is fast: it gets the text several times over, so that there is time to kill it.
  std::string longer;
  for (int i = 0; i < kRepetitions; ++i) longer += text;
  return kill_demo({longer, words_of(longer), arguments.sediment, arguments.seed}, terminal);
}

}  // namespace sediment::sim
