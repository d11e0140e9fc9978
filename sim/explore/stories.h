// Which violations are told, and how: one story for each cause, as short as it gets.
#pragma once

#include <functional>
#include <vector>

#include "sim/explore/report.h"

namespace sediment::sim {

/// At most so many stories, simplest first: of different losses (Violation::taken) before any second one of a loss, then of
/// different failures, then of different scripts, then the rest. `shrunk` makes a violation smaller, if it can; violations
/// that are the same afterwards become one story.
std::vector<Violation> stories_of(const ExploreReport& report, std::size_t most,
                                  const std::function<Violation(const Violation&)>& shrunk);

}  // namespace sediment::sim
