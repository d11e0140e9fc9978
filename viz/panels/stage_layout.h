// Where everything on the stage is, on three floors: a card for each index in the process; what is written and not
// durable in the system's cache; a lane for each segment's file on the disk.
//
// A pure function of the scene, the area and the zoom. Blocks are as long as their records. A lane that is longer than
// the stage is wide has several rows. If all lanes together are too high, everything shrinks until it fits; if that is
// not enough, or after zooming in, the stage scrolls. A segment with more than 200 records is shown as a band, until one
// zooms in; an index with thousands of slots as a bar.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "viz/draw/canvas.h"
#include "viz/model/scene.h"

namespace sediment::viz {

struct LaneLayout {
  Area frame;
  std::vector<Area> records;  // as in SegmentView::records
  std::vector<Area> lost;     // as in lost_in() below
  bool is_summary = false;    // too many records for blocks, or merged from such: all in one row, however narrow
};

struct CardLayout {
  Area frame;
  Point slots;     // the upper left corner of slot 0
  float cell = 8;  // distance of two slots
  std::size_t columns = 1;
  bool is_summary = false;  // too many slots for separate squares

  Area slot(std::size_t number) const;
};

/// The middle floor.
struct CacheLayout {
  /// A segment's records that are not durable.
  struct Group {
    std::size_t first = 0;      // the first of them, in SegmentView::records
    std::vector<Area> records;  // from that one on; a single one for all if there are too many
    bool is_summary = false;
    Area label;  // below them; without height if there is no room

    const Area& area(std::size_t record) const { return is_summary ? records.front() : records[record - first]; }
  };
  /// A change of the directory, or something of a file that no record shows: the bytes of a manifest, a new size.
  struct Card {
    std::string title;
    std::string until;  // what makes it durable
    Area area;
  };

  std::map<SegmentNumber, Group> groups;
  std::vector<Card> cards;
  std::size_t cards_left_out = 0;
  std::size_t groups_left_out = 0;  // segments

  bool empty() const { return groups.empty() && cards.empty() && cards_left_out == 0 && groups_left_out == 0; }
};

struct StageLayout {
  std::map<SegmentNumber, LaneLayout> lanes;
  std::map<SegmentNumber, CardLayout> cards;
  CacheLayout cache;
  std::size_t cards_left_out = 0;  // those of the oldest segments, if there is no room for them
  float lanes_height = 0;          // of all lanes; exceeds the disk's area if they are enlarged, or very many
  float byte_width = 0;            // of each of its bytes
  std::size_t most_enlarged = 0;   // how many sizes are larger than the one that fits

  void scroll(float down);  // all lanes
};

/// `enlarged`: how many sizes larger than the fitting one the records are.
StageLayout lay_out(const Scene& scene, const Area& memory, const Area& cache, const Area& disk,
                    std::size_t enlarged = 0);
/// An intermediate state between two layouts. What is in only one of them does not move.
StageLayout between(const StageLayout& from, const StageLayout& to, float amount);

/// The records of this segment that the last crash took and that still fit into its lane.
std::vector<const RecordView*> lost_in(const Scene& scene, const SegmentView& segment);

constexpr float kLaneLabel = 124;  // units, the left part of a lane

}  // namespace sediment::viz
