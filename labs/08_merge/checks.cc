// The checks of lab 8. First the verdict alone, then one merge of segments that a check writes itself, judged by the files
// that it leaves, and then merges in a store, which is crashed and whose disk fails.
#include <algorithm>
#include <memory>
#include <set>

#include "engine/lookup.h"
#include "engine/manifest.h"
#include "engine/segment_header.h"
#include "engine/segment_scan.h"
#include "labs/08_merge/operations.h"
#include "labs/grader/checks.h"
#include "labs/grader/disk_server.h"
#include "labs/grader/remote_store.h"
#include "labs/wire/store_messages.h"
#include "sim/disk/crash.h"
#include "sim/run/judge.h"

namespace sediment::labs {

namespace {

using sim::Step;

// ---- 8a: the verdict

constexpr std::string_view name_of(Standing standing) {
  switch (standing) {
    case Standing::kSupersededHere: return "superseded by a later record of its own segment";
    case Standing::kSupersededLater: return "superseded by a record of a newer segment";
    case Standing::kNewest: break;
  }
  return "the newest of its key";
}

bool verdict_of(CheckRun& run, StudentProcess& process, Standing standing, RecordType type, bool begins_with_oldest) {
  run.step(std::string(type == RecordType::kPut ? "a put" : "a tombstone") + ", " + std::string(name_of(standing)) +
           (begins_with_oldest ? "; the run begins with the oldest segment" : "; there is an older segment"));
  MessageWriter request;
  request.number(static_cast<std::uint64_t>(Request::kComponent))
      .number(static_cast<std::uint64_t>(MergeOperation::kVerdict))
      .number(static_cast<std::uint64_t>(standing))
      .number(static_cast<std::uint64_t>(type))
      .number(begins_with_oldest ? 1 : 0);
  bool keep = false;
  read_answer(process, process.ask(request.bytes()), [&](MessageReader& answer) { keep = answer.flag(); });
  run.reached("verdicts");
  return keep;
}

void must_be(CheckRun& run, Standing standing, RecordType type, bool begins_with_oldest, bool keep) {
  run.begin_story();
  StudentProcess process(run.build.with_addresses);
  if (verdict_of(run, process, standing, type, begins_with_oldest) == keep) return;
  CheckRun::fail(keep ? "the record should be kept; your verdict drops it"
                      : "the record should be dropped; your verdict keeps it");
}

void keeps_the_newest_put(CheckRun& run) {
  for (const bool oldest : {true, false}) must_be(run, Standing::kNewest, RecordType::kPut, oldest, true);
}

void drops_what_is_superseded(CheckRun& run) {
  for (const Standing standing : {Standing::kSupersededLater, Standing::kSupersededHere}) {
    for (const RecordType type : {RecordType::kPut, RecordType::kTombstone}) {
      for (const bool oldest : {true, false}) must_be(run, standing, type, oldest, false);
    }
  }
}

void keeps_a_tombstone_that_hides(CheckRun& run) {
  must_be(run, Standing::kNewest, RecordType::kTombstone, false, true);
}

void drops_a_tombstone_with_nothing_to_hide(CheckRun& run) {
  must_be(run, Standing::kNewest, RecordType::kTombstone, true, false);
}

// ---- 8b: one merge

struct Entry {
  std::string key;
  std::string value;
  bool tombstone = false;

  auto operator<=>(const Entry&) const = default;  // NOLINT(modernize-use-nullptr): about the operator's own 0
};
using Entries = std::vector<Entry>;

Entry put(std::string key, std::string value) { return {std::move(key), std::move(value)}; }
Entry tombstone(std::string key) { return {std::move(key), "", true}; }

std::string shown(const Entry& entry) {
  const std::string key = entry.key.empty() ? "\"\"" : entry.key;
  return entry.tombstone ? "remove " + key : "put " + key + "=" + (entry.value.empty() ? "\"\"" : entry.value);
}

std::string shown(const Entries& entries) {
  std::string text;
  for (const Entry& entry : entries) text += (text.empty() ? "" : ", ") + shown(entry);
  return text.empty() ? "nothing" : text;
}

std::uint64_t size_of(const Entry& entry) { return record_size(entry.key.size(), entry.value.size()); }

/// A merge in the student's process, of segments that the check writes. Each call is a step of the check's story. The
/// files are the grader's, and so is the judgement of them.
class OneMerge {
 public:
  struct Output {
    std::string name;
    std::uint64_t size = 0;
    Entries entries;
  };

