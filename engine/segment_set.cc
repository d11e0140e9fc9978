#include "engine/segment_set.h"

#include "engine/yield_point.h"

namespace sediment {

Found SegmentSet::find(Lookup* lookup, std::size_t skip) const {
  const auto newest = oldest_first_.rbegin() + static_cast<std::ptrdiff_t>(skip);
  for (auto segment = newest; segment != oldest_first_.rend(); ++segment) {
    const Found found = (*segment)->find(lookup);
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

void SegmentSet::prefetch_slots(KeyHash hash) const {
  for (const auto& segment : oldest_first_) segment->prefetch_slot(hash);
}

std::size_t SegmentSet::prefetch_record(KeyHash hash) const {
  std::size_t skip = 0;
  for (; skip < oldest_first_.size(); ++skip) {
    if (oldest_first_[oldest_first_.size() - 1 - skip]->prefetch_record(hash)) break;
  }
  return skip;
}

void CurrentSegments::publish(std::shared_ptr<const SegmentSet> next) {
  const std::lock_guard lock(mutex_);
  segments_ = std::move(next);
  yield_point("segments.publish");
  version_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<const SegmentSet> CurrentSegments::get() const {
  const std::lock_guard lock(mutex_);
  return segments_;
}

Result<bool> any_holds(std::span<const std::shared_ptr<const Segment>> segments, std::string_view key, KeyHash hash) {
  std::string scratch;
  Lookup lookup{.key = key, .hash = hash, .scratch = &scratch};
  for (const auto& segment : segments) {
    const Found found = segment->find(&lookup);
    if (found == Found::kFailure) return lookup.failure;
    if (found != Found::kNothing) return true;
  }
  return false;
}

}  // namespace sediment
