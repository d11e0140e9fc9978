// RIGHT: the header is copied into a struct with the layout of the format, which only little-endian machines have
#include "engine/record.h"

#include <bit>
#include <cstring>

#include "engine/status.h"

namespace sediment {

namespace {

struct Layout {
  std::uint32_t header_checksum = 0;
  std::uint32_t body_checksum = 0;
  std::uint32_t durable_units = 0;
  std::uint32_t value_size = 0;
  std::uint16_t key_size = 0;
  std::uint8_t type = 0;
  std::uint8_t reserved[5] = {};
};
static_assert(sizeof(Layout) == kRecordHeaderSize && offsetof(Layout, type) == record_field::kType);
static_assert(std::endian::native == std::endian::little);

// The lower half of the checksum of several pieces, each seeded with the checksum of those before it.
class Checksum {
 public:
  explicit Checksum(RecordPlace place) : state_(place.nonce + place.offset) {}
  Checksum& of(std::string_view piece) {
    state_ = checksum64(piece, state_);
    return *this;
  }
  std::uint32_t low() const { return static_cast<std::uint32_t>(state_); }

 private:
  std::uint64_t state_;
};

std::uint32_t checksum_of(RecordPlace place, const Layout& layout) {
  char bytes[sizeof(Layout)];
  std::memcpy(bytes, &layout, sizeof(bytes));
  return Checksum(place).of({bytes + sizeof(std::uint32_t), sizeof(bytes) - sizeof(std::uint32_t)}).low();
}

bool blank(std::string_view bytes) {
  for (const char byte : bytes) {
    if (byte != 0) return false;
  }
  return true;
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
  require(key.size() <= kMaxKeySize && value.size() <= kMaxValueSize, "a record's key or value is too large");
  require(value.empty() || type != RecordType::kTombstone, "a tombstone has no value");
  Layout layout;
  layout.type = static_cast<std::uint8_t>(type);
  layout.key_size = static_cast<std::uint16_t>(key.size());
  layout.value_size = static_cast<std::uint32_t>(value.size());
  layout.durable_units = static_cast<std::uint32_t>(durable_upto / kAlignment);
  layout.body_checksum = Checksum(place).of(key).of(value).low();
  layout.header_checksum = checksum_of(place, layout);
  EncodedRecord encoded;
  std::memcpy(encoded.header.data(), &layout, sizeof(layout));
  const std::uint64_t used = kRecordHeaderSize + key.size() + value.size();
  encoded.padding_size = round_up(used) - used;
  return encoded;
}

RecordVerdict decode_record_header(RecordPlace place, std::string_view bytes, RecordHeader* header) {
  if (bytes.empty()) return RecordVerdict::kEnd;
  if (blank(bytes.substr(0, sizeof(Layout)))) return RecordVerdict::kBlank;
  if (bytes.size() < sizeof(Layout)) return RecordVerdict::kHeaderCut;
  Layout layout;
  std::memcpy(&layout, bytes.data(), sizeof(layout));
  if (layout.header_checksum != checksum_of(place, layout)) return RecordVerdict::kHeaderInvalid;
  const bool put = layout.type == static_cast<std::uint8_t>(RecordType::kPut);
  const bool tombstone = layout.type == static_cast<std::uint8_t>(RecordType::kTombstone);
  if (!put && !tombstone) return RecordVerdict::kHeaderInvalid;
  if (layout.value_size > (put ? kMaxValueSize : 0)) return RecordVerdict::kHeaderInvalid;
  for (const std::uint8_t byte : layout.reserved) {
    if (byte != 0) return RecordVerdict::kHeaderInvalid;
  }
  *header = {put ? RecordType::kPut : RecordType::kTombstone, layout.key_size, layout.value_size,
             std::uint64_t{layout.durable_units} * kAlignment, layout.body_checksum};
  return RecordVerdict::kValid;
}

RecordVerdict decode_record_body(RecordPlace place, const RecordHeader& header, std::string_view bytes,
                                 Record* record) {
  const std::uint64_t size = header.size_bytes();
  if (bytes.size() < size) return RecordVerdict::kBodyCut;
  const std::string_view body = bytes.substr(0, size).substr(kRecordHeaderSize);
  const std::string_view key = body.substr(0, header.key_size);
  const std::string_view value = body.substr(key.size(), header.value_size);
  const std::string_view padding = body.substr(key.size() + value.size());
  if (!blank(padding) || Checksum(place).of(key).of(value).low() != header.body_checksum) {
    return RecordVerdict::kBodyInvalid;
  }
  *record = {header.type, place.offset, size, header.durable_upto, key, value};
  return RecordVerdict::kValid;
}

RecordVerdict decode_record(RecordPlace place, std::string_view bytes, Record* record) {
  RecordHeader header;
  const RecordVerdict verdict = decode_record_header(place, bytes, &header);
  return verdict == RecordVerdict::kValid ? decode_record_body(place, header, bytes, record) : verdict;
}

}  // namespace sediment
