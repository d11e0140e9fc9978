#include "engine/tools/printable.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace sediment {
namespace {

using tools::escape;
using tools::printable;

// Every character up to U+FFFF, and every byte alone: what comes out holds no control character, and is UTF-8.
TEST(Printable, HoldsNoControlCharacterWhateverItIsMadeOf) {
  const auto encoded = [](unsigned code) {
    if (code < 0x80) return std::string(1, static_cast<char>(code));
    if (code < 0x800) return std::string{static_cast<char>(0xC0 | code >> 6), static_cast<char>(0x80 | (code & 0x3F))};
    return std::string{static_cast<char>(0xE0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 0x3F)),
                       static_cast<char>(0x80 | (code & 0x3F))};
  };
  int changed = 0;
  const auto expect_printable = [&](const std::string& text) {
    for (const std::string& shown : {escape(text), printable(text)}) {
      EXPECT_TRUE(tools::is_utf8(shown));
      for (std::size_t at = 0; at < shown.size(); ++at) {
        const auto byte = static_cast<unsigned char>(shown[at]);
        EXPECT_FALSE(byte < 0x20 || byte == 0x7F) << shown;
        EXPECT_FALSE(byte == 0xC2 && static_cast<unsigned char>(shown[at + 1]) < 0xA0) << shown;
      }
    }
    changed += printable(text) != text ? 1 : 0;
  };
  for (unsigned code = 0; code <= 0xFFFF; ++code) expect_printable(encoded(code));
  for (unsigned byte = 0x80; byte <= 0xFF; ++byte) expect_printable(std::string(1, static_cast<char>(byte)));
  // C0, DEL, C1, surrogates, and 128 bytes that are no characters.
  EXPECT_EQ(changed, 32 + 1 + 32 + 2048 + 128);
}

TEST(Printable, NamesWhatItReplaces) {
  EXPECT_EQ(escape("a\tb\nc\\d\x1b[31m\x7f\xc2\x9b\xff"), "a\\tb\\nc\\\\d\\x1b[31m\\x7f\\xc2\\x9b\\xff");
  EXPECT_EQ(printable("a\tb\nc\\d\x1b[31m"), "a\\tb\\nc\\d\\x1b[31m");
  EXPECT_EQ(printable("déjà 天空 😀"), "déjà 天空 😀");
}

TEST(Printable, PreviewsTheStartOfLongBytes) {
  EXPECT_EQ(tools::preview("short", 5), "short");
  EXPECT_EQ(tools::preview("longer", 5), "longe... (6 bytes)");
  EXPECT_EQ(tools::preview("déjà", 2), "d... (6 bytes)") << "no half character";
}

// nlohmann/json leaves these as they are when it keeps UTF-8.
TEST(Printable, JsonKeepsItsValue) {
  const std::string text = "\x7f\xc2\x80\xc2\x9f\xc2\xa0 é \x01";
  const std::string json = tools::json_for_terminals(nlohmann::json(text).dump());
  EXPECT_EQ(json, "\"\\u007f\\u0080\\u009f\xc2\xa0 é \\u0001\"");
  EXPECT_EQ(nlohmann::json::parse(json), text);
}

}  // namespace
}  // namespace sediment
