#include "viz/panels/stage_blocks.h"

#include <algorithm>

#include "viz/panels/colours.h"

namespace sediment::viz {

namespace {

// In smaller letters, if it is too long for these; or else its first letters.
void draw_key(const Canvas& canvas, const Area& line, const std::string& key, ImU32 colour, ImFont* font) {
  const Fonts& fonts = canvas.fonts();
  for (ImFont* const each : {font, fonts.small, fonts.mono_small}) {
    if (canvas.width_of(shown(key), each) > line.width) continue;
    return canvas.text_centred(line, shown(key), colour, each);
  }
  const std::string letters = first_letters(key, 2);
  if (canvas.width_of(letters, fonts.small) <= line.width) {
    canvas.text_centred(line, letters, colour, fonts.small);
  }
}

}  // namespace

void draw_block(const Canvas& canvas, const Area& area, const RecordView& record, const BlockLook& look) {
  const Fonts& fonts = canvas.fonts();
  const bool durable = look.durable;
  const float opacity = look.opacity;
  const KeyShades& shades = record.key.empty() && record.value.empty() ? accent_shades() : shades_of(record.key);
  const bool tiny = area.width < 6 || area.height < 9;
  constexpr float kLargeEnough = 1.75F;
  const bool large = area.height >= 44 && look.byte_width >= kLargeEnough;
  const bool huge = area.height >= 80 && large;
  ImFont* const key_font = huge ? fonts.title : large ? fonts.lead : fonts.small;
  const float rounding = tiny ? 0 : 4;
  if (record.corrupt) {
    canvas.fill(area, faded(mixed(colours().panel, colours().damage, tiny ? 1 : 0.18F), opacity));
    if (tiny) return;
    canvas.noise(area, faded(colours().damage, opacity * 0.5F));
    canvas.outline(area, faded(colours().damage, opacity), 0, 2);
    const bool two_lines = area.height >= 34 && record.was_known;
    const auto line = [&](float middle, const std::string& text, ImFont* font) {
      const float width = std::min(canvas.width_of(text, font) + 8, area.width - 4);
      const float height = canvas.height_of(font) + 1;
      const Area plate{area.centre().x - width / 2, middle - height / 2, width, height};
      if (width > 24) canvas.fill(plate, faded(colours().panel, opacity * 0.85F), 3);
      canvas.text_centred(plate, text, faded(colours().text, opacity), font);
    };
    if (area.height < kLabelled) return;
    line(two_lines ? area.y + area.height * 0.32F : area.centre().y, "corrupt", key_font);
    if (two_lines) line(area.y + area.height * 0.72F, "was " + shown(record.key), fonts.mono_small);
    return;
  }
  if (record.torn()) {
    canvas.fill(area, faded(mixed(colours().panel, colours().bad, 0.35F), opacity));
    if (tiny) return;
    canvas.jag({area.right() - 4, area.y}, area.height, faded(colours().bad, opacity));
    canvas.text_centred(area.inset(2), "torn", faded(colours().text, opacity), key_font);
    return;
  }
  if (record.type == RecordType::kTombstone) {
    const ImU32 cross = record.superseded ? mixed(colours().panel, colours().bad, 0.5F) : colours().bad;
    canvas.fill(area, faded(durable ? colours().raised : colours().panel, opacity), rounding);
    if (tiny) return;
    durable ? canvas.outline(area, faded(cross, opacity), rounding, 1.5F)
            : canvas.dashed_outline(area, faded(cross, opacity), 1.5F);
    const float size = std::min({9.0F, area.height - 6, area.width - 6});
    const bool labelled = area.height > 18 && canvas.width_of(shown(record.key), key_font) < area.width - 21;
    const Point c = labelled ? Point{area.x + 10, area.centre().y} : area.centre();
    canvas.cross({c.x - size / 2, c.y - size / 2, size, size}, faded(cross, opacity), 2);
    if (labelled) {
      canvas.text_centred({area.x + 17, area.y, area.width - 19, area.height}, shown(record.key),
                          faded(record.superseded ? colours().text_muted : colours().text, opacity), key_font);
    }
    return;
  }

  const ImU32 fill = record.superseded ? (durable ? shades.old_fill : shades.old_cached_fill)
                     : durable         ? shades.fill
                                       : shades.cached_fill;
  const ImU32 text = record.superseded ? shades.old_text : durable ? shades.text : shades.cached_text;
  canvas.fill(area, faded(fill, opacity), rounding);
  if (tiny) return;
  if (record.superseded) canvas.hatch(area.inset(1), faded(shades.hatch, opacity));
  if (!durable) canvas.dashed_outline(area, faded(shades.line, opacity), 1.2F);
  if (area.height < 17) return;
  const bool two_lines = area.height >= 34 && !record.value.empty();
  const Area line{area.x + 2, area.y, area.width - 4, two_lines ? area.height / 2 + 3 : area.height};
  draw_key(canvas, line, record.key, faded(text, opacity), key_font);
  if (two_lines) {
    canvas.text_centred({line.x, line.y + area.height / 2 - 2, line.width, area.height / 2}, shown(record.value),
                        faded(text, opacity), large ? fonts.mono : fonts.mono_small);
  }
}

void draw_marks(const Canvas& canvas, const Area& area, const RecordView& record, float opacity) {
  const bool tiny = area.width < 6 || area.height < 9;
  if (record.fate == Fate::kKept || record.recovered) {
    canvas.fill({area.x, area.bottom() - (tiny ? 1.0F : 3.0F), area.width, tiny ? 1.0F : 3.0F},
                faded(colours().good, opacity));
  }
  if (record.fate == Fate::kDropped && !tiny) {
    canvas.line({area.x, area.centre().y}, {area.right(), area.centre().y}, faded(colours().warning, opacity * 0.8F),
                1.5F);
  }
}

void draw_small_corrupt(const Canvas& canvas, const Area& area, float opacity) {
  if (area.height >= kLabelled && area.width >= kLabelled) return;
  canvas.fill(area.inset(-4), faded(colours().background, opacity), 3);
  canvas.outline(area.inset(-4), faded(colours().damage, opacity), 3, 2);
  canvas.fill(area.inset(-1), faded(colours().damage, opacity));
}

std::string first_letters(const std::string& key, std::size_t most) {
  const std::string text = shown(key);
  std::size_t end = 0;
  for (std::size_t letters = 0; end < text.size(); ++end) {
    const bool begins = (static_cast<unsigned char>(text[end]) & 0xc0U) != 0x80;
    if (begins && letters++ == most) break;
  }
  return text.substr(0, end);
}

}  // namespace sediment::viz
