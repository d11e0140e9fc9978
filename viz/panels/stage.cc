// The stage, on three floors: what the process has in memory, what the system's cache has, and what the disk has. A
// crash of any kind takes the first, a power cut the first two; a sync lets what it covers sink from the cache to the
// disk, where a ghost has kept its place.
//
// Every motion is that of the entry that is happening, drawn between the scene before it and the scene after it. The
// end of the motion shows exactly the scene after it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/base/plural.h"
#include "viz/draw/named_items.h"
#include "viz/panels/closeup.h"
#include "viz/panels/colours.h"
#include "viz/panels/stage_layout.h"
#include "viz/panels/targets.h"
#include "viz/panels/view.h"

namespace sediment::viz {

namespace {

using sim::DiskOperation;

constexpr float kProcessHeight = 84;
constexpr float kProcessHeightOfLowStage = 58;
constexpr float kCacheHeight = 62;
constexpr float kCacheHeightOfLowStage = 36;
constexpr float kLowStage = 360;  // lower than this
constexpr float kHighFloor = 46;  // has room for two lines of text
constexpr float kFloorGap = 8;
constexpr float kManifestRow = 26;
constexpr float kCellWithLetters = 16;
constexpr float kZoomButtons = 56;
constexpr float kLabelled = 17;  // a block that is higher has room for a word

// The beginning of a key as it is shown, without cutting a character in two.
std::string first_letters(const std::string& key, std::size_t most) {
  const std::string text = shown(key);
  std::size_t end = 0;
  for (std::size_t letters = 0; end < text.size(); ++end) {
    const bool begins = (static_cast<unsigned char>(text[end]) & 0xc0U) != 0x80;
    if (begins && letters++ == most) break;
  }
  return text.substr(0, end);
}

// ", was sky = blue"
std::string what_was_there(const RecordView& record) {
  if (!record.was_known) return {};
  return ", was " + shown(record.key) + (record.value.empty() ? "" : " = " + shown(record.value));
}

class Stage {
 public:
  Stage(const Canvas& canvas, const View& view, const Area& area);
  void draw();
  /// Shows a tip for what the mouse points at; a click selects it; the wheel scrolls and enlarges.
  void point_at(Commands& commands) const;
  void zoom(Commands& commands) const;
  /// The places of the question's answers. Returns those that are visible.
  std::vector<Area> draw_targets(Commands& commands) const;
  std::size_t most_enlarged() const { return layout_.most_enlarged; }
  /// Where the record that is shown close up is, on the stage.
  CloseUpOrigin origin_of_close_up() const;
  /// The floors that a store that is not open has no use for.
  Area upper_floors() const { return {area_.x, area_.y, area_.width, cache_floor_.bottom() - area_.y}; }

 private:
  void show_tip(const SegmentView& segment) const;
  void show_tip(const SegmentView& segment, std::size_t number) const;
  void draw_selection() const;
  void draw_scroll_bar() const;
  void draw_floor(const Area& floor, const char* title, const char* what, bool is_gone);
  void draw_floors();
  void draw_cache();
  void draw_cache_card(const CacheLayout::Card& card, const Area& area, float opacity);
  void draw_cached(const SegmentView& segment, const CacheLayout::Group& group);
  void draw_cached_summary(const Area& area, std::size_t records, float opacity);
  void draw_sinking();
  float draw_legend(float y, float left);
  void draw_manifest();
  void draw_card(const HashIndex& index, const SegmentView& segment, const CardLayout& card, float opacity);
  void draw_lane(const Scene& scene, const SegmentView& segment, const LaneLayout& lane, float opacity);
  void draw_summary(const SegmentView& segment, const LaneLayout& lane, std::uint64_t durable, float opacity);
  std::pair<float, float> bytes_older_than(const SegmentView& segment) const;
  void draw_lane_label(const Scene& scene, const SegmentView& segment, const Area& frame, float opacity);
  void draw_small_corrupt(const Area& area, float opacity);
  void draw_block(const Area& area, const RecordView& record, bool durable, float opacity);
  void draw_key(const Area& line, const std::string& key, ImU32 colour, ImFont* font);
  void draw_marks(const RecordView& record, const Area& area, float opacity);
  void draw_lost(const SegmentView& segment, const LaneLayout& lane);
  void draw_taken();
  void draw_flight();
  void draw_fall();
  void draw_index_link();
  std::optional<Area> slot_of(const SegmentView& segment, const RecordView& record) const;
  void link(const SegmentView& segment, const std::string& key, float opacity);
  void draw_lookup();
  void draw_merge();
  void draw_recovery();
  void draw_crash();
  void draw_tag(const LaneLayout& lane, const Area& at, std::string_view text, ImU32 colour);

  void name(std::string_view item, const Area& area) const {
    named_items().mark(item, canvas_.pixels({area.x, area.y}), canvas_.pixels({area.right(), area.bottom()}));
  }
  bool is_flying(const SegmentView& segment, std::size_t record) const;
  bool in_sight(const Area& area) const { return area.bottom() >= disk_.y - 4 && area.y <= area_.bottom() + 4; }
  float most_scroll() const { return std::max(0.0F, layout_.lanes_height - disk_.height); }
  const Area* block(SegmentNumber number, std::uint64_t offset) const;
  const Area* merge_cursor(const Scene& scene) const;
  const Area& area_of(const SegmentView& segment, std::size_t record) const;
  std::optional<Area> area_of(const Target& target) const;
  std::optional<Area> area_of_record(SegmentNumber number, std::uint64_t offset) const;
  std::optional<Area> end_of_log() const;
  Area new_log() const;
  bool is_syncing() const;
  bool is_sinking(const SegmentView& segment, std::size_t record) const;
  bool is_cached(const SegmentView& segment, std::size_t record) const;
  bool power_failed() const;
  const Fonts& fonts() const { return canvas_.fonts(); }

