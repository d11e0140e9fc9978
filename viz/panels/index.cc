// The index: the slots of a segment's hash table, and the path of a probe through them.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sim/base/plural.h"
#include "viz/draw/named_items.h"
#include "viz/draw/tip.h"
#include "viz/panels/colours.h"
#include "viz/panels/view.h"

namespace sediment::viz {

namespace {

// What a search for a key visits.
struct ProbePath {
  std::size_t home = 0;
  std::size_t visited = 0;  // from the home slot on, wrapping at the end
  bool found = false;
};

// The key of the current operation, otherwise the selected key.
std::string probed_key(const View& view) {
  const sim::Step& step = view.now.step();
  if (!view.selection.key.empty()) return view.selection.key;
  if (const std::string* key = looked_up_by(step)) return *key;
  const bool writes = step.size() > 1 && (step[0] == "put" || step[0] == "remove");
  return writes ? step[1] : std::string();
}

// A student's index may have other slots than this one, which is made from the events. So no path through it is claimed.
bool is_students_own(const View& view) { return view.session.component().name == "hash_index.cc"; }

ProbePath path_of(const std::string& key, const HashIndex& index, const SegmentView& segment) {
  const KeyHash hash = hash_key(key);
  ProbePath path{static_cast<std::size_t>((std::uint64_t{hash.tag} * index.capacity()) >> 32), 0, false};
  HashIndex::Probe probe = index.probe(hash);
  while (const auto candidate = probe.next()) {
    const RecordView* record = segment.record_at(candidate->offset);
    path.found = record != nullptr && record->key == key;
    if (path.found) break;
  }
  path.visited = probe.slots_visited();
  return path;
}

struct Grid {
  Area cell;  // of slot 0
  std::size_t columns = 1;

  Area slot(std::size_t number) const {
    const auto column = static_cast<float>(number % columns);
    const std::size_t whole_rows = number / columns;
    return {cell.x + column * cell.width, cell.y + static_cast<float>(whole_rows) * cell.height,
            cell.width - (cell.width > 6 ? 2.0F : 0.0F), cell.height - (cell.height > 6 ? 2.0F : 0.0F)};
  }
};

// The largest cells that fit; if there are few, they may be higher.
Grid grid_for(std::size_t slots, const Area& area) {
  constexpr float kHighest = 40;
  static constexpr std::pair<float, float> kCells[] = {{72, 24}, {56, 22}, {44, 20}, {34, 18}, {24, 14},
                                                       {16, 12}, {11, 9},  {7, 6},   {4, 4},   {2, 2}};
  Grid grid;
  for (const auto& [width, height] : kCells) {
    grid.columns = std::max<std::size_t>(1, static_cast<std::size_t>(area.width / width));
    grid.cell = {area.x, area.y, width, height};
    const std::size_t rows = (slots + grid.columns - 1) / grid.columns;
    const float fitting = area.height / static_cast<float>(rows);
    if (height > fitting) continue;
    if (width >= 44) grid.cell.height = std::min(fitting, kHighest);
    break;
  }
  return grid;
}

void draw_slot(const Panel& panel, const Area& box, const RecordView* record, bool selected) {
  const Canvas& canvas = panel.canvas;
  const float rounding = box.width > 8 ? 3.0F : 0.0F;
  if (record == nullptr) {
    canvas.fill(box, colours().raised, rounding);
    return;
  }
  if (record->corrupt) {
    canvas.fill(box, mixed(colours().panel, colours().damage, 0.25F), rounding);
    canvas.noise(box, faded(colours().damage, 0.5F));
    canvas.outline(box, selected ? colours().text : colours().damage, rounding, selected ? 2.0F : 1.0F);
    if (box.width >= 30) canvas.text_centred(box.inset(1), "corrupt", colours().text, canvas.fonts().mono_small);
    return;
  }
  const bool tombstone = record->type == RecordType::kTombstone;
  const ImU32 fill = tombstone ? mixed(colours().panel, colours().bad, 0.35F) : key_colour(record->key);
  canvas.fill(box, fill, rounding);
  if (selected) canvas.outline(box.inset(-1.5F), colours().text, rounding + 1, 2);
  if (box.width < 30) return;
  canvas.text_centred(box.inset(1), shown(record->key), tombstone ? colours().text : text_on(fill),
                      box.height >= 30 ? canvas.fonts().mono : canvas.fonts().mono_small);
  if (tombstone) canvas.cross({box.right() - 9, box.y + 2, 6, 6}, colours().bad, 1.5F);
}

// A larger table has taken over: every record glides from its old slot to its new one.
void draw_growth(const Panel& panel, const SegmentView& segment, const HashIndex& before, const Grid& old_grid,
                 const HashIndex& now, const Grid& grid) {
  std::map<std::uint64_t, std::size_t> old_slots;  // by offset
  for (std::size_t slot = 0; slot < before.capacity(); ++slot) old_slots[before.offset_at(slot)] = slot;
  const float progress = eased(panel.view.progress);
  for (std::size_t slot = 0; slot < now.capacity(); ++slot) {
    const std::uint64_t offset = now.offset_at(slot);
    const RecordView* record = offset == 0 ? nullptr : segment.record_at(offset);
    if (record == nullptr) continue;
    const auto old = old_slots.find(offset);
    const bool was_there = old != old_slots.end();
    const Area box = was_there ? between(old_grid.slot(old->second), grid.slot(slot), progress) : grid.slot(slot);
    draw_slot(panel, box, record, false);
  }
}

void draw_path(const Panel& panel, const Grid& grid, const ProbePath& path, const HashIndex& index) {
  const std::size_t capacity = index.capacity();
  const Canvas& canvas = panel.canvas;
  const ImU32 colour = path.found ? colours().good : colours().accent;
  for (std::size_t i = 0; i < path.visited && i < capacity; ++i) {
    const Area box = grid.slot((path.home + i) % capacity);
    canvas.outline(box.inset(-1), colour, 4, i == 0 ? 2.5F : 1.5F);
    const bool used = index.offset_at((path.home + i) % capacity) != 0;
    if (box.width < (used ? 84.0F : 20.0F)) continue;  // beside the key
    canvas.text({box.x + 4, box.centre().y - 6}, fmt::format("{}", i + 1), used ? kInk : colour,
                canvas.fonts().mono_small);
  }
}

const char* why_no_index(const View& view, bool has_segment) {
  if (view.text_log() != nullptr) return "A text file has no index: each get reads it from the first line on.";
  if (!has_segment) return "There is no segment yet. The first write makes one, and an index for it in memory.";
  if (view.now.store() != Scene::Store::kOpen) return "The store is not open: there is no index in memory.";
  return "No record of this segment is in its index yet.";
}

// ↑ and ↓ go from one used slot to the next.
void move_selection(const Panel& panel, const HashIndex& index, const Place& place) {
  if (panel.move == 0 || index.capacity() == 0) return;
  std::vector<std::uint64_t> offsets;
  std::size_t current = 0;
  for (std::size_t slot = 0; slot < index.capacity(); ++slot) {
    if (index.offset_at(slot) == 0) continue;
    if (index.offset_at(slot) == place.offset) current = offsets.size();
    offsets.push_back(index.offset_at(slot));
  }
  if (offsets.empty()) return;
  const auto last = static_cast<std::ptrdiff_t>(offsets.size()) - 1;
  const auto next = std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(current) + panel.move, 0, last);
  panel.commands.emplace_back(Select{place.segment->number, offsets[static_cast<std::size_t>(next)]});
}

}  // namespace

