// The parts of the benchmark that need no store: which keys it requests, and how it summarises the numbers.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/bench/data.h"
#include "tests/bench/streams.h"
#include "tests/bench/timing.h"

namespace sediment::bench {
namespace {

TEST(BenchStreams, AShuffleHasEachIndexOnceAndDependsOnTheSeedOnly) {
  Stream order = shuffled(10'000, 1);
  EXPECT_EQ(order, shuffled(10'000, 1));
  EXPECT_NE(order, shuffled(10'000, 2));
  EXPECT_NE(order, ascending(10'000));
  std::sort(order.begin(), order.end());
  EXPECT_EQ(order, ascending(10'000));
}

TEST(BenchStreams, ZipfPrefersFewKeysInTheKnownProportion) {
  constexpr std::size_t kDraws = 200'000;
  std::vector<std::size_t> draws(1'000);
  for (const std::uint32_t index : zipf(draws.size(), kDraws, 3)) ++draws.at(index);
  std::sort(draws.rbegin(), draws.rend());
  // The sum of 1 / i^0.99 up to 1,000 is 7.73.
  EXPECT_NEAR(static_cast<double>(draws[0]) / kDraws, 1 / 7.73, 0.01);
  EXPECT_NEAR(static_cast<double>(draws[1]) / kDraws, 0.503 / 7.73, 0.01);
}

TEST(BenchTiming, APercentileIsAValueThatOccurred) {
  std::vector<int> values = {4, 1, 3, 2};
  EXPECT_EQ(percentile(values, 0.5), 2);
  EXPECT_EQ(percentile(values, 0.51), 3);
  EXPECT_EQ(percentile(values, 1), 4);
  EXPECT_EQ(percentile(values, 0), 1);
  EXPECT_EQ(median({4, 1, 3, 2}), 2.5);
  EXPECT_EQ(median({3, 1, 2}), 2);
}

TEST(BenchKeys, AscendWithTheirIndexAndMissingOnesStandBetween) {
  Key missing;
  missing.set_missing(41);
  EXPECT_EQ(Key(41).view(), "0000000000000029");
  EXPECT_LT(Key(41).view(), missing.view());
  EXPECT_LT(Key(255).view(), Key(256).view());
}

}  // namespace
}  // namespace sediment::bench
