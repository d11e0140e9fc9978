// The format's constants and the functions that all parts of it share.
#include "engine/format.h"

#include <gtest/gtest.h>

#include <array>

namespace sediment {
namespace {

TEST(Format, RoundsUpToMultiplesOfEight) {
  EXPECT_EQ(round_up(0), 0U);
  EXPECT_EQ(round_up(1), 8U);
  EXPECT_EQ(round_up(8), 8U);
  EXPECT_EQ(round_up(9), 16U);
  EXPECT_EQ(round_up(std::uint64_t{1} << 33), std::uint64_t{1} << 33);
}

TEST(Format, ARecordTakesHeaderKeyValueAndPadding) {
  EXPECT_EQ(record_size(0, 0), 24U);
  EXPECT_EQ(record_size(1, 0), 32U);
  EXPECT_EQ(record_size(4, 4), 32U);
  EXPECT_EQ(record_size(4, 5), 40U);
  EXPECT_EQ(record_size(kMaxKeySize, kMaxValueSize), round_up(24 + 65'535 + (std::uint64_t{1} << 30)));
}

TEST(Format, SegmentFileNamesHaveAtLeastSixDigits) {
  EXPECT_EQ(segment_file_name(SegmentNumber{0}), "000000.log");
  EXPECT_EQ(segment_file_name(SegmentNumber{12}), "000012.log");
  EXPECT_EQ(segment_file_name(SegmentNumber{999'999}), "999999.log");
  EXPECT_EQ(segment_file_name(SegmentNumber{1'234'567}), "1234567.log");
  EXPECT_EQ(segment_file_name(SegmentNumber{UINT64_MAX}), "18446744073709551615.log");
}

TEST(Format, SegmentFileNamesAreReadBack) {
  for (const std::uint64_t number :
       {std::uint64_t{0}, std::uint64_t{12}, std::uint64_t{999'999}, std::uint64_t{1'000'000}, std::uint64_t{1} << 40,
        kMaxSegmentNumber - 1, kMaxSegmentNumber}) {
    EXPECT_EQ(parse_segment_file_name(segment_file_name(SegmentNumber{number})), SegmentNumber{number});
  }
}

TEST(Format, NamesThatWeDoNotWriteAreNotSegments) {
  for (const std::string_view name :
       {"", ".log", "log", "1.log", "00001.log", "0000001.log", "000001.LOG", "000001.log ", " 000001.log",
        "000001.idx", "000001.log.tmp", "+00001.log", "-00001.log", "00000a.log", "MANIFEST", "MANIFEST.tmp", "LOCK",
        "18446744073709551616.log", "99999999999999999999.log"}) {
    EXPECT_EQ(parse_segment_file_name(name), std::nullopt) << name;
  }
}

TEST(Format, NumbersThatNoStoreMayUseAreNotSegments) {
  for (const std::uint64_t number : {kMaxSegmentNumber + 1, std::uint64_t{1} << 63, UINT64_MAX - 1, UINT64_MAX}) {
    EXPECT_EQ(parse_segment_file_name(segment_file_name(SegmentNumber{number})), std::nullopt) << number;
    EXPECT_EQ(parse_snapshot_file_name(snapshot_file_name(SegmentNumber{number})), std::nullopt) << number;
  }
  EXPECT_LT(kMaxSegmentNumber, UINT64_MAX / 2) << "adding to one does not overflow";
}

TEST(Format, IntegersAreLittleEndian) {
  std::array<char, 8> bytes{};
  store_u16(bytes.data(), 0x0102);
  EXPECT_EQ(std::string_view(bytes.data(), 2), std::string_view("\x02\x01", 2));
  store_u32(bytes.data(), 0x01020304);
  EXPECT_EQ(std::string_view(bytes.data(), 4), std::string_view("\x04\x03\x02\x01", 4));
  store_u64(bytes.data(), 0x0102030405060708);
  EXPECT_EQ(std::string_view(bytes.data(), 8), std::string_view("\x08\x07\x06\x05\x04\x03\x02\x01", 8));
}

TEST(Format, IntegersAreReadBack) {
  std::array<char, 8> bytes{};
  store_u16(bytes.data(), 0xfedc);
  EXPECT_EQ(load_u16(bytes.data()), 0xfedc);
  store_u32(bytes.data(), 0xfedcba98);
  EXPECT_EQ(load_u32(bytes.data()), 0xfedcba98U);
  store_u64(bytes.data(), 0xfedcba9876543210);
  EXPECT_EQ(load_u64(bytes.data()), 0xfedcba9876543210U);
}

TEST(Format, TheMagicNumberSpellsTheName) {
  std::array<char, 8> bytes{};
  store_u64(bytes.data(), kSegmentMagic);
  EXPECT_EQ(std::string_view(bytes.data(), 8), "SEDIMENT");
}

// Known answers of XXH3-64, from the reference implementation: a different hash or an unused seed would show here. The
// first is the published one for no bytes.
TEST(Format, ChecksumsAreXxh3WithTheSeed) {
  EXPECT_EQ(checksum64("", 0), 0x2d06800538d394c2U);
  EXPECT_NE(checksum64("", 1), checksum64("", 0));
  EXPECT_NE(checksum64("a", 0), checksum64("a", 1));
  EXPECT_NE(checksum64("a", 0), checksum64("b", 0));
}

}  // namespace
}  // namespace sediment
