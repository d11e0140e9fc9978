// The on-disk format: all its constants, and the few functions that all of its parts share. (The manifest is a text,
// which manifest.h shows.) docs/format.md describes the format in prose, with worked examples. All integers are
// little-endian.
//
//   a store directory     LOCK  MANIFEST  000001.log  000001.idx  000003.log ...
//   a segment             header (32 bytes), then records, each starting at a multiple of 8
//   the active segment    may end in blank (zero) space that was reserved for it, and after a crash in a torn tail
//   a record              header (24 bytes), key, value, zeros up to a multiple of 8
//   a snapshot            header (64 bytes), slots of 8 bytes
//
// Each namespace with a name like ..._field has the offsets of the fields of a header, in bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sediment {

/// Names a segment. Numbers grow and are never reused. A number says nothing about age; only the manifest's order does.
enum class SegmentNumber : std::uint64_t {};
constexpr std::uint64_t value_of(SegmentNumber number) { return static_cast<std::uint64_t>(number); }

/// The largest number of a segment. A store that began a segment every microsecond would use up all numbers in 30,000
/// years. So a file whose name has a larger number does not belong to the store, and a larger number in a manifest is
/// damage.
constexpr std::uint64_t kMaxSegmentNumber = 999'999'999'999'999'999;

constexpr std::string_view kManifestName = "MANIFEST";
constexpr std::string_view kManifestTemporaryName = "MANIFEST.tmp";
constexpr std::string_view kLockName = "LOCK";
constexpr std::string_view kReserveName = "RESERVE.tmp";  // takes up space until there is none left (reclaim.h)
constexpr std::string_view kTemporarySuffix = ".tmp";     // of a file that is being written, until it gets its name
constexpr std::string_view kSegmentSuffix = ".log";
constexpr std::string_view kSnapshotSuffix = ".idx";

constexpr std::uint32_t kFormatVersion = 1;
constexpr std::size_t kAlignment = 8;  // records start at multiples of it, so an offset in units of 8 fits into 32 bits

/// The header of a segment, and the first part of a snapshot's.
namespace file_field {
constexpr std::size_t kMagic = 0;     // u64
constexpr std::size_t kChecksum = 8;  // u32, of everything after it in the header, seeded with the magic
constexpr std::size_t kVersion = 12;  // u32
constexpr std::size_t kNonce = 16;    // u64, of the segment
constexpr std::size_t kNumber = 24;   // u64, of the segment
}  // namespace file_field
constexpr std::uint64_t kSegmentMagic = 0x544e454d49444553;  // the bytes "SEDIMENT"
constexpr std::size_t kSegmentHeaderSize = 32;

/// The rest of a snapshot's header.
namespace snapshot_field {
constexpr std::size_t kLogBytes = 32;       // u64
constexpr std::size_t kRecords = 40;        // u64, how many the log has
constexpr std::size_t kSlots = 48;          // u64, how many follow
constexpr std::size_t kSlotsChecksum = 56;  // u64, seeded with the nonce
}  // namespace snapshot_field
constexpr std::uint64_t kSnapshotMagic = 0x5844494d49444553;  // the bytes "SEDIMIDX"
constexpr std::size_t kSnapshotHeaderSize = 64;
constexpr std::size_t kSlotSize = 8;  // slot_table.h

enum class RecordType : std::uint8_t { kPut = 1, kTombstone = 2 };

/// The header of a record. Its checksums are seeded with the segment's nonce and the record's offset.
namespace record_field {
constexpr std::size_t kHeaderChecksum = 0;  // u32, of everything after it in the header
constexpr std::size_t kBodyChecksum = 4;    // u32, of key and value
constexpr std::size_t kDurableUpto = 8;     // u32, in units of 8 bytes
constexpr std::size_t kValueSize = 12;      // u32, bytes
constexpr std::size_t kKeySize = 16;        // u16, bytes
constexpr std::size_t kType = 18;           // u8, a RecordType
constexpr std::size_t kZeros = 19;          // 5 bytes
}  // namespace record_field
constexpr std::size_t kRecordHeaderSize = 24;
constexpr std::size_t kMaxKeySize = 65'535;
constexpr std::size_t kMaxValueSize = std::size_t{1} << 30;
constexpr std::uint64_t kMaxSegmentSize = std::uint64_t{kAlignment} << 32;  // 32-bit offsets in units of 8 end here

constexpr std::uint64_t round_up(std::uint64_t size) { return (size + kAlignment - 1) / kAlignment * kAlignment; }

/// Bytes that a record takes in the log: header, key, value, padding.
constexpr std::uint64_t record_size(std::size_t key_size, std::size_t value_size) {
  return round_up(kRecordHeaderSize + std::uint64_t{key_size} + value_size);
}

/// "000012.log". The name has more digits if six are not enough.
std::string segment_file_name(SegmentNumber number);
/// The number in such a name. None if this is not exactly a segment's name, or if the number is above
/// kMaxSegmentNumber.
std::optional<SegmentNumber> parse_segment_file_name(std::string_view name);
/// "000012.idx", the snapshot of 000012.log, and back.
std::string snapshot_file_name(SegmentNumber number);
std::optional<SegmentNumber> parse_snapshot_file_name(std::string_view name);

/// XXH3-64 of the bytes. The seed ties them to their place, so that the same bytes elsewhere do not verify.
std::uint64_t checksum64(std::string_view bytes, std::uint64_t seed);
/// The checksum in the header of a segment or a snapshot. `header` is the whole header.
std::uint32_t file_header_checksum(std::string_view header, std::uint64_t magic);

void store_u16(char* at, std::uint16_t value);
void store_u32(char* at, std::uint32_t value);
void store_u64(char* at, std::uint64_t value);
std::uint16_t load_u16(const char* at);
std::uint32_t load_u32(const char* at);
std::uint64_t load_u64(const char* at);

}  // namespace sediment
