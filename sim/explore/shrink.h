// Makes a failing scenario smaller: leaves out steps as long as it still fails.
//
// Every step is total (a remove of an absent key is fine, so is a merge of nothing), so any subset of a script is a
// script. A crash stands at a numbered disk operation, and that number changes with the steps before it: so for what
// comes before the first crash the whole exploration is repeated, and the smallest script in which it finds anything
// wins.
#pragma once

#include "sim/explore/explore.h"

namespace sediment::sim {

/// kInvalidArgument if the scenario does not fail.
Result<Scenario> shrink(const Scenario& failing, const StoreKind& kind);

}  // namespace sediment::sim
