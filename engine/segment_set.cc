#include "engine/segment_set.h"

#include "engine/yield_point.h"

namespace sediment {

Result<Lookup> SegmentSet::find(std::string_view key, std::string* scratch, Observer* observer) const {
  const KeyHash hash = hash_key(key);
  for (auto segment = oldest_first_.rbegin(); segment != oldest_first_.rend(); ++segment) {
    Result<Lookup> lookup = (*segment)->find(key, hash, scratch, observer);
    if (!lookup.ok()) return lookup;
    const SegmentNumber number = (*segment)->number();
    const std::uint64_t offset = lookup->record.offset;
    switch (lookup->kind) {
      case Lookup::Kind::kAbsent:
        emit(observer, {.kind = EventKind::kNotHere, .segment = number, .key = key});
        continue;
      case Lookup::Kind::kTombstone:
        emit(observer, {.kind = EventKind::kTombstoneStops, .segment = number, .offset = offset, .key = key});
        return lookup;
      case Lookup::Kind::kValue:
        emit(observer, {.kind = EventKind::kFound, .segment = number, .offset = offset, .key = key});
        return lookup;
    }
  }
  return Lookup{};
}

void SegmentSet::prefetch(std::string_view key) const {
  const KeyHash hash = hash_key(key);
  for (const auto& segment : oldest_first_) segment->index().prefetch(hash);
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

Result<bool> any_holds(const SegmentSet::List& segments, std::string_view key) {
  const KeyHash hash = hash_key(key);
  std::string scratch;
  for (const auto& segment : segments) {
    Result<Lookup> lookup = segment->find(key, hash, &scratch, nullptr);
    if (!lookup.ok()) return lookup.status();
    if (lookup->kind != Lookup::Kind::kAbsent) return true;
  }
  return false;
}

}  // namespace sediment
