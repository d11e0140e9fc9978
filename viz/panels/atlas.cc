// The crash atlas: a column for each event, and in it a square for each disk that a crash there may leave, in the
// colour of what recovery makes of it. As a strip above the timeline, or in place of everything else.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/base/plural.h"
#include "viz/draw/named_items.h"
#include "viz/draw/tip.h"
#include "viz/panels/colours.h"
#include "viz/panels/view.h"

namespace sediment::viz {

using Verdict = Atlas::Verdict;

namespace {

constexpr Verdict kVerdicts[] = {Verdict::kAll, Verdict::kAllowed, Verdict::kDetected, Verdict::kForbidden};

const char* name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kNotYet: return "not recovered yet";
    case Verdict::kAll: return "keep all";
    case Verdict::kAllowed: return "lose only what was never promised";
    case Verdict::kDetected: return "damaged, and detected";
    case Verdict::kForbidden: return "wrong";
  }
  return "";
}

// Where each column is, and which of its disks each square stands for.
class Plot {
 public:
  Plot(const Atlas& atlas, const Area& area, bool is_large) : atlas_(atlas), area_(area) {
    constexpr float kLeast = 4;
    const float width = std::max(area.width, kLeast);
    const auto fitting = static_cast<std::size_t>(width / kLeast);
    group_ = std::max<std::size_t>(1, (atlas.size() + fitting - 1) / fitting);
    const auto columns = static_cast<float>(std::max<std::size_t>(1, groups()));
    pitch_ = std::clamp(width / columns, kLeast, is_large ? 14.0F : 10.0F);
    cell_ = std::min(pitch_, is_large ? 9.0F : 6.0F);
    rows_ = std::max<std::size_t>(4, static_cast<std::size_t>(std::max(area.height, 0.0F) / cell_));
  }

  std::size_t groups() const { return (atlas_.size() + group_ - 1) / group_; }
  std::size_t group_of(std::size_t position) const { return position / group_; }
  float x_of(std::size_t group) const { return area_.x + static_cast<float>(group) * pitch_; }
  float pitch() const { return pitch_; }

  // If several events share a column: the event with the worst disks.
  std::size_t position_of(std::size_t group) const {
    const std::size_t first = group * group_;
    std::size_t worst = first;
    for (std::size_t i = first; i < std::min(first + group_, atlas_.size()); ++i) {
      if (is_worse(atlas_.column(i), atlas_.column(worst))) worst = i;
    }
    return worst;
  }

  // The squares of a column from bottom to top, as indices of its disks. With more disks than squares, each verdict has
  // its share of them, but at least one.
  std::vector<std::size_t> squares(const Atlas::Column& column) const {
    std::vector<std::size_t> shown;
    const std::size_t disks = column.disks.size();
    if (disks <= rows_) {
      for (std::size_t i = 0; i < disks; ++i) shown.push_back(i);
      return shown;
    }
    std::size_t begin = 0;
    for (const Verdict verdict : kVerdicts) {
      const std::size_t of_verdict = column.count(verdict);
      if (of_verdict == 0) continue;
      const std::size_t share = std::max<std::size_t>(1, of_verdict * (rows_ - 3) / disks);
      for (std::size_t i = 0; i < share; ++i) shown.push_back(begin + i * of_verdict / share);
      begin += of_verdict;
    }
    return shown;
  }

  Area square(std::size_t group, std::size_t row) const {
    const float gap = cell_ > 4 ? 1.5F : 1.0F;
    return {x_of(group), area_.bottom() - static_cast<float>(row + 1) * cell_, std::min(pitch_, cell_ + 2) - gap,
            cell_ - gap};
  }

 private:
  static bool is_worse(const Atlas::Column* a, const Atlas::Column* b) {
    if (a == nullptr || b == nullptr) return a != nullptr;
    const std::size_t wrong_a = a->count(Verdict::kForbidden);
    const std::size_t wrong_b = b->count(Verdict::kForbidden);
    return wrong_a != wrong_b ? wrong_a > wrong_b : a->disks.size() > b->disks.size();
  }

