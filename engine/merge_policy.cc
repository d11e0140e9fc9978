#include "engine/merge_policy.h"

#include <algorithm>
#include <vector>

namespace sediment {

namespace {

// Neighbouring segments that are weighed as one.
struct Generation {
  std::size_t first = 0;  // position of its oldest segment, from 0
  std::uint64_t bytes = 0;
};

// Newest first.
std::vector<Generation> generations_of(std::span<const std::uint64_t> sizes, const OutputLimit& limit) {
  std::vector<Generation> generations;
  bool goes_on = false;  // the last segment was full, so the next one belongs to the same generation
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (!goes_on) generations.push_back({i, 0});
    generations.back().bytes += sizes[i];
    goes_on = sizes[i] <= limit.segment_bytes && sizes[i] > limit.segment_bytes - limit.record_bytes;
  }
  std::reverse(generations.begin(), generations.end());
  return generations;
}

}  // namespace

std::optional<MergeRun> choose_merge(std::span<const std::uint64_t> sizes, const MergePolicy& policy,
                                     const OutputLimit& limit) {
  if (!policy.automatic) return std::nullopt;
  std::uint64_t newer_bytes = 0;
  std::size_t first = sizes.size();  // where the oldest outweighed generation begins
  bool alone = true;                 // a run of one generation would be merged forever
  for (const Generation& generation : generations_of(sizes, limit)) {
    const double weight = policy.growth_factor * static_cast<double>(generation.bytes);
    if (!alone && static_cast<double>(newer_bytes) > weight) first = generation.first;
    newer_bytes += generation.bytes;
    alone = false;
  }
  if (first == sizes.size()) return std::nullopt;
  return MergeRun{first + 1, sizes.size()};
}

bool must_wait(std::span<const std::uint64_t> sizes, std::uint64_t full_size_bytes, const MergePolicy& policy,
               const OutputLimit& limit) {
  if (!policy.automatic) return false;
  std::uint64_t newer_bytes = 0;
  for (const Generation& generation : generations_of(sizes, limit)) {
    const std::uint64_t weight = std::max(generation.bytes, full_size_bytes);
    if (static_cast<double>(newer_bytes) > policy.stall_factor * static_cast<double>(weight)) return true;
    newer_bytes += generation.bytes;
  }
  return false;
}

}  // namespace sediment
