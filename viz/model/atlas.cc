#include "viz/model/atlas.h"

#include <algorithm>
#include <chrono>
#include <variant>

namespace sediment::viz {

std::size_t Atlas::Column::count(Verdict verdict) const {
  return static_cast<std::size_t>(
      std::count_if(disks.begin(), disks.end(), [&](const Disk& disk) { return disk.verdict == verdict; }));
}

bool Atlas::Column::operator==(const Column& other) const {
  return more == other.more &&
         std::equal(disks.begin(), disks.end(), other.disks.begin(), other.disks.end(),
                    [](const Disk& a, const Disk& b) { return a.number == b.number && a.verdict == b.verdict; });
}

void Atlas::clear() { *this = {}; }

const Atlas::Column* Atlas::column(std::size_t position) const {
  return position < columns_.size() ? columns_[position].get() : nullptr;
}

bool Atlas::work(const Timeline& timeline, const sim::Scenario& scenario, double seconds) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  const auto spent = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  columns_.resize(timeline.size() + 1);
  do {
    if (!looking_at_) {
      if (known_ == columns_.size()) return false;
      const std::size_t here = timeline.position();
      if (columns_[here] == nullptr) {
        look_at(here, timeline.scene(), timeline, scenario);
      } else {
        while (columns_[scene_.position()] != nullptr) timeline.advance(scene_, scene_.position() + 1);
        look_at(scene_.position(), scene_, timeline, scenario);
      }
    }
    if (!grid_.work(std::max(0.0, seconds - spent()))) finish();
  } while (spent() < seconds);
  return known_ < columns_.size();
}

void Atlas::look_at(std::size_t position, const Scene& scene, const Timeline& timeline, const sim::Scenario& scenario) {
  const auto& entries = timeline.trace().entries();
  looking_at_ = position;
  grid_ = {};
  // An event tells what the engine thinks; the disk stays as it was. So it does where a crash undoes what happened.
  const bool is_event = position > 0 && (std::holds_alternative<sim::EventEntry>(entries[position - 1]) ||
                                         timeline.is_undone(position - 1));
  if (is_event && columns_[position - 1] != nullptr) {
    set(position, columns_[position - 1]);
    looking_at_.reset();
    return;
  }
  look_at(grid_, scene, timeline, scenario);
}

void Atlas::look_at(CrashGrid& grid, const Scene& scene, const Timeline& timeline, const sim::Scenario& scenario) {
  if (scene.store() == Scene::Store::kCrashed) return;  // it cannot crash again before it is opened
  const auto& entries = timeline.trace().entries();
  const sim::DiskOperation* last = nullptr;
  for (std::size_t i = scene.position(); i > 0 && last == nullptr; --i) {
    if (timeline.is_undone(i - 1)) continue;
    if (std::holds_alternative<sim::InputEntry>(entries[i - 1])) break;
    last = std::get_if<sim::DiskOperation>(&entries[i - 1]);
  }
  grid.look_at({scene.disk(), last, scene.twin(), scenario, may_report_corruption(scene, scenario)}, kMostDisks);
}

CrashGrid::Disk Atlas::disk_of(const Timeline& timeline, const sim::Scenario& scenario, std::size_t position,
                               Column::Disk disk) {
  const Scene scene = timeline.scene_at(position);
  CrashGrid grid;
  look_at(grid, scene, timeline, scenario);
  return grid.recovered(disk.number);
}

void Atlas::finish() {
  if (!looking_at_) return;
  Column column;
  column.more = grid_.left_out();
  for (std::size_t i = 0; i < grid_.disks().size(); ++i) {
    column.disks.push_back({static_cast<std::uint8_t>(i), grid_.disks()[i].verdict});
  }
  std::stable_sort(column.disks.begin(), column.disks.end(),
                   [](const Column::Disk& a, const Column::Disk& b) { return a.verdict < b.verdict; });
  const std::size_t position = *looking_at_;
  const Column* before = position == 0 ? nullptr : columns_[position - 1].get();
  if (before != nullptr && *before == column) {
    set(position, columns_[position - 1]);
  } else {
    set(position, std::make_shared<const Column>(std::move(column)));
  }
  looking_at_.reset();
}

void Atlas::set(std::size_t position, std::shared_ptr<const Column> column) {
  for (const Column::Disk& disk : column->disks) ++counts_.at(static_cast<std::size_t>(disk.verdict));
  if (column->more > 0) ++left_out_;
  columns_[position] = std::move(column);
  ++known_;
}

}  // namespace sediment::viz
