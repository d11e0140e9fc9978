// Drawing in units (fonts.h) on ImGui's draw list: the few shapes that the pictures are made of.
#pragma once

#include <string>
#include <string_view>

#include "viz/draw/fonts.h"
#include "viz/draw/theme.h"

namespace sediment::viz {

struct Point {
  float x = 0;
  float y = 0;
};

struct Area {
  float x = 0;
  float y = 0;
  float width = 0;
  float height = 0;

  float right() const { return x + width; }
  float bottom() const { return y + height; }
  bool contains(Point point) const { return point.x >= x && point.x < right() && point.y >= y && point.y < bottom(); }
  Point centre() const { return {x + width / 2, y + height / 2}; }
  Area inset(float by) const { return {x + by, y + by, width - 2 * by, height - 2 * by}; }
};

Area between(const Area& from, const Area& to, float amount);
/// Maps 0 to 1 to a gentle curve that starts and ends slowly.
float eased(float progress);
/// Rises from 0 to 1 in the middle, and falls back to 0.
float pulse(float progress);

class Canvas {
 public:
  explicit Canvas(const Fonts& fonts) : fonts_(fonts), list_(ImGui::GetWindowDrawList()) {}

  const Fonts& fonts() const { return fonts_; }
  float scale() const { return fonts_.scale; }
  ImVec2 pixels(Point point) const { return {point.x * scale(), point.y * scale()}; }

  void fill(const Area& area, ImU32 colour, float rounding = 0) const;
  void outline(const Area& area, ImU32 colour, float rounding = 0, float thickness = 1) const;
  void dashed_outline(const Area& area, ImU32 colour, float thickness = 1) const;
  /// Diagonal stripes.
  void hatch(const Area& area, ImU32 colour) const;
  /// Like a picture without reception: these bytes are not what they were. The same area always looks the same.
  void noise(const Area& area, ImU32 colour) const;
  /// A zigzag down from this point: something was torn here.
  void jag(Point top, float height, ImU32 colour) const;
  void line(Point from, Point to, ImU32 colour, float thickness = 1) const;
  /// An S-shaped curve from top to bottom.
  void curve(Point from, Point to, ImU32 colour, float thickness = 1) const;
  /// Along such a curve, ever narrower or wider; at its end its colour has this fraction of its opacity.
  void ribbon(Point from, float width, Point to, float end_width, ImU32 colour, float end_opacity = 1) const;
  void cross(const Area& area, ImU32 colour, float thickness) const;
  void dot(Point centre, float radius, ImU32 colour) const;
  void ring(Point centre, float radius, ImU32 colour, float thickness = 1) const;
  void tick_box(const Area& box, bool ticked, ImU32 colour, float thickness = 1) const;
  void triangle(Point a, Point b, Point c, ImU32 colour) const;

  /// Where the mouse is, in units.
  Point mouse() const;

  // Characters that no font has are written as code points (characters.h).
  float width_of(std::string_view text, ImFont* font) const;
  float height_of(ImFont* font) const;
  void text(Point top_left, std::string_view text, ImU32 colour, ImFont* font) const;
  /// Shortens the text, with … at its end, if it is wider than `width`.
  void text_within(Point top_left, float width, std::string_view text, ImU32 colour, ImFont* font) const;
  /// What text_within would draw.
  std::string fitting(std::string_view text, float width, ImFont* font) const;
  /// Centred, and shortened if it is too wide. Draws nothing if not even two letters fit.
  void text_centred(const Area& area, std::string_view text, ImU32 colour, ImFont* font) const;
  /// Several lines; returns the height that they take.
  float text_wrapped(Point top_left, float width, std::string_view text, ImU32 colour, ImFont* font) const;
  float height_wrapped(float width, std::string_view text, ImFont* font) const;

  /// Until pop_clip, everything is clipped to this area.
  void push_clip(const Area& area) const;
  void pop_clip() const { list_->PopClipRect(); }

 private:
  std::string shortened(std::string_view text, float width, ImFont* font) const;
  float width_of_readable(std::string_view text, ImFont* font) const;
  void draw_text(Point top_left, std::string_view shown, ImU32 colour, ImFont* font, std::string_view whole) const;
  void note_drawn(const Area& area, std::string_view shown, bool is_cut) const;
  void note_pointed(const Area& area, std::string_view whole) const;

  const Fonts& fonts_;
  ImDrawList* list_;
};

/// Draws a panel's frame and title; returns the area left for the panel.
Area draw_panel(const Canvas& canvas, const Area& area, std::string_view title);

}  // namespace sediment::viz
