#include "sim/explore/explore_errors.h"

#include <algorithm>
#include <array>

#include "sim/disk/crash.h"
#include "sim/run/runner.h"
#include "sim/run/witness.h"

namespace sediment::sim {

namespace {

using Call = CallFault::Call;
using Effect = CallFault::Effect;
using Scope = CrashChoice::Scope;

class ErrorExplorer {
 public:
  ErrorExplorer(const Scenario& scenario, const ExploreOptions& options, SeenDisks* seen)
      : scenario_(scenario), options_(options), seen_(seen != nullptr ? *seen : own_seen_) {
    report_.title = scenario.title;
    report_.scripts = 1;
  }

  Result<ExploreReport> run() {
    if (Status s = check_explorable(scenario_); !s.ok()) return s;
    options_.note_faults(Fault::kShortWrite, Fault::kShortRead, &report_);
    about_to(scenario_);
    Runner clean(scenario_, *options_.kind);
    if (const StepReport last = clean.run([&](const StepReport& step) { report_.count(step, *options_.kind); });
        last.failure.why == Failure::kNonsense) {
      return Status::invalid_argument("\"" + to_string(last.step) + "\": " + last.outcome);
    } else if (!last.passed) {
      violated(Fault::kShuffledListing, Oracle::kSameAsMap, scenario_,
               "Without any failure, at \"" + to_string(last.step) + "\": " + last.outcome);
      return report_;
    }
    with_short_reads();
    std::vector<CallFault> calls = calls_to_fail(*clean.disk());
    if (options_.sampler != nullptr) calls = options_.sampler->calls(std::move(calls));
    for (const CallFault& fault : calls) {
      if (enough()) break;
      fail(fault);
    }
    return report_;
  }

 private:
  // For the witness: this scenario, then these steps, are about to be done.
  void about_to(const Scenario& scenario, const std::vector<Step>& more = {}, bool continues = false) const {
    if (Witness* told = witness(); told != nullptr && told->wants_scenarios()) {
      announce(scenario, more, continues ? options_.kind : nullptr);
    }
  }

  bool wants(CallFault fault) const {
    if (options_.without.leaves_out(fault)) return false;
    if (!options_.only) return true;
    fault.n = 1;  // as in a FailureKind
    const std::vector<std::string>& calls = options_.only->calls;
    return std::find(calls.begin(), calls.end(), to_string(fault)) != calls.end();
  }
  bool enough() const { return report_.violations.size() >= options_.most_violations; }

  // Each call of a run that made these calls, in each way in which it can fail.
  std::vector<CallFault> calls_to_fail(const SimDisk& disk) const {
    std::vector<CallFault> calls;
    for (std::uint8_t i = 0; i < kCallCount; ++i) {
      const auto call = static_cast<Call>(i);
      for (CallFault fault : ways_to_fail(call)) {
        for (fault.n = 1; fault.n <= disk.calls(call); ++fault.n) {
          for (const bool sticky : {false, true}) {
            fault.sticky = sticky;
            if (sticky && fault.effect == Effect::kLate) continue;  // always one pair: the lie, then the truth
            if (wants(fault)) calls.push_back(fault);
          }
        }
      }
    }
    return calls;
  }

  void with_short_reads() {
    if (options_.without.leaves_out(Fault::kShortRead)) return;
    Scenario scenario = scenario_;
    scenario.steps.insert(scenario.steps.begin(), Step{"fail", "short-read", "7"});
    about_to(scenario);
    Runner runner(scenario, *options_.kind);
    const StepReport last = runner.run();
    report_.judged.count(Fault::kShortRead, Oracle::kSameAsMap);
    if (!last.passed) {
      violated(Fault::kShortRead, Oracle::kSameAsMap, scenario,
               "Every read returns at most 7 bytes. Then, at \"" + to_string(last.step) + "\": " + last.outcome);
    }
  }

  void fail(const CallFault& fault) {
    Scenario scenario = scenario_;
    scenario.steps.insert(scenario.steps.begin(), step_of("fail " + to_string(fault)));
    about_to(scenario, {{"check"}});
    Runner runner(scenario, *options_.kind);
    const StepReport last = runner.run();
    const Fault kind = fault_of(fault);
    const std::string name = to_string(fault);
    if (!last.passed) {
      return violated(kind, Oracle::kPrefix, scenario,
                      after(fault) + " Then, at \"" + to_string(last.step) + "\": " + last.outcome);
    }
    if (runner.disk()->failed_calls() == 0) return;  // an earlier failure has changed the story
    ++report_.failed_calls;
    if (options_.sampler != nullptr) options_.sampler->judged(fault);
    ++report_.coverage[name.substr(0, name.find(' ' + std::to_string(fault.n)))];
    if (const auto wrong = runner.judge_living()) {
      scenario.steps.push_back({"check"});
      return violated(kind, Oracle::kPrefix, scenario,
                      after(fault) + " Then, while the store is still open, " + *wrong);
    }
    judge_afterwards(runner, fault, scenario);
  }

