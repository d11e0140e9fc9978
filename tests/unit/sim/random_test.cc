// The simulator's random numbers are the same everywhere and for ever: scenarios and bug reports depend on them.
#include "sim/base/random.h"

#include <gtest/gtest.h>

#include <set>

namespace sediment::sim {
namespace {

TEST(Random, IsSplitMix64) {
  // The published test vector for seed 1234567.
  Random random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317U);
  EXPECT_EQ(random.next(), 3203168211198807973U);
  EXPECT_EQ(random.next(), 9817491932198370423U);
  EXPECT_EQ(random.next(), 4593380528125082431U);
  EXPECT_EQ(random.next(), 16408922859458223821U);
}

TEST(Random, TheSameSeedGivesTheSameNumbers) {
  Random first(7);
  Random second(7);
  Random other(8);
  EXPECT_NE(Random(7).next(), other.next());
  for (int i = 0; i < 100; ++i) ASSERT_EQ(first.next(), second.next());
}

TEST(Random, StaysBelowItsBoundAndReachesEveryNumber) {
  Random random(1);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t number = random.below(10);
    ASSERT_LT(number, 10U);
    seen.insert(number);
  }
  EXPECT_EQ(seen.size(), 10U);
  EXPECT_EQ(random.below(1), 0U);
}

}  // namespace
}  // namespace sediment::sim
