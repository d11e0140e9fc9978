// Which violations are told, and how: one story for each cause, as short as it gets.
#pragma once

#include <functional>
#include <vector>

#include "sim/explore/report.h"

namespace sediment::sim {

/// At most so many stories: of different failures before any second one of a failure, then of different scripts, then the
/// rest; simplest first. `shrunk`
/// makes a violation smaller, if it can; violations that are the same afterwards become one story.
std::vector<Violation> stories_of(const ExploreReport& report, std::size_t most,
                                  const std::function<Violation(const Violation&)>& shrunk);

}  // namespace sediment::sim
