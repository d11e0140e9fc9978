// Colours on their way into a video.
#include "viz/platform/video_writer.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace sediment::viz {
namespace {

// What ITU-R BT.709 specifies for plain colours in television range.
TEST(VideoWriter, ConvertsColoursAsTelevisionDoes) {
  struct Case {
    ImU32 colour;
    std::array<unsigned char, 3> yuv;
  };
  const Case cases[] = {
      {IM_COL32(0, 0, 0, 255), {16, 128, 128}},   {IM_COL32(255, 255, 255, 255), {235, 128, 128}},
      {IM_COL32(255, 0, 0, 255), {63, 102, 240}}, {IM_COL32(0, 255, 0, 255), {173, 42, 26}},
      {IM_COL32(0, 0, 255, 255), {32, 240, 118}},
  };
  for (const Case& each : cases) {
    ImDrawData data;
    data.DisplaySize = {5, 3};  // odd: the last row and column are left out
    SoftwareRenderer picture;
    picture.draw(data, {}, each.colour);
    std::vector<unsigned char> planes;
    convert_to_yuv420(picture, 4, 2, planes);
    const auto [y, u, v] = each.yuv;
    EXPECT_EQ(planes, (std::vector<unsigned char>{y, y, y, y, y, y, y, y, u, u, v, v})) << std::hex << each.colour;
  }
}

}  // namespace
}  // namespace sediment::viz
