#include "sim/run/runner.h"

#include "sim/base/parse_number.h"
#include "sim/base/plural.h"

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

// Whether a write that came back with this status may nevertheless be found after a crash.
Ledger::Outcome ledger_outcome(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOk: return Ledger::Outcome::kDone;
    case StatusCode::kIoError:
    case StatusCode::kCorruption: return Ledger::Outcome::kFailed;
    default: return Ledger::Outcome::kRefused;
  }
}

}  // namespace

std::optional<std::string> judge_damaged(StoreAdapter& store, const Ledger& ledger, Bounds bounds,
                                         std::size_t* corrupt) {
  Contents found;
  std::set<std::string> unknown;
  for (const std::string& key : ledger.keys()) {
    std::string value;
    const Status status = store.get(key, &value);
    if (status.ok()) found[key] = value;
    if (status.is(StatusCode::kCorruption)) unknown.insert(key);
  }
  if (corrupt != nullptr) *corrupt = unknown.size();
  for (std::size_t n = bounds.most() + 1; n-- > bounds.floor;) {
    Contents expected = ledger.after(n);
    for (const std::string& key : unknown) expected.erase(key);
    if (expected == found) return std::nullopt;
  }
  return explain_mismatch(ledger, bounds, found);
}

class Runner::TraceObserver final : public Observer {
 public:
  explicit TraceObserver(Trace& trace) : trace_(&trace) {}
  void on_event(const Event& event) override {
    if (trace_ != nullptr && !pausing_) trace_->add(event);
  }
  void stop() { trace_ = nullptr; }
  /// What the oracle reads to compare is no part of the story.
  void pause(bool pausing) { pausing_ = pausing; }

 private:
  Trace* trace_;
  bool pausing_ = false;
};

Runner::StepResult Runner::answer(const Status& status) { return {status.to_string(), true, ledger_outcome(status)}; }

Runner::Runner(Scenario scenario, const StoreKind& kind)
    : scenario_(std::move(scenario)), kind_(kind), ledger_(scenario_.sync) {}

Runner::~Runner() { lose_process(); }

StepReport Runner::run(const std::function<void(const StepReport&)>& each) {
  const auto told = [&](StepReport report) {
    if (each) each(report);
    return report;
  };
  // Failures that are asked for in front of everything else are those of the first open as well.
  std::size_t i = 0;
  while (i < scenario_.steps.size() && scenario_.steps[i][0] == "fail") ++i;
  StepReport last = told(start());
  for (; last.passed && i < scenario_.steps.size(); ++i) last = told(perform(scenario_.steps[i]));
  return last;
}

StepReport Runner::start() {
  disk_ = std::make_shared<SimDisk>(DiskState(), SimDiskOptions{scenario_.seed, scenario_.reserve_space}, &trace_);
  for (const Step& step : scenario_.steps) {
    if (step[0] != "fail") break;
    trace_.add(InputEntry{step});
    if (const StepResult result = fail(step); !result.passed) return report(step, result);
    trace_.add(OutcomeEntry{"ok", true});
  }
  trace_.add(InputEntry{{"open"}});
  last_open_ = open();
  const bool may_fail = calls_may_fail_ && !last_open_.is(StatusCode::kCorruption);
  return report({"open"}, {last_open_.to_string(), last_open_.ok() || may_fail});
}

StepReport Runner::perform(const Step& step) {
  trace_.add(InputEntry{step});
  ledger_.begin(step, trace_.operation_count());
  const StepResult result = answer_to(step);
  if (disk_->has_lied()) {
    disk_has_lied_ = true;
    ledger_.distrust_syncs();
  }
  ledger_.end(step, result.passed ? result.ledger : Ledger::Outcome::kFailed, trace_.operation_count());
  return report(step, result);
}

StepReport Runner::report(const Step& step, const StepResult& result) {
  trace_.add(OutcomeEntry{result.outcome, result.passed});
  return {step, result.outcome, result.passed, trace_.operation_count()};
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
      return {store_ ? "it is open already" : "after a crash the step is \"recover\"", false};
    last_open_ = open();
    return {last_open_.to_string(), last_open_.ok() || calls_may_fail_};
  }
  if (!store_ && calls_may_fail_ && verb == "reopen") return reopen();
  if (!store_ && calls_may_fail_) return {"the store is not open", true, Ledger::Outcome::kRefused};
  if (!store_) return {"the store is not open: a step \"recover\" or \"open\" must come before", false};
  return answer_of_store(step);
}

