#include "viz/panels/stage_layout.h"

#include <algorithm>
#include <iterator>

namespace sediment::viz {

namespace {

constexpr float kRowGap = 2;
constexpr float kLanePadding = 5;
constexpr float kBlockGap = 2;
constexpr float kCardPadding = 8;
constexpr float kCardTitle = 17;

// The sizes at which things are drawn, from largest to smallest. The first ones are for few records: a lane with
// several rows is harder to read than a smaller one.
struct Size {
  float row_height;
  float byte_width;
  float lane_gap;
};
constexpr Size kSizes[] = {{100, 5.2F, 12}, {82, 4.3F, 11}, {64, 3.4F, 10}, {54, 2.7F, 9},  {44, 2.1F, 8},
                           {34, 1.5F, 7},   {30, 1.5F, 6},  {26, 1.5F, 5},  {22, 1.45F, 5}, {20, 1.25F, 4},
                           {18, 1.1F, 4},   {16, 0.8F, 4},  {12, 0.6F, 4},  {10, 0.45F, 4}, {8, 0.33F, 3},
                           {6, 0.25F, 3},   {5, 0.16F, 3},  {4, 0.1F, 2},   {3, 0.06F, 2},  {2, 0.03F, 2}};

constexpr std::size_t kMostBlocks = 4000;
constexpr std::size_t kMostBlocksEnlarged = 100'000;  // in a segment: all of them are laid out in each frame
constexpr std::size_t kMostSlots = 4000;
constexpr float kRowOfFewRecords = 44;
constexpr float kHigherRows[] = {56, 48, 40, 34, 30, 26, 22, 18};

constexpr float kLegibleRow = 26;  // for records that cannot all be visible at once anyway

// The slots of all cards, from largest to smallest. Instead of even smaller slots, the oldest cards are left out.
constexpr float kCells[] = {22, 16, 11, 9, 7, 5, 4, 3, 2, 1};

// Places blocks of these sizes one after another, in rows.
class Rows {
 public:
  Rows(const Area& inside, const Size& size) : inside_(inside), size_(size) {}

  Area place(std::uint64_t bytes) {
    const float width = std::clamp(static_cast<float>(bytes) * size_.byte_width, 1.0F, inside_.width);
    if (x_ > 0 && x_ + width > inside_.width + 0.5F) {
      x_ = 0;
      ++row_;
    }
    const float gap = width > 4 * kBlockGap ? kBlockGap : 0;
    const Area block{inside_.x + x_, inside_.y + static_cast<float>(row_) * pitch(), width - gap, size_.row_height};
    x_ += width;
    return block;
  }

  bool wrapped() const { return row_ > 0; }
  float height() const { return static_cast<float>(row_) * pitch() + size_.row_height; }

 private:
  float pitch() const { return size_.row_height + (size_.row_height > 8 ? kRowGap : 1); }

