// The stage of a store whose files this program cannot read: the three floors of the stage, with each file as bytes. What
// is in the cache only lies on the second floor and has an empty place on the disk; a sync lets it sink there, and a
// power cut takes it.
//
// Says only what the trace says: operations and answers, names, sizes and bytes.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "sim/base/plural.h"
#include "viz/draw/named_items.h"
#include "viz/draw/tip.h"
#include "viz/panels/colours.h"
#include "viz/panels/file_lane.h"
#include "viz/panels/stage_layout.h"
#include "viz/panels/view.h"

namespace sediment::viz {

using sim::DiskOperation;
using State = ByteSpan::State;

namespace {

constexpr float kGap = 8;
constexpr float kProcess = 58;
constexpr float kCache = 66;
constexpr float kLowStage = 330;  // lower than this
constexpr float kLowProcess = 34;
constexpr float kLowCache = 34;
constexpr float kHighFloor = 46;
constexpr float kDiskTitle = 24;
constexpr float kLaneTitle = 20;
constexpr float kLanePadding = 7;
constexpr float kScrollBar = 8;
constexpr float kGoneHeight = 30;

// From the largest to the smallest; the last one is a band.
constexpr CellSize kCells[] = {{24, 28}, {18, 20}, {15, 17}, {9, 13}, {6, 9}, {4, 6}, {0, 12}, {0, 5}};

struct Lane {
  FileView file;
  Area frame;
  Cells cells;
};

// A file's bytes in the cache.
struct Group {
  sim::FileId file = 0;
  std::string name;
  std::string what = {};
  std::vector<std::uint64_t> offsets = {};  // of its bytes that are drawn, from the first one in the cache on
  Area area = {};
  float left_out_at = 0;  // where … stands if there are more; 0: all are drawn

  Area cell(std::size_t number) const {
    constexpr float kCell = 15;
    return {area.x + 7 + static_cast<float>(number) * kCell, area.y + 7, kCell - 1, 16};
  }
};
constexpr CellSize kCachedCell{15, 17};

// A change of the directory that no sync has covered.
struct Card {
  std::string title;
  Area area;
};

std::string title_of(const sim::DirectoryChange& change, const sim::DiskState& disk) {
  using Kind = DiskOperation::Kind;
  const std::string name = shown_name(disk.path_of(change.name));
  switch (change.kind) {
    case Kind::kRename: return name + " → " + shown_name(disk.path_of(change.new_name));
    case Kind::kLink: return name + " = " + shown_name(disk.path_of(change.new_name));
    case Kind::kRemove:
    case Kind::kRemoveDirectory: return "remove " + name;
    default: return "new: " + name;
  }
}

// A file that the last crash took, in the place of a lane.
struct Gone {
  LostBytes lost;
  Area frame;
};

// Everything of one scene that the stage places.
struct Placed {
  std::vector<Lane> lanes;
  std::vector<Gone> gone;
  std::vector<Group> groups;
  std::vector<Card> cards;
  std::size_t left_out = 0;  // of the cache
  float lanes_height = 0;

  const Lane* lane(sim::FileId file) const {
    const auto found =
        std::find_if(lanes.begin(), lanes.end(), [&](const Lane& each) { return each.file.file == file; });
    return found == lanes.end() ? nullptr : &*found;
  }
  const Lane* lane_named(const std::string& name) const {
    const auto found =
        std::find_if(lanes.begin(), lanes.end(), [&](const Lane& each) { return each.file.any_name() == name; });
    return found == lanes.end() ? nullptr : &*found;
  }
  const Group* group(sim::FileId file) const {
    const auto found = std::find_if(groups.begin(), groups.end(), [&](const Group& each) { return each.file == file; });
    return found == groups.end() ? nullptr : &*found;
  }
};

class FileStage {
 public:
  FileStage(const Canvas& canvas, const View& view, const Area& area)
      : canvas_(canvas), view_(view), area_(area), progress_(eased(view.progress)) {
    const bool low = area.height < kLowStage;
    process_ = {area.x, area.y, area.width, low ? kLowProcess : kProcess};
    cache_ = {area.x, process_.bottom() + kGap, area.width, low ? kLowCache : kCache};
    const float top = cache_.bottom() + kGap + kDiskTitle;
    disk_ = {area.x, top, area.width, area.bottom() - top};
    now_ = place(view.now);
    before_ = view.progress < 1 ? place(view.before) : now_;
    scroll_ = std::clamp(view.zoom.scroll, 0.0F, most_scroll());
  }

