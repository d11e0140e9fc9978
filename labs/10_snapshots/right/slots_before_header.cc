// RIGHT: it begins with the length of the file, and verifies the slots before it compares the header
#include "engine/snapshot.h"

#include "engine/fitted_index.h"

namespace sediment {

namespace {

// The header for a snapshot with these slots.
std::string encode_snapshot_header(const Manifest::Sealed& segment, std::string_view slots) {
  std::string bytes(kSnapshotHeaderSize, '\0');
  store_u64(&bytes[file_field::kMagic], kSnapshotMagic);
  store_u32(&bytes[file_field::kVersion], kFormatVersion);
  store_u64(&bytes[file_field::kNonce], segment.nonce);
  store_u64(&bytes[file_field::kNumber], value_of(segment.number));
  store_u64(&bytes[snapshot_field::kLogBytes], segment.size_bytes);
  store_u64(&bytes[snapshot_field::kRecords], segment.record_count);
  store_u64(&bytes[snapshot_field::kSlots], slots.size() / kSlotSize);
  store_u64(&bytes[snapshot_field::kSlotsChecksum], checksum64(slots, segment.nonce));
  store_u32(&bytes[file_field::kChecksum], file_header_checksum(bytes, kSnapshotMagic));
  return bytes;
}

// What is wrong with this header, if the snapshot should belong to this segment; empty if nothing is.
std::string_view complaint(std::string_view header, const Manifest::Sealed& segment) {
  const auto has = [&](std::size_t at, std::uint64_t value) { return load_u64(&header[at]) == value; };
  const bool verifies = has(file_field::kMagic, kSnapshotMagic) &&
                        load_u32(&header[file_field::kChecksum]) == file_header_checksum(header, kSnapshotMagic);
  if (!verifies) return "the header does not verify";
  const bool belongs = has(snapshot_field::kRecords, segment.record_count) &&
                       has(snapshot_field::kLogBytes, segment.size_bytes) &&
                       has(file_field::kNumber, value_of(segment.number)) && has(file_field::kNonce, segment.nonce);
  return belongs ? std::string_view() : "it belongs to another log, or to another length of this one";
}

// The whole file. It keeps what holds the bytes.
struct WholeFile {
  std::unique_ptr<File> file;
  std::string scratch;
  std::string_view bytes;
};

}  // namespace

Status write_snapshot(Disk& disk, const Segment& segment) {
  const std::string slots = encode_slots(segment.index());
  const std::string name = snapshot_file_name(segment.number());
  const std::string temporary = name + std::string(kTemporarySuffix);
  for (const std::string& old : {temporary, name}) {  // what is replaced need not stay until then
    if (Status s = disk.remove(old); !s.ok() && !s.is(StatusCode::kNotFound)) return s;
  }
  Status s;
  {
    Result<std::unique_ptr<File>> file = disk.create(temporary, kSnapshotHeaderSize + slots.size());
    if (!file.ok()) return file.status();
    s = (*file)->append({encode_snapshot_header(segment.sealed_entry(), slots), slots});
    if (s.ok()) s = (*file)->truncate(kSnapshotHeaderSize + slots.size());
    if (s.ok()) s = (*file)->sync();
    if (s.is(StatusCode::kNoSpace)) (void)disk.remove(temporary);
  }
  return s.ok() ? disk.rename(temporary, name) : s;
}

Result<HashIndex> read_snapshot(Disk& disk, const Manifest::Sealed& segment) {
  const std::string name = snapshot_file_name(segment.number);
  Result<std::unique_ptr<File>> file = disk.open(name);
  if (!file.ok()) return file.status();
  const std::uint64_t size = (*file)->size();
  if (size < kSnapshotHeaderSize || size % kSlotSize != 0)
    return Status::corruption(name, size, "an impossible length");

  auto whole = std::make_shared<WholeFile>();
  whole->file = std::move(*file);
  const Result<std::string_view> bytes = read_fully(*whole->file, 0, size, &whole->scratch);
  if (!bytes.ok()) return bytes.status();
  if (bytes->size() < size) return Status::io_error(name, "it has become shorter");
  whole->bytes = *bytes;
  const std::string_view header = whole->bytes.substr(0, kSnapshotHeaderSize);
  const std::string_view slots = whole->bytes.substr(kSnapshotHeaderSize);
  const bool slots_verify = slots.size() / kSlotSize == load_u64(&header[snapshot_field::kSlots]) &&
                            checksum64(slots, segment.nonce) == load_u64(&header[snapshot_field::kSlotsChecksum]);
  if (!slots_verify) return Status::corruption(name, kSnapshotHeaderSize, "the slots do not verify");
  if (const std::string_view wrong = complaint(header, segment); !wrong.empty()) {
    return Status::corruption(name, 0, std::string(wrong));
  }
  if (load_u32(&header[file_field::kVersion]) != kFormatVersion) return Status::invalid_argument("an unknown version");
  if (whole->bytes.data() == whole->scratch.data()) whole->file.reset();  // all of it was copied
  HashIndex index = fitted_from(slots, whole);
  if (!is_fitted_within(index, kSegmentHeaderSize, segment.size_bytes)) {
    return Status::corruption(name, kSnapshotHeaderSize, "not a fitted index of this log");
  }
  if (index.size() > segment.record_count) return Status::corruption(name, 0, "too many entries");
  return index;
}

}  // namespace sediment