Runner::StepResult Runner::answer_of_store(const Step& step) {
  const std::string& verb = step[0];
  const auto is = [&](std::string_view name, std::size_t words) { return verb == name && step.size() == words; };

  if (is("put", 3)) return answer(store_->put(step[1], step[2]));
  if (is("remove", 2)) return answer(store_->remove(step[1]));
  if (is("get", 2)) return get(step[1]);
  if (is("sync", 1)) return answer(store_->sync());
  if (is("roll", 1)) return answer(store_->roll());
  if (is("close", 1)) return answer(close());
  if (is("reopen", 1)) return reopen();
  if (verb == "merge") return merge(step);
  return {"there is no step \"" + to_string(step) + "\"; see sediment-sim run --help", false};
}

// While nothing has gone wrong, a get must answer what the map beside the store says.
Runner::StepResult Runner::get(const std::string& key) {
  std::string value;
  const Status status = store_->get(key, &value);
  if (calls_may_fail_ && status.is(StatusCode::kIoError)) return {status.to_string()};
  const std::string shown = status.ok() ? "\"" + to_string(Step{value}) + "\"" : status.to_string();
  const Bounds bounds = ledger_.bounds_after(trace_.operation_count());
  if (bounds.write_under_way) return {shown};  // a write has failed: it may be seen or not
  const Contents& expected = ledger_.after(bounds.acknowledged);
  const auto found = expected.find(key);
  if (found == expected.end()) {
    if (status.is(StatusCode::kNotFound)) return {shown};
    return {"it must find nothing, and finds " + shown, false};
  }
  if (status.ok() && value == found->second) return {shown};
  return {"it must find \"" + to_string(Step{found->second}) + "\", and finds " + shown, false};
}

Runner::StepResult Runner::reopen() {
  const Status closed = store_ ? close() : not_closed_;
  if (!closed.ok() && !calls_may_fail_) return answer(closed);
  last_open_ = open();
  not_closed_ = closed;  // until it has been opened
  if (!last_open_.ok() && calls_may_fail_ && !last_open_.is(StatusCode::kCorruption)) {
    return {last_open_.to_string(), true, Ledger::Outcome::kFailed};
  }
  if (!last_open_.ok()) return {"the store does not open: " + last_open_.to_string(), false};
  Result<Contents> found = read_unobserved();
  if (!found.ok() && calls_may_fail_ && found.status().is(StatusCode::kIoError)) {
    return {found.status().to_string(), true, Ledger::Outcome::kFailed};
  }
  if (!found.ok()) return {"the store opens, and cannot be read: " + found.status().to_string(), false};
  const Bounds bounds = ledger_.bounds_after(trace_.operation_count());
  // A clean close loses nothing; one that has failed is like a crash.
  const Bounds all{closed.ok() ? bounds.acknowledged : bounds.floor, bounds.acknowledged, bounds.write_under_way};
  const std::optional<std::size_t> prefix = matching_prefix(ledger_, all, *found);
  if (!prefix) return {explain_mismatch(ledger_, all, *found), false};
  if (!closed.ok()) ledger_.restart(*prefix, trace_.operation_count());
  not_closed_ = {};
  const std::string text = store_->recovery();
  return {text.empty() ? "ok" : text};
}

Result<Contents> Runner::read_unobserved() {
  observer_->pause(true);
  Result<Contents> found = store_->everything(ledger_.keys());
  observer_->pause(false);
  return found;
}

Runner::StepResult Runner::merge(const Step& step) {
  const std::optional<MergeRun> run = step.size() > 1 ? parse_run(step.back()) : std::nullopt;
  if (step.size() == 1) return answer(store_->merge());
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
  return {
      "a merge is written \"merge\", \"merge FIRST..LAST\", \"merge begin\", \"merge begin FIRST..LAST\" or \"merge "
      "step\"",
      false};
}

Runner::StepResult Runner::fail(const Step& step) {
  if (step.size() == 3 && step[1] == name_of(Fault::kShortRead)) {
    const auto bytes = parse_number(step[2]);
    if (!bytes || *bytes == 0) return {"a short read is written \"fail short-read BYTES\"", false};
    disk_->limit_reads(static_cast<std::size_t>(*bytes));
    return {"ok"};
  }
  Result<CallFault> fault = parse_call_fault({step.begin() + 1, step.end()});
  if (!fault.ok()) return {std::string(fault.status().message()), false};
  disk_->fail(*fault);
  calls_may_fail_ = true;
  return {"ok"};
}

