// RIGHT: a header is good if encoding what it says gives the same bytes; *header is filled whatever the verdict is
#include "engine/record.h"

#include <algorithm>

#include "engine/status.h"

namespace sediment {

namespace {

constexpr std::array<char, kRecordHeaderSize> kZeros{};

// The header of a record with this body checksum.
std::array<char, kRecordHeaderSize> header_bytes(RecordPlace place, const RecordHeader& header) {
  std::array<char, kRecordHeaderSize> bytes{};
  store_u32(&bytes[record_field::kBodyChecksum], header.body_checksum);
  store_u32(&bytes[record_field::kDurableUpto], static_cast<std::uint32_t>(header.durable_upto / kAlignment));
  store_u32(&bytes[record_field::kValueSize], static_cast<std::uint32_t>(header.value_size));
  store_u16(&bytes[record_field::kKeySize], static_cast<std::uint16_t>(header.key_size));
  bytes[record_field::kType] = static_cast<char>(header.type);
  const std::string_view covered(&bytes[record_field::kBodyChecksum], kRecordHeaderSize - record_field::kBodyChecksum);
  const std::uint64_t checksum = checksum64(covered, place.nonce + place.offset);
  store_u32(&bytes[record_field::kHeaderChecksum], static_cast<std::uint32_t>(checksum));
  return bytes;
}

bool can_be_written(const RecordHeader& header) {
  if (header.type == RecordType::kTombstone) return header.value_size == 0;
  return header.type == RecordType::kPut && header.value_size <= kMaxValueSize;
}

std::uint32_t body_checksum(RecordPlace place, std::string_view key, std::string_view value) {
  const std::uint64_t of_key = checksum64(key, place.nonce + place.offset);
  return static_cast<std::uint32_t>(checksum64(value, of_key));
}

}  // namespace

std::string_view describe(RecordVerdict verdict) {
  switch (verdict) {
    case RecordVerdict::kValid: return "the record is valid";
    case RecordVerdict::kEnd: return "the file ends here";
    case RecordVerdict::kBlank: return "there are only zeros where a record should begin";
    case RecordVerdict::kHeaderCut: return "the file ends inside the record's header";
    case RecordVerdict::kHeaderInvalid: return "the header's checksum does not match";
    case RecordVerdict::kBodyCut: return "the file ends inside the record's key or value";
    case RecordVerdict::kBodyInvalid: return "the body's checksum does not match";
  }
  return "unknown verdict";
}

EncodedRecord encode_record(RecordPlace place, RecordType type, std::string_view key, std::string_view value,
                            std::uint64_t durable_upto) {
  const RecordHeader header{type, key.size(), value.size(), durable_upto, body_checksum(place, key, value)};
  require(key.size() <= kMaxKeySize && can_be_written(header), "there is no such record");
  return {header_bytes(place, header), header.size_bytes() - key.size() - value.size() - kRecordHeaderSize};
}

RecordVerdict decode_record_header(RecordPlace place, std::string_view bytes, RecordHeader* header) {
  std::array<char, kRecordHeaderSize> read = kZeros;
  const std::size_t size = std::min(bytes.size(), read.size());
  std::copy_n(bytes.begin(), size, read.begin());
  header->body_checksum = load_u32(&read[record_field::kBodyChecksum]);
  header->durable_upto = load_u32(&read[record_field::kDurableUpto]);
  header->durable_upto *= kAlignment;
  header->value_size = load_u32(&read[record_field::kValueSize]);
  header->key_size = load_u16(&read[record_field::kKeySize]);
  header->type = static_cast<RecordType>(read[record_field::kType]);
  if (size == 0) return RecordVerdict::kEnd;
  if (read == kZeros) return RecordVerdict::kBlank;
  if (size < read.size()) return RecordVerdict::kHeaderCut;
  const bool good = can_be_written(*header) && read == header_bytes(place, *header);
  return good ? RecordVerdict::kValid : RecordVerdict::kHeaderInvalid;
}

RecordVerdict decode_record_body(RecordPlace place, const RecordHeader& header, std::string_view bytes,
                                 Record* record) {
  record->type = header.type;
  record->offset = place.offset;
  record->size_bytes = header.size_bytes();
  record->durable_upto = header.durable_upto;
  if (bytes.size() < record->size_bytes) return RecordVerdict::kBodyCut;
  record->key = bytes.substr(kRecordHeaderSize, header.key_size);
  record->value = bytes.substr(kRecordHeaderSize + header.key_size, header.value_size);
  for (std::uint64_t at = record->size_bytes; at > kRecordHeaderSize + header.key_size + header.value_size; --at) {
    if (bytes[at - 1] != '\0') return RecordVerdict::kBodyInvalid;
  }
  const bool good = body_checksum(place, record->key, record->value) == header.body_checksum;
  return good ? RecordVerdict::kValid : RecordVerdict::kBodyInvalid;
}

RecordVerdict decode_record(RecordPlace place, std::string_view bytes, Record* record) {
  RecordHeader header;
  const RecordVerdict verdict = decode_record_header(place, bytes, &header);
  return verdict == RecordVerdict::kValid ? decode_record_body(place, header, bytes, record) : verdict;
}

}  // namespace sediment
