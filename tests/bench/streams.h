// The order in which keys are requested. Made before the clock starts: reading the next index from an array costs the
// same for all, and next to nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sediment::bench {

using Stream = std::vector<std::uint32_t>;

/// 0 to count - 1.
Stream ascending(std::uint64_t count);
/// 0 to count - 1, each once, in an order that depends on the seed only.
Stream shuffled(std::uint64_t count, std::uint64_t seed);
/// `length` indices below `count`, all equally likely.
Stream uniform(std::uint64_t count, std::size_t length, std::uint64_t seed);
/// `length` indices below `count`: the i-th most popular one in proportion to 1 / i^0.99, the popular ones scattered
/// over all indices. Source: Gray et al., "Quickly generating billion-record synthetic databases", 1994; YCSB does the
/// same.
Stream zipf(std::uint64_t count, std::size_t length, std::uint64_t seed);

}  // namespace sediment::bench
