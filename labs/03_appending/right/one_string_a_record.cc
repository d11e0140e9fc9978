// RIGHT: a record is put together in one string, and written(), a lambda, keeps the first failure
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
  Result<std::unique_ptr<LogWriter>> writer = create(disk, number, space, Stamp::kDurableUpto);
  if (!writer.ok()) return writer;
  Status status = (*writer)->sync();
  if (status.ok()) status = guarded_change([&] { return disk.sync_directory(); }).absence_as_io_error();
  if (!status.ok()) return status;
  return writer;
}

Status LogWriter::make_room(std::uint64_t record_bytes) {
  if (!failure_.ok()) return failure_;
  const std::uint64_t needed = end_ + record_bytes;
  if (needed <= reserved_) return {};
  const std::uint64_t step = reserved_ < kSmallSpace ? 2 * reserved_ : std::max(2 * reserved_, kLargeStep);
  // From the largest step down, the last one for this record alone.
  for (std::uint64_t wanted = std::max(needed, std::min(step, largest_));;) {
    const Status status = guarded_change([&] { return file_->reserve(wanted); });
    if (status.ok()) reserved_ = wanted;
    if (status.ok() || (status.is(StatusCode::kNoSpace) && wanted == needed)) return status;
    if (!status.is(StatusCode::kNoSpace)) {
      if (!status.changed_nothing()) failure_ = status;
      return status;
    }
    wanted = std::max(needed, needed + (wanted - needed) / 2);
  }
}

EncodedRecord LogWriter::encode(RecordType type, std::string_view key, std::string_view value) const {
  const RecordPlace place{header_.nonce, end_};
  if (stamp_ == Stamp::kZero) return encode_record(place, type, key, value, 0);
  return encode_record(place, type, key, value, durable_end_);
}

Result<std::uint64_t> LogWriter::append(const EncodedRecord& record, std::string_view key, std::string_view value) {
  if (!failure_.ok()) return failure_;
  failure_ = guarded_change([&] {
    std::string bytes(record.header.data(), record.header.size());
    bytes.append(key).append(value).append(record.padding_size, '\0');
    return file_->append({bytes});
  });
  if (!failure_.ok()) return failure_;
  end_ += record_size(key.size(), value.size());
  record_count_ += 1;
  return end_ - record_size(key.size(), value.size());
}

Result<Record> LogWriter::copy(const Record& record) {
  const Status room = make_room(record_size(record.key.size(), record.value.size()));
  if (!room.ok()) return room;
  const EncodedRecord encoded = encode(record.type, record.key, record.value);
  Result<std::uint64_t> offset = append(encoded, record.key, record.value);
  if (!offset.ok()) return offset.status();
  return Record{.type = record.type,
                .offset = *offset,
                .size_bytes = record.size_bytes,
                .durable_upto = 0,
                .key = record.key,
                .value = record.value};
}

Status LogWriter::sync() {
  if (!failure_.ok()) return failure_;
  const Status outcome = guarded_change([&] { return file_->sync(); });
  note_sync(end_, outcome);  // nothing was appended meanwhile: one thread at a time
  return outcome;
}

void LogWriter::note_sync(std::uint64_t synced_end, const Status& outcome) {
  if (outcome.ok()) {
    if (synced_end > durable_end_) durable_end_ = synced_end;
  } else if (failure_.ok()) {
    failure_ = outcome;
  }
}

Status LogWriter::seal() {
  if (!failure_.ok()) return failure_;
  failure_ = guarded_change([&] { return file_->truncate(end_); });
  return failure_.ok() ? sync() : failure_;
}

}  // namespace sediment
