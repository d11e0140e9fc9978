#include "sim/explore/shrink.h"

#include <algorithm>

#include "sim/disk/crash.h"
#include "sim/explore/explore_at_rest.h"
#include "sim/explore/explore_errors.h"
#include "sim/run/runner.h"

namespace sediment::sim {

namespace {

bool is_verb(const Step& step, std::string_view verb) { return step[0] == verb; }

// The scenario up to the step at which it fails; none if it passes, or fails only because it makes no sense.
std::optional<Scenario> run_to_failure(const Scenario& scenario, const StoreKind& kind) {
  Runner runner(scenario, kind);
  std::size_t performed = 0;
  const StepReport last = runner.run([&](const StepReport&) { ++performed; });
  if (last.passed || is_verb(last.step, "crash") || is_verb(last.step, "fail")) return std::nullopt;
  const auto in_front = static_cast<std::size_t>(std::find_if(scenario.steps.begin(), scenario.steps.end(),
                                                              [](const Step& step) { return !is_verb(step, "fail"); }) -
                                                 scenario.steps.begin());
  Scenario failing = scenario;
  failing.steps.resize(std::min(scenario.steps.size(), in_front + performed - 1));
  return failing;
}

// Leaves out steps, one at a time, as long as `fails` still returns something.
template <typename Fails>
Scenario without_superfluous_steps(Scenario scenario, Fails fails) {
  for (bool smaller = true; smaller;) {
    smaller = false;
    for (std::size_t i = scenario.steps.size(); i-- > 0 && scenario.steps.size() > 1;) {
      if (i >= scenario.steps.size()) continue;
      Scenario candidate = scenario;
      candidate.steps.erase(candidate.steps.begin() + static_cast<std::ptrdiff_t>(i));
      if (std::optional<Scenario> failing = fails(candidate)) {
        scenario = std::move(*failing);
        smaller = true;
      }
    }
  }
  return scenario;
}

}  // namespace

Result<Scenario> shrink(const Scenario& failing, const StoreKind& kind) {
  const auto by_running = [&](const Scenario& scenario) { return run_to_failure(scenario, kind); };
  const std::optional<Scenario> confirmed = by_running(failing);
  if (!confirmed) return Status::invalid_argument("this scenario does not fail, so there is nothing to shrink");
  Scenario best = without_superfluous_steps(*confirmed, by_running);

  // What comes before the first crash, as a script of its own.
  const auto first_crash =
      std::find_if(best.steps.begin(), best.steps.end(), [](const Step& step) { return is_verb(step, "crash"); });
  if (first_crash == best.steps.end()) return best;
  const std::optional<Fault> fault = parse_fault(first_crash->at(1));
  const bool fails_calls = is_verb(best.steps.front(), "fail");
  Scenario script = best;
  script.steps.assign(best.steps.begin(), first_crash);
  std::erase_if(script.steps, [](const Step& step) { return is_verb(step, "fail"); });

  Scenario smallest = best;
  ExploreOptions options;
  options.kind = &kind;
  options.rot_samples = 0;
  options.most_violations = 1;
  const auto by_exploring = [&](const Scenario& candidate) -> std::optional<Scenario> {
    Result<ExploreReport> report = fails_calls                  ? explore_errors(candidate, options)
                                   : fault && is_damage(*fault) ? explore_at_rest(candidate, options)
                                                                : explore(candidate, options);
    if (!report.ok() || report->clean()) return std::nullopt;
    const Scenario& replay = report->violations.front().replay;
    if (replay.steps.size() <= smallest.steps.size()) smallest = replay;
    return candidate;
  };
  if (script.steps.empty() || !by_exploring(script)) return best;
  (void)without_superfluous_steps(script, by_exploring);
  return smallest;
}

}  // namespace sediment::sim
