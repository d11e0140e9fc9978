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

// ---- copies

// An index with n entries whose tags are spread over the whole table.
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
           {1, 2}, {2, 3}, {3, 4}, {4, 5}, {5, 6}, {6, 8}, {7, 9}, {100, 120}, {1000, 1200}}) {
    const HashIndex fitted = index_of(entries).fitted();
    EXPECT_EQ(fitted.capacity(), slots) << entries;
    EXPECT_EQ(fitted.memory_bytes(), 8 * slots) << "no old tables";
    EXPECT_LE(6 * fitted.size(), 5 * fitted.capacity());
    EXPECT_GT(6 * fitted.size(), 5 * (fitted.capacity() - 1)) << "with one slot less it would be too full";
    expect_entries(fitted, entries);
    EXPECT_EQ(offsets_of(fitted, hash_key("not there")), Offsets{});
  }
}

TEST(HashIndex, ACopyIsEqualAndIndependent) {
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

TEST(HashIndex, IndexesWithDifferentSlotsAreNotEqual) {
  EXPECT_TRUE(HashIndex() == HashIndex());
  EXPECT_TRUE(index_of(6) == index_of(6));
  EXPECT_FALSE(index_of(6) == index_of(5));
  EXPECT_FALSE(index_of(7) == index_of(7).fitted()) << "the same entries in 16 slots and in 9";
  HashIndex one;
  one.insert({1}, 32);
  HashIndex other;
  other.insert({1}, 64);
  EXPECT_FALSE(one == other);
}

// A fitted index whose slots are these bytes.
HashIndex index_over(const std::string& slots) {
  const auto kept = std::make_shared<const std::string>(slots);
  return {*kept, kept};
}

TEST(HashIndex, EncodesEachSlotInEightBytesAndDecodesThemAgain) {
  HashIndex index;
  EXPECT_EQ(index.encode(), "");
  EXPECT_TRUE(index_over("") == index);
  index.insert({0x80000001}, std::uint64_t{0x123456} * 8);  // in the middle of 8 slots
  const std::string slots = index.encode();
  ASSERT_EQ(slots.size(), 64U);
  EXPECT_EQ(slots.substr(32, 8), std::string("\x01\x00\x00\x80\x56\x34\x12\x00", 8)) << "tag, offset in units of 8";
  EXPECT_EQ(slots.substr(0, 32), std::string(32, '\0'));
  EXPECT_EQ(slots.substr(40), std::string(24, '\0'));
  for (const std::uint64_t n : {1U, 6U, 7U, 1000U}) {
    const HashIndex original = index_of(n).fitted();
    const HashIndex decoded = index_over(original.encode());
    EXPECT_TRUE(decoded == original);
    EXPECT_EQ(decoded.capacity(), original.capacity());
    EXPECT_EQ(decoded.memory_bytes(), original.memory_bytes());
    expect_entries(decoded, n);
    expect_entries(HashIndex(decoded), n);
  }
}

// ---- a fitted index: its entries are ordered by tag

using Model = std::multimap<std::uint32_t, std::uint64_t>;  // tag, offset

HashIndex index_of_tags(const std::vector<std::uint32_t>& tags, Model* model = nullptr) {
  HashIndex index;
  for (std::size_t i = 0; i < tags.size(); ++i) {
    index.insert({tags[i]}, 32 + 8 * i);
    if (model != nullptr) model->emplace(tags[i], 32 + 8 * i);
  }
  return index;
}

// How many slots a whole probe visits.
std::size_t slots_visited(const HashIndex& index, std::uint32_t tag) {
  HashIndex::Probe probe = index.probe({tag});
  while (probe.next()) {
  }
  return probe.slots_visited();
}

TEST(HashIndex, AProbeOfAFittedOneEndsAtTheFirstLargerTag) {
  const HashIndex grown = index_of_tags({30, 10, 50, 20, 40});
  const HashIndex fitted = grown.fitted();
  ASSERT_EQ(fitted.capacity(), 6U);
  Offsets offsets;
  for (std::size_t slot = 0; slot < 6; ++slot) offsets.push_back(fitted.offset_at(slot));
  EXPECT_EQ(offsets, (Offsets{40, 56, 32, 64, 48, 0})) << "10, 20, 30, 40, 50, and an empty slot";
  for (const auto& [tag, visited] : std::vector<std::pair<std::uint32_t, std::size_t>>{
           {5, 1}, {10, 2}, {25, 3}, {30, 4}, {45, 5}, {50, 6}, {55, 6}}) {
    EXPECT_EQ(slots_visited(fitted, tag), visited) << tag;
    EXPECT_EQ(slots_visited(grown, tag), 6U) << "always as far as the empty slot";
  }
}

TEST(HashIndex, EntriesThatFindNoRoomBeforeAFittedTablesEndWrapToItsStart) {
  // Nine slots. Three entries are at or after their home slots; then come four whose home is slot 8: three of them
  // wrap.
  constexpr std::uint32_t kOfSlot2 = 0x40000000;
  const std::vector<std::uint32_t> tags{UINT32_MAX, 2, UINT32_MAX - 1, UINT32_MAX - 2, kOfSlot2, UINT32_MAX - 3, 1};
  const HashIndex fitted = index_of_tags(tags).fitted();
  ASSERT_EQ(fitted.capacity(), 9U);
  Offsets offsets;
  for (std::size_t slot = 0; slot < 9; ++slot) offsets.push_back(fitted.offset_at(slot));
  EXPECT_EQ(offsets, (Offsets{80, 40, 64, 56, 48, 32, 0, 0, 72}));
  for (std::size_t i = 0; i < tags.size(); ++i) EXPECT_EQ(offsets_of(fitted, {tags[i]}), Offsets{32 + 8 * i});
  for (const std::uint32_t absent : {0U, 3U, kOfSlot2 - 1, kOfSlot2 + 1, 0x50000000U, UINT32_MAX - 4}) {
    EXPECT_EQ(offsets_of(fitted, {absent}), Offsets{}) << absent;
  }
  EXPECT_EQ(slots_visited(fitted, 0), 1U);
  EXPECT_EQ(slots_visited(fitted, 3), 3U) << "it ends at the entry in slot 2";
  EXPECT_LE(slots_visited(fitted, kOfSlot2 + 1), 5U) << "at the empty slot at the latest";
  EXPECT_EQ(slots_visited(fitted, UINT32_MAX - 4), 1U);
  EXPECT_TRUE(fitted.is_fitted_within(32, 88));
}

TEST(HashIndex, AFittedOneOfAnySizeHoldsTheSameEntries) {
  std::uint64_t entries = 0;
  for (std::uint32_t n = 1; n <= 300; ++n) {
    for (int family = 0; family < 5; ++family) {
      std::vector<std::uint32_t> tags;
      for (std::uint32_t i = 0; i < n; ++i) {
        const std::uint32_t spread = hash_key("key " + std::to_string(i)).tag;
        switch (family) {
          case 0: tags.push_back(spread); break;
          case 1: tags.push_back(UINT32_MAX - i); break;                   // all but one wrap
          case 2: tags.push_back(i % 2 == 0 ? UINT32_MAX - i : i); break;  // half of them wrap, among small ones
          case 3: tags.push_back(7); break;                                // one tag
          default: tags.push_back(i % 3 == 0 ? spread : UINT32_MAX - spread % 16);  // many equal tags that wrap
        }
      }
      Model model;
      const HashIndex fitted = index_of_tags(tags, &model).fitted();
      ASSERT_EQ(fitted.size(), n);
      ASSERT_TRUE(fitted.is_fitted_within(32, 32 + 8 * n));
      for (auto entry = model.begin(); entry != model.end(); entry = model.upper_bound(entry->first)) {
        Offsets expected;
        for (auto [at, last] = model.equal_range(entry->first); at != last; ++at) expected.push_back(at->second);
        std::sort(expected.begin(), expected.end());
        ASSERT_EQ(offsets_of(fitted, {entry->first}), expected) << "family " << family << ", " << n << " entries";
        entries += expected.size();
        for (const std::uint32_t neighbour : {entry->first - 1, entry->first + 1}) {
          if (model.contains(neighbour)) continue;
          ASSERT_EQ(offsets_of(fitted, {neighbour}), Offsets{});
        }
      }
    }
  }
  EXPECT_EQ(entries, 5U * 300 * 301 / 2);
}

TEST(HashIndex, AMissInAFittedOneIsAsCheapAsAHit) {
  const HashIndex fitted = index_of(10'000).fitted();
  std::size_t hits = 0;
  std::size_t misses = 0;
  for (int i = 0; i < 10'000; ++i) {
    hits += slots_visited(fitted, hash_key("key " + std::to_string(i)).tag);
    misses += slots_visited(fitted, hash_key("not there " + std::to_string(i)).tag);
  }
  EXPECT_LT(misses, 5U * 10'000) << "3.5 slots each in theory; 18.5 if a miss went on to the next empty slot";
  EXPECT_LT(misses, hits);
}

TEST(HashIndex, TheSameEntriesMakeTheSameFittedTable) {
  const HashIndex one = index_of_tags({7, 7, UINT32_MAX, 9}).fitted();
  HashIndex other;
  for (const auto& [tag, offset] :
       std::vector<std::pair<std::uint32_t, std::uint64_t>>{{9, 56}, {UINT32_MAX, 48}, {7, 40}, {7, 32}}) {
    other.insert({tag}, offset);
  }
  EXPECT_TRUE(one == other.fitted()) << "whatever the order of the inserts";
  EXPECT_TRUE(one == one.fitted());
}

TEST(HashIndex, KnowsWhetherItIsFittedAndWithinALog) {
  const HashIndex fitted = index_of_tags({30, 10, 50, 20, 40}).fitted();  // offsets 32 to 64
  EXPECT_TRUE(fitted.is_fitted_within(32, 65));
  EXPECT_TRUE(fitted.is_fitted_within(0, UINT64_MAX));
  EXPECT_FALSE(fitted.is_fitted_within(33, 65)) << "an entry before the first record";
  EXPECT_FALSE(fitted.is_fitted_within(32, 64)) << "an entry at the end of the log";
  EXPECT_TRUE(HashIndex().is_fitted_within(32, 32));
  EXPECT_TRUE(index_over("").is_fitted_within(32, 32));

  const std::string slots = fitted.encode();
  ASSERT_EQ(slots.size(), 6U * 8);
  EXPECT_TRUE(index_over(slots).is_fitted_within(32, 65));
  EXPECT_FALSE(index_over(slots + std::string(8, '\0')).is_fitted_within(32, 65)) << "a slot too many";
  EXPECT_FALSE(index_over(slots.substr(0, 40)).is_fitted_within(32, 65)) << "no empty slot";
  EXPECT_FALSE(index_over(std::string(8, '\0')).is_fitted_within(32, 65)) << "nothing in one slot";
  for (std::size_t slot = 0; slot < 4; ++slot) {
    std::string swapped = slots;
    swapped.replace(8 * slot, 8, slots, 8 * slot + 8, 8);
    swapped.replace(8 * slot + 8, 8, slots, 8 * slot, 8);
    EXPECT_FALSE(index_over(swapped).is_fitted_within(32, 65)) << "slots " << slot << " and the next one";
  }

  HashIndex grown;  // as many slots as a fitted index has, but out of order
  for (const std::uint32_t tag : {60U, 50U, 40U, 30U, 20U, 10U}) grown.insert({tag}, 32);
  ASSERT_EQ(grown.capacity(), grown.fitted().capacity());
  EXPECT_FALSE(grown.is_fitted_within(32, 65));
}

TEST(HashIndex, DoesNotGrowWithinReservedRoom) {
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
    EXPECT_TRUE(index.fitted() == index_of(2 * entries + 10).fitted());
  }
}

TEST(HashIndex, AProbeEndsInATableWithoutAnEmptySlot) {
  std::string slots;
  for (char offset = 1; offset <= 3; ++offset) slots += std::string(4, '\0') + offset + std::string(3, '\0');
  const HashIndex full = index_over(slots);
  EXPECT_FALSE(full.is_fitted_within(8, 32));
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

TEST(HashIndex, AFittedOneBecomesAnOrdinaryOneWhenItGetsAnotherEntry) {
  HashIndex fitted = index_of(100).fitted();
  HashIndex kept = index_over(fitted.encode());
  for (HashIndex* index : {&fitted, &kept}) {
    ASSERT_TRUE(index->is_fitted_within(32, 32 + 8 * 100));
    EXPECT_TRUE(index->insert(hash_key("key 100"), 32 + 8 * 100)) << "its table grew";
    EXPECT_FALSE(index->is_fitted_within(32, 32 + 8 * 101));
    expect_entries(*index, 101);
    for (std::uint64_t i = 101; i < 300; ++i) index->insert(hash_key("key " + std::to_string(i)), 32 + 8 * i);
    expect_entries(*index, 300);
  }
}

TEST(HashIndexDeathTest, ChangesNoSlotThatItDoesNotOwn) {
  const HashIndex fitted = index_of(3).fitted();
  HashIndex kept = index_over(fitted.encode());
  const auto candidate = kept.probe(hash_key("key 0")).next();
  ASSERT_TRUE(candidate.has_value());
  EXPECT_DEATH(kept.replace(*candidate, 64), "somebody else keeps");
}

TEST(HashIndexDeathTest, MakesRoomOnlyBeforeTheFirstEntry) {
  HashIndex index = index_of(1);
  EXPECT_DEATH(index.reserve(10), "before the first entry");
}

TEST(HashIndexDeathTest, RefusesPartOfASlot) { EXPECT_DEATH(index_over("1234567"), "has 8 bytes"); }

TEST(HashIndexDeathTest, RefusesOffsetsThatDoNotFitItsSlots) {
  HashIndex index;
  EXPECT_DEATH(index.insert({1}, 0), "does not fit");
  EXPECT_DEATH(index.insert({1}, 33), "does not fit");
  EXPECT_DEATH(index.insert({1}, std::uint64_t{32} << 30), "does not fit");
}

}  // namespace
}  // namespace sediment
