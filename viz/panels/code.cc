// The code: the line of the engine that the event came from or, where a student's component runs, their own function.
#include <fmt/format.h>

#include <algorithm>

#include "viz/model/code_view.h"
#include "viz/panels/view.h"

namespace sediment::viz {

namespace {

constexpr float kRow = 15;

bool is_comment(std::string_view line) {
  const std::size_t first = line.find_first_not_of(' ');
  return first != std::string_view::npos && line.substr(first, 2) == "//";
}

// The line in the middle or, if it begins a function, near the top.
std::size_t first_row(const CodeView& code, std::size_t rows) {
  const std::size_t above = code.begins_here ? std::min<std::size_t>(rows / 2, 3) : rows / 2;
  const std::size_t last = code.lines->size() - std::min(rows, code.lines->size());
  return std::min(code.line - std::min(code.line, above), last);
}

void draw_lines(const Canvas& canvas, const CodeView& code, const Area& area) {
  const auto rows = static_cast<std::size_t>(std::max(1.0F, area.height / kRow));
  const std::size_t first = first_row(code, rows);
  float y = area.y;
  canvas.push_clip({area.x - 4, area.y - 1, area.width + 8, area.height + 1});
  for (std::size_t i = first; i < std::min(first + rows, code.lines->size()); ++i, y += kRow) {
    const std::string_view line = (*code.lines)[i];
    const bool current = i == code.line;
    if (current) canvas.fill({area.x - 4, y - 1, area.width + 8, kRow}, faded(colours().accent, 0.22F), 3);
    canvas.text({area.x, y}, fmt::format("{:4}", i + 1), colours().text_muted, canvas.fonts().mono_small);
    const ImU32 colour = current            ? colours().text
                         : is_comment(line) ? colours().text_muted
                                            : mixed(colours().text_muted, colours().text, 0.6F);
    canvas.text({area.x + 32, y}, line, colour, canvas.fonts().mono_small);
  }
  canvas.pop_clip();
}

}  // namespace

void draw_code(const Panel& panel) {
  const Canvas& canvas = panel.canvas;
  const Area& area = panel.area;
  const Fonts& fonts = canvas.fonts();
  const Component& component = panel.view.session.component();
  const CodeView code = code_at(panel.view.session.timeline(), component);
  if (code.place.empty()) {
    canvas.text_wrapped({area.x, area.y}, area.width,
                        component.name.empty() ? "The line of the engine that did what you see."
                                               : "Your function, as soon as the run calls it: " + component.path,
                        colours().text_muted, fonts.small);
    return;
  }
  float y = area.y;
  canvas.text_within({area.x, y}, area.width, code.place, colours().accent, fonts.mono);
  y += 20;
  if (!code.what.empty()) {
    canvas.text_within({area.x, y}, area.width, code.what, code.begins_here ? colours().text : colours().bad,
                       fonts.strong);
    y += 22;
  }
  if (!code.problem.empty()) {
    y += canvas.text_wrapped({area.x, y}, area.width, code.problem, code.own ? colours().text_muted : colours().warning,
                             fonts.small) +
         4;
  }
  if (code.lines != nullptr) draw_lines(canvas, code, {area.x, y + 2, area.width, area.bottom() - y - 2});
}

}  // namespace sediment::viz
