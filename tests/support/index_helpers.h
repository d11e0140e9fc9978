// Indexes for tests, and what is in them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/fitted_index.h"
#include "engine/hash_index.h"

namespace sediment::test {

inline std::vector<std::uint64_t> offsets_of(const HashIndex& index, KeyHash hash) {
  std::vector<std::uint64_t> offsets;
  HashIndex::Probe probe = index.probe(hash);
  while (const auto candidate = probe.next()) offsets.push_back(candidate->offset);
  std::sort(offsets.begin(), offsets.end());
  return offsets;
}

using Offsets = std::vector<std::uint64_t>;

// An index with n entries whose tags are spread over the table.
inline HashIndex index_of(std::uint64_t n) {
  HashIndex index;
  for (std::uint64_t i = 0; i < n; ++i) index.insert(hash_key("key " + std::to_string(i)), 32 + 8 * i);
  return index;
}

inline void expect_entries(const HashIndex& index, std::uint64_t n) {
  ASSERT_EQ(index.size(), n);
  for (std::uint64_t i = 0; i < n; ++i) {
    const Offsets offsets = offsets_of(index, hash_key("key " + std::to_string(i)));
    ASSERT_EQ(std::count(offsets.begin(), offsets.end(), 32 + 8 * i), 1) << "entry " << i << " of " << n;
  }
}

// A fitted index whose slots are these bytes.
inline HashIndex index_over(const std::string& slots) {
  const auto kept = std::make_shared<const std::string>(slots);
  return fitted_from(*kept, kept);
}

using Model = std::multimap<std::uint32_t, std::uint64_t>;  // tag, offset

inline HashIndex index_of_tags(const std::vector<std::uint32_t>& tags, Model* model = nullptr) {
  HashIndex index;
  for (std::size_t i = 0; i < tags.size(); ++i) {
    index.insert({tags[i]}, 32 + 8 * i);
    if (model != nullptr) model->emplace(tags[i], 32 + 8 * i);
  }
  return index;
}

// How many slots a whole probe visits.
inline std::size_t slots_visited(const HashIndex& index, std::uint32_t tag) {
  HashIndex::Probe probe = index.probe({tag});
  while (probe.next()) {
  }
  return probe.slots_visited();
}

}  // namespace sediment::test
