// A number of bytes per second, by a clock that the test sets.
#include "engine/rate_limit.h"

#include <gtest/gtest.h>

namespace sediment {
namespace {

constexpr std::uint64_t kPiece = std::uint64_t{64} * 1024;
constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kWorkNanoseconds = 10'000;  // per piece

// Works through pieces as the thread does, waiting as told, for one second. Returns the number of bytes.
std::uint64_t bytes_in_a_second(std::uint64_t bytes_per_second) {
  RateLimit limit(bytes_per_second);
  std::uint64_t now = 5 * kSecond;
  const std::uint64_t end = now + kSecond;
  std::uint64_t bytes = 0;
  while (now < end) {
    limit.charge(kPiece, now);
    bytes += kPiece;
    now += kWorkNanoseconds;
    now += static_cast<std::uint64_t>(limit.time_to_wait(now).count());
  }
  return bytes;
}

TEST(RateLimit, IsKeptAtAnyRateThatTheWorkCouldExceed) {
  int rates = 0;
  for (std::uint64_t megabytes = 1; megabytes <= 4096; megabytes *= 2, ++rates) {
    const std::uint64_t rate = megabytes << 20;
    // It may be ahead by one piece, and by a debt too small for a wait.
    const std::uint64_t ahead = rate / 500 + kPiece;
    EXPECT_LE(bytes_in_a_second(rate), rate + ahead) << megabytes << " MiB/s";
    EXPECT_GE(bytes_in_a_second(rate), rate - rate / 100) << megabytes << " MiB/s: and not lower";
  }
  EXPECT_EQ(rates, 13);
}

TEST(RateLimit, WaitsForSeveralSmallDebtsTogether) {
  RateLimit limit(std::uint64_t{64} << 20);  // a piece is worth a millisecond
  const std::uint64_t now = kSecond;
  limit.charge(kPiece, now);
  EXPECT_EQ(limit.time_to_wait(now).count(), 0);
  limit.charge(kPiece, now);
  EXPECT_EQ(limit.time_to_wait(now).count(), 0);
  limit.charge(kPiece, now);
  EXPECT_NEAR(static_cast<double>(limit.time_to_wait(now).count()), 3e6 / 1.024, 1e5);
}

TEST(RateLimit, TimeWithoutWorkEarnsNothing) {
  RateLimit limit(1000);
  limit.charge(10, kSecond);
  EXPECT_EQ(limit.time_to_wait(kSecond).count(), 10'000'000);
  limit.charge(10, 100 * kSecond);
  EXPECT_EQ(limit.time_to_wait(100 * kSecond).count(), 10'000'000);
}

TEST(RateLimit, OfZeroIsNoLimit) {
  RateLimit limit(0);
  limit.charge(std::uint64_t{1} << 40, kSecond);
  EXPECT_EQ(limit.time_to_wait(kSecond).count(), 0);
}

}  // namespace
}  // namespace sediment
