#include "engine/snapshot.h"

#include "engine/fitted_index.h"

namespace sediment {

namespace {

constexpr std::uint64_t kSnapshotMagic = 0x5844494d49444553;  // the bytes "SEDIMIDX"
constexpr std::size_t kSnapshotMagicAt = 0;
constexpr std::size_t kSnapshotHeaderChecksumAt = 8;
constexpr std::size_t kSnapshotVersionAt = 12;
constexpr std::size_t kSnapshotNonceAt = 16;
constexpr std::size_t kSnapshotNumberAt = 24;
constexpr std::size_t kSnapshotLogBytesAt = 32;
constexpr std::size_t kSnapshotRecordsAt = 40;
constexpr std::size_t kSnapshotSlotsAt = 48;
constexpr std::size_t kSnapshotSlotsChecksumAt = 56;
constexpr std::size_t kSnapshotHeaderSize = 64;
constexpr std::size_t kSnapshotSlotSize = 8;

// Holds the slots of an index that came from a snapshot: in the file's mapping, or in the scratch.
struct SnapshotInMemory {
  std::unique_ptr<const File> file;
  std::string scratch;
};

std::uint32_t snapshot_header_checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      checksum64(bytes.substr(kSnapshotVersionAt, kSnapshotHeaderSize - kSnapshotVersionAt), kSnapshotMagic));
}

// The header for a snapshot with these slots.
std::string encode_snapshot_header(const Manifest::Sealed& segment, std::string_view slots) {
  std::string bytes(kSnapshotHeaderSize, '\0');
  store_u64(&bytes[kSnapshotMagicAt], kSnapshotMagic);
  store_u32(&bytes[kSnapshotVersionAt], kFormatVersion);
  store_u64(&bytes[kSnapshotNonceAt], segment.nonce);
  store_u64(&bytes[kSnapshotNumberAt], value_of(segment.number));
  store_u64(&bytes[kSnapshotLogBytesAt], segment.size_bytes);
  store_u64(&bytes[kSnapshotRecordsAt], segment.record_count);
  store_u64(&bytes[kSnapshotSlotsAt], slots.size() / kSnapshotSlotSize);
  store_u64(&bytes[kSnapshotSlotsChecksumAt], checksum64(slots, segment.nonce));
  store_u32(&bytes[kSnapshotHeaderChecksumAt], snapshot_header_checksum(bytes));
  return bytes;
}

// What is wrong with this header, if the snapshot should belong to this segment; empty if nothing is.
std::string_view complaint(std::string_view header, const Manifest::Sealed& segment) {
  if (header.size() < kSnapshotHeaderSize) return "the file is too short for a snapshot's header";
  if (load_u64(&header[kSnapshotMagicAt]) != kSnapshotMagic)
    return "this is not a snapshot: it does not begin with SEDIMIDX";
  if (load_u32(&header[kSnapshotHeaderChecksumAt]) != snapshot_header_checksum(header))
    return "the header's checksum does not match";
  if (load_u32(&header[kSnapshotVersionAt]) != kFormatVersion) return "it has a different format version";
  const bool same_log = load_u64(&header[kSnapshotNonceAt]) == segment.nonce &&
                        load_u64(&header[kSnapshotNumberAt]) == value_of(segment.number);
  if (!same_log) return "it belongs to a different log";
  const bool same_contents = load_u64(&header[kSnapshotLogBytesAt]) == segment.size_bytes &&
                             load_u64(&header[kSnapshotRecordsAt]) == segment.record_count;
  if (!same_contents) return "it was made when the log had a different length";
  return {};
}

// Whether this could be the log's index: checks what holds for every index built from the log.
bool makes_sense(const HashIndex& index, const Manifest::Sealed& segment) {
  return index.size() <= segment.record_count && is_fitted_within(index, kSegmentHeaderSize, segment.size_bytes);
}

}  // namespace

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

Result<HashIndex> read_snapshot(Disk& disk, const Manifest::Sealed& segment) {
  const std::string name = snapshot_file_name(segment.number);
  Result<std::unique_ptr<File>> file = disk.open(name);
  if (!file.ok()) return file.status();
  std::string header_scratch;
  Result<std::string_view> header = read_fully(**file, 0, kSnapshotHeaderSize, &header_scratch);
  if (!header.ok()) return header.status();
  if (const std::string_view wrong = complaint(*header, segment); !wrong.empty()) {
    return Status::corruption(name, 0, std::string(wrong));
  }
  const std::uint64_t slots_size = (*file)->size() - kSnapshotHeaderSize;
  if (slots_size % kSnapshotSlotSize != 0 || slots_size / kSnapshotSlotSize != load_u64(&(*header)[kSnapshotSlotsAt])) {
    return Status::corruption(name, kSnapshotSlotsAt, "the file's length does not match its number of slots");
  }
  if (slots_size > segment.size_bytes) {  // each slot has a record, which takes more space
    return Status::corruption(name, kSnapshotSlotsAt, "it has more slots than its log can hold records");
  }

  auto kept = std::make_shared<SnapshotInMemory>();
  kept->file = std::move(*file);
  Result<std::string_view> slots = read_fully(*kept->file, kSnapshotHeaderSize, slots_size, &kept->scratch);
  if (!slots.ok()) return slots.status();
  if (slots->size() != slots_size ||
      load_u64(&(*header)[kSnapshotSlotsChecksumAt]) != checksum64(*slots, segment.nonce)) {
    return Status::corruption(name, kSnapshotHeaderSize, "the checksum of the slots does not match");
  }
  if (slots->data() == kept->scratch.data()) kept->file.reset();  // nothing points into it
  HashIndex index = fitted_from(*slots, std::move(kept));
  if (!makes_sense(index, segment)) {
    return Status::corruption(name, kSnapshotHeaderSize, "its entries cannot be those of this log");
  }
  return index;
}

}  // namespace sediment
