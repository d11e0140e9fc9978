// A merge on the stage: the record that it decides on next, and what it says of the last one. What it drops falls. A
// merge of bands is a flow.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viz/panels/colours.h"
#include "viz/panels/stage.h"

namespace sediment::viz {

void Stage::draw_merge() {
  if (!view_.now.merge()) return;
  const bool flows = is_flow();
  if (flows) draw_flow();
  if (view_.now.merge()->phase == MergeView::Phase::kCopying) {
    if (const Area* next = merge_cursor(view_.now)) {
      const Point tip{next->x + next->width / 2, next->y - 1};
      canvas_.triangle({tip.x - 6, tip.y - 8}, {tip.x + 6, tip.y - 8}, tip, colours().warning);
    }
  }
  const auto* event = view_.happening<sim::EventEntry>();
  if (event == nullptr) return;
  if (event->kind == EventKind::kMergeDropped && !flows) {
    if (const Area* place = block(SegmentNumber{event->segment}, event->offset)) {
      const SegmentView* exposed = view_.now.exposed_by(*event);
      const std::string why = exposed == nullptr ? event->why : segment_file_name(exposed->number) + " still has it!";
      draw_tag(layout_.lanes.at(SegmentNumber{event->segment}), *place,
               fmt::format("“{}” is dropped: {}", shown(event->key), why),
               exposed == nullptr ? colours().warning : colours().bad);
    }
  } else if (event->kind == EventKind::kMergeKept && !flows) {
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
  if (event == nullptr || event->kind != EventKind::kMergeDropped || view_.progress >= 1 || is_flow()) return;
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

// ---- a merge of bands

// Whether the merge has an input that is too large for separate blocks.
bool Stage::is_flow() const {
  const std::optional<MergeView>& merge = view_.now.merge();
  return merge && std::any_of(merge->inputs.begin(), merge->inputs.end(), [&](SegmentNumber number) {
           const auto lane = layout_.lanes.find(number);
           return lane != layout_.lanes.end() && lane->second.is_summary;
         });
}

// From the place that is read, what is kept flows to the end of the output, and what is dropped falls. Their widths are
// as their bytes so far.
void Stage::draw_flow() {
  constexpr float kWidth = 40;
  constexpr float kTapered = 0.5F;  // of the width
  constexpr float kFall = 44;
  constexpr float kRim = 3;  // sets the flow off from bands of its colour
  const MergeView& merge = *view_.now.merge();
  float kept = 0;
  float dropped = 0;
  for (const SegmentNumber number : merge.inputs) {
    const SegmentView* input = view_.now.segment(number);
    if (input == nullptr) continue;
    dim_read(*input);
    for (const RecordView& record : input->records) {
      if (record.fate == Fate::kKept) kept += static_cast<float>(record.size_bytes);
      if (record.fate == Fate::kDropped) dropped += static_cast<float>(record.size_bytes);
    }
  }
  const Area* next = merge_cursor(view_.now);
  if (merge.phase != MergeView::Phase::kCopying || next == nullptr || kept + dropped <= 0) return;
  const Point source{next->x, next->centre().y};
  const float falling = kWidth * dropped / (kept + dropped);
  const Point ground{source.x, next->bottom() + kFall};
  const auto ribbon = [&](float width, const Point& to, ImU32 colour, float end_opacity) {
    if (width <= 0) return;
    const ImU32 rim = faded(colours().background, 0.5F);
    canvas_.ribbon(source, width + kRim, to, width * kTapered + kRim, rim, end_opacity);
    canvas_.ribbon(source, width, to, width * kTapered, colour, end_opacity);
  };
  ribbon(falling, ground, garbage_colour(), 0);
  name("merge.dropped", {source.x - falling / 2, source.y, falling, ground.y - source.y});
  const auto output = layout_.lanes.find(merge.output);
  if (output == layout_.lanes.end() || output->second.records.empty()) return;
  const float flowing = kWidth - falling;
  const Area& last = output->second.records.back();
  const Point end{last.right(), last.y < source.y ? last.bottom() : last.y};
  ribbon(flowing, end, faded(colours().accent, 0.6F), 1);
  name("merge.kept", {source.x - flowing / 2, std::min(source.y, end.y), flowing, std::abs(source.y - end.y)});
  name("merge.end", {end.x, end.y, 1, 1});
}

// Of a band, the part that the merge has read.
void Stage::dim_read(const SegmentView& input) {
  const LaneLayout& lane = layout_.lanes.at(input.number);
  const auto decided = std::find_if(input.records.rbegin(), input.records.rend(),
                                    [](const RecordView& record) { return record.fate != Fate::kNone; });
  if (!lane.is_summary || decided == input.records.rend()) return;
  const auto last = static_cast<std::size_t>(input.records.rend() - decided) - 1;
  const Area& first = lane.records.front();
  const Area read{first.x, first.y, lane.records[last].right() - first.x, first.height};
  canvas_.fill(read, faded(colours().panel, 0.6F));
  name("merge.read." + segment_file_name(input.number), read);
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