  explicit OneMerge(CheckRun& run) : run_(run), process_(run.build.with_addresses) { run.begin_story(); }

  // Oldest first: those of the run, and then those that are newer than the run.
  void segment(std::uint64_t number, const Entries& entries) { write(false, number, entries); }
  void newer_segment(std::uint64_t number, const Entries& entries) { write(true, number, entries); }

  /// Does the merge, and reads what it has committed.
  void merge(bool begins_with_oldest, std::uint64_t limit = kMaxSegmentSize) {
    run_.step("merge " + std::string(inputs_.size() == 1 ? "it" : "them") +
              (begins_with_oldest ? "; no segment is older" : "; an older segment stays outside") +
              (limit == kMaxSegmentSize ? "" : "; a segment may have " + std::to_string(limit) + " bytes"));
    MessageWriter begin = request(MergeOperation::kBegin);
    ask(begin.number(begins_with_oldest ? 1 : 0).number(limit).number(kFirstOutput), [](MessageReader&) {});
    const std::uint64_t most_steps = 2 * (records_ + inputs_.size()) + 20;
    for (std::uint64_t steps = 0; !complete_; ++steps) {
      if (steps > most_steps)
        CheckRun::fail("the merge should be complete by now; " + std::to_string(steps) + " steps were not enough");
      step();
    }
    if (commits_ != 1) CheckRun::fail("a merge should commit once; yours did " + std::to_string(commits_) + " times");
    if (committed_inputs_ != inputs_.size()) CheckRun::fail("the commit should name all inputs");
    for (Output& output : outputs_) read(&output);
  }

  const std::vector<Output>& outputs() const { return outputs_; }
  std::uint64_t most_records_a_step() const { return most_records_a_step_; }

  /// What has been kept, whatever the order.
  void must_keep(Entries expected) const {
    Entries kept;
    for (const Output& output : outputs_) kept.insert(kept.end(), output.entries.begin(), output.entries.end());
    std::sort(expected.begin(), expected.end());
    std::sort(kept.begin(), kept.end());
    if (kept != expected) CheckRun::fail("the output should hold " + shown(expected) + "; yours holds " + shown(kept));
  }

  void must_find(const Entry& expected) {
    run_.step("look " + expected.key + " up in the output");
    std::uint64_t found = 0;
    std::string value;
    ask(request(MergeOperation::kFind).text(expected.key), [&](MessageReader& answer) {
      found = answer.number();
      value = answer.text();
    });
    const bool right = found == static_cast<std::uint64_t>(expected.tombstone ? Found::kTombstone : Found::kValue) &&
                       (expected.tombstone || value == expected.value);
    if (right) return;
    CheckRun::fail("the lookup should find " + shown(expected) + "; it " +
                   (found == static_cast<std::uint64_t>(Found::kValue)       ? "found the value " + value
                    : found == static_cast<std::uint64_t>(Found::kTombstone) ? "found a tombstone"
                    : found == static_cast<std::uint64_t>(Found::kNothing)   ? "found nothing"
                                                                             : "found bytes that are not a record"));
  }

  /// The inputs are gone. The output is there, the other segments, and nothing else.
  void must_leave_no_other_file() const {
    std::set<std::string> expected(others_.begin(), others_.end());
    for (const Output& output : outputs_) expected.insert(output.name);
    for (const auto& [name, id] : disk_->state().names()) {
      if (expected.erase(name) == 0) CheckRun::fail(name + " should be gone; it is still on the disk");
    }
    if (!expected.empty()) CheckRun::fail(*expected.begin() + " should still be on the disk; it is gone");
  }

 private:
  static constexpr std::uint64_t kFirstOutput = 100;
  static constexpr std::uint64_t kMostOutputs = 1000;

  static MessageWriter request(MergeOperation what) {
    MessageWriter message;
    message.number(static_cast<std::uint64_t>(Request::kComponent)).number(static_cast<std::uint64_t>(what));
    return message;
  }

  template <typename Read>
  void ask(const MessageWriter& message, Read read) {
    read_answer(process_, process_.ask(message.bytes(), [&](std::string_view call) { return server_.serve(call); }),
                read);
  }

