#include "viz/model/script_search.h"

#include <chrono>
#include <utility>

#include "sim/disk/guarantee.h"

namespace sediment::viz {

namespace {

constexpr std::uint64_t kSegmentSize = 512;  // bytes, as in the store to play with

const std::vector<std::string>& verbs() { return sim::engine_kind().verbs; }

}  // namespace

ScriptSearch::ScriptSearch(sim::Guarantees without) : without_(std::move(without)) {
  for (std::size_t length = 1, scripts = verbs().size(); length <= kMostOperations; ++length) {
    of_ += scripts;
    scripts *= verbs().size();
  }
}

bool ScriptSearch::work(double seconds) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  sim::ExploreOptions options;
  options.recovery_depth = 0;
  options.rot_samples = 0;
  options.works_on = false;  // a script ends with what is lost
  options.only_last_step = true;
  options.most_violations = 1;
  while (!found_ && done_ < of_) {
    const sim::Scenario script = next();
    Result<sim::ExploreReport> report = sim::explore(script, options, {}, &seen_);
    count_up();
    if (report.ok() && !report->violations.empty() && report->violations.front().oracle == sim::Oracle::kPrefix) {
      found_ = std::move(report->violations.front().replay);
      found_->title = script.title;
      sentence_ = report->violations.front().sentence;
    }
    if (std::chrono::duration<double>(Clock::now() - start).count() > seconds) break;
  }
  return !found_ && done_ < of_;
}

sim::Scenario ScriptSearch::next() const {
  sim::Scenario scenario;
  scenario.title = "The shortest script that loses data without";
  const char* before = " ";
  for (const sim::Guarantee guarantee : without_) {
    scenario.title += before + std::string(name_of(guarantee));
    before = " and ";
  }
  scenario.segment_size = kSegmentSize;
  scenario.snapshots = sim::Snapshots::kOff;
  scenario.without = without_;
  for (std::size_t i = 0; i < verbs_.size(); ++i) {
    sim::Step step = sim::step_of(verbs()[verbs_[i]]);
    if (step[0] == "put") step.push_back(std::to_string(i + 1));  // the value tells where it was written
    scenario.steps.push_back(std::move(step));
  }
  return scenario;
}

void ScriptSearch::count_up() {
  ++done_;
  std::size_t changed = verbs_.size();
  while (changed > 0 && ++verbs_[changed - 1] == verbs().size()) verbs_[--changed] = 0;
  if (changed == 0) verbs_.push_back(0);
}

}  // namespace sediment::viz
