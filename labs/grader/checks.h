// What the checks of several labs share, and the checks of each lab.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "labs/grader/answer.h"
#include "labs/grader/lab.h"

namespace sediment::labs {

/// Runs a scenario with the student's component in the store. Throws CheckFailed with what is wrong at the first step
/// that does not pass; the run's story and scenario end there.
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
void survives_crashes_on(CheckRun& run, const Crashes& crashes);

/// "Break it": the student's scenario break/NAME.json must pass with the reference and fail with wrong/NAME.cc, and have no
/// more steps than the shortest one that is known.
void breaks(CheckRun& run, const std::string& name);

// The checks of the labs, without their sentences, hints and points, which are in hints.json beside each lab's README.
std::vector<Check> text_log_checks();
std::vector<Check> record_checks();
std::vector<Check> hash_index_checks();

}  // namespace sediment::labs
