#include "sim/strike/strike.h"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <sstream>
#include <thread>
#include <unordered_set>

#include "engine/tools/printable.h"
#include "sim/base/json_reader.h"
#include "sim/base/plural.h"
#include "sim/base/random.h"
#include "sim/explore/workers.h"

namespace sediment::sim {

namespace {

namespace fs = std::filesystem;

std::vector<const DiskOperation*> operations_of(const Trace& trace) {
  std::vector<const DiskOperation*> operations;
  for (const TraceEntry& entry : trace.entries()) {
    if (const auto* operation = std::get_if<DiskOperation>(&entry)) operations.push_back(operation);
  }
  return operations;
}

// How many operations made the directory as the program found it.
std::uint64_t operations_before(const Trace& trace) {
  std::uint64_t count = 0;
  for (const TraceEntry& entry : trace.entries()) {
    if (std::holds_alternative<InputEntry>(entry)) return count;
    if (std::holds_alternative<DiskOperation>(entry)) ++count;
  }
  return 0;
}

bool is_simple(const CrashChoice& choice) {
  return choice.fault == Fault::kLoseUnsynced || (choice.fault == Fault::kCleanKill && !choice.in_append);
}

// A file system gives a file that grows zeros, or what the disk held before; over bytes that are durable it does not.
bool is_legal(const CrashChoice& choice, const DiskState& state) {
  if (choice.fault != Fault::kZeroExtent && choice.fault != Fault::kGarbageTail) return true;
  const FileState* file = state.find(choice.file);
  return file != nullptr && file->first_unsynced_byte() >= file->durable.size();
}

// A directory that is to be checked.
struct Candidate {
  StrikePoint point;
  bool is_simple = false;
};

// Every moment, with the crashes that can strike there, and of those the ones whose directory has not come up before.
class Enumeration {
 public:
  Enumeration(const Trace& trace, const StrikeOptions& options, StrikeReport* report)
      : trace_(trace), options_(options), report_(*report), random_(options.seed) {
    for (const TraceEntry& entry : trace.entries()) {
      if (std::holds_alternative<DiskOperation>(entry)) printed_after_.push_back(printed_after_.back());
      if (const auto* outcome = std::get_if<OutcomeEntry>(&entry)) printed_after_.back() += outcome->text.size();
    }
  }

  std::vector<Candidate> candidates() {
    const std::vector<const DiskOperation*> operations = operations_of(trace_);
    const std::uint64_t first = operations_before(trace_);
    count_crashes(operations, first);
    for_each_moment(operations, first, [&](std::uint64_t after, const DiskState& state, const DiskOperation* last) {
      add_moment(after, state, last);
    });
    // Simple crashes first: their stories are easy to follow. Each part is in the order of the record.
    std::stable_partition(candidates_.begin(), candidates_.end(), [](const Candidate& each) { return each.is_simple; });
    return std::move(candidates_);
  }

 private:
  template <typename Visit>
  static void for_each_moment(const std::vector<const DiskOperation*>& operations, std::uint64_t first, Visit visit) {
    DiskState state;
    for (std::uint64_t after = 0; after <= operations.size(); ++after) {
      if (after > 0) state.apply(*operations[after - 1]);
      if (after >= first) visit(after, state, after > first ? operations[after - 1] : nullptr);
    }
  }

  std::vector<CrashChoice> choices_at(const DiskState& state, const DiskOperation* last) const {
    std::vector<CrashChoice> choices =
        CrashSite(state, last).choices(options_.profile, Tears::kThreePlaces, Pairs::kIfFew);
    std::erase_if(choices, [&](const CrashChoice& choice) {
      return !is_legal(choice, state) || options_.without.leaves_out(choice.fault);
    });
    return choices;
  }

  // Decides how many of the crashes that are not simple get their directory made: making one takes time, too.
  void count_crashes(const std::vector<const DiskOperation*>& operations, std::uint64_t first) {
    std::uint64_t simple = 0;
    for_each_moment(operations, first, [&](std::uint64_t, const DiskState& state, const DiskOperation* last) {
      ++report_.moments;
      for (const CrashChoice& choice : choices_at(state, last)) {
        ++report_.crashes;
        simple += is_simple(choice) ? 1U : 0U;
      }
    });
    constexpr std::uint64_t kMadeForEachChecked = 4;  // many turn out to be equal
    const std::uint64_t most = options_.budget * kMadeForEachChecked;
    const std::uint64_t others = report_.crashes - simple;
    if (options_.budget == 0 || others <= most) return;
    report_.sampled = true;
    chance_ = static_cast<double>(most) / static_cast<double>(others);
  }

