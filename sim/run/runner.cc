#include "sim/run/runner.h"

#include <algorithm>
#include <utility>

#include "sim/base/parse_number.h"
#include "sim/base/plural.h"
#include "sim/run/damage.h"
#include "sim/run/witness.h"

namespace sediment::sim {

namespace {

std::optional<MergeRun> parse_run(const std::string& text) {
  const std::size_t dots = text.find("..");
  if (dots == std::string::npos) return std::nullopt;
  const auto first = parse_number(std::string_view(text).substr(0, dots));
  const auto last = parse_number(std::string_view(text).substr(dots + 2));
  if (!first || !last) return std::nullopt;
  return MergeRun{static_cast<std::size_t>(*first), static_cast<std::size_t>(*last)};  // 32 bits in a browser
}

// Whether a write that returned this status may nevertheless be found after a crash.
Ledger::Outcome ledger_outcome(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOk: return Ledger::Outcome::kDone;
    case StatusCode::kIoError:
    case StatusCode::kCorruption: return Ledger::Outcome::kFailed;
    default: return Ledger::Outcome::kRefused;
  }
}

// What a recovery has kept: "the first 1 of 2 writes survived; none had been synced".
std::string survivors(std::size_t kept, const Bounds& bounds, bool after_damage) {
  const auto [floor, writes, has_unfinished] = bounds;
  if (writes == 0)
    return !has_unfinished ? "there was no write to lose"
           : kept == 0     ? "the unfinished write is lost"
                           : "the unfinished write survived";
  std::string text = kept == 0 ? "none" : kept >= writes ? std::to_string(writes) : "the first " + std::to_string(kept);
  text += " of " + plural(writes, "write") + " survived";
  if (kept > writes) text += ", and the unfinished one, too";
  text += floor == 0        ? "; none"
          : floor == writes ? (writes == 1 ? "; it" : "; all")
          : floor == 1      ? "; the first"
                            : "; the first " + std::to_string(floor);
  return text + (after_damage ? " had to survive" : " had been synced");
}

}  // namespace

std::optional<Mismatch> judge_damaged(StoreAdapter& store, const Ledger& ledger, Bounds bounds, std::size_t* corrupt,
                                      std::size_t* prefix) {
  Contents found;
  std::set<std::string> unknown;
  for (const std::string& key : ledger.keys()) {
    std::string value;
    const Status status = store.get(key, &value);
    if (status.ok()) found[key] = value;
    if (status.is(StatusCode::kCorruption)) unknown.insert(key);
  }
  if (corrupt != nullptr) *corrupt = unknown.size();
  const std::optional<std::size_t> fitting = matching_prefix(ledger, bounds, found, unknown);
  if (fitting && prefix != nullptr) *prefix = *fitting;
  if (fitting) return std::nullopt;
  return mismatch_of(ledger, bounds, found, unknown);
}

std::string unreadable_because(const Status& status) {
  if (status.message().starts_with("the store contradicts itself")) return std::string(status.message());
  return "the store opens but cannot be read: " + status.to_string();
}

std::size_t steps_until_failure(const Scenario& scenario, std::size_t reports) {
  std::size_t in_front = 0;
  while (in_front < scenario.steps.size() && scenario.steps[in_front][0] == "fail") ++in_front;
  return std::min(scenario.steps.size(), in_front + reports - 1);
}

class Runner::TraceObserver final : public Observer {
 public:
  explicit TraceObserver(Trace& trace) : trace_(&trace) {}
  void on_event(const Event& event) override {
    if (trace_ != nullptr && (!pausing_ || event.kind == EventKind::kCalled)) trace_->add(event);
  }
  void stop() { trace_ = nullptr; }
  /// The oracle's own reads are not part of the story, except for the calls into a student's code: that is where a read
  /// goes wrong.
  void pause(bool pausing) { pausing_ = pausing; }

 private:
  Trace* trace_;
  bool pausing_ = false;
};

// A store may refuse what makes no sense: a key that is too long, a second merge. On a healthy disk it must not fail.
Runner::StepResult Runner::answer(const Status& status) const {
  StepResult result{status.to_string(), {}, ledger_outcome(status), !status.ok()};
  const bool hard = status.is(StatusCode::kIoError) || status.is(StatusCode::kNoSpace) ||
                    status.is(StatusCode::kCorruption) || status.is(StatusCode::kReadOnly);
  const bool disk_is_well = !calls_may_fail_ && !disk_was_damaged_ && !disk_has_lied_;
  if (hard && disk_is_well) result.failure = {Failure::kRefused, status.code()};
  return result;
}

