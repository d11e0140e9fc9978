// The picture of a record close up: from its block on the stage to a row of fields, their bytes, and the bits of one.
//
// Only for the files closeup*.cc. closeup.cc draws it, with its title, and takes the keys; closeup_layout.cc decides
// where its parts are. The parts, from top to bottom: closeup_index.cc, closeup_row.cc, closeup_brackets.cc,
// closeup_bits.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "viz/draw/named_items.h"
#include "viz/panels/closeup.h"
#include "viz/panels/colours.h"

namespace sediment::viz {

/// Where everything is. What the stage has no room for has no height.
struct CloseUpRows {
  Area title;
  Area index;
  Area row;
  Area brackets;
  Area below;  // what the record is, or the bits
};
CloseUpRows lay_out_rows(const Area& stage, bool has_bits);

/// Whether it may be as long as a user wants: then it can be shortened.
bool is_elastic(const RecordField& field);
/// "header checksum" on two lines.
std::pair<std::string_view, std::string_view> halves(std::string_view name);
std::string contents_of(const RecordField& field);
/// What the field is for.
const char* purpose_of(std::string_view name);

class CloseUpPicture {
 public:
  CloseUpPicture(const Canvas& canvas, const View& view, const Area& stage, const CloseUpOrigin& origin,
                 const Place& place, Commands& commands);
  void draw();

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
  bool button(const std::string& name, const Area& area, const std::string& tip);
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
  CloseUpRows rows_;
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

  static constexpr float kLine = 15;  // of small letters
};

}  // namespace sediment::viz
