// The index against a std::multimap of tags and a std::unordered_map of keys: every entry is found, nothing else is,
// and a probe ends where it must, however the tags collide and wherever in the table they are.
#include "engine/hash_index.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <vector>

#include "engine/fitted_index.h"
#include "engine/format.h"
#include "tests/support/coverage.h"
#include "tests/support/generators.h"
#include "tests/support/rapidcheck_settings.h"

namespace sediment::test {
namespace {

using Tag = std::uint32_t;
using Model = std::multimap<Tag, std::uint64_t>;  // tag, offset

// A few tags, so that they collide; neighbours in the table; the last tags, whose probes wrap around its end; any tags.
rc::Gen<Tag> any_tag() {
  return rc::gen::weightedOneOf<Tag>(
      {{3, rc::gen::element<Tag>(0, 1, 0x80000000, 0x80000001, UINT32_MAX)},
       {3, rc::gen::map(between<Tag>(0, 40), [](Tag below) { return UINT32_MAX - below * 0x01000000; })},
       {2, rc::gen::map(between<Tag>(0, 16), [](Tag below) { return UINT32_MAX - below; })},
       {2, rc::gen::arbitrary<Tag>()}});
}

std::vector<Tag> any_tags() {
  return *rc::gen::scale(*rc::gen::element(0.1, 0.5, 1.0, 3.0), rc::gen::container<std::vector<Tag>>(any_tag()));
}

std::uint64_t nth_offset(std::size_t n) { return kSegmentHeaderSize + n * kAlignment; }

std::size_t home_of(Tag tag, const HashIndex& index) {
  return static_cast<std::size_t>((std::uint64_t{tag} * index.capacity()) >> 32);
}

// How many slots a whole probe visits: from the tag's home slot to the first empty slot, inclusive.
std::size_t length_of_chain(Tag tag, const HashIndex& index) {
  std::size_t length = 0;
  for (std::size_t slot = home_of(tag, index); length < index.capacity(); slot = (slot + 1) % index.capacity()) {
    ++length;
    if (index.offset_at(slot) == 0) break;
  }
  return length;
}

// Probes for a tag to the end: the offsets found, each in the slot that it claims to be in.
std::vector<std::uint64_t> found_for(Tag tag, const HashIndex& index, Coverage& coverage) {
  std::vector<std::uint64_t> found;
  HashIndex::Probe probe = index.probe({tag});
  while (const auto candidate = probe.next()) {
    RC_ASSERT(found.size() < index.size());
    RC_ASSERT(index.offset_at(candidate->slot) == candidate->offset);
    if (candidate->slot < home_of(tag, index)) coverage.count("found-after-the-wrap");
    found.push_back(candidate->offset);
  }
  RC_ASSERT(!probe.next().has_value());
  RC_ASSERT(probe.slots_visited() >= length_of_chain(tag, index));
  RC_ASSERT(probe.slots_visited() <= index.capacity() + 1);
  std::sort(found.begin(), found.end());
  return found;
}

// Checks everything that must be true of an index that holds exactly `model`.
void must_equal(const HashIndex& index, const Model& model, Coverage& coverage) {
  RC_ASSERT(index.size() == model.size());
  RC_ASSERT(index.size() * 4 <= index.capacity() * 3);
  // The earlier tables are kept: 8, 16, ... slots.
  RC_ASSERT(index.memory_bytes() == (index.capacity() == 0 ? 0 : 8 * (2 * index.capacity() - 8)));

  std::vector<std::uint64_t> in_slots;
  for (std::size_t slot = 0; slot < index.capacity(); ++slot) {
    if (index.offset_at(slot) != 0) in_slots.push_back(index.offset_at(slot));
  }
  std::vector<std::uint64_t> in_model;
  for (const auto& [tag, offset] : model) in_model.push_back(offset);
  std::sort(in_slots.begin(), in_slots.end());
  std::sort(in_model.begin(), in_model.end());
  RC_ASSERT(in_slots == in_model);

  for (auto entry = model.begin(); entry != model.end(); entry = model.upper_bound(entry->first)) {
    const Tag tag = entry->first;
    std::vector<std::uint64_t> expected;
    for (auto [at, last] = model.equal_range(tag); at != last; ++at) expected.push_back(at->second);
    std::sort(expected.begin(), expected.end());
    RC_ASSERT(found_for(tag, index, coverage) == expected);
    if (expected.size() > 1) coverage.count("collisions");
    for (const Tag neighbour : {tag - 1, tag + 1}) {
      if (model.contains(neighbour)) continue;
      RC_ASSERT(found_for(neighbour, index, coverage).empty());
      if (length_of_chain(neighbour, index) > 1) coverage.count("misses-among-others");
    }
  }
}

TEST(HashIndexProperty, HoldsWhatWasInsertedAndNothingElse) {
  try_more_cases();
  Coverage coverage("hash_index_holds_what_was_inserted");
  const bool holds = rc::check("an index is a multimap from tags to offsets", [&] {
    const std::vector<Tag> tags = any_tags();
    const auto look_at = *between<std::size_t>(0, tags.size());
    HashIndex index;
    Model model;
    for (std::size_t i = 0; i < tags.size(); ++i) {
      if (i == look_at) must_equal(index, model, coverage);
      const std::size_t capacity = index.capacity();
      const bool grew = index.insert({tags[i]}, nth_offset(i));
      model.emplace(tags[i], nth_offset(i));
      RC_ASSERT(grew == (index.capacity() != capacity));
      RC_ASSERT(index.size() * 4 <= index.capacity() * 3);
      if (grew) {
        must_equal(index, model, coverage);
        coverage.count(capacity == 0 ? "first-tables" : "growths");
      }
    }
    must_equal(index, model, coverage);
    coverage.count("entries", tags.size());
  });
  ASSERT_TRUE(holds);
  coverage.require_at_least("entries", 10'000);
  for (const char* counter : {"first-tables", "growths", "collisions", "misses-among-others", "found-after-the-wrap"})
    coverage.require_at_least(counter, 100);
}

TEST(HashIndexProperty, AFittedOneIsTheSameMultimapInOrder) {
  try_more_cases();
  Coverage coverage("hash_index_fitted");
  const bool holds = rc::check("fitted() keeps all entries, and a probe goes no further than it must", [&] {
    const std::vector<Tag> tags = any_tags();
    HashIndex index;
    Model model;
    for (std::size_t i = 0; i < tags.size(); ++i) {
      index.insert({tags[i]}, nth_offset(i));
      model.emplace(tags[i], nth_offset(i));
    }
    const HashIndex in_order = fitted(index);
    const std::uint64_t end = nth_offset(tags.size());
    RC_ASSERT(in_order.size() == model.size());
    RC_ASSERT(6 * in_order.size() <= 5 * in_order.capacity());
    RC_ASSERT(is_fitted_within(in_order, kSegmentHeaderSize, end));
    if (!tags.empty()) {
      RC_ASSERT(!is_fitted_within(in_order, kSegmentHeaderSize + 1, end));
      RC_ASSERT(!is_fitted_within(in_order, kSegmentHeaderSize, end - kAlignment));
    }
    const auto kept = std::make_shared<const std::string>(encode_slots(in_order));
    const HashIndex decoded = fitted_from(*kept, kept);
    RC_ASSERT(decoded == in_order);

    for (const HashIndex* one : {&in_order, &decoded}) {
      const auto must_find = [&](Tag tag) {
        std::vector<std::uint64_t> expected;
        for (auto [at, last] = model.equal_range(tag); at != last; ++at) expected.push_back(at->second);
        std::sort(expected.begin(), expected.end());
        std::vector<std::uint64_t> found;
        HashIndex::Probe probe = one->probe({tag});
        while (const auto candidate = probe.next()) {
          RC_ASSERT(one->offset_at(candidate->slot) == candidate->offset);
          if (candidate->slot < home_of(tag, *one)) coverage.count("found-after-the-wrap");
          found.push_back(candidate->offset);
        }
        std::sort(found.begin(), found.end());
        RC_ASSERT(found == expected);
        RC_ASSERT(probe.slots_visited() <= length_of_chain(tag, *one));
        if (probe.slots_visited() < length_of_chain(tag, *one)) coverage.count("probes-that-end-early");
        if (expected.size() > 1) coverage.count("collisions");
        if (expected.empty()) coverage.count("misses");
      };
      for (auto entry = model.begin(); entry != model.end(); entry = model.upper_bound(entry->first)) {
        for (const Tag tag : {entry->first, entry->first - 1, entry->first + 1}) must_find(tag);
      }
      must_find(*any_tag());
    }
    coverage.count("entries", tags.size());
  });
  ASSERT_TRUE(holds);
  coverage.require_at_least("entries", 10'000);
  for (const char* counter : {"collisions", "misses", "probes-that-end-early", "found-after-the-wrap"})
    coverage.require_at_least(counter, 100);
}

// As used by a segment: the index knows tags, the log knows keys.
TEST(HashIndexProperty, InsertOrReplaceMakesItAMapOfKeys) {
  try_more_cases();
  Coverage coverage("hash_index_map_of_keys");
  const bool holds = rc::check("with keys compared in the log, an index is a map from keys to offsets", [&] {
    // The tag of each of these keys; few tags, so that many keys share one.
    const std::vector<Tag> tag_of_key = *rc::gen::container<std::vector<Tag>>(8, any_tag());
    const auto writes = *rc::gen::container<std::vector<std::size_t>>(between<std::size_t>(0, 7));
    HashIndex index;
    std::unordered_map<std::size_t, std::uint64_t> model;  // key, offset
    std::map<std::uint64_t, std::size_t> log;              // offset, key

    const auto find = [&](std::size_t key) {
      HashIndex::Probe probe = index.probe({tag_of_key[key]});
      while (const auto candidate = probe.next()) {
        RC_ASSERT(log.contains(candidate->offset));
        if (log.at(candidate->offset) == key) return std::optional(*candidate);
        coverage.count("candidates-of-another-key");
      }
      return std::optional<HashIndex::Candidate>();
    };

    for (std::size_t i = 0; i < writes.size(); ++i) {
      const std::size_t key = writes[i];
      const std::uint64_t offset = nth_offset(i);
      const auto older = find(key);
      RC_ASSERT(older.has_value() == model.contains(key));
      if (older) {
        RC_ASSERT(older->offset == model.at(key));
        index.replace(*older, offset);
        coverage.count("replaced");
      } else {
        index.insert({tag_of_key[key]}, offset);
        coverage.count("inserted");
      }
      model[key] = offset;
      log[offset] = key;
      RC_ASSERT(index.size() == model.size());
    }
    for (std::size_t key = 0; key < tag_of_key.size(); ++key) {
      const auto found = find(key);
      RC_ASSERT(found.has_value() == model.contains(key));
      if (found) RC_ASSERT(found->offset == model.at(key));
    }
    Model entries;
    for (const auto& [key, offset] : model) entries.emplace(tag_of_key[key], offset);
    must_equal(index, entries, coverage);
  });
  ASSERT_TRUE(holds);
  for (const char* counter : {"inserted", "replaced", "candidates-of-another-key", "collisions"})
    coverage.require_at_least(counter, 100);
}

}  // namespace
}  // namespace sediment::test
