// The twin: the std::map that was told of every write, beside what the store holds.
#include <fmt/format.h>

#include "sim/base/plural.h"
#include "viz/panels/view.h"

namespace sediment::viz {

namespace {

constexpr float kRow = 17;

struct Verdict {
  std::string text;
  ImU32 colour;
};

Verdict verdict_of(const View& view) {
  const Twin& twin = view.now.twin();
  const std::size_t open_writes = twin.writes() - twin.durable();
  if (twin.came_late()) {
    return {"This store was written before the map was there, so there is nothing to compare it with.",
            colours().text_muted};
  }
  if (view.now.store() == Scene::Store::kRefused) {
    return {"The store does not open, so it answers nothing. The map still has what was acknowledged and synced.",
            twin.damaged() ? colours().damage : colours().bad};
  }
  if (twin.contradicted()) {
    return {"No prefix of its writes explains what the store holds: it has lost or invented something.", colours().bad};
  }
  if (view.twin.different > 0 && view.now.store() == Scene::Store::kOpen) {
    return {fmt::format("{} different from what was written{}",
                        view.twin.different == 1 ? "One key is" : fmt::format("{} keys are", view.twin.different),
                        twin.damaged() ? ", and the store does not report it. (Damage at the end of an open log can "
                                         "look like a torn tail; then no store could tell.)"
                                       : "."),
            colours().bad};
  }
  if (view.twin.detected > 0 && view.now.store() == Scene::Store::kOpen) {
    return {fmt::format("Detected: the store reports {} as corrupt, instead of a wrong value. All others are right.",
                        sim::plural(view.twin.detected, "key")),
            colours().damage};
  }
  if (twin.crashed() && twin.damaged()) {
    return {"The disk was damaged. Each key must be found with its value, or be reported as corrupt.",
            colours().warning};
  }
  if (twin.crashed()) {
    return {
        open_writes == 0
            ? "After the crash: every write was durable, so all of them must be found again."
            : fmt::format(
                  "After the crash: all durable writes must be found again; of the {} after them, any prefix may be.",
                  sim::plural(open_writes, "write")),
        colours().warning};
  }
  if (twin.survived()) {
    return {fmt::format("Recovered: {} had not been durable and survived; nothing that was promised is lost.",
                        sim::plural(*twin.survived(), "write")),
            colours().good};
  }
  if (open_writes == 0) return {"The store equals the map, and all of it is durable.", colours().good};
  return {"The store equals the map; a power cut may take " +
              (open_writes == 1 ? std::string("the last write.") : fmt::format("the last {} writes.", open_writes)),
          colours().good};
}

}  // namespace

void draw_twin(const Panel& panel) {
  const Canvas& canvas = panel.canvas;
  const View& view = panel.view;
  const Area& area = panel.area;
  const Fonts& fonts = canvas.fonts();
  const Verdict verdict = verdict_of(view);
  if (view.twin.different > 0 || view.now.twin().contradicted()) {
    const float height = canvas.height_wrapped(area.width - 16, verdict.text, fonts.text) + 12;
    canvas.fill({area.x, area.y, area.width, height}, mixed(colours().panel, colours().bad, 0.25F), 6);
    canvas.outline({area.x, area.y, area.width, height}, colours().bad, 6, 2);
  }
  float y = area.y + 6;
  y += canvas.text_wrapped({area.x + 8, y}, area.width - 16, verdict.text, verdict.colour, fonts.text) + 10;

  const float columns[] = {area.x, area.x + area.width * 0.36F, area.x + area.width * 0.68F};
  const float width = area.width * 0.32F - 6;
  const auto row = [&](const std::string& key, const std::string& map, const std::string& store, ImU32 colour,
                       ImFont* font) {
    canvas.text_within({columns[0], y}, area.width * 0.36F - 6, key, colour, font);
    canvas.text_within({columns[1], y}, width, map, colour, font);
    canvas.text_within({columns[2], y}, width, store, colour, font);
    y += kRow;
  };
  row("key", "std::map", "store", colours().text_muted, fonts.small);
  const auto value = [](const std::optional<std::string>& bytes) { return bytes ? shown(*bytes) : std::string("–"); };
  std::size_t drawn = 0;
  for (const TwinRow& pair : view.twin.rows) {
    const bool detected = pair.state == TwinRow::State::kDetected;
    if (y + 2 * kRow > area.bottom() && drawn + 1 < view.twin.keys) break;
    const ImU32 colour = pair.state == TwinRow::State::kDifferent   ? colours().bad
                         : detected                                 ? colours().damage
                         : pair.state == TwinRow::State::kUndecided ? colours().warning
                                                                    : colours().text;
    const bool refused = view.now.store() == Scene::Store::kRefused;
    row(shown(pair.key), value(pair.expected),
        refused    ? "–"
        : detected ? "corrupt"
                   : value(pair.found),
        colour, fonts.mono_small);
    ++drawn;
  }
  if (drawn < view.twin.keys) {
    canvas.text({area.x, y}, fmt::format("… and {} more", sim::plural(view.twin.keys - drawn, "key")),
                colours().text_muted, fonts.small);
  }
}

}  // namespace sediment::viz
