// RIGHT: the header is decoded into a struct first; file and scratch are both kept, whichever holds the slots
#include "engine/snapshot.h"

#include <memory>
#include <vector>

#include "engine/fitted_index.h"
#include "engine/guarded.h"

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

struct Header {
  std::uint64_t magic = 0;
  std::uint32_t checksum = 0;
  std::uint32_t version = 0;
  Manifest::Sealed segment;
  std::uint64_t slots = 0;
  std::uint64_t slots_checksum = 0;
  std::uint32_t right_checksum = 0;
};

Header decode(std::string_view bytes) {
  Header header;
  header.magic = load_u64(&bytes[file_field::kMagic]);
  header.checksum = load_u32(&bytes[file_field::kChecksum]);
  header.version = load_u32(&bytes[file_field::kVersion]);
  header.segment = {SegmentNumber{load_u64(&bytes[file_field::kNumber])}, load_u64(&bytes[file_field::kNonce]),
                    load_u64(&bytes[snapshot_field::kLogBytes]), load_u64(&bytes[snapshot_field::kRecords])};
  header.slots = load_u64(&bytes[snapshot_field::kSlots]);
  header.slots_checksum = load_u64(&bytes[snapshot_field::kSlotsChecksum]);
  header.right_checksum = file_header_checksum(bytes, kSnapshotMagic);
  return header;
}

struct Kept {
  std::unique_ptr<File> file;
  std::vector<std::string> scratch{2};
};

}  // namespace

Status write_snapshot(Disk& disk, const Segment& segment) {
  const std::string slots = encode_slots(segment.index());
  const std::string header = encode_snapshot_header(segment.sealed_entry(), slots);
  const std::string name = snapshot_file_name(segment.number());
  const std::string temporary = name + ".tmp";
  if (const Status s = disk.remove(temporary); !s.ok() && s.code() != StatusCode::kNotFound) return s;
  Result<std::unique_ptr<File>> file = disk.create(temporary, 0);
  if (!file.ok()) return file.status();
  Status outcome = (*file)->append({header});
  if (outcome.ok()) outcome = (*file)->append({slots});
  if (outcome.ok()) outcome = (*file)->sync();
  file = Status::io_error();  // closes it
  if (outcome.ok()) outcome = disk.rename(temporary, name);
  if (!outcome.ok()) {
    attempt([&] { return disk.remove(temporary); });
    return outcome;
  }
  attempt([&] { return disk.sync_directory(); });  // not needed, and harmless
  return {};
}

Result<HashIndex> read_snapshot(Disk& disk, const Manifest::Sealed& segment) {
  const std::string name = snapshot_file_name(segment.number);
  const auto refused = [&](const char* why) { return Status::corruption(name, 0, why); };
  Result<std::unique_ptr<File>> file = disk.open(name);
  if (!file.ok()) return file.status();
  const auto kept = std::make_shared<Kept>();
  kept->file = std::move(*file);
  const Result<std::string_view> start = read_fully(*kept->file, 0, kSnapshotHeaderSize, &kept->scratch[0]);
  if (!start.ok()) return start.status();
  if (start->size() != kSnapshotHeaderSize) return refused("it ends in its header");
  const Header header = decode(*start);
  if (header.magic != kSnapshotMagic || header.checksum != header.right_checksum) return refused("a damaged header");
  if (header.version != kFormatVersion) return Status::invalid_argument(name + " has another version");
  if (!(header.segment == segment)) return refused("it is not of this log");

  const std::uint64_t size = kept->file->size() - kSnapshotHeaderSize;
  if (size % kSlotSize != 0 || size / kSlotSize != header.slots) return refused("it has another number of slots");
  const Result<std::string_view> slots = read_fully(*kept->file, kSnapshotHeaderSize, size, &kept->scratch[1]);
  if (!slots.ok()) return slots.status();
  if (slots->size() != size) return refused("it ends in its slots");
  if (checksum64(*slots, header.segment.nonce) != header.slots_checksum) return refused("damaged slots");
  if (slots->data() == kept->scratch[1].data()) kept->file.reset();
  HashIndex index = fitted_from(*slots, kept);
  const bool possible = index.size() <= header.segment.record_count &&
                        is_fitted_within(index, kSegmentHeaderSize, header.segment.size_bytes);
  if (!possible) return refused("entries that this log cannot have");
  return index;
}

}  // namespace sediment
