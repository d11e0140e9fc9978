// One hunted engine: a scenario is run on it, beside the engine as it should be.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "labs/grader/student_process.h"
#include "sim/run/runner.h"

namespace sediment::labs {

/// How a scenario went on an engine, step by step; the first step is the open.
struct Course {
  std::vector<sim::StepReport> reports;
  std::string ended;      // why the process is gone; empty: it is not
  bool late = false;      // it is, because it did not answer in time: that says nothing of the engine
  bool nonsense = false;  // the last step makes no sense, whatever the engine

  bool passed() const { return ended.empty() && reports.back().passed; }
};

Course course_of_the_reference(const sim::Scenario& scenario);
Course course_of(const Program& program, const sim::Scenario& scenario);

/// Whether an engine is killed: it fails where the reference passes.
struct Verdict {
  bool killed = false;
  std::string why;  // in a sentence: why it is, or why it is not
};
Verdict judge(const Program& program, const sim::Scenario& scenario);

/// A student's scenario. Throws std::invalid_argument if it cannot be used.
sim::Scenario read_hunt_scenario(const std::string& path);

/// Both courses of this scenario, side by side.
std::string tell_courses(const sim::Scenario& scenario, const Course& engine, const Course& reference);

}  // namespace sediment::labs
