// Stores other than the engine, as someone else might write them, each both correct and with one bug; and the engine on
// a disk that forgets something. The simulator must find nothing in the correct ones, and the bug in the others.
#pragma once

#include "sim/run/store_adapter.h"

namespace sediment::test {

/// A log of checksummed frames, and a table of everything before it. A merge, a close and an open write a new table and
/// begin a new log. The store syncs everything that it writes before it relies on it.
enum class CheckpointBug {
  kNone,
  kTableNotSynced,      // a table is renamed into place while its bytes are only in the cache
  kLogNameNotSynced,    // a new log begins, but no sync of the directory covers its name
  kOldLogRemovedFirst,  // a checkpoint removes the log that it replaces before its table is in place
  // Two that take more operations than the exhaustive tier combines:
  kSixthLogNameNotSynced,  // the name of the sixth log since a checkpoint is not synced
  kThirdRemoveForgotten,   // a table holds the third key that was removed since the table before, as it was then
};
const sim::StoreKind& checkpoint_kind(CheckpointBug bug = CheckpointBug::kNone);

/// Three files that take turns: a sync writes everything into the oldest one. (With two files, the newer one may be
/// only in the cache when a store is opened.) It cannot roll or merge.
enum class SlotBug {
  kNone,
  kSameSlot,         // a sync overwrites the newest one
  kNoSyncOfRemoves,  // a sync after a remove writes nothing: "there is nothing new to keep"
};
const sim::StoreKind& slot_kind(SlotBug bug = SlotBug::kNone);

/// The engine on a disk that answers a call with ok without doing it.
enum class Forgotten {
  kDirectorySyncs,
  kLogSyncs,
};
const sim::StoreKind& engine_on_forgetful_disk(Forgotten forgotten);

}  // namespace sediment::test
