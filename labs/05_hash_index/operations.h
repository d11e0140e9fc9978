// What the grader asks of hash indexes in the student's process. Indexes and held probes have numbers.
#pragma once

#include <cstdint>

namespace sediment::labs {

enum class IndexOperation : std::uint64_t {
  kReserve,   // index, entries
  kInsert,    // index, tag, offset → whether it grew, size, capacity
  kFind,      // index, tag → slots visited, number of candidates, their offsets
  kReplace,   // index, tag, old offset, new offset → whether there was a candidate with the old one
  kPrefetch,  // index, tag
  kSlots,     // index → whether it is in order, capacity, then per slot: whether it is used, tag, offset
  kHold,      // probe, index, tag: begins a probe, and keeps it
  kNext,      // probe → whether there is a candidate, its offset
  kFit,       // index, other: the other becomes the first one, fitted
};

constexpr std::uint64_t kMostCandidates = 100'000;  // a probe that returns more does not end

}  // namespace sediment::labs