  void add_moment(std::uint64_t after, const DiskState& state, const DiskOperation* last) {
    CrashSite site(state, last);
    for (const CrashChoice& choice : choices_at(state, last)) {
      const bool simple = is_simple(choice);
      constexpr std::uint64_t kParts = 1'000'000;
      const bool chosen = static_cast<double>(random_.below(kParts)) < chance_ * kParts;
      if (!simple && !chosen) continue;
      const Result<PlannedDisk> planned = site.plan(choice);
      if (!planned.ok()) continue;  // the last operation was on a file that has lost its name
      const StrikePoint point{after, choice};
      const std::uint64_t printed = printed_after_[choice.in_append ? after - 1 : after];
      if (!seen_.insert(planned->fingerprint() * 31 + printed).second) continue;
      ++report_.directories;
      candidates_.push_back({point, simple});
    }
  }

  const Trace& trace_;
  const StrikeOptions& options_;
  StrikeReport& report_;
  Random random_;
  double chance_ = 1;
  std::vector<std::uint64_t> printed_after_ = {0};  // bytes, until the operation after this one
  std::unordered_set<std::uint64_t> seen_;
  std::vector<Candidate> candidates_;
};

// Of the simple ones as many as there is room for, then of the others; in their order.
std::vector<Candidate> sample_of(const std::vector<Candidate>& all, std::uint64_t budget, std::uint64_t seed) {
  Random random(seed);
  std::vector<Candidate> sample;
  const auto simple_end = std::find_if(all.begin(), all.end(), [](const Candidate& each) { return !each.is_simple; });
  const auto take = [&](auto begin, auto end) {
    std::uint64_t wanted = budget - sample.size();
    for (auto each = begin; each != end; ++each) {
      if (random.below(static_cast<std::uint64_t>(end - each)) >= wanted) continue;
      sample.push_back(*each);
      --wanted;
    }
  };
  take(all.begin(), simple_end);
  take(simple_end, all.end());
  return sample;
}

// The disk at moments that mostly come one after the other.
class Moments {
 public:
  explicit Moments(const Trace& trace) : operations_(operations_of(trace)) {}
  const DiskState& after(std::uint64_t count) {
    if (count < done_) {
      state_ = DiskState();
      done_ = 0;
    }
    for (; done_ < count; ++done_) state_.apply(*operations_[done_]);
    return state_;
  }

