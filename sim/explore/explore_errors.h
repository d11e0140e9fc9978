// Exploration of failing calls: the n-th call of every kind fails, for every n, in every way, once and from then on.
//
// While calls fail the store must answer rightly or with an error. Then the disk is well again: the process is killed,
// or the power fails, and what the store recovers to is judged like any crash. A failure that was reported must not
// have been believed, one that could be undone must have been undone.
#pragma once

#include "sim/explore/explore.h"

namespace sediment::sim {

/// `seen` as in explore().
Result<ExploreReport> explore_errors(const Scenario& scenario, const ExploreOptions& options,
                                     SeenDisks* seen = nullptr);

}  // namespace sediment::sim
