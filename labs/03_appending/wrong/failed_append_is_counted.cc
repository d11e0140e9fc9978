// WRONG: the record of a failed append is counted | first check to fail: L3.10
#include "engine/log_writer.h"

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

// Lab 3: the body of this function is yours.
Result<std::unique_ptr<LogWriter>> LogWriter::create_durable(Disk& disk, SegmentNumber number, LogSpace space) {
  Result<std::unique_ptr<LogWriter>> writer = create(disk, number, space, Stamp::kDurableUpto);
  if (!writer.ok()) return writer;
  if (Status s = (*writer)->sync(); !s.ok()) return s;
  if (Status s = guarded_change([&] { return disk.sync_directory(); }); !s.ok()) return s.absence_as_io_error();
  return writer;
}

// Lab 3: the body of this function is yours.
Status LogWriter::make_room(std::uint64_t record_bytes) {
  if (!failure_.ok()) return failure_;
  const std::uint64_t needed = end_ + record_bytes;
  if (needed <= reserved_) return {};
  const std::uint64_t doubled = 2 * reserved_;
  const std::uint64_t step = reserved_ < kSmallSpace ? doubled : std::max(doubled, kLargeStep);
  std::uint64_t wanted = std::max(needed, std::min(step, largest_));
  Status status = guarded_change([&] { return file_->reserve(wanted); });
  while (status.is(StatusCode::kNoSpace) && wanted > needed) {  // try a smaller step, then only what this record needs
    wanted = wanted > doubled ? std::max(needed, doubled) : needed;
    status = guarded_change([&] { return file_->reserve(wanted); });
  }
  if (status.ok()) reserved_ = wanted;
  if (!status.changed_nothing()) failure_ = status;  // ok, as it was, or the first failure
  return status;
}

// Lab 3: the body of this function is yours.
EncodedRecord LogWriter::encode(RecordType type, std::string_view key, std::string_view value) const {
  const std::uint64_t durable_upto = stamp_ == Stamp::kDurableUpto ? durable_end_ : 0;
  return encode_record({header_.nonce, end_}, type, key, value, durable_upto);
}

// Lab 3: the body of this function is yours.
Result<std::uint64_t> LogWriter::append(const EncodedRecord& record, std::string_view key, std::string_view value) {
  if (!failure_.ok()) return failure_;
  const std::string_view header(record.header.data(), record.header.size());
  ++record_count_;
  failure_ = guarded_change([&] { return file_->append({header, key, value, kZeros.substr(0, record.padding_size)}); });
  if (!failure_.ok()) return failure_;

  const std::uint64_t offset = end_;
  end_ += record_size(key.size(), value.size());
  return offset;
}

// Lab 3: the body of this function is yours.
Result<Record> LogWriter::copy(const Record& record) {
  if (Status s = make_room(record.size_bytes); !s.ok()) return s;
  Result<std::uint64_t> offset = append(record.type, record.key, record.value);
  if (!offset.ok()) return offset.status();
  Record copied = record;
  copied.offset = *offset;
  return copied;
}

// Lab 3: the body of this function is yours.
Status LogWriter::sync() {
  if (!failure_.ok()) return failure_;
  const std::uint64_t synced_end = end_;  // read before the sync, which does not cover later appends
  note_sync(synced_end, guarded_change([&] { return file_->sync(); }));
  return failure_;
}

// Lab 3: the body of this function is yours.
void LogWriter::note_sync(std::uint64_t synced_end, const Status& outcome) {
  if (failure_.ok()) failure_ = outcome;
  if (outcome.ok()) durable_end_ = std::max(durable_end_, synced_end);
}

// Lab 3: the body of this function is yours.
Status LogWriter::seal() {
  if (!failure_.ok()) return failure_;
  failure_ = guarded_change([&] { return file_->truncate(end_); });
  if (!failure_.ok()) return failure_;
  reserved_ = end_;
  return sync();
}

}  // namespace sediment
