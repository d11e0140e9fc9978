// A store with too many records to show each of them: a band for each segment, whose height is the share that is live,
// and the records at the place that is looked into.
#include <fmt/format.h>

#include <algorithm>

#include "engine/tools/grouped.h"
#include "sim/base/plural.h"
#include "viz/draw/named_items.h"
#include "viz/model/large_store.h"
#include "viz/panels/colours.h"
#include "viz/panels/view.h"

namespace sediment::viz {

namespace {

constexpr float kLabel = 112;
constexpr float kNarrowest = 3;  // a column
constexpr float kHeader = 46;
constexpr float kSingle = 118;  // the height of the part with single records
constexpr float kBlock = 92;    // the width of one

// "550 MB"
std::string in_megabytes(std::uint64_t bytes) { return fmt::format("{:.0f} MB", static_cast<double>(bytes) / 1e6); }

class Bands {
 public:
  Bands(const Canvas& canvas, const View& view, const Area& area)
      : canvas_(canvas),
        view_(view),
        store_(*view.session.large_store()),
        lanes_{area.x, area.y + kHeader, area.width, area.height - kHeader - kSingle - 10},
        single_{area.x, area.bottom() - kSingle, area.width, kSingle} {
    for (const LargeStore::Segment& segment : store_.segments()) largest_ = std::max(largest_, segment.size_bytes);
    const auto count = static_cast<float>(std::max<std::size_t>(1, store_.segments().size()));
    lane_ = std::clamp(lanes_.height / count, 22.0F, 64.0F);
    scroll_ = std::clamp(view.zoom.scroll, 0.0F, most_scroll());
    draw_header(area);
  }

  void draw(Commands& commands) {
    canvas_.push_clip(lanes_);
    for (std::size_t i = 0; i < store_.segments().size(); ++i) draw_segment(i, commands);
    canvas_.pop_clip();
    const float wheel = ImGui::GetIO().MouseWheel;
    if (wheel != 0 && lanes_.contains(canvas_.mouse())) {
      commands.emplace_back(ScrollStage{std::clamp(scroll_ - wheel * lane_, 0.0F, most_scroll())});
    }
    draw_single();
  }

 private:
  float most_scroll() const {
    return std::max(0.0F, lane_ * static_cast<float>(store_.segments().size()) - lanes_.height);
  }

  void draw_header(const Area& area) const {
    canvas_.text_within({area.x + 4, area.y}, area.width - 8, store_.path(), colours().text, canvas_.fonts().strong);
    std::uint64_t bytes = 0;
    for (const LargeStore::Segment& segment : store_.segments()) bytes += segment.size_bytes;
    const std::string facts =
        fmt::format("{} records, {} live, {} in {}", tools::grouped(store_.records()), tools::grouped(store_.live()),
                    in_megabytes(bytes), sim::plural(store_.segments().size(), "segment"));
    canvas_.text_within({area.x + 4, area.y + 20}, area.width - 200, facts, colours().text_muted,
                        canvas_.fonts().small);
    float x = area.right();
    const auto entry = [&](const char* name, ImU32 colour) {
      x -= canvas_.width_of(name, canvas_.fonts().small);
      canvas_.text({x, area.y + 20}, name, colours().text_muted, canvas_.fonts().small);
      x -= 16;
      canvas_.fill({x, area.y + 22, 11, 11}, colour, 2);
      x -= 12;
    };
    entry("damaged", colours().damage);
    entry("garbage", garbage_colour());
    entry("live", colours().accent);
  }

  void draw_segment(std::size_t number, Commands& commands) {
    const LargeStore::Segment& segment = store_.segments()[number];
    const Area lane{lanes_.x, lanes_.y + lane_ * static_cast<float>(number) - scroll_, lanes_.width, lane_ - 5};
    if (lane.bottom() < lanes_.y || lane.y > lanes_.bottom()) return;
    const bool looked_into = view_.large && view_.large->of.segment == number;
    canvas_.fill(lane, segment.is_active ? mixed(colours().panel, colours().accent, 0.12F) : colours().panel, 6);
    canvas_.outline(lane, looked_into ? colours().accent : colours().outline, 6);
    canvas_.text({lane.x + 8, lane.centre().y - (lane.height < 32 ? 8.0F : 15.0F)}, segment_file_name(segment.number),
                 colours().text, canvas_.fonts().mono);
    if (lane.height >= 32) {
      const auto live =
          static_cast<float>(segment.live) / static_cast<float>(std::max<std::uint64_t>(1, segment.records));
      canvas_.text({lane.x + 8, lane.centre().y + 1},
                   fmt::format("{}{:.0f} % live", segment.is_active ? "active, " : "", 100 * live),
                   colours().text_muted, canvas_.fonts().small);
    }
    const float share =
        static_cast<float>(segment.size_bytes) / static_cast<float>(std::max<std::uint64_t>(1, largest_));
    const Area band{lane.x + kLabel, lane.y + 4, (lane.width - kLabel - 8) * share, lane.height - 8};
    draw_band(segment, band);
    if (looked_into) draw_mark(band);

    ImGui::SetCursorScreenPos(canvas_.pixels({band.x, band.y}));
    const std::string id = fmt::format("##band{}", number);
    if (band.width < 1) return;
    const bool clicked = ImGui::InvisibleButton(id.c_str(), canvas_.pixels({band.width, band.height}));
    named_items().mark_last("band." + segment_file_name(segment.number));
    if (!clicked && !ImGui::IsItemActive()) return;
    const float along = std::clamp((canvas_.mouse().x - band.x) / band.width, 0.0F, 0.9999F);
    commands.emplace_back(LookInto{{number, static_cast<std::size_t>(along * LargeStore::kParts), 0}});
  }