// After a close there is no store that could go on, so on a healthy disk it must not refuse, either.
Runner::StepResult Runner::answer_to_close(const Status& status) const {
  StepResult result = answer(status);
  if (status.ok() || calls_may_fail_ || disk_was_damaged_ || disk_has_lied_) return result;
  result.outcome = "close must return ok, but returned " + status.to_string();
  result.failure = {Failure::kRefused, status.code()};
  return result;
}

Runner::Runner(Scenario scenario, const StoreKind& kind)
    : scenario_(std::move(scenario)), kind_(kind), ledger_(scenario_.sync) {}

Runner::~Runner() { lose_process(); }

StepReport Runner::run(const std::function<void(const StepReport&)>& each) {
  const auto told = [&](StepReport report) {
    if (each) each(report);
    return report;
  };
  // Failures at the very start of the scenario also strike the first open.
  std::size_t i = 0;
  while (i < scenario_.steps.size() && scenario_.steps[i][0] == "fail") ++i;
  StepReport last = told(start());
  for (; last.passed && i < scenario_.steps.size(); ++i) last = told(perform(scenario_.steps[i]));
  return last;
}

StepReport Runner::start() {
  announce_step();
  disk_ = std::make_shared<SimDisk>(DiskState(), SimDiskOptions{scenario_.seed, scenario_.reserve_space}, &trace_);
  for (const Step& step : scenario_.steps) {
    if (step[0] != "fail") break;
    trace_.add(InputEntry{step});
    if (const StepResult result = fail(step); !result.passed()) return report(step, result);
    trace_.add(OutcomeEntry{"ok", true});
  }
  trace_.add(InputEntry{{"open"}});
  try {
    last_open_ = open();
  } catch (const StoreThrew& thrown) {
    return report({"open"}, threw(thrown));
  }
  const bool may_fail = calls_may_fail_ && !last_open_.is(StatusCode::kCorruption);
  if (last_open_.ok() || may_fail) return report({"open"}, {last_open_.to_string()});
  return report({"open"}, {last_open_.to_string(), {Failure::kNotOpened, last_open_.code()}});
}

// For a store that does not come back from the step.
void Runner::announce_step() {
  if (Witness* told = witness()) told->begins_step(steps_begun_);
  ++steps_begun_;
}

StepReport Runner::perform(const Step& step) {
  announce_step();
  trace_.add(InputEntry{step});
  ledger_.begin(step, trace_.operation_count());
  note_lies();  // before a crash replaces the disk
  const StepResult result = [&] {
    try {
      return answer_to(step);
    } catch (const StoreThrew& thrown) {
      return threw(thrown);
    }
  }();
  note_lies();
  ledger_.end(step, result.passed() ? result.ledger : Ledger::Outcome::kFailed, trace_.operation_count());
  return report(step, result);
}

StepReport Runner::report(const Step& step, const StepResult& result) {
  trace_.add(OutcomeEntry{result.outcome, result.passed()});
  return {step, result.outcome, result.passed(), trace_.operation_count(), result.failure, result.refused};
}

void Runner::note_lies() {
  if (disk_->has_lied()) {
    disk_has_lied_ = true;
    ledger_.distrust_syncs();
  }
  if (directory_may_lie_ && disk_->failed_calls() > 0) disk_has_lied_ = true;
}

Runner::StepResult Runner::answer_to(const Step& step) {
  const std::string& verb = step[0];
  if (verb == "fail") return fail(step);
  if (verb == "crash") return crash(step);
  if (verb == "recover") return recover();
  if (verb == "expect") return expect(step);
  if (verb == "ask") return {"asked"};
  if (verb == "open") {
    if (store_ || crashed_with_)
      return nonsense(store_ ? "the store is already open" : "after a crash, use \"recover\" instead of \"open\"");
    last_open_ = open();
    return last_open_.ok() || calls_may_fail_ ? StepResult{last_open_.to_string()} : opened_in_vain();
  }
  if (!store_ && calls_may_fail_ && verb == "reopen") return reopen();
  if (!store_ && calls_may_fail_) return {"the store is not open", {}, Ledger::Outcome::kRefused};
  if (!store_) return nonsense("the store is not open: a step \"recover\" or \"open\" must come first");
  return answer_of_store(step);
}

