#include "viz/shows/tour.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "engine/merge_policy.h"
#include "sim/base/json_reader.h"
#include "sim/demo/word_count.h"
#include "viz/model/narration.h"
#include "viz/shows/show_builder.h"

namespace sediment::viz {

namespace {

constexpr std::uint64_t kSegmentSize = 512;    // bytes: about fifteen words
constexpr std::size_t kSealedBeforeMerge = 4;  // segments
constexpr std::size_t kMergeStepsBeforeCrash = 24;
constexpr std::size_t kUnsyncedWords = 7;  // when the power fails
constexpr std::size_t kFewestWords = 400;  // for all of that, with some to spare
constexpr std::size_t kLongestWord = 100;  // bytes: three such words fit into a segment
constexpr std::uint64_t kSeed = 3;
constexpr std::size_t kWordsPerSync = 1000;  // once all is explained
const std::string kDraft = "#draft";         // not a word of any text: it is put, deleted and looked up

// What a store finds on this disk, read by a separate store: the one in the tour is not disturbed.
Result<sim::Contents> contents_of(const sim::DiskState& disk) {
  Options options;
  options.background_merge = false;  // only one thread at a time may use a simulated disk
  Result<std::unique_ptr<Store>> store = Store::open(std::make_shared<sim::SimDisk>(disk), options);
  if (!store.ok()) return store.status();
  return sim::read_everything(**store);
}

sim::Scenario options_of_tour() {
  sim::Scenario scenario;
  scenario.segment_size = kSegmentSize;
  scenario.snapshots = sim::Snapshots::kOff;
  scenario.seed = kSeed;
  return scenario;
}

// "1,048,576"
std::string with_commas(std::size_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

class TourBuilder {
 public:
  explicit TourBuilder(std::vector<std::string> words)
      : words_(std::move(words)), show_("A store counts the words of a text", options_of_tour()) {
    std::erase_if(words_, [](const std::string& word) { return word.size() > kLongestWord; });
    // A title that begins the first sentence: the first overwrite should come a little later.
    if (words_.size() > 1 && words_[0] == words_[1]) words_.erase(words_.begin());
  }

  Result<std::unique_ptr<Session>> build();

 private:
  Status tell();
  Status first_writes();
  Status fill_segments();
  Status look_up();
  Status merge();
  Status crash_and_recover();
  Status read_the_rest();

  static Status no_word_comes_twice();
  Status ends_too_early() const;
  Status count_word();
  std::size_t sealed() { return show_.runner().store()->stats().segments.size() - 1; }
  bool next_word_rolls();
  std::string word_of_the_oldest_segment_only() const;

  std::vector<std::string> words_;
  ShowBuilder show_;
  std::size_t next_word_ = 0;
  sim::Contents counts_;  // of the words so far
};

Result<std::unique_ptr<Session>> TourBuilder::build() {
  if (words_.size() < kFewestWords) {
    return Status::invalid_argument(fmt::format(
        "the text has {} words of up to {} bytes; the tour needs {} or more, for a merge and a crash in the "
        "next one",
        words_.size(), kLongestWord, kFewestWords));
  }
  if (words_.size() > kMostWords) {
    return Status::invalid_argument(
        fmt::format("the text has {} words; the tour counts at most {}. Give it a part of the text",
                    with_commas(words_.size()), with_commas(kMostWords)));
  }
  const std::size_t different = std::set<std::string>(words_.begin(), words_.end()).size();
  if (different > kMostDifferentWords) {
    return Status::invalid_argument(
        fmt::format("the text has {} different words; the tour counts at most {}. Give it a part of the text",
                    with_commas(different), with_commas(kMostDifferentWords)));
  }
  if (different == words_.size()) return no_word_comes_twice();
  if (Status s = tell(); !s.ok()) return s;
  return show_.finish();
}

Status TourBuilder::tell() {
  show_.chapter(
      "An empty store",
      fmt::format("It is going to count the words of this text, {} of them: each word is a key, its count so far "
                  "the value.",
                  words_.size()));
  if (Status s = show_.start(); !s.ok()) return s;
  show_.pace_since(0, 2.5);
  show_.hold(2.5);
  show_.picture();
  for (const auto part : {&TourBuilder::first_writes, &TourBuilder::fill_segments, &TourBuilder::look_up,
                          &TourBuilder::merge, &TourBuilder::crash_and_recover, &TourBuilder::read_the_rest}) {
    if (Status s = (this->*part)(); !s.ok()) return s;
  }
  return {};
}

Status TourBuilder::first_writes() {
  show_.chapter("A write is an append", "It goes to the end of the log. The index, in memory, remembers where it is.");
  for (int i = 0; i < 3; ++i) {
    if (Status s = count_word(); !s.ok()) return s;
  }
  show_.picture();
  show_.hold(1);
  std::size_t first = show_.end();
  if (Status s = show_.step({"put", kDraft, "yes"}); !s.ok()) return s;
  while (next_word_ < words_.size() && !counts_.contains(words_[next_word_])) {
    if (Status s = count_word(); !s.ok()) return s;
  }
  if (next_word_ == words_.size()) return no_word_comes_twice();  // except among the first three
  show_.pace_since(first, 3);

  show_.chapter("An overwrite is an append, too",
                fmt::format("“{}” comes again. Its new count goes to the end; the old record stays behind as garbage.",
                            shown(words_[next_word_])));
  if (Status s = count_word(); !s.ok()) return s;
  show_.picture();
  show_.hold(2);

  show_.chapter("Written is not durable",
                "So far all of it is only in the cache: a power cut takes it. A sync changes that.");
  show_.hold(3);
  if (Status s = show_.step({"sync"}); !s.ok()) return s;
  show_.picture();
  show_.hold(1.5);
  return {};
}

Status TourBuilder::fill_segments() {
  std::size_t first = show_.end();
  while (!next_word_rolls()) {
    if (Status s = count_word(); !s.ok()) return s;
  }
  show_.pace_since(first, 2);
  show_.chapter(
      "The log is full: seal it, begin a new one",
      "The sealed one never changes again. MANIFEST is the list of the segments that count; it is replaced in one "
      "step.");
  first = show_.end();
  if (Status s = count_word(); !s.ok()) return s;
  show_.pace_since(first, 6);
  show_.picture();
  show_.hold(1.5);
  first = show_.end();
  while (sealed() < kSealedBeforeMerge) {
    if (Status s = count_word(); !s.ok()) return s;
  }
  show_.pace_since(first, 5);
  return {};
}

Status TourBuilder::look_up() {
  const std::string word = word_of_the_oldest_segment_only();
  show_.chapter(
      "A lookup asks the newest segment first",
      fmt::format("Where is “{}”? Each index answers from memory. The first one that knows the key has the newest "
                  "record.",
                  shown(word)));
  if (Status s = show_.step({"get", word}); !s.ok()) return s;
  show_.picture();
  show_.hold(2);

  show_.chapter(
      "A deletion is an append, too",
      fmt::format("Records cannot be taken out of a log. A tombstone says that {} is gone, and stops the search: "
                  "older segments still hold the value.",
                  kDraft));
  if (Status s = show_.step({"remove", kDraft}); !s.ok()) return s;
  if (Status s = show_.step({"get", kDraft}); !s.ok()) return s;
  show_.picture();
  show_.hold(2.5);
  return {};
}

Status TourBuilder::merge() {
  show_.chapter("A merge throws the garbage away",
                "It reads the sealed segments, oldest first, and copies into a new one only what still counts.");
  std::size_t first = show_.end();
  if (Status s = show_.step({"merge", "begin", "1.." + std::to_string(sealed())}); !s.ok()) return s;
  for (int i = 0; i < 10; ++i) {
    if (Status s = show_.step({"merge", "step"}); !s.ok()) return s;
  }
  show_.pace_since(first, 10);
  show_.picture();
  const auto synced = [&] {  // when the merge syncs its output, it has copied everything
    const auto* operation = show_.last_in_step<sim::DiskOperation>();
    return operation != nullptr && operation->kind == sim::DiskOperation::Kind::kSync;
  };
  first = show_.end();
  std::size_t behind_copies = first;
  while (!synced()) {
    behind_copies = show_.end();
    if (Status s = show_.step({"merge", "step"}); !s.ok()) return s;
  }
  show_.pace(first, behind_copies, 4);

  show_.chapter(
      "The switch",
      "First the new file is made durable. Then the MANIFEST names it in place of its inputs: that is the moment. "
      "Only then the inputs are deleted.");
  show_.last_chapter().position = behind_copies;
  show_.last_chapter().hold = 0;
  show_.last_chapter().picture = behind_copies;
  first = behind_copies;
  while (show_.runner().store()->merge_under_way()) {
    if (Status s = show_.step({"merge", "step"}); !s.ok()) return s;
    const auto* last = show_.last_in_step<sim::EventEntry>();
    if (last != nullptr && last->kind == EventKind::kMergeSwitched) show_.picture();
  }
  show_.pace_since(first, 8);
  show_.hold(1.5);
  return {};
}

Status TourBuilder::crash_and_recover() {
  std::size_t first = show_.end();
  while (sealed() < kSealedBeforeMerge || next_word_rolls()) {  // the log must have room for the unsynced words
    if (Status s = count_word(); !s.ok()) return s;
  }
  if (Status s = show_.step({"sync"}); !s.ok()) return s;
  show_.pace_since(first, 4);
  show_.chapter("Merging and writing go on side by side",
                "The next merge is half done, and new words are not synced yet …");
  first = show_.end();
  if (Status s = show_.step({"merge", "begin", "1.." + std::to_string(sealed())}); !s.ok()) return s;
  for (std::size_t i = 0; i < kMergeStepsBeforeCrash; ++i) {
    if (Status s = show_.step({"merge", "step"}); !s.ok()) return s;
    if (i % (kMergeStepsBeforeCrash / kUnsyncedWords) == 0 && !next_word_rolls()) {
      if (Status s = count_word(); !s.ok()) return s;
    }
  }
  show_.pace_since(first, 6);
  show_.picture();
  show_.hold(1);

  // The disk keeps the log up to the middle of one of the unsynced writes.
  const std::string active = segment_file_name(show_.runner().store()->stats().segments.back().number);
  const std::vector<sim::FileState::Change>& unsynced = show_.runner().disk()->state().find(active)->unsynced;
  if (unsynced.empty()) return ends_too_early();
  const sim::FileState::Change& torn = unsynced[unsynced.size() / 2];
  const std::size_t words_before = next_word_;
  show_.chapter("The power fails",
                "What no sync has covered may be lost. The disk kept one record only in part: it is torn.");
  if (Status s = show_.step({"crash", "torn-byte", active, std::to_string(torn.offset + torn.bytes.size() / 2)});
      !s.ok()) {
    return s;
  }
  show_.picture();
  show_.hold(3);

  show_.chapter(
      "Recovery reads what is there",
      "It believes only bytes whose checksums match. The torn tail is cut off, and the unfinished output of the "
      "merge, which the MANIFEST does not name, is deleted.");
  first = show_.end();
  if (Status s = show_.step({"recover"}); !s.ok()) return s;
  show_.pace_since(first, 12);
  const auto& entries = show_.runner().trace().entries();
  for (std::size_t i = first; i < entries.size(); ++i) {
    const auto* event = std::get_if<sim::EventEntry>(&entries[i]);
    if (event != nullptr && event->kind == EventKind::kRecoveryCut) show_.last_chapter().picture = i + 1;
  }

  Result<sim::Contents> found = contents_of(show_.runner().disk()->state());
  if (!found.ok()) return found.status();
  const std::uint64_t proven = sim::sum_of_counts(*found);
  if (proven > words_before || *found != sim::plain_count(words_, proven)) {
    return Status::corruption({}, Status::kNoOffset, "after the crash the store holds other counts than it should");
  }
  show_.chapter(
      "Nothing that was promised is lost",
      fmt::format("The sum of all counts is {0}: so exactly the first {0} words are here. {1} unsynced words were "
                  "lost, not one that was synced.",
                  proven, words_before - proven));
  show_.picture();
  show_.hold(4);
  next_word_ = proven;
  counts_ = std::move(*found);
  return {};
}

Status TourBuilder::read_the_rest() {
  show_.chapter(
      "It goes on where it was",
      fmt::format("The remaining {} words at full speed: merged whenever the newer segments outweigh an older one.",
                  words_.size() - next_word_));
  const std::size_t first = show_.end();
  while (next_word_ < words_.size()) {
    const std::size_t before = sealed();
    if (Status s = count_word(); !s.ok()) return s;
    if (next_word_ == words_.size() / 2) show_.picture();
    if (next_word_ % kWordsPerSync == 0) {
      if (Status s = show_.step({"sync"}); !s.ok()) return s;
    }
    if (sealed() == before) continue;
    std::vector<std::uint64_t> sizes;
    for (const SegmentStats& segment : show_.runner().store()->stats().segments) {
      if (segment.sealed) sizes.push_back(segment.size_bytes);
    }
    if (const auto run = choose_merge(sizes, MergePolicy()); run && sizes.size() > kSealedBeforeMerge) {
      if (Status s = show_.step({"merge", std::to_string(run->first) + ".." + std::to_string(run->last)}); !s.ok())
        return s;
    }
  }
  if (Status s = show_.step({"sync"}); !s.ok()) return s;
  show_.pace_since(first, 12);

  Result<sim::Contents> found = contents_of(show_.runner().disk()->state());
  if (!found.ok()) return found.status();
  if (*found != sim::plain_count(words_, words_.size())) {
    return Status::corruption({}, Status::kNoOffset, "in the end the counts differ from a plain count of the words");
  }
  show_.chapter("All counts are equal",
                fmt::format("{} words, {} different ones: each count is the one that a plain count of the text gives.",
                            words_.size(), found->size()));
  show_.picture();
  show_.hold(4);
  return {};
}

Status TourBuilder::no_word_comes_twice() {
  return Status::invalid_argument(
      "no word of the text comes twice; the tour needs one that does, to overwrite its count");
}

Status TourBuilder::ends_too_early() const {
  return Status::invalid_argument(fmt::format(
      "the text of {} words ends before the tour does: it needs some {} words after the first one that comes "
      "twice",
      words_.size(), kFewestWords));
}

Status TourBuilder::count_word() {
  if (next_word_ == words_.size()) return ends_too_early();
  const std::string& word = words_[next_word_++];
  std::string& count = counts_[word];
  count = std::to_string(count.empty() ? 1 : std::stoull(count) + 1);
  return show_.step({"put", word, count});
}

bool TourBuilder::next_word_rolls() {
  if (next_word_ == words_.size()) return false;
  const std::string& word = words_[next_word_];
  const auto known = counts_.find(word);
  const std::string count = known == counts_.end() ? "1" : std::to_string(std::stoull(known->second) + 1);
  const std::uint64_t used = show_.runner().store()->stats().segments.back().size_bytes;
  return used + record_size(word.size(), count.size()) > kSegmentSize;
}

// A word that is in the first segment and has not occurred since: the longest path for a lookup. Of several, the one
// long enough to be read on the screen.
std::string TourBuilder::word_of_the_oldest_segment_only() const {
  const auto begin = static_cast<std::ptrdiff_t>(std::min<std::size_t>(20, next_word_));
  const std::set<std::string> newer(words_.begin() + begin, words_.begin() + static_cast<std::ptrdiff_t>(next_word_));
  std::string best = words_[0];
  for (std::size_t i = 0; i < std::min<std::size_t>(12, next_word_); ++i) {
    const std::string& word = words_[i];
    if (!newer.contains(word) && (newer.contains(best) || word.size() > best.size())) best = word;
  }
  return best;
}

}  // namespace

Result<std::unique_ptr<Session>> make_tour_of(const std::vector<std::string>& paths) {
  std::string text;
  for (const std::string& path : paths) {
    std::error_code ignored;
    const std::uintmax_t size = std::filesystem::file_size(path, ignored);  // before it is read: it may be any size
    if (!ignored && size > kMostTextBytes - std::min<std::uintmax_t>(text.size(), kMostTextBytes)) {
      return Status::invalid_argument(fmt::format(
          "{} is too large: the texts of a tour have at most {} bytes together; try: head -c 1M {} > part.txt", path,
          with_commas(kMostTextBytes), path));
    }
    Result<std::string> contents = sim::read_text_file(path);
    if (!contents.ok()) return contents.status();
    text += *contents + "\n";
  }
  Result<std::unique_ptr<Session>> tour = make_tour(text);
  if (paths.size() != 1 || !tour.status().is(StatusCode::kInvalidArgument)) return tour;
  return Status::invalid_argument(paths[0] + ": " + std::string(tour.status().message()));
}

Result<std::unique_ptr<Session>> make_tour(std::string_view text) { return TourBuilder(sim::words_of(text)).build(); }

}  // namespace sediment::viz
