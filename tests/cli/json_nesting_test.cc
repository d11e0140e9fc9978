#include "engine/tools/json_nesting.h"

#include <gtest/gtest.h>

#include <string>

namespace sediment::test {
namespace {

using tools::json_nesting;

TEST(JsonNesting, IsTheMostThatIsOpenAtOnePlace) {
  EXPECT_EQ(json_nesting(""), 0U);
  EXPECT_EQ(json_nesting("12"), 0U);
  EXPECT_EQ(json_nesting("[]"), 1U);
  EXPECT_EQ(json_nesting("[[],[],{}]"), 2U) << "beside each other is not in each other";
  EXPECT_EQ(json_nesting(R"({"a":[{"b":[]}],"c":{}})"), 4U);
  EXPECT_EQ(json_nesting(std::string(200'000, '[')), 200'000U);
}

TEST(JsonNesting, DoesNotCountWhatStandsInStrings) {
  EXPECT_EQ(json_nesting(R"("[[{")"), 0U);
  EXPECT_EQ(json_nesting(R"(["\"[[", "\\", [1]])"), 2U);
  EXPECT_EQ(json_nesting(R"(["]]]]", [[]]])"), 3U) << "nor does a string close anything";
  EXPECT_EQ(json_nesting(R"(["ends in the middle of \)"), 1U);
}

TEST(JsonNesting, OfNonsenseIsNeverTooSmall) {
  EXPECT_EQ(json_nesting("]]]][[["), 3U);
  EXPECT_EQ(json_nesting("[}[}[["), 2U);
}

}  // namespace
}  // namespace sediment::test
