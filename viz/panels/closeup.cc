#include "viz/panels/closeup.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "viz/draw/named_items.h"
#include "viz/panels/colours.h"

namespace sediment::viz {

namespace {

constexpr float kMargin = 10;
constexpr float kGap = 6;
constexpr float kFieldGap = 3;
constexpr float kLine = 15;     // of small letters
constexpr float kGapCell = 44;  // stands for bytes that are left out
constexpr const char* kLevels[] = {"stage", "fields", "bytes", "bits"};

// Where everything is. What the stage has no room for has no height.
struct Rows {
  Area title;
  Area index;
  Area row;
  Area brackets;
  Area below;  // what the record is, or the bits
};

struct Heights {
  float title;
  float index;
  float arrow;
  float row;
  float brackets;
  float below;

  float sum() const { return title + index + arrow + row + brackets + below + 3 * kGap; }
};
constexpr Heights kLeast{18, 34, 16, 44, 24, 62};
constexpr Heights kMost{26, 56, 52, 92, 34, 136};

Rows lay_out_rows(const Area& stage, bool has_bits) {
  const Area inside{stage.x + kMargin, stage.y + 4, stage.width - 2 * kMargin, stage.height - 8};
  Heights least = kLeast;
  if (inside.height < least.sum()) least.index = least.arrow = 0;
  if (inside.height < least.sum()) least.brackets = 0;
  if (inside.height < least.sum()) least.title = 0;
  if (inside.height < least.sum()) (has_bits ? least.row : least.below) = 0;
  const bool is_crowded = least.sum() < kLeast.sum();
  const float spare = std::max(0.0F, inside.height - least.sum());
  const float share = is_crowded ? 0 : std::min(1.3F, spare / (kMost.sum() - kLeast.sum()));
  const auto height = [&](float Heights::*which) { return least.*which + share * (kMost.*which - kLeast.*which); };
  float y = inside.y;
  const auto take = [&](float taken, float gap) {
    const Area area{inside.x, y, inside.width, taken};
    y += taken + (taken > 0 ? gap : 0);
    return area;
  };
  Rows rows;
  rows.title = take(height(&Heights::title), kGap);
  rows.index = take(height(&Heights::index), height(&Heights::arrow));
  rows.row = take(height(&Heights::row), kGap);
  rows.brackets = take(height(&Heights::brackets), kGap);
  rows.below = take(height(&Heights::below), 0);
  return rows;
}

bool is_elastic(const RecordField& field) {
  return field.name == "key" || field.name == "value" || field.name == "rest" || field.name == "magic";
}

// "header checksum" on two lines.
std::pair<std::string_view, std::string_view> halves(std::string_view name) {
  const std::size_t space = name.rfind(' ');
  if (space == std::string_view::npos) return {name, name.substr(name.size())};
  return {name.substr(0, space), name.substr(space + 1)};
}

std::string contents_of(const RecordField& field) {
  return field.value.empty() ? fmt::format("{}×00", field.end - field.begin) : field.value;
}

// What the field is for.
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

// The cells if no field has more than `ends` bytes at each of its ends; and how wide they are, if a byte has `unit`.
std::vector<ByteCell> abbreviated(const RecordFields& all, std::uint64_t chosen, std::uint64_t ends) {
  std::vector<ByteCell> cells;
  for (std::size_t i = 0; i < all.fields.size(); ++i) {
    const RecordField& field = all.fields[i];
    const auto add = [&](std::uint64_t begin, std::uint64_t end) {
      for (std::uint64_t at = begin; at < end; ++at) cells.push_back({i, at, 1});
    };
    const auto leave_out = [&](std::uint64_t begin, std::uint64_t end) {
      if (end - begin == 1) add(begin, end);  // a count would take more room
      if (end - begin > 1) cells.push_back({i, begin, end - begin});
    };
    if (!is_elastic(field) && field.name != "padding") {
      add(field.begin, field.end);
      continue;
    }
    if (field.end - field.begin <= 2 * ends + 1) {
      add(field.begin, field.end);
      continue;
    }
    const std::uint64_t first_end = field.begin + ends;
    const std::uint64_t last_begin = field.end - ends;
    add(field.begin, first_end);
    if (chosen >= first_end && chosen < last_begin) {
      leave_out(first_end, chosen);
      add(chosen, chosen + 1);
      leave_out(chosen + 1, last_begin);
    } else {
      leave_out(first_end, last_begin);
    }
    add(last_begin, field.end);
  }
  return cells;
}

// How wide a byte is, if all cells together have this width.
float unit_for(const std::vector<ByteCell>& cells, float width) {
  const auto gaps = std::count_if(cells.begin(), cells.end(), [](const ByteCell& cell) { return cell.count > 1; });
  const auto bytes = static_cast<float>(cells.size()) - static_cast<float>(gaps);
  return bytes <= 0 ? width : (width - kGapCell * static_cast<float>(gaps)) / bytes;
}

class CloseUpPicture {
 public:
  CloseUpPicture(const Canvas& canvas, const View& view, const Area& stage, const CloseUpOrigin& origin,
                 const Place& place, Commands& commands)
      : canvas_(canvas),
        view_(view),
        stage_(stage),
        origin_(origin),
        segment_(*place.segment),
        record_(*place.record()),
        bytes_(view.now.disk().file(place.segment->file).cached),
        all_(fields_of(bytes_, segment_, record_)),
        commands_(commands),
        growth_(eased(view.close_up.shown)),
        spread_(eased(view.close_up.shown - 1)),
        bits_(eased(view.close_up.shown - 2)),
        rows_(lay_out_rows(stage, view.close_up.shown > 2)) {
    const std::uint64_t last = all_.fields.empty() ? record_.offset : all_.fields.back().end - 1;
    chosen_ = std::clamp(place.offset, record_.offset, std::max(record_.offset, last));
    field_ = all_.field_at(chosen_);
    row_ = between(origin.record, rows_.row, growth_);
    place_fields();
    place_cells();
    const std::optional<BitRot>& rot = view.rot;
    const bool is_here = rot && rot->file == segment_file_name(segment_.number) && rot->offset >= record_.offset &&
                         rot->offset < record_.end();
    if (is_here) rot_ = &*rot;
  }

