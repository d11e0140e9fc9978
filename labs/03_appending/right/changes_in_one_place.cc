// RIGHT: every change of the file goes through one function, and every failure is kept there
#include "engine/log_writer.h"

#include <algorithm>
#include <utility>

namespace sediment {

namespace {

constexpr std::string_view kZeros("\0\0\0\0\0\0\0\0", kAlignment);

// Does a change unless one has failed before, and keeps its failure.
template <typename Change>
Status change(Status* failure, Change&& how) {
  if (failure->ok()) *failure = guarded_change(how);
  return *failure;
}

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
  Result<std::unique_ptr<LogWriter>> created = create(disk, number, space, Stamp::kDurableUpto);
  if (created.ok()) {
    // In this order or the other: both must be durable before anybody names the file.
    Status directory = guarded_change([&] { return disk.sync_directory(); });
    if (!directory.ok()) return directory.absence_as_io_error();
    Status contents = (*created)->sync();
    if (!contents.ok()) return contents;
  }
  return created;
}

Status LogWriter::make_room(std::uint64_t record_bytes) {
  if (!failure_.ok()) return failure_;
  const std::uint64_t needed = end_ + record_bytes;
  if (needed <= reserved_) return {};
  constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
  std::uint64_t step = reserved_;
  if (reserved_ >= 4 * kMiB) step = std::max(step, 64 * kMiB - std::min(64 * kMiB, reserved_));
  const std::uint64_t wanted = std::max(needed, std::min(reserved_ + step, largest_));
  Status status;
  for (const std::uint64_t size : {wanted, std::min(wanted, std::max(needed, reserved_ + reserved_)), needed}) {
    status = guarded_change([&] { return file_->reserve(size); });
    if (status.ok()) {
      reserved_ = size;
      return status;
    }
    if (!status.is(StatusCode::kNoSpace)) break;
  }
  if (!status.changed_nothing()) failure_ = status;
  return status;
}

EncodedRecord LogWriter::encode(RecordType type, std::string_view key, std::string_view value) const {
  return encode_record({.nonce = nonce(), .offset = end()}, type, key, value,
                       stamp_ == Stamp::kZero ? 0 : durable_end());
}

Result<std::uint64_t> LogWriter::append(const EncodedRecord& record, std::string_view key, std::string_view value) {
  const std::string_view header(record.header.data(), record.header.size());
  const std::string_view padding = kZeros.substr(0, record.padding_size);
  if (Status s = change(&failure_, [&] { return file_->append({header, key, value, padding}); }); !s.ok()) return s;
  const std::uint64_t offset = end_;
  end_ = offset + header.size() + key.size() + value.size() + padding.size();
  record_count_++;
  return offset;
}

Result<Record> LogWriter::copy(const Record& record) {
  Status room = make_room(record.size_bytes);
  if (!room.ok()) return room;
  Result<std::uint64_t> offset = append(record.type, record.key, record.value);
  if (!offset.ok()) return offset.status();
  Record copied = record;
  copied.durable_upto = stamp_ == Stamp::kZero ? 0 : durable_end_;
  copied.offset = *offset;
  return copied;
}

Status LogWriter::sync() {
  const std::uint64_t before = end_;
  if (Status s = change(&failure_, [&] { return file_->sync(); }); !s.ok()) return s;
  durable_end_ = before;
  return {};
}

void LogWriter::note_sync(std::uint64_t synced_end, const Status& outcome) {
  (void)change(&failure_, [&] { return outcome; });
  if (outcome.ok()) durable_end_ = std::max(durable_end_, synced_end);
}

Status LogWriter::seal() {
  if (Status s = change(&failure_, [&] { return file_->truncate(end_); }); !s.ok()) return s;
  reserved_ = end_;
  return sync();
}

}  // namespace sediment
