// The narration: one plain sentence for each thing that happens, the newest at the bottom.
#include <vector>

#include "viz/panels/colours.h"
#include "viz/panels/view.h"

namespace sediment::viz {

void draw_narration(const Panel& panel) {
  const Canvas& canvas = panel.canvas;
  const View& view = panel.view;
  const Area& inner = panel.area;
  const auto& entries = view.session.timeline().trace().entries();
  ImFont* const font = canvas.fonts().small;
  constexpr float kGap = 5;
  constexpr float kIndent = 12;

  canvas.push_clip({inner.x, inner.y, inner.width, inner.height + 4});  // including what hangs below the last line
  float bottom = inner.bottom();
  bool newest = true;
  for (std::size_t i = view.now.position(); i > 0 && bottom > inner.y; --i) {
    const std::optional<Sentence> sentence = narrate(entries[i - 1]);
    if (!sentence) continue;
    const bool step = sentence->tone == Tone::kStep;
    const float indent = step ? 0 : kIndent;
    ImFont* const own_font = step ? canvas.fonts().strong : font;
    const float height = canvas.height_wrapped(inner.width - indent, sentence->text, own_font);
    if (bottom - height < inner.y) break;
    bottom -= height;
    // Older lines recede; the newest slides in.
    const float age = (inner.bottom() - bottom) / inner.height;
    const float opacity = newest ? eased(view.progress * 3) : 1 - 0.45F * age;
    const ImU32 colour = newest && sentence->tone == Tone::kPlain ? colours().text : tone_colour(sentence->tone);
    canvas.text_wrapped({inner.x + indent, bottom}, inner.width - indent, sentence->text, faded(colour, opacity),
                        own_font);
    if (!step) canvas.dot({inner.x + 4, bottom + canvas.height_of(font) / 2}, 2, faded(colour, opacity));
    bottom -= step ? kGap + 4 : kGap;
    newest = false;
  }
  canvas.pop_clip();
}

}  // namespace sediment::viz
