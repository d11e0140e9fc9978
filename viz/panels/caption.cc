// The caption: what the current part of the show is about, in letters for the back of the room.
#include "viz/panels/colours.h"
#include "viz/panels/view.h"

namespace sediment::viz {

namespace {

// Without a show: the current step, and the latest thing there was to say about it.
Sentence last_sentence(const View& view) {
  const auto& entries = view.session.timeline().trace().entries();
  for (std::size_t i = view.now.position(); i > 0; --i) {
    if (!view.session.is_told(i - 1)) continue;
    if (const auto sentence = narrate(entries[i - 1], view.session.format_at(i))) return *sentence;
  }
  return {view.session.chapters().empty() ? "Type an operation above, or click one."
                                          : "Space starts it. It stops at each question, until you answer."};
}

}  // namespace

void draw_caption(const Canvas& canvas, const View& view, const std::string& message, const std::string& notice,
                  const Area& area) {
  const Fonts& fonts = canvas.fonts();
  const Chapter* chapter = view.session.chapter_at(view.time);
  std::string title;
  Sentence told;
  if (chapter == nullptr) {
    title = view.now.step().empty() ? view.session.title() : told_step(view.now.step());
    told = has_verdict(view) ? Sentence{view.session.title()} : last_sentence(view);  // the verdict says the rest
  } else {
    title = chapter->title;
    told.text = chapter->text;
  }
  if (!notice.empty()) told = {notice};
  if (!message.empty()) told = {message, Tone::kBad};
  const bool presents = view.layout == LayoutId::kPresent;
  ImFont* const title_font = presents ? fonts.room_title : fonts.title;
  canvas.text_within({area.x, area.y}, area.width, title, colours().text, title_font);
  const Point below{area.x, area.y + canvas.height_of(title_font) + 5};
  const float room = area.bottom() + 6 - below.y;
  const auto fits = [&](ImFont* font) { return canvas.height_wrapped(area.width, told.text, font) <= room; };
  ImFont* font = fits(fonts.lead) ? fonts.lead : fits(fonts.text) ? fonts.text : fonts.small;
  if (presents && fits(fonts.room)) font = fonts.room;
  canvas.push_clip({area.x, area.y, area.width, area.bottom() + 8 - area.y});
  const ImU32 quiet = mixed(colours().text_muted, colours().text, 0.5F);
  canvas.text_wrapped(below, area.width, told.text,
                      told.tone == Tone::kBad || told.tone == Tone::kDetected ? tone_colour(told.tone) : quiet, font);
  canvas.pop_clip();
}

}  // namespace sediment::viz
