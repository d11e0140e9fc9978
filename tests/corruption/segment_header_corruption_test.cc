// A damaged segment header is refused, whatever the damage.
#include <gtest/gtest.h>

#include "engine/segment_header.h"
#include "tests/support/damage.h"
#include "tests/support/store_helpers.h"

namespace sediment {
namespace {

using test::has_code;
using test::is_ok;

std::string header_bytes() {
  const auto header = encode_segment_header({0x1f83d9abfb41bd6b, SegmentNumber{12}});
  return {header.data(), header.size()};
}

TEST(SegmentHeaderCorruption, AnyFlippedBitIsCorruption) {
  const std::string bytes = header_bytes();
  ASSERT_TRUE(is_ok(decode_segment_header("f", bytes)));
  const std::uint64_t cases = test::for_each_bit_flip(bytes, [](const std::string& damaged, std::uint64_t bit) {
    EXPECT_TRUE(has_code(decode_segment_header("f", damaged), StatusCode::kCorruption)) << "bit " << bit;
  });
  EXPECT_EQ(cases, 256U);
}

TEST(SegmentHeaderCorruption, AnyTwoFlippedBitsAreCorruption) {
  const std::string bytes = header_bytes();
  std::uint64_t cases = 0;
  for (std::uint64_t first = 0; first < 256; ++first) {
    const std::string once = test::with_bit_flipped(bytes, first);
    for (std::uint64_t second = first + 1; second < 256; ++second, ++cases) {
      ASSERT_TRUE(has_code(decode_segment_header("f", test::with_bit_flipped(once, second)), StatusCode::kCorruption))
          << first << " and " << second;
    }
  }
  EXPECT_EQ(cases, 256U * 255 / 2);
}

TEST(SegmentHeaderCorruption, AnyCutIsCorruption) {
  const std::uint64_t cases = test::for_each_cut(header_bytes(), [](const std::string& cut, std::uint64_t size) {
    EXPECT_TRUE(has_code(decode_segment_header("f", cut), StatusCode::kCorruption)) << "cut to " << size;
  });
  EXPECT_EQ(cases, 32U);
}

}  // namespace
}  // namespace sediment
