// A damaged record is never accepted: not as this record, not as another one, not at any other place.
#include <gtest/gtest.h>

#include <set>

#include "engine/record.h"
#include "tests/support/damage.h"
#include "tests/support/store_helpers.h"

namespace sediment {
namespace {

constexpr RecordPlace kPlace{0x0123456789abcdef, 4096};

std::string encoded(RecordPlace place, RecordType type, std::string_view key, std::string_view value,
                    std::uint64_t durable_upto = 0) {
  const EncodedRecord record = encode_record(place, type, key, value, durable_upto);
  std::string bytes(record.header.data(), record.header.size());
  bytes.append(key).append(value).append(record.padding_size, '\0');
  return bytes;
}

struct Shape {
  std::string name;
  RecordType type = RecordType::kPut;
  std::string key;
  std::string value;
  std::uint64_t durable_upto = 0;
};

std::vector<Shape> shapes() {
  const std::string zeros(6, '\0');
  std::vector<Shape> shapes{
      {"nothing at all", RecordType::kPut, "", "", 0},
      {"an empty key", RecordType::kPut, "", "value", 64},
      {"an empty value", RecordType::kPut, "key", "", 64},
      {"a tombstone", RecordType::kTombstone, "key", "", 4096},
      {"a tombstone of the empty key", RecordType::kTombstone, "", "", 0},
      {"zeros", RecordType::kPut, zeros, zeros, 0},
      {"a record in its value", RecordType::kPut, "12345678", encoded(kPlace, RecordType::kPut, "inner", "value"), 8},
      // The place where the inner record would verify, if a reader mistook the value's first byte for a record.
      {"a record of that very place in its value", RecordType::kPut, "12345678",
       encoded({kPlace.nonce, kPlace.offset + 32}, RecordType::kPut, "inner", "value"), 8},
  };
  for (std::size_t padding = 0; padding < 8; ++padding) {
    shapes.push_back({"padding " + std::to_string(padding), RecordType::kPut, "k", std::string(15 - padding, 'v'), 32});
  }
  return shapes;
}

bool is_valid(RecordPlace place, std::string_view bytes) {
  Record record;
  return decode_record(place, bytes, &record) == RecordVerdict::kValid;
}

TEST(RecordCorruption, TheShapesCoverEveryPadding) {
  std::set<std::size_t> paddings;
  for (const Shape& shape : shapes()) {
    paddings.insert(encode_record(kPlace, shape.type, shape.key, shape.value, shape.durable_upto).padding_size);
    EXPECT_TRUE(is_valid(kPlace, encoded(kPlace, shape.type, shape.key, shape.value, shape.durable_upto)))
        << shape.name;
  }
  EXPECT_EQ(paddings.size(), 8U);
}

TEST(RecordCorruption, NoBitCanFlipUnseen) {
  std::uint64_t cases = 0;
  std::uint64_t bits = 0;
  for (const Shape& shape : shapes()) {
    const std::string bytes = encoded(kPlace, shape.type, shape.key, shape.value, shape.durable_upto);
    bits += 8 * bytes.size();
    cases += test::for_each_bit_flip(bytes, [&](const std::string& damaged, std::uint64_t bit) {
      EXPECT_FALSE(is_valid(kPlace, damaged)) << shape.name << ", bit " << bit;
      EXPECT_FALSE(is_valid(kPlace, damaged + std::string(64, '\0')))
          << shape.name << ", bit " << bit << ", in blank space";
    });
  }
  EXPECT_EQ(cases, bits);
  EXPECT_GT(cases, 5000U);
}

TEST(RecordCorruption, NoTwoBitsOfAHeaderCanFlipUnseen) {
  const std::string bytes = encoded(kPlace, RecordType::kPut, "key", "value", 64);
  std::uint64_t cases = 0;
  for (std::uint64_t first = 0; first < 8 * kRecordHeaderSize; ++first) {
    const std::string once = test::with_bit_flipped(bytes, first);
    for (std::uint64_t second = first + 1; second < 8 * kRecordHeaderSize; ++second, ++cases) {
      ASSERT_FALSE(is_valid(kPlace, test::with_bit_flipped(once, second))) << first << " and " << second;
    }
  }
  EXPECT_EQ(cases, 192U * 191 / 2);
}

TEST(RecordCorruption, NoCutIsTakenForARecord) {
  std::uint64_t cases = 0;
  std::uint64_t blank_tails = 0;
  for (const Shape& shape : shapes()) {
    const std::string bytes = encoded(kPlace, shape.type, shape.key, shape.value, shape.durable_upto);
    cases += test::for_each_cut(bytes, [&](std::string cut, std::uint64_t size) {
      EXPECT_FALSE(is_valid(kPlace, cut)) << shape.name << ", cut to " << size;
      cut.resize(bytes.size() + 64, '\0');  // the same tear in reserved space
      if (cut.starts_with(bytes)) {
        ++blank_tails;  // only zeros were lost, and zeros replaced them
      } else {
        EXPECT_FALSE(is_valid(kPlace, cut)) << shape.name << ", cut to " << size << " in blank space";
      }
    });
  }
  EXPECT_GT(cases, 600U);
  EXPECT_GT(blank_tails, 28U);
  EXPECT_LT(blank_tails, cases / 4);
}

TEST(RecordCorruption, NoByteCanBeLostOrRepeatedUnseen) {
  std::uint64_t cases = 0;
  for (const Shape& shape : shapes()) {
    const std::string bytes = encoded(kPlace, shape.type, shape.key, shape.value, shape.durable_upto);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      std::string lost = bytes;
      lost.erase(at, 1).push_back('\0');
      std::string repeated = bytes;
      repeated.insert(at, 1, bytes[at]).resize(bytes.size());
      for (const std::string& damaged : {lost, repeated}) {
        if (damaged == bytes) continue;  // a zero among zeros
        EXPECT_FALSE(is_valid(kPlace, damaged)) << shape.name << " at " << at;
        ++cases;
      }
    }
  }
  EXPECT_GT(cases, 900U);
}

TEST(RecordCorruption, VerifiesAtNoOtherOffset) {
  std::uint64_t cases = 0;
  for (const Shape& shape : shapes()) {
    const std::string bytes = encoded(kPlace, shape.type, shape.key, shape.value, shape.durable_upto);
    for (std::uint64_t offset = 32; offset < 2 * kPlace.offset; offset += 8) {
      if (offset == kPlace.offset) continue;
      EXPECT_FALSE(is_valid({kPlace.nonce, offset}, bytes)) << shape.name << " at " << offset;
      ++cases;
    }
  }
  EXPECT_EQ(cases, shapes().size() * (2 * 4096 - 32) / 8 - shapes().size());
}

TEST(RecordCorruption, VerifiesInNoOtherFile) {
  std::uint64_t cases = 0;
  for (const Shape& shape : shapes()) {
    const std::string bytes = encoded(kPlace, shape.type, shape.key, shape.value, shape.durable_upto);
    for (unsigned bit = 0; bit < 64; ++bit) {
      EXPECT_FALSE(is_valid({kPlace.nonce ^ (std::uint64_t{1} << bit), kPlace.offset}, bytes))
          << shape.name << ", bit " << bit;
      ++cases;
    }
    EXPECT_FALSE(is_valid({0, kPlace.offset}, bytes));
  }
  EXPECT_EQ(cases, shapes().size() * 64);
}

TEST(RecordCorruption, ARecordInsideOfAValueNeverVerifies) {
  // The inner record is a real one: of another file, of another offset, or of the place where it now is but in another
  // file.
  std::uint64_t cases = 0;
  for (const RecordPlace inner_place :
       {RecordPlace{kPlace.nonce, kPlace.offset}, RecordPlace{kPlace.nonce, 32}, RecordPlace{7, kPlace.offset + 32}}) {
    const std::string inner = encoded(inner_place, RecordType::kPut, "inner", "value");
    ASSERT_TRUE(is_valid(inner_place, inner));
    const std::string outer = encoded(kPlace, RecordType::kPut, "12345678", inner);
    for (std::size_t at = 8; at < outer.size(); at += 8, ++cases) {
      EXPECT_FALSE(is_valid({kPlace.nonce, kPlace.offset + at}, std::string_view(outer).substr(at))) << at;
    }
  }
  EXPECT_GT(cases, 20U);
}

}  // namespace
}  // namespace sediment