  void draw() {
    draw_floors();
    draw_process();
    draw_cache();
    draw_disk_title();
    canvas_.push_clip({area_.x - 2, disk_.y - 2, area_.width + 4, disk_.height + 6});
    draw_leaving();
    for (const Lane& lane : now_.lanes) draw_lane(lane);
    for (const Gone& gone : now_.gone) draw_gone(gone);
    canvas_.pop_clip();
    draw_sinking();
    draw_crash();
    draw_scroll_bar();
  }

  void point_at(Commands& commands) const {
    ImGui::SetCursorScreenPos(canvas_.pixels({disk_.x, disk_.y}));
    const bool clicked = ImGui::InvisibleButton("##files", canvas_.pixels({disk_.width, std::max(1.0F, disk_.height)}));
    if (!clicked && !ImGui::IsItemHovered()) return;
    if (const float wheel = ImGui::GetIO().MouseWheel; wheel != 0) {
      constexpr float kStep = 60;
      commands.emplace_back(ScrollStage{std::clamp(scroll_ - wheel * kStep, 0.0F, most_scroll())});
    }
    const Point mouse = canvas_.mouse();
    for (const Lane& lane : now_.lanes) {
      if (!scrolled(lane.frame).contains(mouse)) continue;
      const auto offset = lane.cells.offset_at({mouse.x, mouse.y + scroll_});
      show_tip(told(lane.file) + (offset ? "\n" + told_byte(lane.file, *offset) : ""));
      if (clicked && !lane.file.name.empty()) commands.emplace_back(SelectFile{lane.file.name, offset.value_or(0)});
    }
  }

  /// Scrolls to the file that something happens to.
  void follow(Commands& commands) const {
    const auto* operation = view_.happening<DiskOperation>();
    if (!view_.moved || operation == nullptr || most_scroll() <= 0) return;
    const Lane* lane = now_.lane(operation->file);
    if (lane == nullptr) return;
    const float below = lane->frame.bottom() - disk_.bottom();
    const float above = lane->frame.y - disk_.y;
    const float to = std::clamp(std::min(std::max(scroll_, below), std::max(above, 0.0F)), 0.0F, most_scroll());
    if (to != scroll_) commands.emplace_back(ScrollStage{to});
  }

 private:
  const Fonts& fonts() const { return canvas_.fonts(); }
  float most_scroll() const { return std::max(0.0F, now_.lanes_height - disk_.height); }
  Area scrolled(Area area) const {
    area.y -= scroll_;
    return area;
  }

  // ---- where everything is

  Placed place(const Scene& scene) const {
    Placed placed;
    std::vector<FileView> files = files_of(scene.disk());
    const bool crashed = scene.store() == Scene::Store::kCrashed && scene.crash().has_value();
    for (std::size_t i = 0; crashed && i < scene.crash()->lost_bytes.size(); ++i) {
      const LostBytes& lost = scene.crash()->lost_bytes[i];
      if (lost.file_is_gone) placed.gone.push_back({lost, {}});
    }
    const float below = static_cast<float>(placed.gone.size()) * (kGoneHeight + kGap);
    for (const CellSize& size : kCells) {
      placed.lanes_height = place_lanes(files, size, placed.lanes) + below;
      if (placed.lanes_height <= disk_.height) break;
    }
    float y = placed.lanes.empty() ? disk_.y : placed.lanes.back().frame.bottom() + kGap;
    for (Gone& gone : placed.gone) {
      gone.frame = {disk_.x, y, disk_.width - kScrollBar, kGoneHeight};
      y += kGoneHeight + kGap;
    }
    place_cache(scene, placed);
    return placed;
  }

