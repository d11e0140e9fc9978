// Shrinks a failing scenario: leaves out steps as long as it still fails in the same way.
//
// The same way means: the same oracle is violated at the same verb, in the same manner, by the same kind of crash or
// failing call; an unmet expectation stays the same expectation (run/failure.h). A scenario that fails because it no
// longer makes sense, for example a recovery without a crash, does not fail in the same way.
//
// Every step is total (removing an absent key is fine, and so is a merge of nothing), so any subset of a script is a
// script. Only the place of a crash depends on numbers (disk operations, bytes, files), which change with the steps
// before it. Hence these passes:
//
//   1  leave out steps, and move the crash back by as many disk operations as are gone
//   2  search the rest of the script for crashes of the same kind elsewhere (explore.h), and leave out steps as long as
//      the search finds one
//   3  repeat the first pass on the smallest script found
//   4  replace long values, and those that are no text, by plain and short ones
#pragma once

#include <functional>
#include <optional>

#include "sim/explore/explore.h"
#include "sim/run/runner.h"

namespace sediment::sim {

/// A run of a scenario.
struct Tried {
  StepReport last;
  std::size_t reports = 0;
  std::uint64_t failures_struck = 0;
};
/// In this process.
Tried run_here(const Scenario& scenario, const StoreKind& kind);

/// How shrinking tries a smaller scenario: isolated.h does it in processes of their own.
struct Attempts {
  std::function<Tried(const Scenario& scenario)> run;
  std::function<std::optional<Scenario>(const std::function<std::optional<Scenario>()>& search)> search;
};

/// kInvalidArgument if the scenario does not fail, or fails because a step makes no sense.
Result<Scenario> shrink(const Scenario& failing, const StoreKind& kind);
Result<Scenario> shrink(const Scenario& failing, const StoreKind& kind, const Attempts& attempts);

}  // namespace sediment::sim
