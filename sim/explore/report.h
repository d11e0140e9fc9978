// What an exploration found: counts, coverage, and the crashes that the store did not survive.
//
// Reports of shards add up to the report of the whole, whatever the number of shards and threads.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/status.h"
#include "sim/run/crash_model.h"
#include "sim/run/failure.h"
#include "sim/run/scenario.h"
#include "sim/run/store_adapter.h"

namespace sediment::sim {

/// A case in which the store did what it must not do.
struct Violation {
  Fault fault = Fault::kCleanKill;
  Oracle oracle = Oracle::kPrefix;
  std::string sentence;  // what went wrong, for people
  Scenario replay;       // ends in the failure: it was run before the violation was reported
};

struct ExploreReport {
  std::string title;
  std::uint64_t scripts = 0;            // runs that were explored
  std::uint64_t crash_points = 0;       // boundaries between disk operations
  std::uint64_t crashes = 0;            // boundary and fault
  std::uint64_t disks_judged = 0;       // distinct ones: opened, read and compared
  std::uint64_t disks_skipped = 0;      // seen before
  std::uint64_t recovery_crashes = 0;   // of those crashes, the ones inside a recovery
  std::uint64_t recoveries_struck = 0;  // by crashes of their own
  std::uint64_t recoveries_alike = 0;   // did the same as one that was struck
  std::uint64_t failed_calls = 0;       // runs in which a call failed as planned
  std::uint64_t damages = 0;            // disks damaged at rest and judged
  JudgedCells judged;
  std::map<std::string, std::uint64_t> coverage;  // interesting cases that were reached
  std::uint64_t violation_count = 0;
  /// Findings whose own replay does not fail: errors of the search, and no violations. There must be none.
  std::uint64_t not_replayed = 0;
  std::string not_replayed_example;   // the story of the first one
  std::vector<Violation> violations;  // the simplest ones

  bool clean() const { return violation_count == 0; }
  /// Runs the violation's replay. If that fails too, the violation joins the report, and its replay ends where it
  /// fails; else it is counted as not replayed. With `only`, failures of another kind are passed over.
  void add(Violation violation, const StoreKind& kind, const std::optional<FailureKind>& only = std::nullopt);
  /// Keeps the simplest `most` violations of both.
  void add(const ExploreReport& other, std::size_t most);
};

/// What to say when findings did not replay; empty if all did.
std::string tell_not_replayed(const ExploreReport& report);

nlohmann::json to_json(const ExploreReport& report);
/// kInvalidArgument says what is wrong.
Result<ExploreReport> report_from_json(const nlohmann::json& json_report);

/// A violation as one paragraph: the story, what was lost, the seed, and the commands that show it again. `file` is
/// where its scenario was saved, `program` repeats it, and sediment-viz beside that shows it.
std::string tell(const Violation& violation, const std::string& file, const std::string& program = "sediment-sim");
/// The command that shows a failing scenario at the moment when it fails, with the sediment-viz beside this program.
std::string watch_command(const std::string& program, const std::string& file);

}  // namespace sediment::sim
