// Reclaiming space: the way out of a full disk. A store gains space from garbage, and from a file that it keeps for
// this moment.
//
// A store that keeps overwriting a few keys can fill a disk with old records. The policy's merges would remove them,
// but they need room for what they keep, and for a manifest. So, when there is no space, the store does this:
//
//   1  remove RESERVE.tmp                       a file without contents, whose only use is the room that it takes up
//   2  merge the sealed segment that needs      a segment whose records are all superseded needs room only for the
//      the least room, with newer dead ones     manifest, so this works where a larger merge does not
//   3  make RESERVE.tmp again                   from the space that was gained
//
// Then the store tries the refused call again. If no merge gains anything, the disk is full of live data, and the call
// returns kNoSpace. A crash between two of these steps is a crash in the middle of a merge, because the reserve holds
// nothing.
#pragma once

#include <cstdint>

#include "engine/disk.h"
#include "engine/event.h"
#include "engine/merge.h"
#include "engine/options.h"
#include "engine/segment.h"
#include "engine/status.h"

namespace sediment {

/// The file RESERVE.tmp. It exists while a store is open for writing and has room for it. Errors are ignored: without
/// the file a store is no less safe, but gets stuck sooner. One thread at a time.
class SpaceReserve {
 public:
  /// The file has a sixteenth of a segment's size. For segments of 1 MiB or more, it has 512 KiB to 1 MiB. For segments
  /// below 64 KiB, there is no file.
  SpaceReserve(Disk& disk, const Options& options);
  void keep();
  void give_up();

 private:
  Disk& disk_;
  std::uint64_t bytes_ = 0;
  bool kept_ = false;
};

/// Merges the sealed segment with the least live data, together with the next newer ones if they have none. The indexes
/// of the segment and of the newer ones tell what is live. Returns what the merge has read and written. That is nothing
/// if there is no garbage to remove, or no room to remove it. Errors as Merge::step.
Result<MergeProgress> merge_emptiest(Disk& disk, MergeHost& host, const SegmentList& sealed, Observer* observer);

}  // namespace sediment