  float place_lanes(const std::vector<FileView>& files, const CellSize& size, std::vector<Lane>& lanes) const {
    lanes.clear();
    float y = disk_.y;
    std::uint64_t largest = 1;
    for (const FileView& file : files) largest = std::max({largest, file.size, file.on_disk});
    for (const FileView& file : files) {
      const std::uint64_t bytes = std::max(file.size, file.on_disk);
      const Area inside{disk_.x + 12, y + kLaneTitle + 5, disk_.width - 24 - kScrollBar, 0};
      const Cells cells(inside, size, size.is_band() ? largest : bytes);
      const float height = kLaneTitle + 5 + (bytes == 0 ? 0 : cells.height()) + kLanePadding;
      lanes.push_back({file, {disk_.x, y, disk_.width - kScrollBar, height}, cells});
      y += height + kGap;
    }
    return y - disk_.y - (files.empty() ? 0 : kGap);
  }

  void place_cache(const Scene& scene, Placed& placed) const {
    const bool low = cache_.height < kHighFloor;
    float x = cache_.x + kLaneLabel;
    const float end = cache_.right() - 70;  // there it says how many are left out
    const auto room = [&](float width) {
      if (x + width > end && x > cache_.x + kLaneLabel) {
        ++placed.left_out;
        return Area{};
      }
      const Area area{x, cache_.y + 5, std::min(width, end - x), cache_.height - 10};
      x = area.right() + kGap;
      return area;
    };
    for (const auto& [name, id] : scene.disk().names()) {
      const FileView* file = nullptr;
      for (const Lane& lane : placed.lanes) file = lane.file.file == id ? &lane.file : file;
      const sim::FileState& state = scene.disk().file(id);
      if (file == nullptr || state.all_durable()) continue;
      Group group{.file = id, .name = name};
      const std::uint64_t cached = file->cached();
      group.what = fmt::format("{}: {}", shown_name(file->label()),
                               cached > 0 ? sim::plural(cached, "byte") : std::string("its size"));
      group.what += state.unsynced.empty() ? ", the fsync has failed" : ", until fsync";
      for (const ByteSpan& span : file->spans) {
        for (std::uint64_t i = span.begin; span.in_cache() && i < span.end && group.offsets.size() < kMostInGroup;
             ++i) {
          group.offsets.push_back(i);
        }
      }
      const float label = canvas_.width_of(group.what, fonts().small) + 16;
      const auto fitting = static_cast<std::size_t>(std::max(label, kWidestCells) / kCachedCell.width);
      if (low) {
        group.offsets.clear();
      } else if (group.offsets.size() > fitting) {
        group.offsets.resize(fitting - 1);
      }
      const bool has_more = !low && group.offsets.size() < cached;
      const float cells = static_cast<float>(group.offsets.size() + (has_more ? 1 : 0)) * kCachedCell.width + 14;
      group.area = room(std::max(label, cells));
      if (group.area.width == 0) continue;
      if (has_more) group.left_out_at = group.cell(group.offsets.size()).x;
      placed.groups.push_back(std::move(group));
    }
    for (const sim::DirectoryChange& change : scene.disk().unsynced_changes()) {
      Card card{title_of(change, scene.disk()), {}};
      const float width =
          std::max(canvas_.width_of(card.title, fonts().mono_small), canvas_.width_of(kUntilDirectory, fonts().small)) +
          16;
      card.area = room(width);
      if (card.area.width > 0) placed.cards.push_back(std::move(card));
    }
  }

  // ---- the first two floors

  void draw_floor(const Area& floor, const char* title, const char* what, bool is_gone) const {
    canvas_.fill(floor,
                 is_gone ? mixed(colours().background, colours().bad, 0.08F)
                         : mixed(colours().background, colours().panel, 0.5F),
                 10);
    canvas_.outline(floor, is_gone ? colours().bad : colours().outline, 10);
    const bool high = floor.height >= kHighFloor;
    canvas_.text({floor.x + 10, high ? floor.y + 7 : floor.centre().y - 9}, title, colours().text, fonts().strong);
    if (!high) return;
    canvas_.text_wrapped({floor.x + 10, floor.y + 25}, kLaneLabel - 14, what, colours().text_muted, fonts().small);
  }

  bool is_crashed() const { return view_.now.store() == Scene::Store::kCrashed && view_.now.crash().has_value(); }
  bool power_failed() const {
    if (!view_.now.crash()) return false;
    const sim::Fault fault = view_.now.crash()->choice.fault;
    return fault != sim::Fault::kCleanKill && !sim::is_damage(fault);
  }