  Area inside_;
  Size size_;
  float x_ = 0;
  int row_ = 0;
};

struct Lanes {
  float height = 0;      // the height of all of them
  bool wrapped = false;  // one of them takes several rows
};

Lanes lay_out_lanes(const Scene& scene, const Area& disk, const Size& size, std::size_t most_blocks,
                    StageLayout& layout) {
  layout.lanes.clear();
  layout.row_height = size.row_height;
  layout.byte_width = size.byte_width;
  Lanes lanes;
  float y = disk.y;
  for (const SegmentView* segment : scene.segments()) {
    const float padding = size.row_height > 30 ? kLanePadding : size.row_height > 12 ? 3 : 2;
    Rows rows({disk.x + kLaneLabel, y + padding, disk.width - kLaneLabel - kLanePadding, 0}, size);
    LaneLayout lane;
    lane.is_summary = segment->records.size() > most_blocks;
    if (lane.is_summary) {
      const Area inside{disk.x + kLaneLabel, y + padding, disk.width - kLaneLabel - kLanePadding, size.row_height};
      const float unit = inside.width / static_cast<float>(segment->written_end());
      for (const RecordView& record : segment->records) {
        lane.records.push_back({inside.x + unit * static_cast<float>(record.offset), inside.y,
                                unit * static_cast<float>(record.size_bytes), inside.height});
      }
    } else {
      for (const RecordView& record : segment->records) lane.records.push_back(rows.place(record.size_bytes));
    }
    for (const RecordView* lost : lost_in(scene, *segment)) lane.lost.push_back(rows.place(lost->size_bytes));
    const float height = std::max(rows.height() + 2 * padding, size.row_height > 12 ? 32.0F : 17.0F);
    lane.frame = {disk.x, y, disk.width, height};
    layout.lanes[segment->number] = std::move(lane);
    y += height + size.lane_gap;
    lanes.wrapped = lanes.wrapped || rows.wrapped();
  }
  lanes.height = y - size.lane_gap - disk.y;
  layout.lanes_height = lanes.height;
  return lanes;
}

// Narrow records may still be high, if there is room below.
void use_free_height(const Scene& scene, const Area& disk, Size size, StageLayout& layout) {
  const float least = size.row_height;
  for (const float height : kHigherRows) {
    if (height <= least) break;
    size.row_height = height;
    if (lay_out_lanes(scene, disk, size, kMostBlocks, layout).height <= disk.height) return;
  }
  size.row_height = least;
  lay_out_lanes(scene, disk, size, kMostBlocks, layout);
}

void lay_out_cards(const Scene& scene, const Area& memory, float cell, StageLayout& layout) {
  layout.cards.clear();
  layout.cards_left_out = 0;
  float x = memory.x;
  for (const SegmentView* segment : scene.segments()) {
    const HashIndex* index = scene.index(segment->number);
    const bool is_empty_active = scene.store() == Scene::Store::kOpen && scene.role(*segment) == Role::kActive;
    if (index == nullptr && !is_empty_active) continue;
    const std::size_t capacity = index == nullptr ? 0 : index->capacity();
    CardLayout card;
    card.cell = cell;
    card.is_summary = capacity > kMostSlots;
    const auto rows = static_cast<std::size_t>(std::max(1.0F, (memory.height - kCardTitle - 12) / cell));
    card.columns = std::max<std::size_t>(1, (capacity + rows - 1) / rows);
    const float slots_width = card.is_summary ? 120 : static_cast<float>(card.columns) * cell;
    const float width = std::max(slots_width, 82.0F) + 2 * kCardPadding;
    if (x + width > memory.right()) {
      ++layout.cards_left_out;
      continue;
    }
    card.frame = {x, memory.y, width, memory.height};
    card.slots = {x + kCardPadding, memory.y + kCardTitle + 6};
    layout.cards[segment->number] = card;
    x += width + 8;
  }
}

}  // namespace

Area CardLayout::slot(std::size_t number) const {
  const auto column = static_cast<float>(number % columns);
  const std::size_t full_rows = number / columns;
  const auto row = static_cast<float>(full_rows);
  const float gap = cell > 3 ? 2 : 0;
  return {slots.x + column * cell, slots.y + row * cell, cell - gap, cell - gap};
}

void StageLayout::scroll(float down) {
  for (auto& [number, lane] : lanes) {
    lane.frame.y -= down;
    for (Area& record : lane.records) record.y -= down;
    for (Area& record : lane.lost) record.y -= down;
  }
}

StageLayout lay_out(const Scene& scene, const Area& memory, const Area& disk, std::size_t enlarged) {
  StageLayout layout;
  std::size_t fitting = 0;
  for (; fitting < std::size(kSizes); ++fitting) {
    const Size& size = kSizes[fitting];
    const Lanes lanes = lay_out_lanes(scene, disk, size, kMostBlocks, layout);
    if (lanes.height > disk.height || (lanes.wrapped && size.row_height >= kRowOfFewRecords)) continue;
    if (!lanes.wrapped) use_free_height(scene, disk, size, layout);
    break;
  }
  const bool fits = fitting < std::size(kSizes);
  if (!fits) {
    const auto* legible = std::find_if(std::begin(kSizes), std::end(kSizes),
                                       [](const Size& size) { return size.row_height <= kLegibleRow; });
    fitting = static_cast<std::size_t>(legible - std::begin(kSizes));
  }
  layout.most_enlarged = fitting;
  if (enlarged > 0 || !fits) {
    const Size& size = kSizes[fitting - std::min(fitting, enlarged)];
    lay_out_lanes(scene, disk, size, kMostBlocksEnlarged, layout);
  }
  lay_out_cards(scene, memory, *std::rbegin(kCells), layout);
  const std::size_t least_left_out = layout.cards_left_out;
  for (const float cell : kCells) {
    lay_out_cards(scene, memory, cell, layout);
    if (layout.cards_left_out == least_left_out) break;
  }
  return layout;
}

StageLayout between(const StageLayout& from, const StageLayout& to, float amount) {
  StageLayout layout = to;
  if (amount >= 1) return layout;
  for (auto& [number, lane] : layout.lanes) {
    const auto old = from.lanes.find(number);
    if (old == from.lanes.end()) continue;
    lane.frame = between(old->second.frame, lane.frame, amount);
    for (std::size_t i = 0; i < lane.records.size() && i < old->second.records.size(); ++i) {
      lane.records[i] = between(old->second.records[i], lane.records[i], amount);
    }
  }
  for (auto& [number, card] : layout.cards) {
    const auto old = from.cards.find(number);
    if (old == from.cards.end()) continue;
    const Area frame = between(old->second.frame, card.frame, amount);
    card.slots.x += frame.x - card.frame.x;
    card.frame = frame;
  }
  return layout;
}

std::vector<const RecordView*> lost_in(const Scene& scene, const SegmentView& segment) {
  std::vector<const RecordView*> lost;
  if (!scene.crash()) return lost;
  for (const CrashView::Lost& record : scene.crash()->lost) {
    const bool torn = segment.record_at(record.record.offset) != nullptr;  // the rest of it is there
    if (record.segment == segment.number && !torn) lost.push_back(&record.record);
  }
  return lost;
}

}  // namespace sediment::viz
