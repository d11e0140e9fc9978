// One record with any contents and any damage: what was encoded is decoded, and nothing else ever is. For bytes that do
// not decode, the verdict is the one that record.h promises.
#include "engine/record.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <vector>

#include "tests/support/coverage.h"
#include "tests/support/damage.h"
#include "tests/support/generators.h"
#include "tests/support/rapidcheck_settings.h"

namespace sediment::test {
namespace {

// A record's fields as written, with its bytes.
struct Written {
  RecordPlace place;
  RecordType type = RecordType::kPut;
  std::string key;
  std::string value;
  std::uint64_t durable_upto = 0;
  std::string bytes;
};

Written written_at(RecordPlace place) {
  Written written;
  written.place = place;
  written.type = *rc::gen::element(RecordType::kPut, RecordType::kPut, RecordType::kTombstone);
  written.key = *rc::gen::weightedOneOf<std::string>({{20, hostile_key()}, {1, rc::gen::just(maximal_key())}});
  if (written.type == RecordType::kPut) written.value = *hostile_value();
  written.durable_upto = *rc::gen::arbitrary<std::uint32_t>() * std::uint64_t{kAlignment};
  written.bytes = record_bytes(place, written.type, written.key, written.value, written.durable_upto);
  return written;
}

// Decodes the start of `bytes`, which must be this record.
void must_decode_to(const Written& written, std::string_view bytes) {
  Record record;
  RC_ASSERT(decode_record(written.place, bytes, &record) == RecordVerdict::kValid);
  RC_ASSERT(record.type == written.type);
  RC_ASSERT(record.key == written.key);
  RC_ASSERT(record.value == written.value);
  RC_ASSERT(record.durable_upto == written.durable_upto);
  RC_ASSERT(record.offset == written.place.offset);
  RC_ASSERT(record.size_bytes == written.bytes.size());

  RecordHeader header;
  RC_ASSERT(decode_record_header(written.place, bytes, &header) == RecordVerdict::kValid);
  RC_ASSERT(header.type == written.type);
  RC_ASSERT(header.key_size == written.key.size());
  RC_ASSERT(header.value_size == written.value.size());
  RC_ASSERT(header.durable_upto == written.durable_upto);
  RC_ASSERT(header.size_bytes() == written.bytes.size());
}

RecordVerdict verdict_on(RecordPlace place, std::string_view bytes) {
  Record record;
  return decode_record(place, bytes, &record);
}

TEST(RecordProperty, WhatWasEncodedIsDecoded) {
  try_more_cases();
  Coverage coverage("record_round_trip");
  const bool holds = rc::check("what was encoded is decoded, whatever follows it", [&] {
    const Written written = written_at(*any_place());
    RC_ASSERT(written.bytes.size() % kAlignment == 0);
    RC_ASSERT(written.bytes.size() == record_size(written.key.size(), written.value.size()));
    const std::string following = *rc::gen::oneOf(filled_bytes(), value_like_a_log());
    must_decode_to(written, written.bytes + following);

    coverage.count(written.type == RecordType::kTombstone ? "tombstones" : "puts");
    if (written.key.empty()) coverage.count("empty-keys");
    if (written.key.size() == kMaxKeySize) coverage.count("maximal-keys");
    if (written.type == RecordType::kPut && written.value.empty()) coverage.count("empty-values");
    const std::size_t unpadded = kRecordHeaderSize + written.key.size() + written.value.size();
    coverage.count("padding-of-" + std::to_string(written.bytes.size() - unpadded));
  });
  ASSERT_TRUE(holds);
  for (const char* counter : {"puts", "tombstones", "empty-keys", "empty-values", "maximal-keys"})
    coverage.require_at_least(counter, 10);
  for (std::size_t padding = 0; padding < kAlignment; ++padding)
    coverage.require_at_least("padding-of-" + std::to_string(padding), 10);
}

TEST(RecordProperty, NoSingleDamageMakesAnotherRecordOfIt) {
  try_more_cases();
  Coverage coverage("record_single_damage");
  const bool holds = rc::check("with a flipped bit, a cut, another offset or another nonce, it does not decode", [&] {
    const Written written = written_at(*any_place());
    const std::size_t size = written.bytes.size();
    const std::size_t key_end = kRecordHeaderSize + written.key.size();
    const std::size_t value_end = key_end + written.value.size();
    const auto region_of = [&](std::size_t byte) {
      if (byte < kRecordHeaderSize) return "header";
      if (byte < key_end) return "key";
      return byte < value_end ? "value" : "padding";
    };

    // One of each kind in every case: most of the work is making the record.
    const auto bit = *between<std::uint64_t>(0, 8 * size - 1);
    const auto early_bit = *between<std::uint64_t>(0, 8 * kRecordHeaderSize - 1);
    for (const std::uint64_t flipped : {bit, early_bit}) {
      const bool in_header = flipped / 8 < kRecordHeaderSize;
      RC_ASSERT(verdict_on(written.place, with_bit_flipped(written.bytes, flipped)) ==
                (in_header ? RecordVerdict::kHeaderInvalid : RecordVerdict::kBodyInvalid));
      coverage.count(std::string("flips-in-") + region_of(flipped / 8));
    }

    const auto cut = *between<std::size_t>(1, size - 1);
    const auto early_cut = *between<std::size_t>(1, kRecordHeaderSize - 1);
    for (const std::size_t length : {cut, early_cut}) {
      const std::string_view left = std::string_view(written.bytes).substr(0, length);
      RecordVerdict expected = length < kRecordHeaderSize ? RecordVerdict::kHeaderCut : RecordVerdict::kBodyCut;
      if (left.find_first_not_of('\0') == std::string_view::npos) expected = RecordVerdict::kBlank;  // of the checksum
      RC_ASSERT(verdict_on(written.place, left) == expected);
      coverage.count(std::string("cuts-in-") + region_of(length));
    }

    const auto distance = *between<std::uint64_t>(1, 1000) * kAlignment;
    RC_ASSERT(verdict_on({written.place.nonce, written.place.offset + distance}, written.bytes) ==
              RecordVerdict::kHeaderInvalid);
    const auto nonce_change = *rc::gen::nonZero<std::uint64_t>();
    RC_ASSERT(verdict_on({written.place.nonce ^ nonce_change, written.place.offset}, written.bytes) ==
              RecordVerdict::kHeaderInvalid);
    coverage.count("moves");
  });
  ASSERT_TRUE(holds);
  for (const char* counter : {"flips-in-header", "flips-in-key", "flips-in-value", "flips-in-padding", "cuts-in-header",
                              "cuts-in-key", "cuts-in-value", "cuts-in-padding", "moves"})
    coverage.require_at_least(counter, 10);
}

TEST(RecordProperty, RecordsSideBySideDecodeOneAfterTheOther) {
  try_more_cases();
  Coverage coverage("records_side_by_side");
  const bool holds = rc::check("consecutive records decode in order, and then the bytes end", [&] {
    RecordPlace place = *any_place();
    const auto count = *between(0, 5);
    std::vector<Written> all;
    std::string bytes;
    for (int i = 0; i < count; ++i) {
      all.push_back(written_at(place));
      bytes += all.back().bytes;
      place.offset += all.back().bytes.size();
    }
    std::string_view rest = bytes;
    for (const Written& written : all) {
      must_decode_to(written, rest);
      rest.remove_prefix(written.bytes.size());
      coverage.count("records");
    }
    RC_ASSERT(verdict_on(place, rest) == RecordVerdict::kEnd);

    // Changing one does not affect the others.
    if (all.empty()) return;
    const auto which = *between<std::size_t>(0, all.size() - 1);
    const std::uint64_t start = all[which].place.offset - all[0].place.offset;
    const auto byte = *between<std::uint64_t>(start, start + all[which].bytes.size() - 1);
    bytes = with_bit_flipped(bytes, 8 * byte);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::string_view at = std::string_view(bytes).substr(all[i].place.offset - all[0].place.offset);
      if (i != which) must_decode_to(all[i], at);
      if (i == which) RC_ASSERT(verdict_on(all[i].place, at) != RecordVerdict::kValid);
    }
    if (all.size() > 1) coverage.count("damaged-neighbours");
  });
  ASSERT_TRUE(holds);
  coverage.require_at_least("records", 1000);
  coverage.require_at_least("damaged-neighbours", 100);
}

TEST(RecordProperty, ZerosAreBlankWhateverStandsBehindThem) {
  try_more_cases();
  Coverage coverage("record_blank");
  const bool holds = rc::check("zeros are blank, from one byte on, and anything else in a header's place is not", [&] {
    const RecordPlace place = *any_place();
    const auto zeros = *rc::gen::oneOf(rc::gen::just(std::size_t{0}), between<std::size_t>(0, 2 * kRecordHeaderSize));
    const std::string following = *rc::gen::oneOf(rc::gen::just(std::string()), filled_bytes(), value_like_a_log(),
                                                  rc::gen::arbitrary<std::string>());
    const std::string bytes = std::string(zeros, '\0') + following;
    const std::size_t header_end = std::min(bytes.size(), kRecordHeaderSize);
    const bool blank = bytes.find_first_not_of('\0') >= header_end;  // npos is far past it

    RecordVerdict expected = RecordVerdict::kHeaderInvalid;
    if (bytes.size() < kRecordHeaderSize) expected = RecordVerdict::kHeaderCut;
    if (blank) expected = RecordVerdict::kBlank;
    if (bytes.empty()) expected = RecordVerdict::kEnd;
    RC_ASSERT(verdict_on(place, bytes) == expected);
    if (expected == RecordVerdict::kBlank) coverage.count(zeros < kRecordHeaderSize ? "short-blanks" : "blanks");
    if (expected == RecordVerdict::kHeaderCut) coverage.count("cut");
    if (expected == RecordVerdict::kHeaderInvalid) coverage.count("invalid");
    if (expected == RecordVerdict::kEnd) coverage.count("end");
  });
  ASSERT_TRUE(holds);
  for (const char* counter : {"short-blanks", "blanks", "cut", "invalid", "end"})
    coverage.require_at_least(counter, 10);
}

// A header from some other writer: its checksum is right, whatever it says.
std::string foreign_header(RecordPlace place, std::uint32_t value_size, std::uint16_t key_size, char type,
                           std::string_view reserved) {
  std::string header(kRecordHeaderSize, '\0');
  store_u32(&header[12], value_size);
  store_u16(&header[16], key_size);
  header[18] = type;
  header.replace(19, reserved.size(), reserved);
  const std::uint64_t seed = place.nonce + place.offset;
  store_u32(header.data(), static_cast<std::uint32_t>(checksum64(std::string_view(header).substr(4), seed)));
  return header;
}

TEST(RecordProperty, AHeaderThatNoVersionWritesIsInvalidAlthoughItsChecksumMatches) {
  try_more_cases();
  Coverage coverage("record_foreign_header");
  const bool holds = rc::check("a correct checksum alone does not make a header valid", [&] {
    const RecordPlace place = *any_place();
    const auto type = static_cast<char>(*between(0, 5));
    const auto value_size = *rc::gen::weightedOneOf<std::uint32_t>(
        {{2, rc::gen::just(std::uint32_t{0})},
         {2, between<std::uint32_t>(1, 1000)},
         {2, rc::gen::element<std::uint32_t>(kMaxValueSize, kMaxValueSize + 1, UINT32_MAX)},
         {1, rc::gen::arbitrary<std::uint32_t>()}});
    const auto key_size = *rc::gen::arbitrary<std::uint16_t>();
    const auto reserved = *rc::gen::element<std::string>("", "", std::string("\0\0\0\0\1", 5), "\x80");
    const std::string header = foreign_header(place, value_size, key_size, type, reserved);

    const bool put = type == 1 && value_size <= kMaxValueSize;
    const bool tombstone = type == 2 && value_size == 0;
    const bool good = reserved.empty() && (put || tombstone);
    RecordVerdict expected = RecordVerdict::kHeaderInvalid;
    if (good) expected = key_size + value_size > 0 ? RecordVerdict::kBodyCut : RecordVerdict::kBodyInvalid;
    RC_ASSERT(verdict_on(place, header) == expected);
    RecordHeader decoded;
    RC_ASSERT((decode_record_header(place, header, &decoded) == RecordVerdict::kValid) == good);
    if (good) RC_ASSERT(decoded.size_bytes() == record_size(key_size, value_size));

    coverage.count(good ? "good" : "invalid");
    if (type == 0 || type > 2) coverage.count("unknown-types");
    if (type == 1 && value_size > kMaxValueSize) coverage.count("too-large");
    if (type == 2 && value_size > 0) coverage.count("tombstones-with-a-value");
    if (!reserved.empty()) coverage.count("reserved-bytes-used");
  });
  ASSERT_TRUE(holds);
  for (const char* counter :
       {"good", "invalid", "unknown-types", "too-large", "tombstones-with-a-value", "reserved-bytes-used"})
    coverage.require_at_least(counter, 10);
}

}  // namespace
}  // namespace sediment::test
