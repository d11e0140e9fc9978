#include "engine/rate_limit.h"

#include <algorithm>

namespace sediment {

void RateLimit::charge(std::uint64_t bytes, std::uint64_t started_nanoseconds) {
  if (bytes_per_second_ == 0) return;
  const double cost_nanoseconds = 1e9 * static_cast<double>(bytes) / static_cast<double>(bytes_per_second_);
  paid_at_nanoseconds_ =
      std::max(paid_at_nanoseconds_, started_nanoseconds) + static_cast<std::uint64_t>(cost_nanoseconds);
}

std::chrono::nanoseconds RateLimit::time_to_wait(std::uint64_t now_nanoseconds) const {
  constexpr std::uint64_t kShortestNanoseconds = 2'000'000;
  if (paid_at_nanoseconds_ <= now_nanoseconds + kShortestNanoseconds) return std::chrono::nanoseconds(0);
  return std::chrono::nanoseconds(paid_at_nanoseconds_ - now_nanoseconds);
}

}  // namespace sediment