  void draw_band(const LargeStore::Segment& segment, const Area& band) const {
    const float of_part = band.width / static_cast<float>(segment.parts.size());
    const auto together = static_cast<std::size_t>(std::max(1.0F, std::ceil(kNarrowest / std::max(0.001F, of_part))));
    for (std::size_t first = 0; first < segment.parts.size(); first += together) {
      const std::size_t end = std::min(first + together, segment.parts.size());
      std::uint64_t bytes = 0;
      std::uint64_t live = 0;
      bool is_damaged = false;
      for (std::size_t i = first; i < end; ++i) {
        bytes += segment.parts[i].bytes;
        live += segment.parts[i].live_bytes;
        is_damaged = is_damaged || segment.parts[i].is_damaged;
      }
      const Area column{band.x + of_part * static_cast<float>(first), band.y, of_part * static_cast<float>(end - first),
                        band.height};
      if (is_damaged) {
        canvas_.fill(column, colours().damage);
      } else if (bytes > 0) {
        const float height = column.height * static_cast<float>(live) / static_cast<float>(bytes);
        canvas_.fill(column, garbage_colour());
        canvas_.fill({column.x, column.bottom() - height, column.width, height}, colours().accent);
      }
    }
  }

  // From the place in the band down to its records.
  void draw_mark(const Area& band) const {
    const float part = (static_cast<float>(view_.large->of.part) + 0.5F) / static_cast<float>(LargeStore::kParts);
    const float x = band.x + band.width * part;
    canvas_.line({x, band.y - 3}, {x, band.bottom() + 3}, colours().text, 2);
    canvas_.curve({x, band.bottom() + 3}, {single_.x + 30, single_.y}, faded(colours().text, 0.5F), 1.5F);
  }

  void draw_single() const {
    const Area inside = draw_panel(canvas_, single_, "");
    if (!view_.large) return;
    const LargePlace& place = view_.large->of;
    const std::vector<RecordView>& records = view_.large->records;
    const LargeStore::Segment& segment = store_.segments().at(place.segment);
    const LargeStore::Part& part = segment.parts.at(place.part);
    const std::size_t fitting =
        std::min(records.size(), static_cast<std::size_t>(std::max(1.0F, inside.width / kBlock)));
    std::string where = part.is_damaged ? "damaged, without a valid record" : "no record begins here";
    if (fitting > 0) {
      where = fmt::format("{}, from byte {} on: records {} to {} of the {} in this column",
                          segment_file_name(segment.number), tools::grouped(part.begin), place.first + 1,
                          place.first + fitting, tools::grouped(part.records));
    }
    const Status& problem = view_.large->problem;
    canvas_.text_within({inside.x, inside.y - 2}, inside.width, problem.ok() ? where : std::string(problem.message()),
                        problem.ok() ? colours().text_muted : colours().bad, canvas_.fonts().small);
    named_items().mark("single-records", canvas_.pixels({inside.x, inside.y}),
                       canvas_.pixels({inside.right(), inside.bottom()}));
    float x = inside.x;
    for (std::size_t i = 0; i < fitting; ++i, x += kBlock) {
      draw_record(records[i], {x, inside.y + 18, kBlock - 4, inside.height - 18});
    }
  }

  void draw_record(const RecordView& record, const Area& block) const {
    const KeyShades& shades = shades_of(record.key);
    const bool is_tombstone = record.type == RecordType::kTombstone;
    canvas_.fill(block, is_tombstone ? colours().raised : record.superseded ? shades.old_fill : shades.fill, 5);
    if (record.superseded) canvas_.hatch(block.inset(1), shades.hatch);
    if (is_tombstone) {
      canvas_.outline(block, colours().bad, 5, 1.5F);
      canvas_.cross({block.x + 8, block.centre().y - 5, 10, 10}, colours().bad, 2);
    }
    const ImU32 text = is_tombstone ? colours().text : record.superseded ? shades.old_text : shades.text;
    const float indent = is_tombstone ? 24.0F : 6.0F;
    const float width = block.width - indent - 6;
    canvas_.text_within({block.x + indent, block.centre().y - (record.value.empty() ? 8.0F : 17.0F)}, width,
                        shown(record.key), text, canvas_.fonts().text);
    if (record.value.empty()) return;
    canvas_.text_within({block.x + indent, block.centre().y + 3}, width, shown(record.value), text,
                        canvas_.fonts().mono_small);
  }

  const Canvas& canvas_;
  const View& view_;
  const LargeStore& store_;
  Area lanes_;
  Area single_;
  std::uint64_t largest_ = 1;  // segment, in bytes
  float lane_ = 0;             // the height of one
  float scroll_ = 0;
};

}  // namespace

void draw_large_store(const Canvas& canvas, const View& view, const Area& area, Commands& commands) {
  Bands(canvas, view, area).draw(commands);
}

}  // namespace sediment::viz
