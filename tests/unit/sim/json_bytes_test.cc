// Bytes in JSON: readable where they are text, always exact.
#include "sim/disk/json_bytes.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/store_helpers.h"

namespace sediment::sim {
namespace {

using nlohmann::json;
using test::has_code;
using test::must;

TEST(JsonBytes, TextStaysText) {
  EXPECT_EQ(bytes_to_json("").dump(), "\"\"");
  EXPECT_EQ(bytes_to_json("London").dump(), "\"London\"");
  EXPECT_EQ(bytes_to_json("Zürich").dump(), "\"Zürich\"");
  EXPECT_EQ(bytes_to_json(std::string_view("a\0b\n", 4)).dump(), "\"a\\u0000b\\n\"");
}

TEST(JsonBytes, BytesThatAreNotTextBecomeHex) {
  EXPECT_EQ(bytes_to_json(std::string_view("\x00\xff", 2)).dump(), R"({"hex":"00ff"})");
  EXPECT_EQ(bytes_to_json("Z\xfcrich").dump(), R"({"hex":"5afc72696368"})");
  EXPECT_EQ(bytes_to_json("cut \xc3").dump(), R"({"hex":"63757420c3"})");
}

TEST(JsonBytes, AnyTwoBytesComeBack) {
  int texts = 0;
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string bytes{static_cast<char>(first), static_cast<char>(second)};
      const json written = bytes_to_json(bytes);
      ASSERT_EQ(must(bytes_from_json(json::parse(written.dump()))), bytes);
      texts += written.is_string() ? 1 : 0;
    }
  }
  EXPECT_GE(texts, 128 * 128);
  EXPECT_LT(texts, 256 * 256 / 2);
}

TEST(JsonBytes, ReadsHexInEitherCase) {
  EXPECT_EQ(must(bytes_from_json(json::parse(R"({"hex":"aBcD"})"))), "\xab\xcd");
  EXPECT_EQ(must(bytes_from_json(json::parse(R"({"hex":""})"))), "");
}

TEST(JsonBytes, RefusesEverythingElse) {
  for (const char* text : {"1", "null", "[]", "{}", "true", R"({"hex":1})", R"({"hex":"0"})", R"({"hex":"0g"})",
                           R"({"hex":" 0"})", R"({"hex":"00","more":1})", R"({"bytes":"00"})"}) {
    EXPECT_TRUE(has_code(bytes_from_json(json::parse(text)), StatusCode::kInvalidArgument)) << text;
  }
}

}  // namespace
}  // namespace sediment::sim