 private:
  std::vector<const DiskOperation*> operations_;
  DiskState state_;
  std::uint64_t done_ = 0;
};

Status write_whole(const fs::path& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  file.close();
  return file ? Status() : Status::io_error(path.string(), "it cannot be written");
}

Verdict verdict_of(const ShellResult& result, const StrikeOptions& options, std::string output) {
  using End = ShellResult::End;
  Verdict verdict{Verdict::Kind::kRight, "the check " + result.sentence(options.timeout), std::move(output)};
  const bool lost =
      result.end == End::kSignal || result.end == End::kTimeout || (result.end == End::kExit && result.code == 1);
  if (!result.succeeded()) verdict.kind = lost ? Verdict::Kind::kLost : Verdict::Kind::kBroken;
  return verdict;
}

Result<Verdict> check_disk(const DiskState& disk, const std::string& printed, const StrikeOptions& options,
                           const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (Status s = write_tree(disk, folder / "disk"); !s.ok()) return s;
  if (Status s = write_whole(folder / "printed", printed); !s.ok()) return s;
  if (Status s = write_whole(folder / "said", ""); !s.ok()) return s;
  const ShellResult result = run({.command = options.check,
                                  .arguments = {(folder / "disk").string()},
                                  .directory = {},
                                  .output = folder / "said",
                                  .joins_errors = true,
                                  .environment = {"STRIKE_OUTPUT=" + (folder / "printed").string()},
                                  .timeout = options.timeout});
  Result<std::string> said = read_text_file((folder / "said").string());
  if (!said.ok()) return said.status();
  Verdict verdict = verdict_of(result, options, std::move(*said));
  fs::remove_all(folder / "disk", error);
  if (error) return Status::io_error(folder.string(), "it cannot be removed: " + error.message());
  return verdict;
}

}  // namespace

Trace with_journal(const Trace& trace) {
  Trace result;
  result.set_about(trace.about());
  DiskState state;
  for (const TraceEntry& entry : trace.entries()) {
    result.add(entry);
    const auto* operation = std::get_if<DiskOperation>(&entry);
    if (operation == nullptr) continue;
    state.apply(*operation);
    const bool commits =
        operation->kind == DiskOperation::Kind::kSync || operation->kind == DiskOperation::Kind::kSyncDirectory;
    if (!commits) continue;
    std::set<FileId> directories;
    for (const DirectoryChange& change : state.unsynced_changes())
      directories.insert(state.directory_of(change.subject()));
    for (const FileId directory : directories) {
      DiskOperation sync{.kind = DiskOperation::Kind::kSyncDirectory, .file = directory, .process = "the journal"};
      for (const auto& [name, id] : state.names()) {
        if (id == directory) sync.name = name;
      }
      if (!sync.name.empty()) sync.path = state.path_of(sync.name);
      state.apply(sync);
      result.add(sync);
    }
  }
  return result;
}

std::string printed_by(const Trace& trace, const StrikePoint& point) {
  const bool inside = point.choice && point.choice->in_append;
  const std::uint64_t last = inside ? point.after - 1 : point.after;
  std::string printed;
  std::uint64_t operations = 0;
  for (const TraceEntry& entry : trace.entries()) {
    if (std::holds_alternative<DiskOperation>(entry) && ++operations > last) break;
    if (const auto* outcome = std::get_if<OutcomeEntry>(&entry)) printed += outcome->text;
  }
  return printed;
}

Result<DiskState> disk_at(const Trace& trace, const StrikePoint& point) {
  Result<DiskState> before = trace.state_after(point.after);
  if (!before.ok() || !point.choice) return before;
  return crash_image(*before, *point.choice);
}

Status write_tree(const DiskState& state, const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  std::map<FileId, fs::path> written;             // a second name of a file is a link
  for (const auto& [path, id] : state.paths()) {  // a directory comes before what is in it
    if (error) break;
    const fs::path target = folder / path;
    const auto [known, is_new] = written.try_emplace(id, target);
    if (state.is_directory(id)) {
      fs::create_directory(target, error);
    } else if (!is_new) {
      fs::create_hard_link(known->second, target, error);
    } else if (Status s = write_whole(target, state.file(id).cached); !s.ok()) {
      return s;
    }
  }
  return error ? Status::io_error(folder.string(), error.message()) : Status();
}

Result<Verdict> check_at(const Trace& trace, const StrikePoint& point, const StrikeOptions& options,
                         const fs::path& folder) {
  const Result<DiskState> disk = disk_at(trace, point);
  if (!disk.ok()) return disk.status();
  return check_disk(*disk, printed_by(trace, point), options, folder);
}

Result<StrikeReport> strike(const Trace& trace, const StrikeOptions& options, const fs::path& folder,
                            const Progress& progress) {
  StrikeReport report;
  if (progress) progress(0, 0);
  // If the check is not content with what the program itself has left, no crash is needed.
  const StrikePoint end{trace.operation_count(), std::nullopt};
  const Result<Verdict> at_the_end = check_at(trace, end, options, folder / "end");
  if (!at_the_end.ok()) return at_the_end.status();
  ++report.checked;
  if (at_the_end->kind != Verdict::Kind::kRight) {
    report.finding = StrikeFinding{end, *at_the_end};
    return report;
  }

  std::vector<Candidate> candidates = Enumeration(trace, options, &report).candidates();
  if (options.budget != 0 && candidates.size() > options.budget) {
    report.sampled = true;
    candidates = sample_of(candidates, options.budget, options.seed);
  }

  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> first_found{candidates.size()};
  std::mutex mutex;
  Status failed;  // guarded by mutex, as are the next two
  std::map<std::size_t, StrikeFinding> found;
  std::uint64_t done = 0;
  std::atomic<unsigned> workers{0};
  Workers threads([&] {
    const fs::path mine = folder / std::to_string(workers++);
    Moments moments(trace);
    for (std::size_t i = next++; i < candidates.size() && i < first_found; i = next++) {
      const StrikePoint& point = candidates[i].point;
      Result<DiskState> disk = crash_image(moments.after(point.after), *point.choice);
      const Result<Verdict> verdict =
          disk.ok() ? check_disk(*disk, printed_by(trace, point), options, mine) : Result<Verdict>(disk.status());
      const std::lock_guard<std::mutex> lock(mutex);
      if (!verdict.ok()) failed = verdict.status();
      const bool ends = !verdict.ok() || verdict->kind != Verdict::Kind::kRight;
      if (ends) first_found = std::min<std::size_t>(first_found, i);
      if (ends && verdict.ok()) found[i] = {point, *verdict};
      ++done;
      if (progress) progress(done, candidates.size());
    }
  });
  threads.start((options.jobs != 0 ? options.jobs : std::max(1U, std::thread::hardware_concurrency())) - 1);
  threads.join();
  if (!failed.ok()) return failed;
  report.checked += done;
  if (!found.empty()) report.finding = found.begin()->second;
  return report;
}

// ---- the story

namespace {

// What the crash took, file by file.
std::string taken(const DiskState& before, const DiskState& after) {
  std::string text;
  const auto add = [&](const std::string& what) { text += (text.empty() ? "" : "; ") + what; };
  const std::map<std::string, FileId> names = before.paths();
  const std::map<std::string, FileId> left = after.paths();
  for (const auto& [path, id] : names) {
    const auto found = left.find(path);
    const std::string shown = tools::printable(path);
    if (found == left.end()) {
      add("the name " + shown);
    } else if (before.file(id).cached != after.file(found->second).cached) {
      add("bytes of " + shown + " (" + std::to_string(after.file(found->second).cached.size()) + " are left of " +
          plural(before.file(id).cached.size(), "byte") + ")");
    }
  }
  for (const auto& [path, id] : left) {
    if (!names.contains(path)) add("the removal of " + tools::printable(path));
  }
  return text.empty() ? "nothing" : text;
}

std::string last_lines(const std::string& text, std::size_t most) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(tools::printable(line));
  std::string result;
  const std::size_t first = lines.size() > most ? lines.size() - most : 0;
  if (first > 0) result += "… ";
  for (std::size_t i = first; i < lines.size(); ++i) result += (i > first ? " · " : "") + lines[i];
  return result;
}

}  // namespace

