#include "sim/explore/shrink.h"

#include <algorithm>

#include "sim/base/parse_number.h"
#include "sim/explore/explore_at_rest.h"
#include "sim/explore/explore_errors.h"
#include "sim/run/runner.h"

namespace sediment::sim {

namespace {

bool is_verb(const Step& step, std::string_view verb) { return step[0] == verb; }

bool names_a_moment(const Step& step) {
  return is_verb(step, "crash") && step.size() > 3 && step[step.size() - 2] == "after";
}

// Replaces part of a scenario by something smaller. Returns the result, or none if it does not fail as it should.
using Attempt = std::function<std::optional<Scenario>(const Scenario& candidate)>;

Scenario without_steps(const Scenario& scenario, std::size_t first, std::size_t count) {
  Scenario candidate = scenario;
  const auto begin = candidate.steps.begin() + static_cast<std::ptrdiff_t>(first);
  candidate.steps.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
  return candidate;
}

// Leaves out steps, first many at a time and then one by one, until none can be spared. Works from the front: of two
// steps that do the same, the one nearer to the failure stays.
Scenario without_superfluous_steps(Scenario scenario, const Attempt& attempt) {
  for (std::size_t count = scenario.steps.size() / 2; count > 0; count = count > 1 ? (count + 1) / 2 : 0) {
    for (bool smaller = true; smaller;) {
      smaller = false;
      for (std::size_t first = 0; first + count <= scenario.steps.size() && scenario.steps.size() > count;) {
        if (std::optional<Scenario> left = attempt(without_steps(scenario, first, count))) {
          scenario = std::move(*left);
          smaller = true;  // try the step that is here now
        } else {
          ++first;
        }
      }
    }
  }
  return scenario;
}

class Shrinker {
 public:
  Shrinker(const StoreKind& kind, FailureKind wanted, const Attempts& attempts)
      : kind_(kind), wanted_(std::move(wanted)), attempts_(attempts) {}

  Scenario shrink(Scenario scenario) {
    const Step& expected = wanted_.expectation;
    for (const Step& step : scenario.steps) {
      const bool writes_key = (step[0] == "put" || step[0] == "remove") && step.size() > 1;
      if (expected.size() != 4 || expected[1] != "get" || !writes_key || step[1] != expected[2]) continue;
      expects_last_write_ = step == Step{"put", expected[2], expected[3]};
    }
    scenario = without_needless_failures(std::move(scenario));
    scenario = by_running(std::move(scenario));
    scenario = by_exploring(std::move(scenario));
    return with_plain_values(by_running(std::move(scenario)));
  }

 private:
  // The scenario up to the step at which it fails; none if it does not fail as it should.
  std::optional<Scenario> run(const Scenario& scenario) const {
    const Tried tried = attempts_.run(scenario);
    Scenario failing = scenario;
    failing.steps.resize(steps_until_failure(scenario, tried.reports));
    if (!is_same_kind(wanted_, failure_kind(failing.steps, tried.last.failure))) return std::nullopt;
    if (!wanted_.calls.empty() && tried.failures_struck == 0) return std::nullopt;
    if (!writes_what_it_expects(failing)) return std::nullopt;
    return failing;
  }

  // Without the put that wrote it, an expected value would be missing for a reason of its own.
  bool writes_what_it_expects(const Scenario& scenario) const {
    const Step& expected = wanted_.expectation;
    return !expects_last_write_ || std::find(scenario.steps.begin(), scenario.steps.end(),
                                             Step{"put", expected[2], expected[3]}) != scenario.steps.end();
  }

  // "fail" steps that never strike are not part of the failure.
  Scenario without_needless_failures(Scenario scenario) {
    if (wanted_.calls.empty()) return scenario;
    if (attempts_.run(scenario).failures_struck > 0) return scenario;
    wanted_.calls.clear();
    std::erase_if(scenario.steps, [](const Step& step) { return is_verb(step, "fail"); });
    return scenario;
  }

  // ---- by running it

  Scenario by_running(Scenario scenario) const {
    for (std::size_t steps = 0; steps != scenario.steps.size();) {
      steps = scenario.steps.size();
      const std::uint64_t before = operations_until_crash(scenario);
      scenario = without_superfluous_steps(
          std::move(scenario), [&](const Scenario& candidate) { return run_with_crash_moved(candidate, before); });
      scenario = without_moment(std::move(scenario));
    }
    return scenario;
  }

  // Random scripts have hostile values. One that the failure does not need becomes empty or a single letter; of one whose
  // size matters, as much as can be spared is cut off.
  Scenario with_plain_values(Scenario scenario) const {
    for (std::size_t i = 0; i < scenario.steps.size(); ++i) {
      if (!is_verb(scenario.steps[i], "put") || scenario.steps[i].size() != 3) continue;
      const std::string value = scenario.steps[i][2];
      if (is_plain(value)) continue;
      std::vector<std::string> shorter{"v", "", std::string(value.size(), 'v')};
      for (std::size_t size = 2; size < value.size(); size *= 2) shorter.emplace_back(size, 'v');
      for (std::size_t size = 2; size < value.size(); size *= 2) shorter.push_back(value.substr(0, size));
      for (const std::string& each : shorter) {
        Scenario candidate = scenario;
        candidate.steps[i][2] = each;
        std::optional<Scenario> failing = run_with_crash_moved(candidate, operations_until_crash(scenario));
        if (!failing || failing->steps.size() <= i) continue;
        scenario = std::move(*failing);
        break;
      }
    }
    return scenario;
  }

