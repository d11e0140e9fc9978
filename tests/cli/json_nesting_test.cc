#include "engine/tools/json_nesting.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <string>

namespace sediment::test {
namespace {

using tools::too_deep_at;

// The smallest depth that the text never exceeds.
std::size_t depth_of(const std::string& text) {
  std::size_t most = 0;
  while (too_deep_at(text, most)) ++most;
  return most;
}

TEST(JsonNesting, IsTheMostThatIsOpenAtOnce) {
  EXPECT_EQ(depth_of(""), 0U);
  EXPECT_EQ(depth_of("12"), 0U);
  EXPECT_EQ(depth_of("[]"), 1U);
  EXPECT_EQ(depth_of("[[],[],{}]"), 2U) << "side by side is not nested";
  EXPECT_EQ(depth_of(R"({"a":[{"b":[]}],"c":{}})"), 4U);
  EXPECT_EQ(too_deep_at(std::string(200'000, '['), 199'999), 199'999U);
  EXPECT_EQ(too_deep_at(std::string(200'000, '['), 200'000), std::nullopt);
}

TEST(JsonNesting, SaysWhereItIsTooDeep) {
  EXPECT_EQ(too_deep_at(R"([[], {"a": [1]}])", 2), 11U);
  EXPECT_EQ(too_deep_at("[]", 0), 0U);
}

TEST(JsonNesting, DoesNotCountBracketsInStrings) {
  EXPECT_EQ(depth_of(R"("[[{")"), 0U);
  EXPECT_EQ(depth_of(R"(["\"[[", "\\", [1]])"), 2U);
  EXPECT_EQ(depth_of(R"(["]]]]", [[]]])"), 3U) << "nor does a string close anything";
  EXPECT_EQ(depth_of(R"(["ends in the middle of \)"), 1U);
}

TEST(JsonNesting, OfNonsenseIsNeverTooSmall) {
  EXPECT_EQ(depth_of("]]]][[["), 3U);
  EXPECT_EQ(depth_of("[}[}[["), 2U);
}

}  // namespace
}  // namespace sediment::test