  void judge_afterwards(const Runner& runner, const CallFault& fault, const Scenario& scenario) {
    const Fault kind = fault_of(fault);
    const bool lied = runner.disk_has_lied();
    const Bounds bounds = runner.ledger().bounds_after(runner.trace().operation_count());
    const std::uint64_t expectation = runner.ledger().fingerprint(bounds) * 2 + (lied ? 1 : 0);
    CrashSite site(runner.disk()->state());
    static const std::array<CrashChoice, 4> crashes{{{.fault = Fault::kCleanKill},
                                                     {.fault = Fault::kLoseUnsynced},
                                                     {.fault = Fault::kLoseUnsynced, .scope = Scope::kContents},
                                                     {.fault = Fault::kLoseUnsynced, .scope = Scope::kDirectory}}};
    for (const CrashChoice& choice : crashes) {
      if (!options_.wants(choice)) continue;
      Result<PlannedDisk> planned = site.plan(choice);
      require(planned.ok(), "a possible crash has a disk");
      ++report_.crashes;
      if (!seen_.insert(planned->fingerprint(), expectation)) {
        ++report_.disks_skipped;
        report_.judged.count(kind, Oracle::kPrefix);  // after another failure
        continue;
      }
      ++report_.disks_judged;
      report_.judged.count(kind, Oracle::kPrefix);
      Scenario replay = scenario;
      replay.steps.push_back(step_of("crash " + to_string(choice)));
      replay.steps.push_back({"recover"});
      const std::string story = after(fault) + " Then " + explain(choice) + ". Then ";
      about_to(replay, {}, true);
      Opened opened = open_on(std::move(*planned).build(), scenario_, *options_.kind, 1, runner.ledger().keys());
      if (!opened.ok()) {
        if (lied && opened.status.is(StatusCode::kCorruption)) {
          ++report_.coverage["corrupt-because-the-disk-lied"];
          continue;
        }
        return violated(kind, Oracle::kPrefix, replay, story + opened.problem());
      }
      if (!matching_prefix(runner.ledger(), bounds, opened.contents)) {
        return violated(kind, Oracle::kPrefix, replay,
                        story + explain_mismatch(runner.ledger(), bounds, opened.contents));
      }
      const Continuation continuation =
          judge_continuation(opened, scenario_, *options_.kind, 2, runner.ledger().keys(), kind, &report_.judged);
      report_.disks_judged += continuation.disks_judged;
      if (!continuation.wrong) continue;
      if (lied && continuation.is_corruption) {
        ++report_.coverage["corrupt-because-the-disk-lied"];
        continue;
      }
      // What a lying sync has dropped is still in the cache after a kill: no later sync can be believed.
      if (runner.disk()->has_lied() && choice.fault == Fault::kCleanKill && continuation.oracle == Oracle::kFixpoint) {
        ++report_.coverage["lost-because-the-disk-lied"];
        continue;
      }
      replay.steps.insert(replay.steps.end(), continuation.story.begin(), continuation.story.end());
      return violated(kind, continuation.oracle, replay, story + *continuation.wrong);
    }
  }

  // The beginning of the story.
  std::string after(const CallFault& fault) const {
    return "In `" + steps_of(scenario_.steps) + "` " + explain(fault) + ".";
  }

  void violated(Fault fault, Oracle oracle, Scenario replay, const std::string& sentence) {
    replay.title = scenario_.title + ": " + std::string(name_of(fault));
    report_.add({fault, oracle, sentence, std::move(replay)}, *options_.kind, options_.only);
  }

  const Scenario& scenario_;
  const ExploreOptions& options_;
  ExploreReport report_;
  SeenDisks own_seen_;
  SeenDisks& seen_;
};

}  // namespace

Result<ExploreReport> explore_errors(const Scenario& scenario, const ExploreOptions& options, SeenDisks* seen) {
  return ErrorExplorer(scenario, options, seen).run();
}

}  // namespace sediment::sim
