// All segments of a store in order of age: the newest is asked first.
//
// A SegmentSet never changes: a roll or a merge makes a new one, which takes the place of the old one as a whole. So a
// reader that holds one sees either all of a merge or nothing of it, and files stay alive as long as somebody may read
// them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/event.h"
#include "engine/segment.h"
#include "engine/status.h"

namespace sediment {

class SegmentSet {
 public:
  using List = std::vector<std::shared_ptr<const Segment>>;

  explicit SegmentSet(List oldest_first) : oldest_first_(std::move(oldest_first)) {}

  /// Asks newest to oldest until one segment knows the key. A tombstone is an answer: it ends the search.
  /// kCorruption or kIoError from the first segment that cannot tell. Any thread.
  Result<Lookup> find(std::string_view key, std::string* scratch, Observer* observer) const;

  const List& oldest_first() const { return oldest_first_; }

 private:
  List oldest_first_;
};

/// Whether any of the segments has a record of the key, a value or a tombstone. For merge and for_each: such a record
/// supersedes the ones in older segments.
Result<bool> any_holds(const SegmentSet::List& segments, std::string_view key);

}  // namespace sediment