  void draw_floors() const {
    draw_floor(process_, "The process", "any crash takes it", is_crashed());
    draw_floor(cache_, "The cache", "kill −9 leaves it, a power cut takes it", is_crashed() && power_failed());
  }

  // What was asked of the store, what it answered, and what it has acknowledged so far.
  void draw_process() const {
    const Area inside{process_.x + kLaneLabel, process_.y, process_.width - kLaneLabel - 10, process_.height};
    const bool high = process_.height >= kHighFloor;
    const float first = high ? process_.y + 9 : process_.centre().y - 9;
    if (is_crashed()) {
      canvas_.text_within({inside.x, first}, inside.width, "memory is gone: the process and all that it knew",
                          colours().bad, fonts().text);
    } else {
      float x = inside.x;
      if (const std::string state = told_state(); !state.empty()) {
        canvas_.text({x, first}, state, colours().text, fonts().strong);
        x += canvas_.width_of(state, fonts().strong) + 14;
      }
      const std::string step = view_.now.step().empty() ? std::string() : told_step(view_.now.step());
      const std::string answer =
          view_.now.outcome().empty() ? std::string() : " → " + with_short_words(view_.now.outcome());
      const bool fits =
          canvas_.width_of(step + answer, fonts().mono) <= inside.right() - x;  // or else the caption has it
      canvas_.text_within({x, first}, inside.right() - x, fits ? step + answer : step,
                          view_.now.outcome_ok() || answer.empty() ? colours().text_muted : colours().bad,
                          fonts().mono);
    }
    if (!high) return;
    const Acknowledged& acknowledged = view_.acknowledged;
    std::size_t synced = 0;
    for (const AcknowledgedRow& row : acknowledged.rows) {
      synced += row.state == AcknowledgedRow::State::kSynced ? 1U : 0U;
    }
    const std::string told = is_program() ? std::string("what it prints is what it has promised")
                             : acknowledged.writes == 0
                                 ? std::string("no write is acknowledged yet")
                                 : fmt::format("{} acknowledged so far; for {} of {} the last one is synced",
                                               sim::plural(acknowledged.writes, "write"), synced,
                                               sim::plural(acknowledged.rows.size(), "key"));
    canvas_.text_within({inside.x, process_.y + 31}, inside.width, told, colours().text_muted, fonts().small);
  }

  // Whether the trace is the record of a program, which has no store that opens.
  bool is_program() const { return !view_.now.step().empty() && view_.now.step()[0] == "run"; }

  // An open that does not pass may have opened it all the same: then its outcome says all that is known.
  const char* told_state() const {
    switch (view_.now.store()) {
      case Scene::Store::kClosed: return is_program() ? "running" : "closed";
      case Scene::Store::kOpening: return "opening";
      case Scene::Store::kOpen: return "open";
      case Scene::Store::kCrashed: return "crashed";
      case Scene::Store::kRefused:
        return view_.now.outcome().starts_with("the store does not open") ? "does not open" : "";
    }
    return "";
  }

  void draw_cache() const {
    if (now_.groups.empty() && now_.cards.empty() && !is_crashed()) {
      canvas_.text_within({cache_.x + kLaneLabel, cache_.centre().y - 8}, cache_.width - kLaneLabel - 10,
                          "nothing: all that was written is durable", colours().text_muted, fonts().small);
    }
    const bool striking = view_.happening<sim::CrashEntry>() != nullptr && view_.progress < 1;
    if (striking) {  // what it takes fades where it was
      for (const Group& group : before_.groups) draw_group(view_.before, group, 1 - 2 * progress_, nullptr);
      for (const Card& card : before_.cards) draw_card(card, 1 - 2 * progress_);
    }
    const float opacity = striking ? 2 * progress_ - 1 : 1;
    for (const Group& group : now_.groups) {
      const Group* old = before_.group(group.file);
      draw_group(view_.now, group, old == nullptr ? progress_ : opacity, old);
    }
    for (const Card& card : now_.cards) {
      const bool is_new = std::none_of(before_.cards.begin(), before_.cards.end(),
                                       [&](const Card& each) { return each.title == card.title; });
      draw_card(card, is_new ? progress_ : opacity);
    }
    if (now_.left_out > 0) {
      canvas_.text({cache_.right() - 62, cache_.centre().y - 8}, fmt::format("+ {} more", now_.left_out),
                   colours().warning, fonts().small);
    }
  }

