// The crash desk: every disk that a crash at this moment may leave, one square each, in the colour of what recovery
// makes of it. One of them can be chosen, read, and crashed to.
#include <fmt/format.h>

#include <algorithm>

#include "sim/base/plural.h"
#include "viz/draw/named_items.h"
#include "viz/draw/tip.h"
#include "viz/panels/colours.h"
#include "viz/panels/view.h"

namespace sediment::viz {

using Verdict = CrashGrid::Verdict;

namespace {

// A row of squares for each fault, in several lines if there are many.
class Squares {
 public:
  Squares(const CrashGrid& grid, const Area& area) : area_(area) {
    for (const float cell : {12.0F, 10.0F, 8.0F, 6.0F, 4.0F, 3.0F, 2.0F}) {
      cell_ = cell;
      if (place(grid) <= area.height) break;
    }
  }
  const std::vector<Area>& boxes() const { return boxes_; }
  struct Label {
    Point at;
    sim::Fault fault;
  };
  const std::vector<Label>& labels() const { return labels_; }

 private:
  static constexpr float kLabel = 96;

  float place(const CrashGrid& grid) {
    boxes_.clear();
    labels_.clear();
    const auto columns = static_cast<std::size_t>((area_.width - kLabel) / cell_);
    const float gap = cell_ > 5 ? 2.0F : 0.0F;
    float y = area_.y;
    std::size_t column = 0;
    for (std::size_t i = 0; i < grid.disks().size(); ++i) {
      const sim::Fault fault = grid.disks()[i].choice.fault;
      const bool new_fault = i == 0 || fault != grid.disks()[i - 1].choice.fault;
      if (new_fault) {
        if (i > 0) y = std::max(y + cell_, labels_.back().at.y + 15) + 3;
        column = 0;
        labels_.push_back({{area_.x, y}, fault});
      } else if (column == columns) {
        column = 0;
        y += cell_;
      }
      boxes_.push_back({area_.x + kLabel + static_cast<float>(column++) * cell_, y + 1, cell_ - gap, cell_ - gap});
    }
    return y + cell_ - area_.y;
  }

  Area area_;
  float cell_ = 12;
  std::vector<Area> boxes_;
  std::vector<Label> labels_;
};

void draw_legend(const Panel& panel, Point at) {
  const CrashGrid& grid = panel.view.crashes;
  const std::pair<Verdict, const char*> kinds[] = {{Verdict::kAll, "kept"},
                                                   {Verdict::kAllowed, "lost, never promised"},
                                                   {Verdict::kDetected, "detected"},
                                                   {Verdict::kForbidden, "wrong"}};
  for (const auto& [verdict, name] : kinds) {
    const bool possible = verdict != Verdict::kDetected || grid.count(Verdict::kDetected) > 0 ||
                          panel.view.now.damaged();  // a sound disk has no damage
    if (!possible) continue;
    const Area box{at.x, at.y + 2, 11, 11};
    draw_verdict_square(panel.canvas, box, verdict);
    const std::string text = fmt::format("{} {}", grid.count(verdict), name);
    panel.canvas.text({box.right() + 5, at.y}, text, colours().text_muted, panel.canvas.fonts().small);
    at.x = box.right() + 5 + panel.canvas.width_of(text, panel.canvas.fonts().small) + 10;
  }
}

std::string name_of_change(const sim::DirectoryChange& change) {
  switch (change.kind) {
    case sim::DiskOperation::Kind::kRename: return change.name + " → " + change.new_name;
    case sim::DiskOperation::Kind::kRemove: return "− " + change.name;
    default: return "+ " + change.name;
  }
}

// The unsynced changes of the directory, each with a tick if the chosen disk has it.
class Changes {
 public:
  Changes(const Panel& panel, const CrashGrid::Disk& disk)
      : panel_(panel),
        changes_(panel.view.crashes.state().unsynced_changes()),
        kept_(kept_changes(panel.view.crashes.state(), disk.choice)) {
    const Area& area = panel.area;
    Point at{area.x, 0};
    for (const sim::DirectoryChange& change : changes_) {
      const float width = panel.canvas.width_of(name_of_change(change), panel.canvas.fonts().mono_small) + 34;
      if (at.x > area.x && at.x + width > area.right()) at = {area.x, at.y + kRow};
      boxes_.push_back({at.x, at.y, width, kRow - 2});
      at.x += width;
    }
    height_ = changes_.empty() ? 0 : at.y + kRow;
  }

  float height() const { return height_; }

  void draw(float y) const {
    const Canvas& canvas = panel_.canvas;
    for (std::size_t i = 0; i < boxes_.size(); ++i) {
      const Area box{boxes_[i].x, boxes_[i].y + y, boxes_[i].width, boxes_[i].height};
      const bool kept = sim::keeps(kept_, i);
      ImGui::SetCursorScreenPos(canvas.pixels({box.x, box.y}));
      const std::string id = fmt::format("##change{}", i);
      if (ImGui::InvisibleButton(id.c_str(), canvas.pixels({box.width, box.height}))) {
        panel_.commands.emplace_back(KeepChanges{kept_ ^ sim::bit_of(i)});
      }
      named_items().mark_last(fmt::format("change.{}", i + 1));
      if (ImGui::IsItemHovered()) show_tip("does the directory on the disk have this change after the crash?");
      canvas.tick_box({box.x, box.y + 3, 12, 12}, kept, kept ? colours().good : colours().outline_strong);
      canvas.text({box.x + 18, box.y + 3}, name_of_change(changes_[i]), kept ? colours().text : colours().text_muted,
                  canvas.fonts().mono_small);
    }
  }

