// The way out of a full disk: space is gained from garbage, and from a file that is kept for this moment.
//
// A store that overwrites few keys can fill a disk with old records. The policy's merges would remove them, but need
// room for what they keep, and for a manifest. So, when there is no space:
//
//   1  remove RESERVE.tmp                       a file of no contents, whose only use is the room that it takes up
//   2  merge the sealed segment that needs      one whose records are all superseded needs no room but the manifest's,
//      least room, with its like beside it      so this works where a merge of more does not
//   3  make RESERVE.tmp again                   from what that has gained
//
// and what was refused is tried again. When no merge gains anything, the disk is full of live data, and kNoSpace is the
// answer. A crash between any two of these steps is one in the middle of a merge: the reserve holds nothing.
#pragma once

#include <cstdint>

#include "engine/disk.h"
#include "engine/event.h"
#include "engine/merge.h"
#include "engine/options.h"
#include "engine/segment.h"
#include "engine/status.h"

namespace sediment {

/// RESERVE.tmp: there while a store is open for writing and has room for it. Errors are ignored: without it a store is
/// no less safe, only sooner stuck. One thread at a time.
class SpaceReserve {
 public:
  /// A sixteenth of a segment, from segments of 1 MiB on 512 KiB to 1 MiB; none for segments below 64 KiB.
  SpaceReserve(Disk& disk, const Options& options);
  void keep();
  void give_up();

 private:
  Disk& disk_;
  std::uint64_t bytes_ = 0;
  bool kept_ = false;
};

/// Merges the sealed segment of which least is live, as its index and those of the newer ones tell, with its neighbours
/// of which nothing is live. What that has read and written: nothing, if there is no garbage to be removed, or no room
/// to do it in. Errors as Merge::step.
Result<MergeProgress> merge_emptiest(Disk& disk, MergeHost& host, const SegmentList& sealed, Observer* observer);

}  // namespace sediment