std::string tell(const Trace& trace, const StrikeFinding& finding) {
  const StrikePoint& point = finding.point;
  const Result<DiskState> before = trace.state_after(point.after);
  const Result<DiskState> after = disk_at(trace, point);
  require(before.ok() && after.ok(), "what was found can be told");
  const std::vector<const DiskOperation*> operations = operations_of(trace);
  const std::uint64_t first = operations_before(trace);
  std::string text;
  if (!point.choice) {
    text = "Without any crash: when the program has ended, " + finding.verdict.why + ".\n";
  } else {
    CrashChoice choice = *point.choice;
    for (std::string* name : {&choice.file, &choice.other}) {
      if (!name->empty()) *name = tools::printable(before->path_of(*name));
    }
    text = point.after == first ? "Before the first operation, "
                                : "After operation " + std::to_string(point.after - first) + " of " +
                                      std::to_string(operations.size() - first) + ", `" +
                                      tools::printable(describe(*operations[point.after - 1])) + "`, ";
    text += explain(choice) + ". Then " + finding.verdict.why + ".\n";
    text += "  took       " + taken(*before, *after) + "\n";
  }
  constexpr std::uint64_t kTold = 8;
  const std::uint64_t from = std::max(first, point.after > kTold ? point.after - kTold : 0);
  for (std::uint64_t i = from; i < point.after && point.choice; ++i) {
    text += i == from ? "  it takes   " : "             ";
    if (i == from && from > first) text += "… ";
    text += std::to_string(i - first + 1) + " " + tools::printable(describe(*operations[i]));
    if (!operations[i]->process.empty()) text += " (" + tools::printable(operations[i]->process) + ")";
    text += "\n";
  }
  const std::string printed = printed_by(trace, point);
  text += "  printed    " + (printed.empty() ? "nothing yet" : last_lines(printed, 3)) + "\n";
  if (!finding.verdict.output.empty()) text += "  check says " + last_lines(finding.verdict.output, 5) + "\n";
  return text;
}

Trace story_of(const Trace& trace, const StrikePoint& point) {
  Trace story;
  TraceAbout about = trace.about();
  story.set_about(std::move(about));
  const bool inside = point.choice && point.choice->in_append;
  std::uint64_t operations = 0;
  for (const TraceEntry& entry : trace.entries()) {
    if (std::holds_alternative<DiskOperation>(entry) && ++operations > point.after) break;
    if (inside && operations == point.after && std::holds_alternative<OutcomeEntry>(entry)) break;
    story.add(entry);
  }
  if (point.choice) story.add(CrashEntry{*point.choice, point.after});
  return story;
}

}  // namespace sediment::sim
