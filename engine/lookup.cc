#include "engine/lookup.h"

namespace sediment {

Found find_in(const Segment& segment, Lookup* lookup) {
  Found found = Found::kNothing;
  HashIndex::Probe probe = segment.index().probe(lookup->hash);
  while (const auto candidate = probe.next()) {
    Record& record = lookup->record;
    Status read = read_record(segment.file(), segment.extent(), candidate->offset, lookup->scratch, &record);
    if (!read.ok()) {
      lookup->failure = std::move(read);
      return Found::kFailure;
    }
    if (record.key != lookup->key) continue;
    found = record.type == RecordType::kTombstone ? Found::kTombstone : Found::kValue;
    break;
  }
  emit(lookup->observer,
       {.kind = EventKind::kProbed, .segment = segment.number(), .size = probe.slots_visited(), .key = lookup->key});
  return found;
}

Found find_in(const SegmentList& oldest_first, Lookup* lookup, std::size_t skip) {
  const auto newest = oldest_first.rbegin() + static_cast<std::ptrdiff_t>(skip);
  for (auto segment = newest; segment != oldest_first.rend(); ++segment) {
    const Found found = find_in(**segment, lookup);
    const SegmentNumber number = (*segment)->number();
    const std::uint64_t offset = lookup->record.offset;
    switch (found) {
      case Found::kNothing:
        emit(lookup->observer, {.kind = EventKind::kNotHere, .segment = number, .key = lookup->key});
        continue;
      case Found::kTombstone:
        emit(lookup->observer,
             {.kind = EventKind::kTombstoneStops, .segment = number, .offset = offset, .key = lookup->key});
        return found;
      case Found::kValue:
        emit(lookup->observer, {.kind = EventKind::kFound, .segment = number, .offset = offset, .key = lookup->key});
        return found;
      case Found::kFailure: return found;
    }
  }
  return Found::kNothing;
}

void prefetch_slots(const SegmentList& oldest_first, KeyHash hash) {
  for (const auto& segment : oldest_first) segment->prefetch_slot(hash);
}

std::size_t prefetch_record(const SegmentList& oldest_first, KeyHash hash) {
  std::size_t skip = 0;
  while (skip < oldest_first.size() && !oldest_first[oldest_first.size() - 1 - skip]->prefetch_record(hash)) ++skip;
  return skip;
}

}  // namespace sediment
