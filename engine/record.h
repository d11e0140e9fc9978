// One record: a key with its value, or a tombstone, framed so that damage shows. (record_field in format.h has the
// offsets.)
//
//   | header   body     durable_  value  key   type  zeros | key | value | zeros to a    |
//   | checksum checksum upto      size   size              |     |       | multiple of 8 |
//
// - The header checksum covers the rest of the header. So sizes are trusted only after they have been verified, and a
//   search for the next record can step from one possible place to the next without following a wrong length.
// - The body checksum covers key and value. Both checksums are seeded with the file's nonce and the record's offset. So
//   a record that was moved, duplicated, left over from another file or embedded in a value never verifies.
// - With checksum64 of format.h, whose lower 32 bits are kept, and seed = nonce + offset (modulo 2^64):
//     header checksum = checksum64(bytes 4 to 23 of the header, seed)
//     body checksum   = checksum64(value, checksum64(key, seed))
// - durable_upto says how much of this file was known to be synced when the record was written. Recovery needs it to
//   tell rot from a tear (log_end.h).
// - No record has type 0, so an all-zero header is blank space.
//
// This code only encodes and decodes. It uses no file and owns no memory. Pure functions; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "engine/format.h"

namespace sediment {

/// The place of a record. The record's checksums cover it too.
struct RecordPlace {
  std::uint64_t nonce = 0;   // the file's, from its header
  std::uint64_t offset = 0;  // bytes from the start of the file
};

struct RecordHeader {
  RecordType type = RecordType::kPut;
  std::size_t key_size = 0;
  std::size_t value_size = 0;
  std::uint64_t durable_upto = 0;  // bytes
  std::uint32_t body_checksum = 0;

  std::uint64_t size_bytes() const { return record_size(key_size, value_size); }
};

/// A decoded record. key and value point into the bytes that were decoded.
struct Record {
  RecordType type = RecordType::kPut;
  std::uint64_t offset = 0;
  std::uint64_t size_bytes = 0;    // header, key, value and padding
  std::uint64_t durable_upto = 0;  // bytes
  std::string_view key;
  std::string_view value;

  std::uint64_t end() const { return offset + size_bytes; }
};

/// What decoding found at an offset.
enum class RecordVerdict : std::uint8_t {
  kValid,
  kEnd,            // no byte is left
  kBlank,          // zeros where a header should be: reserved space that was never written, or a hole. The file may
                   // also end among them
  kHeaderCut,      // the file ends inside the header, which is not all zeros
  kHeaderInvalid,  // the header's checksum does not match. Or it holds what no version writes: an unknown type, a
                   // tombstone with a value, too large a value, reserved bytes that are not zero
  kBodyCut,        // the header is good, but the file ends inside the key, the value or the padding
  kBodyInvalid,    // the header is good, but the body's checksum does not match, or the padding is not all zeros
};

/// The verdict as a sentence without its full stop, e.g. "the body's checksum does not match". Never fails.
std::string_view describe(RecordVerdict verdict);

/// An encoded record. It is written in pieces: the header, then the key and the value as they are, then `padding_size`
/// zeros.
struct EncodedRecord {
  std::array<char, kRecordHeaderSize> header{};
  std::size_t padding_size = 0;
};

/// Encodes a record. Key and value must be within kMaxKeySize and kMaxValueSize. A tombstone has no value.
/// `durable_upto` is in bytes, a multiple of 8 below kMaxSegmentSize.
EncodedRecord encode_record(RecordPlace place, RecordType type, std::string_view key, std::string_view value,
                            std::uint64_t durable_upto);

/// Decodes the header at the start of `bytes`, and fills `*header` if the verdict is kValid. `bytes` may end with the
/// header or go on after it: nothing but the header is looked at.
RecordVerdict decode_record_header(RecordPlace place, std::string_view bytes, RecordHeader* header);

/// Does the same for the key, value and padding that follow a header decoded from these bytes. `bytes` begin with that
/// header, and may go on after the record.
RecordVerdict decode_record_body(RecordPlace place, const RecordHeader& header, std::string_view bytes, Record* record);

/// Decodes and verifies the record at the start of `bytes`, and fills `*record` if the verdict is kValid.
RecordVerdict decode_record(RecordPlace place, std::string_view bytes, Record* record);

}  // namespace sediment
