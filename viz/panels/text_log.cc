// The file of a text log, as text: line by line, with the byte at which each begins.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "sim/base/plural.h"
#include "viz/draw/named_items.h"
#include "viz/model/text_log_view.h"
#include "viz/panels/view.h"

namespace sediment::viz {

namespace {

constexpr float kRow = 18;

}  // namespace

void draw_text_log(const Canvas& canvas, const View& view, const Area& area) {
  const Fonts& fonts = canvas.fonts();
  const sim::FileState& file = *view.text_log();
  const std::string_view bytes = file.cached;
  const std::vector<TextLine> lines = text_log_of(bytes);
  const std::uint64_t durable = std::min<std::uint64_t>(file.first_unsynced_byte(), bytes.size());
  named_items().mark("text-log", canvas.pixels({area.x, area.y}), canvas.pixels({area.right(), area.bottom()}));
  const std::string* looked_up = looked_up_by(view.now.step());  // by a get, which has no other way
  const std::string legend = looked_up == nullptr ? "dim: a later line counts · underlined: not durable"
                                                  : fmt::format("get {} reads {} from the first on", shown(*looked_up),
                                                                sim::plural(lines.size(), "line"));
  const float legend_at = area.right() - canvas.width_of(legend, fonts.small);
  canvas.text({legend_at, area.y + 1}, legend, looked_up == nullptr ? colours().text_muted : colours().accent,
              fonts.small);
  canvas.text_within({area.x, area.y}, legend_at - area.x - 12,
                     fmt::format("{}: {} bytes, {} durable", sim::kTextLogName, bytes.size(), durable), colours().text,
                     fonts.mono);
  const Area list{area.x, area.y + 24, area.width, area.height - 24};
  const auto rows = static_cast<std::size_t>(std::max(1.0F, list.height / kRow));
  const std::size_t first = lines.size() - std::min(lines.size(), rows);  // the end is where things happen
  float y = list.y;
  canvas.push_clip(list);
  for (std::size_t i = first; i < lines.size(); ++i, y += kRow) {
    const TextLine& line = lines[i];
    if (looked_up != nullptr) canvas.fill({list.x + 42, y + 2, 3, kRow - 4}, colours().accent, 1);
    canvas.text({list.x, y + 1}, fmt::format("{:5}", line.begin), colours().text_muted, fonts.mono_small);
    const float x = list.x + 48;
    const float width = std::min(canvas.width_of(line.text, fonts.mono), list.right() - x);
    const std::string end = line.complete ? "\\n" : "  no newline: torn";
    const ImU32 colour = line.current ? colours().text : line.complete ? colours().text_muted : colours().bad;
    canvas.text_within({x, y}, list.right() - x, line.text, colour, fonts.mono);
    canvas.text({x + width, y}, end, line.complete ? faded(colours().text_muted, 0.7F) : colours().bad, fonts.mono);
    if (line.begin >= durable) {  // in the cache only
      canvas.line({x, y + kRow - 3}, {x + width, y + kRow - 3}, colours().warning, 1);
    }
  }
  canvas.pop_clip();
}

}  // namespace sediment::viz
