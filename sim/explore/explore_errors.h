// Exploration of failing calls: the n-th call of every kind fails, for every n, in every way, once or from then on.
//
// While calls fail, the store must answer rightly or with an error. Then the disk is healthy again: the process is
// killed or the power fails, and the recovery is judged like that from any crash. The store must not have relied on a
// call that failed, and must have undone what could be undone.
#pragma once

#include "sim/explore/explore.h"

namespace sediment::sim {

/// `seen` as in explore().
Result<ExploreReport> explore_errors(const Scenario& scenario, const ExploreOptions& options,
                                     SeenDisks* seen = nullptr);

}  // namespace sediment::sim