  const Atlas& atlas_;
  Area area_;
  float pitch_ = 4;
  float cell_ = 4;
  std::size_t rows_ = 4;
  std::size_t group_ = 1;  // events to a column
};

// Right-aligned; returns where it begins.
float draw_legend(const Canvas& canvas, const View& view, Point right) {
  float x = right.x;
  for (auto verdict = std::rbegin(kVerdicts); verdict != std::rend(kVerdicts); ++verdict) {
    const bool is_possible = *verdict != Verdict::kDetected || view.atlas.count(Verdict::kDetected) > 0;
    if (!is_possible) continue;
    const std::string text = fmt::format("{} {}", view.atlas.count(*verdict), name_of(*verdict));
    x -= canvas.width_of(text, canvas.fonts().small);
    canvas.text({x, right.y}, text, colours().text_muted, canvas.fonts().small);
    x -= 16;
    draw_verdict_square(canvas, {x, right.y + 2, 11, 11}, *verdict);
    x -= 12;
  }
  return x;
}

// Below the columns: the operations, each where it begins, as far as they do not overlap.
void draw_operations(const Canvas& canvas, const View& view, const Plot& plot, const Area& area) {
  constexpr int kRows = 3;
  float free_from[kRows] = {area.x, area.x, area.x};
  const auto& entries = view.session.timeline().trace().entries();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto* input = std::get_if<sim::InputEntry>(&entries[i]);
    if (input == nullptr) continue;
    const float x = plot.x_of(plot.group_of(i + 1));
    const std::string text = sim::to_string(input->step).substr(0, 40);
    const float width = std::min(180.0F, canvas.width_of(text, canvas.fonts().small));
    for (int row = 0; row < kRows; ++row) {
      if (x < free_from[row] || x + width > area.right()) continue;
      const float y = area.y + 6 + 17 * static_cast<float>(row);
      canvas.line({x, area.y}, {x, y + 12}, colours().outline);
      canvas.text_within({x + 4, y}, width + 2, text, colours().text_muted, canvas.fonts().small);
      free_from[row] = x + width + 14;
      break;
    }
  }
}

void tell_about(const View& view, std::size_t position, const Atlas::Column& column, std::optional<std::size_t> disk) {
  std::string text = fmt::format("after event {}: {}", position, sim::plural(column.disks.size(), "disk"));
  if (column.more > 0) text += ", and more that were not tried";
  if (disk) {
    text += fmt::format("\n{}", name_of(column.disks[*disk].verdict));
    const std::optional<AtlasDisk>& told = view.atlas_disk;
    if (told && told->position == position && told->disk == *disk) {
      text += fmt::format(": {}\n{}\n{}", told->choice, told->explanation, told->what);
    }
    text += "\nA click shows this crash.";
  }
  ImGui::PushTextWrapPos(ImGui::GetFontSize() * 34);
  show_tip(text);
  ImGui::PopTextWrapPos();
}

}  // namespace

