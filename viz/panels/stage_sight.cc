#include "viz/panels/stage_sight.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace sediment::viz {

std::optional<Area> part_in_sight(const Area& place, const Area& window) {
  constexpr float kLeast = 14;
  const float top = std::max(place.y, window.y);
  const float bottom = std::min(place.bottom(), window.bottom());
  if (bottom - top < std::min(kLeast, place.height - 1)) return std::nullopt;
  return Area{place.x, top, place.width, bottom - top};
}

float way_to(const std::vector<Area>& places, const Area& window) {
  const auto seen_after = [&](float way) {  // how many, and how many of them whole
    std::pair<std::size_t, std::size_t> seen;
    for (const Area& place : places) {
      const std::optional<Area> part = part_in_sight(place, {window.x, window.y + way, window.width, window.height});
      if (part) ++seen.first;
      if (part && part->height > place.height - 1) ++seen.second;
    }
    return seen;
  };
  float best = 0;
  std::pair<std::size_t, std::size_t> most = seen_after(0);
  for (const Area& first : places) {
    for (const Area& last : places) {
      const float way = (first.y + last.bottom()) / 2 - window.centre().y;
      const std::pair<std::size_t, std::size_t> seen = seen_after(way);
      if (seen < most || (seen == most && std::abs(way) >= std::abs(best))) continue;
      most = seen;
      best = way;
    }
  }
  return best;
}

}  // namespace sediment::viz
