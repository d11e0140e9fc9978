// Where the parts of a close-up are: the rows of the picture, the fields of the record, and the cells of their bytes.
#include <algorithm>

#include "viz/panels/closeup_picture.h"

namespace sediment::viz {

namespace {

constexpr float kMargin = 10;
constexpr float kGap = 6;
constexpr float kFieldGap = 3;
constexpr float kGapCell = 44;  // stands for bytes that are left out

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

}  // namespace

CloseUpRows lay_out_rows(const Area& stage, bool has_bits) {
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
  CloseUpRows rows;
  rows.title = take(height(&Heights::title), kGap);
  rows.index = take(height(&Heights::index), height(&Heights::arrow));
  rows.row = take(height(&Heights::row), kGap);
  rows.brackets = take(height(&Heights::brackets), kGap);
  rows.below = take(height(&Heights::below), 0);
  return rows;
}

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

}  // namespace sediment::viz
