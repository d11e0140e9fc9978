#include "engine/segment.h"

#include "engine/fitted_index.h"
#include "engine/yield_point.h"

namespace sediment {

Segment::Segment(std::shared_ptr<const File> file, SegmentHeader header)
    : file_(std::move(file)), header_(header), name_(segment_file_name(header.number)) {}

Segment::Segment(std::shared_ptr<const File> file, SegmentHeader header, HashIndex index, std::uint64_t size_bytes,
                 std::uint64_t record_count)
    : file_(std::move(file)),
      header_(header),
      name_(segment_file_name(header.number)),
      index_(std::move(index)),
      end_(size_bytes),
      record_count_(record_count),
      settled_(true) {}

std::shared_ptr<const Segment> Segment::settled_copy() const {
  return std::make_shared<Segment>(file_, header_, fitted(index_), size_bytes(), record_count_);
}

Result<Segment::Place> Segment::place_for(std::string_view key, KeyHash hash) {
  std::string scratch;
  HashIndex::Probe probe = index_.probe(hash);
  Record old_record;
  Place place;
  while ((place.older = probe.next())) {
    if (Status s = read_record(*file_, extent(), place.older->offset, &scratch, &old_record); !s.ok()) return s;
    if (old_record.key == key) return place;
  }
  place.grew = index_.make_room();
  return place;
}

void Segment::add_at(const Place& place, const Record& record, KeyHash hash, Observer* observer) noexcept {
  require(record.offset == size_bytes(), "records are added in the order of the log");
  end_.store(record.end(), std::memory_order_relaxed);
  yield_point("segment.add");
  if (place.older) {
    index_.replace(*place.older, record.offset);
  } else {
    index_.insert(hash, record.offset);
  }
  ++record_count_;
  if (place.grew) {
    emit(observer, {.kind = EventKind::kIndexGrew, .segment = number(), .size = index_.capacity()});
  }
  emit(observer, {.kind = EventKind::kIndexed, .segment = number(), .offset = record.offset, .key = record.key});
}

Status Segment::add(const Record& record, KeyHash hash, Observer* observer) {
  Result<Place> place = place_for(record.key, hash);
  if (!place.ok()) return place.status();
  add_at(*place, record, hash, observer);
  return {};
}

bool Segment::prefetch_record(KeyHash hash) const {
  constexpr std::size_t kUsualSize = 192;  // bytes; for larger records, the processor prefetches by itself
  const auto candidate = index_.probe(hash).next();
  if (candidate) file_->prefetch(candidate->offset, kUsualSize);
  return candidate.has_value();
}

bool Segment::is_newest_here(const Record& record, KeyHash hash) const {
  if (every_record_is_newest_here()) return true;
  HashIndex::Probe probe = index_.probe(hash);
  while (const auto candidate = probe.next()) {
    if (candidate->offset == record.offset) return true;
  }
  return false;
}

std::vector<std::uint64_t> sizes_of(const SegmentList& segments) {
  std::vector<std::uint64_t> sizes;
  sizes.reserve(segments.size());
  for (const auto& segment : segments) sizes.push_back(segment->size_bytes());
  return sizes;
}

std::uint64_t total_size(const SegmentList& segments) {
  std::uint64_t sum = 0;
  for (const auto& segment : segments) sum += segment->size_bytes();
  return sum;
}

}  // namespace sediment
