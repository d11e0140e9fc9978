#include "engine/current_segments.h"

#include "engine/yield_point.h"

namespace sediment {

void CurrentSegments::publish(std::shared_ptr<const SegmentList> next) noexcept {
  const std::lock_guard lock(mutex_);
  segments_ = std::move(next);
  yield_point("segments.publish");
  version_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<const SegmentList> CurrentSegments::get() const {
  const std::lock_guard lock(mutex_);
  return segments_;
}

}  // namespace sediment
