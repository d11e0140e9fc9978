// All segments of a store in order of age: the newest is asked first.
//
// A SegmentSet never changes: a roll or a merge makes a new one, which takes the place of the old one as a whole. So a
// reader that holds one sees either all of a merge or nothing of it, and files stay alive as long as somebody may read
// them.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
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
  /// `skip` of the newest segments are not asked.
  [[nodiscard]] Found find(Lookup* lookup, std::size_t skip = 0) const;

  /// Asks the processor for what find() will look at, in two steps: the slots of all segments; then, when these have
  /// arrived, the record. Whoever looks for many keys does each step for all of them, so that the memory works on all
  /// of them at once. Any thread.
  void prefetch_slots(KeyHash hash) const;
  /// Returns how many of the newest segments do not have the key, as their indexes show.
  std::size_t prefetch_record(KeyHash hash) const;

  const List& oldest_first() const { return oldest_first_; }

 private:
  List oldest_first_;
};

/// The set that is the store's just now, for whoever reads: one thread publishes, any number of threads look.
///
/// A reader keeps the set that it got and asks only for the version, which nobody writes between two rolls or merges:
/// so reading takes no lock and writes nothing that other readers need. (An atomic<shared_ptr> would be the same thing
/// with a hidden lock.)
class CurrentSegments {
 public:
  void publish(std::shared_ptr<const SegmentSet> next);
  std::shared_ptr<const SegmentSet> get() const;
  /// Changes with every publish. A set that is got after the version was read is that version's or a later one.
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const SegmentSet> segments_ = std::make_shared<const SegmentSet>(SegmentSet::List());
  std::atomic<std::uint64_t> version_ = 0;
};

/// Whether any of the segments has a record of the key, a value or a tombstone. For merge and for_each: such a record
/// supersedes the ones in older segments.
Result<bool> any_holds(std::span<const std::shared_ptr<const Segment>> segments, std::string_view key, KeyHash hash);

}  // namespace sediment
