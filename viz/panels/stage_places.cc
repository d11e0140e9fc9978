// Where things are on the stage: a record, the places of a question's answers, and where a close-up begins.
#include <algorithm>

#include "viz/panels/stage.h"
#include "viz/panels/stage_sight.h"
#include "viz/panels/targets.h"

namespace sediment::viz {

// Where a record is drawn: in the cache, or on the disk.
const Area& Stage::area_of(const SegmentView& segment, std::size_t record) const {
  if (is_cached(segment, record)) return layout_.cache.groups.at(segment.number).area(record);
  return layout_.lanes.at(segment.number).records[record];
}

bool Stage::is_cached(const SegmentView& segment, std::size_t record) const {
  const auto group = layout_.cache.groups.find(segment.number);
  return group != layout_.cache.groups.end() && record >= group->second.first;
}

const Area* Stage::block(SegmentNumber number, std::uint64_t offset) const {
  const SegmentView* segment = view_.now.segment(number);
  const RecordView* record = segment == nullptr ? nullptr : segment->record_at(offset);
  const auto lane = layout_.lanes.find(number);
  if (record == nullptr || lane == layout_.lanes.end()) return nullptr;
  return &area_of(*segment, static_cast<std::size_t>(record - segment->records.data()));
}

// Also of a record that is in the cache: then this is its place once it is durable.
const Area* Stage::place_in_lane(SegmentNumber number, std::uint64_t offset) const {
  const SegmentView* segment = view_.now.segment(number);
  const RecordView* record = Place{segment, offset}.record();
  const auto lane = layout_.lanes.find(number);
  if (record == nullptr || lane == layout_.lanes.end()) return nullptr;
  return &lane->second.records[static_cast<std::size_t>(record - segment->records.data())];
}

CloseUpOrigin Stage::origin_of_close_up() const {
  const Place place = view_.place();
  const RecordView* record = place.record();
  const Area* area = record == nullptr ? nullptr : block(place.segment->number, record->offset);
  CloseUpOrigin origin{area != nullptr ? *area : Area{disk_.centre().x, disk_.centre().y, 1, 1}, std::nullopt};
  // It may be out of sight: then it comes from that edge.
  const float lowest = std::max(cache_floor_.y, area_.bottom() - origin.record.height);
  origin.record.y = std::clamp(origin.record.y, cache_floor_.y, lowest);
  if (record != nullptr) origin.slot = slot_of(*place.segment, *record);
  return origin;
}

// ---- the places of a question's answers

std::vector<Area> Stage::draw_targets(Commands& commands) const {
  std::vector<Area> areas;
  if (view_.asked.question == nullptr) return areas;
  const std::vector<Answer>& answers = view_.asked.question->answers;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const std::optional<Area> area = area_of(answers[i].target);
    if (!area) continue;
    draw_target(canvas_, view_.asked, i, *area, commands);
    if (answers[i].target.kind == Target::Kind::kNewLog && view_.asked.shows(i)) {
      canvas_.text_centred(*area, "a new file", colours().text, fonts().small);
    }
    areas.push_back(*area);
  }
  return areas;
}

// None if it is not visible.
std::optional<Area> Stage::area_of(const Target& target) const {
  using Kind = Target::Kind;
  if (const std::optional<Area> place = place_in_lanes(target)) return part_in_sight(*place, disk_);
  switch (target.kind) {
    case Kind::kNone:
    case Kind::kEntry:
    case Kind::kEndOfLog:
    case Kind::kFile: return std::nullopt;
    case Kind::kNewLog: return new_log();
    case Kind::kRecord: {
      const Area* cached = block(target.segment, target.offset);
      const auto group = layout_.cache.groups.find(target.segment);
      if (cached == nullptr || group == layout_.cache.groups.end() || group->second.is_summary) return std::nullopt;
      return *cached;
    }
    case Kind::kSlot: {
      const auto card = layout_.cards.find(target.segment);
      const HashIndex* index = view_.now.index(target.segment);
      if (card == layout_.cards.end() || card->second.is_summary || index == nullptr) return std::nullopt;
      if (target.number >= index->capacity()) return std::nullopt;
      return card->second.slot(target.number);
    }
    case Kind::kManifest: {
      constexpr float kNameWidth = 70;
      return Area{area_.x + kLaneLabel - 2, cache_floor_.bottom() + kFloorGap, kNameWidth, 20};
    }
  }
  return std::nullopt;
}

// In sight or not; none for what is not in a lane, and for a record in a band.
std::optional<Area> Stage::place_in_lanes(const Target& target) const {
  if (target.kind == Target::Kind::kEndOfLog) return end_of_log();
  const bool is_record = target.kind == Target::Kind::kRecord;
  const SegmentView* segment = view_.now.segment(target.segment);
  if (segment == nullptr || !(is_record || target.kind == Target::Kind::kFile)) return std::nullopt;
  const LaneLayout& lane = layout_.lanes.at(target.segment);
  if (!is_record) {  // its name, so that the question has room beside it
    return Area{lane.frame.x, lane.frame.y, kLaneLabel - 6, std::min(lane.frame.height, disk_.height)};
  }
  const RecordView* record = segment->record_at(target.offset);
  if (record == nullptr || lane.is_summary) return std::nullopt;
  const auto number = static_cast<std::size_t>(record - segment->records.data());
  if (is_cached(*segment, number)) return std::nullopt;
  return lane.records[number];
}

// Where the next record begins, as far as the lane has room.
std::optional<Area> Stage::end_of_log() const {
  constexpr float kWidest = 76;
  constexpr float kNarrowest = 24;
  for (const SegmentView* segment : view_.now.segments()) {
    if (view_.now.role(*segment) != Role::kActive) continue;
    const LaneLayout& lane = layout_.lanes.at(segment->number);
    const Area last = lane.records.empty()
                          ? Area{lane.frame.x + kLaneLabel - 4, lane.frame.y + 5, 0, lane.frame.height - 10}
                          : lane.records.back();
    const float right = lane.frame.right() - 6;
    const float x = std::min(last.right() + 6, right - kNarrowest);
    return Area{x, last.y, std::min(kWidest, right - x), last.height};
  }
  return std::nullopt;
}

// Below the lanes, or at the bottom of the disk if they fill it.
Area Stage::new_log() const {
  constexpr float kHeight = 26;
  float y = disk_.y;
  for (const auto& [number, lane] : layout_.lanes) y = std::max(y, lane.frame.bottom() + 10);
  return {disk_.x + 4, std::min(y, disk_.bottom() - kHeight - 4), kLaneLabel + 40, kHeight};
}

}  // namespace sediment::viz
