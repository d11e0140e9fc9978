// A merge on the stage: the record that it decides on next, and what it says of the last one. What it drops falls.
#include <fmt/format.h>

#include <algorithm>

#include "viz/panels/stage.h"

namespace sediment::viz {

void Stage::draw_merge() {
  if (!view_.now.merge()) return;
  if (view_.now.merge()->phase == MergeView::Phase::kCopying) {
    if (const Area* next = merge_cursor(view_.now)) {
      const Point tip{next->x + next->width / 2, next->y - 1};
      canvas_.triangle({tip.x - 6, tip.y - 8}, {tip.x + 6, tip.y - 8}, tip, colours().warning);
    }
  }
  const auto* event = view_.happening<sim::EventEntry>();
  if (event == nullptr) return;
  if (event->kind == EventKind::kMergeDropped) {
    if (const Area* place = block(SegmentNumber{event->segment}, event->offset)) {
      const SegmentView* exposed = view_.now.exposed_by(*event);
      const std::string why = exposed == nullptr ? event->why : segment_file_name(exposed->number) + " still has it!";
      draw_tag(layout_.lanes.at(SegmentNumber{event->segment}), *place,
               fmt::format("“{}” is dropped: {}", shown(event->key), why),
               exposed == nullptr ? colours().warning : colours().bad);
    }
  } else if (event->kind == EventKind::kMergeKept) {
    if (const Area* place = block(SegmentNumber{event->segment}, event->offset)) {
      draw_tag(layout_.lanes.at(SegmentNumber{event->segment}), *place,
               fmt::format("“{}” is copied: {}", shown(event->key), event->why), colours().good);
    }
  } else if (event->kind == EventKind::kMergeSwitched) {
    const auto lane = layout_.lanes.find(SegmentNumber{event->segment});
    if (lane == layout_.lanes.end()) return;
    canvas_.outline(lane->second.frame.inset(-2), faded(colours().good, 1 - 0.6F * progress_), 9, 3);
  }
}

// A merge drops a record, which falls.
void Stage::draw_fall() {
  const auto* event = view_.happening<sim::EventEntry>();
  if (event == nullptr || event->kind != EventKind::kMergeDropped || view_.progress >= 1) return;
  const SegmentView* segment = view_.now.segment(SegmentNumber{event->segment});
  const RecordView* record = segment == nullptr ? nullptr : segment->record_at(event->offset);
  const Area* place = block(SegmentNumber{event->segment}, event->offset);
  if (record == nullptr || place == nullptr) return;
  Area falling = *place;
  falling.y += 60 * progress_ * progress_;
  draw_block(falling, *record, true, 1 - progress_);
}

// At the end of the record's row, where it covers none; in a full row, above the record.
void Stage::draw_tag(const LaneLayout& lane, const Area& at, std::string_view text, ImU32 colour) {
  const float width = std::min(canvas_.width_of(text, fonts().small) + 16, area_.width - 20);
  float end = at.right();
  for (const Area& record : lane.records) {
    if (record.y == at.y) end = std::max(end, record.right());
  }
  Area tag{end + 10, at.centre().y - 10, width, 20};
  if (tag.right() > area_.right() - 4) {
    tag.x = std::clamp(at.centre().x - width / 2, area_.x + 4, area_.right() - width - 4);
    tag.y = at.y - 25 > disk_.y - 4 ? at.y - 25 : at.bottom() + 5;
  }
  canvas_.fill(tag, colours().raised, 5);
  canvas_.outline(tag, colour, 5, 1.2F);
  canvas_.text_centred(tag.inset(3), text, colour, fonts().small);
}

// The record that the merge decides on next, at its old place.
const Area* Stage::merge_cursor(const Scene& scene) const {
  const std::optional<MergeView>& merge = scene.merge();
  if (!merge) return nullptr;
  std::size_t record = merge->record;
  for (std::size_t input = merge->input; input < merge->inputs.size(); ++input, record = 0) {
    const auto lane = layout_.lanes.find(merge->inputs[input]);
    if (lane != layout_.lanes.end() && record < lane->second.records.size()) return &lane->second.records[record];
  }
  return nullptr;
}

}  // namespace sediment::viz