Runner::StepResult Runner::answer_of_store(const Step& step) {
  const std::string& verb = step[0];
  const auto is = [&](std::string_view name, std::size_t words) { return verb == name && step.size() == words; };

  if (is("put", 3)) return answer(store_->put(step[1], step[2]));
  if (is("remove", 2)) {
    const Status status = store_->remove(step[1]);
    StepResult result = answer(status);
    if (status.is(StatusCode::kNotFound)) result.refused = false;  // the key is not there: as requested
    return result;
  }
  if (is("get", 2)) return get(step[1]);
  if (is("sync", 1)) return answer(store_->sync());
  if (is("roll", 1)) return answer(store_->roll());
  if (is("close", 1)) return answer_to_close(close());
  if (is("reopen", 1)) return reopen();
  if (is("check", 1)) return check_living();
  if (verb == "merge") return merge(step);
  return nonsense("there is no step \"" + preview(step) +
                  "\"; the steps are put KEY VALUE, remove KEY, get KEY, sync, roll, merge, close, open, "
                  "reopen, fail, crash, recover, check, expect and ask, as docs/scenarios.md explains");
}

// As long as nothing has gone wrong, a get must return what the map says.
Runner::StepResult Runner::get(const std::string& key) {
  std::string value;
  const Status status = store_->get(key, &value);
  if (calls_may_fail_ && status.is(StatusCode::kIoError)) return {status.to_string()};
  if (disk_was_damaged_ && status.is(StatusCode::kCorruption)) return {status.to_string()};
  const std::string shown = status.ok() ? in_quotes(value) : status.to_string();
  const std::string but = status.ok()                        ? ", but found " + shown
                          : status.is(StatusCode::kNotFound) ? ", but the key is missing"
                                                             : ", but get fails: " + shown;
  const Bounds bounds = ledger_.bounds_after(trace_.operation_count());
  if (bounds.write_under_way) return {shown};  // a failed write may or may not be seen
  const std::optional<std::string> expected = ledger_.value_after(bounds.acknowledged, key);
  if (!expected) {
    if (status.is(StatusCode::kNotFound)) return {shown};
    if (!status.ok()) return {"expected no value" + but, {Failure::kRefused, status.code()}};
    return wrong_contents({Mismatch::kInvented, "expected no value" + but});
  }
  if (status.ok() && value == *expected) return {shown};
  const std::string text = "expected " + in_quotes(*expected) + but;
  if (!status.ok() && !status.is(StatusCode::kNotFound)) return {text, {Failure::kRefused, status.code()}};
  return wrong_contents({status.ok() ? Mismatch::kOld : Mismatch::kLost, text});
}

Runner::StepResult Runner::opened_in_vain() const {
  return {"the store does not open: " + last_open_.to_string(), {Failure::kNotOpened, last_open_.code()}};
}

Runner::StepResult Runner::unreadable(const Status& status) {
  return {unreadable_because(status), {Failure::kUnreadable, status.code()}};
}

// After damage, keys may be reported as corrupt. The run goes on with what must hold for the others.
Runner::StepResult Runner::partly_corrupt(const Bounds& bounds, const Status& status) {
  std::size_t prefix = 0;
  observer_->pause(true);
  auto wrong = judge_damaged(*store_, ledger_, bounds, nullptr, &prefix);
  observer_->pause(false);
  if (wrong) return wrong_contents(std::move(*wrong));
  ledger_.restart(prefix, trace_.operation_count());
  crashed_with_.reset();
  not_closed_ = {};
  return {"the store opens and reports some keys as corrupt: " + status.to_string()};
}

