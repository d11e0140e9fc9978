#include "viz/panels/stage_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "sim/base/plural.h"

namespace sediment::viz {

namespace {

constexpr float kRowGap = 2;
constexpr float kLanePadding = 5;
constexpr float kBlockGap = 2;
constexpr float kCardPadding = 8;
constexpr float kCardTitle = 17;
constexpr float kLeftOut = 84;                   // where it says how many cards there are more
constexpr float kAroundSlots = kCardTitle + 12;  // of a card, from top to bottom

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

constexpr std::size_t kMostBlocks = 200;              // in a segment: more are a band, instead of a comb of pixels
constexpr std::size_t kMostBlocksEnlarged = 100'000;  // in a segment: all of them are laid out in each frame
constexpr std::size_t kMostSlots = 4000;
constexpr float kRowOfFewRecords = 44;
constexpr float kHigherRows[] = {56, 48, 40, 34, 30, 26, 22, 18};

constexpr float kLegibleRow = 26;  // for records that cannot all be visible at once anyway

// The slots of all cards, from largest to smallest. Instead of even smaller slots, the oldest cards are left out.
constexpr float kCells[] = {34, 28, 22, 16, 11, 9, 7, 5, 4, 3, 2, 1};

// The cache: a letter of a card's title is this wide, and this high floors have room for labels below the records.
constexpr float kTitleLetter = 6.4F;
constexpr float kCardPaddings = 22;
constexpr float kLeastCard = 118;
constexpr float kGapInCache = 10;
constexpr float kMoreCards = 64;  // says how many are left out
constexpr float kFloorWithLabels = 50;
constexpr float kLabelHeight = 15;
constexpr float kNarrowestRecord = 9;
constexpr float kSummaryWidth = 150;
constexpr float kShareOfCards = 0.6F;  // of the floor, if there are records, too

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

// The bytes of a merge's inputs, if one of them is a band; otherwise 0.
std::uint64_t bytes_merged_as_flow(const Scene& scene, std::size_t most_blocks) {
  if (!scene.merge()) return 0;
  std::uint64_t bytes = 0;
  bool is_flow = false;
  for (const SegmentNumber number : scene.merge()->inputs) {
    const SegmentView* input = scene.segment(number);
    if (input == nullptr) continue;
    bytes += input->written_end();
    is_flow = is_flow || input->records.size() > most_blocks;
  }
  return is_flow ? bytes : 0;
}

Lanes lay_out_lanes(const Scene& scene, const Area& disk, const Size& size, std::size_t most_blocks,
                    StageLayout& layout) {
  layout.lanes.clear();
  layout.byte_width = size.byte_width;
  Lanes lanes;
  const std::uint64_t merged = bytes_merged_as_flow(scene, most_blocks);
  float y = disk.y;
  for (const SegmentView* segment : scene.segments()) {
    const float padding = size.row_height > 30 ? kLanePadding : size.row_height > 12 ? 3 : 2;
    Rows rows({disk.x + kLaneLabel, y + padding, disk.width - kLaneLabel - kLanePadding, 0}, size);
    LaneLayout lane;
    // The output of a flow grows from left to right: its inputs together would fill the lane.
    const bool is_output = merged > 0 && !segment->records.empty() && scene.role(*segment) == Role::kMergeOutput;
    lane.is_summary = is_output || segment->records.size() > most_blocks;
    if (lane.is_summary) {
      const Area inside{disk.x + kLaneLabel, y + padding, disk.width - kLaneLabel - kLanePadding, size.row_height};
      const std::vector<const RecordView*> lost = lost_in(scene, *segment);
      const std::uint64_t end =
          std::max({segment->written_end(), lost.empty() ? 0 : lost.back()->end(), is_output ? merged : 0});
      const float unit = inside.width / static_cast<float>(end);
      const auto area_of = [&](const RecordView& record) {
        return Area{inside.x + unit * static_cast<float>(record.offset), inside.y,
                    unit * static_cast<float>(record.size_bytes), inside.height};
      };
      for (const RecordView& record : segment->records) lane.records.push_back(area_of(record));
      for (const RecordView* record : lost) lane.lost.push_back(area_of(*record));
    } else {
      for (const RecordView& record : segment->records) lane.records.push_back(rows.place(record.size_bytes));
      for (const RecordView* lost : lost_in(scene, *segment)) lane.lost.push_back(rows.place(lost->size_bytes));
    }
    const float height = std::max(rows.height() + 2 * padding, size.row_height > 20   ? 32.0F
                                                               : size.row_height > 12 ? 24.0F
                                                                                      : 17.0F);
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

void lay_out_cards(const Scene& scene, const Area& memory, float cell, float right, StageLayout& layout) {
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
    const auto rows = static_cast<std::size_t>(std::max(1.0F, (memory.height - kAroundSlots) / cell));
    card.columns = std::max<std::size_t>(1, (capacity + rows - 1) / rows);
    const float slots_width = card.is_summary ? 120 : static_cast<float>(card.columns) * cell;
    const float width = std::max(slots_width, 82.0F) + 2 * kCardPadding;
    if (x + width > right) {
      ++layout.cards_left_out;
      continue;
    }
    card.frame = {x, memory.y, width, memory.height};
    card.slots = {x + kCardPadding, memory.y + kCardTitle + 6};
    layout.cards[segment->number] = card;
    x += width + 8;
  }
}

std::vector<CacheLayout::Card> cards_in_cache(const Scene& scene) {
  std::vector<CacheLayout::Card> cards;
  using Kind = sim::DiskOperation::Kind;
  for (const sim::DirectoryChange& change : scene.disk().unsynced_changes()) {
    const std::string title = change.kind == Kind::kRename   ? change.name + " → " + change.new_name
                              : change.kind == Kind::kRemove ? "remove " + change.name
                                                             : "new: " + change.name;
    cards.push_back({title, "until fsync(directory)", {}});
  }
  if (scene.disk().unsynced_changes().empty() && !(scene.disk().names() == scene.disk().durable_names())) {
    cards.push_back({"names", "their fsync has failed", {}});
  }
  for (const auto& [name, id] : scene.disk().names()) {
    const sim::FileState& file = scene.disk().file(id);
    if (file.all_durable()) continue;
    const auto number = parse_segment_file_name(name);
    const SegmentView* segment = number ? scene.segment(*number) : nullptr;
    const bool is_shown =
        segment != nullptr && !segment->records.empty() && segment->records.back().end() > scene.durable_end(*segment);
    if (is_shown) continue;  // as records
    std::uint64_t bytes = 0;
    for (const sim::FileState::Change& change : file.unsynced) bytes += change.bytes.size();
    const std::string what = bytes > 0 ? sim::plural(bytes, "byte") : "its size";
    cards.push_back({fmt::format("{}: {}", name, what),
                     file.unsynced.empty() ? "the fsync has failed" : fmt::format("until fsync({})", name),
                     {}});
  }
  return cards;
}

// As wide as on the disk, if they all fit; narrower if they do not, and one block for all if they would be too narrow.
void lay_out_group(const SegmentView& segment, float byte_width, float room, const Area& floor, float x,
                   CacheLayout::Group& group) {
  constexpr float kWidest = 130;
  constexpr float kLabelOfGroup = 152;  // "000001.log, byte 1024"
  const float label = floor.height >= kFloorWithLabels ? kLabelHeight : 0;
  const float height = floor.height - 10 - label;
  float width = 0;
  const auto natural = [&](const RecordView& record) {
    return std::clamp(static_cast<float>(record.size_bytes) * byte_width, 40.0F, kWidest);
  };
  for (std::size_t i = group.first; i < segment.records.size(); ++i) width += natural(segment.records[i]);
  const float shrink = std::min(1.0F, room / width);
  const auto count = static_cast<float>(segment.records.size() - group.first);
  group.is_summary = width * shrink / count < kNarrowestRecord;
  const float begin = x;
  if (group.is_summary) {
    const float summary = std::min(kSummaryWidth, room);
    group.records.push_back({x, floor.y + 5, summary, height});
    x += summary;
  } else {
    for (std::size_t i = group.first; i < segment.records.size(); ++i) {
      const float record = natural(segment.records[i]) * shrink;
      group.records.push_back({x, floor.y + 5, record - kBlockGap, height});
      x += record;
    }
  }
  group.label = {begin, floor.y + 5 + height + 1, std::max(x - begin, kLabelOfGroup), label};
}

void lay_out_cache(const Scene& scene, const Area& floor, float byte_width, CacheLayout& cache) {
  std::vector<std::pair<const SegmentView*, std::size_t>> cached;  // with the first record that is not durable
  for (const SegmentView* segment : scene.segments()) {
    const std::uint64_t durable = scene.durable_end(*segment);
    const auto first = std::find_if(segment->records.begin(), segment->records.end(),
                                    [&](const RecordView& record) { return record.end() > durable; });
    if (first == segment->records.end()) continue;
    cached.emplace_back(segment, static_cast<std::size_t>(first - segment->records.begin()));
  }
  float x = floor.x;
  std::vector<CacheLayout::Card> cards = cards_in_cache(scene);
  const auto width_of = [](const CacheLayout::Card& card) {
    const std::size_t letters = std::max(card.title.size(), card.until.size());
    return std::max(kLeastCard, static_cast<float>(letters) * kTitleLetter + kCardPaddings);
  };
  float all = -kGapInCache;
  for (const CacheLayout::Card& card : cards) all += width_of(card) + kGapInCache;
  float room_of_cards = floor.width * (cached.empty() ? 1 : kShareOfCards);
  if (all > room_of_cards) room_of_cards -= kMoreCards;
  for (CacheLayout::Card& card : cards) {
    const float width = width_of(card);
    if (x + width > floor.x + room_of_cards) {
      ++cache.cards_left_out;
      continue;
    }
    card.area = {x, floor.y + 5, width, floor.height - 10};
    x += width + kGapInCache;
    cache.cards.push_back(std::move(card));
  }
  if (cache.cards_left_out > 0) x += kMoreCards;
  for (const auto& [segment, first] : cached) {
    constexpr float kLeastGroup = 120;
    if (!cache.groups.empty() && x + kLeastGroup > floor.right() - 40) {
      ++cache.groups_left_out;
      continue;
    }
    CacheLayout::Group& group = cache.groups[segment->number];
    group.first = first;
    const std::size_t left = cached.size() - cache.groups.size() - cache.groups_left_out + 1;
    const float room = (floor.right() - x) / static_cast<float>(left) - kGapInCache;
    lay_out_group(*segment, byte_width, std::max(room, kNarrowestRecord), floor, x, group);
    x = std::max(group.records.back().right(), group.label.height > 0 ? group.label.right() : 0) + kGapInCache;
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

StageLayout lay_out(const Scene& scene, const Area& memory, const Area& cache, const Area& disk, std::size_t enlarged) {
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
  const bool has_bands =
      std::any_of(layout.lanes.begin(), layout.lanes.end(), [](const auto& lane) { return lane.second.is_summary; });
  if (!fits || has_bands) {
    const auto* legible = std::find_if(std::begin(kSizes), std::end(kSizes),
                                       [](const Size& size) { return size.row_height <= kLegibleRow; });
    fitting = static_cast<std::size_t>(legible - std::begin(kSizes));
  }
  if (has_bands) ++fitting;  // the first step shows the records, the others enlarge them
  layout.most_enlarged = fitting;
  if (enlarged > 0 || !fits) {
    const Size& size = kSizes[fitting - std::min(fitting, enlarged)];
    lay_out_lanes(scene, disk, size, enlarged > 0 ? kMostBlocksEnlarged : kMostBlocks, layout);
  }
  lay_out_cache(scene, cache, layout.byte_width, layout.cache);
  float right = memory.right();
  lay_out_cards(scene, memory, *std::rbegin(kCells), right, layout);
  if (layout.cards_left_out > 0) right -= kLeftOut;
  lay_out_cards(scene, memory, *std::rbegin(kCells), right, layout);
  const std::size_t least_left_out = layout.cards_left_out;
  for (const float cell : kCells) {
    if (cell > memory.height - kAroundSlots && cell != *std::rbegin(kCells)) continue;
    lay_out_cards(scene, memory, cell, right, layout);
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
  for (auto& [number, group] : layout.cache.groups) {
    const auto old = from.cache.groups.find(number);
    if (old == from.cache.groups.end() || group.is_summary || old->second.is_summary) continue;
    for (std::size_t i = 0; i < group.records.size(); ++i) {
      const std::size_t record = group.first + i;
      const bool was_there = record >= old->second.first && record - old->second.first < old->second.records.size();
      if (was_there) group.records[i] = between(old->second.area(record), group.records[i], amount);
    }
    group.label = between(old->second.label, group.label, amount);
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
