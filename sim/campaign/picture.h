// A campaign's coverage against time, as an SVG picture: disks on the left axis, situations on the right one.
#pragma once

#include <string>

#include "sim/campaign/summary.h"

namespace sediment::sim {

/// A text of its own, for any browser. Without results, axes alone.
std::string coverage_picture(const Summary& summary);

}  // namespace sediment::sim