  const Canvas& canvas_;
  const View& view_;
  Area area_;
  Area process_;      // the first floor
  Area cache_floor_;  // the second floor
  Area memory_;       // on the first floor, the room for cards
  Area cache_;        // on the second floor, the room beside its name
  Area disk_;         // below the MANIFEST
  StageLayout before_;
  StageLayout layout_;
  float progress_;
  float scroll_ = 0;
  const SegmentView* appended_to_ = nullptr;  // the segment that the entry happening appends a record to
};

Stage::Stage(const Canvas& canvas, const View& view, const Area& area)
    : canvas_(canvas), view_(view), area_(area), progress_(eased(view.progress)) {
  const bool low = area.height < kLowStage;
  process_ = {area.x, area.y, area.width, low ? kProcessHeightOfLowStage : kProcessHeight};
  cache_floor_ = {area.x, process_.bottom() + kFloorGap, area.width, low ? kCacheHeightOfLowStage : kCacheHeight};
  memory_ = {area.x + kLaneLabel, process_.y + 5, area.width - kLaneLabel - 5, process_.height - 10};
  cache_ = {area.x + kLaneLabel, cache_floor_.y, area.width - kLaneLabel - 5, cache_floor_.height};
  const float disk_top = cache_floor_.bottom() + kFloorGap + kManifestRow;
  disk_ = {area.x, disk_top, area.width, area.bottom() - disk_top};
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

  canvas_.push_clip({area_.x - 2, disk_.y - 9, area_.width + 4, area_.bottom() - disk_.y + 13});
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
  draw_selection();
  draw_sinking();
  draw_index_link();
  draw_fall();
  draw_flight();
  draw_crash();
  draw_scroll_bar();
}

// ---- zoom and scrolling

void Stage::draw_scroll_bar() const {
  if (most_scroll() <= 0) return;
  const float height = disk_.height * disk_.height / layout_.lanes_height;
  const float y = disk_.y + (disk_.height - height) * scroll_ / most_scroll();
  canvas_.fill({area_.right() - 3, y, 4, height}, colours().outline_strong, 2);
}

// Two buttons: the largest record is then shown close up. What happens scrolls into view, except while a merge copies
// from one segment to another.
void Stage::zoom(Commands& commands) const {
  const auto button = [&](const char* label, const char* item, float right, bool in) {
    const Area box{right - 22, cache_floor_.bottom() + kFloorGap, 22, 20};
    ImGui::SetCursorScreenPos(canvas_.pixels({box.x, box.y}));
    if (ImGui::InvisibleButton(item, canvas_.pixels({box.width, box.height}))) commands.emplace_back(ZoomStage{in});
    named_items().mark_last(item);
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("closer to the records, down to the bits; or back (Z, Shift Z)");
    canvas_.fill(box, colours().raised, 5);
    canvas_.text_centred(box, label, ImGui::IsItemHovered() ? colours().accent : colours().text, fonts().strong);
  };
  if (view_.now.segments().empty()) return;
  button("+", "stage.larger", area_.right(), true);
  if (view_.zoom.enlarged > 0) button("−", "stage.smaller", area_.right() - 26, false);
  const bool copying = view_.now.merge() && view_.now.merge()->phase == MergeView::Phase::kCopying;
  if (!view_.moved || copying || most_scroll() <= 0) return;
  const Place place = view_.place();
  const RecordView* record = place.record();
  const Area* target = record == nullptr ? nullptr : block(place.segment->number, record->offset);
  if (target == nullptr || (target->y >= disk_.y && target->bottom() <= disk_.bottom())) return;
  const float to = scroll_ + target->centre().y - disk_.centre().y;
  commands.emplace_back(ScrollStage{std::clamp(to, 0.0F, most_scroll())});
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

// ---- selection

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

void Stage::point_at(Commands& commands) const {
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
      lane.is_summary ? show_tip(*segment) : show_tip(*segment, i);
      if (clicked) commands.emplace_back(Select{segment->number, segment->records[i].offset});
      return;
    }
    if (clicked && disk_.contains(mouse) && lane.frame.contains(mouse)) {
      commands.emplace_back(Select{segment->number, 0});
    }
  }
}

void Stage::show_tip(const SegmentView& segment) const {
  const auto live = std::count_if(segment.records.begin(), segment.records.end(),
                                  [](const RecordView& record) { return record.valid() && !record.superseded; });
  const std::size_t corrupt = segment.corrupt_places();
  ImGui::SetTooltip("%zu records; %zu are the newest of their key%s", segment.valid_records(),
                    static_cast<std::size_t>(live),
                    corrupt == 0 ? "" : fmt::format("; {} corrupt", sim::plural(corrupt, "place")).c_str());
}

void Stage::show_tip(const SegmentView& segment, std::size_t number) const {
  const RecordView& record = segment.records[number];
  const bool durable = record.end() <= view_.now.durable_end(segment);
  const std::string what = record.corrupt                          ? "corrupt: " + record.why + what_was_there(record)
                           : record.torn()                         ? "torn: " + std::string(describe(record.verdict))
                           : record.type == RecordType::kTombstone ? shown(record.key) + ": a tombstone"
                                                                   : shown(record.key) + " = " + shown(record.value);
  ImGui::SetTooltip("%s\nbytes %llu to %llu of %s, %s%s", what.c_str(), static_cast<unsigned long long>(record.offset),
                    static_cast<unsigned long long>(record.end()), segment_file_name(segment.number).c_str(),
                    durable ? "durable" : "in the cache only", record.superseded ? ", superseded" : "");
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
  switch (target.kind) {
    case Kind::kNone:
    case Kind::kEntry: return std::nullopt;
    case Kind::kEndOfLog: return end_of_log();
    case Kind::kNewLog: return new_log();
    case Kind::kRecord: return area_of_record(target.segment, target.offset);
    case Kind::kSlot: {
      const auto card = layout_.cards.find(target.segment);
      const HashIndex* index = view_.now.index(target.segment);
      if (card == layout_.cards.end() || card->second.is_summary || index == nullptr) return std::nullopt;
      if (target.number >= index->capacity()) return std::nullopt;
      return card->second.slot(target.number);
    }
    case Kind::kFile: {
      const auto lane = layout_.lanes.find(target.segment);
      if (lane == layout_.lanes.end() || !in_sight(lane->second.frame)) return std::nullopt;
      const Area& frame = lane->second.frame;
      return Area{frame.x, frame.y, kLaneLabel - 6, frame.height};  // its name, so that the question has room beside it
    }
    case Kind::kManifest: {
      constexpr float kNameWidth = 70;
      return Area{area_.x + kLaneLabel - 2, cache_floor_.bottom() + kFloorGap, kNameWidth, 20};
    }
  }
  return std::nullopt;
}

std::optional<Area> Stage::area_of_record(SegmentNumber number, std::uint64_t offset) const {
  const SegmentView* segment = view_.now.segment(number);
  const auto lane = layout_.lanes.find(number);
  if (segment == nullptr || lane == layout_.lanes.end() || lane->second.is_summary) return std::nullopt;
  for (std::size_t i = 0; i < segment->records.size(); ++i) {
    if (segment->records[i].offset != offset) continue;
    const Area& area = area_of(*segment, i);
    if (is_cached(*segment, i) ? layout_.cache.groups.at(number).is_summary : !in_sight(area)) return std::nullopt;
    return area;
  }
  return std::nullopt;
}

// Where the next record begins, as far as the lane has room.
std::optional<Area> Stage::end_of_log() const {
  constexpr float kWidest = 76;
  constexpr float kNarrowest = 24;
  for (const SegmentView* segment : view_.now.segments()) {
    if (view_.now.role(*segment) != Role::kActive) continue;
    const LaneLayout& lane = layout_.lanes.at(segment->number);
    if (!in_sight(lane.frame)) return std::nullopt;
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

// ---- floors

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

bool Stage::power_failed() const {
  if (!view_.now.crash()) return false;
  const sim::Fault fault = view_.now.crash()->choice.fault;
  return fault != sim::Fault::kCleanKill && !sim::is_damage(fault);
}

// ---- the cache

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
    canvas_.text({x, cache_.centre().y - 8}, fmt::format("+ {}", layout_.cache.cards_left_out), colours().warning,
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

void Stage::draw_cache_card(const CacheLayout::Card& card, const Area& area, float opacity) {
  canvas_.fill(area, faded(mixed(colours().panel, colours().warning, 0.08F), opacity), 6);
  canvas_.dashed_outline(area, faded(colours().warning, opacity), 1.2F);
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
    draw_cache_card(card, sinking, 1 - progress_);
  }
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

// Where a record is drawn: in the cache, or on the disk.
const Area& Stage::area_of(const SegmentView& segment, std::size_t record) const {
  if (is_cached(segment, record)) return layout_.cache.groups.at(segment.number).area(record);
  return layout_.lanes.at(segment.number).records[record];
}

bool Stage::is_cached(const SegmentView& segment, std::size_t record) const {
  const auto group = layout_.cache.groups.find(segment.number);
  return group != layout_.cache.groups.end() && record >= group->second.first;
}

// Right-aligned above the disk, as far as there is room to the right of `left`. Returns where it begins.
float Stage::draw_legend(float y, float left) {
  float x = area_.right() - kZoomButtons;
  const auto entry = [&](const char* name, const RecordView& record, bool durable) {
    const Area sample{x - 18 - canvas_.width_of(name, fonts().small) - 5, y, 18, 14};
    if (sample.x < left) return;
    draw_block(sample, record, durable, 1);
    canvas_.text({sample.right() + 5, y + 1}, name, colours().text_muted, fonts().small);
    x = sample.x - 12;
  };
  const RecordView sample{.offset = 0, .size_bytes = 0};
  RecordView garbage = sample;
  garbage.superseded = true;
  RecordView tombstone = sample;
  tombstone.type = RecordType::kTombstone;
  RecordView torn = sample;
  torn.verdict = RecordVerdict::kBodyInvalid;
  RecordView corrupt = torn;
  corrupt.corrupt = true;
  entry("corrupt", corrupt, true);
  entry("torn", torn, true);
  entry("tombstone", tombstone, true);
  entry("superseded", garbage, true);
  return x + 12;
}

void Stage::draw_manifest() {
  const float y = cache_floor_.bottom() + kFloorGap;
  canvas_.text({area_.x + 10, y + 2}, "The disk", colours().text, fonts().strong);
  canvas_.text({area_.x + kLaneLabel, y + 3}, "MANIFEST", colours().text_muted, fonts().mono);
  float x = area_.x + kLaneLabel + 78;
  const auto* operation = view_.happening<DiskOperation>();
  const bool switching =
      operation != nullptr && operation->kind == DiskOperation::Kind::kRename && operation->new_name == kManifestName;
  const auto width_of = [&](const std::string& text) { return canvas_.width_of(text, fonts().mono_small) + 14; };
  const auto chip = [&](const std::string& text, ImU32 colour) {
    const Area box{x, y, width_of(text), 20};
    canvas_.fill(box, mixed(colours().raised, colours().good, switching ? 0.7F * (1 - progress_) : 0), 5);
    canvas_.outline(box, colour, 5);
    canvas_.text_centred(box, text, colours().text, fonts().mono_small);
    x = box.right() + 5;
  };
  if (!view_.now.manifest()) {
    const bool unreadable = view_.now.unreadable_manifest();
    canvas_.text({x, y + 4},
                 unreadable ? "corrupt: which files count is not known" : "none yet: there is no store here",
                 unreadable ? colours().damage : colours().text_muted, fonts().small);
    return;
  }
  const Manifest& manifest = *view_.now.manifest();
  const std::vector<SegmentNumber> missing = view_.now.missing_segments();
  const auto name_of_chip = [&](SegmentNumber number) {
    const bool is_missing = std::find(missing.begin(), missing.end(), number) != missing.end();
    return fmt::format("{}{}", value_of(number), is_missing ? " missing" : "");
  };
  std::vector<std::string> sealed;
  for (const Manifest::Sealed& segment : manifest.sealed) sealed.push_back(name_of_chip(segment.number));
  const std::string active = manifest.active ? name_of_chip(manifest.active->number) + " active" : "";
  const float end = area_.right() - kZoomButtons;
  float width = active.empty() ? 0 : width_of(active) + 5;
  for (const std::string& text : sealed) width += width_of(text) + 5;
  // If there are too many, those after the oldest one are left out.
  constexpr float kDots = 22;
  std::size_t left_out = 0;
  for (; x + width + (left_out > 0 ? kDots : 0) > end && left_out + 1 < sealed.size(); ++left_out) {
    width -= width_of(sealed[1 + left_out]) + 5;
  }
  for (std::size_t i = 0; i < sealed.size(); i += (i == 0 ? 1 + left_out : 1)) {
    chip(sealed[i], sealed[i].ends_with("missing") ? colours().damage : colours().outline_strong);
    if (i > 0 || left_out == 0) continue;
    canvas_.text({x + 2, y + 2}, "…", colours().text_muted, fonts().text);
    x += kDots;
  }
  if (!active.empty()) chip(active, colours().accent);
  const float legend = draw_legend(y + 2, x + 16);
  const char* what = manifest.sealed.empty() && active.empty() ? "it names no file yet" : "the files that count";
  if (x + 4 + canvas_.width_of(what, fonts().small) > legend - 12) return;
  canvas_.text({x + 4, y + 4}, what, colours().text_muted, fonts().small);
}

// ---- memory

void Stage::draw_card(const HashIndex& index, const SegmentView& segment, const CardLayout& card, float opacity) {
  const auto* event = view_.happening<sim::EventEntry>();
  const bool mine = event != nullptr && SegmentNumber{event->segment} == segment.number;
  const bool asked = mine && (event->kind == EventKind::kProbed || event->kind == EventKind::kNotHere ||
                              event->kind == EventKind::kFound || event->kind == EventKind::kTombstoneStops);
  canvas_.fill(card.frame, faded(colours().panel, opacity), 8);
  canvas_.outline(card.frame, faded(asked ? colours().accent : colours().outline, opacity), 8, asked ? 2.0F : 1.0F);
  canvas_.text_within({card.frame.x + 8, card.frame.y + 5}, card.frame.width - 12,
                      index.capacity() == 0
                          ? fmt::format("{}: empty", value_of(segment.number))
                          : fmt::format("{}: {} of {}", value_of(segment.number), index.size(), index.capacity()),
                      faded(colours().text_muted, opacity), fonts().small);
  name(fmt::format("index.{}", value_of(segment.number)), card.frame);
  if (card.is_summary) {  // how full it is
    const Area bar{card.slots.x, card.slots.y + 4, card.frame.width - 16, 10};
    const float share = static_cast<float>(index.size()) / static_cast<float>(index.capacity());
    canvas_.fill(bar, faded(colours().raised, opacity), 3);
    canvas_.fill({bar.x, bar.y, bar.width * share, bar.height}, faded(colours().accent, opacity), 3);
    return;
  }
  for (std::size_t i = 0; i < index.capacity(); ++i) {
    const Area slot = card.slot(i);
    const RecordView* record = index.offset_at(i) == 0 ? nullptr : segment.record_at(index.offset_at(i));
    if (record == nullptr) {
      if (card.cell > 3) canvas_.fill(slot, faded(colours().raised, opacity), 2);
      continue;
    }
    if (record->corrupt) {
      canvas_.fill(slot, faded(mixed(colours().panel, colours().damage, 0.4F), opacity), card.cell > 4 ? 2.0F : 0);
      if (card.cell > 8) canvas_.noise(slot, faded(colours().damage, opacity));
      continue;
    }
    const bool tombstone = record->type == RecordType::kTombstone;
    const ImU32 colour = tombstone ? mixed(colours().panel, colours().bad, 0.6F) : key_colour(record->key);
    canvas_.fill(slot, faded(colour, opacity), card.cell > 4 ? 2.0F : 0);
    if (tombstone && card.cell > 8) canvas_.cross(slot.inset(slot.width / 4), faded(colours().text, opacity), 1.5F);
    if (!tombstone && card.cell >= kCellWithLetters) {
      const std::size_t letters = card.cell >= 2 * kCellWithLetters ? 4 : card.cell > 20 ? 2 : 1;
      canvas_.text_centred(slot.inset(-3), first_letters(record->key, letters),
                           faded(shades_of(record->key).text, opacity), fonts().mono_small);
    }
    const bool fresh = mine && event->kind == EventKind::kIndexed && record->offset == event->offset;
    if (fresh) canvas_.outline(slot.inset(-2 - 3 * pulse(view_.progress)), colours().text, 3, 1.5F);
  }
}

// From the slot to the record that it points to: when the slot has just been set or probed, and for the selected
// record.
void Stage::draw_index_link() {
  const auto* event = view_.happening<sim::EventEntry>();
  const bool indexed = event != nullptr && event->kind == EventKind::kIndexed;
  const bool found =
      event != nullptr && (event->kind == EventKind::kFound || event->kind == EventKind::kTombstoneStops);
  if (indexed || found) {
    const SegmentNumber number{event->segment};
    const SegmentView* segment = view_.now.segment(number);
    if (segment != nullptr) link(*segment, event->key, found ? 1 : 0.35F + 0.65F * pulse(view_.progress));
  }
  const Selection& selection = view_.selection;
  const SegmentView* selected = selection.segment ? view_.now.segment(*selection.segment) : nullptr;
  const RecordView* record = selected == nullptr ? nullptr : selected->record_at(selection.offset);
  if (record != nullptr) link(*selected, record->key, 1);
}

void Stage::link(const SegmentView& segment, const std::string& key, float opacity) {
  const HashIndex* index = view_.now.index(segment.number);
  const auto card = layout_.cards.find(segment.number);
  if (index == nullptr || card == layout_.cards.end() || card->second.is_summary) return;
  for (std::size_t i = 0; i < index->capacity(); ++i) {
    const RecordView* record = index->offset_at(i) == 0 ? nullptr : segment.record_at(index->offset_at(i));
    if (record == nullptr || record->key != key) continue;
    const Area* target = block(segment.number, record->offset);
    if (target == nullptr || target->bottom() < cache_.y || target->y > area_.bottom()) return;
    const Area slot = card->second.slot(i);
    // To its first byte: a slot holds nothing but this offset.
    const Point tip{target->x + 5, target->y};
    const ImU32 colour = faded(shades_of(record->key).line, opacity);
    canvas_.curve({slot.centre().x, slot.bottom()}, {tip.x, tip.y - 7}, colour, 2);
    canvas_.triangle({tip.x - 5, tip.y - 8}, {tip.x + 5, tip.y - 8}, tip, colour);
    canvas_.outline(target->inset(-2), faded(colours().text, opacity), 5, 1.5F);
    return;
  }
}

// The slot that points to this record; none if it is not shown, or there is none.
std::optional<Area> Stage::slot_of(const SegmentView& segment, const RecordView& record) const {
  const HashIndex* index = view_.now.index(segment.number);
  const auto card = layout_.cards.find(segment.number);
  if (index == nullptr || card == layout_.cards.end() || card->second.is_summary) return std::nullopt;
  for (std::size_t i = 0; i < index->capacity(); ++i) {
    if (index->offset_at(i) == record.offset) return card->second.slot(i);
  }
  return std::nullopt;
}

// ---- the disk

void Stage::draw_lane(const Scene& scene, const SegmentView& segment, const LaneLayout& lane, float opacity) {
  name("lane." + segment_file_name(segment.number), lane.frame);
  if (!in_sight(lane.frame)) return;
  const Role role = scene.role(segment);
  const bool named = role == Role::kActive || role == Role::kSealed;
  canvas_.fill(
      lane.frame,
      faded(role == Role::kActive ? mixed(colours().panel, colours().accent, 0.08F) : colours().panel, opacity), 8);
  if (named) {
    canvas_.outline(
        lane.frame,
        faded(role == Role::kActive ? mixed(colours().outline, colours().accent, 0.5F) : colours().outline, opacity),
        8);
  } else {
    canvas_.dashed_outline(lane.frame, faded(colours().outline_strong, opacity));
  }
  draw_lane_label(scene, segment, lane.frame, opacity);
  const std::uint64_t durable = scene.durable_end(segment);
  if (lane.is_summary) return draw_summary(segment, lane, durable, opacity);
  for (std::size_t i = 0; i < segment.records.size() && i < lane.records.size(); ++i) {
    if (is_flying(segment, i) || !in_sight(lane.records[i])) continue;
    const RecordView& record = segment.records[i];
    if (record.end() > durable || (&scene == &view_.now && is_sinking(segment, i))) {  // its place
      canvas_.dashed_outline(lane.records[i].inset(0.5F), faded(colours().outline_strong, opacity));
      continue;
    }
    draw_block(lane.records[i], record, true, opacity * (record.fate == Fate::kDropped ? 0.65F : 1));
    draw_marks(record, lane.records[i], opacity);
  }
  for (std::size_t i = 0; i < segment.records.size() && i < lane.records.size(); ++i) {
    if (segment.records[i].corrupt && in_sight(lane.records[i])) draw_small_corrupt(lane.records[i], opacity);
  }
}

// A corrupt place that has no room for its name is framed, so that it stands out among thousands.
void Stage::draw_small_corrupt(const Area& area, float opacity) {
  if (area.height >= kLabelled && area.width >= kLabelled) return;
  canvas_.fill(area.inset(-4), faded(colours().background, opacity), 3);
  canvas_.outline(area.inset(-4), faded(colours().damage, opacity), 3, 2);
  canvas_.fill(area.inset(-1), faded(colours().damage, opacity));
}

// A band of columns along the segment, each of several records: how much of it still counts (from the bottom, the fainter
// the older) and how much is garbage.
void Stage::draw_summary(const SegmentView& segment, const LaneLayout& lane, std::uint64_t durable, float opacity) {
  constexpr float kNarrowest = 3;
  constexpr std::size_t kRecordsInColumn = 8;  // fewer would be a comb
  struct Column {
    float bytes = 0;
    float live = 0;
    bool durable = true;
    bool corrupt = false;
  };
  const Area first = lane.records.front();
  const float width = lane.records.back().right() - first.x;
  const auto most = static_cast<std::size_t>(std::max(1.0F, width / kNarrowest));
  std::vector<Column> columns(std::clamp<std::size_t>(segment.records.size() / kRecordsInColumn, 1, most));
  const float pitch = width / static_cast<float>(columns.size());
  const auto column_at = [&](float x) {
    const float number = std::max(0.0F, (x - first.x) / pitch);
    return std::min(static_cast<std::size_t>(number), columns.size() - 1);
  };
  for (std::size_t i = 0; i < segment.records.size(); ++i) {
    const RecordView& record = segment.records[i];
    const Area& area = lane.records[i];
    Column& column = columns[column_at(area.centre().x)];
    const bool counts = record.valid() && !record.superseded && record.fate != Fate::kDropped;
    for (std::size_t at = column_at(area.x); record.corrupt && at <= column_at(area.right()); ++at) {
      columns[at].corrupt = true;
    }
    column.bytes += area.width;
    column.live += counts ? area.width : 0;
    column.durable = column.durable && record.end() <= durable;
  }
  const auto [older, all] = bytes_older_than(segment);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Column& column = columns[i];
    if (column.bytes <= 0 && !column.corrupt) continue;
    const Area whole{first.x + pitch * static_cast<float>(i), first.y, pitch, first.height};
    if (column.corrupt) {
      canvas_.fill({whole.x, whole.y - 2, whole.width, whole.height + 4}, faded(colours().damage, opacity));
      continue;
    }
    const float part = (static_cast<float>(i) + 0.5F) / static_cast<float>(columns.size());
    const float age = 1 - (older + part * static_cast<float>(segment.written_end())) / std::max(1.0F, all);
    const float height = whole.height * column.live / column.bytes;
    canvas_.fill(whole, faded(garbage_colour(), opacity));
    canvas_.fill({whole.x, whole.bottom() - height, whole.width, height},
                 faded(mixed(colours().accent, colours().raised, 0.6F * age), opacity * (column.durable ? 1 : 0.45F)));
  }
}

// The bytes of the segments that a lookup searches after this one, and of all.
std::pair<float, float> Stage::bytes_older_than(const SegmentView& segment) const {
  float older = 0;
  float all = 0;
  for (const SegmentView* each : view_.now.segments()) {  // newest first
    all += static_cast<float>(each->written_end());
    older = each->number == segment.number ? 0 : older + static_cast<float>(each->written_end());
  }
  return {older, all};
}

void Stage::draw_lane_label(const Scene& scene, const SegmentView& segment, const Area& frame, float opacity) {
  const bool durable = scene.name_durable(segment);
  const bool low = frame.height < 30;
  const float first_row = std::min(frame.height, 44.0F);  // beside it, if the lane has several rows
  const float name_y = frame.y + first_row / 2 - (low ? 8.0F : 15.0F);
  const Point mark{frame.x + 12, name_y + 8};
  if (durable) {
    canvas_.dot(mark, 3.5F, faded(colours().good, opacity));
  } else {
    canvas_.ring(mark, 3.5F, faded(colours().warning, opacity), 1.5F);
  }
  canvas_.text({frame.x + 22, name_y}, segment_file_name(segment.number), faded(colours().text, opacity), fonts().mono);
  if (low) return;
  const std::optional<MergeView>& merge = scene.merge();
  const bool input =
      merge && std::find(merge->inputs.begin(), merge->inputs.end(), segment.number) != merge->inputs.end();
  std::string text;
  ImU32 colour = colours().text_muted;
  switch (scene.role(segment)) {
    case Role::kActive:
      text = "active";
      colour = colours().accent;
      break;
    case Role::kSealed:
      text = input ? "being merged" : "sealed";
      if (input) colour = colours().warning;
      break;
    case Role::kMergeOutput:
      text = "merge output";
      colour = colours().warning;
      break;
    case Role::kUnnamed: text = "not in MANIFEST"; break;
  }
  if (const std::size_t corrupt = segment.corrupt_places(); corrupt > 0 && scene.role(segment) != Role::kUnnamed) {
    text += fmt::format(", {} corrupt", corrupt);
    colour = colours().damage;
  }
  canvas_.text({frame.x + 22, name_y + 14}, text, faded(colour, opacity), fonts().small);
}

// In smaller letters, if it is too long for these; or else its first letters.
void Stage::draw_key(const Area& line, const std::string& key, ImU32 colour, ImFont* font) {
  for (ImFont* const each : {font, fonts().small, fonts().mono_small}) {
    if (canvas_.width_of(shown(key), each) > line.width) continue;
    return canvas_.text_centred(line, shown(key), colour, each);
  }
  const std::string letters = first_letters(key, 2);
  if (canvas_.width_of(letters, fonts().small) <= line.width) {
    canvas_.text_centred(line, letters, colour, fonts().small);
  }
}

void Stage::draw_block(const Area& area, const RecordView& record, bool durable, float opacity) {
  const KeyShades& shades = record.key.empty() && record.value.empty() ? accent_shades() : shades_of(record.key);
  const bool tiny = area.width < 6 || area.height < 9;
  // In all blocks alike, whatever the sizes of their records.
  constexpr float kLargeEnough = 1.75F;
  const bool large = area.height >= 44 && layout_.byte_width >= kLargeEnough;
  const bool huge = area.height >= 80 && large;
  ImFont* const key_font = huge ? fonts().title : large ? fonts().lead : fonts().small;
  const float rounding = tiny ? 0 : 4;
  if (record.corrupt) {
    canvas_.fill(area, faded(mixed(colours().panel, colours().damage, tiny ? 1 : 0.18F), opacity));
    if (tiny) return;
    canvas_.noise(area, faded(colours().damage, opacity * 0.5F));
    canvas_.outline(area, faded(colours().damage, opacity), 0, 2);
    const bool two_lines = area.height >= 34 && record.was_known;
    const auto line = [&](float middle, const std::string& text, ImFont* font) {
      const float width = std::min(canvas_.width_of(text, font) + 8, area.width - 4);
      const float height = canvas_.height_of(font) + 1;
      const Area plate{area.centre().x - width / 2, middle - height / 2, width, height};
      if (width > 24) canvas_.fill(plate, faded(colours().panel, opacity * 0.85F), 3);
      canvas_.text_centred(plate, text, faded(colours().text, opacity), font);
    };
    if (area.height < kLabelled) return;
    line(two_lines ? area.y + area.height * 0.32F : area.centre().y, "corrupt", key_font);
    if (two_lines) line(area.y + area.height * 0.72F, "was " + shown(record.key), fonts().mono_small);
    return;
  }
  if (record.torn()) {
    canvas_.fill(area, faded(mixed(colours().panel, colours().bad, 0.35F), opacity));
    if (tiny) return;
    canvas_.jag({area.right() - 4, area.y}, area.height, faded(colours().bad, opacity));
    canvas_.text_centred(area.inset(2), "torn", faded(colours().text, opacity), key_font);
    return;
  }
  if (record.type == RecordType::kTombstone) {
    const ImU32 cross = record.superseded ? mixed(colours().panel, colours().bad, 0.5F) : colours().bad;
    canvas_.fill(area, faded(durable ? colours().raised : colours().panel, opacity), rounding);
    if (tiny) return;
    durable ? canvas_.outline(area, faded(cross, opacity), rounding, 1.5F)
            : canvas_.dashed_outline(area, faded(cross, opacity), 1.5F);
    const float size = std::min({9.0F, area.height - 6, area.width - 6});
    const bool labelled = area.height > 18 && canvas_.width_of(shown(record.key), key_font) < area.width - 21;
    const Point c = labelled ? Point{area.x + 10, area.centre().y} : area.centre();
    canvas_.cross({c.x - size / 2, c.y - size / 2, size, size}, faded(cross, opacity), 2);
    if (labelled) {
      canvas_.text_centred({area.x + 17, area.y, area.width - 19, area.height}, shown(record.key),
                           faded(record.superseded ? colours().text_muted : colours().text, opacity), key_font);
    }
    return;
  }

  const ImU32 fill = record.superseded ? (durable ? shades.old_fill : shades.old_cached_fill)
                     : durable         ? shades.fill
                                       : shades.cached_fill;
  const ImU32 text = record.superseded ? shades.old_text : durable ? shades.text : shades.cached_text;
  canvas_.fill(area, faded(fill, opacity), rounding);
  if (tiny) return;
  if (record.superseded) canvas_.hatch(area.inset(1), faded(shades.hatch, opacity));
  if (!durable) canvas_.dashed_outline(area, faded(shades.line, opacity), 1.2F);
  if (area.height < 17) return;
  const bool two_lines = area.height >= 34 && !record.value.empty();
  const Area line{area.x + 2, area.y, area.width - 4, two_lines ? area.height / 2 + 3 : area.height};
  draw_key(line, record.key, faded(text, opacity), key_font);
  if (two_lines) {
    canvas_.text_centred({line.x, line.y + area.height / 2 - 2, line.width, area.height / 2}, shown(record.value),
                         faded(text, opacity), large ? fonts().mono : fonts().mono_small);
  }
}

// What a merge or a recovery says about a record.
void Stage::draw_marks(const RecordView& record, const Area& area, float opacity) {
  const bool tiny = area.width < 6 || area.height < 9;
  if (record.fate == Fate::kKept || record.recovered) {
    canvas_.fill({area.x, area.bottom() - (tiny ? 1.0F : 3.0F), area.width, tiny ? 1.0F : 3.0F},
                 faded(colours().good, opacity));
  }
  if (record.fate == Fate::kDropped && !tiny) {
    canvas_.line({area.x, area.centre().y}, {area.right(), area.centre().y}, faded(colours().warning, opacity * 0.8F),
                 1.5F);
  }
}

// The places on the disk that the lost records never reached. During the crash, "lost" takes the place of the outline.
void Stage::draw_lost(const SegmentView& segment, const LaneLayout& lane) {
  const std::vector<const RecordView*> lost = lost_in(view_.now, segment);
  const bool striking = view_.happening<sim::CrashEntry>() != nullptr;
  for (std::size_t i = 0; i < lost.size() && i < lane.lost.size(); ++i) {
    const float opacity = striking ? 2 * progress_ - 1 : 1;  // first the old one fades, then the new one appears
    if (lane.lost[i].width < 6) continue;
    if (opacity < 0) canvas_.dashed_outline(lane.lost[i].inset(0.5F), faded(colours().outline_strong, -opacity));
    canvas_.dashed_outline(lane.lost[i], faded(mixed(colours().panel, colours().bad, 0.75F), opacity));
    if (lane.lost[i].height > 17) {
      canvas_.text_centred(lane.lost[i], "lost", faded(mixed(colours().text_muted, colours().bad, 0.4F), opacity),
                           fonts().small);
    }
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

const Area* Stage::block(SegmentNumber number, std::uint64_t offset) const {
  const SegmentView* segment = view_.now.segment(number);
  const RecordView* record = segment == nullptr ? nullptr : segment->record_at(offset);
  const auto lane = layout_.lanes.find(number);
  if (record == nullptr || lane == layout_.lanes.end()) return nullptr;
  return &area_of(*segment, static_cast<std::size_t>(record - segment->records.data()));
}

// ---- motion

bool Stage::is_flying(const SegmentView& segment, std::size_t record) const {
  return &segment == appended_to_ && record + 1 == segment.records.size() && view_.progress < 1;
}

// A record flies to the end of its log: from above when a user wrote it, from its old place when a merge copies it.
void Stage::draw_flight() {
  if (appended_to_ == nullptr || view_.progress >= 1) return;
  const RecordView& record = appended_to_->records.back();
  const Area& target = area_of(*appended_to_, appended_to_->records.size() - 1);
  const std::optional<MergeView>& merge = view_.before.merge();
  const bool copying =
      merge && merge->phase == MergeView::Phase::kCopying && view_.now.role(*appended_to_) != Role::kActive;
  const Area* origin = copying ? merge_cursor(view_.before) : nullptr;
  if (origin == nullptr && view_.now.recovery().under_way) {
    draw_block(target, record, false, progress_);
    return;
  }
  const Area above{area_.centre().x - target.width / 2, area_.y - 30, target.width, target.height};
  Area now = between(origin != nullptr ? *origin : above, target, progress_);
  now.y -= 14 * pulse(progress_);
  canvas_.fill({now.x + 2, now.y + 3, now.width, now.height}, faded(colours().background, 0.5F), 4);
  draw_block(now, record, false, origin == nullptr ? std::min(1.0F, view_.progress * 4) : 1);
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
      draw_tag(layout_.lanes.at(SegmentNumber{event->segment}), *place,
               fmt::format("“{}” falls: {}", shown(event->key), event->why), colours().warning);
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

void Stage::draw_recovery() {
  const RecoveryView& recovery = view_.now.recovery();
  const auto* event = view_.happening<sim::EventEntry>();
  if (recovery.under_way && event != nullptr && event->kind == EventKind::kRecoveryScanned) {
    if (const Area* read = block(SegmentNumber{event->segment}, event->offset)) {
      canvas_.outline(read->inset(-2), colours().good, 5, 2);
      const float x = read->x + read->width * progress_;
      canvas_.line({x, read->y - 5}, {x, read->bottom() + 5}, colours().text, 2);
    }
  }
  if (event != nullptr && event->kind == EventKind::kRecoveryCut) {
    if (const Area* torn = block(SegmentNumber{event->segment}, event->offset)) {
      canvas_.outline(torn->inset(-2), colours().bad, 5, 2);
      // After the last block, if there is room.
      const LaneLayout& lane = layout_.lanes.at(SegmentNumber{event->segment});
      const Area& last = lane.lost.empty() ? lane.records.back() : lane.lost.back();
      const std::string text = fmt::format("cut off: {}", event->why);
      const float room = area_.right() - last.right() - 20;
      const float height = canvas_.height_wrapped(room, text, fonts().small);
      // Where there is none, the panel Recovery says it.
      if (height <= last.height + 6) {
        canvas_.text_wrapped({last.right() + 12, last.centre().y - height / 2}, room, text, colours().bad,
                             fonts().small);
      }
    }
  }
}

// The segments that were searched, each stamped with its answer.
void Stage::draw_lookup() {
  const std::optional<LookupView>& lookup = view_.now.lookup();
  if (!lookup || looked_up_by(view_.now.step()) == nullptr) return;
  for (const LookupView::Stop& stop : lookup->stops) {
    const auto lane = layout_.lanes.find(stop.segment);
    if (lane == layout_.lanes.end()) continue;
    const Area& frame = lane->second.frame;
    const auto [text, answer_colour] = stamp_of(stop.verdict);
    const bool is_wrong = lookup->over && !view_.now.outcome_ok() && &stop == &lookup->stops.back();
    const ImU32 colour = is_wrong                                      ? colours().bad
                         : stop.verdict == LookupView::Verdict::kAsked ? colours().accent
                                                                       : answer_colour;
    canvas_.outline(frame, colour, 8, 2);
    const float width = canvas_.width_of(text, fonts().strong) + 20;
    Area stamp{frame.right() - width - 8, frame.centre().y - 12, width, 24};
    ImFont* font = fonts().strong;
    const auto is_covered = [&](const Area& record) {
      return record.right() > stamp.x && record.y < stamp.bottom() && record.bottom() > stamp.y;
    };
    const std::vector<Area>& records = lane->second.records;
    if (std::any_of(records.begin(), records.end(), is_covered)) {  // then it stands on the frame's edge
      font = fonts().small;
      const float small = canvas_.width_of(text, font) + 12;
      stamp = {frame.right() - small - 8, frame.y - 8, small, 15};
    }
    canvas_.fill(stamp, colours().raised, 6);
    canvas_.outline(stamp, colour, 6, 1.5F);
    canvas_.text_centred(stamp, text, colour, font);
  }
}

void Stage::draw_crash() {
  const bool striking = view_.happening<sim::CrashEntry>() != nullptr;
  if (!view_.now.crash() || view_.now.store() != Scene::Store::kCrashed) return;
  const CrashView& crash = *view_.now.crash();
  const float taken = (power_failed() ? cache_floor_ : process_).bottom() - area_.y;
  const Area burnt{area_.x - 3, area_.y - 3, area_.width + 6, taken + 6};
  if (striking && view_.progress < 1) canvas_.fill(burnt, faded(colours().bad, 0.5F * (1 - progress_)), 10);
  canvas_.outline(burnt, faded(colours().bad, 0.8F), 12, 2);
  const float opacity = striking ? 2 * progress_ - 1 : 1;
  const auto say = [&](const Area& floor, const std::string& text) {
    const bool fits = canvas_.width_of(text, fonts().lead) <= memory_.width;
    canvas_.text_within({memory_.x, floor.centre().y - 10}, memory_.width, text, faded(colours().bad, opacity),
                        fits ? fonts().lead : fonts().small);
  };
  say(process_, "memory is gone: the process and its indexes");
  const bool damaged = sim::is_damage(crash.choice.fault);
  if (!power_failed() && !damaged) return;
  // What a merge has copied is not lost: the originals are still there.
  const auto lost = std::count_if(crash.lost.begin(), crash.lost.end(), [&](const CrashView::Lost& record) {
    const SegmentView* segment = view_.now.segment(record.segment);
    return segment != nullptr && view_.now.role(*segment) != Role::kUnnamed;
  });
  std::string text;
  if (crash.corrupt > 0)
    text = sim::plural(crash.corrupt, "place") + (crash.corrupt == 1 ? " is corrupt" : " are corrupt");
  if (crash.corrupt > 0 && lost > 0) text += "; ";
  if (lost > 0) text += fmt::format("{} {} lost", lost, lost == 1 ? "record was" : "records were");
  if (crash.corrupt == 0 && lost == 0) text += "no record that counts was lost";
  for (const std::string& file : crash.lost_files) text += "; " + file + " is gone";
  say(cache_floor_, (damaged ? "the disk is damaged: " : "the cache is gone: ") + text);
}

}  // namespace

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
  Stage stage(canvas, view, area);
  const CloseUp& close_up = view.close_up;
  if (close_up.shown < 1) stage.draw();
  if (close_up.shown > 0 || close_up.level != Closeness::kStage) {
    draw_close_up(canvas, view, area, stage.origin_of_close_up(), commands);
    return {stage.most_enlarged(), {}};
  }
  // Before point_at: the mouse belongs to the first widget at its place.
  std::vector<Area> targets = stage.draw_targets(commands);
  stage.zoom(commands);
  stage.point_at(commands);
  if (view.now.store() == Scene::Store::kRefused) draw_refusal(canvas, view, stage.upper_floors(), commands);
  return {stage.most_enlarged(), std::move(targets)};
}

}  // namespace sediment::viz
