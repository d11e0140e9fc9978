// What happened and why, for observers: the simulator's trace, the visualizer, a test.
//
// The bytes on the disk show what is there; events add the reason. Without an observer, an event costs one branch.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/format.h"

namespace sediment {

enum class EventKind : std::uint8_t {
  kAppended,         // a record was written to the active segment
  kIndexed,          // the index now points to it
  kIndexGrew,        // the index moved to a larger table (size: slots)
  kAcknowledged,     // the write is answered with ok
  kProbed,           // a lookup asked this segment (size: slots looked at)
  kNotHere,          // ... which does not have the key: the search goes on in the next older one
  kFound,            // ... which has the value
  kTombstoneStops,   // ... which has a tombstone: the search ends, although an older segment may hold a value
  kSynced,           // the log is durable up to offset
  kSealed,           // a segment is closed and will never change again
  kRolled,           // a new active segment took its place
  kSnapshotWritten,  // the index of a sealed segment is in a file now (size: slots)
  kSnapshotFailed,   // it does not, and why
  kPublished,        // a manifest is the truth from here on
  kMergeStarted,     // (size: input segments)
  kMergeKept,        // a record was copied into the output
  kMergeDropped,     // a record was dropped, and why
  kMergeSwitched,    // readers use the output from here on
  kMergeAbandoned,   // the merge ended without a result, and why
  kDamageFound,      // a merge could not read this sealed segment, or it did not verify: it is left alone, and why
  kInputRemoved,     // the file of a merged segment is gone
  kRecoveryOpened,   // a file that the manifest names is there and agrees with it (size: bytes)
  kSnapshotUsed,     // the index came from a snapshot: the records are not read (size: slots)
  kSnapshotIgnored,  // there is a snapshot that cannot be used, and why
  kRecoveryScanned,  // a record was verified
  kRecoveryCut,      // the log ends here, and why (size: bytes cut)
  kRecoveryRewrote,  // what verified was copied into a new file
  kOrphanRemoved,    // a file that the manifest does not name was deleted
  kStalled,          // a write waits until merging has caught up
  kOpened,
  kClosed,
  kCalled,   // only in labs: a function of the student's component was called (why: its name; size: how often)
  kStopped,  // only in labs: the process ended at this line of the component (why: the function)
  kFailed,   // a write or sync failed: read-only from here on
};

/// "merge-dropped" for kMergeDropped, and so on: the names in traces and scenarios. Never fails.
std::string_view name_of(EventKind kind);

struct Event {
  EventKind kind = EventKind::kOpened;
  SegmentNumber segment{};       // 0 where there is none
  std::uint64_t offset = 0;      // bytes in that segment's file
  std::uint64_t size = 0;        // bytes, or what the kind says
  std::string_view key = {};     // valid during the call only
  std::string_view why = {};     // a reason in words, where there is one; valid during the call only
  const char* source_file = "";  // where in the engine this was decided; filled in by emit
  int source_line = 0;
};

/// Called in the thread that does the work, often while the store is locked, so it must not call the store. With
/// readers, several writers or background merging, this is more than one thread, and the observer must be thread-safe.
///
/// An observer only watches: if it throws, the exception is dropped, and the store continues as if nothing happened.
class Observer {
 public:
  Observer() = default;
  virtual ~Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

  virtual void on_event(const Event& event) = 0;
};

/// Passes the event to the observer, with the place in the engine where it was decided. Never throws.
void tell(Observer& observer, Event event, const char* source_file, int source_line) noexcept;

/// The same, if there is an observer. Small enough to be inlined: without an observer, an event costs one branch.
inline void emit(Observer* observer, const Event& event, const char* source_file = __builtin_FILE(),
                 int source_line = __builtin_LINE()) noexcept {
  if (observer != nullptr) tell(*observer, event, source_file, source_line);
}

}  // namespace sediment
