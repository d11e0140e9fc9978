// A damaged manifest is refused, whatever the damage.
#include <gtest/gtest.h>

#include "engine/manifest.h"
#include "tests/support/damage.h"
#include "tests/support/store_helpers.h"

namespace sediment {
namespace {

using test::has_code;
using test::is_ok;

std::string manifest_text() {
  Manifest manifest;
  manifest.next_number = SegmentNumber{12};
  manifest.sealed = {{SegmentNumber{3}, 0x5be0cd19137e2179, 4096, 87},
                     {SegmentNumber{11}, 0x1f83d9abfb41bd6b, 1208, 20},
                     {SegmentNumber{7}, 0x9b05688c2b3e6c1f, 64, 1}};
  manifest.active = Manifest::Active{SegmentNumber{8}, 0x510e527fade682d1};
  return encode_manifest(manifest);
}

TEST(ManifestCorruption, AnyFlippedBitIsCorruption) {
  const std::string text = manifest_text();
  ASSERT_TRUE(is_ok(parse_manifest(text)));
  const std::uint64_t cases = test::for_each_bit_flip(text, [](const std::string& damaged, std::uint64_t bit) {
    EXPECT_TRUE(has_code(parse_manifest(damaged), StatusCode::kCorruption)) << "bit " << bit;
  });
  EXPECT_EQ(cases, 8 * text.size());
  EXPECT_GT(cases, 1500U);
}

TEST(ManifestCorruption, AnyCutIsCorruption) {
  const std::string text = manifest_text();
  const std::uint64_t cases = test::for_each_cut(text, [](const std::string& cut, std::uint64_t size) {
    EXPECT_TRUE(has_code(parse_manifest(cut), StatusCode::kCorruption)) << "cut to " << size;
  });
  EXPECT_EQ(cases, text.size());
}

TEST(ManifestCorruption, AnyByteMoreIsCorruption) {
  const std::string text = manifest_text();
  std::uint64_t cases = 0;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    for (const char more : {'\0', ' ', '\n', '0', 'x'}) {
      std::string damaged = text;
      damaged.insert(at, 1, more);
      EXPECT_TRUE(has_code(parse_manifest(damaged), StatusCode::kCorruption)) << at;
      ++cases;
    }
  }
  EXPECT_EQ(cases, 5 * (text.size() + 1));
}

TEST(ManifestCorruption, LinesThatAreLostRepeatedOrExchangedAreCorruption) {
  const std::string text = manifest_text();
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at) + 1;
    lines.push_back(text.substr(at, end - at));
    at = end;
  }
  ASSERT_EQ(lines.size(), 7U);
  std::uint64_t cases = 0;
  const auto refused = [&](const std::vector<std::string>& some) {
    std::string damaged;
    for (const std::string& line : some) damaged += line;
    EXPECT_TRUE(has_code(parse_manifest(damaged), StatusCode::kCorruption)) << damaged;
    ++cases;
  };
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::vector<std::string> some = lines;
    some.erase(some.begin() + static_cast<std::ptrdiff_t>(i));
    refused(some);
    some = lines;
    some.insert(some.begin() + static_cast<std::ptrdiff_t>(i), lines[i]);
    refused(some);
    for (std::size_t j = i + 1; j < lines.size(); ++j) {
      some = lines;
      std::swap(some[i], some[j]);
      refused(some);
    }
  }
  EXPECT_EQ(cases, 7U + 7 + 21);
}

}  // namespace
}  // namespace sediment
