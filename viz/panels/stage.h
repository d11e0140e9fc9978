// The stage, on three floors: what the process has in memory, what the system's cache has, and what the disk has. A
// crash of any kind takes the first, a power cut the first two; a sync lets what it covers sink from the cache to the
// disk, where a ghost has kept its place.
//
// Every motion is that of the entry that is happening, drawn between the scene before it and the scene after it. The
// end of the motion shows exactly the scene after it.
//
// Only for the files stage*.cc. stage.cc draws the floors and what is on them in order, stage_layout.cc places it.
// Floors: stage_process.cc, stage_cache.cc, stage_disk.cc; on the disk, stage_band.cc for a lane of very many records, and
// stage_others.cc for files that are not the store's.
// What happens: stage_merge.cc, stage_events.cc. stage_blocks.cc draws a record. What the user does: stage_pointing.cc,
// stage_places.cc, which knows where things are, and stage_sight.cc, which knows where to scroll.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "viz/draw/named_items.h"
#include "viz/panels/closeup.h"
#include "viz/panels/stage_blocks.h"
#include "viz/panels/stage_layout.h"
#include "viz/panels/view.h"

namespace sediment::viz {

class Stage {
 public:
  Stage(const Canvas& canvas, const View& view, const Area& area);
  void draw();
  /// Shows a tip for what the mouse points at; a click selects it; the wheel scrolls and enlarges.
  void point_at(Commands& commands) const;
  /// Two buttons: the largest record is then shown close up.
  void draw_zoom(Commands& commands) const;
  /// Scrolls to what is to be seen: the places of a new question, the record that was shown close up, or what happens.
  void follow(Commands& commands) const;
  /// The places of the question's answers. Returns those that are visible.
  std::vector<Area> draw_targets(Commands& commands) const;
  std::size_t most_enlarged() const { return layout_.most_enlarged; }
  /// Where the record that is shown close up is, on the stage.
  CloseUpOrigin origin_of_close_up() const;
  /// The floors that a store that is not open has no use for.
  Area upper_floors() const { return {area_.x, area_.y, area_.width, cache_floor_.bottom() - area_.y}; }

 private:
  // The floors.
  void draw_floor(const Area& floor, const char* title, const char* what, bool is_gone);
  void draw_floors();
  void draw_card(const HashIndex& index, const SegmentView& segment, const CardLayout& card, float opacity);
  void draw_index_link();
  void link(const SegmentView& segment, const std::string& key, float opacity);
  std::optional<Area> slot_of(const SegmentView& segment, const RecordView& record) const;
  void draw_cache();
  void draw_cache_box(const Area& area, float opacity);
  void draw_cache_card(const CacheLayout::Card& card, const Area& area, float opacity);
  void draw_cached_summary(const Area& area, std::size_t records, float opacity);
  void draw_cached(const SegmentView& segment, const CacheLayout::Group& group);
  void draw_sinking();
  void draw_taken();
  bool is_syncing() const;
  bool is_sinking(const SegmentView& segment, std::size_t record) const;
  void draw_manifest();
  float draw_legend(float y, float left);
  void draw_lane(const Scene& scene, const SegmentView& segment, const LaneLayout& lane, float opacity);
  void draw_lane_label(const Scene& scene, const SegmentView& segment, const Area& frame, float opacity);
  void draw_lost(const SegmentView& segment, const LaneLayout& lane);
  void draw_summary(const SegmentView& segment, const LaneLayout& lane, std::uint64_t durable, float opacity);
  std::pair<float, float> bytes_older_than(const SegmentView& segment) const;
  void draw_block(const Area& area, const RecordView& record, bool durable, float opacity) {
    viz::draw_block(canvas_, area, record, {durable, opacity, layout_.byte_width});
  }

  // Files that are no file of the store's.
  void make_room_for_others();
  Area row_of_other(std::size_t number) const;
  void draw_others() const;
  void point_at_others(Commands& commands) const;

  // What happens.
  void draw_merge();
  void draw_fall();
  void draw_tag(const LaneLayout& lane, const Area& at, std::string_view text, ImU32 colour);
  bool is_flow() const;
  void draw_flow();
  void dim_read(const SegmentView& input);
  const Area* merge_cursor(const Scene& scene) const;
  void draw_flight();
  bool is_flying(const SegmentView& segment, std::size_t record) const;
  void draw_recovery();
  void draw_lookup();
  void draw_crash();
  bool power_failed() const;

  // Where things are, and what the user does.
  const Area& area_of(const SegmentView& segment, std::size_t record) const;
  bool is_cached(const SegmentView& segment, std::size_t record) const;
  const Area* block(SegmentNumber number, std::uint64_t offset) const;
  const Area* place_in_lane(SegmentNumber number, std::uint64_t offset) const;
  std::vector<Area> to_be_seen() const;
  std::optional<Area> area_of(const Target& target) const;
  std::optional<Area> place_in_lanes(const Target& target) const;
  std::optional<Area> end_of_log() const;
  Area new_log() const;
  bool in_sight(const Area& area) const { return area.bottom() >= disk_.y - 4 && area.y <= disk_.bottom() + 4; }
  float most_scroll() const { return std::max(0.0F, layout_.lanes_height - disk_.height); }
  void draw_selection() const;
  void draw_scroll_bar() const;
  void tell_about(const SegmentView& segment) const;
  void tell_about(const SegmentView& segment, std::size_t number) const;

  void name(std::string_view item, const Area& area) const {
    named_items().mark(item, canvas_.pixels({area.x, area.y}), canvas_.pixels({area.right(), area.bottom()}));
  }
  const Fonts& fonts() const { return canvas_.fonts(); }

  const Canvas& canvas_;
  const View& view_;
  Area area_;
  Area process_;      // the first floor
  Area cache_floor_;  // the second floor
  Area memory_;       // on the first floor, the room for cards
  Area cache_;        // on the second floor, the room beside its name
  Area disk_;         // below the MANIFEST
  Area others_area_;  // below that
  std::vector<FileView> others_;
  std::size_t others_shown_ = 0;
  StageLayout before_;
  StageLayout layout_;
  float progress_;
  float scroll_ = 0;
  const SegmentView* appended_to_ = nullptr;  // the segment that the entry happening appends a record to

  static constexpr float kFloorGap = 8;
};

}  // namespace sediment::viz