Runner::StepResult Runner::reopen() {
  const Status closed = store_ ? close() : not_closed_;
  if (!closed.ok() && !calls_may_fail_) return answer_to_close(closed);
  last_open_ = open();
  not_closed_ = closed;  // until it is open again
  if (!last_open_.ok() && calls_may_fail_ && !last_open_.is(StatusCode::kCorruption)) {
    return {last_open_.to_string(), {}, Ledger::Outcome::kFailed};
  }
  if (!last_open_.ok()) return opened_in_vain();
  Result<Contents> found = read_unobserved();
  if (!found.ok() && calls_may_fail_ && found.status().is(StatusCode::kIoError)) {
    return {found.status().to_string(), {}, Ledger::Outcome::kFailed};
  }
  const Bounds bounds = ledger_.bounds_after(trace_.operation_count());
  // A clean close loses nothing; a failed one is like a crash.
  const Bounds all{closed.ok() ? bounds.acknowledged : bounds.floor, bounds.acknowledged, bounds.write_under_way};
  if (disk_was_damaged_ && found.status().is(StatusCode::kCorruption)) return partly_corrupt(all, found.status());
  if (!found.ok()) return unreadable(found.status());
  const std::optional<std::size_t> prefix = matching_prefix(ledger_, all, *found);
  if (!prefix) return wrong_contents(mismatch_of(ledger_, all, *found));
  // From here on it is known which writes are there, and every later one counts again.
  note_lies();
  ledger_.restart(*prefix, trace_.operation_count());
  not_closed_ = {};
  if (auto wrong = wrong_structure()) return *wrong;
  const std::string text = store_->recovery();
  return {text.empty() ? "ok" : text};
}

std::optional<std::string> Runner::judge_living() {
  try {
    return living_answers();
  } catch (const StoreThrew& thrown) {
    return thrown.what();
  }
}

std::optional<std::string> Runner::living_answers() {
  heal();
  if (!store_) return std::nullopt;
  const Bounds bounds = ledger_.bounds_after(trace_.operation_count());
  std::size_t corrupt = 0;
  const auto wrong =
      judge_damaged(*store_, ledger_, {bounds.acknowledged, bounds.acknowledged, bounds.write_under_way}, &corrupt);
  if (wrong) return wrong->text;
  if (corrupt > 0 && !bytes_may_be_gone_ && !disk_was_damaged_) return "a key reports corruption";
  return std::nullopt;
}

Runner::StepResult Runner::check_living() {
  observer_->pause(true);
  const auto wrong = living_answers();
  observer_->pause(false);
  if (wrong)
    return {*wrong, {Failure::kWrongContents, StatusCode::kOk, Mismatch::kLost | Mismatch::kOld | Mismatch::kInvented}};
  return {"every key has its right value"};
}

// Checks the counters, indexes and files of an open store, unless calls may fail or the disk is damaged.
std::optional<Runner::StepResult> Runner::wrong_structure() {
  if (calls_may_fail_ || disk_was_damaged_ || disk_has_lied_) return std::nullopt;
  const auto wrong = store_->check_structure(*disk_);
  if (!wrong) return std::nullopt;
  return StepResult{*wrong, {Failure::kStructure}};
}

Result<Contents> Runner::read_unobserved() {
  observer_->pause(true);
  Result<Contents> found = read_all(*store_, ledger_.keys());
  observer_->pause(false);
  return found;
}

Runner::StepResult Runner::merge(const Step& step) {
  const std::optional<MergeRun> run = step.size() > 1 ? parse_run(step.back()) : std::nullopt;
  if (step.size() == 1) return merge_everything();
  if (step.size() == 2 && run) return answer(store_->merge(*run));
  if (step.size() == 2 && step[1] == "begin") return answer(store_->begin_merge(std::nullopt));
  if (step.size() == 3 && step[1] == "begin" && run) return answer(store_->begin_merge(run));
  if (step.size() == 2 && step[1] == "step") {
    if (!store_->merge_under_way()) {
      if (Status s = store_->begin_merge(std::nullopt); !s.ok()) return answer(s);
    }
    Result<bool> complete = store_->merge_step();
    if (!complete.ok()) return answer(complete.status());
    return {*complete ? "ok, the merge is complete" : "ok"};
  }
  return nonsense(
      "expected \"merge\", \"merge FIRST..LAST\", \"merge begin\", \"merge begin FIRST..LAST\" or \"merge "
      "step\"");
}

// A merge of everything does not change what the store holds, and leaves nothing else on the disk.
Runner::StepResult Runner::merge_everything() {
  StepResult merged = answer(store_->merge());
  const bool disk_is_well = !calls_may_fail_ && !disk_was_damaged_ && !disk_has_lied_;
  if (merged.ledger != Ledger::Outcome::kDone || !merged.passed() || !disk_is_well) return merged;
  Result<Contents> found = read_unobserved();
  if (!found.ok()) return unreadable(found.status());
  const Bounds bounds = ledger_.bounds_after(trace_.operation_count());
  const Bounds all{bounds.acknowledged, bounds.acknowledged, bounds.write_under_way};
  if (!matching_prefix(ledger_, all, *found)) return wrong_contents(mismatch_of(ledger_, all, *found));
  if (auto wrong = store_->check_space(*disk_, *found)) return {*wrong, {Failure::kSpace}};
  return wrong_structure().value_or(merged);
}