  void draw_box(const Area& area, float opacity) const {
    canvas_.fill(area, faded(mixed(colours().panel, colours().warning, 0.08F), opacity), 6);
    canvas_.dashed_outline(area, faded(colours().warning, opacity), 1.2F);
  }

  // `old`: before the entry that happens, so that what is new comes down from the process.
  void draw_group(const Scene& scene, const Group& group, float opacity, const Group* old) const {
    if (opacity <= 0) return;
    named_items().mark("cached." + group.name, canvas_.pixels({group.area.x, group.area.y}),
                       canvas_.pixels({group.area.right(), group.area.bottom()}));
    draw_box(group.area, opacity);
    const std::string& bytes = scene.disk().file(group.file).cached;
    const auto* operation = view_.happening<DiskOperation>();
    const bool falls = operation != nullptr && operation->kind == DiskOperation::Kind::kAppend && view_.progress < 1 &&
                       operation->file == group.file;
    for (std::size_t i = 0; i < group.offsets.size(); ++i) {
      Area cell = group.cell(i);
      const std::uint64_t offset = group.offsets[i];
      const bool is_new = falls && offset >= operation->offset && offset < operation->offset + operation->bytes.size();
      if (is_new) cell.y -= (1 - progress_) * (cell.y - process_.centre().y);
      draw_cached_byte(canvas_, cell, kCachedCell, bytes[offset], is_new ? progress_ : old == nullptr ? opacity : 1);
    }
    if (group.left_out_at > 0) {
      canvas_.text({group.left_out_at + 1, group.area.y + 7}, "…", faded(colours().text_muted, opacity), fonts().small);
    }
    const bool low = group.area.height < kHighFloor;
    const float y = low ? group.area.centre().y - 8 : group.area.bottom() - 21;
    canvas_.text_within({group.area.x + 8, y}, group.area.width - 12, group.what, faded(colours().warning, opacity),
                        fonts().small);
  }

  void draw_card(const Card& card, float opacity) const {
    if (opacity <= 0) return;
    draw_box(card.area, opacity);
    const bool low = card.area.height < kHighFloor;
    const Area first{card.area.x + 5, card.area.y + (low ? 0.0F : 7.0F), card.area.width - 10,
                     low ? card.area.height : 17.0F};
    canvas_.text_centred(first, card.title, faded(colours().text, opacity), fonts().mono_small);
    if (low) return;
    canvas_.text_within({card.area.x + 8, card.area.bottom() - 21}, card.area.width - 12, kUntilDirectory,
                        faded(colours().warning, opacity), fonts().small);
  }

  // ---- the disk

  void draw_disk_title() const {
    const float y = cache_.bottom() + kGap;
    canvas_.text({area_.x + 10, y}, "The disk", colours().text, fonts().strong);
    std::uint64_t durable = 0;
    for (const Lane& lane : now_.lanes) durable += lane.file.durable();
    const std::string text = now_.lanes.empty() ? std::string(is_crashed() ? "no file is left" : "no file yet")
                                                : fmt::format("{} with {}", sim::plural(now_.lanes.size(), "file"),
                                                              sim::plural(durable, "durable byte"));
    canvas_.text({area_.x + kLaneLabel, y + 2}, text, colours().text_muted, fonts().small);
    draw_legend(y + 1, area_.x + kLaneLabel + canvas_.width_of(text, fonts().small) + 16);
  }

  // Right-aligned, as far as there is room to the right of `left`.
  void draw_legend(float y, float left) const {
    constexpr CellSize kSample{15, 16};
    float x = area_.right() - kScrollBar;
    const auto entry = [&](const char* name, const auto& draw_sample) {
      const Area sample{x - canvas_.width_of(name, fonts().small) - 20, y, 14, 14};
      if (sample.x < left) return;
      draw_sample(sample);
      canvas_.text({sample.right() + 6, y}, name, colours().text_muted, fonts().small);
      x = sample.x - 14;
    };
    entry("an old byte, its successor in the cache",
          [&](const Area& sample) { draw_byte(canvas_, sample, kSample, 'a', State::kReplaced, 1); });
    entry("only in the cache", [&](const Area& sample) { draw_place(canvas_, sample, colours().outline_strong); });
    entry("durable", [&](const Area& sample) { draw_byte(canvas_, sample, kSample, 'a', State::kDurable, 1); });
  }

