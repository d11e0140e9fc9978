// Which segments merging leaves alone, and what is told of them.
#include "engine/damaged_segments.h"

#include <gtest/gtest.h>

#include "tests/support/segment_helpers.h"
#include "tests/support/sim_helpers.h"

namespace sediment {
namespace {

constexpr SegmentNumber kRotten{5};
constexpr SegmentNumber kInput{3};

TEST(DamagedSegments, TheDamagedOneAndTheOneThatNeedsItAreLeftAlone) {
  DamagedSegments damaged;
  EXPECT_FALSE(damaged.contains(kRotten));
  EXPECT_TRUE(damaged.add(kRotten, "rot", kInput));
  EXPECT_TRUE(damaged.contains(kRotten));
  EXPECT_TRUE(damaged.contains(kInput));
  EXPECT_FALSE(damaged.contains(SegmentNumber{4}));
  ASSERT_EQ(damaged.list().size(), 1U) << "only what is damaged is told";
  EXPECT_EQ(damaged.list()[0].number, kRotten);
  EXPECT_EQ(damaged.list()[0].error, "rot");
}

TEST(DamagedSegments, TheFirstReasonIsKeptAndOnlyThatIsNews) {
  DamagedSegments damaged;
  EXPECT_TRUE(damaged.add(kRotten, "rot", kRotten));
  EXPECT_FALSE(damaged.add(kRotten, "another", kInput));
  EXPECT_EQ(damaged.list()[0].error, "rot");
  EXPECT_TRUE(damaged.contains(kInput)) << "which cannot be merged either";
}

TEST(DamagedSegments, ASegmentThatWasMergedIsNotTold) {
  DamagedSegments damaged;
  (void)damaged.add(kRotten, "rot", kRotten);
  (void)damaged.add(SegmentNumber{9}, "more rot", SegmentNumber{9});
  const auto disk = test::disk_with({});
  damaged.forget_all_but({test::segment_of(*disk, 9, {{"a", "1"}})});
  ASSERT_EQ(damaged.list().size(), 1U);
  EXPECT_EQ(damaged.list()[0].number, SegmentNumber{9});
}

}  // namespace
}  // namespace sediment
