#include "viz/platform/software_renderer.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace sediment::viz {
namespace {

// Positions are integers in units of 1/256 pixel. A pixel's centre is 128 units right of and below its corner.
constexpr int kSubpixels = 256;
constexpr int kCentre = kSubpixels / 2;

int to_subpixels(float pixels) {
  // Far outside any screen. The first comparison is also false for NaN.
  constexpr float kLimit = 1 << 20;
  const float inside = pixels > -kLimit ? std::min(pixels, kLimit) : -kLimit;
  return static_cast<int>(std::floor(inside * kSubpixels + 0.5F));
}

// The first pixel whose centre is at or after this position.
int first_pixel(int subpixels) { return (subpixels + kCentre - 1) >> 8; }

// Blends two colours: `source` with its alpha over an opaque `target`.
std::uint32_t blend(std::uint32_t target, std::uint32_t source) {
  const std::uint32_t alpha = source >> 24;
  const std::uint32_t rest = 255 - alpha;
  // Red and blue in one operation, 8 bits apart; (x + 128 + (x + 128) / 256) / 256 is x / 255, rounded.
  std::uint32_t red_blue = (source & 0xFF00FF) * alpha + (target & 0xFF00FF) * rest + 0x800080;
  red_blue = ((red_blue + ((red_blue >> 8) & 0xFF00FF)) >> 8) & 0xFF00FF;
  std::uint32_t green = ((source >> 8) & 0xFF) * alpha + ((target >> 8) & 0xFF) * rest + 0x80;
  green = ((green + (green >> 8)) >> 8) & 0xFF;
  return 0xFF000000 | red_blue | (green << 8);
}

// The colour if only `coverage`/255 of the pixel is covered.
std::uint32_t covered(std::uint32_t colour, int coverage) {
  const std::uint32_t alpha = ((colour >> 24) * static_cast<std::uint32_t>(coverage) + 127) / 255;
  return (colour & 0xFFFFFF) | (alpha << 24);
}

std::int64_t floor_divide(std::int64_t dividend, std::int64_t divisor) {  // divisor > 0
  const std::int64_t quotient = dividend / divisor;
  return dividend % divisor < 0 ? quotient - 1 : quotient;
}

// One edge of a triangle as a function of the position: not negative on the triangle's side. An edge at the top or at
// the left owns the pixel centres on it; any other edge is moved by one so that it does not.
struct Edge {
  std::int64_t value = 0;       // at the centre of the first pixel of the row
  std::int64_t right_step = 0;  // change from one pixel to the next on the right
  std::int64_t down_step = 0;   // change to the pixel below
  std::int64_t ownership = 0;   // 0, or -1 if the pixels on the edge belong to the neighbour

  Edge(int from_x, int from_y, int to_x, int to_y, int x, int y) {
    const std::int64_t dx = to_x - from_x;
    const std::int64_t dy = to_y - from_y;
    value = dx * (y - from_y) - dy * (x - from_x);
    right_step = -dy * kSubpixels;
    down_step = dx * kSubpixels;
    ownership = dy < 0 || (dy == 0 && dx > 0) ? 0 : -1;
  }

  // Narrows [left, right) to the pixels of this row that are on the triangle's side.
  void narrow(std::int64_t& left, std::int64_t& right) const {
    const std::int64_t here = value + ownership;
    if (right_step > 0) {
      left = std::max(left, -floor_divide(here, right_step));
    } else if (right_step < 0) {
      right = std::min(right, floor_divide(here, -right_step) + 1);
    } else if (here < 0) {
      right = left;
    }
  }
};

// A number that changes linearly over a triangle, such as the red of its colour: three values at the corners, each
// assigned to the opposite edge.
struct Gradient {
  double value;  // at the first pixel of the row
  double right_step;
  double down_step;

  Gradient(const Edge (&edges)[3], double area, double first, double second, double third)
      : value(weigh(edges[0].value, edges[1].value, edges[2].value, first, second, third) / area),
        right_step(weigh(edges[0].right_step, edges[1].right_step, edges[2].right_step, first, second, third) / area),
        down_step(weigh(edges[0].down_step, edges[1].down_step, edges[2].down_step, first, second, third) / area) {}

  double at(std::int64_t pixels) const { return value + right_step * static_cast<double>(pixels); }
  std::uint32_t colour_at(std::int64_t pixels) const {
    return static_cast<std::uint32_t>(std::clamp(at(pixels) + 0.5, 0.0, 255.0));
  }

