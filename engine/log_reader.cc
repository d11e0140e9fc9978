#include "engine/log_reader.h"

#include <algorithm>

namespace sediment {

namespace {

constexpr std::uint64_t kWindowSize = std::uint64_t{64} * 1024;

// As much as the header says that there is, and then the last word on it.
Status read_any_record(const File& file, const LogExtent& log, std::uint64_t offset, std::string* scratch,
                       Record* record) {
  const RecordPlace place{log.nonce, offset};
  const std::uint64_t available = log.end - std::min(offset, log.end);
  Result<std::string_view> bytes =
      read_fully(file, offset, std::min<std::uint64_t>(kRecordHeaderSize, available), scratch);
  if (!bytes.ok()) return bytes.status();
  RecordHeader header;
  RecordVerdict verdict = decode_record_header(place, *bytes, &header);
  if (verdict == RecordVerdict::kValid) {
    bytes = read_fully(file, offset, std::min(header.size_bytes(), available), scratch);
    if (!bytes.ok()) return bytes.status();
    verdict = decode_record(place, *bytes, record);
  }
  if (verdict == RecordVerdict::kValid) return {};
  return Status::corruption(log.name, offset, std::string(describe(verdict)));
}

}  // namespace

Result<SegmentHeader> read_segment_header(const File& file, std::string_view name) {
  std::string scratch;
  Result<std::string_view> bytes = read_fully(file, 0, kSegmentHeaderSize, &scratch);
  if (!bytes.ok()) return bytes.status();
  return decode_segment_header(name, *bytes);
}

Status read_record(const File& file, const LogExtent& log, std::uint64_t offset, std::string* scratch, Record* record) {
  constexpr std::uint64_t kFirstRead = 512;
  const RecordPlace place{log.nonce, offset};
  const std::uint64_t first_size = std::min(kFirstRead, log.end - std::min(offset, log.end));

  // Most records are small and most reads complete, so usually this is all.
  Result<std::string_view> bytes = file.read(offset, first_size, scratch);
  if (!bytes.ok()) return bytes.status();
  if (decode_record(place, *bytes, record) == RecordVerdict::kValid) return {};
  return read_any_record(file, log, offset, scratch, record);
}

// What the window holds from offset_ on.
std::string_view LogReader::rest_of_window() const {
  const std::uint64_t window_end = window_offset_ + window_.size();
  if (offset_ < window_offset_ || offset_ >= window_end) return {};
  return window_.substr(static_cast<std::size_t>(offset_ - window_offset_));
}

// Moves the window to offset_ and fills it with this many bytes, or with the rest of the log if that is less.
Status LogReader::move_window(std::uint64_t size) {
  const std::uint64_t window_size = std::min(std::max(size, kWindowSize), log_.end - offset_);
  Result<std::string_view> window = read_fully(file_, offset_, window_size, &scratch_);
  if (!window.ok()) return window.status();
  window_ = *window;
  window_offset_ = offset_;
  return {};
}

// Reads the record at offset_, or why there is none. False if the window must not move and holds only part of it.
Result<bool> LogReader::read_next(Window window, RecordVerdict* verdict, Record* record) {
  *verdict = RecordVerdict::kEnd;
  if (offset_ >= log_.end) return true;
  const RecordPlace place{log_.nonce, offset_};
  *verdict = decode_record(place, rest_of_window(), record);
  if (*verdict != RecordVerdict::kValid) {  // usually because the window ends too early
    if (window == Window::kStays) return false;
    if (Status s = move_window(kRecordHeaderSize); !s.ok()) return s;
    RecordHeader header;
    *verdict = decode_record_header(place, window_, &header);
    if (*verdict != RecordVerdict::kValid) return true;
    if (header.size_bytes() > window_.size()) {
      if (Status s = move_window(header.size_bytes()); !s.ok()) return s;
    }
    *verdict = decode_record_body(place, header, window_, record);
  }
  if (*verdict == RecordVerdict::kValid) offset_ += record->size_bytes;
  return true;
}

Result<LogReader::Step> LogReader::next() {
  Step step;
  step.offset = offset_;
  Result<bool> read = read_next(Window::kMayMove, &step.verdict, &step.record);
  if (!read.ok()) return read.status();
  return step;
}

Status LogReader::next_batch(Batch* batch) {
  for (batch->count = 0; batch->count < Batch::kMostRecords; ++batch->count) {
    batch->end_offset = offset_;
    const Window window = batch->count == 0 ? Window::kMayMove : Window::kStays;
    Result<bool> read = read_next(window, &batch->end, &batch->records[batch->count]);
    if (!read.ok()) return read.status();
    if (!*read) batch->end = RecordVerdict::kValid;  // as far as is known
    if (!*read || batch->end != RecordVerdict::kValid) break;
  }
  return {};
}

}  // namespace sediment
