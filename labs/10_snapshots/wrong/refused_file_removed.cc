// WRONG: a snapshot that is refused is removed, as if no store were ever opened read-only | first check to fail: L10.20
#include "engine/snapshot.h"

#include "engine/fitted_index.h"

namespace sediment {

namespace {

// Holds the slots of an index that came from a snapshot: in the file's mapping, or in the scratch.
struct SnapshotInMemory {
  std::unique_ptr<const File> file;
  std::string scratch;
};

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

// What is wrong with this header, if the snapshot should belong to this segment; ok if nothing is.
// Lab 10: the body of this function is yours.
Status complaint(std::string_view name, std::string_view header, const Manifest::Sealed& segment) {
  const auto damaged = [&](const char* why) { return Status::corruption(name, 0, why); };
  if (header.size() < kSnapshotHeaderSize) return damaged("the file is too short for a snapshot's header");
  if (load_u64(&header[file_field::kMagic]) != kSnapshotMagic)
    return damaged("this is not a snapshot: it does not begin with SEDIMIDX");
  if (load_u32(&header[file_field::kChecksum]) != file_header_checksum(header, kSnapshotMagic))
    return damaged("the header's checksum does not match");
  if (load_u32(&header[file_field::kVersion]) != kFormatVersion) {
    return Status::invalid_argument(std::string(name) + " has a different format version");
  }
  const bool same_log = load_u64(&header[file_field::kNonce]) == segment.nonce &&
                        load_u64(&header[file_field::kNumber]) == value_of(segment.number);
  if (!same_log) return damaged("it belongs to a different log");
  const bool same_contents = load_u64(&header[snapshot_field::kLogBytes]) == segment.size_bytes &&
                             load_u64(&header[snapshot_field::kRecords]) == segment.record_count;
  if (!same_contents) return damaged("it was made when the log had a different length");
  return {};
}

}  // namespace

// Lab 10: the body of this function is yours.
Status write_snapshot(Disk& disk, const Segment& segment) {
  const Manifest::Sealed entry = segment.sealed_entry();
  const std::string slots = encode_slots(segment.index());
  const std::string header = encode_snapshot_header(entry, slots);
  const std::string name = snapshot_file_name(segment.number());
  const std::string temporary = name + std::string(kTemporarySuffix);

  // 1
  if (Status s = disk.remove(temporary); !s.ok() && !s.is(StatusCode::kNotFound)) return s;  // of an earlier crash
  Result<std::unique_ptr<File>> file = disk.create(temporary, 0);
  if (!file.ok()) return file.status();
  Status written = (*file)->append({header, slots});
  if (written.ok()) written = (*file)->sync();

  // 2
  if (written.ok()) written = disk.rename(temporary, name);
  if (!written.ok()) (void)disk.remove(temporary);  // if it stays, the next open removes it
  return written;
}

// Lab 10: the body of this function is yours.
Result<HashIndex> read_snapshot(Disk& disk, const Manifest::Sealed& segment) {
  const std::string name = snapshot_file_name(segment.number);
  Result<std::unique_ptr<File>> file = disk.open(name);
  if (!file.ok()) return file.status();
  std::string header_scratch;
  Result<std::string_view> header = read_fully(**file, 0, kSnapshotHeaderSize, &header_scratch);
  if (!header.ok()) return header.status();
  if (Status wrong = complaint(name, *header, segment); !wrong.ok()) {
    (void)disk.remove(name);
    return wrong;
  }
  const std::uint64_t slots_size = (*file)->size() - kSnapshotHeaderSize;
  if (slots_size % kSlotSize != 0 || slots_size / kSlotSize != load_u64(&(*header)[snapshot_field::kSlots])) {
    return Status::corruption(name, snapshot_field::kSlots, "the file's length does not match its number of slots");
  }
  if (slots_size > segment.size_bytes) {  // each slot has a record, which takes more space
    return Status::corruption(name, snapshot_field::kSlots, "it has more slots than its log can hold records");
  }

  auto kept = std::make_shared<SnapshotInMemory>();
  kept->file = std::move(*file);
  Result<std::string_view> slots = read_fully(*kept->file, kSnapshotHeaderSize, slots_size, &kept->scratch);
  if (!slots.ok()) return slots.status();
  if (slots->size() != slots_size ||
      load_u64(&(*header)[snapshot_field::kSlotsChecksum]) != checksum64(*slots, segment.nonce)) {
    return Status::corruption(name, kSnapshotHeaderSize, "the checksum of the slots does not match");
  }
  if (slots->data() == kept->scratch.data()) kept->file.reset();  // nothing points into it
  HashIndex index = fitted_from(*slots, std::move(kept));
  if (index.size() > segment.record_count || !is_fitted_within(index, kSegmentHeaderSize, segment.size_bytes)) {
    return Status::corruption(name, kSnapshotHeaderSize, "its entries cannot be those of this log");
  }
  return index;
}

}  // namespace sediment
