// What the store relies on, with a switch for each: taken away, the run is made again without it, and the atlas shows
// what it was needed for. What the engine itself does cannot be taken away here: of that there are recorded runs.
#include <fmt/format.h>

#include <algorithm>

#include "sim/base/plural.h"
#include "viz/draw/named_items.h"
#include "viz/draw/tip.h"
#include "viz/panels/colours.h"
#include "viz/panels/view.h"
#include "viz/shows/recorded.h"

namespace sediment::viz {

namespace {

struct Switch {
  sim::Guarantee guarantee;
  const char* name;
  const char* without;  // what the disk does instead
};
constexpr Switch kSwitches[] = {
    {sim::Guarantee::kLogSync, "fsync of a log", "the disk says yes, and writes nothing"},
    {sim::Guarantee::kManifestSync, "fsync of the new MANIFEST", "it gets its name before its bytes are durable"},
    {sim::Guarantee::kDirectorySync, "fsync of the directory", "new names stay in the cache"},
    {sim::Guarantee::kManifestRename, "MANIFEST is replaced in one step", "it is emptied and written in place"},
};

constexpr float kButton = 28;
constexpr float kLeastRow = 32;
constexpr float kMostRow = 36;
constexpr float kLowRow = 23;
constexpr float kRecordedRow = 18;
constexpr float kRecorded = kRecordedRow * (1 + kEngineGuarantees.size()) + 8;
constexpr std::size_t kEngineRows = std::size(kSwitches);  // the number of the first of these rows
constexpr float kSearch = 86;                              // the button, and three lines of text above it

// Without its last words, if it would be higher than this.
std::string shortened(const Canvas& canvas, std::string text, const Area& area) {
  ImFont* const font = canvas.fonts().small;
  if (canvas.height_wrapped(area.width, text, font) <= area.height) return text;
  do {
    text.resize(text.find_last_of(' ') == std::string::npos ? 0 : text.find_last_of(' '));
  } while (!text.empty() && canvas.height_wrapped(area.width, text + " …", font) > area.height);
  return text.empty() ? text : text + " …";
}

// Below the switches. Returns where they end.
float draw_recorded(const Panel& panel, float y) {
  const Canvas& canvas = panel.canvas;
  const Area& area = panel.area;
  canvas.text_within({area.x, y}, area.width,
                     "The engine keeps these. Without one, only as a recorded run:", colours().text_muted,
                     canvas.fonts().small);
  y += kRecordedRow;
  for (std::size_t i = 0; i < kEngineGuarantees.size(); ++i) {
    const EngineGuarantee& each = kEngineGuarantees.at(i);
    ImGui::SetCursorScreenPos(canvas.pixels({area.x, y}));
    const bool clicked =
        ImGui::InvisibleButton(fmt::format("##recorded{}", i).c_str(), canvas.pixels({area.width, kRecordedRow}));
    named_items().mark_last(fmt::format("recorded.{}", each.without));
    const bool chosen = panel.view.guarantee_choice == kEngineRows + i;
    const bool lit = ImGui::IsItemHovered() || chosen;
    if (lit) canvas.fill({area.x - 4, y, area.width + 8, kRecordedRow}, colours().raised, 5);
    const Point tip{area.x + 13, y + 9};
    canvas.triangle({area.x + 4, y + 4}, {area.x + 4, y + 14}, tip, colours().accent);
    canvas.text_within({area.x + 24, y + 1}, area.width - 26, each.what, colours().text, canvas.fonts().small);
    if (clicked || (chosen && panel.act)) panel.commands.emplace_back(OpenShow{std::string(each.without)});
    y += kRecordedRow;
  }
  return y + 8;
}

// The search for the shortest script that loses data: how to start it, how far it is, and what it has found.
void draw_search(const Panel& panel, float y) {
  const Canvas& canvas = panel.canvas;
  const Area& area = panel.area;
  const ScriptSearch* search = panel.view.search;
  const bool found = search != nullptr && search->found();
  const bool at_work = search != nullptr && !found && search->done() < search->of();
  const auto small = [&](const std::string& text, ImU32 colour) {
    const std::string fitting = shortened(canvas, text, {area.x, y, area.width, area.bottom() - kButton - 6 - y});
    if (!fitting.empty()) y += canvas.text_wrapped({area.x, y}, area.width, fitting, colour, canvas.fonts().small) + 6;
  };
  if (at_work) {
    const Area bar{area.x, y + 18, area.width, 5};
    const float share = static_cast<float>(search->done()) / static_cast<float>(search->of());
    canvas.fill(bar, colours().raised, 3);
    canvas.fill({bar.x, bar.y, bar.width * share, bar.height}, colours().accent, 3);
    small(fmt::format("{} of {} scripts", search->done(), search->of()), colours().text_muted);
    y += 8;
  } else if (found) {
    small(fmt::format("After {}: {}", sim::plural(search->done(), "script"), search->sentence()), colours().bad);
  } else if (search != nullptr) {
    small(fmt::format("None of {} scripts of up to {} loses anything without what was taken away.", search->of(),
                      sim::plural(ScriptSearch::kMostOperations, "operation")),
          colours().text_muted);
    return;
  }
  const char* const label = at_work ? "Stop" : found ? "Play this script" : "Find the shortest script that loses data";
  const Area button{area.x, std::min(y, area.bottom() - kButton), area.width, kButton};
  ImGui::SetCursorScreenPos(canvas.pixels({button.x, button.y}));
  const bool pressed = ImGui::Button(label, canvas.pixels({button.width, button.height}));
  named_items().mark_last(found ? "play-script" : "shortest-script");
  const bool chosen = panel.view.guarantee_choice == kEngineRows + kEngineGuarantees.size();
  if (chosen) canvas.outline(button.inset(-2), colours().accent, 6, 2);
  if (!pressed && !(panel.act && chosen)) return;
  if (found) {
    panel.commands.emplace_back(PlayScript{});
  } else {
    panel.commands.emplace_back(FindScript{!at_work});
  }
}

}  // namespace

void draw_guarantees(const Panel& panel) {
  const Canvas& canvas = panel.canvas;
  const Fonts& fonts = canvas.fonts();
  const Area& area = panel.area;
  const View& view = panel.view;
  if (view.session.is_recorded()) {
    const float height = canvas.text_wrapped(
        {area.x, area.y}, area.width,
        "A recorded run cannot be made again. Open a show or a scenario, and take a guarantee away.",
        colours().text_muted, fonts.small);
    draw_recorded(panel, area.y + height + 10);
    return;
  }
  if (view.session.format() != StoreFormat::kSediment) {
    canvas.text_wrapped({area.x, area.y}, area.width,
                        "What can be taken away here is what the engine relies on. This run is not the engine's.",
                        colours().text_muted, fonts.small);
    return;
  }
  const sim::Guarantees& taken = view.session.scenario().without;
  float y = area.y + 2;
  if (taken.empty()) {
    canvas.text_within({area.x, area.y}, area.width,
                       "The store relies on these. Take one away: red is a broken promise.", colours().text_muted,
                       fonts.small);
    y += 20;
  }
  // If the search would have no room, the rows give up their second lines.
  const float below = kRecorded + (taken.empty() ? 0 : kSearch);
  const float fitting = (area.bottom() - y - below) / static_cast<float>(std::size(kSwitches));
  const bool has_two_lines = fitting >= kLeastRow;
  const float row = has_two_lines ? std::min(fitting, kMostRow) : kLowRow;
  std::size_t number = 0;
  for (const Switch& each : kSwitches) {
    const bool given = !taken.contains(each.guarantee);
    ImGui::SetCursorScreenPos(canvas.pixels({area.x, y - 2}));
    const bool clicked =
        ImGui::InvisibleButton(fmt::format("##guarantee{}", number).c_str(), canvas.pixels({area.width, row - 4}));
    named_items().mark_last(fmt::format("guarantee.{}", name_of(each.guarantee)));
    const bool hovered = ImGui::IsItemHovered();
    const bool chosen = view.guarantee_choice == number;
    if (hovered || chosen) canvas.fill({area.x - 4, y - 3, area.width + 8, row - 3}, colours().raised, 6);
    canvas.tick_box({area.x + 2, y + 2, 13, 13}, given, given ? colours().good : colours().bad, 1.5F);
    canvas.text_within({area.x + 24, y}, area.width - 26, each.name, given ? colours().text : colours().bad,
                       fonts.strong);
    const std::string what = fmt::format("{}: {}", given ? "without" : "taken away", each.without);
    if (has_two_lines) {
      canvas.text_within({area.x + 24, y + 16}, area.width - 26, what, given ? colours().text_muted : colours().bad,
                         fonts.small);
    } else if (hovered) {
      show_tip(what);
    }
    if (clicked || (chosen && panel.act)) {
      sim::Guarantees changed = taken;
      given ? static_cast<void>(changed.insert(each.guarantee)) : static_cast<void>(changed.erase(each.guarantee));
      panel.commands.emplace_back(TakeAway{std::move(changed)});
    }
    y += row;
    ++number;
  }
  y += 2;
  const bool has_room = y + kRecorded + (taken.empty() ? 0 : kSearch) <= area.bottom() + 8;
  if (has_room) y = draw_recorded(panel, y);
  if (!taken.empty()) draw_search(panel, y);
}

}  // namespace sediment::viz
