// The index of one segment: keys whose hashes differ, collide, and wrap around.
#include "engine/hash_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "engine/fitted_index.h"
#include "tests/support/index_helpers.h"

namespace sediment {
namespace {

using test::expect_entries;
using test::index_of;
using test::Offsets;
using test::offsets_of;

TEST(HashIndex, IsEmptyAtFirstAndTakesNoMemory) {
  const HashIndex index;
  EXPECT_EQ(index.size(), 0U);
  EXPECT_EQ(index.capacity(), 0U);
  EXPECT_EQ(index.memory_bytes(), 0U);
  EXPECT_EQ(offsets_of(index, {0}), Offsets{});
  EXPECT_EQ(offsets_of(index, {UINT32_MAX}), Offsets{});
}

TEST(HashIndex, FindsWhatWasInserted) {
  HashIndex index;
  EXPECT_EQ(offsets_of(index, hash_key("a")), Offsets{});
  index.insert(hash_key("a"), 32);
  EXPECT_EQ(offsets_of(index, hash_key("a")), Offsets{32});
  EXPECT_EQ(offsets_of(index, hash_key("b")), Offsets{});
  EXPECT_EQ(index.size(), 1U);
}

TEST(HashIndex, ReplacePointsAnEntryToANewerRecord) {
  HashIndex index;
  index.insert(hash_key("a"), 32);
  HashIndex::Probe probe = index.probe(hash_key("a"));
  const auto candidate = probe.next();
  ASSERT_TRUE(candidate.has_value());
  index.replace(*candidate, 64);
  EXPECT_EQ(offsets_of(index, hash_key("a")), Offsets{64});
  EXPECT_EQ(index.size(), 1U);
}

TEST(HashIndex, KeysWithOneTagAllStayFindable) {
  HashIndex index;
  Offsets expected;
  for (std::uint64_t i = 1; i <= 50; ++i) {
    index.insert({12345}, i * 8);
    expected.push_back(i * 8);
    ASSERT_EQ(offsets_of(index, {12345}), expected);
  }
  EXPECT_EQ(offsets_of(index, {12346}), Offsets{}) << "a neighbour in the same chain with a different tag";
}

TEST(HashIndex, AChainWrapsAroundTheEndOfTheTable) {
  HashIndex index;
  for (std::uint64_t i = 0; i < 5; ++i) index.insert({UINT32_MAX - static_cast<std::uint32_t>(i)}, 8 + 8 * i);
  ASSERT_EQ(index.capacity(), 8U);
  for (std::uint64_t i = 0; i < 5; ++i) {
    EXPECT_EQ(offsets_of(index, {UINT32_MAX - static_cast<std::uint32_t>(i)}), Offsets{8 + 8 * i});
  }
  EXPECT_EQ(offsets_of(index, {0}), Offsets{}) << "the chain goes through slot 0";
}

TEST(HashIndex, KeepsEverythingWhenItGrows) {
  HashIndex index;
  std::map<std::string, std::uint64_t> model;
  std::uint64_t grown = 0;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    const std::string key = "key " + std::to_string(i);
    const std::size_t before = index.capacity();
    const bool grew = index.insert(hash_key(key), 32 + 8 * i);
    EXPECT_EQ(grew, index.capacity() != before) << "insert reports whether it grew";
    grown += grew ? 1 : 0;
    model[key] = 32 + 8 * i;
    ASSERT_LE(index.size() * 4, index.capacity() * 3) << "at most 3/4 of the slots are used";
  }
  EXPECT_EQ(index.size(), 10'000U);
  EXPECT_EQ(grown, 12U) << "8, 16, ... 16384";
  EXPECT_EQ(index.memory_bytes(), 8 * (2 * index.capacity() - 8)) << "8 + 16 + ... + 16384 slots: the old tables too";
  for (const auto& [key, offset] : model) {
    const Offsets offsets = offsets_of(index, hash_key(key));
    ASSERT_TRUE(std::count(offsets.begin(), offsets.end(), offset) == 1) << key;
  }
}

TEST(HashIndex, AProbeEndsAtAnEmptySlotAndCountsIt) {
  HashIndex index;
  index.insert({0}, 32);
  HashIndex::Probe hit = index.probe({0});
  ASSERT_TRUE(hit.next().has_value());
  EXPECT_EQ(hit.slots_visited(), 1U);
  EXPECT_FALSE(hit.next().has_value());
  EXPECT_EQ(hit.slots_visited(), 2U);
  HashIndex::Probe miss = index.probe({UINT32_MAX});
  EXPECT_FALSE(miss.next().has_value());
  EXPECT_EQ(miss.slots_visited(), 1U);
}

TEST(HashIndex, TakesOffsetsUpToTheEndOfTheLargestSegment) {
  HashIndex index;
  const std::uint64_t largest = (std::uint64_t{32} << 30) - 8;
  index.insert({1}, largest);
  EXPECT_EQ(offsets_of(index, {1}), Offsets{largest});
}

TEST(HashIndex, ACopyIsEqualAndLeadsALifeOfItsOwn) {
  HashIndex index = index_of(20);
  const HashIndex copy = index;
  EXPECT_TRUE(copy == index);
  EXPECT_EQ(copy.memory_bytes(), 8 * index.capacity()) << "it has no old tables";
  index.insert(hash_key("key 20"), 32 + 8 * 20);
  EXPECT_FALSE(copy == index);
  expect_entries(copy, 20);
  expect_entries(index, 21);
}

TEST(HashIndex, AMovedOneKeepsItsEntriesAndCanGrow) {
  HashIndex index = index_of(20);
  const HashIndex same = index;
  HashIndex moved = std::move(index);
  EXPECT_TRUE(moved == same);
  expect_entries(moved, 20);
  for (std::uint64_t i = 20; i < 100; ++i) moved.insert(hash_key("key " + std::to_string(i)), 32 + 8 * i);
  expect_entries(moved, 100);
}

TEST(HashIndex, RoomThatWasReservedIsNotGrownOutOf) {
  for (const std::size_t entries : {0U, 1U, 6U, 7U, 100U, 1000U}) {
    HashIndex index;
    index.reserve(entries);
    const std::size_t capacity = index.capacity();
    EXPECT_GE(3 * capacity, 4 * entries);
    EXPECT_LT(capacity, 8 + 4 * (entries + 1) / 3 + 1) << "and not much more";
    for (std::size_t i = 0; i < entries; ++i) {
      ASSERT_FALSE(index.insert(hash_key("key " + std::to_string(i)), 32 + 8 * i)) << i << " of " << entries;
    }
    EXPECT_EQ(index.capacity(), capacity);
    expect_entries(index, entries);
    for (std::size_t i = entries; i < 2 * entries + 10; ++i)
      index.insert(hash_key("key " + std::to_string(i)), 32 + 8 * i);
    expect_entries(index, 2 * entries + 10);
    EXPECT_TRUE(fitted(index) == fitted(index_of(2 * entries + 10)));
  }
}

TEST(HashIndex, APrefetchIsAHintAndChangesNothing) {
  const HashIndex empty;
  for (const std::uint32_t tag : {std::uint32_t{0}, UINT32_MAX}) empty.prefetch({tag});
  const HashIndex index = index_of(20);
  const HashIndex same = index;
  for (const std::uint32_t tag : {std::uint32_t{0}, UINT32_MAX}) index.prefetch({tag});
  EXPECT_TRUE(index == same);
}

TEST(HashIndex, HashesTheSameKeyToTheSameTag) {
  EXPECT_EQ(hash_key("a").tag, hash_key("a").tag);
  EXPECT_NE(hash_key("a").tag, hash_key("b").tag);
  EXPECT_NE(hash_key(std::string_view("a\0", 2)).tag, hash_key("a").tag);
}

TEST(HashIndexDeathTest, MakesRoomOnlyBeforeTheFirstEntry) {
  HashIndex index = index_of(1);
  EXPECT_DEATH(index.reserve(10), "before the first entry");
}

TEST(HashIndexDeathTest, RefusesOffsetsThatDoNotFitItsSlots) {
  HashIndex index;
  EXPECT_DEATH(index.insert({1}, 0), "does not fit");
  EXPECT_DEATH(index.insert({1}, 33), "does not fit");
  EXPECT_DEATH(index.insert({1}, std::uint64_t{32} << 30), "does not fit");
}

}  // namespace
}  // namespace sediment
