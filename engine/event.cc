#include "engine/event.h"

#include "engine/guarded.h"

namespace sediment {

std::string_view name_of(EventKind kind) {
  switch (kind) {
    case EventKind::kAppended: return "appended";
    case EventKind::kIndexed: return "indexed";
    case EventKind::kIndexGrew: return "index-grew";
    case EventKind::kAcknowledged: return "acknowledged";
    case EventKind::kProbed: return "probed";
    case EventKind::kNotHere: return "not-here";
    case EventKind::kFound: return "found";
    case EventKind::kTombstoneStops: return "tombstone-stops";
    case EventKind::kSynced: return "synced";
    case EventKind::kSealed: return "sealed";
    case EventKind::kRolled: return "rolled";
    case EventKind::kSnapshotWritten: return "snapshot-written";
    case EventKind::kSnapshotFailed: return "snapshot-failed";
    case EventKind::kPublished: return "published";
    case EventKind::kMergeStarted: return "merge-started";
    case EventKind::kMergeKept: return "merge-kept";
    case EventKind::kMergeDropped: return "merge-dropped";
    case EventKind::kMergeSwitched: return "merge-switched";
    case EventKind::kMergeAbandoned: return "merge-abandoned";
    case EventKind::kDamageFound: return "damage-found";
    case EventKind::kInputRemoved: return "input-removed";
    case EventKind::kRecoveryOpened: return "recovery-opened";
    case EventKind::kSnapshotUsed: return "snapshot-used";
    case EventKind::kSnapshotIgnored: return "snapshot-ignored";
    case EventKind::kRecoveryScanned: return "recovery-scanned";
    case EventKind::kRecoveryCut: return "recovery-cut";
    case EventKind::kRecoveryRewrote: return "recovery-rewrote";
    case EventKind::kOrphanRemoved: return "orphan-removed";
    case EventKind::kStalled: return "stalled";
    case EventKind::kOpened: return "opened";
    case EventKind::kClosed: return "closed";
    case EventKind::kCalled: return "called";
    case EventKind::kStopped: return "stopped";
    case EventKind::kFailed: return "failed";
  }
  return "unknown";
}

void tell(Observer& observer, Event event, const char* source_file, int source_line) noexcept {
  event.source_file = source_file;
  event.source_line = source_line;
  attempt([&] { observer.on_event(event); });  // an observer must not be able to interrupt a protocol
}

}  // namespace sediment