 private:
  static double weigh(std::int64_t a, std::int64_t b, std::int64_t c, double first, double second, double third) {
    return static_cast<double>(a) * first + static_cast<double>(b) * second + static_cast<double>(c) * third;
  }
};

int channel(std::uint32_t colour, int shift) { return static_cast<int>((colour >> shift) & 0xFF); }

}  // namespace

void SoftwareRenderer::draw(const ImDrawData& data, const GlyphTexture& glyphs, ImU32 background) {
  width_ = static_cast<int>(data.DisplaySize.x);
  height_ = static_cast<int>(data.DisplaySize.y);
  pixels_.assign(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_), background | 0xFF000000);
  glyphs_ = glyphs;

  for (int i = 0; i < draw_list_count(data); ++i) {
    const ImDrawList& list = *data.CmdLists[i];
    for (const ImDrawCmd& command : list.CmdBuffer) {
      if (command.UserCallback != nullptr) continue;  // these call a graphics library
      clip_ = {std::max(0, static_cast<int>(command.ClipRect.x)), std::max(0, static_cast<int>(command.ClipRect.y)),
               std::min(width_, static_cast<int>(command.ClipRect.z)),
               std::min(height_, static_cast<int>(command.ClipRect.w))};
      const bool nothing_to_draw = command.ElemCount == 0 || clip_.left >= clip_.right || clip_.top >= clip_.bottom;
      if (nothing_to_draw) continue;  // then the buffers may not even exist
      const ImDrawVert* vertex = list.VtxBuffer.Data + command.VtxOffset;
      for (unsigned used = 0; used + 3 <= command.ElemCount; used += 3) {
        const ImDrawIdx* const index = list.IdxBuffer.Data + command.IdxOffset + used;
        // Most of what ImGui draws, such as every glyph, is upright rectangles of two triangles: a b c, a c d.
        const bool may_be_rectangle = used + 6 <= command.ElemCount && index[0] == index[3] && index[2] == index[4];
        if (may_be_rectangle &&
            draw_rectangle({vertex[index[0]], vertex[index[1]], vertex[index[2]], vertex[index[5]]})) {
          used += 3;
        } else {
          draw_triangle(vertex[index[0]], vertex[index[1]], vertex[index[2]]);
        }
      }
    }
  }
}

// Returns false and draws nothing unless these are the corners of an upright rectangle of one colour, clockwise from
// the upper left.
bool SoftwareRenderer::draw_rectangle(const ImDrawVert (&corners)[4]) {
  const ImDrawVert& upper_left = corners[0];
  const ImDrawVert& upper_right = corners[1];
  const ImDrawVert& lower_right = corners[2];
  const ImDrawVert& lower_left = corners[3];
  const bool upright = upper_left.pos.y == upper_right.pos.y && upper_right.pos.x == lower_right.pos.x &&
                       lower_right.pos.y == lower_left.pos.y && lower_left.pos.x == upper_left.pos.x &&
                       upper_left.pos.x <= lower_right.pos.x && upper_left.pos.y <= lower_right.pos.y;
  const bool one_colour =
      upper_left.col == upper_right.col && upper_left.col == lower_right.col && upper_left.col == lower_left.col;
  const bool texture_upright = upper_left.uv.y == upper_right.uv.y && upper_right.uv.x == lower_right.uv.x &&
                               lower_right.uv.y == lower_left.uv.y && lower_left.uv.x == upper_left.uv.x;
  if (!upright || !one_colour || !texture_upright) return false;

  const int left = std::max(clip_.left, first_pixel(to_subpixels(upper_left.pos.x)));
  const int top = std::max(clip_.top, first_pixel(to_subpixels(upper_left.pos.y)));
  const int right = std::min(clip_.right, first_pixel(to_subpixels(lower_right.pos.x)));
  const int bottom = std::min(clip_.bottom, first_pixel(to_subpixels(lower_right.pos.y)));
  if (left >= right || top >= bottom) return true;

  const ImU32 colour = upper_left.col;
  if (upper_left.uv.x == lower_right.uv.x && upper_left.uv.y == lower_right.uv.y) {
    const ImU32 plain = covered(colour, sample(upper_left.uv.x, upper_left.uv.y));
    for (int y = top; y < bottom; ++y) fill_row(y, left, right, plain);
    return true;
  }

  const float u_step = (lower_right.uv.x - upper_left.uv.x) / (lower_right.pos.x - upper_left.pos.x);
  const float v_step = (lower_right.uv.y - upper_left.uv.y) / (lower_right.pos.y - upper_left.pos.y);
  const float u_start = upper_left.uv.x + (static_cast<float>(left) + 0.5F - upper_left.pos.x) * u_step;
  const float v_start = upper_left.uv.y + (static_cast<float>(top) + 0.5F - upper_left.pos.y) * v_step;

  // A glyph on whole pixels is copied: each pixel is the centre of one of the texture's.
  const float column = u_start * static_cast<float>(glyphs_.width) - 0.5F;
  const float row = v_start * static_cast<float>(glyphs_.height) - 0.5F;
  const auto is_whole = [](float number) { return std::abs(number - std::round(number)) < 1.0F / 64; };
  const bool same_size = std::abs(u_step * static_cast<float>(glyphs_.width) - 1) < 1.0F / 4096 &&
                         std::abs(v_step * static_cast<float>(glyphs_.height) - 1) < 1.0F / 4096;
  const bool copied = same_size && is_whole(column) && is_whole(row);
  const int first_column = static_cast<int>(std::round(column));
  const int first_row = static_cast<int>(std::round(row));

  for (int y = top; y < bottom; ++y) {
    std::uint32_t* pixel = pixels_.data() + static_cast<std::ptrdiff_t>(y) * width_ + left;
    const float v = v_start + static_cast<float>(y - top) * v_step;
    for (int x = left; x < right; ++x, ++pixel) {
      const int coverage = copied ? coverage_at(first_column + x - left, first_row + y - top)
                                  : sample(u_start + static_cast<float>(x - left) * u_step, v);
      if (coverage > 0) *pixel = blend(*pixel, covered(colour, coverage));
    }
  }
  return true;
}

