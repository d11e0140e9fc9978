// The help: every key, on top of everything else.
#include <algorithm>

#include "viz/draw/named_items.h"
#include "viz/panels/view.h"

namespace sediment::viz {

void draw_help(const Canvas& canvas, const Area& screen) {
  static constexpr std::pair<const char*, const char*> kKeys[] = {
      {"Space", "play or pause"},
      {"←   →", "one event back or forward"},
      {"Shift ←   Shift →", "one operation back or forward"},
      {"Home   End", "to the start, to the end"},
      {"−   +", "slower, faster: ¼×, ½×, 1×, 2×, 4×"},
      {"C", "crash here: what is not synced is lost"},
      {"R", "recover"},
      {"M", "one step of a merge"},
      {"A   Shift A", "the crash atlas: every disk that a crash may leave; large"},
      {"F", "fork here: leave out all that follows"},
      {"Ctrl Z   Ctrl Y", "undo an operation or a fork, and redo it: nothing is lost"},
      {"1 … 5", "answer a show's question; mark several, then Enter; at the end: back to it"},
      {"Enter", "type an operation, or: show NAME; ↑ ↓ earlier ones, Esc leaves the line"},
      {"L   T", "next layout: learn, crash, all; dark or light"},
      {"V", "present: large letters, one panel, no buttons; Esc leaves it"},
      {"[   ]", "the keyboard to the previous or next panel"},
      {"↑   ↓   Enter", "move and act in that panel"},
      {",   .", "an older segment, a newer one: the panels show it"},
      {"Z   Shift Z", "larger records, then one close up: fields, bytes, bits; and back"},
      {"←   →   ↑   ↓   Enter", "close up: choose a field, a byte, a bit; flip the bit"},
      {"Ctrl +   Ctrl −", "all letters larger, smaller; Ctrl 0: as they were"},
      {"W", "where is this record's key? also: where KEY"},
      {"Esc", "close what is open; back to following what happens"},
      {"N   Shift N", "to the next mark that is not an operation; to the previous one"},
      {"B   G", "set or remove a bookmark; to the next one"},
      {"D", "where this fork and the branch that it left differ"},
      {"Ctrl C", "copy the text under the pointer, or else the record; also: right button"},
      {"Ctrl O   Ctrl S", "open a run, save this one; File … also saves pictures"},
      {"P", "stop at the questions of a show, or let them pass"},
      {"?", "this page"},
  };
  const float row = std::min(25.0F, (screen.height - 80) / static_cast<float>(std::size(kKeys)));
  const float height = 70 + row * static_cast<float>(std::size(kKeys));
  constexpr float kWhat = 190;  // where the second column begins
  float width = 0;
  for (const auto& [key, what] : kKeys) width = std::max(width, canvas.width_of(what, canvas.fonts().text));
  width += kWhat + 24;
  const Area area{screen.centre().x - width / 2, screen.centre().y - height / 2, width, height};
  named_items().mark("help", canvas.pixels({area.x, area.y}), canvas.pixels({area.right(), area.bottom()}));
  canvas.fill(screen, faded(colours().background, 0.7F));
  canvas.fill(area, colours().raised, 12);
  canvas.outline(area, colours().outline_strong, 12);
  canvas.text({area.x + 24, area.y + 18}, "Keys", colours().text, canvas.fonts().title);
  float y = area.y + 54;
  for (const auto& [key, what] : kKeys) {
    canvas.text({area.x + 24, y}, key, colours().accent, canvas.fonts().strong);
    canvas.text({area.x + kWhat, y}, what, colours().text, canvas.fonts().text);
    y += row;
  }
}

}  // namespace sediment::viz
