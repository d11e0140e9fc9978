// Which violations are told, and how: one story for each cause, as short as it gets.
#pragma once

#include <functional>
#include <vector>

#include "sim/explore/report.h"

namespace sediment::sim {

/// At most `most` stories, simplest first. One story of each loss (Violation::taken) comes before a second one of the
/// same loss; then follow different failures, then different scripts, then the rest. `shrunk` makes a violation
/// smaller, if it can; violations
/// that are the same afterwards become one story.
std::vector<Violation> stories_of(const ExploreReport& report, std::size_t most,
                                  const std::function<Violation(const Violation&)>& shrunk);

}  // namespace sediment::sim
