// Exploration of damage at rest: a closed store is damaged once in every possible way, and every key is read.
//
// Every bit of every file is flipped; every file is cut at every length, removed, copied over every other file and
// swapped with it; every record is written over every other one, and reverted to the bytes that were there before it.
// Then each key must have its right value or report corruption, and the open must succeed or report corruption.
#pragma once

#include "sim/explore/explore.h"

namespace sediment::sim {

/// Runs the scenario and closes the store. `seen`, if not null, is told each disk. kInvalidArgument as for explore().
Result<ExploreReport> explore_at_rest(const Scenario& scenario, const ExploreOptions& options,
                                      SeenDisks* seen = nullptr);

/// Rot against tear, exhaustively, in a log that was never closed. Where every write is synced, a flipped bit in any
/// record but the last must be reported as corruption; a cut anywhere after the last sync is a torn tail.
ExploreReport explore_rot_against_tear(const ExploreOptions& options, SeenDisks* seen = nullptr);

}  // namespace sediment::sim
