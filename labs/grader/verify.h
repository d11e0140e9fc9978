// Proves the grader of a lab: the starter and an empty file score nothing, each right solution passes everything, and
// each wrong one is rejected by the check that is meant for it, before any other check fails.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "labs/grader/build.h"
#include "labs/grader/lab.h"

namespace sediment::labs {

/// One line per solution and seed, as it is proven.
using Told = std::function<void(const std::string& line)>;

/// Returns what does not hold, one sentence each; empty if the grader is proven. `seeds` apply to the wrong solutions;
/// the right ones are graded with the first.
std::vector<std::string> verify(const Lab& lab, const Inputs& inputs, const std::vector<std::uint64_t>& seeds,
                                const Told& told);

}  // namespace sediment::labs
