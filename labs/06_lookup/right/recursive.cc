// RIGHT: one call for each segment and for each candidate; all candidates are known before the first is read
#include "engine/lookup.h"

#include <vector>

namespace sediment {

namespace {

Found search_from(const Segment& segment, const std::vector<std::uint64_t>& offsets, std::size_t next, Lookup* lookup) {
  if (next == offsets.size()) return Found::kNothing;
  lookup->failure = read_record(segment.file(), segment.extent(), offsets[next], lookup->scratch, &lookup->record);
  if (!lookup->failure.ok()) return Found::kFailure;
  if (lookup->record.key != lookup->key) return search_from(segment, offsets, next + 1, lookup);
  return lookup->record.type == RecordType::kTombstone ? Found::kTombstone : Found::kValue;
}

// Looks for the key among the candidates of its hash in this segment. If it finds a record, that is lookup->record.
// Lab 6: the body of this function is yours.
Found search(const Segment& segment, HashIndex::Probe& candidates, Lookup* lookup) {
  std::vector<std::uint64_t> offsets;
  while (const auto candidate = candidates.next()) offsets.push_back(candidate->offset);
  return search_from(segment, offsets, 0, lookup);
}

// What an observer is told of a search that did not fail.
constexpr EventKind event_of(Found found) {
  switch (found) {
    case Found::kValue: return EventKind::kFound;
    case Found::kTombstone: return EventKind::kTombstoneStops;
    case Found::kNothing:
    case Found::kFailure: break;
  }
  return EventKind::kNotHere;
}

}  // namespace

Found find_in(const Segment& segment, Lookup* lookup) {
  HashIndex::Probe candidates = segment.index().probe(lookup->hash);
  const Found found = search(segment, candidates, lookup);
  if (found == Found::kFailure) return found;
  const SegmentNumber number = segment.number();
  emit(lookup->observer,
       {.kind = EventKind::kProbed, .segment = number, .size = candidates.slots_visited(), .key = lookup->key});
  emit(lookup->observer, {.kind = event_of(found),
                          .segment = number,
                          .offset = found == Found::kNothing ? 0 : lookup->record.offset,
                          .key = lookup->key});
  return found;
}

// Lab 6: the body of this function is yours.
Found find_in(const SegmentList& oldest_first, Lookup* lookup, std::size_t skip) {
  if (skip >= oldest_first.size()) return Found::kNothing;
  const Found found = find_in(*oldest_first[oldest_first.size() - 1 - skip], lookup);
  return found == Found::kNothing ? find_in(oldest_first, lookup, skip + 1) : found;
}

void prefetch_slots(const SegmentList& oldest_first, KeyHash hash) {
  for (const auto& segment : oldest_first) segment->prefetch_slot(hash);
}

// Lab 6: the body of this function is yours.
std::size_t prefetch_record(const SegmentList& oldest_first, KeyHash hash) {
  std::size_t without = 0;
  for (auto segment = oldest_first.rbegin(); segment != oldest_first.rend(); ++segment, ++without) {
    if ((*segment)->prefetch_record(hash)) break;
  }
  return without;
}

}  // namespace sediment
