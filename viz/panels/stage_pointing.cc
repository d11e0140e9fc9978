// What the mouse does on the stage: it points at records, selects them, and scrolls and enlarges the disk.
#include <fmt/format.h>

#include <algorithm>

#include "sim/base/plural.h"
#include "viz/draw/named_items.h"
#include "viz/draw/tip.h"
#include "viz/panels/stage.h"
#include "viz/panels/stage_sight.h"

namespace sediment::viz {

namespace {

// ", was sky = blue"
std::string what_was_there(const RecordView& record) {
  if (!record.was_known) return {};
  return ", was " + shown(record.key) + (record.value.empty() ? "" : " = " + shown(record.value));
}

}  // namespace

void Stage::point_at(Commands& commands) const {
  point_at_others(commands);
  ImGui::SetCursorScreenPos(canvas_.pixels({disk_.x, cache_floor_.y}));
  const bool clicked =
      ImGui::InvisibleButton("##stage", canvas_.pixels({disk_.width, disk_.bottom() - cache_floor_.y}));
  const bool is_below = ImGui::GetHoveredID() != ImGui::GetItemID();  // of the place of an answer
  if (!clicked && (!ImGui::IsItemHovered() || is_below)) return;
  if (const float wheel = ImGui::GetIO().MouseWheel; wheel != 0) {
    constexpr float kStep = 60;
    if (control_down()) {
      commands.emplace_back(ZoomStage{wheel > 0});
    } else {
      commands.emplace_back(ScrollStage{std::clamp(scroll_ - wheel * kStep, 0.0F, most_scroll())});
    }
  }
  const Point mouse = canvas_.mouse();
  for (const SegmentView* segment : view_.now.segments()) {
    const LaneLayout& lane = layout_.lanes.at(segment->number);
    for (std::size_t i = 0; i < segment->records.size() && i < lane.records.size(); ++i) {
      const bool is_in_lane = disk_.contains(mouse) && lane.records[i].contains(mouse);
      const bool is_in_cache = is_cached(*segment, i) && area_of(*segment, i).contains(mouse);
      if (!is_in_lane && !is_in_cache) continue;
      lane.is_summary ? tell_about(*segment) : tell_about(*segment, i);
      if (clicked) commands.emplace_back(Select{segment->number, segment->records[i].offset});
      return;
    }
    if (clicked && disk_.contains(mouse) && lane.frame.contains(mouse)) {
      commands.emplace_back(Select{segment->number, 0});
    }
  }
}

void Stage::tell_about(const SegmentView& segment) const {
  const auto live = std::count_if(segment.records.begin(), segment.records.end(),
                                  [](const RecordView& record) { return record.valid() && !record.superseded; });
  const std::size_t corrupt = segment.corrupt_places();
  show_tip(fmt::format("{} records; {} are the newest of their key{}", segment.valid_records(), live,
                       corrupt == 0 ? "" : fmt::format("; {} corrupt", sim::plural(corrupt, "place"))));
}

void Stage::tell_about(const SegmentView& segment, std::size_t number) const {
  const RecordView& record = segment.records[number];
  const bool durable = record.end() <= view_.now.durable_end(segment);
  const std::string what = record.corrupt                          ? "corrupt: " + record.why + what_was_there(record)
                           : record.torn()                         ? "torn: " + std::string(describe(record.verdict))
                           : record.type == RecordType::kTombstone ? shown(record.key) + ": a tombstone"
                                                                   : shown(record.key) + " = " + shown(record.value);
  show_tip(fmt::format("{}\nbytes {} to {} of {}, {}{}", what, record.offset, record.end(),
                       segment_file_name(segment.number), durable ? "durable" : "in the cache only",
                       record.superseded ? ", superseded" : ""));
}

void Stage::draw_selection() const {
  const Selection& selection = view_.selection;
  for (const SegmentView* segment : view_.now.segments()) {
    const LaneLayout& lane = layout_.lanes.at(segment->number);
    const bool chosen = selection.segment == segment->number;
    if (chosen) canvas_.outline(lane.frame, colours().text, 8, 1.5F);
    for (std::size_t i = 0; i < segment->records.size() && i < lane.records.size(); ++i) {
      const RecordView& record = segment->records[i];
      const bool at_offset = chosen && selection.offset >= record.offset && selection.offset < record.end();
      const bool has_key = !selection.key.empty() && record.key == selection.key;
      const Area& area = area_of(*segment, i);
      if (!is_cached(*segment, i) && !in_sight(area)) continue;
      if (has_key) canvas_.outline(area.inset(-2), colours().accent, 5, 2.5F);
      if (at_offset) canvas_.outline(area.inset(-1), colours().text, 4, 2);
    }
  }
}

// ---- zoom and scrolling

void Stage::draw_zoom(Commands& commands) const {
  const auto button = [&](const char* label, const char* item, float right, bool in) {
    const Area box{right - 22, cache_floor_.bottom() + kFloorGap, 22, 20};
    ImGui::SetCursorScreenPos(canvas_.pixels({box.x, box.y}));
    if (ImGui::InvisibleButton(item, canvas_.pixels({box.width, box.height}))) commands.emplace_back(ZoomStage{in});
    named_items().mark_last(item);
    if (ImGui::IsItemHovered()) show_tip("closer to the records, down to the bits; or back (Z, Shift Z)");
    canvas_.fill(box, colours().raised, 5);
    canvas_.text_centred(box, label, ImGui::IsItemHovered() ? colours().accent : colours().text, fonts().strong);
  };
  if (view_.now.segments().empty()) return;
  button("+", "stage.larger", area_.right(), true);
  if (view_.zoom.enlarged > 0) button("−", "stage.smaller", area_.right() - 26, false);
}

void Stage::follow(Commands& commands) const {
  if (most_scroll() <= 0) return;
  const float to = std::clamp(scroll_ + way_to(to_be_seen(), disk_), 0.0F, most_scroll());
  if (to != scroll_) commands.emplace_back(ScrollStage{to});
}

// What happens, except while a merge copies from one segment to another. A question's places, all alike, whether right
// or wrong.
std::vector<Area> Stage::to_be_seen() const {
  std::vector<Area> places;
  const auto add_record = [&](SegmentNumber segment, std::uint64_t offset) {
    if (const Area* place = place_in_lane(segment, offset)) places.push_back(*place);
  };
  if (const Selection& left = view_.close_up.left; left.segment) {
    add_record(*left.segment, left.offset);
    return places;
  }
  const PredictView& asked = view_.asked;
  const bool asks = asked.question != nullptr && !asked.revealed;
  if (asks && (asked.is_new || (view_.moved && !view_.selection.segment))) {
    for (const Answer& answer : asked.question->answers) {
      if (const std::optional<Area> place = place_in_lanes(answer.target)) places.push_back(*place);
    }
  }
  const bool copying = view_.now.merge() && view_.now.merge()->phase == MergeView::Phase::kCopying;
  if (!places.empty() || !view_.moved || copying) return places;
  if (const Place place = view_.place(); place.segment != nullptr) add_record(place.segment->number, place.offset);
  return places;
}

void Stage::draw_scroll_bar() const {
  if (most_scroll() <= 0) return;
  const float height = disk_.height * disk_.height / layout_.lanes_height;
  const float y = disk_.y + (disk_.height - height) * scroll_ / most_scroll();
  canvas_.fill({area_.right() - 3, y, 4, height}, colours().outline_strong, 2);
}

}  // namespace sediment::viz
