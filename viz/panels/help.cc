// The help: every key, on top of everything else.
#include <algorithm>

#include "viz/panels/view.h"

namespace sediment::viz {

void draw_help(const Canvas& canvas, const Area& screen) {
  static constexpr std::pair<const char*, const char*> kKeys[] = {
      {"Space", "play or pause"},
      {"←   →", "one event back or forward"},
      {"Shift ←   Shift →", "one operation back or forward"},
      {"Home   End", "to the start, to the end"},
      {"1 … 5", "speed: ¼×, ½×, 1×, 2×, 4×"},
      {"C", "crash here: what is not synced is lost"},
      {"R", "recover"},
      {"M", "one step of a merge"},
      {"F", "fork here: leave out all that follows"},
      {"Enter", "type an operation; Esc leaves the line"},
      {"L   T", "next layout: learn, crash, all; dark or light"},
      {"[   ]", "the keyboard to the previous or next panel"},
      {"↑   ↓   Enter", "move and act in that panel"},
      {",   .", "an older segment, a newer one: the panels show it"},
      {"Z   Shift Z", "the records on the stage larger, smaller; the wheel scrolls"},
      {"Ctrl +   Ctrl −", "all letters larger, smaller; Ctrl 0: as they were"},
      {"W", "where is this record's key? also: where KEY"},
      {"Esc", "back to following what happens"},
      {"N   Shift N", "to the next mark that is not an operation; to the previous one"},
      {"B   G", "set or remove a bookmark; to the next one"},
      {"D", "where this fork and the branch that it left differ"},
      {"P", "stop at the questions of a show, or let them pass"},
      {"?", "this page"},
  };
  const float row = std::min(25.0F, (screen.height - 80) / static_cast<float>(std::size(kKeys)));
  const float height = 70 + row * static_cast<float>(std::size(kKeys));
  const Area area{screen.centre().x - 270, screen.centre().y - height / 2, 540, height};
  canvas.fill(screen, faded(colours().background, 0.7F));
  canvas.fill(area, colours().raised, 12);
  canvas.outline(area, colours().outline_strong, 12);
  canvas.text({area.x + 24, area.y + 18}, "Keys", colours().text, canvas.fonts().title);
  float y = area.y + 54;
  for (const auto& [key, what] : kKeys) {
    canvas.text({area.x + 24, y}, key, colours().accent, canvas.fonts().strong);
    canvas.text({area.x + 190, y}, what, colours().text, canvas.fonts().text);
    y += row;
  }
}

}  // namespace sediment::viz
