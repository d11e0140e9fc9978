// What the merge policy costs and buys: the same writes and reads under each of several rules, run by the engine on a
// disk in memory.
#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <vector>

namespace sediment::viz {

/// MergePolicy::growth_factor of each rule. 0 merges whenever a segment is sealed; infinity never merges.
constexpr std::array<double, 8> kGrowthFactors = {0, 0.25, 0.5, 1, 2, 4, 8, std::numeric_limits<double>::infinity()};
constexpr std::size_t kStoresOwnRule = 3;  // the engine's default

/// Each is 1 in a store that does no more than it must.
struct PolicyCost {
  double write = 0;  // bytes written to segments, per byte of keys and values given
  double space = 0;  // bytes in segments, per byte of live records; the mean over all writes
  double read = 0;   // segments asked, per get
};

constexpr std::size_t kPolicyWrites = 600;
constexpr std::size_t kPolicyKeys = 64;

/// One for each rule. Takes some milliseconds. Deterministic. Empty if the engine fails, which only a lack of memory
/// can cause.
std::vector<PolicyCost> measure_policies();

}  // namespace sediment::viz
