// The current segments: the store's list of segments at this moment, for readers.
//
// A list never changes: a roll or a merge makes a new one, which replaces the old one as a whole. So a reader that has
// a list sees either all of a merge or nothing of it, and files stay alive as long as a thread may read them.
//
// A reader keeps its list and checks only the version, which no thread writes between two rolls or merges. So reading
// takes no lock and writes nothing that other readers need. (An atomic<shared_ptr> would be the same with a hidden
// lock.)
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "engine/segment.h"

namespace sediment {

/// One thread publishes; any number of threads read.
class CurrentSegments {
 public:
  void publish(std::shared_ptr<const SegmentList> next) noexcept;
  std::shared_ptr<const SegmentList> get() const;
  /// Changes with every publish. Read the version before the list: then the list is at least as new as the version.
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const SegmentList> segments_ = std::make_shared<const SegmentList>();
  std::atomic<std::uint64_t> version_ = 0;
};

}  // namespace sediment
