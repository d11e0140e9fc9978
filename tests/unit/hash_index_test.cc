// The index of one segment: keys whose hashes differ, collide, and wrap around.
#include "engine/hash_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace sediment {
namespace {

std::vector<std::uint64_t> offsets_of(const HashIndex& index, KeyHash hash) {
  std::vector<std::uint64_t> offsets;
  HashIndex::Probe probe = index.probe(hash);
  while (const auto candidate = probe.next()) offsets.push_back(candidate->offset);
  std::sort(offsets.begin(), offsets.end());
  return offsets;
}

using Offsets = std::vector<std::uint64_t>;

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
  EXPECT_EQ(offsets_of(index, {12346}), Offsets{}) << "a neighbour in the same chain with another tag";
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
    EXPECT_EQ(grew, index.capacity() != before) << "insert tells whether it grew";
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

// ---- copies

// An index with n entries whose tags lie all over the table.
HashIndex index_of(std::uint64_t n) {
  HashIndex index;
  for (std::uint64_t i = 0; i < n; ++i) index.insert(hash_key("key " + std::to_string(i)), 32 + 8 * i);
  return index;
}

void expect_entries(const HashIndex& index, std::uint64_t n) {
  ASSERT_EQ(index.size(), n);
  for (std::uint64_t i = 0; i < n; ++i) {
    const Offsets offsets = offsets_of(index, hash_key("key " + std::to_string(i)));
    ASSERT_EQ(std::count(offsets.begin(), offsets.end(), 32 + 8 * i), 1) << "entry " << i << " of " << n;
  }
}

TEST(HashIndex, AFittedOneHasTheSameEntriesInTheFewestSlots) {
  EXPECT_EQ(HashIndex().fitted().memory_bytes(), 0U);
  for (const auto& [entries, slots] : std::vector<std::pair<std::uint64_t, std::size_t>>{
           {1, 2}, {2, 3}, {3, 4}, {4, 6}, {5, 7}, {6, 8}, {7, 10}, {100, 134}, {1000, 1334}}) {
    const HashIndex fitted = index_of(entries).fitted();
    EXPECT_EQ(fitted.capacity(), slots) << entries;
    EXPECT_EQ(fitted.memory_bytes(), 8 * slots) << "no old tables";
    EXPECT_LE(4 * fitted.size(), 3 * fitted.capacity());
    EXPECT_GT(4 * fitted.size(), 3 * (fitted.capacity() - 1)) << "with one slot less it would be too full";
    expect_entries(fitted, entries);
    EXPECT_EQ(offsets_of(fitted, hash_key("not there")), Offsets{});
  }
}

TEST(HashIndex, AFittedOneCanStillGrow) {
  HashIndex index = index_of(3).fitted();
  EXPECT_TRUE(index.insert(hash_key("key 3"), 32 + 8 * 3));
  expect_entries(index, 4);
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

TEST(HashIndex, AMovedOneKeepsItsEntriesAndGrowsOn) {
  HashIndex index = index_of(20);
  const HashIndex same = index;
  HashIndex moved = std::move(index);
  EXPECT_TRUE(moved == same);
  expect_entries(moved, 20);
  for (std::uint64_t i = 20; i < 100; ++i) moved.insert(hash_key("key " + std::to_string(i)), 32 + 8 * i);
  expect_entries(moved, 100);
}

TEST(HashIndex, OnesWithOtherSlotsAreNotEqual) {
  EXPECT_TRUE(HashIndex() == HashIndex());
  EXPECT_TRUE(index_of(6) == index_of(6));
  EXPECT_FALSE(index_of(6) == index_of(5));
  EXPECT_FALSE(index_of(7) == index_of(7).fitted()) << "the same entries in 16 slots and in 10";
  HashIndex one;
  one.insert({1}, 32);
  HashIndex other;
  other.insert({1}, 64);
  EXPECT_FALSE(one == other);
}

TEST(HashIndex, EncodesEachSlotInEightBytesAndDecodesThemAgain) {
  HashIndex index;
  EXPECT_EQ(index.encode(), "");
  EXPECT_TRUE(HashIndex::decode("") == index);
  index.insert({0x80000001}, std::uint64_t{0x123456} * 8);  // in the middle of 8 slots
  const std::string slots = index.encode();
  ASSERT_EQ(slots.size(), 64U);
  EXPECT_EQ(slots.substr(32, 8), std::string("\x01\x00\x00\x80\x56\x34\x12\x00", 8)) << "tag, offset in units of 8";
  EXPECT_EQ(slots.substr(0, 32), std::string(32, '\0'));
  EXPECT_EQ(slots.substr(40), std::string(24, '\0'));
  for (const std::uint64_t n : {1U, 6U, 7U, 1000U}) {
    for (const HashIndex& original : {index_of(n), index_of(n).fitted()}) {
      const HashIndex decoded = HashIndex::decode(original.encode());
      EXPECT_TRUE(decoded == original);
      EXPECT_EQ(decoded.capacity(), original.capacity());
      expect_entries(decoded, n);
    }
  }
}

TEST(HashIndex, AProbeEndsInATableWithoutAnEmptySlot) {
  std::string slots;
  for (char offset = 1; offset <= 3; ++offset) slots += std::string(4, '\0') + offset + std::string(3, '\0');
  const HashIndex full = HashIndex::decode(slots);
  EXPECT_EQ(full.size(), full.capacity());
  EXPECT_EQ(offsets_of(full, {0}), (Offsets{8, 16, 24}));
  EXPECT_EQ(offsets_of(full, {1}), Offsets{});
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

TEST(HashIndexDeathTest, RefusesPartOfASlot) { EXPECT_DEATH(HashIndex::decode("1234567"), "has 8 bytes"); }

TEST(HashIndexDeathTest, RefusesOffsetsThatDoNotFitItsSlots) {
  HashIndex index;
  EXPECT_DEATH(index.insert({1}, 0), "does not fit");
  EXPECT_DEATH(index.insert({1}, 33), "does not fit");
  EXPECT_DEATH(index.insert({1}, std::uint64_t{32} << 30), "does not fit");
}

}  // namespace
}  // namespace sediment
