// The narration: one plain sentence for each thing that happens, the newest at the bottom. In a show, the words that its
// caption uses are explained above.
#include <fmt/format.h>

#include <vector>

#include "viz/model/words.h"
#include "viz/panels/colours.h"
#include "viz/panels/view.h"

namespace sediment::viz {

namespace {

constexpr float kWordGap = 3;
constexpr float kLeastForSentences = 120;

float height_of(const Canvas& canvas, float width, const std::string& told) {
  return canvas.height_wrapped(width, told, canvas.fonts().small) + kWordGap;
}

// As many as leave room for the sentences. Returns their height.
float draw_words(const Canvas& canvas, const View& view, const Area& area) {
  const Chapter* chapter = view.session.chapter_at(view.time);
  if (chapter == nullptr) return 0;
  float y = area.y;
  for (const Word& word : words_in(chapter->title + ". " + chapter->text)) {
    const std::string told = std::string(word.term) + ": " + std::string(word.meaning);
    const float height = height_of(canvas, area.width - 10, told);
    if (y + height > area.bottom() - kLeastForSentences) break;
    canvas.fill({area.x, y + 2, 2, height - kWordGap - 2}, colours().accent);
    canvas.text_wrapped({area.x + 10, y}, area.width - 10, told, colours().text, canvas.fonts().small);
    y += height;
  }
  return y == area.y ? 0 : y - area.y + 6;
}

}  // namespace

void draw_narration(const Panel& panel) {
  const Canvas& canvas = panel.canvas;
  const View& view = panel.view;
  const float words = draw_words(canvas, view, panel.area);
  const Area inner{panel.area.x, panel.area.y + words, panel.area.width, panel.area.height - words};
  const auto& entries = view.session.timeline().trace().entries();
  ImFont* const font = canvas.fonts().small;
  constexpr float kGap = 5;
  constexpr float kIndent = 12;

  canvas.push_clip({inner.x, inner.y, inner.width, inner.height + 4});  // including what hangs below the last line
  float bottom = inner.bottom();
  bool newest = true;
  for (std::size_t i = view.now.position(); i > 0 && bottom > inner.y; --i) {
    if (!view.session.is_told(i - 1)) continue;
    std::optional<Sentence> sentence = narrate(entries[i - 1], view.session.format_at(i));
    if (!sentence) continue;
    const auto* event = std::get_if<sim::EventEntry>(&entries[i - 1]);
    if (const SegmentView* exposed = event == nullptr ? nullptr : view.now.exposed_by(*event)) {
      sentence = {
          fmt::format("{}; but {} still has {}", sentence->text, segment_file_name(exposed->number), shown(event->key)),
          Tone::kBad};
    }
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
