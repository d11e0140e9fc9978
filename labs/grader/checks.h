// What the checks of several labs share, and the checks of each lab.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "labs/grader/answer.h"
#include "labs/grader/lab.h"
#include "sim/run/runner.h"

namespace sediment::labs {

/// A scenario with the student's component in the store, step by step. It begins a new story, and the run's scenario
/// grows with each step.
class Play {
 public:
  /// Opens the store. `options`: its steps are not used. `kind` must live as long as this.
  Play(CheckRun& run, const sim::StoreKind& kind, const sim::Scenario& options);

  /// Throws CheckFailed with what is wrong if the step does not pass.
  void perform(const sim::Step& step);
  /// Returns how the step went. If it did not pass, no other may follow.
  const sim::StepReport& attempt(const sim::Step& step);

  /// How the last step went.
  const sim::StepReport& last() const { return last_; }
  /// How many operations the disk had seen after the open and after each step.
  const std::vector<std::uint64_t>& ends() const { return ends_; }
  sim::Runner& runner() { return runner_; }

 private:
  static sim::Scenario without_steps(sim::Scenario scenario);
  void note(sim::StepReport report);
  void must_have_passed() const;

  CheckRun& run_;
  sim::Runner runner_;
  sim::StepReport last_;
  std::vector<std::uint64_t> ends_;
};

/// All of a scenario. Throws as Play does.
void run_scenario(CheckRun& run, const sim::StoreKind& kind, const sim::Scenario& scenario);

/// Checks that work with any component of the engine: scripts without a crash against a std::map, a new process after
/// each reopen; and all crashes of a sample of short scripts.
void runs_in_a_store(CheckRun& run);
void survives_crashes(CheckRun& run);
/// Which crashes strike.
struct Crashes {
  std::string device = "posix";   // those of this device (sim/disk/fault.h)
  std::uint64_t in_recovery = 1;  // how many may strike inside recoveries, each inside the one from the crash before
};
/// Those that a text log can survive. A device that tears or reorders what is not synced can make it lie, and nothing in the
/// log would show it. And what an open has found after a kill need not be durable: no call has promised that.
inline Crashes text_log_crashes() { return {.device = "nvme-4k", .in_recovery = 0}; }
void survives_crashes_on(CheckRun& run, const Crashes& crashes);

/// "Break it": the student's scenario break/NAME.json must pass with the reference and fail with wrong/NAME.cc, and have no
/// more steps than the shortest one that is known.
void breaks(CheckRun& run, const std::string& name);

// The checks of the labs, without their sentences, hints and points, which are in hints.json beside each lab's README.
std::vector<Check> text_log_checks();
std::vector<Check> record_checks();
std::vector<Check> log_writer_checks();
std::vector<Check> log_end_checks();
std::vector<Check> hash_index_checks();
std::vector<Check> lookup_checks();
std::vector<Check> publish_checks();
std::vector<Check> merge_checks();
std::vector<Check> recovery_checks();
std::vector<Check> snapshot_checks();
std::vector<Check> group_commit_checks();

}  // namespace sediment::labs
