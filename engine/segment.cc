#include "engine/segment.h"

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
  return std::make_shared<Segment>(file_, header_, index_.fitted(), size_bytes(), record_count_);
}

Status Segment::add(const Record& record, Observer* observer) {
  require(record.offset == size_bytes(), "records are added in the order of the log");
  const KeyHash hash = hash_key(record.key);
  std::string scratch;
  HashIndex::Probe probe = index_.probe(hash);
  Result<std::optional<Match>> older = match(record.key, probe, &scratch);
  if (!older.ok()) return older.status();

  end_.store(record.end(), std::memory_order_relaxed);
  yield_point("segment.add");
  if (older->has_value()) {
    index_.replace((*older)->candidate, record.offset);
  } else if (index_.insert(hash, record.offset)) {
    emit(observer, {.kind = EventKind::kIndexGrew, .segment = number(), .size = index_.capacity()});
  }
  ++record_count_;
  emit(observer, {.kind = EventKind::kIndexed, .segment = number(), .offset = record.offset, .key = record.key});
  return {};
}

Result<Lookup> Segment::find(std::string_view key, KeyHash hash, std::string* scratch, Observer* observer) const {
  HashIndex::Probe probe = index_.probe(hash);
  Result<std::optional<Match>> found = match(key, probe, scratch);
  if (!found.ok()) return found.status();
  emit(observer, {.kind = EventKind::kProbed, .segment = number(), .size = probe.slots_visited(), .key = key});
  if (!found->has_value()) return Lookup{};

  const Record& record = (*found)->record;
  return Lookup{record.type == RecordType::kTombstone ? Lookup::Kind::kTombstone : Lookup::Kind::kValue, record};
}

bool Segment::is_newest_here(const Record& record) const {
  HashIndex::Probe probe = index_.probe(hash_key(record.key));
  while (const auto candidate = probe.next()) {
    if (candidate->offset == record.offset) return true;
  }
  return false;
}

Result<std::optional<Segment::Match>> Segment::match(std::string_view key, HashIndex::Probe& probe,
                                                     std::string* scratch) const {
  while (const auto candidate = probe.next()) {
    Result<Record> record = read_record(*file_, extent(), candidate->offset, scratch);
    if (!record.ok()) return record.status();
    if (record->key == key) return std::optional(Match{*candidate, *record});
  }
  return std::optional<Match>();
}

}  // namespace sediment
