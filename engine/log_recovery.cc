#include "engine/log_recovery.h"

#include <algorithm>
#include <array>

namespace sediment {

namespace {

// Reads a log's records, from the first one on, for the index of `segment`. Calls visit(record, hash of its key) for
// each record, until a call fails. It reads in batches and prefetches the records' slots, so that adding to the index
// waits less for memory.
template <typename Visit>
Status visit_records_for(const Segment& segment, LogReader reader, LogReader::Batch* batch, Visit visit) {
  std::array<KeyHash, LogReader::Batch::kMostRecords> hashes;
  do {
    if (Status s = reader.next_batch(batch); !s.ok()) return s;
    for (std::size_t i = 0; i < batch->count; ++i) {
      hashes[i] = hash_key(batch->records[i].key);
      segment.prefetch_slot(hashes[i]);
    }
    for (std::size_t i = 0; i < batch->count; ++i) {
      if (Status s = visit(batch->records[i], hashes[i]); !s.ok()) return s;
    }
  } while (batch->end == RecordVerdict::kValid);
  return {};
}

}  // namespace

Result<OpenedLog> open_log(Disk& disk, SegmentNumber number, std::uint64_t nonce,
                           std::optional<std::uint64_t> expected_size, Observer* observer) {
  const std::string name = segment_file_name(number);
  Result<std::unique_ptr<File>> opened = disk.open(name);
  if (opened.status().is(StatusCode::kNotFound)) {
    return Status::corruption(name, Status::kNoOffset, "the manifest names this file, but it is missing");
  }
  if (!opened.ok()) return opened.status();
  const std::shared_ptr<const File> file = std::move(*opened);
  const std::uint64_t size = file->size();
  if (expected_size && size != *expected_size) {
    return Status::corruption(
        name, Status::kNoOffset,
        "it has " + std::to_string(size) + " bytes, but the manifest says " + std::to_string(*expected_size));
  }
  Result<SegmentHeader> header = read_segment_header(*file, name);
  if (!header.ok()) return header.status();
  if (header->number != number || header->nonce != nonce) {
    return Status::corruption(
        name, 0, "this file belongs to another segment: its number or nonce is not what the manifest says");
  }
  emit(observer, {.kind = EventKind::kRecoveryOpened, .segment = number, .size = size});
  return OpenedLog{file, *header};
}

Result<ScannedLog> scan_log(const OpenedLog& opened, Observer* observer) {
  ScannedLog log{std::make_shared<Segment>(opened.file, opened.header)};
  const LogExtent whole{log.segment->name(), opened.header.nonce, std::min(opened.file->size(), kMaxSegmentSize)};
  LogReader::Batch batch;
  Status status =
      visit_records_for(*log.segment, LogReader(*opened.file, whole), &batch, [&](const Record& record, KeyHash hash) {
        emit(observer, {.kind = EventKind::kRecoveryScanned,
                        .segment = opened.header.number,
                        .offset = record.offset,
                        .size = record.size_bytes,
                        .key = record.key});
        return log.segment->add(record, hash, observer);
      });
  if (!status.ok()) return status;
  log.end_verdict = batch.end;
  return log;
}

Status rewrite_log(const Segment& log, GrowingSegment* copy, Observer* observer) {
  Segment& segment = *copy->segment;
  segment.reserve(log.index().size());
  LogReader::Batch batch;
  Status status =
      visit_records_for(segment, LogReader(log.file(), log.extent()), &batch, [&](const Record& record, KeyHash hash) {
        Result<Record> copied = copy->log->copy(record);
        return copied.ok() ? segment.add(*copied, hash, nullptr) : copied.status();
      });
  if (!status.ok()) return status;
  if (batch.end != RecordVerdict::kEnd) {
    return Status::corruption(log.name(), batch.end_offset, "it changed while it was being recovered");
  }
  if (Status s = copy->log->seal(); !s.ok()) return s;
  copy->log->file()->will_not_change();
  emit(observer, {.kind = EventKind::kRecoveryRewrote, .segment = segment.number(), .size = copy->log->end()});
  return {};
}

}  // namespace sediment
