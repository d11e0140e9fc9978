// The code: the line of the engine that the event came from.
#include <fmt/format.h>

#include <algorithm>

#include "viz/model/sources.h"
#include "viz/panels/view.h"

namespace sediment::viz {

namespace {

bool is_comment(std::string_view line) {
  const std::size_t first = line.find_first_not_of(' ');
  return first != std::string_view::npos && line.substr(first, 2) == "//";
}

}  // namespace

void draw_code(const Panel& panel) {
  const Canvas& canvas = panel.canvas;
  const Area& area = panel.area;
  const Fonts& fonts = canvas.fonts();
  const auto* event = panel.view.session.timeline().last_in_step<sim::EventEntry>();
  if (event == nullptr) {
    canvas.text_wrapped({area.x, area.y}, area.width, "The line of the engine that did what you see.",
                        colours().text_muted, fonts.small);
    return;
  }
  const std::vector<std::string_view>& lines = source_lines(event->source_file);
  const std::string place = fmt::format("{}:{}", short_source_name(event->source_file), event->source_line);
  canvas.text_within({area.x, area.y}, area.width, place, colours().accent, fonts.mono);
  if (event->source_line < 1 || static_cast<std::size_t>(event->source_line) > lines.size()) {
    canvas.text_wrapped({area.x, area.y + 20}, area.width, "That file is not part of this engine.",
                        colours().text_muted, fonts.small);
    return;
  }
  constexpr float kRow = 15;
  const auto rows = static_cast<std::size_t>(std::max(1.0F, (area.height - 22) / kRow));
  const auto current = static_cast<std::size_t>(event->source_line) - 1;
  const std::size_t first =
      current < rows / 2 ? 0 : std::min(current - rows / 2, lines.size() - std::min(rows, lines.size()));
  float y = area.y + 22;
  canvas.push_clip(area);
  for (std::size_t i = first; i < std::min(first + rows, lines.size()); ++i, y += kRow) {
    if (i == current) canvas.fill({area.x - 4, y - 1, area.width + 8, kRow}, faded(colours().accent, 0.22F), 3);
    canvas.text({area.x, y}, fmt::format("{:4}", i + 1), colours().text_muted, fonts.mono_small);
    const ImU32 colour = i == current           ? colours().text
                         : is_comment(lines[i]) ? colours().text_muted
                                                : mixed(colours().text_muted, colours().text, 0.6F);
    canvas.text({area.x + 32, y}, lines[i], colour, fonts.mono_small);
  }
  canvas.pop_clip();
}

}  // namespace sediment::viz
