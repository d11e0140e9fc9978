// Makes a failing scenario smaller: leaves out steps as long as it still fails in the same way.
//
// The same way: the same oracle is violated at the same verb, in the same manner, by the same kind of crash or failing
// call, and an expectation that is not met stays that expectation (run/failure.h). A scenario that fails because it has
// become nonsense, a recovery without a crash for instance, does not fail in the same way.
//
// Every step is total (a remove of an absent key is fine, so is a merge of nothing), so any subset of a script is a
// script. Only the place of a crash is a matter of numbers, of disk operations, bytes, files, which change with the
// steps before it. So three passes:
//
//   1  leave out steps, the crash moved back by as many disk operations as are gone
//   2  search what is left of the script for crashes of the same kind elsewhere (explore.h), and leave out steps as long
//      as the search finds one
//   3  the first pass again, on the smallest that was found
#pragma once

#include "sim/explore/explore.h"

namespace sediment::sim {

/// kInvalidArgument if the scenario does not fail, or fails because a step makes no sense.
Result<Scenario> shrink(const Scenario& failing, const StoreKind& kind);

}  // namespace sediment::sim