  void draw() {
    canvas_.fill(stage_.inset(-4), faded(colours().background, 2 * growth_));
    mark("closeup", stage_);
    draw_index();
    if (rows_.row.height > 0 || growth_ < 1) draw_row();
    if (all_.fields.empty()) {
      canvas_.text_centred(rows_.row, "the file ends before this: there are no bytes to show", colours().damage,
                           fonts().text);
    }
    draw_brackets();
    draw_below();
    draw_bits();
    draw_title();
    take_keys();
  }

 private:
  const Fonts& fonts() const { return canvas_.fonts(); }
  Closeness level() const { return view_.close_up.level; }
  void mark(const std::string& name, const Area& area) const {
    named_items().mark(name, canvas_.pixels({area.x, area.y}), canvas_.pixels({area.right(), area.bottom()}));
  }
  ImU32 shade(std::size_t field) const { return mixed(field_colour(field), colours().text, 0.45F); }
  bool is_flipped(std::uint64_t offset) const { return rot_ != nullptr && rot_->offset == offset; }
  // With the flipped bit, if it is here.
  unsigned byte_at(std::uint64_t offset) const {
    const unsigned byte = offset < bytes_.size() ? static_cast<unsigned char>(bytes_[offset]) : 0U;
    return is_flipped(offset) ? byte ^ (1U << rot_->bit) : byte;
  }
  // From the row as it will be to the row as it is.
  Area moved(const Area& area) const {
    const float wide = row_.width / std::max(1.0F, rows_.row.width);
    return {row_.x + (area.x - rows_.row.x) * wide, row_.y, area.width * wide, row_.height};
  }
  bool button(const std::string& name, const Area& area, const std::string& tip) {
    if (area.width < 1 || area.height < 1) return false;
    ImGui::SetCursorScreenPos(canvas_.pixels({area.x, area.y}));
    const bool clicked = ImGui::InvisibleButton(("##" + name).c_str(), canvas_.pixels({area.width, area.height}));
    named_items().mark_last(name);
    if (!tip.empty() && ImGui::IsItemHovered()) ImGui::SetTooltip("%s", tip.c_str());
    return clicked;
  }
  void select(std::uint64_t offset) { commands_.emplace_back(Select{segment_.number, offset}); }

