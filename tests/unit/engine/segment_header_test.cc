// The first 32 bytes of a segment. Damage at every bit and length: tests/corruption/segment_header_corruption_test.cc.
#include "engine/segment_header.h"

#include <gtest/gtest.h>

#include "tests/support/store_helpers.h"

namespace sediment {
namespace {

using test::has_code;
using test::is_ok;

std::string encoded(const SegmentHeader& header) {
  const auto bytes = encode_segment_header(header);
  return {bytes.data(), bytes.size()};
}

TEST(SegmentHeader, RoundTrips) {
  for (const std::uint64_t number : {std::uint64_t{1}, std::uint64_t{999'999}, UINT64_MAX}) {
    for (const std::uint64_t nonce : {std::uint64_t{0}, std::uint64_t{0x1f83d9abfb41bd6b}, UINT64_MAX}) {
      const Result<SegmentHeader> header = decode_segment_header("000001.log", encoded({nonce, SegmentNumber{number}}));
      ASSERT_TRUE(is_ok(header));
      EXPECT_EQ(header->nonce, nonce);
      EXPECT_EQ(header->number, SegmentNumber{number});
    }
  }
}

TEST(SegmentHeader, IsAtItsOffsets) {
  const std::string bytes = encoded({0x1122334455667788, SegmentNumber{9}});
  ASSERT_EQ(bytes.size(), 32U);
  EXPECT_EQ(bytes.substr(0, 8), "SEDIMENT");
  EXPECT_EQ(load_u32(&bytes[12]), 1U);
  EXPECT_EQ(load_u64(&bytes[16]), 0x1122334455667788U);
  EXPECT_EQ(load_u64(&bytes[24]), 9U);
}

TEST(SegmentHeader, IgnoresWhatFollowsIt) {
  EXPECT_TRUE(is_ok(decode_segment_header("f", encoded({7, SegmentNumber{1}}) + "records")));
}

TEST(SegmentHeader, AFileThatIsTooShortNamesItself) {
  const Result<SegmentHeader> header = decode_segment_header("000007.log", "SEDIMENT");
  ASSERT_TRUE(has_code(header, StatusCode::kCorruption));
  EXPECT_EQ(header.status().file(), "000007.log");
  EXPECT_EQ(header.status().offset(), 0U);
}

TEST(SegmentHeader, ANewerVersionIsNamedTogetherWithOurs) {
  std::string bytes = encoded({7, SegmentNumber{1}});
  store_u32(&bytes[12], 2);
  EXPECT_TRUE(has_code(decode_segment_header("f", bytes), StatusCode::kCorruption))
      << "its checksum is not that of version 2";
  store_u32(&bytes[8], static_cast<std::uint32_t>(checksum64(std::string_view(bytes).substr(12), kSegmentMagic)));
  const Result<SegmentHeader> header = decode_segment_header("000007.log", bytes);
  ASSERT_TRUE(has_code(header, StatusCode::kInvalidArgument));
  EXPECT_EQ(header.status().message(), "000007.log has format version 2; this build reads version 1");
}

}  // namespace
}  // namespace sediment
