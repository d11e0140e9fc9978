// RIGHT: as few lines as possible; two sizes are tried for a step, and a seal notes its own sync
#include "engine/log_writer.h"

#include <algorithm>
#include <utility>

namespace sediment {

namespace {

constexpr std::string_view kZeros("\0\0\0\0\0\0\0\0", kAlignment);

// A log doubles while it is small, and then grows in large steps: after each change of a file's size, the kernel is
// slow to create the next few megabytes of pages.
constexpr std::uint64_t kSmallSpace = std::uint64_t{4} << 20;
constexpr std::uint64_t kLargeStep = std::uint64_t{64} << 20;

}  // namespace

LogWriter::LogWriter(std::shared_ptr<File> file, SegmentHeader header, LogSpace space, Stamp stamp)
    : file_(std::move(file)), header_(header), reserved_(space.first), largest_(space.largest), stamp_(stamp) {}

Result<std::unique_ptr<LogWriter>> LogWriter::create(Disk& disk, SegmentNumber number, LogSpace space, Stamp stamp) {
  const SegmentHeader header{disk.random(), number};
  const std::string name = segment_file_name(number);
  Result<std::unique_ptr<LogWriter>> writer = guarded([&]() -> Result<std::unique_ptr<LogWriter>> {
    Result<std::unique_ptr<File>> file = disk.create_growing(name, space.first, space.largest);
    if (!file.ok()) return file.status().absence_as_io_error();
    const auto bytes = encode_segment_header(header);
    if (Status s = (*file)->append({std::string_view(bytes.data(), bytes.size())}); !s.ok()) return s;
    return std::unique_ptr<LogWriter>(new LogWriter(std::move(*file), header, space, stamp));
  });
  if (writer.status().changed_nothing()) discard(disk, number);
  return writer;
}

Result<std::unique_ptr<LogWriter>> LogWriter::create_durable(Disk& disk, SegmentNumber number, LogSpace space) {
  auto writer = create(disk, number, space, Stamp::kDurableUpto);
  Status status = writer.ok() ? (*writer)->sync() : writer.status();
  if (status.ok()) status = guarded_change([&] { return disk.sync_directory(); });
  return status.ok() ? std::move(writer) : Result<std::unique_ptr<LogWriter>>(status.absence_as_io_error());
}

Status LogWriter::make_room(std::uint64_t record_bytes) {
  const std::uint64_t needed = end_ + record_bytes;
  if (!failure_.ok() || needed <= reserved_) return failure_;
  const std::uint64_t step = std::max(2 * reserved_, reserved_ < kSmallSpace ? 0 : kLargeStep);
  for (const std::uint64_t size : {std::max(needed, std::min(step, largest_)), needed}) {
    const Status status = guarded_change([&] { return file_->reserve(size); });
    if (status.ok()) reserved_ = size;
    if (!status.ok() && !status.changed_nothing()) failure_ = status;
    if (!status.is(StatusCode::kNoSpace) || size == needed) return status;
  }
  return {};
}

EncodedRecord LogWriter::encode(RecordType type, std::string_view key, std::string_view value) const {
  return encode_record({header_.nonce, end_}, type, key, value, stamp_ == Stamp::kZero ? 0 : durable_end_);
}

Result<std::uint64_t> LogWriter::append(const EncodedRecord& record, std::string_view key, std::string_view value) {
  const std::string_view header(record.header.data(), record.header.size());
  const std::string_view padding(kZeros.data(), record.padding_size);
  if (failure_.ok()) failure_ = guarded_change([&] { return file_->append({header, key, value, padding}); });
  if (!failure_.ok()) return failure_;
  ++record_count_;
  return std::exchange(end_, end_ + record_size(key.size(), value.size()));
}

Result<Record> LogWriter::copy(const Record& record) {
  Record copied = record;
  if (Status s = make_room(record.size_bytes); !s.ok()) return s;
  Result<std::uint64_t> offset = append(record.type, record.key, record.value);
  if (!offset.ok()) return offset.status();
  copied.offset = *offset;
  return copied;
}

Status LogWriter::sync() {
  if (failure_.ok()) note_sync(end_, guarded_change([&] { return file_->sync(); }));
  return failure_;
}

void LogWriter::note_sync(std::uint64_t synced_end, const Status& outcome) {
  if (outcome.ok()) durable_end_ = std::max(durable_end_, synced_end);
  if (failure_.ok()) failure_ = outcome;
}

Status LogWriter::seal() {
  if (failure_.ok()) failure_ = guarded_change([&] { return file_->truncate(end_); });
  if (failure_.ok()) note_sync(end_, guarded_change([&] { return file_->sync(); }));
  return failure_;
}

}  // namespace sediment
