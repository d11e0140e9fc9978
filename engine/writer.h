// The write path: every put and every remove passes through here, one at a time.
//
// A Writer has the active segment, and a mutex for it. Reads do not pass through here. An append does these steps:
//
//   0  reserve space for the record, unless there is some in hand, encode the record, and find its place in the index;
//      kNoSpace and kNoMemory change nothing
//   1  write the record to the active log
//   2  publish it in the index
//   3  wait until it is durable, if the policy says so (group_commit.h)
//   4  acknowledge it
//
// A roll or a close seals the active segment, and puts another one, or none, in its place. Both wait for a running
// sync.
//
// A failed allocation does not end writing: a protocol allocates what it needs before its first change, and nothing
// after its commit can fail. (If an exception did leave a protocol in its middle, that would end all writing:
// StopUnlessDone.)
//
// Any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

#include "engine/catalog.h"
#include "engine/disk.h"
#include "engine/group_commit.h"
#include "engine/growing_segment.h"
#include "engine/options.h"
#include "engine/record.h"
#include "engine/stats.h"
#include "engine/status.h"
#include "engine/write_state.h"

namespace sediment {

/// kInvalidArgument, in words, if no record can hold this key or this value.
Status check_sizes(std::string_view key, std::string_view value);

class Writer {
 public:
  /// `active` is the segment that recovery made. It has no log if the store is read-only.
  Writer(Disk& disk, const Options& options, WriteState& state, Catalog& catalog, GrowingSegment active);

  /// Does a put, or a remove with an empty value. True if a segment was sealed for it. Errors as Store::put.
  Result<bool> append(RecordType type, std::string_view key, std::string_view value);
  /// Errors as Store::sync.
  Status sync();
  /// Seals the active segment if it is not empty. True if it was not. Errors as Store::roll.
  Result<bool> roll();
  /// Seals the active segment for good. From then on, the writer takes no records. Returns the first failure of all, if
  /// there was one.
  Status seal();
  void add_to(Stats* stats) const;

 private:
  using Lock = std::unique_lock<std::mutex>;

  // All of these expect the mutex to be held. Those that are given the lock may release it while they wait.
  Status check_appendable() const;
  Result<bool> make_room_for(Lock& lock, std::uint64_t record_bytes);
  Status append_to_active(RecordType type, std::string_view key, KeyHash hash, std::string_view value);
  Status wait_for_running_sync(Lock& lock);
  Result<bool> roll_active();
  Status replace_active(GrowingSegment next);

  Disk& disk_;
  const Options options_;
  WriteState& state_;
  Catalog& catalog_;

  mutable std::mutex mutex_;
  GrowingSegment active_;
  GroupCommit group_commit_;
  bool sealed_ = false;  // the active segment is sealed for good
  WriteStats stats_;     // except the syncs
};

}  // namespace sediment