  void write(bool newer, std::uint64_t number, const Entries& entries) {
    const std::string name = segment_file_name(SegmentNumber{number});
    run_.step(name + (newer ? ", newer than those to merge: " : ": ") + shown(entries));
    MessageWriter message = request(MergeOperation::kSegment);
    message.number(newer ? 1 : 0).number(number).number(entries.size());
    for (const Entry& entry : entries) {
      message.number(static_cast<std::uint64_t>(entry.tombstone ? RecordType::kTombstone : RecordType::kPut))
          .text(entry.key)
          .text(entry.value);
    }
    ask(message, [](MessageReader&) {});
    (newer ? others_ : inputs_).push_back(name);
    if (!newer) records_ += entries.size();
  }

  void step() {
    const std::uint64_t before = records_read_;
    ask(request(MergeOperation::kStep), [&](MessageReader& answer) {
      const Status status = read_status(&answer);
      complete_ = answer.flag();
      records_read_ = answer.number();
      commits_ = answer.number();
      committed_inputs_ = answer.number();
      outputs_.assign(answer.number_up_to(kMostOutputs), {});
      for (Output& output : outputs_) {
        output.name = segment_file_name(SegmentNumber{answer.number()});
        output.size = answer.number();
      }
      if (!status.ok()) CheckRun::fail("a step should return ok; yours returned " + status.to_string());
    });
    most_records_a_step_ = std::max(most_records_a_step_, records_read_ - std::min(records_read_, before));
  }

  void read(Output* output) const {
    const sim::FileState* file = disk_->state().find(output->name);
    if (file == nullptr) CheckRun::fail(output->name + " was committed; it should be on the disk");
    const std::string_view bytes = file->cached;
    if (bytes.size() != output->size) {
      CheckRun::fail(output->name + " should have the " + std::to_string(output->size) +
                     " bytes that it was committed with; it has " + std::to_string(bytes.size()));
    }
    const Result<SegmentHeader> header = decode_segment_header(output->name, bytes.substr(0, kSegmentHeaderSize));
    if (!header.ok()) CheckRun::fail(header.status().to_string());
    for (std::uint64_t offset = kSegmentHeaderSize; offset < bytes.size();) {
      Record record;
      const RecordVerdict verdict = decode_record({header->nonce, offset}, bytes.substr(offset), &record);
      if (verdict != RecordVerdict::kValid) {
        CheckRun::fail(output->name + " should hold records to its end; at byte " + std::to_string(offset) + " " +
                       std::string(describe(verdict)));
      }
      output->entries.push_back({std::string(record.key), std::string(record.value), record.type != RecordType::kPut});
      offset = record.end();
    }
  }