Runner::StepResult Runner::crash(const Step& step) {
  std::vector<std::string> words(step.begin() + 1, step.end());
  std::uint64_t after = trace_.operation_count();
  if (words.size() > 2 && words[words.size() - 2] == "after") {
    const auto number = parse_number(words.back());
    if (!number || *number > after) return {"there is no disk operation \"" + words.back() + "\" so far", false};
    after = *number;
    words.resize(words.size() - 2);
  }
  Result<CrashChoice> choice = parse_crash_choice(words);
  if (!choice.ok()) return {std::string(choice.status().message()), false};
  Result<DiskState> before = trace_.state_after(after);
  if (!before.ok()) return {before.status().to_string(), false};
  Result<DiskState> image = crash_image(*before, *choice);
  if (!image.ok()) return {std::string(image.status().message()), false};

  // An append that was interrupted had not returned, so nothing that came after it was acknowledged.
  crashed_with_ = ledger_.bounds_after(choice->in_append && after > 0 ? after - 1 : after);
  crash_was_damage_ = is_damage(choice->fault);
  const bool was_closed = !store_;
  cache_survived_ = choice->fault == Fault::kCleanKill;
  // Damage to a log that was not sealed may look like a torn tail: of what it holds, nothing needs to survive.
  if (crash_was_damage_ && !was_closed) crashed_with_->floor = 0;
  calls_may_fail_ = false;
  lose_process();
  trace_.add(CrashEntry{*choice, after});
  disk_ = std::make_shared<SimDisk>(std::move(*image),
                                    SimDiskOptions{scenario_.seed + ++disks_, scenario_.reserve_space}, &trace_);
  return {explain(*choice)};
}

Runner::StepResult Runner::recover() {
  if (!crashed_with_) return {"there was no crash to recover from", false};
  const Bounds bounds = *crashed_with_;
  const std::uint64_t started = trace_.operation_count();
  ledger_.set_bounds(bounds, started);
  last_open_ = open();
  if (!last_open_.ok()) {
    const bool may_be_corrupt = crash_was_damage_ || disk_has_lied_;
    return {"the store does not open: " + last_open_.to_string(),
            (may_be_corrupt && last_open_.is(StatusCode::kCorruption)) || calls_may_fail_};
  }
  Result<Contents> found = read_unobserved();
  if (crash_was_damage_ && found.status().is(StatusCode::kCorruption)) {
    observer_->pause(true);
    const auto wrong = judge_damaged(*store_, ledger_, bounds);
    observer_->pause(false);
    if (wrong) return {*wrong, false};
    return {"the store opens, and says of some keys that they are corrupt: " + found.status().to_string()};
  }
  if (!found.ok()) return {"the store opens, and cannot be read: " + found.status().to_string(), false};
  const std::optional<std::size_t> prefix = matching_prefix(ledger_, bounds, *found);
  if (!prefix) return {explain_mismatch(ledger_, bounds, *found), false};

  // What an open has shown is durable. After a power cut it is so from the start: opening again must show the same.
  if (!cache_survived_) ledger_.set_bounds({*prefix, *prefix, false}, started);
  ledger_.restart(*prefix, trace_.operation_count());
  crashed_with_.reset();
  return {described_recovery() + "the first " + std::to_string(*prefix) + " of " +
          plural(bounds.acknowledged, "acknowledged write") + " (at least " + std::to_string(bounds.floor) +
          " had to survive)"};
}

Runner::StepResult Runner::expect(const Step& step) {
  const auto wrong = [&](const std::string& found) {
    return StepResult{"expected " + to_string(Step(step.begin() + 1, step.end())) + ", found " + found, false};
  };
  if (step.size() == 3 && step[1] == "open") {
    const std::string found(sediment::describe(last_open_.code()));
    return found == step[2] ? StepResult{"as expected"} : wrong(last_open_.to_string());
  }
  if (!store_) return wrong("no open store: " + last_open_.to_string());
  Store* const engine = store_->engine();
  if (step.size() == 4 && step[1] == "get") {
    std::string value;
    const Status status = store_->get(step[2], &value);
    const std::string& expected = step[3];
    bool as_expected = status.ok() && value == expected;
    if (expected == "missing") as_expected = status.is(StatusCode::kNotFound);
    if (expected == "corruption") as_expected = status.is(StatusCode::kCorruption);
    return as_expected ? StepResult{"as expected"}
                       : wrong(status.ok() ? "\"" + to_string(Step{value}) + "\"" : status.to_string());
  }
  if (step.size() == 3 && step[1] == "segments" && engine != nullptr) {
    const std::string found = std::to_string(engine->stats().segments.size());
    return found == step[2] ? StepResult{"as expected"} : wrong(found);
  }
  return {
      "an expectation is \"expect get KEY VALUE\", \"expect get KEY missing\", \"expect get KEY corruption\", \"expect "
      "segments N\" or \"expect open corruption\"",
      false};
}

Status Runner::open() {
  observer_ = std::make_unique<TraceObserver>(trace_);
  Result<std::unique_ptr<StoreAdapter>> store = kind_.open(disk_, scenario_, observer_.get());
  if (!store.ok()) return store.status();
  store_ = std::move(*store);
  return {};
}

// The process is gone, and what its Store's destructor still does, it does to a disk that nobody looks at any more.
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
  return status;
}

}  // namespace sediment::sim
