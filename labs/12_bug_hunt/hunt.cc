#include "labs/12_bug_hunt/hunt.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "labs/grader/remote_store.h"
#include "labs/grader/result.h"

namespace sediment::labs {

namespace {

constexpr std::size_t kMostSteps = 100;

// A student's program is told of as "your code". Here it is none of the student's.
std::string of_the_engine(std::string sentence) {
  constexpr std::string_view kYours = "your code";
  if (sentence.starts_with(kYours)) sentence.replace(0, kYours.size(), "the engine");
  return sentence;
}

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
    course.ended = of_the_engine(ended.what());
  }
  return course;
}

// Of a report, as the scenario counts: the open is no step of it, and follows the failures at its start.
std::string number_of(const sim::Scenario& scenario, std::size_t report) {
  return report == 0 ? "" : std::to_string(sim::steps_until_failure(scenario, report + 1));
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

std::string tell_courses(const sim::Scenario& scenario, const Course& engine, const Course& reference) {
  constexpr std::size_t kStep = 34;
  constexpr std::size_t kAnswer = 60;   // of a step that passes
  constexpr std::size_t kWhole = 2000;  // a failure says what is wrong, so it is cut only if it repeats a huge value
  std::string text;
  for (std::size_t i = 0; i < sim::steps_until_failure(scenario, 1); ++i) {
    text += fmt::format("  {:>3}  {}\n", i + 1, shortened(sim::to_string(scenario.steps[i]), kStep));
  }
  const std::size_t steps = engine.reports.size();
  for (std::size_t i = 0; i < steps; ++i) {
    const sim::StepReport& report = engine.reports[i];
    text += fmt::format("{} {:>3}  {:<34} {}\n", report.passed ? " " : "*", number_of(scenario, i),
                        shortened(sim::to_string(report.step), kStep),
                        shortened(report.outcome, report.passed ? kAnswer : kWhole));
    if (i < reference.reports.size() && reference.reports[i].outcome != report.outcome) {
      const sim::StepReport& right = reference.reports[i];
      text += fmt::format("       {:<34} {}\n",
                          "  a right engine:", shortened(right.outcome, right.passed ? kAnswer : kWhole));
    }
  }
  if (!engine.ended.empty())
    text += fmt::format("* {:>3}  {}\n", number_of(scenario, steps), shortened(engine.ended, kWhole));
  if (!reference.passed()) {
    const std::size_t last = reference.reports.size() - 1;
    text += fmt::format("A right engine fails at {}{}: {}\n", last == 0 ? "the open" : "step ",
                        number_of(scenario, last), shortened(reference.reports.back().outcome, kWhole));
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