void draw_index(const Panel& panel) {
  const Canvas& canvas = panel.canvas;
  const Area& area = panel.area;
  const Fonts& fonts = canvas.fonts();
  const Place place = panel.view.place();
  const HashIndex* index = place.segment == nullptr ? nullptr : panel.view.now.index(place.segment->number);
  if (index == nullptr || index->capacity() == 0) {
    canvas.text_wrapped({area.x, area.y}, area.width, why_no_index(panel.view, place.segment != nullptr),
                        colours().text_muted, fonts.small);
    return;
  }
  const SegmentView& segment = *place.segment;
  canvas.text_within(
      {area.x, area.y}, area.width,
      fmt::format("{}: {} of {} slots used", segment_file_name(segment.number), index->size(), index->capacity()),
      colours().text, fonts.mono);
  const Area slots{area.x, area.y + 22, area.width, area.height - 22 - 34};
  const Grid grid = grid_for(index->capacity(), slots);
  const RecordView* selected = place.record();
  canvas.push_clip({slots.x - 3, slots.y - 3, slots.width + 6, slots.height + 6});
  const HashIndex* before = panel.view.before.index(segment.number);
  const bool growing = panel.view.progress < 1 && before != nullptr && before->capacity() != index->capacity();
  for (std::size_t slot = 0; slot < index->capacity(); ++slot) {
    const RecordView* record = index->offset_at(slot) == 0 ? nullptr : segment.record_at(index->offset_at(slot));
    draw_slot(panel, grid.slot(slot), growing ? nullptr : record, record != nullptr && record == selected);
  }
  if (growing) draw_growth(panel, segment, *before, grid_for(before->capacity(), slots), *index, grid);
  const std::string key = probed_key(panel.view);
  std::string sentence = "Each slot: a key's hash, and where its record is. Put or get a key to see where it goes.";
  if (is_students_own(panel.view)) {
    sentence = "This is how the engine's own index would hold these records. Yours may use other slots.";
  } else if (!key.empty()) {
    const ProbePath path = path_of(key, *index, segment);
    draw_path(panel, grid, path, *index);
    const std::string looked = sim::plural(path.visited, "slot");
    sentence = fmt::format("“{}”: hash {:08x} × {} / 2^32 = slot {}; ", shown(key), hash_key(key).tag,
                           index->capacity(), path.home);
    const bool reads = looked_up_by(panel.view.now.step()) != nullptr || !panel.view.selection.key.empty();
    sentence += path.found ? fmt::format("{} after a look at {}", reads ? "found" : "its place was found", looked)
                           : fmt::format("not here, after a look at {}", looked);
  }
  canvas.pop_clip();
  canvas.text_wrapped({area.x, area.bottom() - 30}, area.width, sentence, colours().text_muted, fonts.small);

  ImGui::SetCursorScreenPos(canvas.pixels({slots.x, slots.y}));
  const bool clicked = ImGui::InvisibleButton("##slots", canvas.pixels({slots.width, slots.height}));
  named_items().mark_last("index.slots");
  if (clicked || ImGui::IsItemHovered()) {
    const Point mouse = canvas.mouse();
    for (std::size_t slot = 0; slot < index->capacity(); ++slot) {
      if (!grid.slot(slot).contains(mouse)) continue;
      const std::uint64_t offset = index->offset_at(slot);
      const RecordView* record = offset == 0 ? nullptr : segment.record_at(offset);
      if (record == nullptr) {
        show_tip(fmt::format("slot {}: empty", slot));
      } else {
        show_tip(fmt::format("slot {}: {} at byte {}{}", slot, shown(record->key), offset,
                             record->corrupt ? ", which is corrupt" : ""));
        if (clicked) panel.commands.emplace_back(Select{segment.number, offset});
      }
    }
  }
  move_selection(panel, *index, place);
}

}  // namespace sediment::viz
