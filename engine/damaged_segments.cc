#include "engine/damaged_segments.h"

#include <algorithm>

namespace sediment {

bool DamagedSegments::add(SegmentNumber damaged, std::string error, SegmentNumber input) {
  const Lock lock(mutex_);
  left_alone_.insert(damaged);
  left_alone_.insert(input);
  return damaged_.emplace(damaged, std::move(error)).second;
}

void DamagedSegments::forget_all_but(const SegmentList& sealed) {
  const Lock lock(mutex_);
  std::erase_if(damaged_, [&](const auto& damaged) {
    return std::none_of(sealed.begin(), sealed.end(), [&](const auto& s) { return s->number() == damaged.first; });
  });
}

bool DamagedSegments::contains(SegmentNumber number) const {
  const Lock lock(mutex_);
  return left_alone_.contains(number);
}

std::vector<DamagedSegment> DamagedSegments::list() const {
  const Lock lock(mutex_);
  std::vector<DamagedSegment> list;
  for (const auto& [number, error] : damaged_) list.push_back({number, error});
  return list;
}

}  // namespace sediment