Runner::StepResult Runner::fail(const Step& step) {
  if (step.size() == 3 && step[1] == name_of(Fault::kShortRead)) {
    const auto bytes = parse_number(step[2]);
    if (!bytes || *bytes == 0) return nonsense("expected \"fail short-read BYTES\"");
    disk_->limit_reads(static_cast<std::size_t>(*bytes));
    ++failures_struck_;
    return {"ok"};
  }
  Result<CallFault> fault = parse_call_fault({step.begin() + 1, step.end()});
  if (!fault.ok()) return nonsense(std::string(fault.status().message()));
  disk_->fail(*fault);
  calls_may_fail_ = true;
  bytes_may_be_gone_ = bytes_may_be_gone_ || fault->effect == CallFault::Effect::kReverted;
  directory_may_lie_ = directory_may_lie_ ||
                       (fault->call == CallFault::Call::kSyncDirectory && fault->effect == CallFault::Effect::kDropped);
  return {"ok"};
}

Runner::StepResult Runner::crash(const Step& step) {
  std::vector<std::string> words(step.begin() + 1, step.end());
  std::uint64_t after = trace_.operation_count();
  if (words.size() > 2 && words[words.size() - 2] == "after") {
    const auto number = parse_number(words.back());
    if (!number || *number > after) return nonsense("there has been no disk operation \"" + words.back() + "\" yet");
    after = *number;
    words.resize(words.size() - 2);
    if (after < ledger_.history_begins()) {
      return nonsense("a later recovery has undone writes of that time: the crash must come after disk operation " +
                      std::to_string(ledger_.history_begins()));
    }
  }
  Result<CrashChoice> choice = parse_crash_choice(words);
  if (!choice.ok()) return nonsense(std::string(choice.status().message()));
  Result<DiskState> before = trace_.state_after(after);
  if (!before.ok()) return nonsense(before.status().to_string());
  Result<DiskState> image = crash_image(*before, *choice);
  if (!image.ok()) return nonsense(std::string(image.status().message()));

  // Whatever the crash before this one could take may be gone, unless an open has shown that it is there.
  const bool was_crashed = crashed_with_.has_value();
  const std::size_t earlier_floor = was_crashed ? crashed_with_->floor : 0;
  const bool was_closed = !store_ && !was_crashed && after >= closed_at_;
  // An interrupted append had not returned, so nothing after it was acknowledged.
  crashed_with_ = ledger_.bounds_after(choice->in_append && after > 0 ? after - 1 : after);
  crash_was_damage_ = is_damage(choice->fault);
  disk_was_damaged_ = disk_was_damaged_ || crash_was_damage_;
  cache_survived_ = choice->fault == Fault::kCleanKill;
  if (!cache_survived_) ledger_.trust_syncs_again();
  if (crash_was_damage_) crashed_with_->floor = floor_of(*choice, *before, after, was_closed);
  if (was_crashed) crashed_with_->floor = std::min(crashed_with_->floor, earlier_floor);
  calls_may_fail_ = false;
  lose_process();
  trace_.add(CrashEntry{*choice, after});
  found_ = *image;
  failures_struck_ += disk_->failed_calls();
  disk_ = std::make_shared<SimDisk>(std::move(*image),
                                    SimDiskOptions{scenario_.seed + ++disks_, scenario_.reserve_space}, &trace_);
  return {was_closed && crash_was_damage_ ? explain_at_rest(*choice) : explain(*choice)};
}

std::size_t Runner::floor_of(const CrashChoice& choice, const DiskState& before, std::uint64_t after,
                             bool was_closed) const {
  if (was_closed) return ledger_.bounds_after(after).floor;
  return floor_under_damage({kind_, ledger_, trace_}, before, choice, after);
}

