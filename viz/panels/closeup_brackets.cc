// Below the row of the record close up: brackets for what each checksum covers; and, in words, what the record and the
// chosen field are.
#include <fmt/format.h>

#include <algorithm>

#include "viz/panels/closeup_picture.h"

namespace sediment::viz {

void CloseUpPicture::draw_brackets() {
  const Area& room = rows_.brackets;
  if (room.height <= 0 || fields_.empty()) return;
  const float y = row_.bottom() + 5;
  const float tick = std::min(8.0F, room.height - kLine - 2);
  const bool is_file_header = record_.offset < kSegmentHeaderSize;
  float left = room.x;  // where labels may begin
  const auto draw = [&](const ByteRange& covered, const char* name, ImU32 shown_in,
                        const std::vector<std::string_view>& labels) {
    const Area above = bracket(covered);
    if (above.width <= 0) return;
    const ImU32 colour = faded(shown_in, growth_ * growth_);
    canvas_.line({above.x, y}, {above.x, y + tick}, colour, 2);
    canvas_.line({above.right(), y}, {above.right(), y + tick}, colour, 2);
    canvas_.line({above.x, y + tick}, {above.right(), y + tick}, colour, 2);
    mark(name, {above.x, y, above.width, tick + 1});
    for (const std::string_view label : labels) {
      const float width = canvas_.width_of(label, fonts().small);
      const bool fits = width <= room.right() - left;
      if (!fits && label != labels.back()) continue;
      const float x = std::clamp(above.centre().x - width / 2, left, std::max(left, room.right() - width));
      canvas_.text_within({x, y + tick + 2}, room.right() - x, label, colour, fonts().small);
      left = x + width + 14;
      return;
    }
  };
  if (is_file_header) {
    draw(all_.covered_by_header_checksum, "closeup.covers.header", shade(1), {"the checksum covers this"});
    return;
  }
  draw(all_.covered_by_header_checksum, "closeup.covers.header", shade(0),
       {"the header checksum covers this: sizes are believed only after it matches", "the header checksum covers this",
        "header checksum"});
  draw(all_.covered_by_body_checksum, "closeup.covers.body", shade(1),
       {"the body checksum covers key and value", "the body checksum covers this", "body checksum"});
}

// From the first field that is covered to the last one.
Area CloseUpPicture::bracket(const ByteRange& covered) const {
  Area area;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (!covered.contains(all_.fields[i].begin)) continue;
    if (area.width <= 0) area = fields_[i];
    area.width = fields_[i].right() - area.x;
  }
  return area;
}

void CloseUpPicture::draw_below() {
  const Area& area = rows_.below;
  const float visible = growth_ * (1 - bits_);
  if (area.height <= 0 || visible <= 0) return;
  float y = area.y;
  const auto paragraph = [&](const std::string& text, ImU32 colour, ImFont* font) {
    const float height = canvas_.height_wrapped(area.width, text, font);
    if (y + height > area.bottom() + 1) return;
    canvas_.text_wrapped({area.x, y}, area.width, text, faded(colour, visible), font);
    y += height + 5;
  };
  const Sentence what = describe_record(view_.now, segment_, record_);
  const bool fits = canvas_.height_wrapped(area.width, what.text, fonts().text) + 2 * kLine < area.height;
  paragraph(what.text, what.tone == Tone::kPlain ? colours().text : tone_colour(what.tone),
            fits ? fonts().text : fonts().small);
  if (field_ < all_.fields.size()) {
    const RecordField& field = all_.fields[field_];
    const std::uint64_t size = field.end - field.begin;
    paragraph(fmt::format("{}, {}: {}.", field.name, size == 1 ? "1 byte" : fmt::format("{} bytes", size),
                          purpose_of(field.name)),
              shade(field_), fits ? fonts().text : fonts().small);
  }
  paragraph(level() == Closeness::kFields
                ? "Z, Enter or a click goes closer, Shift Z back. ← → choose a field, ↑ ↓ a record. Esc: the stage."
                : "Z, Enter or a click goes closer, Shift Z back. ← → choose a byte, ↑ ↓ a field. Esc: the stage.",
            colours().text_muted, fonts().small);
}

}  // namespace sediment::viz
