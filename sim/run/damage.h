// What must survive damage to a store that was not closed.
//
// In a log that is still being written, a rotten bit looks like a torn tail unless something after it proves that it
// was synced, and not every store keeps such a proof. So nothing in that log has to survive, only what was acknowledged
// before the log was created. A sealed file cannot be torn, so damage to it excuses nothing. Only the store knows which
// files are sealed (StoreKind::is_sealed); if it does not say, no file counts as sealed while the store is open.
#pragma once

#include <cstdint>

#include "sim/disk/crash_choice.h"
#include "sim/disk/disk_state.h"
#include "sim/disk/trace.h"
#include "sim/run/oracle.h"
#include "sim/run/store_adapter.h"

namespace sediment::sim {

/// A run so far. Not owned.
struct RunSoFar {
  const StoreKind& kind;
  const Ledger& ledger;
  const Trace& trace;
};

/// How many of the writes must survive if this damage strikes an open store after this disk operation of the run.
/// `state` is the disk at that time.
std::size_t floor_under_damage(const RunSoFar& run, const DiskState& state, const CrashChoice& damage,
                               std::uint64_t after);

}  // namespace sediment::sim
