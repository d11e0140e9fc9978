#include "viz/model/record_fields.h"

#include <fmt/format.h>

#include <algorithm>

namespace sediment::viz {

namespace {

// Missing bytes count as zeros.
std::uint64_t number_at(std::string_view bytes, std::uint64_t offset, std::size_t size) {
  std::uint64_t number = 0;
  for (std::size_t i = size; i-- > 0;) {
    number = number << 8 | (offset + i < bytes.size() ? static_cast<unsigned char>(bytes[offset + i]) : 0U);
  }
  return number;
}

std::string name_of_type(std::uint64_t type) {
  if (type == static_cast<std::uint64_t>(RecordType::kPut)) return "put";
  if (type == static_cast<std::uint64_t>(RecordType::kTombstone)) return "tombstone";
  return fmt::format("unknown {}", type);
}

// Whether the sizes of key and value can be told: from the header, or because the record was known.
bool find_sizes(std::string_view bytes, const SegmentView& segment, const RecordView& record, std::size_t* key_size,
                std::size_t* value_size) {
  RecordHeader header;
  const RecordPlace place{segment.nonce, record.offset};
  const std::string_view rest = bytes.substr(std::min<std::uint64_t>(record.offset, bytes.size()));
  if (decode_record_header(place, rest, &header) == RecordVerdict::kValid) {
    *key_size = header.key_size;
    *value_size = header.value_size;
    return true;
  }
  *key_size = record.key.size();
  *value_size = record.value.size();
  return record.was_known && record_size(*key_size, *value_size) == record.size_bytes;
}

}  // namespace

std::size_t RecordFields::field_at(std::uint64_t offset) const {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const RecordField& field) {
    return offset >= field.begin && offset < field.end;
  });
  return static_cast<std::size_t>(found - fields.begin());
}

RecordFields fields_of_file_header(std::string_view bytes) {
  using namespace file_field;
  RecordFields all;
  all.fields = {{"magic", kMagic, kChecksum, "SEDIMENT"},
                {"checksum", kChecksum, kVersion, fmt::format("{:08x}", number_at(bytes, kChecksum, 4))},
                {"version", kVersion, kNonce, fmt::format("{}", number_at(bytes, kVersion, 4))},
                {"nonce", kNonce, kNumber, fmt::format("{:016x}", number_at(bytes, kNonce, 8))},
                {"number", kNumber, kSegmentHeaderSize, fmt::format("{}", number_at(bytes, kNumber, 8))}};
  if (const std::string magic(bytes.substr(0, kChecksum)); magic != "SEDIMENT") all.fields[0].value = shown(magic);
  all.covered_by_header_checksum = {kVersion, kSegmentHeaderSize};
  return all;
}

RecordFields fields_of(std::string_view bytes, const SegmentView& segment, const RecordView& record) {
  if (record.offset < kSegmentHeaderSize) return fields_of_file_header(bytes);
  using namespace record_field;
  const std::uint64_t at = record.offset;
  const std::uint64_t body = at + kRecordHeaderSize;
  const std::uint64_t end = std::min<std::uint64_t>(record.end(), bytes.size());
  RecordFields all;
  // A record that is cut ends in the middle of a field, or before it.
  const auto add = [&](std::string_view name, std::uint64_t begin, std::uint64_t field_end, std::string value) {
    if (begin < std::min(field_end, end)) {
      all.fields.push_back({name, begin, std::min(field_end, end), std::move(value)});
    }
  };
  const auto text = [&](std::uint64_t begin, std::uint64_t field_end) {
    if (begin >= end) return std::string();
    return shown(std::string(bytes.substr(begin, std::min(field_end, end) - begin)));
  };
  const auto zeros = [&](std::uint64_t begin, std::uint64_t field_end) {
    const std::size_t other = bytes.find_first_not_of('\0', std::min(begin, end));
    return other < std::min(field_end, end) ? std::string("not all zeros") : std::string();
  };
  add("header checksum", at + kHeaderChecksum, at + kBodyChecksum,
      fmt::format("{:08x}", number_at(bytes, at + kHeaderChecksum, 4)));
  add("body checksum", at + kBodyChecksum, at + kDurableUpto,
      fmt::format("{:08x}", number_at(bytes, at + kBodyChecksum, 4)));
  add("durable up to", at + kDurableUpto, at + kValueSize,
      fmt::format("byte {}", number_at(bytes, at + kDurableUpto, 4) * kAlignment));
  add("value size", at + kValueSize, at + kKeySize, fmt::format("{}", number_at(bytes, at + kValueSize, 4)));
  add("key size", at + kKeySize, at + kType, fmt::format("{}", number_at(bytes, at + kKeySize, 2)));
  add("type", at + kType, at + kZeros, name_of_type(number_at(bytes, at + kType, 1)));
  add("zeros", at + kZeros, body, zeros(at + kZeros, body));
  all.covered_by_header_checksum = {at + kBodyChecksum, std::min(body, end)};
  std::size_t key_size = 0;
  std::size_t value_size = 0;
  if (!find_sizes(bytes, segment, record, &key_size, &value_size)) {
    add("rest", body, end, "its lengths are not known");
    return all;
  }
  const std::uint64_t key_end = body + key_size;
  const std::uint64_t value_end = key_end + value_size;
  add("key", body, key_end, text(body, key_end));
  add("value", key_end, value_end, text(key_end, value_end));
  add("padding", value_end, end, zeros(value_end, end));
  all.covered_by_body_checksum = {body, std::max(body, std::min(value_end, end))};
  return all;
}

Sentence describe_record(const Scene& scene, const SegmentView& segment, const RecordView& record) {
  const std::string key = shown(record.key);
  if (record.corrupt) {
    const std::string was = !record.was_known                       ? std::string()
                            : record.type == RecordType::kTombstone ? fmt::format(" It was a tombstone of {}.", key)
                            : record.value.empty()                  ? fmt::format(" It was a record of {}.", key)
                                                   : fmt::format(" It was {} = {}.", key, shown(record.value));
    return {fmt::format("Corrupt: {}. It had been synced, and is not what was written.{}", record.why, was),
            Tone::kDetected};
  }
  if (record.torn()) {
    return {fmt::format("Torn: {}. A crash interrupted the write, which was never promised.", describe(record.verdict)),
            Tone::kBad};
  }
  const bool durable = record.end() <= scene.durable_end(segment);
  const std::string state = fmt::format("{}{}. Both checksums match.", durable ? "durable" : "in the cache only",
                                        record.superseded ? ", and superseded by a newer record" : "");
  if (record.type == RecordType::kTombstone) {
    return {fmt::format("A tombstone: {} was deleted, so it has no value. It is {}", key, state)};
  }
  const std::string value = shown(record.value);
  return {fmt::format("A put: {} = {}{} It is {}", key, value, value.ends_with("…") ? "" : ".", state)};
}

RecordVerdict verdict_with_flipped(std::string_view bytes, const SegmentView& segment, const RecordView& record,
                                   std::uint64_t offset, unsigned bit) {
  std::string changed(bytes.substr(std::min<std::uint64_t>(record.offset, bytes.size()), record.size_bytes));
  const std::uint64_t at = offset - record.offset;
  if (at < changed.size()) changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ (1U << bit));
  Record ignored;
  return decode_record({segment.nonce, record.offset}, changed, &ignored);
}

}  // namespace sediment::viz
