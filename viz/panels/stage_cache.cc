// The second floor of the stage: what is written and not durable. A sync lets it sink to the disk; a power cut takes it
// away.
#include <fmt/format.h>

#include <algorithm>

#include "sim/base/plural.h"
#include "viz/panels/stage.h"

namespace sediment::viz {

using sim::DiskOperation;

void Stage::draw_cache() {
  const bool crashed = view_.now.store() == Scene::Store::kCrashed;
  if (layout_.cache.empty() && before_.cache.empty() && !crashed) {
    canvas_.text_within({cache_.x, cache_.centre().y - 8}, cache_.width, "nothing: all that was written is durable",
                        colours().text_muted, fonts().small);
  }
  for (const CacheLayout::Card& card : layout_.cache.cards) {
    const bool is_new = std::none_of(before_.cache.cards.begin(), before_.cache.cards.end(),
                                     [&](const CacheLayout::Card& old) { return old.title == card.title; });
    draw_cache_card(card, card.area, is_new ? progress_ : 1);
  }
  if (layout_.cache.cards_left_out > 0) {
    const float x = layout_.cache.cards.empty() ? cache_.x : layout_.cache.cards.back().area.right() + kFloorGap;
    canvas_.text({x, cache_.centre().y - 8}, fmt::format("+ {} more", layout_.cache.cards_left_out), colours().warning,
                 fonts().small);
  }
  canvas_.push_clip(cache_floor_);
  for (const auto& [number, group] : layout_.cache.groups) {
    if (const SegmentView* segment = view_.now.segment(number)) draw_cached(*segment, group);
  }
  canvas_.pop_clip();
  if (layout_.cache.groups_left_out > 0) {
    canvas_.text({cache_.right() - 34, cache_.centre().y - 8}, fmt::format("+ {}", layout_.cache.groups_left_out),
                 colours().warning, fonts().small);
  }
}

void Stage::draw_cache_box(const Area& area, float opacity) {
  canvas_.fill(area, faded(mixed(colours().panel, colours().warning, 0.08F), opacity), 6);
  canvas_.dashed_outline(area, faded(colours().warning, opacity), 1.2F);
}

void Stage::draw_cache_card(const CacheLayout::Card& card, const Area& area, float opacity) {
  draw_cache_box(area, opacity);
  const bool two_lines = area.height >= 32;
  const float middle = area.centre().y;
  const Area first{area.x + 6, two_lines ? middle - 18 : area.y, area.width - 12, two_lines ? 18 : area.height};
  canvas_.text_centred(first, card.title, faded(colours().text, opacity), fonts().mono_small);
  if (!two_lines) return;
  canvas_.text_centred({first.x, middle, first.width, 18}, card.until, faded(colours().warning, opacity),
                       fonts().small);
}

void Stage::draw_cached_summary(const Area& area, std::size_t records, float opacity) {
  canvas_.fill(area, faded(mixed(colours().panel, colours().accent, 0.25F), opacity), 4);
  canvas_.dashed_outline(area, faded(colours().accent, opacity), 1.2F);
  canvas_.text_centred(area, sim::plural(records, "record"), faded(colours().text, opacity), fonts().small);
}

void Stage::draw_cached(const SegmentView& segment, const CacheLayout::Group& group) {
  if (group.is_summary) draw_cached_summary(group.records.front(), segment.records.size() - group.first, 1);
  for (std::size_t i = group.first; i < segment.records.size() && !group.is_summary; ++i) {
    if (!is_flying(segment, i)) draw_block(group.area(i), segment.records[i], false, 1);
  }
  if (group.label.height <= 0) return;
  const std::string label =
      fmt::format("{}, byte {}", segment_file_name(segment.number), segment.records[group.first].offset);
  canvas_.text_within({group.label.x, group.label.y}, group.label.width, label, colours().text_muted,
                      fonts().mono_small);
}

// ---- what leaves it

// What a sync has made durable, on its way down.
void Stage::draw_sinking() {
  if (view_.progress >= 1 || !is_syncing()) return;
  for (const auto& [number, group] : before_.cache.groups) {
    const SegmentView* segment = view_.now.segment(number);
    const auto lane = layout_.lanes.find(number);
    if (segment == nullptr || lane == layout_.lanes.end() || lane->second.is_summary) continue;
    for (std::size_t i = group.first; i < segment->records.size() && i < lane->second.records.size(); ++i) {
      if (!is_sinking(*segment, i) || !in_sight(lane->second.records[i])) continue;
      const Area now = between(group.area(i), lane->second.records[i], progress_);
      draw_block(now, segment->records[i], progress_ > 0.5F, 1);
    }
  }
  for (const CacheLayout::Card& card : before_.cache.cards) {
    const bool stays = std::any_of(layout_.cache.cards.begin(), layout_.cache.cards.end(),
                                   [&](const CacheLayout::Card& now) { return now.title == card.title; });
    if (stays) continue;
    Area sinking = card.area;
    sinking.y += (disk_.y - cache_floor_.y - 20) * progress_;
    draw_cache_box(sinking, 1 - progress_);  // its words would cover those that it passes
  }
}

// What the crash that is happening takes from the cache fades there, which is where it was.
void Stage::draw_taken() {
  if (view_.happening<sim::CrashEntry>() == nullptr || view_.progress >= 1 || !view_.now.crash()) return;
  const float opacity = 1 - 2 * progress_;
  canvas_.push_clip(cache_floor_);
  for (const auto& entry : before_.cache.groups) {
    const SegmentNumber number = entry.first;
    const CacheLayout::Group& group = entry.second;
    const SegmentView* segment = view_.before.segment(number);
    const auto& lost = view_.now.crash()->lost;
    for (std::size_t i = group.first; segment != nullptr && i < segment->records.size(); ++i) {
      const RecordView& record = segment->records[i];
      const bool is_lost = std::any_of(lost.begin(), lost.end(), [&](const CrashView::Lost& each) {
        return each.segment == number && each.record.offset == record.offset;
      });
      if (!is_lost) continue;
      name(fmt::format("taken.{}", record.offset), group.area(i));
      if (group.is_summary) {
        draw_cached_summary(group.area(i), segment->records.size() - group.first, opacity);
        break;
      }
      draw_block(group.area(i), record, false, opacity);
    }
  }
  for (const CacheLayout::Card& card : before_.cache.cards) {
    const bool stays = std::any_of(layout_.cache.cards.begin(), layout_.cache.cards.end(),
                                   [&](const CacheLayout::Card& now) { return now.title == card.title; });
    if (!stays) draw_cache_card(card, card.area, opacity);
  }
  canvas_.pop_clip();
}

bool Stage::is_syncing() const {
  const auto* operation = view_.happening<DiskOperation>();
  return operation != nullptr &&
         (operation->kind == DiskOperation::Kind::kSync || operation->kind == DiskOperation::Kind::kSyncDirectory);
}

// Whether it was in the cache before the sync that is happening, and is on the disk after it.
bool Stage::is_sinking(const SegmentView& segment, std::size_t record) const {
  if (view_.progress >= 1 || !is_syncing()) return false;
  const auto group = before_.cache.groups.find(segment.number);
  if (group == before_.cache.groups.end() || record < group->second.first) return false;
  const SegmentView* before = view_.before.segment(segment.number);
  return before != nullptr && record < before->records.size() &&
         segment.records[record].end() <= view_.now.durable_end(segment);
}

}  // namespace sediment::viz