  static bool is_plain(const std::string& value) {
    constexpr std::size_t kLongest = 40;  // longer than any value of the small scripts
    return value.size() <= kLongest &&
           std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~'; });
  }

  std::optional<Scenario> run_with_crash_moved(const Scenario& candidate, std::uint64_t operations_before) const {
    if (std::optional<Scenario> failing = run(candidate)) return failing;
    const std::uint64_t operations = operations_until_crash(candidate);
    if (operations >= operations_before) return std::nullopt;
    const std::uint64_t gone = operations_before - operations;
    Scenario moved = candidate;
    bool any = false;
    for (Step& step : moved.steps) {
      if (!names_a_moment(step)) continue;
      const auto after = parse_number(step.back());
      if (!after || *after < gone) continue;
      step.back() = std::to_string(*after - gone);
      any = true;
    }
    return any ? run(moved) : std::nullopt;
  }

  // The number of disk operations before the first crash.
  std::uint64_t operations_until_crash(const Scenario& scenario) const {
    Scenario until = scenario;
    until.steps.erase(first_crash(until), until.steps.end());
    return attempts_.run(until).last.disk_operations;
  }

  static std::vector<Step>::iterator first_crash(Scenario& scenario) {
    return std::find_if(scenario.steps.begin(), scenario.steps.end(),
                        [](const Step& step) { return is_verb(step, "crash"); });
  }

  // A crash after the last operation needs no number.
  Scenario without_moment(Scenario scenario) const {
    for (std::size_t i = 0; i < scenario.steps.size(); ++i) {
      if (!names_a_moment(scenario.steps[i])) continue;
      Scenario candidate = scenario;
      candidate.steps[i].resize(candidate.steps[i].size() - 2);
      if (std::optional<Scenario> failing = run(candidate)) scenario = std::move(*failing);
      if (i >= scenario.steps.size()) break;
    }
    return scenario;
  }

  // ---- by exploring what comes before the crash

  Scenario by_exploring(Scenario best) const {
    if (wanted_.crashes.empty() || wanted_.failure.why == Failure::kExpectation) return best;
    if (wanted_.failure.why == Failure::kDied || wanted_.failure.why == Failure::kHung) return best;
    Scenario script = best;
    script.steps.erase(first_crash(script), script.steps.end());
    std::erase_if(script.steps, [](const Step& step) { return is_verb(step, "fail"); });
    if (script.steps.empty()) return best;
    const Attempt attempt = [&](const Scenario& candidate) -> std::optional<Scenario> {
      std::optional<Scenario> found = attempts_.search([&] { return explore_for_it(candidate); });
      if (!found) return std::nullopt;
      if (found->steps.size() < best.steps.size()) best = std::move(*found);
      return candidate;
    };
    if (attempt(script)) (void)without_superfluous_steps(script, attempt);
    return best;
  }

  // A crash of the same kind that makes this script fail in the same way.
  std::optional<Scenario> explore_for_it(const Scenario& script) const {
    ExploreOptions options;
    options.kind = &kind_;
    options.most_violations = 1;
    options.recovery_depth = wanted_.crashes.size() > 1 ? 1 : 0;
    options.only = wanted_;
    const Fault fault = wanted_.crashes.front().fault;
    options.rot_samples = fault == Fault::kBitRot ? ExploreOptions().rot_samples : 0;
    Result<ExploreReport> report = !wanted_.calls.empty() ? explore_errors(script, options) : explore(script, options);
    if (report.ok() && report->clean() && is_damage(fault)) report = explore_at_rest(script, options);
    if (!report.ok() || report->clean()) return std::nullopt;
    return report->violations.front().replay;
  }

  const StoreKind& kind_;
  FailureKind wanted_;
  bool expects_last_write_ = false;  // of a key that an unmet expectation names
  const Attempts& attempts_;
};

}  // namespace

Tried run_here(const Scenario& scenario, const StoreKind& kind) {
  Runner runner(scenario, kind);
  Tried tried;
  tried.last = runner.run([&](const StepReport&) { ++tried.reports; });
  tried.failures_struck = runner.disk() != nullptr ? runner.failures_struck() : 0;
  return tried;
}

Result<Scenario> shrink(const Scenario& failing, const StoreKind& kind) {
  return shrink(failing, kind,
                {.run = [&](const Scenario& scenario) { return run_here(scenario, kind); },
                 .search = [](const std::function<std::optional<Scenario>()>& search) { return search(); }});
}

Result<Scenario> shrink(const Scenario& failing, const StoreKind& kind, const Attempts& attempts) {
  const Tried tried = attempts.run(failing);
  const StepReport& last = tried.last;
  if (last.passed) return Status::invalid_argument("this scenario does not fail, so there is nothing to shrink");
  if (last.failure.why == Failure::kNonsense) {
    return Status::invalid_argument("this scenario fails only because a step makes no sense: \"" +
                                    to_string(last.step) + "\": " + last.outcome);
  }
  Scenario scenario = failing;
  scenario.steps.resize(steps_until_failure(failing, tried.reports));
  Shrinker shrinker(kind, failure_kind(scenario.steps, last.failure), attempts);
  return shrinker.shrink(std::move(scenario));
}

}  // namespace sediment::sim
