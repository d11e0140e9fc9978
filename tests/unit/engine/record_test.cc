// One record, encoded and decoded. Damage at every bit and length: tests/corruption/record_corruption_test.cc.
#include "engine/record.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace sediment {
namespace {

constexpr RecordPlace kPlace{0x0123456789abcdef, 64};

std::string encoded(RecordPlace place, RecordType type, std::string_view key, std::string_view value,
                    std::uint64_t durable_upto = 0) {
  const EncodedRecord record = encode_record(place, type, key, value, durable_upto);
  std::string bytes(record.header.data(), record.header.size());
  bytes.append(key).append(value).append(record.padding_size, '\0');
  return bytes;
}

// Writes the checksum that the header at the start of `bytes` should have, whatever nonsense it holds.
void repair_header_checksum(RecordPlace place, std::string& bytes) {
  const std::uint64_t seed = place.nonce + place.offset;
  store_u32(bytes.data(),
            static_cast<std::uint32_t>(checksum64(std::string_view(bytes).substr(4, kRecordHeaderSize - 4), seed)));
}

TEST(Record, RoundTripsKeysAndValuesOfEveryShape) {
  const std::string zeros(5, '\0');
  int shapes = 0;
  for (const std::string& key : {std::string(), std::string("k"), zeros, std::string(kMaxKeySize, 'k')}) {
    for (const std::string& value : {std::string(), std::string("value"), zeros, std::string(100'000, '\xff')}) {
      const std::string bytes = encoded(kPlace, RecordType::kPut, key, value, 48);
      Record record;
      ASSERT_EQ(decode_record(kPlace, bytes, &record), RecordVerdict::kValid);
      EXPECT_EQ(record.type, RecordType::kPut);
      EXPECT_EQ(record.key, key);
      EXPECT_EQ(record.value, value);
      EXPECT_EQ(record.durable_upto, 48U);
      EXPECT_EQ(record.offset, kPlace.offset);
      EXPECT_EQ(record.size_bytes, bytes.size());
      EXPECT_EQ(record.end(), kPlace.offset + bytes.size());
      ++shapes;
    }
  }
  EXPECT_EQ(shapes, 16);
}

TEST(Record, RoundTripsATombstone) {
  const std::string bytes = encoded(kPlace, RecordType::kTombstone, "gone", "");
  Record record;
  ASSERT_EQ(decode_record(kPlace, bytes, &record), RecordVerdict::kValid);
  EXPECT_EQ(record.type, RecordType::kTombstone);
  EXPECT_EQ(record.key, "gone");
  EXPECT_EQ(record.value, "");
}

TEST(Record, IsAtItsOffsets) {
  const std::string bytes = encoded(kPlace, RecordType::kPut, "key", "value", 64);
  ASSERT_EQ(bytes.size(), 32U);
  EXPECT_EQ(load_u32(&bytes[8]), 8U) << "durable_upto, in units of 8 bytes";
  EXPECT_EQ(load_u32(&bytes[12]), 5U);
  EXPECT_EQ(load_u16(&bytes[16]), 3U);
  EXPECT_EQ(bytes[18], 1);
  EXPECT_EQ(bytes.substr(19, 5), std::string(5, '\0'));
  EXPECT_EQ(bytes.substr(24), "keyvalue");
}

TEST(Record, IsPaddedWithZerosToAMultipleOfEight) {
  std::set<std::size_t> paddings;
  for (std::size_t size = 0; size < 16; ++size) {
    const EncodedRecord record = encode_record(kPlace, RecordType::kPut, "", std::string(size, 'v'), 0);
    EXPECT_EQ((kRecordHeaderSize + size + record.padding_size) % 8, 0U);
    paddings.insert(record.padding_size);
  }
  EXPECT_EQ(paddings, (std::set<std::size_t>{0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(Record, DurableUptoHoldsTheEndOfTheLargestSegment) {
  const std::uint64_t upto = kMaxSegmentSize - kAlignment;
  const std::string bytes = encoded({1, upto}, RecordType::kPut, "k", "v", upto);
  RecordHeader header;
  ASSERT_EQ(decode_record_header({1, upto}, bytes, &header), RecordVerdict::kValid);
  EXPECT_EQ(header.durable_upto, upto);
}

TEST(Record, TheHeaderAloneTellsTheSizes) {
  const std::string bytes = encoded(kPlace, RecordType::kPut, "key", "value", 16);
  RecordHeader header;
  ASSERT_EQ(decode_record_header(kPlace, bytes.substr(0, kRecordHeaderSize), &header), RecordVerdict::kValid);
  EXPECT_EQ(header.type, RecordType::kPut);
  EXPECT_EQ(header.key_size, 3U);
  EXPECT_EQ(header.value_size, 5U);
  EXPECT_EQ(header.durable_upto, 16U);
  EXPECT_EQ(header.size_bytes(), 32U);
}

TEST(Record, WhatFollowsItDoesNotMatter) {
  Record record;
  EXPECT_EQ(decode_record(kPlace, encoded(kPlace, RecordType::kPut, "k", "v") + "next", &record),
            RecordVerdict::kValid);
}

TEST(Record, NoBytesAreTheEnd) {
  Record record;
  EXPECT_EQ(decode_record(kPlace, "", &record), RecordVerdict::kEnd);
}

TEST(Record, ZerosAreBlankSpace) {
  Record record;
  for (const std::size_t size : std::vector<std::size_t>{1, 8, 23, 24, 25, 1000}) {
    EXPECT_EQ(decode_record(kPlace, std::string(size, '\0'), &record), RecordVerdict::kBlank) << size;
  }
}

TEST(Record, AnyByteThatIsNotZeroIsNotBlank) {
  Record record;
  for (std::size_t at = 0; at < kRecordHeaderSize; ++at) {
    std::string bytes(kRecordHeaderSize, '\0');
    bytes[at] = 1;
    EXPECT_EQ(decode_record(kPlace, bytes, &record), RecordVerdict::kHeaderInvalid) << at;
  }
  EXPECT_EQ(decode_record(kPlace, "half", &record), RecordVerdict::kHeaderCut);
}

TEST(Record, TellsACutBodyFromAWrongOne) {
  std::string bytes = encoded(kPlace, RecordType::kPut, "key", "value");
  Record record;
  EXPECT_EQ(decode_record(kPlace, bytes.substr(0, bytes.size() - 1), &record), RecordVerdict::kBodyCut);
  EXPECT_EQ(decode_record(kPlace, bytes.substr(0, kRecordHeaderSize), &record), RecordVerdict::kBodyCut);
  bytes.back() = 'E';
  EXPECT_EQ(decode_record(kPlace, bytes, &record), RecordVerdict::kBodyInvalid);
}

TEST(Record, VerifiesOnlyWhereItWasWritten) {
  const std::string bytes = encoded(kPlace, RecordType::kPut, "key", "value");
  Record record;
  EXPECT_EQ(decode_record({kPlace.nonce, kPlace.offset + 8}, bytes, &record), RecordVerdict::kHeaderInvalid);
  EXPECT_EQ(decode_record({kPlace.nonce + 1, kPlace.offset}, bytes, &record), RecordVerdict::kHeaderInvalid);
}

TEST(Record, WhatNoVersionWritesIsInvalidEvenWithAGoodChecksum) {
  const auto verdict_with = [](auto change) {
    std::string bytes = encoded(kPlace, RecordType::kTombstone, "key", "");
    change(bytes);
    repair_header_checksum(kPlace, bytes);
    RecordHeader header;
    return decode_record_header(kPlace, bytes, &header);
  };
  EXPECT_EQ(verdict_with([](std::string&) {}), RecordVerdict::kValid) << "the repair itself must be right";
  EXPECT_EQ(verdict_with([](std::string& bytes) { bytes[18] = 0; }), RecordVerdict::kHeaderInvalid) << "type 0";
  EXPECT_EQ(verdict_with([](std::string& bytes) { bytes[18] = 3; }), RecordVerdict::kHeaderInvalid)
      << "an unknown type";
  EXPECT_EQ(verdict_with([](std::string& bytes) { store_u32(&bytes[12], 1); }), RecordVerdict::kHeaderInvalid)
      << "a tombstone with a value";
  EXPECT_EQ(verdict_with([](std::string& bytes) {
              bytes[18] = 1;
              store_u32(&bytes[12], static_cast<std::uint32_t>(kMaxValueSize));
            }),
            RecordVerdict::kValid);
  EXPECT_EQ(verdict_with([](std::string& bytes) {
              bytes[18] = 1;
              store_u32(&bytes[12], static_cast<std::uint32_t>(kMaxValueSize) + 1);
            }),
            RecordVerdict::kHeaderInvalid)
      << "a value that is too large";
  for (std::size_t at = 19; at < kRecordHeaderSize; ++at) {
    EXPECT_EQ(verdict_with([&](std::string& bytes) { bytes[at] = 1; }), RecordVerdict::kHeaderInvalid)
        << "reserved byte " << at;
  }
}

TEST(Record, EveryVerdictHasItsOwnSentence) {
  std::set<std::string_view> sentences;
  for (int verdict = 0; verdict <= static_cast<int>(RecordVerdict::kBodyInvalid); ++verdict) {
    sentences.insert(describe(static_cast<RecordVerdict>(verdict)));
  }
  EXPECT_EQ(sentences.size(), 7U);
  EXPECT_EQ(sentences.count("unknown verdict"), 0U);
}

TEST(RecordDeathTest, RefusesToEncodeWhatNoReaderAccepts) {
  EXPECT_DEATH((void)encode_record(kPlace, RecordType::kPut, std::string(kMaxKeySize + 1, 'k'), "", 0), "too large");
  EXPECT_DEATH((void)encode_record(kPlace, RecordType::kTombstone, "k", "v", 0), "a tombstone has no value");
}

}  // namespace
}  // namespace sediment
