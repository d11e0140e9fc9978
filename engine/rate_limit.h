// Keeps work to so many bytes a second: the work is charged when it is done, and what comes next waits for it.
//
// Debts add up: work that costs a fraction of a millisecond is worth no wait of its own (a timer may be 50 us late), so
// it is waited for together with the work after it, once all of it amounts to a few milliseconds. A limit that forgot
// such small debts would limit nothing above one piece per wait: 64 KiB in 2 ms are 32 MB/s.
//
// Time that passes without work earns nothing. One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>

namespace sediment {

class RateLimit {
 public:
  /// 0 bytes a second: no limit.
  explicit RateLimit(std::uint64_t bytes_per_second) : bytes_per_second_(bytes_per_second) {}

  /// `bytes` were worked through from `started_nanoseconds` on.
  void charge(std::uint64_t bytes, std::uint64_t started_nanoseconds);
  /// How long the next work has to wait: nothing, or more than two milliseconds.
  std::chrono::nanoseconds time_to_wait(std::uint64_t now_nanoseconds) const;

 private:
  std::uint64_t bytes_per_second_;
  std::uint64_t paid_at_nanoseconds_ = 0;  // when all that was charged is paid for
};

}  // namespace sediment
