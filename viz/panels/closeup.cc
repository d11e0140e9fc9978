// The close-up as a whole: the order in which its parts are drawn, the title with the way back, and the keys.
#include "viz/panels/closeup.h"

#include <fmt/format.h>

#include <algorithm>

#include "viz/draw/tip.h"
#include "viz/panels/closeup_picture.h"

namespace sediment::viz {

namespace {

constexpr const char* kLevels[] = {"stage", "fields", "bytes", "bits"};

}  // namespace

CloseUpPicture::CloseUpPicture(const Canvas& canvas, const View& view, const Area& stage, const CloseUpOrigin& origin,
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

void CloseUpPicture::draw() {
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

bool CloseUpPicture::button(const std::string& name, const Area& area, const std::string& tip) {
  if (area.width < 1 || area.height < 1) return false;
  ImGui::SetCursorScreenPos(canvas_.pixels({area.x, area.y}));
  const bool clicked = ImGui::InvisibleButton(("##" + name).c_str(), canvas_.pixels({area.width, area.height}));
  named_items().mark_last(name);
  if (!tip.empty() && ImGui::IsItemHovered()) show_tip(tip);
  return clicked;
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
