// Clocks, loops with a time limit, and percentiles.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

namespace sediment::bench {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// The result of a loop.
struct Timing {
  std::uint64_t operations = 0;
  std::uint64_t wanted = 0;
  double seconds = 0;

  double rate() const { return seconds > 0 ? static_cast<double>(operations) / seconds : 0; }
  bool complete() const { return operations == wanted; }
};

/// Calls operation(0), operation(1) … until `wanted` are done or the time is up. Checks the clock only now and then:
/// one check costs a tenth of a get.
template <typename Operation>
Timing run_timed(std::uint64_t wanted, double limit_seconds, const Operation& operation,
                 std::uint64_t look_every = 64) {
  Timing timing{0, wanted, 0};
  const Clock::time_point start = Clock::now();
  while (timing.operations < wanted) {
    const std::uint64_t stop = std::min(wanted, timing.operations + look_every);
    for (; timing.operations < stop; ++timing.operations) operation(timing.operations);
    if (seconds_since(start) > limit_seconds) break;
  }
  timing.seconds = seconds_since(start);
  return timing;
}

/// The smallest value that at least this fraction of all values does not exceed; 0 if there are none. Sorts.
template <typename Number>
Number percentile(std::vector<Number>& values, double part) {
  if (values.empty()) return Number{};
  std::sort(values.begin(), values.end());
  const double position = part * static_cast<double>(values.size());
  auto rank = static_cast<std::size_t>(position);
  if (static_cast<double>(rank) < position) ++rank;
  return values[std::clamp<std::size_t>(rank, 1, values.size()) - 1];
}

/// The middle value, or the mean of the two in the middle.
inline double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace sediment::bench
