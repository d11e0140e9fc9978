// What is in sight on a disk that scrolls, and how far it scrolls to show what is not.
#pragma once

#include <optional>
#include <vector>

#include "viz/draw/canvas.h"

namespace sediment::viz {

/// What a window shows of a place; none if that is too little to point at.
std::optional<Area> part_in_sight(const Area& place, const Area& window);
/// How far down a window must move to show as many of these places as possible: not at all if it does already, otherwise
/// so that they are in its middle.
float way_to(const std::vector<Area>& places, const Area& window);

}  // namespace sediment::viz
