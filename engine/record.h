// One record: a key with its value, or a tombstone, framed so that damage shows. (record_field in format.h has the
// offsets.)
//
//   | header   body     durable_  value  key   type  zeros | key | value | zeros to a    |
//   | checksum checksum upto      size   size              |     |       | multiple of 8 |
//
// - The header checksum covers the rest of the header; so sizes are trusted only after it verified, and a search for
// the
//   next record can step from one possible place to the next without following a length into nowhere.
// - The body checksum covers key and value. Both are seeded with the file's nonce and the record's offset: a record
//   that was moved, duplicated, left over from another file or embedded in a value never verifies.
// - durable_upto says how much of this file was known to be synced when the record was written. Recovery needs it to
//   tell rot from a tear (recovery.h).
// - A type of 0 never stands in a record: an all-zero header is blank space.
//
// Encoding and decoding only: no file, no memory of its own. Pure functions; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "engine/format.h"

namespace sediment {

/// Where a record stands: part of what its checksums cover.
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
  kBlank,          // zeros where a header should be: space that was reserved and never written, or a hole
  kHeaderCut,      // the file ends inside the header
  kHeaderInvalid,  // the header's checksum does not match (or it holds what no version writes)
  kBodyCut,        // the header is good, and the file ends inside the key or the value
  kBodyInvalid,    // the header is good, and the body's checksum does not match
};

/// The verdict as a sentence without its full stop, e.g. "the body's checksum does not match". Never fails.
std::string_view describe(RecordVerdict verdict);

/// A record in the pieces in which it is written: header, then key and value as they are, then `padding_size` zeros.
struct EncodedRecord {
  std::array<char, kRecordHeaderSize> header{};
  std::size_t padding_size = 0;
};

/// Key and value must be within kMaxKeySize and kMaxValueSize; a tombstone has no value. `durable_upto` in bytes.
EncodedRecord encode_record(RecordPlace place, RecordType type, std::string_view key, std::string_view value,
                            std::uint64_t durable_upto);

/// Decodes the header at the start of `bytes`, and fills `*header` if the verdict is kValid.
RecordVerdict decode_record_header(RecordPlace place, std::string_view bytes, RecordHeader* header);

/// The same for what follows a header that was decoded from these bytes: key, value and padding.
RecordVerdict decode_record_body(RecordPlace place, const RecordHeader& header, std::string_view bytes, Record* record);

/// Decodes and verifies the record at the start of `bytes`, and fills `*record` if the verdict is kValid.
RecordVerdict decode_record(RecordPlace place, std::string_view bytes, Record* record);

}  // namespace sediment