void SoftwareRenderer::draw_triangle(const ImDrawVert& first, const ImDrawVert& second, const ImDrawVert& third) {
  const ImDrawVert* a = &first;
  const ImDrawVert* b = &second;
  const ImDrawVert* c = &third;
  int ax = to_subpixels(a->pos.x), ay = to_subpixels(a->pos.y);
  int bx = to_subpixels(b->pos.x), by = to_subpixels(b->pos.y);
  int cx = to_subpixels(c->pos.x), cy = to_subpixels(c->pos.y);
  std::int64_t area = static_cast<std::int64_t>(bx - ax) * (cy - ay) - static_cast<std::int64_t>(by - ay) * (cx - ax);
  if (area == 0) return;
  if (area < 0) {  // the other orientation: ImGui draws both
    std::swap(b, c);
    std::swap(bx, cx);
    std::swap(by, cy);
    area = -area;
  }

  const int left = std::max(clip_.left, first_pixel(std::min({ax, bx, cx})));
  const int right = std::min(clip_.right, first_pixel(std::max({ax, bx, cx})) + 1);
  const int top = std::max(clip_.top, first_pixel(std::min({ay, by, cy})));
  const int bottom = std::min(clip_.bottom, first_pixel(std::max({ay, by, cy})) + 1);
  if (left >= right || top >= bottom) return;

  const int x = left * kSubpixels + kCentre;
  const int y = top * kSubpixels + kCentre;
  Edge edges[3] = {Edge(bx, by, cx, cy, x, y), Edge(cx, cy, ax, ay, x, y), Edge(ax, ay, bx, by, x, y)};

  // Calls draw_row(y, from, to) with the triangle's pixels in each row, then moves the edges to the next row.
  const auto for_each_row = [&](const auto& draw_row) {
    for (int row = top; row < bottom; ++row) {
      std::int64_t from = 0;
      std::int64_t to = right - left;
      for (const Edge& edge : edges) edge.narrow(from, to);
      draw_row(row, from, to);
      for (Edge& edge : edges) edge.value += edge.down_step;
    }
  };
  const auto pixels_of = [&](int row) { return pixels_.data() + static_cast<std::ptrdiff_t>(row) * width_ + left; };
  const auto gradient = [&, real_area = static_cast<double>(area)](double at_a, double at_b, double at_c) {
    return Gradient(edges, real_area, at_a, at_b, at_c);
  };
  const auto channel_gradient = [&](int shift) {
    return gradient(channel(a->col, shift), channel(b->col, shift), channel(c->col, shift));
  };

  const bool one_sample = a->uv.x == b->uv.x && a->uv.x == c->uv.x && a->uv.y == b->uv.y && a->uv.y == c->uv.y;
  const bool one_hue = ((a->col ^ b->col) & 0xFFFFFF) == 0 && ((a->col ^ c->col) & 0xFFFFFF) == 0;
  const bool one_colour = a->col == b->col && a->col == c->col;
  const int coverage = one_sample ? sample(a->uv.x, a->uv.y) : 0;
  if (one_sample && one_colour) {
    const ImU32 colour = covered(a->col, coverage);
    for_each_row([&](int row, std::int64_t from, std::int64_t to) {
      if (from < to) fill_row(row, left + static_cast<int>(from), left + static_cast<int>(to), colour);
    });
  } else if (one_sample && one_hue && coverage == 255) {
    // ImGui smooths an edge by fading the colour out: only alpha changes.
    const ImU32 hue = a->col & 0xFFFFFF;
    Gradient alpha = channel_gradient(24);
    for_each_row([&](int row, std::int64_t from, std::int64_t to) {
      std::uint32_t* const pixels = pixels_of(row);
      for (std::int64_t i = from; i < to; ++i) pixels[i] = blend(pixels[i], hue | (alpha.colour_at(i) << 24));
      alpha.value += alpha.down_step;
    });
  } else {
    Gradient channels[4] = {channel_gradient(0), channel_gradient(8), channel_gradient(16), channel_gradient(24)};
    Gradient u = gradient(a->uv.x, b->uv.x, c->uv.x);
    Gradient v = gradient(a->uv.y, b->uv.y, c->uv.y);
    for_each_row([&](int row, std::int64_t from, std::int64_t to) {
      std::uint32_t* const pixels = pixels_of(row);
      for (std::int64_t i = from; i < to; ++i) {
        ImU32 colour = a->col;
        if (!one_colour) {
          colour = channels[0].colour_at(i) | (channels[1].colour_at(i) << 8) | (channels[2].colour_at(i) << 16) |
                   (channels[3].colour_at(i) << 24);
        }
        const int part = one_sample ? coverage : sample(static_cast<float>(u.at(i)), static_cast<float>(v.at(i)));
        pixels[i] = blend(pixels[i], covered(colour, part));
      }
      for (Gradient* each : {&channels[0], &channels[1], &channels[2], &channels[3], &u, &v})
        each->value += each->down_step;
    });
  }
}