Runner::StepResult Runner::recover() {
  if (!crashed_with_) return nonsense("there is no crash to recover from");
  const Bounds bounds = *crashed_with_;
  const std::uint64_t started = trace_.operation_count();
  ledger_.set_bounds(bounds, started);
  last_open_ = open();
  if (!last_open_.ok()) {
    const bool may_be_corrupt = disk_was_damaged_ || disk_has_lied_;
    if ((may_be_corrupt && last_open_.is(StatusCode::kCorruption)) || calls_may_fail_) {
      return {"the store does not open: " + last_open_.to_string()};
    }
    return opened_in_vain();
  }
  Result<Contents> found = read_unobserved();
  if (disk_was_damaged_ && found.status().is(StatusCode::kCorruption)) return partly_corrupt(bounds, found.status());
  if (!found.ok()) return unreadable(found.status());
  const std::optional<std::size_t> prefix = matching_prefix(ledger_, bounds, *found);
  if (!prefix) return wrong_contents(mismatch_of(ledger_, bounds, *found));
  if (!disk_was_damaged_ && !calls_may_fail_) {
    if (auto wrong = store_->check_open(found_, disk_->state())) return {*wrong, {Failure::kEdited}};
  }
  if (auto wrong = wrong_structure()) return *wrong;

  // What an open has shown is durable. After a power cut this holds from the start: opening again must show the same.
  if (!cache_survived_) ledger_.set_bounds({*prefix, *prefix, false}, started);
  ledger_.restart(*prefix, trace_.operation_count());
  crashed_with_.reset();
  return {described_recovery() + survivors(*prefix, bounds, crash_was_damage_)};
}

Runner::StepResult Runner::expect(const Step& step) {
  const auto wrong = [](const std::string& text) { return StepResult{text, {Failure::kExpectation}}; };
  const bool is_open = step.size() == 3 && step[1] == "open";
  const bool is_get = step.size() == 4 && step[1] == "get";
  const bool is_segments = step.size() == 3 && step[1] == "segments";
  if (is_open) {
    const std::string found(sediment::describe(last_open_.code()));
    if (found == step[2]) return {"as expected"};
    return wrong("expected the last open to return " + step[2] + ", but it returned " + last_open_.to_string());
  }
  if ((is_get || is_segments) && !store_) {
    // If it is closed, or waits for "recover", the scenario makes no sense.
    return last_open_.ok() ? nonsense("the store is not open")
                           : wrong("the store did not open: " + last_open_.to_string());
  }
  if (is_get) return expect_get(step);
  if (is_segments && store_->engine() != nullptr) {
    const std::string found = std::to_string(store_->engine()->stats().segments.size());
    return found == step[2] ? StepResult{"as expected"}
                            : wrong("expected " + step[2] + " segments, but there are " + found);
  }
  return nonsense(
      "expected \"expect get KEY VALUE\", \"expect get KEY missing\", \"expect get KEY corruption\", \"expect segments "
      "N\" or \"expect open corruption\"");
}

Runner::StepResult Runner::expect_get(const Step& step) {
  std::string value;
  const Status status = store_->get(step[2], &value);
  const std::string& expected = step[3];
  bool as_expected = status.ok() && value == expected;
  if (expected == "missing") as_expected = status.is(StatusCode::kNotFound);
  if (expected == "corruption") as_expected = status.is(StatusCode::kCorruption);
  if (as_expected) return {"as expected"};
  const std::string key = preview(Step{step[2]});
  const std::string wanted = expected == "missing"      ? "expected " + key + " to be missing"
                             : expected == "corruption" ? "expected get(" + key + ") to report corruption"
                                                        : "expected " + key + " = " + preview(Step{expected});
  const std::string but = status.ok()                        ? ", but " + key + " = " + preview(Step{value})
                          : status.is(StatusCode::kNotFound) ? ", but " + key + " is missing"
                                                             : ", but get(" + key + ") fails: " + status.to_string();
  return {wanted + but, {Failure::kExpectation}};
}

Status Runner::open() {
  observer_ = std::make_unique<TraceObserver>(trace_);
  Result<std::unique_ptr<StoreAdapter>> store = open_guarded(kind_, disk_, scenario_, observer_.get());
  if (!store.ok()) return store.status();
  store_ = std::move(*store);
  return {};
}

// The process is gone: whatever its Store's destructor still does goes to a disk that is no longer used.
void Runner::lose_process() {
  if (disk_) disk_->stop_recording();
  if (observer_) observer_->stop();
  store_.reset();
}

std::string Runner::described_recovery() const {
  const std::string text = store_->recovery();
  return text.empty() ? text : text + ": ";
}

Status Runner::close() {
  Status status = store_->close();
  store_.reset();
  closed_at_ = trace_.operation_count();
  return status;
}

}  // namespace sediment::sim
