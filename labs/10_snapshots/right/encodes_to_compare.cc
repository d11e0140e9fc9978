// RIGHT: the header that the snapshot should have is encoded again and compared as a whole; the slots are copied
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

}  // namespace

Status write_snapshot(Disk& disk, const Segment& segment) {
  const std::string slots = encode_slots(segment.index());
  const std::string bytes = encode_snapshot_header(segment.sealed_entry(), slots) + slots;
  const std::string name = snapshot_file_name(segment.number());
  const std::string temporary = name + std::string(kTemporarySuffix);

  const Status removed = disk.remove(temporary);
  if (!removed.ok() && !removed.is(StatusCode::kNotFound)) return removed;
  const auto write = [&]() -> Status {
    Result<std::unique_ptr<File>> file = disk.create(temporary, bytes.size());
    if (!file.ok()) return file.status();
    for (std::size_t at = 0; at < bytes.size(); at += 1000) {
      const std::string_view part = std::string_view(bytes).substr(at, 1000);
      if (Status s = (*file)->append({part}); !s.ok()) return s;
    }
    return (*file)->sync();
  };
  if (Status s = write(); !s.ok()) {
    (void)disk.remove(temporary);
    return s;
  }
  return disk.rename(temporary, name);
}

Result<HashIndex> read_snapshot(Disk& disk, const Manifest::Sealed& segment) {
  const std::string name = snapshot_file_name(segment.number);
  const Result<std::unique_ptr<File>> file = disk.open(name);
  if (!file.ok()) return file.status();
  std::string scratch;
  const Result<std::string_view> bytes = read_fully(**file, 0, (*file)->size(), &scratch);
  if (!bytes.ok()) return bytes.status();
  if (bytes->size() < kSnapshotHeaderSize || bytes->size() % kSlotSize != 0) {
    return Status::corruption(name, 0, "it has a length that no snapshot has");
  }
  const std::string_view header = bytes->substr(0, kSnapshotHeaderSize);
  const auto slots = std::make_shared<const std::string>(bytes->substr(kSnapshotHeaderSize));
  const std::string expected = encode_snapshot_header(segment, *slots);
  if (header != expected) {
    // With the version that this build writes, and the checksum for it, it may be all right.
    std::string same_version(header);
    store_u32(&same_version[file_field::kVersion], kFormatVersion);
    store_u32(&same_version[file_field::kChecksum], file_header_checksum(same_version, kSnapshotMagic));
    const bool intact = load_u32(&header[file_field::kChecksum]) == file_header_checksum(header, kSnapshotMagic);
    if (intact && same_version == expected) return Status::invalid_argument(name + " has another version");
    return Status::corruption(name, 0, "it is damaged, or not of this log");
  }
  HashIndex index = fitted_from(*slots, slots);
  if (!is_fitted_within(index, kSegmentHeaderSize, segment.size_bytes) || index.size() > segment.record_count) {
    return Status::corruption(name, kSnapshotHeaderSize, "it has impossible entries");
  }
  return index;
}

}  // namespace sediment
