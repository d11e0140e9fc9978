#include "viz/panels/file_lane.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "engine/tools/printable.h"
#include "sim/base/plural.h"
#include "viz/draw/theme.h"

namespace sediment::viz {

using State = ByteSpan::State;

namespace {

bool is_letter(char byte) { return std::isgraph(static_cast<unsigned char>(byte)) != 0; }

// A letter as it is, zero as a dot, anything else in hexadecimal.
std::string shown_byte(char byte) {
  if (is_letter(byte)) return std::string(1, byte);
  if (byte == 0) return "·";
  if (byte == ' ') return "␣";
  return fmt::format("{:02x}", static_cast<unsigned char>(byte));
}

void draw_letter(const Canvas& canvas, const Area& cell, const CellSize& size, char byte, ImU32 colour, float opacity) {
  if (!size.has_letters()) return;
  const Fonts& fonts = canvas.fonts();
  const bool quiet = !is_letter(byte);
  constexpr float kLarge = 22;
  ImFont* const font = size.width >= kLarge && !quiet ? fonts.mono : fonts.mono_small;
  canvas.text_centred(cell.inset(-3), shown_byte(byte), faded(quiet ? colours().text_muted : colour, opacity), font);
}

// A band's colours stand for many bytes.
void draw_band(const Canvas& canvas, const FileView& file, const Cells& cells, float opacity) {
  const Area& inside = cells.inside();
  const float unit = inside.width / static_cast<float>(std::max<std::uint64_t>(1, cells.bytes()));
  for (const ByteSpan& span : file.spans) {
    const Area part{inside.x + unit * static_cast<float>(span.begin), inside.y,
                    std::max(1.0F, unit * static_cast<float>(span.size())), cells.size().height};
    if (span.state == State::kCached) {
      canvas.dashed_outline(part, faded(colours().warning, opacity));
      continue;
    }
    const float strength = span.state == State::kDurable ? 0.35F : 0.15F;
    canvas.fill(part, faded(mixed(colours().panel, colours().accent, strength), opacity), 2);
    if (span.state == State::kDurable) continue;
    canvas.line({part.x, part.bottom()}, {part.right(), part.bottom()}, faded(colours().warning, opacity), 1.5F);
  }
}

}  // namespace

Cells::Cells(const Area& inside, const CellSize& size, std::uint64_t bytes)
    : inside_(inside),
      size_(size),
      bytes_(bytes),
      in_row_(size.is_band()
                  ? std::max<std::uint64_t>(1, bytes)
                  : std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::max(0.0F, inside.width / size.width)))) {
  if (!size.is_band() && in_row_ > 8) in_row_ -= in_row_ % 8;  // a round number is easier to count
}

float Cells::height() const {
  if (size_.is_band()) return size_.height;
  const std::uint64_t rows = std::max<std::uint64_t>(1, (bytes_ + in_row_ - 1) / in_row_);
  return static_cast<float>(rows) * size_.height;
}

Area Cells::cell(std::uint64_t offset) const {
  if (size_.is_band()) {
    const float unit = inside_.width / static_cast<float>(in_row_);
    return {inside_.x + unit * static_cast<float>(offset), inside_.y, std::max(1.0F, unit), size_.height};
  }
  const float gap = size_.width > 4 ? 1 : 0;
  return {inside_.x + static_cast<float>(offset % in_row_) * size_.width,
          inside_.y + static_cast<float>(offset / in_row_) * size_.height, size_.width - gap, size_.height - gap};
}

std::optional<std::uint64_t> Cells::offset_at(Point point) const {
  if (point.x < inside_.x || point.y < inside_.y || bytes_ == 0) return std::nullopt;
  const float width = size_.is_band() ? inside_.width / static_cast<float>(in_row_) : size_.width;
  const auto column = static_cast<std::uint64_t>((point.x - inside_.x) / width);
  const auto row = static_cast<std::uint64_t>((point.y - inside_.y) / size_.height);
  const std::uint64_t offset = row * in_row_ + column;
  if (column >= in_row_ || offset >= bytes_) return std::nullopt;
  return offset;
}

void draw_byte(const Canvas& canvas, const Area& cell, const CellSize& size, char byte, State state, float opacity) {
  const bool durable = state == State::kDurable;
  const float strength = !durable ? 0.08F : byte == 0 ? 0.14F : 0.3F;
  canvas.fill(cell, faded(mixed(colours().panel, colours().accent, strength), opacity), size.has_letters() ? 2.0F : 0);
  draw_letter(canvas, cell, size, byte, durable ? colours().text : colours().text_muted, opacity);
  if (durable) return;
  canvas.line({cell.x, cell.bottom() - 0.5F}, {cell.right(), cell.bottom() - 0.5F}, faded(colours().warning, opacity),
              1.5F);
}

void draw_place(const Canvas& canvas, const Area& cell, ImU32 colour) {
  if (cell.width < 6 || cell.height < 6) {
    canvas.line({cell.x, cell.centre().y}, {cell.right(), cell.centre().y}, colour, 1);
  } else {
    canvas.outline(cell.inset(0.5F), colour, 2);
  }
}

void draw_cached_byte(const Canvas& canvas, const Area& cell, const CellSize& size, char byte, float opacity) {
  canvas.fill(cell, faded(mixed(colours().panel, colours().warning, 0.16F), opacity), size.has_letters() ? 2.0F : 0);
  draw_letter(canvas, cell, size, byte, colours().text, opacity);
}

void draw_file_cells(const Canvas& canvas, const FileView& file, const sim::FileState& state, const Cells& cells,
                     const Area& visible, float opacity) {
  if (cells.size().is_band()) return draw_band(canvas, file, cells, opacity);
  for (const ByteSpan& span : file.spans) {
    for (std::uint64_t offset = span.begin; offset < span.end; ++offset) {
      const Area cell = cells.cell(offset);
      if (cell.bottom() < visible.y || cell.y > visible.bottom()) continue;
      if (span.state == State::kCached) {
        draw_place(canvas, cell, faded(colours().outline_strong, opacity * 0.7F));
      } else {
        draw_byte(canvas, cell, cells.size(), state.durable[offset], span.state, opacity);
      }
    }
  }
}

std::string shown_name(std::string_view name) { return tools::printable(name); }

std::string told_sizes(const FileView& file) {
  std::string text = sim::plural(file.size, "byte");
  if (file.size == 0 && file.on_disk == 0) return "empty";
  if (file.durable() == file.size && file.on_disk == file.size) return text + ", all durable";
  text += fmt::format(", {} durable", file.durable());
  if (file.cached() > 0) text += fmt::format(", {} in the cache only", file.cached());
  if (file.on_disk > file.size) text += fmt::format("; the disk still has {}", sim::plural(file.on_disk, "byte"));
  return text;
}

std::string told_sizes_briefly(const FileView& file) {
  return fmt::format("{} of {} durable", file.durable(), sim::plural(file.size, "byte"));
}

}  // namespace sediment::viz
