// Below the lanes of the segments: the files in the directory that are no file of the store's, as bytes. The store leaves
// them alone.
#include <fmt/format.h>

#include <algorithm>

#include "sim/base/plural.h"
#include "viz/draw/tip.h"
#include "viz/model/store_format.h"
#include "viz/panels/file_lane.h"
#include "viz/panels/stage.h"

namespace sediment::viz {

namespace {

constexpr float kRow = 36;
constexpr float kRowGap = 4;
constexpr std::size_t kMostRows = 3;
constexpr float kLeastForLanes = 90;
constexpr CellSize kCell{13, 16};

std::vector<FileView> other_files(const sim::DiskState& disk) {
  const auto is_other = [](const auto& entry) { return !is_name_of_sediment(entry.first); };
  const bool has_some = std::any_of(disk.names().begin(), disk.names().end(), is_other) ||
                        std::any_of(disk.durable_names().begin(), disk.durable_names().end(), is_other);
  if (!has_some) return {};  // the usual case
  std::vector<FileView> files = files_of(disk);
  std::erase_if(files, [](const FileView& file) { return is_name_of_sediment(file.any_name()); });
  return files;
}

}  // namespace

// Takes their rows from the disk's floor.
void Stage::make_room_for_others() {
  others_ = other_files(view_.now.disk());
  if (others_.empty()) return;
  const auto fitting = static_cast<std::size_t>(std::max(kRow, disk_.height - kLeastForLanes) / kRow);
  const std::size_t rows = std::min({others_.size(), kMostRows, std::max<std::size_t>(1, fitting)});
  const float height = static_cast<float>(rows) * kRow;
  disk_.height -= height;
  others_area_ = {area_.x, disk_.bottom() + kRowGap, area_.width, height - kRowGap};
  others_shown_ = others_.size() > rows ? rows - 1 : rows;  // the last row says how many more there are
}

Area Stage::row_of_other(std::size_t number) const {
  return {others_area_.x, others_area_.y + static_cast<float>(number) * kRow, others_area_.width, kRow - kRowGap};
}

void Stage::draw_others() const {
  for (std::size_t i = 0; i < others_shown_; ++i) {
    const FileView& file = others_[i];
    const Area row = row_of_other(i);
    name("other." + file.any_name(), row);
    canvas_.fill(row, colours().panel, 8);
    canvas_.dashed_outline(row, colours().outline_strong);
    const Point mark{row.x + 12, row.y + 9};
    if (file.name_durable()) {
      canvas_.dot(mark, 3.5F, colours().good);
    } else {
      canvas_.ring(mark, 3.5F, colours().warning, 1.5F);
    }
    canvas_.text_within({row.x + 22, row.y + 1}, kLaneLabel - 28, shown_name(file.label()), colours().text,
                        fonts().mono);
    canvas_.text_within({row.x + 22, row.y + 15}, kLaneLabel - 26, "not the store's", colours().text_muted,
                        fonts().small);
    const std::string sizes = told_sizes(file);
    const float told = std::min(canvas_.width_of(sizes, fonts().small), row.width * 0.4F);
    canvas_.text_within({row.right() - told - 10, row.centre().y - 8}, told, sizes, colours().text_muted,
                        fonts().small);
    const std::uint64_t bytes = std::max(file.size, file.on_disk);
    if (bytes == 0) continue;
    const Area inside{row.x + kLaneLabel, row.centre().y - kCell.height / 2, row.width - kLaneLabel - told - 24,
                      kCell.height};
    const bool fits = static_cast<float>(bytes + 8) * kCell.width <= inside.width;
    const Cells cells(inside, fits ? kCell : CellSize{0, kCell.height}, bytes);
    draw_file_cells(canvas_, file, view_.now.disk().file(file.file), cells, row, 1);
    if (view_.selection.file == file.name && !file.name.empty()) canvas_.outline(row, colours().text, 8, 1.5F);
  }
  if (others_shown_ == others_.size()) return;
  const Area row = row_of_other(others_shown_);
  canvas_.text({row.x + 22, row.y + 6},
               fmt::format("and {} that {} not the store's", sim::plural(others_.size() - others_shown_, "more file"),
                           others_.size() - others_shown_ == 1 ? "is" : "are"),
               colours().text_muted, fonts().small);
}

void Stage::point_at_others(Commands& commands) const {
  if (others_.empty()) return;
  ImGui::SetCursorScreenPos(canvas_.pixels({others_area_.x, others_area_.y}));
  const bool clicked =
      ImGui::InvisibleButton("##others", canvas_.pixels({others_area_.width, std::max(1.0F, others_area_.height)}));
  if (!clicked && !ImGui::IsItemHovered()) return;
  for (std::size_t i = 0; i < others_shown_; ++i) {
    if (!row_of_other(i).contains(canvas_.mouse())) continue;
    show_tip(shown_name(others_[i].label()) + ": " + told_sizes(others_[i]) + "\nthe store does not know this file");
    if (clicked && !others_[i].name.empty()) commands.emplace_back(SelectFile{others_[i].name, 0});
  }
}

}  // namespace sediment::viz
