// The renderer that makes all pictures without a window, compared with known pixels.
#include "viz/platform/software_renderer.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/temporary_directory.h"

namespace sediment::viz {
namespace {

constexpr ImU32 kBlack = IM_COL32(0, 0, 0, 255);
constexpr ImU32 kRed = IM_COL32(255, 0, 0, 255);

// A hand-made frame, with a texture of two by two pixels. The first pixel is fully covered: plain shapes use it.
class Canvas {
 public:
  Canvas(int width, int height) : list_(nullptr) {
    data_.DisplaySize = {static_cast<float>(width), static_cast<float>(height)};
    texture_.width = 2;
    texture_.height = 2;
    texture_.bytes = coverage_.data();
    clip({0, 0}, data_.DisplaySize);
  }

  void clip(ImVec2 min, ImVec2 max) {
    ImDrawCmd command;
    command.ClipRect = {min.x, min.y, max.x, max.y};
    command.IdxOffset = static_cast<unsigned int>(list_.IdxBuffer.Size);
    list_.CmdBuffer.push_back(command);
  }

  ImDrawIdx vertex(ImVec2 position, ImU32 colour, ImVec2 uv = {0.25F, 0.25F}) {
    ImDrawVert vertex;
    vertex.pos = position;
    vertex.uv = uv;
    vertex.col = colour;
    list_.VtxBuffer.push_back(vertex);
    return static_cast<ImDrawIdx>(list_.VtxBuffer.Size - 1);
  }

  void triangle(ImDrawIdx a, ImDrawIdx b, ImDrawIdx c) {
    for (const ImDrawIdx index : {a, b, c}) list_.IdxBuffer.push_back(index);
    list_.CmdBuffer.back().ElemCount += 3;
  }

  void triangle(ImVec2 a, ImVec2 b, ImVec2 c, ImU32 colour) {
    triangle(vertex(a, colour), vertex(b, colour), vertex(c, colour));
  }

  // The way ImGui makes them: two triangles over four corners.
  void rectangle(ImVec2 min, ImVec2 max, ImU32 colour, ImVec2 uv_min = {0.25F, 0.25F}, ImVec2 uv_max = {0.25F, 0.25F}) {
    const ImDrawIdx a = vertex(min, colour, uv_min);
    const ImDrawIdx b = vertex({max.x, min.y}, colour, {uv_max.x, uv_min.y});
    const ImDrawIdx c = vertex(max, colour, uv_max);
    const ImDrawIdx d = vertex({min.x, max.y}, colour, {uv_min.x, uv_max.y});
    triangle(a, b, c);
    triangle(a, c, d);
  }

  void texture(int width, int height, const std::uint8_t* coverage) {
    texture_ = {.width = width, .height = height, .bytes_per_pixel = 1, .bytes = coverage};
  }

  const SoftwareRenderer& draw(ImU32 background = kBlack) {
    ImDrawList* list = &list_;
    draw_only(&list, &data_);
    renderer_.draw(data_, texture_, background);
    return renderer_;
  }

  std::uint32_t at(int x, int y) const {
    return renderer_.pixels()[static_cast<std::size_t>(y) * static_cast<std::size_t>(renderer_.width()) +
                              static_cast<std::size_t>(x)];
  }

  // Row by row, one character per pixel.
  std::string picture(ImU32 inked = kRed) const {
    std::string text;
    for (int y = 0; y < renderer_.height(); ++y) {
      for (int x = 0; x < renderer_.width(); ++x) text += at(x, y) == inked ? '#' : '.';
      text += '\n';
    }
    return text;
  }