  // Where the lane was, on its way to where it is.
  const Lane* old_lane(const Lane& lane) const {
    const bool same_files = view_.happening<sim::CrashEntry>() == nullptr;
    return same_files ? before_.lane(lane.file.file) : before_.lane_named(lane.file.any_name());
  }

  // Only as a whole, unless it is higher than the disk's floor.
  bool in_sight(const Area& frame) const {
    if (frame.height > disk_.height) return frame.bottom() > disk_.y && frame.y < disk_.bottom();
    return frame.y >= disk_.y - 1 && frame.bottom() <= disk_.bottom() + 3;
  }

  void draw_lane(const Lane& placed) const {
    const Lane* old = old_lane(placed);
    const float down = (old == nullptr ? 0 : (old->frame.y - placed.frame.y) * (1 - progress_)) - scroll_;
    Area frame = placed.frame;
    frame.y += down;
    if (!in_sight(frame)) return;
    const float opacity = old == nullptr ? progress_ : 1;
    const FileView& file = placed.file;
    named_items().mark("file." + file.any_name(), canvas_.pixels({frame.x, frame.y}),
                       canvas_.pixels({frame.right(), frame.bottom()}));
    const bool is_selected = !view_.selection.file.empty() && view_.selection.file == file.name;
    canvas_.fill(frame, faded(colours().panel, opacity), 8);
    if (file.durable_name.empty() || file.name.empty()) {
      canvas_.dashed_outline(frame, faded(colours().outline_strong, opacity));
    } else {
      canvas_.outline(frame, faded(colours().outline, opacity), 8);
    }
    if (is_selected) canvas_.outline(frame, colours().text, 8, 1.5F);
    draw_touch(frame, file);
    draw_lane_title(frame, file, opacity);
    Area inside = placed.cells.inside();
    inside.y += down;
    const Cells cells(inside, placed.cells.size(), placed.cells.bytes());
    const bool is_leaving = file.name.empty();
    draw_file_cells(canvas_, file, view_.now.disk().file(file.file), cells, disk_, opacity * (is_leaving ? 0.5F : 1));
    draw_lost(file, cells, opacity);
    if (const auto place = view_.file_place(); place && place->file == file.file && is_selected) {
      if (place->offset < std::max(file.size, file.on_disk)) {
        canvas_.outline(cells.cell(place->offset).inset(-1), colours().text, 2, 1.5F);
      }
    }
  }

  // A sync, a rename and a removal light the file up.
  void draw_touch(const Area& frame, const FileView& file) const {
    const auto* operation = view_.happening<DiskOperation>();
    if (operation == nullptr || view_.progress >= 1) return;
    using Kind = DiskOperation::Kind;
    const bool names = operation->kind == Kind::kSyncDirectory;
    const bool has_new_name =
        names && before_.lane(file.file) != nullptr && before_.lane(file.file)->file.durable_name != file.durable_name;
    if (operation->file != file.file && !has_new_name) return;
    const ImU32 colour = operation->kind == Kind::kSync || names ? colours().good
                         : operation->kind == Kind::kRemove      ? colours().bad
                                                                 : colours().accent;
    canvas_.outline(frame, faded(colour, pulse(view_.progress)), 8, 2);
  }

  void draw_lane_title(const Area& frame, const FileView& file, float opacity) const {
    const float y = frame.y + 5;
    if (file.name_durable()) {
      canvas_.dot({frame.x + 14, y + 8}, 3.5F, faded(colours().good, opacity));
    } else {
      canvas_.ring({frame.x + 14, y + 8}, 3.5F, faded(colours().warning, opacity), 1.5F);
    }
    float x = frame.x + 24;
    const float end = frame.right() - 10;
    // The first of these that has room.
    const auto say = [&](const std::vector<std::string>& texts, ImU32 colour) {
      for (const std::string& text : texts) {
        const float width = canvas_.width_of(text, fonts().small);
        if (text.empty() || x + width > end) continue;
        canvas_.text({x, y + 2}, text, faded(colour, opacity), fonts().small);
        x += width + 12;
        return;
      }
    };
    const std::string name = shown_name(file.label());
    canvas_.text_within({x, y}, end - x, name,
                        faded(file.name.empty() ? colours().text_muted : colours().text, opacity), fonts().mono);
    x += canvas_.width_of(name, fonts().mono) + 12;
    say({told_name(file), told_name_briefly(file)}, colours().warning);
    if (const LostBytes* lost = lost_of(file)) say({told_loss(*lost)}, colours().bad);
    say({told_sizes(file), told_sizes_briefly(file)}, colours().text_muted);
  }

