#include "labs/12_bug_hunt/hunt.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "labs/grader/remote_store.h"
#include "labs/grader/result.h"

namespace sediment::labs {

namespace {

constexpr std::size_t kMostSteps = 100;

Course run(const sim::Scenario& scenario, const sim::StoreKind& kind) {
  Course course;
  sim::Runner runner(scenario, kind);
  try {
    const sim::StepReport last = runner.run([&](const sim::StepReport& report) { course.reports.push_back(report); });
    course.nonsense = last.failure.why == sim::Failure::kNonsense;
  } catch (const ProcessEnded& ended) {
    if (ended.why() == ProcessEnded::Why::kNotStarted) {
      throw std::runtime_error(std::string("an engine of the hunt: ") + ended.what());
    }
    course.late = ended.why() == ProcessEnded::Why::kTookTooLong;
    course.ended = ended.what();
  }
  return course;
}

std::string shortened(const std::string& text, std::size_t most) {
  const std::string clean = printable(text);
  return clean.size() <= most ? clean : clean.substr(0, most - 3) + "...";
}

}  // namespace

Course course_of_the_reference(const sim::Scenario& scenario) { return run(scenario, sim::engine_kind()); }

Course course_of(const Program& program, const sim::Scenario& scenario) {
  const sim::StoreKind kind = remote_kind(sim::engine_kind(), program);
  return run(scenario, kind);
}

Verdict judge(const Program& program, const sim::Scenario& scenario) {
  const Course reference = course_of_the_reference(scenario);
  if (!reference.passed()) {
    const sim::StepReport& last = reference.reports.back();
    return {false, fmt::format("a right engine fails the scenario, too, at \"{}\": {}",
                               shortened(sim::to_string(last.step), 60), shortened(last.outcome, 200))};
  }
  const Course course = course_of(program, scenario);
  if (course.nonsense) return {false, "the scenario makes no sense: " + course.reports.back().outcome};
  if (course.late) return {false, "the engine did not answer in time, which proves nothing; a shorter scenario may"};
  if (course.passed()) return {false, "the engine passes the scenario"};
  return {true, course.ended.empty() ? course.reports.back().outcome : course.ended};
}

sim::Scenario read_hunt_scenario(const std::string& path) {
  Result<sim::Scenario> scenario = sim::read_scenario(path);
  if (!scenario.ok()) throw std::invalid_argument(scenario.status().to_string());
  if (scenario->steps.size() > kMostSteps) throw std::invalid_argument(path + " has more than 100 steps");
  if (scenario->store != sim::kEngineName) throw std::invalid_argument(path + " should be for the engine");
  return std::move(*scenario);
}

std::string tell_courses(const Course& engine, const Course& reference) {
  constexpr std::size_t kStep = 34;
  constexpr std::size_t kAnswer = 60;
  std::string text;
  const std::size_t steps = engine.reports.size();
  for (std::size_t i = 0; i < steps; ++i) {
    const sim::StepReport& report = engine.reports[i];
    text += fmt::format("{} {:>3}  {:<34} {}\n", report.passed ? " " : "*", i + 1,
                        shortened(sim::to_string(report.step), kStep), shortened(report.outcome, kAnswer));
    if (i < reference.reports.size() && reference.reports[i].outcome != report.outcome) {
      text += fmt::format("       {:<34} {}\n", "  a right engine:", shortened(reference.reports[i].outcome, kAnswer));
    }
  }
  if (!engine.ended.empty()) text += fmt::format("* {:>3}  {}\n", steps + 1, shortened(engine.ended, 100));
  if (!reference.passed()) {
    text += fmt::format("A right engine fails at step {}: {}\n", reference.reports.size(),
                        shortened(reference.reports.back().outcome, 200));
  } else if (engine.late) {
    text += "It did not answer in time, which proves nothing.\n";
  } else if (engine.nonsense) {
    text += "The last step makes no sense in the hunt.\n";
  } else {
    text += engine.passed() ? "This engine keeps its promises here.\n" : "Killed: a right engine passes.\n";
  }
  return text;
}

}  // namespace sediment::labs
