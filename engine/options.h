// What a caller can choose when opening a store.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sediment {

class Observer;

/// When a write is acknowledged.
enum class SyncPolicy : std::uint8_t {
  kNever,       // when the operating system has it: survives a killed process, not a power cut, until sync() or a roll
  kEveryWrite,  // when it is durable
};

/// When the store merges on its own (merge_policy.h).
struct MergePolicy {
  bool automatic = true;
  /// Merge a segment with everything newer once the newer ones together hold more than this many times its bytes.
  /// Smaller values keep fewer segments, so reads ask fewer of them; larger ones copy each record less often.
  double growth_factor = 1.0;
  /// Let writers wait once merging is so far behind that the newer ones together hold more than this many times its
  /// bytes (a segment that is smaller than a full one counts as a full one). It bounds the garbage: in the worst case
  /// every newer record supersedes an older one.
  double stall_factor = 8.0;
};

struct Options {
  bool create_if_missing = true;
  bool error_if_exists = false;
  bool read_only = false;
  /// A segment is closed before it grows past this. A record that is larger gets a segment of its own.
  /// At least 64 bytes, less than 4 GiB.
  std::uint64_t segment_size_bytes = std::uint64_t{64} << 20;
  /// The disk space that a new segment takes at first. It takes more whenever that is used up: so this much must be
  /// free to open a store, and a put that finds no space for more is refused with kNoSpace and changes nothing. At
  /// least 64 bytes.
  std::uint64_t first_reservation_bytes = std::uint64_t{64} << 10;
  SyncPolicy sync_policy = SyncPolicy::kNever;
  MergePolicy merge_policy;
  /// Merge and write snapshots in a thread of the store's own. Otherwise in the thread whose write or roll has sealed a
  /// segment, at once: slower for that thread, but the same calls do the same every time.
  bool background_merge = true;
  /// Write snapshots of sealed segments, and use them when opening.
  bool snapshots = true;
  /// Told what happens and why; not owned, must outlive the store and its readers. None costs nothing.
  Observer* observer = nullptr;
};

}  // namespace sediment
