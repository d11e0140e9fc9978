// Damaged segments: the sealed segments that merging leaves alone.
//
// A segment that a merge could not read, or that did not verify, stays where it is until the store is opened again. So
// does each segment whose merge failed because of it, because a merge asks newer segments whether a record still
// counts. Such segments divide the list, so a damaged store keeps more segments than a sound one.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "engine/format.h"
#include "engine/segment.h"
#include "engine/stats.h"

namespace sediment {

/// Any thread.
class DamagedSegments {
 public:
  /// Notes that `damaged` could not be read while `input` was merged, and `error` says why. They may be the same
  /// segment. True if the damage was not known before.
  bool add(SegmentNumber damaged, std::string error, SegmentNumber input);
  /// Forgets the damage of all segments except these. The others have been merged, so they could be read after all.
  void forget_all_but(const SegmentList& sealed);

  bool contains(SegmentNumber number) const;  // damaged, or left alone because of damage
  std::vector<DamagedSegment> list() const;   // the damaged ones

 private:
  using Lock = std::lock_guard<std::mutex>;

  mutable std::mutex mutex_;
  std::map<SegmentNumber, std::string> damaged_;
  std::set<SegmentNumber> left_alone_;  // the damaged segments and the inputs
};

}  // namespace sediment
