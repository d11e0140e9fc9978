// The merge policy: which run it chooses, and when writers wait. Its promises in general:
// tests/property/merge_policy_property_test.cc.
#include "engine/merge_policy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace sediment {
namespace {

using Sizes = std::vector<std::uint64_t>;

std::optional<MergeRun> choose(const Sizes& sizes, double growth_factor = 1.0) {
  return choose_merge(sizes, {.automatic = true, .growth_factor = growth_factor});
}

TEST(ChooseMerge, LeavesSizesAloneThatGrowTowardsTheOldEnd) {
  EXPECT_EQ(choose({}), std::nullopt);
  EXPECT_EQ(choose({100}), std::nullopt);
  EXPECT_EQ(choose({100, 100}), std::nullopt) << "as much is not more";
  EXPECT_EQ(choose({400, 200, 100}), std::nullopt);
}

TEST(ChooseMerge, MergesASegmentThatTheNewerOnesOutweigh) {
  EXPECT_EQ(choose({100, 101}), (MergeRun{1, 2}));
  EXPECT_EQ(choose({100, 100, 100}), (MergeRun{1, 3}));
  EXPECT_EQ(choose({1000, 100, 60, 50}), (MergeRun{2, 4}));
}

TEST(ChooseMerge, TakesTheLongestRun) {
  EXPECT_EQ(choose({250, 100, 100, 100}), (MergeRun{1, 4})) << "2..4 is outweighed as well, and shorter";
  EXPECT_EQ(choose({300, 100, 100, 100}), (MergeRun{2, 4}));
}

TEST(ChooseMerge, ALargerFactorMergesLater) {
  EXPECT_EQ(choose({100, 150}, 2.0), std::nullopt);
  EXPECT_EQ(choose({100, 201}, 2.0), (MergeRun{1, 2}));
  EXPECT_EQ(choose({100, 60}, 0.5), (MergeRun{1, 2}));
}

TEST(ChooseMerge, WeighsAndMergesWhatOneMergeHasSplitAsOne) {
  // A segment holds 100 bytes, a record at most 10: one of more than 90 may have a continuation.
  const OutputLimit limit{100, 10};
  const auto choose = [&](const Sizes& sizes) { return choose_merge(sizes, {}, limit); };
  EXPECT_EQ(choose({95, 95, 40}), std::nullopt) << "one generation of 230";
  EXPECT_EQ(choose({95, 95, 40, 100, 60}), std::nullopt) << "two, of 230 and 160";
  EXPECT_EQ(choose({95, 95, 40, 100, 100, 31}), (MergeRun{1, 6})) << "now the newer one outweighs the older";
  EXPECT_EQ(choose({90, 95, 40}), (MergeRun{1, 3})) << "a segment of 90 had room for any record: it ended by itself";
  EXPECT_EQ(choose({250, 95, 40, 100, 36}), (MergeRun{1, 5}));
  EXPECT_EQ(choose({300, 95, 40, 100, 36}), (MergeRun{2, 5})) << "a run begins where a generation does";
}

TEST(ChooseMerge, DoesNothingWhenMergesAreManual) {
  ASSERT_EQ(choose({1, 100}), (MergeRun{1, 2}));
  EXPECT_EQ(choose_merge(Sizes{1, 100}, {.automatic = false}), std::nullopt);
}

TEST(ChooseMerge, NeverChoosesARunOfOneBecauseItWouldChooseItForEver) {
  for (const double growth_factor : {1.0, 0.5, 0.0, -0.0, -1.0, std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    EXPECT_EQ(choose({100}, growth_factor), std::nullopt) << growth_factor;
  }
}

// ---- when writers wait

bool waits(const Sizes& sizes, std::uint64_t full_size_bytes, double stall_factor = 4.0) {
  return must_wait(sizes, full_size_bytes, {.automatic = true, .growth_factor = 1.0, .stall_factor = stall_factor});
}

TEST(MustWait, NobodyWaitsForNothing) {
  EXPECT_FALSE(waits({}, 100));
  EXPECT_FALSE(waits({100}, 100));
  EXPECT_FALSE(waits({1'000'000}, 100)) << "whatever its size, nothing newer outweighs it";
}

TEST(MustWait, OnceTheNewerSegmentsHoldMoreThanTheFactorTimesAnOlderOne) {
  EXPECT_FALSE(waits({100, 100, 100, 100, 100}, 100)) << "four newer ones are as much, and not more";
  EXPECT_TRUE(waits({100, 100, 100, 100, 100, 100}, 100)) << "five are";
  EXPECT_FALSE(waits({100, 400}, 100));
  EXPECT_TRUE(waits({100, 401}, 100));
}

TEST(MustWait, AnySegmentMayBeTheOneThatIsOutweighed) {
  EXPECT_FALSE(waits({10'000, 100, 400}, 100));
  EXPECT_TRUE(waits({10'000, 100, 401}, 100)) << "the second one";
  EXPECT_TRUE(waits({100, 10'000, 100}, 100)) << "the first one";
}

TEST(MustWait, ASmallSegmentCountsAsAFullOne) {
  EXPECT_FALSE(waits({1, 400}, 100)) << "else a store that was opened ten times would wait at its first roll";
  EXPECT_TRUE(waits({1, 401}, 100));
  EXPECT_TRUE(waits({1, 5}, 1));
}

TEST(MustWait, ALargerFactorLetsMoreGarbagePileUp) {
  EXPECT_TRUE(waits({100, 201}, 100, 2.0));
  EXPECT_FALSE(waits({100, 201}, 100, 2.5));
  EXPECT_FALSE(waits(Sizes(1000, 100), 100, HUGE_VAL)) << "never";
}

TEST(MustWait, NeverWhenMergesAreManual) {
  ASSERT_TRUE(waits({100, 401}, 100));
  EXPECT_FALSE(must_wait(Sizes{100, 401}, 100, {.automatic = false}));
}

TEST(MustWait, OnlyForAMergeThatThePolicyWants) {
  // Else a writer would wait for ever.
  std::mt19937 random(2);  // NOLINT(cert-msc51-cpp): the same sizes every time
  int waiting = 0;
  for (int round = 0; round < 2000; ++round) {
    Sizes sizes(1 + random() % 8);
    for (auto& size : sizes) size = 32 + random() % 1000;
    for (const double growth_factor : {0.0, 0.5, 1.0, 3.0}) {
      for (const double more : {0.0, 0.5, 3.0}) {
        const MergePolicy policy{.growth_factor = growth_factor, .stall_factor = growth_factor + more};
        if (!must_wait(sizes, 64, policy)) continue;
        ASSERT_TRUE(choose_merge(sizes, policy).has_value());
        ++waiting;
      }
    }
  }
  EXPECT_GT(waiting, 1000);
}

TEST(ChooseMerge, SurvivesTheLargestSizes) {
  const Sizes sizes(100, UINT64_MAX / 200);
  EXPECT_EQ(choose(sizes), (MergeRun{1, 100}));
}

// Every segment that is sealed has the same size and nothing dies: the worst case.
TEST(ChooseMerge, KeepsFewSegmentsAndCopiesEachRecordFewTimes) {
  Sizes sizes;
  std::uint64_t copied = 0;
  std::size_t most = 0;
  constexpr std::uint64_t kSealed = 1024;
  for (std::uint64_t i = 0; i < kSealed; ++i) {
    sizes.push_back(1);
    while (const auto run = choose(sizes)) {
      ASSERT_LT(run->first, run->last) << "a run of one would never end";
      std::uint64_t sum = 0;
      for (std::size_t at = run->first - 1; at < run->last; ++at) sum += sizes[at];
      sizes.resize(run->first - 1);
      sizes.push_back(sum);
      copied += sum;
    }
    most = std::max(most, sizes.size());
  }
  EXPECT_LE(most, 12U) << "about log2(n) segments";
  EXPECT_LE(copied, kSealed * 12) << "each record copied about log2(n) times";
  EXPECT_GE(copied, kSealed) << "something was merged at all";
}

TEST(ChooseMerge, AlwaysEndsWhateverTheSizes) {
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same sizes every time
  int merges = 0;
  for (int round = 0; round < 200; ++round) {
    Sizes sizes(1 + random() % 10);
    for (auto& size : sizes) size = 32 + random() % 1000;
    while (const auto run = choose(sizes)) {
      ASSERT_GE(run->first, 1U);
      ASSERT_LT(run->first, run->last);
      ASSERT_EQ(run->last, sizes.size());
      const std::uint64_t merged = 32 + random() % 100;  // most of it was garbage
      sizes.resize(run->first - 1);
      sizes.push_back(merged);
      ++merges;
    }
  }
  EXPECT_GT(merges, 100);
}

}  // namespace
}  // namespace sediment
