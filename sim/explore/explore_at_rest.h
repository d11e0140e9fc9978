// Exploration of damage at rest: a store that was closed is damaged in every way, once, and asked for every key.
//
// Every bit of every file flips; every file is cut at every length, removed, copied over every other one and exchanged
// with it; every record lands in the place of every other one, and goes back to what was there before it. Each key must
// then have its right value or answer with corruption, and the open must succeed or say corruption.
#pragma once

#include "sim/explore/explore.h"

namespace sediment::sim {

/// The scenario is run, and closed. kInvalidArgument as explore().
Result<ExploreReport> explore_at_rest(const Scenario& scenario, const ExploreOptions& options);

/// Rot against tear, in a log that was never closed and whose every write is synced: a bit that flips in any record but
/// the last is corruption, and a cut anywhere behind the last sync is a torn tail. Exhaustively.
ExploreReport explore_rot_against_tear(const ExploreOptions& options);

}  // namespace sediment::sim
