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

/// What is claimed of a lab, each to be proven alone: "empty", "starter", "right/compact.cc", "wrong/no_check.cc"; of a
/// lab without a component only "all".
std::vector<std::string> claims_of(const Lab& lab, const Inputs& inputs);

/// Returns what does not hold of this claim, one sentence each; empty if it is proven. `seeds` apply to the wrong
/// solutions; the right ones are graded with the first. Throws std::invalid_argument if there is no such claim.
std::vector<std::string> verify(const Lab& lab, const Inputs& inputs, const std::string& claim,
                                const std::vector<std::uint64_t>& seeds, const Told& told);

}  // namespace sediment::labs