  CheckRun& run_;
  StudentProcess process_;
  std::shared_ptr<sim::SimDisk> disk_ = std::make_shared<sim::SimDisk>();
  DiskServer server_{disk_};
  std::vector<std::string> inputs_;
  std::vector<std::string> others_;
  std::uint64_t records_ = 0;
  bool complete_ = false;
  std::uint64_t records_read_ = 0;
  std::uint64_t most_records_a_step_ = 0;
  std::uint64_t commits_ = 0;
  std::uint64_t committed_inputs_ = 0;
  std::vector<Output> outputs_;
};

// Short, because people read it.
std::string any_value(CheckRun& run) { return std::to_string(run.random.below(1000)); }

void leaves_no_file_if_nothing_is_kept(CheckRun& run) {
  OneMerge merge(run);
  merge.segment(3, {tombstone("a"), tombstone("b")});
  merge.merge(true);
  if (!merge.outputs().empty()) CheckRun::fail("nothing is left; there should be no output");
  merge.must_leave_no_other_file();
  run.reached("merges without an output");
}

void removes_its_inputs(CheckRun& run) {
  OneMerge merge(run);
  merge.segment(3, {tombstone("a"), tombstone("b")});
  merge.segment(4, {tombstone("c")});
  merge.segment(6, {tombstone("d"), tombstone("e")});
  merge.newer_segment(8, {put("f", any_value(run))});
  merge.merge(true);
  merge.must_leave_no_other_file();
  run.reached("inputs removed", 3);
}

void copies_live_records(CheckRun& run) {
  for (const bool begins_with_oldest : {false, true}) {
    OneMerge merge(run);
    Entries live{put("a", any_value(run)), put("b", any_value(run)), put("", "")};
    Entries written = live;
    written.push_back(tombstone("c"));
    if (!begins_with_oldest) live = written;
    merge.segment(3, written);
    merge.merge(begins_with_oldest);
    merge.must_keep(live);
    merge.must_leave_no_other_file();
    run.reached("records kept", live.size());
  }
}

void finds_records_in_their_new_place(CheckRun& run) {
  OneMerge merge(run);
  const Entries first{put("a", any_value(run)), put("b", any_value(run))};
  const Entries second{put("c", any_value(run)), tombstone("d")};
  merge.segment(3, first);
  merge.segment(4, second);
  merge.merge(false);
  for (const Entries& entries : {first, second}) {
    for (const Entry& entry : entries) merge.must_find(entry);
  }
  run.reached("records that have moved", second.size());
}

void asks_later_segments_of_the_run(CheckRun& run) {
  OneMerge merge(run);
  merge.segment(3, {put("a", "old"), put("b", "old"), put("c", "1")});
  merge.segment(4, {put("a", "new"), put("d", "1")});
  merge.segment(5, {tombstone("b")});
  merge.merge(false);
  merge.must_keep({put("c", "1"), put("a", "new"), put("d", "1"), tombstone("b")});
  run.reached("superseded in the run", 2);
}

void asks_segments_newer_than_the_run(CheckRun& run) {
  OneMerge merge(run);
  merge.segment(3, {put("a", "old"), put("b", "1")});
  merge.segment(4, {put("c", "old"), put("d", "1")});
  merge.newer_segment(5, {put("a", "new")});
  merge.newer_segment(6, {tombstone("c")});
  merge.merge(true);
  merge.must_keep({put("b", "1"), put("d", "1")});
  run.reached("superseded after the run", 2);
}

void goes_by_place_not_by_number(CheckRun& run) {
  {
    OneMerge merge(run);
    merge.segment(9, {put("a", "old"), put("b", "1")});
    merge.segment(5, {put("a", "new"), put("c", "1")});
    merge.merge(true);
    merge.must_keep({put("b", "1"), put("a", "new"), put("c", "1")});
  }
  OneMerge merge(run);
  merge.segment(7, {put("a", "old"), put("b", "1")});
  merge.newer_segment(4, {put("a", "new")});
  merge.merge(true);
  merge.must_keep({put("b", "1")});
  run.reached("older segments with a larger number", 2);
}

void splits_what_one_segment_cannot_hold(CheckRun& run) {
  for (const std::uint64_t records : {1U, 2U, 3U}) {  // a segment
    OneMerge merge(run);
    const Entries first{put("a", "1"), put("b", "2"), put("c", "3")};
    const Entries second{put("d", "4"), put("e", "5")};
    const std::uint64_t limit = kSegmentHeaderSize + records * size_of(first.front());
    merge.segment(3, first);
    merge.segment(4, second);
    merge.merge(true, limit);
    Entries all = first;
    all.insert(all.end(), second.begin(), second.end());
    merge.must_keep(all);
    for (const OneMerge::Output& output : merge.outputs()) {
      if (output.size > limit) {
        CheckRun::fail("a segment should have at most " + std::to_string(limit) + " bytes; yours has " +
                       std::to_string(output.size));
      }
    }
    for (const Entry& entry : all) merge.must_find(entry);
    merge.must_leave_no_other_file();
    run.reached("outputs", merge.outputs().size());
    if (merge.outputs().size() > 1) run.reached("splits");
  }
  OneMerge merge(run);
  const Entries large{put("a", "1"), put("b", std::string(200, 'v')), put("c", "3")};
  merge.segment(3, large);
  merge.merge(true, 100);
  merge.must_keep(large);
  run.reached("records larger than the limit");
}

void takes_one_record_a_step(CheckRun& run) {
  OneMerge merge(run);
  merge.segment(3, {put("a", "1"), put("b", "2"), put("a", "3"), put("a", "4")});
  merge.segment(4, {put("c", "5"), put("b", "6")});
  merge.merge(true);
  merge.must_keep({put("a", "4"), put("c", "5"), put("b", "6")});
  if (merge.most_records_a_step() != 1) {
    CheckRun::fail("a step should copy or drop one record; one of yours took " +
                   std::to_string(merge.most_records_a_step()));
  }
  run.reached("steps");
}

// ---- 8b: merges in a store

sim::Scenario options_of(CheckRun& run) {
  sim::Scenario options;
  options.segment_size = 1024;               // segments end where a script says so
  options.snapshots = sim::Snapshots::kOff;  // fewer operations of the disk that are not the merge's
  options.seed = run.random.below(1'000'000) + 1;
  return options;
}

// More than any merge of these checks needs, however it is written.
constexpr std::size_t kMostSteps = 200;

// Three sealed segments, and a merge of two of them.
struct Script {
  std::vector<Step> before;
  Step merge;
};

std::vector<Script> scripts(CheckRun& run) {
  const auto value = [&] { return any_value(run); };
  const std::vector<Step> before{{"put", "a", value()},
                                 {"put", "b", value()},
                                 {"roll"},
                                 {"remove", "a"},
                                 {"put", "c", value()},
                                 {"roll"},
                                 {"put", "b", value()},
                                 {"roll"}};
  return {{before, {"merge", "1..2"}}, {before, {"merge", "2..3"}}};
}

std::optional<Manifest> manifest_of(sim::Runner& runner) {
  const sim::FileState* file = runner.disk()->state().find(kManifestName);
  if (file == nullptr) return std::nullopt;
  Result<Manifest> manifest = parse_manifest(file->cached);
  return manifest.ok() ? std::optional(std::move(*manifest)) : std::nullopt;
}

void files_must_be_right(Play& play) {
  if (const auto wrong = play.runner().adapter()->check_structure(*play.runner().disk())) CheckRun::fail(*wrong);
}

// Writes, merges of all kinds and in steps, and lookups.
void merges_in_a_store(CheckRun& run) {
  const sim::StoreKind kind = remote_kind(*run.kind, run.build.with_addresses);
  for (int round = 0; round < 3; ++round) {
    Play play(run, kind, options_of(run));
    const auto key = [&] { return "k" + std::to_string(run.random.below(6)); };
    const auto any_run = [&]() -> std::optional<std::string> {
      const auto manifest = manifest_of(play.runner());
      const std::size_t sealed = manifest ? manifest->sealed.size() : 0;
      if (sealed == 0) return std::nullopt;
      const std::uint64_t first = 1 + run.random.below(sealed);
      const std::uint64_t last = first + run.random.below(sealed - first + 1);
      return std::to_string(first) + ".." + std::to_string(last);
    };
    const auto under_way = [&] { return play.runner().adapter()->merge_under_way(); };
    for (int steps = 0; steps < 60; ++steps) {
      if (under_way() && run.random.below(2) == 0) {
        play.perform({"merge", "step"});
        run.reached("steps");
        continue;
      }
      switch (run.random.below(12)) {
        case 0:
        case 1: play.perform({"remove", key()}); break;
        case 2:
        case 3:
        case 4: play.perform({"roll"}); break;
        case 5:
        case 6:
          if (const auto chosen = any_run(); chosen && !under_way()) {
            const bool in_steps = run.random.below(2) == 0;
            play.perform(in_steps ? Step{"merge", "begin", *chosen} : Step{"merge", *chosen});
            if (in_steps) break;
            files_must_be_right(play);
            run.reached("merges of a run");
          }
          break;
        case 7: play.perform({"get", key()}); break;
        case 8:
          if (run.random.below(3) == 0) play.perform({"reopen"});
          break;
        default: play.perform({"put", key(), std::string(run.random.below(60), 'v') + any_value(run)});
      }
    }
    for (std::size_t steps = 0; under_way(); ++steps) {
      if (steps > kMostSteps) CheckRun::fail("the merge should be complete by now");
      play.perform({"merge", "step"});
    }
    play.perform({"check"});
    play.perform({"merge"});
    play.perform({"reopen"});
  }
  runs_in_a_store(run);
}

using CrashesAfter = std::function<std::vector<sim::CrashChoice>(const sim::Trace& trace, std::uint64_t after)>;

// "rename MANIFEST.tmp".
std::string operation_at(const sim::Trace& trace, std::uint64_t number) {
  for (const sim::TraceEntry& entry : trace.entries()) {
    const auto* operation = std::get_if<sim::DiskOperation>(&entry);
    if (operation == nullptr || --number > 0) continue;
    return std::string(sim::name_of(operation->kind)) + (operation->name.empty() ? "" : " " + operation->name);
  }
  return "";
}

// Every such crash at every operation of a merge, each in new processes, and a recovery from it.
void crash_in_merges(CheckRun& run, const CrashesAfter& crashes) {
  const sim::StoreKind kind = remote_kind(*run.kind, run.build.plain());
  for (const Script& script : scripts(run)) {
    const sim::Scenario options = options_of(run);
    for (std::size_t which = 0;; ++which) {
      Play play(run, kind, options);
      for (const Step& step : script.before) play.perform(step);
      const sim::Trace& trace = play.runner().trace();
      const std::uint64_t began = trace.operation_count();
      play.perform(script.merge);
      // The run is the same each time, but the code is the student's, so each run decides for itself.
      std::vector<std::pair<sim::CrashChoice, std::uint64_t>> all;
      for (std::uint64_t after = began + 1; after <= trace.operation_count(); ++after) {
        for (const sim::CrashChoice& choice : crashes(trace, after)) all.emplace_back(choice, after);
      }
      if (which >= all.size()) break;
      if (which > kMostSteps) CheckRun::fail("a merge of a few records should need fewer operations of the disk");
      const auto& [crash, after] = all[which];
      run.step("(operation " + std::to_string(after) + " of the disk is: " + operation_at(trace, after) + ")");
      play.perform(sim::crash_step(crash, after));
      play.perform({"recover"});
      run.reached("crash points");
    }
  }
}

bool is_possible(const sim::Trace& trace, std::uint64_t after, const sim::CrashChoice& choice) {
  const Result<sim::DiskState> state = trace.state_after(after);
  return state.ok() && sim::crash_image(*state, choice).ok();
}

void survives_a_kill(CheckRun& run) {
  crash_in_merges(run, [](const sim::Trace&, std::uint64_t) { return std::vector{sim::CrashChoice{}}; });
}

void survives_a_loss_of_contents(CheckRun& run) {
  sim::CrashChoice loss{.fault = sim::Fault::kLoseUnsynced};
  loss.scope = sim::CrashChoice::Scope::kContents;
  crash_in_merges(run, [loss](const sim::Trace& trace, std::uint64_t after) {
    return is_possible(trace, after, loss) ? std::vector{loss} : std::vector<sim::CrashChoice>{};
  });
}

void survives_a_loss_of_names(CheckRun& run) {
  crash_in_merges(run, [](const sim::Trace& trace, std::uint64_t after) {
    std::vector<sim::CrashChoice> losses;
    const Result<sim::DiskState> state = trace.state_after(after);
    if (!state.ok()) return losses;
    for (const auto& [name, id] : state->names()) {
      const sim::CrashChoice loss{.fault = sim::Fault::kLostCreate, .file = name};
      if (is_possible(trace, after, loss)) losses.push_back(loss);
    }
    return losses;
  });
}

// Does each script with a failure of this kind during its merge: of the first such call, of the second, and so on. `then`
// receives the store after the merge.
void fail_in_merges(CheckRun& run, const std::vector<Script>& all, const sim::CallFault& way,
                    const std::function<void(Play& play)>& then) {
  const sim::StoreKind kind = remote_kind(*run.kind, run.build.plain());
  for (const Script& script : all) {
    const sim::Scenario options = options_of(run);
    for (sim::CallFault fault = way;; ++fault.n) {
      Play play(run, kind, options);
      for (const Step& step : script.before) play.perform(step);
      play.perform(sim::step_of("fail " + sim::to_string(fault)));
      play.perform(script.merge);
      if (play.runner().failures_struck() == 0) break;
      if (fault.n > kMostSteps) CheckRun::fail("a merge of a few records should need fewer calls to the disk");
      run.reached("calls that failed");
      then(play);
    }
  }
}

using Call = sim::CallFault::Call;
using Effect = sim::CallFault::Effect;

// Whatever fails, and whatever happens then, nothing is lost.
void survives_failing_calls(CheckRun& run) {
  for (const Call call : {Call::kCreate, Call::kAppend, Call::kTruncate, Call::kSync, Call::kSyncDirectory,
                          Call::kRename, Call::kRemove}) {
    for (const sim::CallFault& way : sim::ways_to_fail(call)) {
      // What a call leaves that writes no name and syncs nothing is the same after a power cut.
      const bool about_durability = call == Call::kSync || call == Call::kSyncDirectory || call == Call::kRename;
      for (const bool power_cut : {false, true}) {
        if (power_cut && !about_durability) continue;
        fail_in_merges(run, {scripts(run).front()}, way, [&](Play& play) {
          play.perform({"crash", power_cut ? "lose-unsynced" : "clean-kill"});
          play.perform({"recover"});
        });
      }
    }
  }
}

void go_on(Play& play) {
  play.perform({"put", "x", "1"});
  play.perform({"expect", "get", "x", "1"});
  play.perform({"check"});
}

void believes_no_failed_read(CheckRun& run) {
  fail_in_merges(run, scripts(run), {.call = Call::kRead}, [](Play& play) {
    go_on(play);
    play.perform({"crash", "clean-kill"});
    play.perform({"recover"});
  });
}

// A merge that finds no space leaves the store as it was.
void changes_nothing_without_space(CheckRun& run) {
  for (const sim::CallFault& way : {sim::CallFault{.call = Call::kCreate, .effect = Effect::kNoSpace},
                                    sim::CallFault{.call = Call::kAppend, .effect = Effect::kNoSpace},
                                    sim::CallFault{.call = Call::kAppend, .effect = Effect::kShortWrite}}) {
    fail_in_merges(run, scripts(run), way, [](Play& play) {
      // Nothing was published, so the manifest still names what was there before.
      files_must_be_right(play);
      go_on(play);
    });
  }
}

void stops_writing_after_a_failure(CheckRun& run) {
  for (const Call call : {Call::kAppend, Call::kTruncate, Call::kSync, Call::kSyncDirectory}) {
    fail_in_merges(run, {scripts(run).front()}, {.call = call}, [](Play& play) {
      play.perform({"put", "x", "1"});
      play.perform({"expect", "get", "x", "missing"});
    });
  }
}

}  // namespace

std::vector<Check> merge_checks() {
  return {
      {"L8.1", {}, {}, 0, keeps_the_newest_put, {"verdicts"}},
      {"L8.2", {}, {}, 0, drops_what_is_superseded, {"verdicts"}},
      {"L8.3", {}, {}, 0, keeps_a_tombstone_that_hides, {"verdicts"}},
      {"L8.4", {}, {}, 0, drops_a_tombstone_with_nothing_to_hide, {"verdicts"}},
      {"L8.5", {}, {}, 0, leaves_no_file_if_nothing_is_kept, {"merges without an output"}},
      {"L8.6", {}, {}, 0, removes_its_inputs, {"inputs removed"}},
      {"L8.7", {}, {}, 0, copies_live_records, {"records kept"}},
      {"L8.8", {}, {}, 0, finds_records_in_their_new_place, {"records that have moved"}},
      {"L8.9", {}, {}, 0, asks_later_segments_of_the_run, {"superseded in the run"}},
      {"L8.10", {}, {}, 0, asks_segments_newer_than_the_run, {"superseded after the run"}},
      {"L8.11", {}, {}, 0, goes_by_place_not_by_number, {"older segments with a larger number"}},
      {"L8.12", {}, {}, 0, splits_what_one_segment_cannot_hold, {"splits", "records larger than the limit"}},
      {"L8.13", {}, {}, 0, takes_one_record_a_step, {"steps"}, true},
      {"L8.14", {}, {}, 0, merges_in_a_store, {"merges of a run", "steps", "reopens"}, true},
      {"L8.15", {}, {}, 0, survives_a_kill, {"crash points"}, true},
      {"L8.16", {}, {}, 0, survives_a_loss_of_contents, {"crash points"}, true},
      {"L8.17", {}, {}, 0, survives_a_loss_of_names, {"crash points"}, true},
      {"L8.18", {}, {}, 0, survives_failing_calls, {"calls that failed"}, true},
      {"L8.19", {}, {}, 0, believes_no_failed_read, {"calls that failed"}, true},
      {"L8.20", {}, {}, 0, changes_nothing_without_space, {"calls that failed"}, true},
      {"L8.21", {}, {}, 0, stops_writing_after_a_failure, {"calls that failed"}, true},
      {"L8.22", {}, {}, 0, survives_crashes, {"crash points", "audited disks"}, true},
      {"L8.23", {}, {}, 0, [](CheckRun& run) { breaks(run, "number_taken_for_age"); }, {"wrong solutions that fail"}},
      {"L8.24",
       {},
       {},
       0,
       [](CheckRun& run) { breaks(run, "inputs_removed_before_commit"); },
       {"wrong solutions that fail"}},
  };
}

}  // namespace sediment::labs
