// The row of the record close up: its fields with their names and contents, and the bytes of each field.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "viz/panels/closeup_picture.h"

namespace sediment::viz {

bool is_elastic(const RecordField& field) {
  return field.name == "key" || field.name == "value" || field.name == "rest" || field.name == "magic";
}

std::pair<std::string_view, std::string_view> halves(std::string_view name) {
  const std::size_t space = name.rfind(' ');
  if (space == std::string_view::npos) return {name, name.substr(name.size())};
  return {name.substr(0, space), name.substr(space + 1)};
}

std::string contents_of(const RecordField& field) {
  return field.value.empty() ? fmt::format("{}×00", field.end - field.begin) : field.value;
}

const char* purpose_of(std::string_view name) {
  static constexpr std::pair<std::string_view, const char*> kPurposes[] = {
      {"header checksum", "of the rest of the header. The sizes are believed only after it matches"},
      {"body checksum", "of key and value"},
      {"durable up to", "how much of the file was known to be synced when this was written. It tells rot from a tear"},
      {"value size", "how long the value is, in bytes"},
      {"key size", "how long the key is, in bytes"},
      {"type", "1 is a put, 2 is a tombstone"},
      {"zeros", "reserved; no version writes anything else"},
      {"key", "as it was given"},
      {"value", "as it was given"},
      {"padding", "zeros, because each record starts at a multiple of 8"},
      {"rest", "the header does not verify, so its sizes are not believed"},
      {"magic", "says what kind of file this is"},
      {"checksum", "of what follows it in the header"},
      {"version", "of the format"},
      {"nonce", "seeds the checksums of this file's records, so that records of another file never verify"},
      {"number", "the segment's, as in the file's name"}};
  for (const auto& [field, purpose] : kPurposes) {
    if (field == name) return purpose;
  }
  return "";
}

void CloseUpPicture::draw_row() {
  const float covered = rows_.row.height > 0 ? growth_ : 0;
  for (std::size_t i = 0; i < fields_.size() && rows_.row.height > 0; ++i) draw_field(i, fields_[i]);
  if (covered < 1) {  // the block that it was
    const ImU32 colour = record_.corrupt ? colours().damage : record_.torn() ? colours().bad : key_colour(record_.key);
    canvas_.fill(row_, faded(colour, 1 - growth_), 4);
  }
  if (record_.corrupt) canvas_.outline(row_.inset(-2), faded(colours().damage, growth_), 5, 2);
  if (record_.torn()) canvas_.jag({row_.right() + 1, row_.y}, row_.height, faded(colours().bad, growth_));
}

void CloseUpPicture::draw_field(std::size_t number, const Area& box) {
  const RecordField& field = all_.fields[number];
  canvas_.fill(box, field_fill(number), 4);
  const bool at_fields = level() == Closeness::kFields;
  const std::string tip = fmt::format("{}: {}", field.name, purpose_of(field.name));
  if (at_fields && button(fmt::format("closeup.field.{}", number), box, tip)) {
    select(field.begin);
    commands_.emplace_back(ShowCloseUp{Closeness::kBytes});
  }
  if (!at_fields) mark(fmt::format("closeup.field.{}", number), box);
  if (number == field_ && growth_ >= 1) {
    canvas_.outline(box.inset(-1), spread_ < 1 ? colours().text : shade(number), 5, spread_ < 1 ? 2.0F : 1.0F);
  }

  // Name and contents, and below the contents the letters of the bytes.
  const float visible = std::clamp(2 * growth_ - 1, 0.0F, 1.0F);
  const bool two_lines =
      !halves(field.name).second.empty() && canvas_.width_of(field.name, fonts().small) > box.width - 4;
  const bool has_letters = box.height >= 62;
  const float texts = kLine * (names_in_two_lines_ || spread_ > 0 ? 3.0F : 2.0F) + (has_letters ? kLine * spread_ : 0);
  float y = std::max(box.y + 1, box.centre().y - texts / 2);
  const auto [first, second] = halves(field.name);
  const auto line = [&](std::string_view text) {
    canvas_.text_centred({box.x + 1, y, box.width - 2, kLine}, text, faded(colours().text, visible), fonts().small);
    y += kLine;
  };
  line(two_lines ? first : field.name);
  if (two_lines) line(second);
  const bool has_room_for_two = names_in_two_lines_ || spread_ > 0;
  if (has_room_for_two && !two_lines) y += kLine;
  const float contents = std::clamp(1 - 2 * spread_, 0.0F, 1.0F) * visible;
  if (contents > 0) {
    canvas_.text_centred({box.x + 3, y, box.width - 6, kLine}, contents_of(field), faded(colours().text, contents),
                         contents_font_);
  }
  if (spread_ <= 0) return;
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    if (cells_[i].field == number) draw_cell(cells_[i], cell_areas_[i], y, has_letters ? 2 * kLine : kLine);
  }
}

void CloseUpPicture::draw_cell(const ByteCell& cell, const Area& box, float y, float height) {
  constexpr float kWideEnough = 19;
  const float visible = std::clamp(2 * spread_ - 1, 0.0F, 1.0F);
  const Area hexadecimal{box.x, y, box.width, kLine};
  if (cell.count > 1) {
    canvas_.text_centred(hexadecimal, fmt::format("…{}…", cell.count), faded(colours().text, visible),
                         fonts().mono_small);
    mark(fmt::format("closeup.left-out.{}", cell.offset), box);
    return;
  }
  const bool is_chosen = cell.offset == chosen_;
  const Area whole{box.x, y + 1, box.width, std::min(height, box.bottom() - y - 1) - 1};
  if (is_chosen) {
    canvas_.fill(whole, faded(colours().background, 0.55F * visible), 3);
    canvas_.outline(whole, faded(colours().text, visible), 3, 2);
  }
  const bool flipped = is_flipped(cell.offset);
  if (flipped) canvas_.outline(whole.inset(-1), faded(colours().bad, visible), 3, 1.5F);
  const unsigned byte = byte_at(cell.offset);
  const ImU32 colour = faded(flipped ? colours().bad : colours().text, visible);
  canvas_.text_centred(hexadecimal, fmt::format("{:02x}", byte), colour,
                       unit_ >= kWideEnough ? fonts().mono : fonts().mono_small);
  const bool is_text = is_elastic(all_.fields[cell.field]);
  if (height > kLine && is_text && std::isprint(static_cast<int>(byte)) != 0) {
    canvas_.text_centred({box.x, y + kLine, box.width, kLine}, std::string(1, static_cast<char>(byte)), colour,
                         fonts().mono_small);
  }
  const std::string name = fmt::format("closeup.byte.{}", cell.offset);
  if (level() < Closeness::kBytes) return mark(name, box);
  if (!button(name, box, "")) return;
  select(cell.offset);
  if (level() == Closeness::kBytes) commands_.emplace_back(ShowCloseUp{Closeness::kBits});
}

}  // namespace sediment::viz
