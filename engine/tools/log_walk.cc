#include "engine/tools/log_walk.h"

#include <algorithm>

#include "engine/log_end.h"

namespace sediment::tools {

namespace {

constexpr std::uint64_t kWindowSize = std::uint64_t{64} * 1024;
constexpr std::uint64_t kCutBodyShown = 512;  // bytes of a record that does not fit its file

}  // namespace

Result<std::string_view> LogWalk::bytes_at(std::uint64_t offset, std::uint64_t size) {
  size = std::min(size, log_.end - offset);
  const bool in_window = offset >= window_offset_ && offset + size <= window_offset_ + window_.size();
  if (!in_window) {
    window_ = {};
    Result<std::string_view> window =
        read_fully(file_, offset, std::min(std::max(size, kWindowSize), log_.end - offset), &scratch_);
    if (!window.ok()) return window;
    window_ = *window;
    window_offset_ = offset;
  }
  return window_.substr(offset - window_offset_);
}

Result<std::optional<Stretch>> LogWalk::next() {
  if (offset_ >= log_.end) return std::optional<Stretch>();
  const RecordPlace place{log_.nonce, offset_};
  Result<std::string_view> bytes = bytes_at(offset_, kRecordHeaderSize);
  if (!bytes.ok()) return bytes.status();

  Stretch stretch;
  stretch.offset = offset_;
  RecordHeader header;
  stretch.verdict = decode_record_header(place, *bytes, &header);
  if (stretch.verdict == RecordVerdict::kEnd) return std::optional<Stretch>();  // the file became shorter
  if (stretch.valid()) {
    const bool fits = header.size_bytes() <= log_.end - offset_;
    bytes = bytes_at(offset_, fits ? header.size_bytes() : kCutBodyShown);
    if (!bytes.ok()) return bytes.status();
    Record record;
    stretch.verdict = fits ? decode_record(place, *bytes, &record) : RecordVerdict::kBodyCut;
    stretch.header = header;
    const std::string_view body = bytes->substr(std::min(kRecordHeaderSize, bytes->size()));
    stretch.key = body.substr(0, header.key_size);
    stretch.value = body.substr(stretch.key.size(), header.value_size);
  }

  Status measured;
  switch (stretch.verdict) {
    case RecordVerdict::kValid:
    case RecordVerdict::kBodyInvalid:
      stretch.size_bytes = header.size_bytes();
      break;  // the header verified, so its sizes are right
    case RecordVerdict::kBlank: measured = measure_blank(&stretch); break;
    case RecordVerdict::kHeaderInvalid: measured = measure_damage(&stretch); break;
    case RecordVerdict::kHeaderCut:
    case RecordVerdict::kBodyCut:
    case RecordVerdict::kEnd: measured = measure_cut(&stretch); break;
  }
  if (!measured.ok()) return measured;
  // Whatever the bytes say, the walk advances.
  stretch.size_bytes =
      std::clamp(stretch.size_bytes, std::min<std::uint64_t>(kAlignment, log_.end - offset_), log_.end - offset_);
  offset_ += stretch.size_bytes;
  return std::optional<Stretch>(stretch);
}

// Zeros extend to the next valid header, or to the last place where a damaged one may begin.
Status LogWalk::measure_blank(Stretch* stretch) {
  Result<std::uint64_t> header = next_header(stretch->offset);
  if (!header.ok()) return header.status();
  Result<std::uint64_t> written = next_written_byte(stretch->offset);
  if (!written.ok()) return written.status();
  const std::uint64_t zeros_end = *written == log_.end ? log_.end : *written / kAlignment * kAlignment;
  stretch->size_bytes = std::min(*header, zeros_end) - stretch->offset;
  return {};
}

// Damage extends to the next valid header, without the zeros before that header: they are a separate stretch.
Status LogWalk::measure_damage(Stretch* stretch) {
  Result<std::uint64_t> header = next_header(stretch->offset + kAlignment);
  if (!header.ok()) return header.status();
  Result<std::uint64_t> written = end_of_written_bytes(file_, {log_.name, log_.nonce, *header}, stretch->offset);
  if (!written.ok()) return written.status();
  stretch->size_bytes = std::min(round_up(*written), *header) - stretch->offset;
  return {};
}

// A record cut off by the end of the file extends to that end, unless a valid header inside it proves that its size is
// nonsense.
Status LogWalk::measure_cut(Stretch* stretch) {
  Result<std::uint64_t> header = next_header(stretch->offset + kRecordHeaderSize);
  if (!header.ok()) return header.status();
  stretch->size_bytes = *header - stretch->offset;
  return {};
}

Result<std::uint64_t> LogWalk::next_header(std::uint64_t from) {
  if (next_header_ < from) {
    Result<std::uint64_t> found = find_record_header(file_, log_, from);
    if (!found.ok()) return found;
    next_header_ = *found;
  }
  return next_header_;
}

Result<std::uint64_t> LogWalk::next_written_byte(std::uint64_t from) const {
  std::string scratch;
  for (std::uint64_t offset = from; offset < log_.end;) {
    Result<std::string_view> window = read_fully(file_, offset, std::min(kWindowSize, log_.end - offset), &scratch);
    if (!window.ok()) return window.status();
    if (window->empty()) break;
    if (const std::size_t at = window->find_first_not_of('\0'); at != std::string_view::npos) return offset + at;
    offset += window->size();
  }
  return log_.end;
}

}  // namespace sediment::tools
