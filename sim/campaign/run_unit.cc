#include "sim/campaign/run_unit.h"

#include <chrono>
#include <filesystem>
#include <utility>

#include "sim/campaign/files.h"
#include "sim/campaign/result.h"
#include "sim/explore/stories.h"

namespace sediment::sim {

namespace {

using Clock = std::chrono::steady_clock;

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

// The checkpoint, or an empty result. The unit may have been planned for something else when the files were copied.
UnitResult begun(const Unit& unit, const std::string& folder, std::uint64_t rounds, const UnitRun& run) {
  Result<UnitResult> part = read_result(checkpoint_path(folder, unit.number()), unit.plan, true);
  if (part.ok() && part->unit == unit.number() && part->of_rounds == rounds) return std::move(*part);
  if (!part.ok() && !part.status().is(StatusCode::kNotFound) && run.note) {
    run.note("the checkpoint cannot be used, so the unit begins anew: " + part.status().to_string());
  }
  UnitResult empty;
  empty.unit = unit.number();
  empty.of_rounds = rounds;
  return empty;
}

// One story for each cause, shrunk where the cores are: here, and not where the report is made.
void shrink_violations(const Plan& plan, ExploreReport* report) {
  const std::uint64_t count = report->violation_count;
  report->violations = stories_of(*report, plan.options.explore.most_violations, [&](const Violation& violation) {
    return shrunk_isolated(violation, *plan.options.explore.kind, plan.timeout);
  });
  report->violation_count = count;
}

}  // namespace

Result<UnitEnd> run_unit(const Unit& unit, const std::string& folder, const UnitRun& run) {
  const TierOptions& options = unit.plan.options;
  if (Status s = check_verbs(*options.explore.kind); !s.ok()) return s;
  if (Status s = check_size(options); !s.ok()) return s;
  const std::string path = result_path(folder, unit.number());
  if (Status s = make_folder(std::filesystem::path(path).parent_path().string()); !s.ok()) return s;
  if (const Result<UnitResult> there = read_result(path, unit.plan, false);
      there.ok() && there->unit == unit.number() && there->is_complete()) {
    remove_checkpoint(folder, unit.number());
    return UnitEnd::kWasComplete;
  } else if (!there.ok() && !there.status().is(StatusCode::kNotFound) && run.note) {
    run.note("the result cannot be used, so the unit is run again: " + there.status().to_string());
  }

  const std::vector<TierUnit> rounds = units_of(options);
  UnitResult result = begun(unit, folder, rounds.size(), run);
  std::vector<bool> is_done(rounds.size(), false);
  for (std::size_t i = 0; i < result.rounds.size(); ++i) is_done[i] = true;
  const double seconds_before = result.rounds.empty() ? 0 : result.rounds.back().seconds;
  const Clock::time_point begin = Clock::now();
  double saved_at = 0;
  const auto take = [&](std::size_t, UnitFindings findings) {
    result.add(std::move(findings), {seconds_before + seconds_since(begin), now()});
    if (run.progress) run.progress(result.rounds.size(), result.of_rounds);
    if (result.is_complete() || seconds_since(begin) < saved_at + run.checkpoint_seconds) return;
    if (Status s = write_checkpoint(&result, unit.plan, folder); !s.ok() && run.note) {
      run.note("no checkpoint was written, and the search goes on: " + s.to_string());
    }
    saved_at = seconds_since(begin);
  };
  const std::string stopped = explore_units_isolated(rounds, std::move(is_done), options, unit.plan.timeout, take);
  if (result.report.stopped.empty()) result.report.stopped = stopped;
  result.report.title = std::string(name_of(options.tier));
  shrink_violations(unit.plan, &result.report);
  if (Status s = write_result(&result, unit.plan, folder); !s.ok()) {
    // Another process may have been faster, and have tidied up.
    const Result<UnitResult> there = read_result(path, unit.plan, false);
    if (!there.ok() || !there->is_complete()) return s;
  }
  remove_checkpoint(folder, unit.number());
  return UnitEnd::kRun;
}

}  // namespace sediment::sim
