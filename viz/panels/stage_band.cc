// A lane with too many records for separate blocks: a band that shows how much of the file still counts.
#include <algorithm>

#include "viz/panels/colours.h"
#include "viz/panels/stage.h"

namespace sediment::viz {

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

}  // namespace sediment::viz