 private:
  static constexpr float kRow = 20;

  const Panel& panel_;
  const std::vector<sim::DirectoryChange>& changes_;
  sim::Kept kept_;
  std::vector<Area> boxes_;  // from the top of the first box
  float height_ = 0;
};

void have_it(const Panel& panel, const CrashGrid::Disk& disk) {
  panel.commands.emplace_back(Perform{sim::step_of("crash " + to_string(disk.choice))});
}

}  // namespace

void draw_crash_desk(const Panel& panel) {
  const Canvas& canvas = panel.canvas;
  const Area& area = panel.area;
  const Fonts& fonts = canvas.fonts();
  const CrashGrid& grid = panel.view.crashes;
  if (grid.disks().empty()) {
    canvas.text_wrapped({area.x, area.y}, area.width,
                        grid.too_many()
                            ? "Too much is unsynced here to show every disk that a crash may leave. Sync, or go "
                              "to another moment."
                        : panel.view.playing ? "Pause the show to see every disk that a crash here may leave."
                        : panel.view.now.store() == Scene::Store::kCrashed
                            ? "The store has crashed. Recover it, or go back and choose another crash."
                            : "There is nothing here that a crash could take.",
                        colours().text_muted, fonts.small);
    return;
  }
  const std::size_t chosen = std::min(panel.view.crash, grid.disks().size() - 1);
  const bool at_work = grid.judged() < grid.disks().size();
  const std::string more = grid.left_out() == 0 ? std::string() : fmt::format(" and {} more", grid.left_out());
  const std::string title =
      at_work ? fmt::format("A crash may leave {} disks, {} recovered so far", grid.disks().size(), grid.judged())
              : fmt::format("A crash here may leave {}{}", sim::plural(grid.disks().size(), "different disk"), more);
  canvas.text_within({area.x, area.y}, area.width, title, colours().text, fonts.text);
  draw_legend(panel, {area.x, area.y + 20});

  const Changes changes(panel, grid.disks()[chosen]);
  const float told = canvas.height_wrapped(area.width, grid.disks()[chosen].what, fonts.small);
  const float below = 66 + std::max(18.0F, told) + changes.height();
  const Area squares_area{area.x, area.y + 42, area.width, area.height - 42 - below};
  const Squares squares(grid, squares_area);
  canvas.push_clip({squares_area.x - 3, squares_area.y - 3, squares_area.width + 6, squares_area.height + 6});
  for (const Squares::Label& label : squares.labels()) {
    canvas.text_within(label.at, 92, name_of(label.fault), colours().text_muted, fonts.small);
  }
  for (std::size_t i = 0; i < squares.boxes().size(); ++i) {
    draw_verdict_square(canvas, squares.boxes()[i], grid.disks()[i].verdict);
    if (i == chosen) canvas.outline(squares.boxes()[i].inset(-2), colours().text, 3, 2);
  }
  canvas.pop_clip();
  ImGui::SetCursorScreenPos(canvas.pixels({squares_area.x, squares_area.y}));
  const bool clicked = ImGui::InvisibleButton("##disks", canvas.pixels({squares_area.width, squares_area.height}));
  named_items().mark_last("crash.disks");
  if (clicked) {
    const Point mouse = canvas.mouse();
    for (std::size_t i = 0; i < squares.boxes().size(); ++i) {
      if (squares.boxes()[i].inset(-1).contains(mouse)) panel.commands.emplace_back(ChooseCrash{i});
    }
  }
  if (panel.move != 0) {
    const auto last = static_cast<std::ptrdiff_t>(grid.disks().size()) - 1;
    const auto next = std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(chosen) + panel.move, 0, last);
    panel.commands.emplace_back(ChooseCrash{static_cast<std::size_t>(next)});
  }

  // The chosen one, in words.
  const CrashGrid::Disk& disk = grid.disks()[chosen];
  const float line = area.bottom() - below + 4;
  canvas.line({area.x, line}, {area.right(), line}, colours().outline);
  changes.draw(line + 4);
  const float y = line + 4 + changes.height();
  canvas.text_within({area.x, y}, area.width - 92, to_string(disk.choice), colours().text, fonts.mono_small);
  const float used =
      canvas.text_wrapped({area.x, y + 17}, area.width - 92, explain(disk.choice), colours().text_muted, fonts.small);
  canvas.text_wrapped({area.x, y + 19 + used}, area.width, disk.what,
                      disk.verdict == Verdict::kNotYet ? colours().text_muted : verdict_colour(disk.verdict),
                      fonts.small);
  ImGui::SetCursorScreenPos(canvas.pixels({area.right() - 84, y}));
  ImGui::BeginDisabled(panel.view.session.is_recorded());
  const bool pressed = ImGui::Button("Crash so", canvas.pixels({84, 28}));
  named_items().mark_last("crash.so");
  ImGui::EndDisabled();
  if (ImGui::IsItemHovered(ImGuiHoveredFlags_AllowWhenDisabled)) {
    show_tip(panel.view.session.is_recorded() ? "this is a recording: it can only be watched"
                                              : "the crash that leaves this disk (Enter)");
  }
  if (pressed || panel.act) have_it(panel, disk);
}

}  // namespace sediment::viz
