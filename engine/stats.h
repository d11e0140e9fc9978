// The statistics of a store. Except for SegmentContents they are free: they cost no read of the disk, and no write that
// readers share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/format.h"
#include "engine/status.h"

namespace sediment {

struct SegmentStats {
  SegmentNumber number{};
  bool sealed = false;
  std::uint64_t size_bytes = 0;  // header and records
  std::uint64_t records = 0;
  std::uint64_t keys = 0;  // entries of its index
  std::uint64_t index_bytes = 0;
};

/// A sealed segment that a merge could not read, or that did not verify. Its other records can still be read.
struct DamagedSegment {
  SegmentNumber number{};
  std::string error;  // one line: file, offset and what is wrong
};

// Counters since the store was opened. The unit that counts keeps its own group. Gets are not counted, because a
// counter that all readers write would cost them more than the get.

struct WriteStats {
  std::uint64_t puts = 0;
  std::uint64_t removes = 0;
  std::uint64_t syncs = 0;  // of the active segment; with group commit, fewer than the writes that they acknowledged
  std::uint64_t rolls = 0;
  std::uint64_t longest_roll_nanoseconds = 0;  // how long a put was held up
};

struct MergeStats {
  std::uint64_t merges = 0;
  std::uint64_t records_merged = 0;  // read by completed merges
  std::uint64_t records_kept = 0;    // those of them that were copied
  std::uint64_t bytes_merged = 0;
  std::uint64_t bytes_kept = 0;
  std::string last_merge_error;  // of a merge that the policy started; empty if there was none
};

struct MaintenanceStats {
  std::uint64_t snapshots_written = 0;
  std::string last_snapshot_error;  // empty if there was none; an error only costs time at the next open

  std::uint64_t stalls = 0;  // how often a write waited for merging to catch up
  std::uint64_t stalled_nanoseconds = 0;
  std::uint64_t longest_stall_nanoseconds = 0;
};

struct Stats : WriteStats, MergeStats, MaintenanceStats {
  Status status;                       // kNoMemory: something is left out
  std::vector<SegmentStats> segments;  // oldest first
  /// The damage that merges have found since the store was opened. The policy leaves these segments where they are.
  /// `sediment verify` reports all of their damage, and `sediment salvage` copies what is sound.
  std::vector<DamagedSegment> damaged;

  std::uint64_t size_bytes() const;   // of all segments
  std::uint64_t index_bytes() const;  // of all segments
};

/// The contents of one segment, which only a full pass over the store can tell. Sizes are those of whole records.
struct SegmentContents {
  SegmentNumber number{};
  std::uint64_t live_records = 0;
  std::uint64_t live_bytes = 0;
  std::uint64_t dead_records = 0;  // superseded, here or in a newer segment
  std::uint64_t dead_bytes = 0;
  std::uint64_t tombstones = 0;  // only those that are not superseded
  std::uint64_t tombstone_bytes = 0;
};

}  // namespace sediment
