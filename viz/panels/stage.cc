// The stage as a whole: its three floors, and the order in which what is on them is drawn.
#include "viz/panels/stage.h"

#include <fmt/format.h>

#include <utility>

namespace sediment::viz {

using sim::DiskOperation;

namespace {

constexpr float kProcessHeight = 84;
constexpr float kProcessHeightOfLowStage = 58;
constexpr float kCacheHeight = 62;
constexpr float kCacheHeightOfLowStage = 36;
constexpr float kLowStage = 360;  // lower than this
constexpr float kHighFloor = 46;  // has room for two lines of text
constexpr float kManifestRow = 26;

}  // namespace

Stage::Stage(const Canvas& canvas, const View& view, const Area& area)
    : canvas_(canvas), view_(view), area_(area), progress_(eased(view.progress)) {
  const bool low = area.height < kLowStage;
  process_ = {area.x, area.y, area.width, low ? kProcessHeightOfLowStage : kProcessHeight};
  cache_floor_ = {area.x, process_.bottom() + kFloorGap, area.width, low ? kCacheHeightOfLowStage : kCacheHeight};
  memory_ = {area.x + kLaneLabel, process_.y + 5, area.width - kLaneLabel - 5, process_.height - 10};
  cache_ = {area.x + kLaneLabel, cache_floor_.y, area.width - kLaneLabel - 5, cache_floor_.height};
  const float disk_top = cache_floor_.bottom() + kFloorGap + kManifestRow;
  disk_ = {area.x, disk_top, area.width, area.bottom() - disk_top};
  make_room_for_others();
  const std::size_t enlarged = view.zoom.enlarged;
  layout_ = lay_out(view.now, memory_, cache_, disk_, enlarged);
  scroll_ = std::clamp(view.zoom.scroll, 0.0F, most_scroll());
  layout_.scroll(scroll_);
  before_ = layout_;
  if (view.progress < 1) {
    before_ = lay_out(view.before, memory_, cache_, disk_, enlarged);
    before_.scroll(scroll_);
  }
  layout_ = between(before_, layout_, progress_);

  const auto* operation = view.happening<DiskOperation>();
  if (operation != nullptr && operation->kind == DiskOperation::Kind::kAppend) {
    const auto number = parse_segment_file_name(operation->name);
    const SegmentView* segment = number ? view.now.segment(*number) : nullptr;
    if (segment != nullptr && segment->record_at(operation->offset) != nullptr) appended_to_ = segment;
  }
}

void Stage::draw() {
  draw_floors();
  draw_manifest();
  draw_cache();
  draw_taken();
  const bool crashing = view_.happening<sim::CrashEntry>() != nullptr;
  const HashIndex empty;
  for (const SegmentView* segment : view_.now.segments()) {
    const HashIndex* index = view_.now.index(segment->number);
    const auto card = layout_.cards.find(segment->number);
    if (card != layout_.cards.end()) draw_card(index == nullptr ? empty : *index, *segment, card->second, 1);
  }
  std::vector<const SegmentView*> before;  // only while something changes
  if (view_.progress < 1) before = view_.before.segments();
  for (const SegmentView* segment : before) {  // what disappears: memory in a crash, a segment's index
    const HashIndex* index = view_.before.index(segment->number);
    const auto card = before_.cards.find(segment->number);
    const bool gone = index != nullptr && view_.now.index(segment->number) == nullptr && card != before_.cards.end();
    if (gone) draw_card(*index, *segment, card->second, 1 - 2 * progress_);
  }

  canvas_.push_clip({area_.x - 2, disk_.y - 9, area_.width + 4, disk_.height + 13});
  for (const SegmentView* segment : before) {
    const bool gone = view_.now.segment(segment->number) == nullptr;
    if (gone) draw_lane(view_.before, *segment, before_.lanes.at(segment->number), 1 - progress_);
  }
  for (const SegmentView* segment : view_.now.segments()) {
    const bool is_new = view_.before.segment(segment->number) == nullptr;
    const LaneLayout& lane = layout_.lanes.at(segment->number);
    draw_lane(view_.now, *segment, lane, is_new && !crashing ? progress_ : 1);
    draw_lost(*segment, lane);
  }
  draw_merge();
  draw_recovery();
  draw_lookup();
  canvas_.pop_clip();
  draw_others();
  draw_selection();
  draw_sinking();
  draw_index_link();
  draw_fall();
  draw_flight();
  draw_crash();
  draw_scroll_bar();
}

void Stage::draw_floor(const Area& floor, const char* title, const char* what, bool is_gone) {
  canvas_.fill(
      floor,
      is_gone ? mixed(colours().background, colours().bad, 0.08F) : mixed(colours().background, colours().panel, 0.5F),
      10);
  canvas_.outline(floor, is_gone ? colours().bad : colours().outline, 10);
  const bool high = floor.height >= kHighFloor;
  canvas_.text({floor.x + 10, high ? floor.y + 7 : floor.centre().y - 9}, title, colours().text, fonts().strong);
  if (high)
    canvas_.text_wrapped({floor.x + 10, floor.y + 25}, kLaneLabel - 14, what, colours().text_muted, fonts().small);
}

void Stage::draw_floors() {
  const bool crashed = view_.now.store() == Scene::Store::kCrashed;
  draw_floor(process_, "The process", "any crash takes it", crashed);
  draw_floor(cache_floor_, "The cache", "kill −9 leaves it, a power cut takes it", crashed && power_failed());
  if (layout_.cards_left_out == 0) return;
  const std::string more = fmt::format("and {} older", layout_.cards_left_out);
  const float width = canvas_.width_of(more, fonts().small);
  canvas_.text({process_.right() - width - 8, process_.bottom() - 19}, more, colours().text_muted, fonts().small);
}

DrawnStage draw_stage(const Canvas& canvas, const View& view, const Area& whole, Commands& commands) {
  if (view.session.large_store() != nullptr) {
    draw_large_store(canvas, view, whole, commands);
    return {};
  }
  const Area area = draw_verdict(canvas, view, whole);
  if (view.has_only_steps()) {
    draw_steps(canvas, view, area);
    return {};
  }
  if (view.text_log() != nullptr) {
    draw_text_log(canvas, view, area);
    return {};
  }
  if (view.session.format() != StoreFormat::kSediment) {
    draw_file_stage(canvas, view, area, commands);
    return {};
  }
  Stage stage(canvas, view, area);
  const CloseUp& close_up = view.close_up;
  if (close_up.shown < 1) stage.draw();
  if (close_up.shown > 0 || close_up.level != Closeness::kStage) {
    draw_close_up(canvas, view, area, stage.origin_of_close_up(), commands);
    if (close_up.left.segment) stage.follow(commands);
    return {stage.most_enlarged(), {}};
  }
  // Before point_at: the mouse belongs to the first widget at its place.
  std::vector<Area> targets = stage.draw_targets(commands);
  stage.draw_zoom(commands);
  stage.follow(commands);
  stage.point_at(commands);
  if (view.now.store() == Scene::Store::kRefused) draw_refusal(canvas, view, stage.upper_floors(), commands);
  return {stage.most_enlarged(), std::move(targets)};
}

}  // namespace sediment::viz
