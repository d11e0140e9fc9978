// The bits of the chosen byte, and what would notice a flipped one.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "viz/panels/closeup_picture.h"

namespace sediment::viz {

void CloseUpPicture::draw_bits() {
  const Area& area = rows_.below;
  if (bits_ <= 0 || area.height <= 0 || field_ >= all_.fields.size()) return;
  canvas_.fill(area, faded(colours().panel, bits_), 8);
  canvas_.outline(area, faded(colours().outline, bits_), 8);
  const Area inside{area.x + 12, area.y + 6, area.width - 24, area.height - 12};
  const RecordField& field = all_.fields[field_];
  const unsigned byte = byte_at(chosen_);
  const std::string letter = is_elastic(field) && std::isprint(static_cast<int>(byte)) != 0
                                 ? fmt::format("{} = ", static_cast<char>(byte))
                                 : std::string();
  const std::string title = fmt::format("{}, byte {}: {}{:02x}", field.name, chosen_ - field.begin, letter, byte);
  const float size = std::clamp(std::min((inside.width * 0.48F) / 8, inside.height - kLine - 5), 20.0F, 54.0F);
  const float top = inside.y + std::max(0.0F, (inside.height - kLine - 5 - size) / 2);
  canvas_.text_within({inside.x, top}, 8 * size, title, faded(colours().text, bits_), fonts().mono);

  const auto cell = std::find_if(cells_.begin(), cells_.end(),
                                 [&](const ByteCell& at) { return at.count == 1 && at.offset == chosen_; });
  const Area from = cell == cells_.end() ? row_ : cell_areas_[static_cast<std::size_t>(cell - cells_.begin())];
  const std::string file = segment_file_name(segment_.number);
  for (unsigned i = 0; i < 8; ++i) {
    const unsigned bit = 7 - i;
    const Area final{inside.x + static_cast<float>(i) * size, top + kLine + 5, size - 5, size - 5};
    const Area box = between(from, final, bits_);
    const bool flipped = is_flipped(chosen_) && rot_->bit == bit;
    const bool is_chosen = view_.close_up.bit == bit;
    canvas_.fill(box, flipped ? mixed(colours().panel, colours().bad, 0.3F) : colours().raised, 5);
    canvas_.outline(box,
                    flipped     ? colours().bad
                    : is_chosen ? colours().text
                                : colours().outline_strong,
                    5, flipped || is_chosen ? 2.0F : 1.0F);
    if (is_chosen && flipped) canvas_.outline(box.inset(-3), colours().text, 7, 1.5F);
    canvas_.text_centred(box, ((byte >> bit) & 1U) != 0 ? "1" : "0",
                         faded(flipped ? colours().bad : colours().text, bits_),
                         size > 34 ? fonts().title : fonts().mono);
    if (level() != Closeness::kBits) continue;
    if (button(fmt::format("closeup.bit.{}", bit), box, "flip this bit: what would notice?")) {
      commands_.emplace_back(ChooseBit{bit});
      commands_.emplace_back(FlipBit{file, chosen_, bit});
    }
  }
  const float x = inside.x + 8 * size + 14;
  draw_flipped({x, inside.y, inside.right() - x, inside.height});
}

// What would notice the flipped bit, as the engine finds it.
void CloseUpPicture::draw_flipped(const Area& area) {
  struct Line {
    std::string text;
    ImU32 colour;
    ImFont* font;
  };
  std::vector<Line> lines;
  ImFont* const small = fonts().small;
  if (rot_ == nullptr) {
    lines.push_back({"Enter or a click flips a bit: see which check notices. ← → choose a bit, ↑ ↓ a byte.",
                     colours().text_muted, small});
  } else {
    const std::size_t number = all_.field_at(rot_->offset);
    const std::string_view name = number < all_.fields.size() ? all_.fields[number].name : "record";
    const RecordVerdict verdict = verdict_with_flipped(bytes_, segment_, record_, rot_->offset, rot_->bit);
    lines.push_back({fmt::format("Bit {} of byte {} of the {} is flipped.", rot_->bit,
                                 rot_->offset - (number < all_.fields.size() ? all_.fields[number].begin : 0), name),
                     colours().text, fonts().strong});
    const std::string check = record_.offset < kSegmentHeaderSize ? std::string()
                              : verdict == RecordVerdict::kValid  ? "Both checksums match."
                              : name == "padding" ? "No checksum covers it; but the padding is not all zeros."
                                                  : fmt::format("Noticed: {}.", describe(verdict));
    if (!check.empty()) lines.push_back({check, colours().text, small});
    lines.push_back({rot_->what,
                     rot_->wrong     ? colours().bad
                     : rot_->noticed ? colours().damage
                                     : colours().text_muted,
                     small});
  }
  const auto height_of = [&](const Line& line) { return canvas_.height_wrapped(area.width, line.text, line.font) + 3; };
  float needed = 0;
  for (const Line& line : lines) needed += height_of(line);
  if (needed > area.height && lines.size() > 1) {  // the bit itself shows it
    needed -= height_of(lines.front());
    lines.erase(lines.begin());
  }
  if (needed > area.height) {  // what else recovery did
    needed -= height_of(lines.back());
    lines.back().text = lines.back().text.substr(0, lines.back().text.find(" ("));
    needed += height_of(lines.back());
  }
  canvas_.push_clip(area);
  float y = area.y + std::max(0.0F, (area.height - needed) / 2);
  for (const Line& line : lines) {
    canvas_.text_wrapped({area.x, y}, area.width, line.text, faded(line.colour, bits_), line.font);
    y += height_of(line);
  }
  canvas_.pop_clip();
  mark("closeup.notices", area);
}

}  // namespace sediment::viz
