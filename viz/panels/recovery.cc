// Recovery: what the last open found in each file, and what it did with it.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "sim/base/plural.h"
#include "viz/panels/view.h"

namespace sediment::viz {

namespace {

constexpr std::size_t kMostEntries = 20'000;  // most entries that are searched

struct Line {
  std::string text;
  ImU32 colour;
  bool indented = true;
};

// Where the last open begins.
std::size_t begin_of_open(const View& view) {
  const auto& entries = view.session.timeline().trace().entries();
  const std::size_t position = view.now.position();
  const std::size_t first = position > kMostEntries ? position - kMostEntries : 0;
  for (std::size_t i = position; i > first; --i) {
    if (std::holds_alternative<sim::CrashEntry>(entries[i - 1])) break;  // whatever was open before it is gone
    const auto* input = std::get_if<sim::InputEntry>(&entries[i - 1]);
    if (input == nullptr || input->step.empty()) continue;
    const std::string& verb = input->step[0];
    if (verb == "open" || verb == "recover" || verb == "reopen") return i - 1;
  }
  return position;
}

// What an open that reads no record cannot see.
void add_corrupt_places(const View& view, SegmentNumber number, std::vector<Line>* lines) {
  const SegmentView* segment = view.now.segment(number);
  if (segment == nullptr) return;
  constexpr std::size_t kMostNamed = 3;
  std::size_t named = 0;
  for (const RecordView& record : segment->records) {
    if (!record.corrupt) continue;
    if (++named > kMostNamed) continue;
    lines->push_back({fmt::format("corrupt at byte {}: {}; a get that meets it reports it", record.offset, record.why),
                      colours().damage});
  }
  if (named > kMostNamed) {
    lines->push_back({fmt::format("and {} more", sim::plural(named - kMostNamed, "corrupt place")), colours().damage});
  }
}

std::vector<Line> lines_of(const View& view) {
  std::vector<Line> lines;
  std::uint64_t verified = 0;
  const bool damaged = view.now.corrupt_places() > 0;
  const auto end_of_file = [&] {
    if (verified > 0) {
      lines.push_back({sim::plural(verified, "record") + " read, both checksums of each match", colours().good});
    }
    verified = 0;
  };
  const auto& entries = view.session.timeline().trace().entries();
  for (std::size_t i = begin_of_open(view); i < view.now.position(); ++i) {
    const auto* event = std::get_if<sim::EventEntry>(&entries[i]);
    if (event == nullptr || view.session.timeline().is_undone(i)) continue;
    if (event->kind == EventKind::kRecoveryScanned) {
      ++verified;
      continue;
    }
    if (event->kind != EventKind::kIndexed && event->kind != EventKind::kIndexGrew) end_of_file();
    switch (event->kind) {
      case EventKind::kRecoveryOpened:
        lines.push_back(
            {fmt::format("{}, {}", segment_file_name(SegmentNumber{event->segment}), sim::plural(event->size, "byte")),
             colours().text, false});
        break;
      case EventKind::kSnapshotUsed:
        lines.push_back({"its index comes from the snapshot: no record is read", colours().good});
        add_corrupt_places(view, SegmentNumber{event->segment}, &lines);
        break;
      case EventKind::kSnapshotIgnored:
        lines.push_back({"the snapshot is ignored: " + event->why, colours().warning});
        break;
      case EventKind::kRecoveryCut:
        lines.push_back({fmt::format("ends at byte {}: {}; {} left behind", event->offset, event->why,
                                     sim::plural(event->size, "byte")),
                         colours().bad});
        break;
      case EventKind::kRecoveryRewrote:
        lines.push_back({"what verified is copied into a new file, and synced", colours().good});
        break;
      case EventKind::kOrphanRemoved:
        lines.push_back({fmt::format("{}: not in MANIFEST, removed", event->key), colours().warning, false});
        break;
      case EventKind::kOpened:
        lines.push_back(damaged ? Line{"The store is open, and damaged.", colours().damage, false}
                                : Line{"The store is open.", colours().good, false});
        break;
      default: break;
    }
  }
  end_of_file();
  if (view.now.store() == Scene::Store::kRefused) {
    lines.push_back({view.now.outcome(), view.now.damaged() ? colours().damage : colours().bad, false});
  }
  return lines;
}

}  // namespace

void draw_recovery(const Panel& panel) {
  const Canvas& canvas = panel.canvas;
  const Area& area = panel.area;
  const std::vector<Line> lines = lines_of(panel.view);
  if (panel.act) panel.commands.emplace_back(Perform{{"recover"}});
  if (lines.empty()) {
    canvas.text_wrapped(
        {area.x, area.y}, area.width,
        panel.view.now.store() == Scene::Store::kCrashed ? "The store has crashed. The next open recovers it: press R."
        : panel.view.text_log() != nullptr
            ? "When a text log is opened, only a last line without its newline is dropped: a crash has cut it off."
            : "When a store is opened, it reads the MANIFEST, then each file named there: the snapshot of a "
              "sealed segment, and every record of the active one. It trusts only what verifies.",
        colours().text_muted, canvas.fonts().small);
    return;
  }
  const auto font_of = [&](const Line& line) { return line.indented ? canvas.fonts().small : canvas.fonts().mono; };
  const auto indent_of = [](const Line& line) { return line.indented ? 14.0F : 0.0F; };
  const auto height_of = [&](const Line& line) {
    return canvas.height_wrapped(area.width - indent_of(line), line.text, font_of(line)) + 3;
  };
  // The latest ones that fit.
  float height = 0;
  std::size_t first = lines.size();
  while (first > 0 && height + height_of(lines[first - 1]) <= area.height) height += height_of(lines[--first]);
  float y = area.y;
  for (std::size_t i = first; i < lines.size(); ++i) {
    canvas.text_wrapped({area.x + indent_of(lines[i]), y}, area.width - indent_of(lines[i]), lines[i].text,
                        lines[i].colour, font_of(lines[i]));
    y += height_of(lines[i]);
  }
}

}  // namespace sediment::viz
