// What must survive damage to a store that was not closed.
//
// A bit that rots in a log which is still written looks like a torn tail, unless something behind it proves that it was
// synced, and not every store keeps such a proof. So of what that log holds nothing is demanded: only what was
// acknowledged before the log was created. A sealed file cannot be torn: damage to it excuses nothing. Which files are
// sealed only the store knows (StoreKind::is_sealed); of one that does not tell, no file is, as long as it is open.
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

/// How many of the writes must survive if this damage strikes an open store, after this disk operation of the run.
/// `state`: the disk then.
std::size_t floor_under_damage(const RunSoFar& run, const DiskState& state, const CrashChoice& damage,
                               std::uint64_t after);

}  // namespace sediment::sim