 private:
  static constexpr std::array<std::uint8_t, 4> kCoverage{255, 0, 0, 0};
  std::array<std::uint8_t, 4> coverage_ = kCoverage;
  ImDrawList list_;
  ImDrawData data_;
  GlyphTexture texture_;
  SoftwareRenderer renderer_;
};

TEST(SoftwareRenderer, BeginsWithTheBackground) {
  Canvas canvas(2, 1);
  const SoftwareRenderer& renderer = canvas.draw(IM_COL32(1, 2, 3, 255));
  EXPECT_EQ(renderer.pixels(), (std::vector<std::uint32_t>{0xFF030201, 0xFF030201}));
}

TEST(SoftwareRenderer, FillsTheRectangleAndNothingElse) {
  Canvas canvas(6, 4);
  canvas.rectangle({1, 1}, {5, 3}, kRed);
  canvas.draw();
  EXPECT_EQ(canvas.picture(),
            "......\n"
            ".####.\n"
            ".####.\n"
            "......\n");
}

TEST(SoftwareRenderer, APixelBelongsToTheRectangleThatContainsItsCentre) {
  Canvas canvas(4, 1);
  canvas.rectangle({0.5F, 0}, {2.5F, 1}, kRed);  // from the centre of the first to the centre of the third
  canvas.draw();
  EXPECT_EQ(canvas.picture(), "##..\n");
}

TEST(SoftwareRenderer, ClipsRectanglesAndTriangles) {
  Canvas canvas(6, 4);
  canvas.clip({2, 1}, {4, 3});
  canvas.rectangle({-100, -100}, {3, 100}, kRed);
  canvas.triangle({-100, -100}, {200, 2}, {-100, 100}, kRed);
  canvas.draw();
  EXPECT_EQ(canvas.picture(),
            "......\n"
            "..##..\n"
            "..##..\n"
            "......\n");
}

TEST(SoftwareRenderer, SurvivesImpossiblePositions) {
  Canvas canvas(4, 4);
  canvas.rectangle({0, 0}, {4, 4}, kRed);
  canvas.triangle({NAN, 0}, {INFINITY, 2}, {-INFINITY, 1e30F}, kBlack);
  canvas.triangle({1, 1}, {1, 1}, {1, 1}, kBlack);
  canvas.draw();
  EXPECT_EQ(canvas.at(3, 0), kRed);
}

TEST(SoftwareRenderer, BlendsByTheAlphaOfTheSource) {
  Canvas canvas(3, 1);
  canvas.rectangle({0, 0}, {1, 1}, IM_COL32(255, 0, 101, 128));
  canvas.rectangle({1, 0}, {2, 1}, IM_COL32(255, 0, 101, 0));
  canvas.triangle({2, 0}, {3, 0}, {2, 4}, IM_COL32(255, 0, 101, 255));
  canvas.draw(IM_COL32(1, 100, 101, 255));
  EXPECT_EQ(canvas.at(0, 0), IM_COL32(128, 50, 101, 255));  // 128·255 + 127·1 over 255; the other way round; the same
  EXPECT_EQ(canvas.at(1, 0), IM_COL32(1, 100, 101, 255));
  EXPECT_EQ(canvas.at(2, 0), IM_COL32(255, 0, 101, 255));
}

TEST(SoftwareRenderer, CopiesAGlyphOnWholePixels) {
  constexpr std::array<std::uint8_t, 16> kGlyph{
      0, 0,   0,   0,  //
      0, 255, 128, 0,  //
      0, 0,   64,  0,  //
      0, 0,   0,   0,
  };
  Canvas canvas(4, 4);
  canvas.texture(4, 4, kGlyph.data());
  canvas.rectangle({1, 1}, {3, 3}, IM_COL32(255, 255, 255, 255), {0.25F, 0.25F}, {0.75F, 0.75F});
  canvas.draw();
  EXPECT_EQ(canvas.at(1, 1), IM_COL32(255, 255, 255, 255));
  EXPECT_EQ(canvas.at(2, 1), IM_COL32(128, 128, 128, 255));
  EXPECT_EQ(canvas.at(1, 2), kBlack);
  EXPECT_EQ(canvas.at(2, 2), IM_COL32(64, 64, 64, 255));
  EXPECT_EQ(canvas.at(0, 1), kBlack);
}

TEST(SoftwareRenderer, WeighsTheTextureBetweenItsPixels) {
  constexpr std::array<std::uint8_t, 2> kCoverage{0, 200};
  Canvas canvas(4, 1);
  canvas.texture(2, 1, kCoverage.data());
  canvas.rectangle({0, 0}, {4, 1}, IM_COL32(255, 255, 255, 255), {0, 0.5F}, {1, 0.5F + 1e-6F});  // twice as large
  canvas.draw();
  EXPECT_EQ(canvas.at(0, 0) & 0xFF, 0U);
  EXPECT_EQ(canvas.at(1, 0) & 0xFF, 50U);
  EXPECT_EQ(canvas.at(2, 0) & 0xFF, 150U);
  EXPECT_EQ(canvas.at(3, 0) & 0xFF, 200U);
}

TEST(SoftwareRenderer, InterpolatesColoursOverATriangle) {
  Canvas canvas(8, 1);
  const ImDrawIdx a = canvas.vertex({0, 0}, IM_COL32(0, 0, 0, 255));
  const ImDrawIdx b = canvas.vertex({8, 0}, IM_COL32(160, 80, 0, 255));
  const ImDrawIdx c = canvas.vertex({8, 8}, IM_COL32(160, 80, 0, 255));
  canvas.triangle(a, b, c);
  canvas.draw();
  for (int x = 1; x < 8; ++x) {
    EXPECT_EQ(canvas.at(x, 0) & 0xFF, static_cast<std::uint32_t>(20 * x + 10)) << x;
    EXPECT_EQ((canvas.at(x, 0) >> 8) & 0xFF, static_cast<std::uint32_t>(10 * x + 5)) << x;
  }
}

// Half of a bright colour adds visibly: once gives 128, twice gives 192.
TEST(SoftwareRenderer, TrianglesWithACommonEdgeTouchEachPixelOnce) {
  constexpr ImU32 kHalf = IM_COL32(255, 255, 255, 128);
  constexpr int kSize = 24;
  int tried = 0;
  // Fans around a centre, in both directions, with edges through pixel centres and beside them.
  for (const float offset : {0.0F, 0.5F, 0.25F, 0.3F, 1.0F / 3}) {
    for (const bool clockwise : {true, false}) {
      Canvas canvas(kSize, kSize);
      const ImVec2 centre(12 + offset, 12 + offset);
      const ImVec2 corners[] = {{0, 0}, {7, 0}, {16.5F, 0}, {24, 0}, {24, 12}, {24, 24}, {12.5F, 24}, {0, 24}, {0, 9}};
      constexpr int kCorners = IM_ARRAYSIZE(corners);
      for (int i = 0; i < kCorners; ++i) {
        const ImVec2 from = corners[i];
        const ImVec2 to = corners[(i + 1) % kCorners];
        canvas.triangle(centre, clockwise ? from : to, clockwise ? to : from, kHalf);
      }
      canvas.draw();
      for (int y = 0; y < kSize; ++y) {
        for (int x = 0; x < kSize; ++x) {
          ASSERT_EQ(canvas.at(x, y), IM_COL32(128, 128, 128, 255)) << x << "," << y << " offset " << offset;
          ++tried;
        }
      }
    }
  }
  EXPECT_EQ(tried, 5 * 2 * kSize * kSize);
}

TEST(SoftwareRenderer, TwoTrianglesCoverWhatTheRectangleCovers) {
  int tried = 0;
  for (int step = 0; step < 64; ++step) {
    const float shift = static_cast<float>(step) / 64;
    const ImVec2 min(1 + shift, 2 - shift);
    const ImVec2 max(9.3F + shift, 7.7F + shift);
    Canvas rectangle(12, 10);
    rectangle.rectangle(min, max, kRed);
    rectangle.draw();
    Canvas triangles(12, 10);
    triangles.triangle(min, {max.x, min.y}, max, kRed);
    triangles.triangle(max, {min.x, max.y}, min, kRed);
    triangles.draw();
    EXPECT_EQ(triangles.picture(), rectangle.picture()) << shift;
    ++tried;
  }
  EXPECT_EQ(tried, 64);
}

TEST(SoftwareRenderer, WritesAPngAndNamesTheFileThatItCannotWrite) {
  const test::TemporaryDirectory directory;
  Canvas canvas(3, 2);
  const SoftwareRenderer& renderer = canvas.draw();
  const std::string path = (directory.path() / "a.png").string();
  ASSERT_FALSE(std::filesystem::exists(path));
  EXPECT_TRUE(renderer.write_png(path).ok());
  EXPECT_GT(std::filesystem::file_size(path), 50U);
  const Status refused = renderer.write_png((directory.path() / "no" / "such" / "folder.png").string());
  EXPECT_TRUE(refused.is(StatusCode::kIoError));
  EXPECT_NE(refused.to_string().find("folder.png"), std::string::npos);
}

}  // namespace
}  // namespace sediment::viz