  // How the names in the cache and on the disk differ; empty if they do not.
  static std::string told_name(const FileView& file) {
    if (file.name.empty()) return "removed; the disk has it until fsync(directory)";
    if (file.durable_name.empty()) return "its name is in the cache only";
    if (file.name != file.durable_name) return "on the disk still " + shown_name(file.durable_name);
    return {};
  }

  static std::string told_name_briefly(const FileView& file) {
    if (file.name_durable()) return {};
    return file.name.empty() ? "removed, not yet durable" : "its name is not durable";
  }

  static std::string told(const FileView& file) {
    const std::string name = told_name(file);
    return shown_name(file.label()) + ": " + told_sizes(file) + (name.empty() ? "" : "\n" + name);
  }

  std::string told_byte(const FileView& file, std::uint64_t offset) const {
    if (offset >= std::max(file.size, file.on_disk)) return "after its end";
    switch (file.state_of(offset)) {
      case State::kDurable: return fmt::format("byte {}: durable", offset);
      case State::kCached: return fmt::format("byte {}: in the cache only", offset);
      case State::kReplaced: return fmt::format("byte {}: the disk has the old one, the cache the new one", offset);
      case State::kOnDisk: return fmt::format("byte {}: cut off in the cache, still on the disk", offset);
    }
    return {};
  }

  void draw_gone(const Gone& gone) const {
    const bool striking = view_.happening<sim::CrashEntry>() != nullptr;
    const float opacity = striking ? progress_ : 1;
    const Area frame = scrolled(gone.frame);
    if (!in_sight(frame)) return;
    canvas_.dashed_outline(frame, faded(mixed(colours().panel, colours().bad, 0.75F), opacity));
    canvas_.text({frame.x + 24, frame.y + 6}, shown_name(gone.lost.name), faded(colours().text_muted, opacity),
                 fonts().mono);
    const float x = frame.x + 36 + canvas_.width_of(shown_name(gone.lost.name), fonts().mono);
    const std::string bytes = gone.lost.size == 0 ? "" : ", and all of its " + sim::plural(gone.lost.size, "byte");
    canvas_.text_within({x, frame.y + 8}, frame.right() - 10 - x, "gone: the crash took its name" + bytes,
                        faded(colours().bad, opacity), fonts().small);
  }

  // Files that leave in the entry that happens.
  void draw_leaving() const {
    if (view_.progress >= 1 || view_.happening<sim::CrashEntry>() != nullptr) return;
    for (const Lane& lane : before_.lanes) {
      if (now_.lane(lane.file.file) != nullptr) continue;
      const Area frame = scrolled(lane.frame);
      if (!in_sight(frame)) continue;
      canvas_.dashed_outline(frame, faded(colours().outline_strong, 1 - progress_));
      draw_lane_title(frame, lane.file, 1 - progress_);
    }
  }

  // ---- what happens

  // What a sync makes durable, on its way down.
  void draw_sinking() const {
    const auto* operation = view_.happening<DiskOperation>();
    if (operation == nullptr || view_.progress >= 1) return;
    using Kind = DiskOperation::Kind;
    if (operation->kind == Kind::kSync) {
      const Group* group = before_.group(operation->file);
      const Lane* lane = now_.lane(operation->file);
      if (group == nullptr || lane == nullptr) return;
      const std::string& bytes = view_.now.disk().file(operation->file).cached;
      for (std::size_t i = 0; i < group->offsets.size(); ++i) {
        const std::uint64_t offset = group->offsets[i];
        const Area target = scrolled(lane->cells.cell(offset));
        if (offset >= bytes.size() || target.y < disk_.y || target.bottom() > disk_.bottom()) continue;
        draw_cached_byte(canvas_, between(group->cell(i), target, progress_), lane->cells.size(), bytes[offset],
                         1 - 0.6F * progress_);
      }
    }
    if (operation->kind == Kind::kSyncDirectory) {
      for (const Card& card : before_.cards) {
        Area sinking = card.area;
        sinking.y += (disk_.y - cache_.y - 20) * progress_;
        draw_box(sinking, 1 - progress_);  // its words would cover those that it passes
      }
    }
  }

