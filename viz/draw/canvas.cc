#include "viz/draw/canvas.h"

#include <algorithm>
#include <cfloat>
#include <cmath>

#include "viz/draw/characters.h"
#include "viz/draw/drawn_texts.h"
#include "viz/draw/pointed_text.h"

namespace sediment::viz {

namespace {

constexpr float kPanelRounding = 10;
constexpr float kHatchSpacing = 6;
constexpr float kDash = 4;

float mix(float from, float to, float amount) { return from + (to - from) * amount; }

// Something opaque covers this: texts that are wholly under it are not on the screen any more.
void note_cover(ImVec2 min, ImVec2 max, ImU32 colour) {
  std::vector<DrawnText>* const texts = drawn_texts();
  if (texts == nullptr || (colour >> IM_COL32_A_SHIFT) < 255 || max.x - min.x < 1 || max.y - min.y < 1) return;
  const auto is_under = [&](const DrawnText& text) {
    return text.min.x >= min.x && text.min.y >= min.y && text.max.x <= max.x && text.max.y <= max.y;
  };
  texts->erase(std::remove_if(texts->begin(), texts->end(), is_under), texts->end());
  for (DrawnText& text : *texts) {
    const float margin = (text.max.y - text.min.y) / 4;  // a line is higher than its letters
    const bool apart = text.max.x - 1 <= min.x || text.min.x + 1 >= max.x || text.max.y - margin <= min.y ||
                       text.min.y + margin >= max.y;
    text.covered = text.covered || !apart;
  }
}

}  // namespace

Area between(const Area& from, const Area& to, float amount) {
  return {mix(from.x, to.x, amount), mix(from.y, to.y, amount), mix(from.width, to.width, amount),
          mix(from.height, to.height, amount)};
}

float eased(float progress) {
  progress = std::clamp(progress, 0.0F, 1.0F);
  return progress * progress * (3 - 2 * progress);
}

float pulse(float progress) { return 4 * std::clamp(progress, 0.0F, 1.0F) * (1 - std::clamp(progress, 0.0F, 1.0F)); }

void Canvas::fill(const Area& area, ImU32 colour, float rounding) const {
  note_cover(pixels({area.x, area.y}), pixels({area.right(), area.bottom()}), colour);
  list_->AddRectFilled(pixels({area.x, area.y}), pixels({area.right(), area.bottom()}), colour, rounding * scale());
}

void Canvas::outline(const Area& area, ImU32 colour, float rounding, float thickness) const {
  draw_rectangle(list_, pixels({area.x, area.y}), pixels({area.right(), area.bottom()}), colour, rounding * scale(),
                 thickness * scale());
}

void Canvas::dashed_outline(const Area& area, ImU32 colour, float thickness) const {
  const auto dashes = [&](Point from, Point to) {
    const float length = std::abs(to.x - from.x) + std::abs(to.y - from.y);
    const auto at = [&](float way) {
      const float part = std::min(way / length, 1.0F);
      return Point{mix(from.x, to.x, part), mix(from.y, to.y, part)};
    };
    const int count = static_cast<int>(std::ceil(length / (2 * kDash)));
    for (int i = 0; i < count; ++i) {
      const float start = 2 * kDash * static_cast<float>(i);
      line(at(start), at(start + kDash), colour, thickness);
    }
  };
  dashes({area.x, area.y}, {area.right(), area.y});
  dashes({area.right(), area.y}, {area.right(), area.bottom()});
  dashes({area.right(), area.bottom()}, {area.x, area.bottom()});
  dashes({area.x, area.bottom()}, {area.x, area.y});
}

void Canvas::hatch(const Area& area, ImU32 colour) const {
  // Each stripe is clipped to the area by hand: a clip rectangle per record would break up ImGui's batches.
  const int count = static_cast<int>(std::ceil((area.width + area.height) / kHatchSpacing));
  for (int i = 0; i < count; ++i) {
    const float start = area.x - area.height + kHatchSpacing * (static_cast<float>(i) + 0.5F);
    const float from = std::max(start, area.x);
    const float to = std::min(start + area.height, area.right());
    if (from < to) line({from, area.bottom() - (from - start)}, {to, area.bottom() - (to - start)}, colour);
  }
}

void Canvas::noise(const Area& area, ImU32 colour) const {
  constexpr float kMostGrains = 900;  // in a large area they are larger
  const float grain = std::max(area.height < 20 ? 2.0F : 3.0F, std::sqrt(area.width * area.height / kMostGrains));
  std::uint32_t random = 1;
  // NOLINTBEGIN(clang-analyzer-security.FloatLoopCounter): pixels, far below where a float stops counting
  for (float y = area.y; y < area.bottom(); y += grain) {
    for (float x = area.x; x < area.right(); x += grain) {
      // NOLINTEND(clang-analyzer-security.FloatLoopCounter)
      random = random * 1664525 + 1013904223;
      if (random >> 30 != 0) continue;
      fill({x, y, std::min(grain, area.right() - x), std::min(grain, area.bottom() - y)}, colour);
    }
  }
}

void Canvas::jag(Point top, float height, ImU32 colour) const {
  constexpr float kTooth = 4;
  Point at = top;
  bool out = true;
  while (at.y < top.y + height) {
    const Point next{top.x + (out ? kTooth : 0), std::min(at.y + kTooth, top.y + height)};
    line(at, next, colour, 1.5F);
    at = next;
    out = !out;
  }
}

void Canvas::line(Point from, Point to, ImU32 colour, float thickness) const {
  list_->AddLine(pixels(from), pixels(to), colour, thickness * scale());
}

void Canvas::curve(Point from, Point to, ImU32 colour, float thickness) const {
  const float bend = (to.y - from.y) / 2;
  list_->AddBezierCubic(pixels(from), pixels({from.x, from.y + bend}), pixels({to.x, to.y - bend}), pixels(to), colour,
                        thickness * scale());
}

// Slices of three parts: what it fills, and at each side an edge of a pixel that fades out.
void Canvas::ribbon(Point from, float width, Point to, float end_width, ImU32 colour, float end_opacity) const {
  constexpr int kSlices = 32;
  constexpr unsigned kCorners = 4;  // between two slices
  const float bend = (to.y - from.y) / 2;
  const ImVec2 white = ImGui::GetFontTexUvWhitePixel();
  list_->PrimReserve(kSlices * (kCorners - 1) * 6, (kSlices + 1) * static_cast<int>(kCorners));
  for (int slice = 0; slice <= kSlices; ++slice) {
    const float t = static_cast<float>(slice) / kSlices;
    const float s = 1 - t;
    const float along = t * t * (3 - 2 * t);
    const Point centre{from.x + (to.x - from.x) * along,
                       from.y + bend * (3 * s * s * t + 3 * s * t * t + 2 * t * t * t)};
    const Point way{6 * s * t * (to.x - from.x), 3 * bend * (s * s + t * t)};
    const float length = std::max(0.001F, std::hypot(way.x, way.y));
    const Point across{-way.y / length, way.x / length};
    const float half = (width * s + end_width * t) / 2;
    const float edge = 0.5F / scale();
    const ImU32 inner = faded(colour, s + end_opacity * t);
    const unsigned first = list_->_VtxCurrentIdx;
    for (const auto& [offset, shade] : {std::pair{-half - edge, faded(colour, 0)},
                                        {std::min(0.0F, edge - half), inner},
                                        {std::max(0.0F, half - edge), inner},
                                        {half + edge, faded(colour, 0)}}) {
      list_->PrimWriteVtx(pixels({centre.x + across.x * offset, centre.y + across.y * offset}), white, shade);
    }
    for (unsigned i = first; slice < kSlices && i + 1 < first + kCorners; ++i) {
      for (const unsigned corner : {i, i + 1, i + 1 + kCorners, i, i + 1 + kCorners, i + kCorners}) {
        list_->PrimWriteIdx(static_cast<ImDrawIdx>(corner));
      }
    }
  }
}

void Canvas::cross(const Area& area, ImU32 colour, float thickness) const {
  line({area.x, area.y}, {area.right(), area.bottom()}, colour, thickness);
  line({area.right(), area.y}, {area.x, area.bottom()}, colour, thickness);
}

void Canvas::dot(Point centre, float radius, ImU32 colour) const {
  list_->AddCircleFilled(pixels(centre), radius * scale(), colour, 16);
}

void Canvas::ring(Point centre, float radius, ImU32 colour, float thickness) const {
  list_->AddCircle(pixels(centre), radius * scale(), colour, 16, thickness * scale());
}

void Canvas::tick_box(const Area& box, bool ticked, ImU32 colour, float thickness) const {
  outline(box, colour, 3, thickness);
  if (!ticked) return;
  const auto at = [&](float x, float y) { return Point{box.x + box.width * x, box.y + box.height * y}; };
  line(at(0.25F, 0.5F), at(0.42F, 0.75F), colour, 2);
  line(at(0.42F, 0.75F), at(0.83F, 0.25F), colour, 2);
}

void Canvas::triangle(Point a, Point b, Point c, ImU32 colour) const {
  list_->AddTriangleFilled(pixels(a), pixels(b), pixels(c), colour);
}

Point Canvas::mouse() const {
  const ImVec2 at = ImGui::GetIO().MousePos;
  return {at.x / scale(), at.y / scale()};
}

float Canvas::width_of(std::string_view text, ImFont* font) const {
  if (!is_ascii(text)) return width_of_readable(readable(text, font), font);
  return width_of_readable(text, font);
}

float Canvas::width_of_readable(std::string_view text, ImFont* font) const {
  return font->CalcTextSizeA(font_size(font), FLT_MAX, 0, text.data(), text.data() + text.size()).x / scale();
}

float Canvas::height_of(ImFont* font) const { return font_size(font) / scale(); }

void Canvas::text(Point top_left, std::string_view text, ImU32 colour, ImFont* font) const {
  if (!is_ascii(text)) return draw_text(top_left, readable(text, font), colour, font, text);
  draw_text(top_left, text, colour, font, text);
}

// `shown`, of which `whole` is the original.
void Canvas::draw_text(Point top_left, std::string_view shown, ImU32 colour, ImFont* font,
                       std::string_view whole) const {
  const ImVec2 at = pixels(top_left);
  list_->AddText(font, font_size(font), {std::round(at.x), std::round(at.y)}, colour, shown.data(),
                 shown.data() + shown.size());
  const float height = height_of(font);
  if (drawn_texts() != nullptr) {
    note_drawn({top_left.x, top_left.y, width_of_readable(shown, font), height}, shown, shown.ends_with("…"));
  }
  const Point pointer = mouse();
  // Most texts are not on the pointer's line, so only few are measured.
  if (pointer.y < top_left.y || pointer.y >= top_left.y + height || pointer.x < top_left.x) return;
  note_pointed({top_left.x, top_left.y, width_of_readable(shown, font), height}, whole);
}

void Canvas::note_drawn(const Area& area, std::string_view shown, bool is_cut) const {
  const ImVec2 min = pixels({area.x, area.y});
  const ImVec2 max = pixels({area.right(), area.bottom()});
  const ImVec2 clip_min = list_->GetClipRectMin();
  const ImVec2 clip_max = list_->GetClipRectMax();
  const ImVec2 seen_min{std::max(min.x, clip_min.x), std::max(min.y, clip_min.y)};
  const ImVec2 seen_max{std::min(max.x, clip_max.x), std::min(max.y, clip_max.y)};
  if (shown.empty() || seen_min.x >= seen_max.x || seen_min.y >= seen_max.y) return;
  const bool is_clipped = seen_max.x - seen_min.x < max.x - min.x - 1 || seen_max.y - seen_min.y < max.y - min.y - 1;
  drawn_texts()->push_back({seen_min, seen_max, std::string(shown), is_cut || is_clipped});
}

void Canvas::note_pointed(const Area& area, std::string_view whole) const {
  const ImVec2 pointer = ImGui::GetIO().MousePos;
  const ImVec2 clip_min = list_->GetClipRectMin();
  const ImVec2 clip_max = list_->GetClipRectMax();
  const bool visible = pointer.x >= clip_min.x && pointer.x < clip_max.x && pointer.y >= clip_min.y &&
                       pointer.y < clip_max.y && area.contains(mouse());
  if (visible) pointed_text() = whole;
}

// Of a readable text.
std::string Canvas::shortened(std::string_view text, float width, ImFont* font) const {
  if (width_of_readable(text, font) <= width) return std::string(text);
  std::string shorter(text);
  while (!shorter.empty() && width_of_readable(shorter + "…", font) > width) {
    do {
      shorter.pop_back();  // a whole UTF-8 character
    } while (!shorter.empty() && (static_cast<unsigned char>(text[shorter.size()]) & 0xc0) == 0x80);
  }
  return shorter.empty() ? shorter : shorter + "…";
}

std::string Canvas::fitting(std::string_view text, float width, ImFont* font) const {
  return shortened(readable(text, font), width, font);
}

void Canvas::text_within(Point top_left, float width, std::string_view text, ImU32 colour, ImFont* font) const {
  draw_text(top_left, fitting(text, width, font), colour, font, text);
}

void Canvas::text_centred(const Area& area, std::string_view text, ImU32 colour, ImFont* font) const {
  const std::string whole = readable(text, font);
  const std::string fitting = shortened(whole, area.width, font);
  if (fitting != whole && fitting.size() < 5) return;  // shorter than "ab…": … has three bytes
  const float width = width_of_readable(fitting, font);
  draw_text({area.x + (area.width - width) / 2, area.y + (area.height - height_of(font)) / 2}, fitting, colour, font,
            text);
}

float Canvas::text_wrapped(Point top_left, float width, std::string_view text, ImU32 colour, ImFont* font) const {
  const std::string whole = readable(text, font);
  list_->AddText(font, font_size(font), pixels(top_left), colour, whole.data(), whole.data() + whole.size(),
                 width * scale());
  const float height = height_wrapped(width, text, font);
  if (drawn_texts() != nullptr) note_drawn({top_left.x, top_left.y, width, height}, whole, false);
  note_pointed({top_left.x, top_left.y, width, height}, text);
  return height;
}

float Canvas::height_wrapped(float width, std::string_view text, ImFont* font) const {
  const std::string whole = readable(text, font);
  const char* end = whole.data() + whole.size();
  return font->CalcTextSizeA(font_size(font), FLT_MAX, width * scale(), whole.data(), end).y / scale();
}

void Canvas::push_clip(const Area& area) const {
  list_->PushClipRect(pixels({area.x, area.y}), pixels({area.right(), area.bottom()}), true);
}

Area draw_panel(const Canvas& canvas, const Area& area, std::string_view title) {
  constexpr float kPadding = 12;
  constexpr float kTitleHeight = 30;
  canvas.fill(area, colours().panel, kPanelRounding);
  canvas.outline(area, colours().outline, kPanelRounding);
  if (title.empty()) return area.inset(kPadding);
  canvas.text({area.x + kPadding, area.y + 9}, title, colours().text_muted, canvas.fonts().strong);
  return {area.x + kPadding, area.y + kTitleHeight, area.width - 2 * kPadding, area.height - kTitleHeight - kPadding};
}

}  // namespace sediment::viz
