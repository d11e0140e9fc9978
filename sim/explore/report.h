// What an exploration found: counts, coverage, and the crashes that the store did not survive.
//
// The reports of all shards add up to the report of the whole, for any number of shards and threads.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/status.h"
#include "sim/run/crash_model.h"
#include "sim/run/failure.h"
#include "sim/run/runner.h"
#include "sim/run/scenario.h"
#include "sim/run/store_adapter.h"

namespace sediment::sim {

/// A case in which the store did something that it must not do.
struct Violation {
  Fault fault = Fault::kCleanKill;
  Oracle oracle = Oracle::kPrefix;
  std::string sentence;  // what went wrong
  Scenario replay;       // ends in the failure; it was run before the violation was reported
  /// What it shares with violations of the same cause: oracle, kind of failure, fault, and the operation on which kind
  /// of file was struck: "append 00000N.log". An exploration says the operation, the report adds the rest.
  std::string cause = {};
  std::uint64_t alike = 0;  // how many more have the same cause
  std::string takes = {};   // the replay's steps, with the operation after which each crash strikes
  std::string taken =
      {};  // what the last crash took, by kinds of files: "bytes of log-N, name of log-N"; empty if none
};

/// How a store answered one kind of step.
struct StepTally {
  std::uint64_t asked = 0;
  std::uint64_t accepted = 0;
  std::string answer;     // the first refusal
  bool promised = false;  // the kind of store names it among its verbs
  bool operator==(const StepTally&) const = default;
};

struct ExploreReport {
  std::string title;
  std::uint64_t scripts = 0;            // runs explored
  std::uint64_t scripts_skipped = 0;    // not explored, because scripts like them failed and shown nothing new
  std::uint64_t crash_points = 0;       // boundaries between disk operations
  std::uint64_t crashes = 0;            // pairs of a boundary and a fault
  std::uint64_t disks_judged = 0;       // distinct disks opened, read and compared
  std::uint64_t disks_skipped = 0;      // seen before
  std::uint64_t recovery_crashes = 0;   // those crashes that are inside a recovery
  std::uint64_t recoveries_struck = 0;  // by crashes of their own
  std::uint64_t recoveries_alike = 0;   // did the same as one that was struck
  std::uint64_t failed_calls = 0;       // runs in which a call failed as planned
  std::uint64_t damages = 0;            // disks damaged at rest and judged
  JudgedCells judged;
  std::map<std::string, std::uint64_t> coverage;  // interesting cases reached
  std::map<std::string, StepTally> steps;         // in runs without a fault: "put", "merge step" and so on
  std::set<std::string> tried;                    // the classes of faults that were to strike
  std::set<std::string> left_out;                 // the faults that were not to
  /// The clauses of the adapter's contract that the store breaks (run/contract.h): the search proves nothing.
  std::set<std::string> broken_contract;
  std::string stopped;  // why the search ended early; empty if it did not
  std::uint64_t violation_count = 0;
  /// Findings whose own replay does not fail: errors in the search, not violations. There must be none.
  std::uint64_t not_replayed = 0;
  std::string not_replayed_example;   // the story of the first one
  std::vector<Violation> violations;  // the simplest of each cause, simplest first

  bool clean() const { return violation_count == 0; }
  /// Runs the violation's replay. If that fails too, the violation joins the report, and its replay is cut off where it
  /// fails; otherwise it is counted as not replayed. With `only`, failures of other kinds are ignored.
  void add(Violation violation, const StoreKind& kind, const std::optional<FailureKind>& only = std::nullopt);
  /// A violation that was seen by another process; it is not run again.
  void add_seen(Violation violation);
  /// Adds another report, and keeps the simplest violations of at most so many causes.
  void add(const ExploreReport& other, std::size_t most);
  /// Counts a step of a run without a fault.
  void count(const StepReport& step, const StoreKind& kind);
  /// The classes of faults that were to strike and never did.
  std::vector<std::string> never_struck() const;
  /// What the store has refused each time, as sentences; a step that its kind promises comes first. Empty if there is
  /// nothing.
  struct Refusal {
    std::string sentence;
    bool promised = false;
  };
  std::vector<Refusal> refusals() const;
  /// Whether the verdict must be that the store has not been judged as it should be: a promised step was refused always.
  bool judged_too_little() const;
};

constexpr std::size_t kAllCauses = ~std::size_t{0};

/// The steps of a replay, with the operation after which each crash strikes: "crash lose-unsynced after 8 (sync
/// 000001.log)". `trace` is that of its run.
std::string told_steps(const std::vector<Step>& steps, const Trace& trace);
/// What a violation shares with others of the same cause; its `cause` says the operation that was struck.
std::string cause_of(const Violation& violation, const FailureKind& failure);
/// "append 00000N.log": the operation, and the kind of file.
std::string kind_of(const DiskOperation& operation);
/// What happens in a failing replay, in words: the steps, each crash, and then `outcome`.
std::string narrate(const Scenario& replay, const std::string& outcome);

/// The message for findings that did not replay; empty if all did.
std::string tell_not_replayed(const ExploreReport& report);

nlohmann::json to_json(const ExploreReport& report);
/// kInvalidArgument; the message says what is wrong.
Result<ExploreReport> report_from_json(const nlohmann::json& json_report);

/// A violation as one paragraph: the story, what was lost, the seed, and the commands that show it again. `file` is
/// where its scenario was saved. `program` replays it, and the sediment-viz beside that program shows it.
std::string tell(const Violation& violation, const std::string& file, const std::string& program = "sediment-sim");
/// The command that shows a scenario at the moment of its failure, with the sediment-viz beside this program.
std::string watch_command(const std::string& program, const std::string& file);

}  // namespace sediment::sim
