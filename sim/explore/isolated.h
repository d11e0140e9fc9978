// The search in a process of its own: a store that aborts, that a signal kills or that never returns ends that process,
// and not the search.
//
// The process that searches keeps in shared memory which script each of its threads is at. When it dies, or a
// thread has begun no new call to the store within the timeout, the process that watches takes over:
//
//   1  it kills what is left, and explores each script that was under way alone, in one more process, which writes down
//      every scenario before it is judged
//   2  if that one dies, too, its last scenario is run step by step in a third process: the step in which that one dies
//      is the end of the story
//   3  the search goes on without that script; units that were finished are not searched again
//
// A process that is killed by SIGKILL or SIGTERM was probably killed from outside: by a person, a scheduler, or a kernel that
// is out of memory. Then the work is done again, and only the third time in a row counts.
//
// The caller must have one thread, since it forks. A browser has no processes: this file is not part of its build.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/explore/shrink.h"
#include "sim/explore/tiers.h"

namespace sediment::sim {

using Timeout = std::chrono::milliseconds;
constexpr Timeout kDefaultTimeout{10'000};

/// As run_tier. Ends early when so many scripts as options.explore.most_violations allows have ended a process;
/// ExploreReport::stopped says so. Throws std::bad_alloc if no process can be made, or if memory runs out in one.
ExploreReport run_tier_isolated(const TierOptions& options, Timeout timeout, const Progress& progress = {});

/// A unit of a tier was searched: its number among `units`, and what was found. One at a time.
using TakeFindings = std::function<void(std::size_t unit, UnitFindings findings)>;

/// Explores the units of which `is_done` is false. `options` are those that the units were made from. A unit whose store
/// has ended the process is taken with what is known of it. Returns why the search ended early; empty if it did not.
/// Throws as run_tier_isolated, and what `take` throws.
std::string explore_units_isolated(const std::vector<TierUnit>& units, std::vector<bool> is_done,
                                   const TierOptions& options, Timeout timeout, const TakeFindings& take,
                                   const Progress& progress = {});

/// As explore().
Result<ExploreReport> explore_isolated(const Scenario& scenario, const ExploreOptions& options, Timeout timeout,
                                       const Progress& progress = {});

/// How a run ended when the store did not come back from it.
struct Death {
  std::size_t steps = 0;  // of the scenario, with the one that it did not come back from; 0: the first open
  StepFailure failure;    // kDied or kHung
  std::string sentence;   // "the store was killed by signal 6 (abort) in step 3, `sync`"
};
/// Runs the scenario to see whether the store comes back from it.
std::optional<Death> death_of(const Scenario& scenario, const StoreKind& kind, Timeout timeout);

/// As shrink().
Result<Scenario> shrink_isolated(const Scenario& failing, const StoreKind& kind, Timeout timeout);

/// The violation with the smallest scenario that fails in the same way.
Violation shrunk_isolated(const Violation& violation, const StoreKind& kind, Timeout timeout);

/// As broken_clauses (run/contract.h). A store that ends the process, or that does not return from a step in time,
/// breaks the clause "exceptions"; then the clauses after that step are not tried.
std::vector<std::string> broken_clauses_isolated(const StoreKind& kind, Timeout timeout);

}  // namespace sediment::sim
