// WRONG: the key is made a string of C, which ends at its first zero byte | first check to fail: L6.5
#include "engine/lookup.h"

#include <string>

namespace sediment {

namespace {

// Looks for the key among the candidates of its hash in this segment. If it finds a record, that is lookup->record.
// Lab 6: the body of this function is yours.
Found search(const Segment& segment, HashIndex::Probe& candidates, Lookup* lookup) {
  Record& record = lookup->record;
  while (const auto candidate = candidates.next()) {
    Status read = read_record(segment.file(), segment.extent(), candidate->offset, lookup->scratch, &record);
    if (!read.ok()) {
      lookup->failure = std::move(read);
      return Found::kFailure;
    }
    if (record.key != std::string(lookup->key).c_str()) continue;
    return record.type == RecordType::kTombstone ? Found::kTombstone : Found::kValue;
  }
  return Found::kNothing;
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
  const auto newest = oldest_first.rbegin() + static_cast<std::ptrdiff_t>(skip);
  for (auto segment = newest; segment != oldest_first.rend(); ++segment) {
    const Found found = find_in(**segment, lookup);
    if (found != Found::kNothing) return found;
  }
  return Found::kNothing;
}

void prefetch_slots(const SegmentList& oldest_first, KeyHash hash) {
  for (const auto& segment : oldest_first) segment->prefetch_slot(hash);
}

// Lab 6: the body of this function is yours.
std::size_t prefetch_record(const SegmentList& oldest_first, KeyHash hash) {
  std::size_t skip = 0;
  while (skip < oldest_first.size() && !oldest_first[oldest_first.size() - 1 - skip]->prefetch_record(hash)) ++skip;
  return skip;
}

}  // namespace sediment
