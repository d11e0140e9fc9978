// RIGHT: bytes are put together by hand, blanks are recognized first, and *header is written only if all is well
#include "engine/record.h"

#include <utility>

#include "engine/status.h"

namespace sediment {

namespace {

// Little-endian, so many bytes from `at` on.
void put(char* at, std::size_t bytes, std::uint64_t number) {
  for (std::size_t i = 0; i < bytes; ++i) {
    at[i] = static_cast<char>(number & 255);
    number >>= 8;
  }
}

std::uint64_t get(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint64_t number = 0;
  for (std::size_t i = count; i-- > 0;) number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
  return number;
}

bool only_zeros(std::string_view bytes) { return bytes.find_first_not_of('\0') == std::string_view::npos; }

std::uint64_t low_half(std::uint64_t checksum) { return checksum & 0xffffffff; }

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
  require(key.size() <= kMaxKeySize && value.size() <= kMaxValueSize, "a record's key or value is too large");
  require(type == RecordType::kPut || value.empty(), "a tombstone has no value");
  EncodedRecord encoded;
  const std::uint64_t seed = place.offset + place.nonce;
  char* const bytes = encoded.header.data();
  put(bytes + 18, 1, static_cast<std::uint64_t>(type));
  put(bytes + 16, 2, key.size());
  put(bytes + 12, 4, value.size());
  put(bytes + 8, 4, durable_upto >> 3);
  put(bytes + 4, 4, low_half(checksum64(value, checksum64(key, seed))));
  put(bytes, 4, low_half(checksum64({bytes + 4, 20}, seed)));
  encoded.padding_size = (8 - (key.size() + value.size()) % 8) % 8;
  return encoded;
}

RecordVerdict decode_record_header(RecordPlace place, std::string_view bytes, RecordHeader* header) {
  const std::string_view start = bytes.substr(0, 24);
  if (start.empty()) return RecordVerdict::kEnd;
  if (only_zeros(start)) return RecordVerdict::kBlank;
  if (start.size() < 24) return RecordVerdict::kHeaderCut;
  const std::uint64_t checksum = low_half(checksum64(start.substr(4), place.offset + place.nonce));
  if (get(start, 0, 4) != checksum || !only_zeros(start.substr(19))) return RecordVerdict::kHeaderInvalid;

  const std::uint64_t value_size = get(start, 12, 4);
  switch (start[18]) {
    case 1:
      if (value_size > kMaxValueSize) return RecordVerdict::kHeaderInvalid;
      break;
    case 2:
      if (value_size > 0) return RecordVerdict::kHeaderInvalid;
      break;
    default: return RecordVerdict::kHeaderInvalid;
  }
  header->type = static_cast<RecordType>(start[18]);
  header->key_size = get(start, 16, 2);
  header->value_size = value_size;
  header->durable_upto = get(start, 8, 4) << 3;
  header->body_checksum = static_cast<std::uint32_t>(get(start, 4, 4));
  return RecordVerdict::kValid;
}

RecordVerdict decode_record_body(RecordPlace place, const RecordHeader& header, std::string_view bytes,
                                 Record* record) {
  if (header.size_bytes() > bytes.size()) return RecordVerdict::kBodyCut;
  std::string_view rest = bytes.substr(24, header.size_bytes() - 24);
  const auto take = [&](std::size_t size) {
    const std::string_view taken = rest.substr(0, size);
    rest.remove_prefix(size);
    return taken;
  };
  const std::string_view key = take(header.key_size);
  const std::string_view value = take(header.value_size);
  if (!only_zeros(rest)) return RecordVerdict::kBodyInvalid;
  const std::uint64_t checksum = checksum64(value, checksum64(key, place.offset + place.nonce));
  if (low_half(checksum) != header.body_checksum) return RecordVerdict::kBodyInvalid;
  record->key = key;
  record->value = value;
  record->type = header.type;
  record->offset = place.offset;
  record->size_bytes = header.size_bytes();
  record->durable_upto = header.durable_upto;
  return RecordVerdict::kValid;
}

RecordVerdict decode_record(RecordPlace place, std::string_view bytes, Record* record) {
  RecordHeader header;
  const RecordVerdict verdict = decode_record_header(place, bytes, &header);
  return verdict == RecordVerdict::kValid ? decode_record_body(place, header, bytes, record) : verdict;
}

}  // namespace sediment