  const LostBytes* lost_of(const FileView& file) const {
    if (!is_crashed()) return nullptr;
    for (const LostBytes& lost : view_.now.crash()->lost_bytes) {
      if (lost.name == file.any_name()) return &lost;
    }
    return nullptr;
  }

  static std::string told_loss(const LostBytes& lost) {
    return fmt::format("{} of {} lost", lost.bytes, sim::plural(lost.size, "byte"));
  }

  // The places of the bytes that the crash took from the end of a file.
  void draw_lost(const FileView& file, const Cells& cells, float opacity) const {
    const LostBytes* lost = lost_of(file);
    if (lost == nullptr || cells.size().is_band()) return;
    const Cells all(cells.inside(), cells.size(), lost->size);
    for (std::uint64_t offset = file.size; offset < lost->size; ++offset) {
      const Area cell = all.cell(offset);
      if (cell.bottom() > cells.inside().y + std::max(cells.height(), cells.size().height) + 1) break;
      draw_place(canvas_, cell, faded(mixed(colours().panel, colours().bad, 0.75F), opacity));
    }
  }

  void draw_crash() const {
    if (!is_crashed()) return;
    const bool striking = view_.happening<sim::CrashEntry>() != nullptr;
    const CrashView& crash = *view_.now.crash();
    const bool damaged = sim::is_damage(crash.choice.fault);
    const float taken = (power_failed() ? cache_ : process_).bottom() - area_.y;
    const Area burnt{area_.x - 3, area_.y - 3, area_.width + 6, taken + 6};
    if (striking && view_.progress < 1) canvas_.fill(burnt, faded(colours().bad, 0.5F * (1 - progress_)), 10);
    canvas_.outline(burnt, faded(colours().bad, 0.8F), 12, 2);
    if (!power_failed() && !damaged) return;
    std::string text;
    std::uint64_t bytes = 0;
    for (const LostBytes& lost : crash.lost_bytes) {
      bytes += lost.bytes;
      if (lost.file_is_gone) text += "; " + shown_name(lost.name) + " is gone";
    }
    const std::string what = damaged      ? fmt::format("the disk is damaged: {} changed",
                                                   bytes == 1 ? "1 byte is" : fmt::format("{} bytes are", bytes))
                                  : bytes == 0 ? std::string("the cache is gone: no byte is lost")
                                          : fmt::format("the cache is gone: {} lost",
                                                        bytes == 1 ? "1 byte is" : fmt::format("{} bytes are", bytes));
    canvas_.text_within({cache_.x + kLaneLabel, cache_.centre().y - 10}, cache_.width - kLaneLabel - 10, what + text,
                        faded(colours().bad, striking ? 2 * progress_ - 1 : 1), fonts().text);
  }

  void draw_scroll_bar() const {
    if (most_scroll() <= 0) return;
    const float height = disk_.height * disk_.height / now_.lanes_height;
    const float y = disk_.y + (disk_.height - height) * scroll_ / most_scroll();
    canvas_.fill({area_.right() - 3, y, 4, height}, colours().outline_strong, 2);
  }

  static constexpr const char* kUntilDirectory = "until fsync(directory)";
  static constexpr std::size_t kMostInGroup = 64;
  static constexpr float kWidestCells = 220;

  const Canvas& canvas_;
  const View& view_;
  Area area_;
  Area process_;
  Area cache_;
  Area disk_;  // below its title
  Placed before_;
  Placed now_;
  float progress_;
  float scroll_ = 0;
};

}  // namespace

void draw_file_stage(const Canvas& canvas, const View& view, const Area& area, Commands& commands) {
  FileStage stage(canvas, view, area);
  stage.draw();
  stage.follow(commands);
  stage.point_at(commands);
}

}  // namespace sediment::viz