  void place_fields();
  void place_cells();
  void draw_title();
  void draw_index();
  void draw_arrow(const Area& slot);
  void draw_row();
  void draw_field(std::size_t number, const Area& box);
  void draw_cell(const ByteCell& cell, const Area& box, float y, float height);
  void draw_brackets();
  Area bracket(const ByteRange& covered) const;
  void draw_below();
  void draw_bits();
  void draw_flipped(const Area& area);
  void take_keys();
  void move_along(int steps);
  void move_across(int steps);

  const Canvas& canvas_;
  const View& view_;
  const Area stage_;
  const CloseUpOrigin& origin_;
  const SegmentView& segment_;
  const RecordView& record_;
  const std::string& bytes_;
  const RecordFields all_;
  Commands& commands_;
  const float growth_;  // from the block to the fields
  const float spread_;  // from the fields to the bytes
  const float bits_;    // from the bytes to the bits of one
  Rows rows_;
  Area row_;                  // as it is now
  std::uint64_t chosen_ = 0;  // byte
  std::size_t field_ = 0;     // of the chosen byte
  std::vector<Area> fields_;  // where the fields are now
  std::vector<ByteCell> cells_;
  std::vector<Area> cell_areas_;  // where the cells are now
  bool names_in_two_lines_ = false;
  ImFont* contents_font_ = nullptr;
  float unit_ = 0;               // width of a byte in its cell
  const BitRot* rot_ = nullptr;  // if it is in this record
};

// As wide as names and contents need; key and value share what is left, or what is missing.
void CloseUpPicture::place_fields() {
  const float room = rows_.row.width - kFieldGap * static_cast<float>(all_.fields.size());
  constexpr float kPadding = 14;
  constexpr float kLeastElastic = 50;
  std::vector<float> widths;
  const std::pair<bool, ImFont*> tries[] = {{false, fonts().mono}, {true, fonts().mono}, {true, fonts().mono_small}};
  for (const auto& [two_lines, font] : tries) {
    names_in_two_lines_ = two_lines;
    contents_font_ = font;
    widths.clear();
    float fixed = 0;
    float elastic = 0;
    float least = 0;
    for (const RecordField& field : all_.fields) {
      const auto [first, second] = halves(field.name);
      const float name = two_lines
                             ? std::max(canvas_.width_of(first, fonts().small), canvas_.width_of(second, fonts().small))
                             : canvas_.width_of(field.name, fonts().small);
      const float width = std::max(name, canvas_.width_of(contents_of(field), font)) + kPadding;
      widths.push_back(is_elastic(field) ? std::max(width, kLeastElastic) : width);
      (is_elastic(field) ? elastic : fixed) += widths.back();
      least += is_elastic(field) ? kLeastElastic : width;
    }
    if (least > room && font != fonts().mono_small) continue;
    const bool fits = fixed + elastic <= room;
    const float shrink = !fits && elastic > 0 && least <= room ? (room - fixed) / elastic : 1;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (is_elastic(all_.fields[i])) widths[i] *= shrink;
    }
    break;
  }
  float sum = 0;
  for (const float width : widths) sum += width;
  float x = rows_.row.x;
  for (const float width : widths) {
    const float wide = width * room / std::max(1.0F, sum);
    fields_.push_back({x, rows_.row.y, wide, rows_.row.height});
    x += wide + kFieldGap;
  }
}

// The cells as they are when the bytes are shown; then the fields, which are on the way to them. A field of a single
// byte is still as wide as its name.
void CloseUpPicture::place_cells() {
  const float room = rows_.row.width - kFieldGap * static_cast<float>(all_.fields.size());
  std::vector<float> least;
  for (const RecordField& field : all_.fields) {
    const auto [first, second] = halves(field.name);
    least.push_back(std::max(canvas_.width_of(first, fonts().small), canvas_.width_of(second, fonts().small)) + 8);
  }
  std::vector<float> widths;
  float reserved = 0;  // by those fields
  for (int i = 0; i < 3; ++i) {
    cells_ = cells_for(all_, chosen_, room - reserved);
    unit_ = unit_for(cells_, room - reserved);
    widths.assign(all_.fields.size(), 0);
    for (const ByteCell& cell : cells_) widths[cell.field] += cell.count > 1 ? kGapCell : unit_;
    reserved = 0;
    for (std::size_t field = 0; field < widths.size(); ++field) {
      reserved += std::max(0.0F, least[field] - widths[field]);
    }
  }
  float sum = 0;
  for (std::size_t field = 0; field < widths.size(); ++field) sum += std::max(widths[field], least[field]);
  const float scale = room / std::max(1.0F, sum);
  unit_ *= scale;
  float x = rows_.row.x;
  std::vector<float> cells_begin;
  for (std::size_t field = 0; field < widths.size(); ++field) {
    const float width = std::max(widths[field], least[field]) * scale;
    const Area whole{x, rows_.row.y, width, rows_.row.height};
    fields_[field] = between(fields_[field], whole, spread_);
    cells_begin.push_back(fields_[field].x + (fields_[field].width - widths[field] * scale) / 2);
    x += width + kFieldGap;
  }
  for (const ByteCell& cell : cells_) {
    const float width = cell.count > 1 ? kGapCell * scale : unit_;
    cell_areas_.push_back(moved({cells_begin[cell.field], rows_.row.y, width, rows_.row.height}));
    cells_begin[cell.field] += width;
  }
  for (Area& field : fields_) field = moved(field);
}

// ---- the title, and the way back

void CloseUpPicture::draw_title() {
  const Area& title = rows_.title;
  if (title.height <= 0) return;
  float x = title.right();
  for (std::size_t i = std::size(kLevels); i-- > 0;) {
    const bool current = static_cast<std::size_t>(level()) == i;
    ImFont* const font = fonts().strong;
    const float width = canvas_.width_of(kLevels[i], font);
    const Area box{x - width, title.y, width, 18};
    if (button(fmt::format("closeup.to.{}", kLevels[i]), box, "")) {
      commands_.emplace_back(ShowCloseUp{static_cast<Closeness>(i)});
    }
    const bool hovered = ImGui::IsItemHovered();
    canvas_.text({box.x, box.y + 1}, kLevels[i],
                 faded(current   ? colours().accent
                       : hovered ? colours().text
                                 : colours().text_muted,
                       growth_),
                 font);
    x = box.x;
    if (i == 0) break;
    canvas_.text({x - 13, box.y + 1}, "›", faded(colours().text_muted, growth_), font);
    x -= 22;
  }
  const std::string file = segment_file_name(segment_.number);
  const std::string where = fmt::format("bytes {} to {} of {}", record_.offset, record_.end(), file);
  const std::string key = record_.has_key() ? shown(record_.key) : std::string();
  const std::string text = key.empty() ? where : fmt::format("{}: {}", key, where);
  canvas_.text_within({title.x, title.y + 1}, x - title.x - 16, text, faded(colours().text, growth_), fonts().strong);
}

// ---- the slot of the index

void CloseUpPicture::draw_index() {
  const Area& card = rows_.index;
  if (card.height <= 0) return;
  const std::string file = segment_file_name(segment_.number);
  const HashIndex* index = view_.now.index(segment_.number);
  const auto say = [&](float x, const std::string& first, const std::string& second) {
    const float room = card.right() - x;
    const float y = card.centre().y - (second.empty() ? kLine / 2 : kLine);
    canvas_.text_within({x, y}, room, first, faded(colours().text_muted, growth_), fonts().small);
    if (!second.empty()) {
      canvas_.text_within({x, y + kLine}, room, second, faded(colours().text, growth_), fonts().mono_small);
    }
  };
  if (index == nullptr) return say(card.x, fmt::format("no index of {} is in memory", file), "");
  std::optional<std::size_t> slot;
  std::optional<std::uint64_t> newer;  // the record that the key's slot points to instead
  for (std::size_t i = 0; i < index->capacity(); ++i) {
    const std::uint64_t offset = index->offset_at(i);
    if (offset == 0) continue;
    if (offset == record_.offset) slot = i;
    const RecordView* other = segment_.record_at(offset);
    if (record_.has_key() && other != nullptr && other->has_key() && other->key == record_.key) newer = offset;
  }
  if (!slot) {
    return say(card.x, fmt::format("no slot in the index of {} points here", file),
               newer ? fmt::format("the slot of {} holds byte {}, a newer record", shown(record_.key), *newer) : "");
  }

  // The slot with its neighbours.
  constexpr std::size_t kMostShown = 12;
  const bool has_numbers = card.height >= 50;
  const float cell = std::min(36.0F, card.height - (has_numbers ? kLine + 2 : 0));
  const auto fitting = static_cast<std::size_t>(card.width * 0.5F / cell);
  const std::size_t count = std::min({index->capacity(), kMostShown, std::max<std::size_t>(1, fitting)});
  const std::size_t first = std::min(*slot - std::min(*slot, count / 2), index->capacity() - count);
  const float y = card.bottom() - cell;
  Area from;
  for (std::size_t n = 1; n <= count; ++n) {
    const std::size_t i = first + (*slot - first + n) % count;  // the record's own slot last: it comes from afar
    Area box{card.x + static_cast<float>(i - first) * cell, y, cell - 3, cell - 3};
    const Area number{box.x, y - kLine, box.width, kLine};
    const bool mine = i == *slot;
    if (mine && origin_.slot) box = between(*origin_.slot, box, growth_);
    const std::uint64_t offset = index->offset_at(i);
    const RecordView* record = offset == 0 ? nullptr : segment_.record_at(offset);
    const bool removed = record != nullptr && record->type == RecordType::kTombstone;
    const ImU32 colour = record == nullptr ? colours().raised
                         : record->corrupt ? mixed(colours().panel, colours().damage, 0.5F)
                         : removed         ? mixed(colours().panel, colours().bad, 0.6F)
                                           : key_colour(record->key);
    canvas_.fill(box, faded(mine ? colour : mixed(colours().background, colour, 0.45F), mine ? 1 : growth_), 4);
    if (mine) canvas_.outline(box.inset(-1), colours().text, 5, 1.5F);
    if (has_numbers) {
      canvas_.text_centred(number, std::to_string(i), faded(mine ? colours().text : colours().text_muted, growth_),
                           fonts().mono_small);
    }
    if (mine) from = box;
  }
  const std::string key = shown(record_.key);
  const std::uint32_t tag = index->hash_at(*slot).value_or(KeyHash{}).tag;
  // A student's index may choose its slots in another way.
  const bool is_known_index = view_.session.component().name != "hash_index.cc";
  const std::size_t home = static_cast<std::size_t>((std::uint64_t{tag} * index->capacity()) >> 32);
  const std::string what = is_known_index && record_.has_key()
                               ? fmt::format("index of {}: hash({}) → home slot {}", file, key, home)
                               : fmt::format("index of {}", file);
  say(card.x + static_cast<float>(count) * cell + 10, what,
      fmt::format("slot {}: tag {:08x}, offset {}", *slot, tag, record_.offset));
  draw_arrow(from);
}

// To the record's first byte: a slot holds nothing but this offset.
void CloseUpPicture::draw_arrow(const Area& slot) {
  const Point tip{row_.x + std::min(8.0F, row_.width / 2), row_.y};
  const ImU32 colour = record_.has_key() ? shades_of(record_.key).line : colours().damage;
  canvas_.curve({slot.centre().x, slot.bottom()}, {tip.x, tip.y - 8}, colour, 2);
  canvas_.triangle({tip.x - 5, tip.y - 9}, {tip.x + 5, tip.y - 9}, tip, colour);
  mark("closeup.arrow", {tip.x, tip.y, 1, 1});
}

// ---- the row

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

// ---- what the checksums cover

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

// ---- what it is

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

// ---- the bits of the chosen byte

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

// ---- keys

void CloseUpPicture::take_keys() {
  const CloseUp& keys = view_.close_up;
  if (all_.fields.empty() || field_ >= all_.fields.size()) return;
  if (keys.along != 0) move_along(keys.along);
  if (keys.across != 0) move_across(keys.across);
  if (!keys.act) return;
  if (level() == Closeness::kBits) {
    commands_.emplace_back(FlipBit{segment_file_name(segment_.number), chosen_, keys.bit});
  } else {
    commands_.emplace_back(ZoomStage{true});
  }
}

void CloseUpPicture::move_along(int steps) {
  const auto next = static_cast<std::ptrdiff_t>(field_) + steps;
  const std::uint64_t end = all_.fields.back().end;
  const std::uint64_t byte = steps > 0 ? chosen_ + 1 : chosen_ - 1;
  const bool has_byte = steps > 0 ? byte < end : chosen_ > record_.offset;
  switch (level()) {
    case Closeness::kStage: return;
    case Closeness::kFields:
      if (next >= 0 && next < std::ssize(all_.fields)) select(all_.fields[static_cast<std::size_t>(next)].begin);
      return;
    case Closeness::kBytes:
      if (has_byte) select(byte);
      return;
    case Closeness::kBits: {  // from the last bit of a byte to the first one of the next
      const int bit = static_cast<int>(view_.close_up.bit) - steps;
      const bool leaves = bit < 0 || bit > 7;
      if (leaves && !has_byte) return;
      if (leaves) select(byte);
      commands_.emplace_back(ChooseBit{static_cast<unsigned>((bit + 8) % 8)});
    }
  }
}

void CloseUpPicture::move_across(int steps) {
  if (level() == Closeness::kFields) {
    const auto next = &record_ - segment_.records.data() + steps;
    if (next >= 0 && next < std::ssize(segment_.records))
      select(segment_.records[static_cast<std::size_t>(next)].offset);
    return;
  }
  if (level() == Closeness::kBytes) {
    const auto next = static_cast<std::ptrdiff_t>(field_) + steps;
    if (next >= 0 && next < std::ssize(all_.fields)) select(all_.fields[static_cast<std::size_t>(next)].begin);
    return;
  }
  const bool has_byte = steps > 0 ? chosen_ + 1 < all_.fields.back().end : chosen_ > record_.offset;
  if (level() == Closeness::kBits && has_byte) select(steps > 0 ? chosen_ + 1 : chosen_ - 1);
}

}  // namespace

std::vector<ByteCell> cells_for(const RecordFields& fields, std::uint64_t chosen, float width) {
  constexpr std::pair<float, std::uint64_t> kTries[] = {{20, 6}, {17, 3}, {13.2F, 1}};  // a byte's width, least ends
  std::vector<ByteCell> cells;
  for (const auto& [unit, least] : kTries) {
    for (auto ends = static_cast<std::uint64_t>(std::max(0.0F, width / unit)); ends >= least; --ends) {
      cells = abbreviated(fields, chosen, ends);
      if (unit_for(cells, width) >= unit) return cells;
    }
  }
  return cells;
}

void draw_close_up(const Canvas& canvas, const View& view, const Area& stage, const CloseUpOrigin& origin,
                   Commands& commands) {
  const Place place = view.place();
  if (place.record() == nullptr) return;
  CloseUpPicture(canvas, view, stage, origin, place, commands).draw();
  const bool wheel = control_down() && ImGui::GetIO().MouseWheel != 0 && stage.contains(canvas.mouse());
  if (wheel && view.close_up.level != Closeness::kStage) {
    commands.emplace_back(ZoomStage{ImGui::GetIO().MouseWheel > 0});
  }
}

}  // namespace sediment::viz
