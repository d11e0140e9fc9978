#include "engine/log_reader.h"

#include <algorithm>

namespace sediment {

namespace {

constexpr std::uint64_t kWindowSize = std::uint64_t{64} * 1024;

// Calls visit(offset, header) for every valid record header from `from` on, until visit says stop (true) or the log
// ends. Returns where it stopped, or log.end.
template <typename Visit>
Result<std::uint64_t> visit_headers(const File& file, const LogExtent& log, std::uint64_t from, Visit visit) {
  std::string scratch;
  std::uint64_t offset = round_up(from);
  while (offset < log.end) {
    Result<std::string_view> window = read_fully(file, offset, std::min(kWindowSize, log.end - offset), &scratch);
    if (!window.ok()) return window.status();
    if (window->size() < kRecordHeaderSize) break;
    std::size_t at = 0;
    for (; at + kRecordHeaderSize <= window->size(); at += kAlignment) {
      RecordHeader header;
      const RecordPlace place{log.nonce, offset + at};
      if (decode_record_header(place, window->substr(at), &header) != RecordVerdict::kValid) continue;
      if (visit(place.offset, header)) return place.offset;
    }
    offset += at;
  }
  return log.end;
}

}  // namespace

Result<SegmentHeader> read_segment_header(const File& file, std::string_view name) {
  std::string scratch;
  Result<std::string_view> bytes = read_fully(file, 0, kSegmentHeaderSize, &scratch);
  if (!bytes.ok()) return bytes.status();
  return decode_segment_header(name, *bytes);
}

Result<Record> read_record(const File& file, const LogExtent& log, std::uint64_t offset, std::string* scratch) {
  // Most records are small, so one read usually brings the whole of it; a larger one is read again when its size is
  // known.
  constexpr std::uint64_t kFirstRead = 512;
  const RecordPlace place{log.nonce, offset};
  const std::uint64_t available = log.end - std::min(offset, log.end);

  Result<std::string_view> bytes = read_fully(file, offset, std::min(kFirstRead, available), scratch);
  if (!bytes.ok()) return bytes.status();
  RecordHeader header;
  RecordVerdict verdict = decode_record_header(place, *bytes, &header);
  if (verdict == RecordVerdict::kValid) {
    if (header.size_bytes() > bytes->size()) {
      bytes = read_fully(file, offset, std::min(header.size_bytes(), available), scratch);
      if (!bytes.ok()) return bytes.status();
    }
    Record record;
    verdict = decode_record(place, *bytes, &record);
    if (verdict == RecordVerdict::kValid) return record;
  }
  return Status::corruption(log.name, offset, std::string(describe(verdict)));
}

Result<std::string_view> LogReader::bytes_at(std::uint64_t offset, std::uint64_t size) {
  size = std::min(size, log_.end - offset);
  const bool in_window = offset >= window_offset_ && offset + size <= window_offset_ + window_.size();
  if (!in_window) {
    const std::uint64_t window_size = std::min(std::max(size, kWindowSize), log_.end - offset);
    Result<std::string_view> window = read_fully(file_, offset, window_size, &scratch_);
    if (!window.ok()) return window;
    window_ = *window;
    window_offset_ = offset;
  }
  return window_.substr(offset - window_offset_);
}

Result<LogReader::Step> LogReader::next() {
  Step step;
  step.offset = offset_;
  if (offset_ >= log_.end) return step;

  const RecordPlace place{log_.nonce, offset_};
  Result<std::string_view> bytes = bytes_at(offset_, kRecordHeaderSize);
  if (!bytes.ok()) return bytes.status();
  RecordHeader header;
  step.verdict = decode_record_header(place, *bytes, &header);
  if (step.verdict != RecordVerdict::kValid) return step;

  bytes = bytes_at(offset_, header.size_bytes());
  if (!bytes.ok()) return bytes.status();
  step.verdict = decode_record(place, *bytes, &step.record);
  if (step.verdict == RecordVerdict::kValid) offset_ += step.record.size_bytes;
  return step;
}

Result<std::uint64_t> find_record_header(const File& file, const LogExtent& log, std::uint64_t from) {
  return visit_headers(file, log, from, [](std::uint64_t, const RecordHeader&) { return true; });
}

Result<bool> proven_durable(const File& file, const LogExtent& log, std::uint64_t offset) {
  Result<std::uint64_t> witness = visit_headers(
      file, log, offset, [&](std::uint64_t, const RecordHeader& header) { return header.durable_upto > offset; });
  if (!witness.ok()) return witness.status();
  return *witness < log.end;
}

Result<std::uint64_t> end_of_written_bytes(const File& file, const LogExtent& log, std::uint64_t from) {
  std::string scratch;
  std::uint64_t end = from;
  for (std::uint64_t offset = from; offset < log.end;) {
    Result<std::string_view> window = read_fully(file, offset, std::min(kWindowSize, log.end - offset), &scratch);
    if (!window.ok()) return window.status();
    if (window->empty()) break;
    if (const std::size_t last = window->find_last_not_of('\0'); last != std::string_view::npos)
      end = offset + last + 1;
    offset += window->size();
  }
  return end;
}

}  // namespace sediment
