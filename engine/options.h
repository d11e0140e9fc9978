// The options: what a caller can choose when it opens a store.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sediment {

class Observer;

/// When a write is acknowledged.
enum class SyncPolicy : std::uint8_t {
  kNever,       // once the operating system has it; until sync() or a roll, it survives a kill, but not a power cut
  kEveryWrite,  // once it is durable
};

/// When the store merges on its own (merge_policy.h).
struct MergePolicy {
  bool automatic = true;
  /// Merge a segment with all newer ones once they together hold more than this many times its bytes. Smaller values
  /// keep fewer segments, so reads ask fewer of them. Larger values copy each record less often.
  double growth_factor = 1.0;
  /// Let writers wait once the newer segments together hold more than this many times its bytes, because merging is
  /// then too far behind. (A segment that is smaller than a full one counts as a full one.) This bounds the garbage: in
  /// the worst case, every newer record supersedes an older one.
  double stall_factor = 8.0;
};

struct Options {
  bool create_if_missing = true;
  bool error_if_exists = false;
  bool read_only = false;
  /// A segment is sealed before it grows past this size. A larger record gets a segment of its own. At least 64 bytes,
  /// less than 4 GiB.
  std::uint64_t segment_size_bytes = std::uint64_t{64} << 20;
  /// The disk space that a new active segment reserves at first. This much must be free to open a store. When the space
  /// is used up, the segment reserves more. A put that finds no space for more returns kNoSpace and changes nothing. At
  /// least 64 bytes.
  std::uint64_t first_reservation_bytes = std::uint64_t{256} << 10;
  SyncPolicy sync_policy = SyncPolicy::kNever;
  MergePolicy merge_policy;
  /// Merge and write snapshots in a thread of the store's own. Otherwise, the thread whose write or roll sealed a
  /// segment does this work at once. This is slower for that thread, but the same calls always do the same.
  bool background_merge = true;
  /// Write snapshots of sealed segments, and use them when opening.
  bool snapshots = true;
  /// Is told what happens and why. The store does not own it, and it must outlive the store and its readers. Having
  /// none costs nothing.
  Observer* observer = nullptr;
};

}  // namespace sediment
