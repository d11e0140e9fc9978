// Where everything on the stage stands: a card for each index in memory, a lane for each segment's file on the disk.
//
// A pure function of the scene, the area and how much somebody has enlarged it. Blocks are as long as their records; a
// lane that is longer than the stage is wide has several rows, and when all lanes together are too high, everything gets
// smaller until it fits. Where even that is not enough, or it was enlarged, it is scrolled. A segment of thousands of records,
// or an index of thousands of slots, is shown as a summary.
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "viz/draw/canvas.h"
#include "viz/model/scene.h"

namespace sediment::viz {

struct LaneLayout {
  Area frame;
  std::vector<Area> records;  // as in SegmentView::records
  std::vector<Area> lost;     // as in lost_in() below
  bool is_summary = false;    // too many records for a block each: they stand in one row, however narrow they get
};

struct CardLayout {
  Area frame;
  Point slots;     // the upper left corner of slot 0
  float cell = 8;  // distance of two slots
  std::size_t columns = 1;
  bool is_summary = false;  // too many slots for a square each

  Area slot(std::size_t number) const;
};

struct StageLayout {
  std::map<SegmentNumber, LaneLayout> lanes;
  std::map<SegmentNumber, CardLayout> cards;
  std::size_t cards_left_out = 0;  // of the oldest segments, for which there is no room
  float lanes_height = 0;  // of all lanes; more than the disk's area has room for if they are enlarged, or very many
  float row_height = 0;    // of a record
  float byte_width = 0;    // of each of its bytes
  std::size_t most_enlarged = 0;  // how many sizes there are above the one that fits

  void scroll(float down);  // all lanes
};

/// `enlarged`: by how many sizes records are larger than the ones that fit.
StageLayout lay_out(const Scene& scene, const Area& memory, const Area& disk, std::size_t enlarged = 0);
/// On the way from one layout to another. What stands in only one of them stays where it is.
StageLayout between(const StageLayout& from, const StageLayout& to, float amount);

/// The records that the last crash took from this segment and that still have room in its lane.
std::vector<const RecordView*> lost_in(const Scene& scene, const SegmentView& segment);

constexpr float kLaneLabel = 124;  // units, the left part of a lane

}  // namespace sediment::viz