void SoftwareRenderer::fill_row(int y, int left, int right, ImU32 colour) {
  const std::uint32_t alpha = colour >> 24;
  if (alpha == 0) return;
  std::uint32_t* const row = pixels_.data() + static_cast<std::ptrdiff_t>(y) * width_;
  if (alpha == 255) {
    std::fill(row + left, row + right, colour);
  } else {
    for (int x = left; x < right; ++x) row[x] = blend(row[x], colour);
  }
}

int SoftwareRenderer::coverage_at(int column, int row) const {
  const int inside_column = std::clamp(column, 0, glyphs_.width - 1);
  const int inside_row = std::clamp(row, 0, glyphs_.height - 1);
  const int pixel = inside_row * glyphs_.width + inside_column;
  return glyphs_.bytes[static_cast<std::ptrdiff_t>(pixel) * glyphs_.bytes_per_pixel + glyphs_.bytes_per_pixel - 1];
}

// The texture between the centres of its pixels: weighted by the distance to the four around, in steps of 1/256.
int SoftwareRenderer::sample(float u, float v) const {
  const auto x = static_cast<int>(std::floor((u * static_cast<float>(glyphs_.width) - 0.5F) * 256 + 0.5F));
  const auto y = static_cast<int>(std::floor((v * static_cast<float>(glyphs_.height) - 0.5F) * 256 + 0.5F));
  const int column = x >> 8, row = y >> 8;
  const int right = x & 255, down = y & 255;
  if (right == 0 && down == 0) return coverage_at(column, row);
  const int above = coverage_at(column, row) * (256 - right) + coverage_at(column + 1, row) * right;
  const int below = coverage_at(column, row + 1) * (256 - right) + coverage_at(column + 1, row + 1) * right;
  return (above * (256 - down) + below * down + 32768) >> 16;
}

}  // namespace sediment::viz
