// Draws what ImGui collected into memory: no window, no graphics library, and the same pixels on every machine.
//
// It makes the visualizer's pictures and videos, and serves its tests. Positions are rounded to 1/256 of a pixel, and
// integer arithmetic decides which pixels belong to a triangle, so two triangles with a common edge touch each pixel on
// it exactly once. Colours are interpolated in double precision without fused operations (see CMakeLists.txt), with the
// same result from every compiler.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/status.h"
#include "viz/draw/imgui_compat.h"

namespace sediment::viz {

class SoftwareRenderer {
 public:
  /// Draws a frame of data.DisplaySize pixels over this colour (as ImU32: IM_COL32(…)).
  void draw(const ImDrawData& data, const GlyphTexture& glyphs, ImU32 background);

  int width() const { return width_; }
  int height() const { return height_; }
  /// Row by row from the top; each pixel is the bytes red, green, blue, 255.
  const std::vector<std::uint32_t>& pixels() const { return pixels_; }

  /// kIoError
  Status write_png(const std::string& path) const;

 private:
  struct Box {
    int left, top, right, bottom;  // pixels; right and bottom are not part of it
  };

  bool draw_rectangle(const ImDrawVert (&corners)[4]);
  void draw_triangle(const ImDrawVert& first, const ImDrawVert& second, const ImDrawVert& third);
  void fill_row(int y, int left, int right, ImU32 colour);
  int coverage_at(int column, int row) const;
  int sample(float u, float v) const;

  int width_ = 0;
  int height_ = 0;
  std::vector<std::uint32_t> pixels_;
  GlyphTexture glyphs_;
  Box clip_{};  // of the current drawing command
};

}  // namespace sediment::viz
