// Fitted indexes: entries in the order of their tags, in memory and over the bytes of a file.
#include "engine/fitted_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "tests/support/index_helpers.h"

namespace sediment {
namespace {

using test::expect_entries;
using test::index_of;
using test::index_of_tags;
using test::index_over;
using test::Model;
using test::Offsets;
using test::offsets_of;
using test::slots_visited;

TEST(FittedIndex, HasTheSameEntriesInTheFewestSlots) {
  EXPECT_EQ(fitted(HashIndex()).memory_bytes(), 0U);
  for (const auto& [entries, slots] : std::vector<std::pair<std::uint64_t, std::size_t>>{
           {1, 2}, {2, 3}, {3, 4}, {4, 5}, {5, 6}, {6, 8}, {7, 9}, {100, 120}, {1000, 1200}}) {
    const HashIndex in_order = fitted(index_of(entries));
    EXPECT_EQ(in_order.capacity(), slots) << entries;
    EXPECT_EQ(in_order.memory_bytes(), 8 * slots) << "no old tables";
    EXPECT_LE(6 * in_order.size(), 5 * in_order.capacity());
    EXPECT_GT(6 * in_order.size(), 5 * (in_order.capacity() - 1)) << "with one slot less it would be too full";
    expect_entries(in_order, entries);
    EXPECT_EQ(offsets_of(in_order, hash_key("not there")), Offsets{});
  }
}

TEST(FittedIndex, OnesWithOtherSlotsAreNotEqual) {
  EXPECT_TRUE(HashIndex() == HashIndex());
  EXPECT_TRUE(index_of(6) == index_of(6));
  EXPECT_FALSE(index_of(6) == index_of(5));
  EXPECT_FALSE(index_of(7) == fitted(index_of(7))) << "the same entries in 16 slots and in 9";
  HashIndex one;
  one.insert({1}, 32);
  HashIndex other;
  other.insert({1}, 64);
  EXPECT_FALSE(one == other);
}

TEST(FittedIndex, EncodesEachSlotInEightBytesAndDecodesThemAgain) {
  HashIndex index;
  EXPECT_EQ(encode_slots(index), "");
  EXPECT_TRUE(index_over("") == index);
  index.insert({0x80000001}, std::uint64_t{0x123456} * 8);  // in the middle of 8 slots
  const std::string slots = encode_slots(index);
  ASSERT_EQ(slots.size(), 64U);
  EXPECT_EQ(slots.substr(32, 8), std::string("\x01\x00\x00\x80\x56\x34\x12\x00", 8)) << "tag, offset in units of 8";
  EXPECT_EQ(slots.substr(0, 32), std::string(32, '\0'));
  EXPECT_EQ(slots.substr(40), std::string(24, '\0'));
  for (const std::uint64_t n : {1U, 6U, 7U, 1000U}) {
    const HashIndex original = fitted(index_of(n));
    const HashIndex decoded = index_over(encode_slots(original));
    EXPECT_TRUE(decoded == original);
    EXPECT_EQ(decoded.capacity(), original.capacity());
    EXPECT_EQ(decoded.memory_bytes(), original.memory_bytes());
    expect_entries(decoded, n);
    expect_entries(HashIndex(decoded), n);
  }
}

TEST(FittedIndex, AProbeEndsAtTheFirstLargerTag) {
  const HashIndex grown = index_of_tags({30, 10, 50, 20, 40});
  const HashIndex in_order = fitted(grown);
  ASSERT_EQ(in_order.capacity(), 6U);
  Offsets offsets;
  for (std::size_t slot = 0; slot < 6; ++slot) offsets.push_back(in_order.offset_at(slot));
  EXPECT_EQ(offsets, (Offsets{40, 56, 32, 64, 48, 0})) << "10, 20, 30, 40, 50, and an empty slot";
  for (const auto& [tag, visited] : std::vector<std::pair<std::uint32_t, std::size_t>>{
           {5, 1}, {10, 2}, {25, 3}, {30, 4}, {45, 5}, {50, 6}, {55, 6}}) {
    EXPECT_EQ(slots_visited(in_order, tag), visited) << tag;
    EXPECT_EQ(slots_visited(grown, tag), 6U) << "to the empty slot, always";
  }
}

TEST(FittedIndex, EntriesThatFindNoRoomBeforeItsEndStandAtItsStart) {
  // Nine slots. Three entries are at or after their home slots; then come four whose home is slot 8: three wrap.
  constexpr std::uint32_t kOfSlot2 = 0x40000000;
  const std::vector<std::uint32_t> tags{UINT32_MAX, 2, UINT32_MAX - 1, UINT32_MAX - 2, kOfSlot2, UINT32_MAX - 3, 1};
  const HashIndex in_order = fitted(index_of_tags(tags));
  ASSERT_EQ(in_order.capacity(), 9U);
  Offsets offsets;
  for (std::size_t slot = 0; slot < 9; ++slot) offsets.push_back(in_order.offset_at(slot));
  EXPECT_EQ(offsets, (Offsets{80, 40, 64, 56, 48, 32, 0, 0, 72}));
  for (std::size_t i = 0; i < tags.size(); ++i) EXPECT_EQ(offsets_of(in_order, {tags[i]}), Offsets{32 + 8 * i});
  for (const std::uint32_t absent : {0U, 3U, kOfSlot2 - 1, kOfSlot2 + 1, 0x50000000U, UINT32_MAX - 4}) {
    EXPECT_EQ(offsets_of(in_order, {absent}), Offsets{}) << absent;
  }
  EXPECT_EQ(slots_visited(in_order, 0), 1U);
  EXPECT_EQ(slots_visited(in_order, 3), 3U) << "it ends at the entry of slot 2";
  EXPECT_LE(slots_visited(in_order, kOfSlot2 + 1), 5U) << "at the latest at the empty slot";
  EXPECT_EQ(slots_visited(in_order, UINT32_MAX - 4), 1U);
  EXPECT_TRUE(is_fitted_within(in_order, 32, 88));
}

TEST(FittedIndex, OfAnySizeHoldsTheSameEntries) {
  std::uint64_t entries = 0;
  for (std::uint32_t n = 1; n <= 300; ++n) {
    for (int family = 0; family < 5; ++family) {
      std::vector<std::uint32_t> tags;
      for (std::uint32_t i = 0; i < n; ++i) {
        const std::uint32_t spread = hash_key("key " + std::to_string(i)).tag;
        switch (family) {
          case 0: tags.push_back(spread); break;
          case 1: tags.push_back(UINT32_MAX - i); break;                            // all of them wrap, but one
          case 2: tags.push_back(i % 2 == 0 ? UINT32_MAX - i : i); break;           // half of them, in among small ones
          case 3: tags.push_back(7); break;                                         // one tag
          default: tags.push_back(i % 3 == 0 ? spread : UINT32_MAX - spread % 16);  // many equal ones that wrap
        }
      }
      Model model;
      const HashIndex in_order = fitted(index_of_tags(tags, &model));
      ASSERT_EQ(in_order.size(), n);
      ASSERT_TRUE(is_fitted_within(in_order, 32, 32 + 8 * n));
      for (auto entry = model.begin(); entry != model.end(); entry = model.upper_bound(entry->first)) {
        Offsets expected;
        for (auto [at, last] = model.equal_range(entry->first); at != last; ++at) expected.push_back(at->second);
        std::sort(expected.begin(), expected.end());
        ASSERT_EQ(offsets_of(in_order, {entry->first}), expected) << "family " << family << ", " << n << " entries";
        entries += expected.size();
        for (const std::uint32_t neighbour : {entry->first - 1, entry->first + 1}) {
          if (model.contains(neighbour)) continue;
          ASSERT_EQ(offsets_of(in_order, {neighbour}), Offsets{});
        }
      }
    }
  }
  EXPECT_EQ(entries, 5U * 300 * 301 / 2);
}

TEST(FittedIndex, AMissIsAsCheapAsAHit) {
  const HashIndex in_order = fitted(index_of(10'000));
  std::size_t hits = 0;
  std::size_t misses = 0;
  for (int i = 0; i < 10'000; ++i) {
    hits += slots_visited(in_order, hash_key("key " + std::to_string(i)).tag);
    misses += slots_visited(in_order, hash_key("not there " + std::to_string(i)).tag);
  }
  EXPECT_LT(misses, 5U * 10'000) << "3.5 slots each in theory; 18.5 if a miss went on to the next empty slot";
  EXPECT_LT(misses, hits);
}

TEST(FittedIndex, TheSameEntriesMakeTheSameTable) {
  const HashIndex one = fitted(index_of_tags({7, 7, UINT32_MAX, 9}));
  HashIndex other;
  for (const auto& [tag, offset] :
       std::vector<std::pair<std::uint32_t, std::uint64_t>>{{9, 56}, {UINT32_MAX, 48}, {7, 40}, {7, 32}}) {
    other.insert({tag}, offset);
  }
  EXPECT_TRUE(one == fitted(other)) << "whatever the order of the inserts";
  EXPECT_TRUE(one == fitted(one));
}

TEST(FittedIndex, KnowsWhetherItIsFittedAndInsideOfALog) {
  const HashIndex in_order = fitted(index_of_tags({30, 10, 50, 20, 40}));  // offsets 32 to 64
  EXPECT_TRUE(is_fitted_within(in_order, 32, 65));
  EXPECT_TRUE(is_fitted_within(in_order, 0, UINT64_MAX));
  EXPECT_FALSE(is_fitted_within(in_order, 33, 65)) << "an entry before the first record";
  EXPECT_FALSE(is_fitted_within(in_order, 32, 64)) << "an entry at the end of the log";
  EXPECT_TRUE(is_fitted_within(HashIndex(), 32, 32));
  EXPECT_TRUE(is_fitted_within(index_over(""), 32, 32));

  const std::string slots = encode_slots(in_order);
  ASSERT_EQ(slots.size(), 6U * 8);
  EXPECT_TRUE(is_fitted_within(index_over(slots), 32, 65));
  EXPECT_FALSE(is_fitted_within(index_over(slots + std::string(8, '\0')), 32, 65)) << "a slot too many";
  EXPECT_FALSE(is_fitted_within(index_over(slots.substr(0, 40)), 32, 65)) << "no empty slot";
  EXPECT_FALSE(is_fitted_within(index_over(std::string(8, '\0')), 32, 65)) << "nothing in one slot";
  for (std::size_t slot = 0; slot < 4; ++slot) {
    std::string swapped = slots;
    swapped.replace(8 * slot, 8, slots, 8 * slot + 8, 8);
    swapped.replace(8 * slot + 8, 8, slots, 8 * slot, 8);
    EXPECT_FALSE(is_fitted_within(index_over(swapped), 32, 65)) << "slots " << slot << " and the next one";
  }

  HashIndex grown;  // as many slots as a fitted one has, and out of order
  for (const std::uint32_t tag : {60U, 50U, 40U, 30U, 20U, 10U}) grown.insert({tag}, 32);
  ASSERT_EQ(grown.capacity(), fitted(grown).capacity());
  EXPECT_FALSE(is_fitted_within(grown, 32, 65));
}

TEST(FittedIndex, AProbeEndsInATableWithoutAnEmptySlot) {
  std::string slots;
  for (char offset = 1; offset <= 3; ++offset) slots += std::string(4, '\0') + offset + std::string(3, '\0');
  const HashIndex full = index_over(slots);
  EXPECT_FALSE(is_fitted_within(full, 8, 32));
  EXPECT_EQ(offsets_of(full, {0}), (Offsets{8, 16, 24}));
  EXPECT_EQ(offsets_of(full, {1}), Offsets{});
}

TEST(FittedIndex, BecomesAnOrdinaryOneWhenItGetsAnotherEntry) {
  HashIndex in_order = fitted(index_of(100));
  HashIndex kept = index_over(encode_slots(in_order));
  for (HashIndex* index : {&in_order, &kept}) {
    ASSERT_TRUE(is_fitted_within(*index, 32, 32 + 8 * 100));
    EXPECT_TRUE(index->insert(hash_key("key 100"), 32 + 8 * 100)) << "its table grew";
    EXPECT_FALSE(is_fitted_within(*index, 32, 32 + 8 * 101));
    expect_entries(*index, 101);
    for (std::uint64_t i = 101; i < 300; ++i) index->insert(hash_key("key " + std::to_string(i)), 32 + 8 * i);
    expect_entries(*index, 300);
  }
}

TEST(FittedIndexDeathTest, ChangesNoSlotThatSomebodyElseKeeps) {
  const HashIndex in_order = fitted(index_of(3));
  HashIndex kept = index_over(encode_slots(in_order));
  const auto candidate = kept.probe(hash_key("key 0")).next();
  ASSERT_TRUE(candidate.has_value());
  EXPECT_DEATH(kept.replace(*candidate, 64), "memory of another owner");
}

TEST(FittedIndexDeathTest, RefusesPartOfASlot) { EXPECT_DEATH(index_over("1234567"), "has 8 bytes"); }

}  // namespace
}  // namespace sediment