void draw_atlas(const Canvas& canvas, const View& view, const Area& area, bool is_large, Commands& commands) {
  const Fonts& fonts = canvas.fonts();
  draw_panel(canvas, area, "");
  const Atlas& atlas = view.atlas;
  const char* const part = atlas.has_left_out() ? " (of some events only a part)" : "";
  const std::string title =
      is_large ? "The crash atlas" : fmt::format("Every disk that a crash may leave, event by event{}", part);
  canvas.text({area.x + 12, area.y + (is_large ? 12.0F : 7.0F)}, title,
              is_large ? colours().text : colours().text_muted, is_large ? fonts.title : fonts.small);
  if (is_large) {
    const char* const what =
        view.layout == LayoutId::kFigure
            ? "A column for each event, a square for each disk that a crash there may leave. Click one to see it."
            : "Each column is an event, each square a disk that a crash at this moment may leave. Click a square to "
              "see "
              "that crash; Esc closes the atlas.";
    canvas.text_within({area.x + 12, area.y + 42}, area.width - 24, what, colours().text_muted, fonts.text);
  }
  const bool at_work = atlas.known() < atlas.size();
  const float legend = draw_legend(canvas, view, {area.right() - 12, area.y + (is_large ? 18.0F : 7.0F)});
  if (at_work) {
    const Area bar{legend - 92, area.y + (is_large ? 22.0F : 11.0F), 80, 5};
    const float share = static_cast<float>(atlas.known()) / static_cast<float>(atlas.size());
    canvas.fill(bar, colours().raised, 2);
    canvas.fill({bar.x, bar.y, bar.width * share, bar.height}, colours().accent, 2);
  }
  if (view.session.is_recorded()) {
    canvas.text_within({area.x + 12, area.centre().y}, area.width - 24,
                       "A recorded run does not say how its store was opened, so its crashes cannot be tried.",
                       colours().text_muted, fonts.small);
    return;
  }

  const float top = is_large ? 74 : 25;
  const float below = is_large ? 70 : 8;
  const Area inside{area.x + 12, area.y + top, area.width - 24, area.height - top - below};
  const Plot plot(atlas, inside, is_large);
  const Point mouse = canvas.mouse();
  std::optional<std::size_t> hovered_group;
  std::optional<std::size_t> hovered_disk;
  for (std::size_t group = 0; group < plot.groups(); ++group) {
    const bool is_hovered =
        inside.contains(mouse) && mouse.x >= plot.x_of(group) && mouse.x < plot.x_of(group) + plot.pitch();
    if (is_hovered) hovered_group = group;
    const Atlas::Column* column = atlas.column(plot.position_of(group));
    if (column == nullptr) continue;
    const std::vector<std::size_t> shown = plot.squares(*column);
    for (std::size_t row = 0; row < shown.size(); ++row) {
      const Area square = plot.square(group, row);
      draw_verdict_square(canvas, square, column->disks[shown[row]].verdict);
      const bool on_it = is_hovered && mouse.y >= square.y - 1 && mouse.y < square.bottom() + 0.5F;
      if (on_it) hovered_disk = shown[row];
      if (on_it) canvas.outline(square.inset(-1), colours().text, 1, 1.5F);
    }
  }
  const std::size_t here = plot.group_of(view.now.position());
  const float cursor = plot.x_of(here) + plot.pitch() / 2 - 0.5F;
  canvas.line({cursor, inside.y - 3}, {cursor, inside.bottom() + 4}, colours().text, 1.5F);
  const Atlas::Column* current = atlas.column(view.now.position());
  const bool is_drawn = current != nullptr && plot.position_of(here) == view.now.position();
  if (is_drawn && view.atlas_choice && *view.atlas_choice < current->disks.size()) {
    const std::vector<std::size_t> shown = plot.squares(*current);
    const auto row = std::lower_bound(shown.begin(), shown.end(), *view.atlas_choice) - shown.begin();
    canvas.outline(plot.square(here, static_cast<std::size_t>(row)).inset(-2), colours().accent, 2, 2);
  }
  if (is_large) draw_operations(canvas, view, plot, {inside.x, inside.bottom() + 8, inside.width, below - 8});

  ImGui::SetCursorScreenPos(canvas.pixels({inside.x, inside.y}));
  const bool clicked = ImGui::InvisibleButton("##atlas", canvas.pixels({inside.width, inside.height}));
  named_items().mark_last("atlas");
  if (!hovered_group || !(clicked || ImGui::IsItemHovered())) return;
  const std::size_t position = plot.position_of(*hovered_group);
  const Atlas::Column* column = atlas.column(position);
  if (column == nullptr) return;
  tell_about(view, position, *column, hovered_disk);
  if (hovered_disk) commands.emplace_back(PointAtDisk{position, *hovered_disk});
  if (clicked && hovered_disk) commands.emplace_back(EnterDisk{position, *hovered_disk});
  if (clicked && !hovered_disk) commands.emplace_back(GoToEntry{position});
}

}  // namespace sediment::viz
