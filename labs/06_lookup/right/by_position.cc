// RIGHT: the list is walked by positions, and only a record with the key becomes the record of the lookup
#include "engine/lookup.h"

namespace sediment {

namespace {

// Looks for the key among the candidates of its hash in this segment. If it finds a record, that is lookup->record.
// Lab 6: the body of this function is yours.
Found search(const Segment& segment, HashIndex::Probe& candidates, Lookup* lookup) {
  for (auto candidate = candidates.next(); candidate; candidate = candidates.next()) {
    Record record;
    const Status read = read_record(segment.file(), segment.extent(), candidate->offset, lookup->scratch, &record);
    if (!read.ok()) {
      lookup->failure = read;
      return Found::kFailure;
    }
    if (record.key == lookup->key) {
      lookup->record = record;
      return record.type == RecordType::kPut ? Found::kValue : Found::kTombstone;
    }
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
  Found found = Found::kNothing;
  for (std::size_t i = oldest_first.size() - skip; found == Found::kNothing && i > 0; --i) {
    found = find_in(*oldest_first[i - 1], lookup);
  }
  return found;
}

void prefetch_slots(const SegmentList& oldest_first, KeyHash hash) {
  for (const auto& segment : oldest_first) segment->prefetch_slot(hash);
}

// Lab 6: the body of this function is yours.
std::size_t prefetch_record(const SegmentList& oldest_first, KeyHash hash) {
  for (std::size_t i = oldest_first.size(); i > 0; --i) {
    if (oldest_first[i - 1]->prefetch_record(hash)) return oldest_first.size() - i;
  }
  return oldest_first.size();
}

}  // namespace sediment
