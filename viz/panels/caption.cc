// The caption: what the part of the show that is on the screen is about, in letters for the back of the room.
#include "viz/view.h"

namespace sediment::viz {

namespace {

// Without a show: the step that is being answered, and the last thing that there was to say about it.
std::string last_sentence(const View& view) {
  const auto& entries = view.session.timeline().trace().entries();
  for (std::size_t i = view.now.position(); i > 0; --i) {
    if (const auto sentence = narrate(entries[i - 1])) return sentence->text;
  }
  return "Type an operation above, or click one.";
}

}  // namespace

void draw_caption(const Canvas& canvas, const View& view, const std::string& message, const Area& area) {
  const Fonts& fonts = canvas.fonts();
  const Chapter* chapter = view.session.chapter_at(view.time);
  const bool own_step = view.session.branches_left() > 0 || chapter == nullptr;
  std::string title;
  std::string text;
  if (own_step) {
    title = view.now.step().empty() ? view.session.title() : sim::to_string(view.now.step());
    text = last_sentence(view);
  } else {
    title = chapter->title;
    text = chapter->text;
  }
  canvas.text_within({area.x, area.y}, area.width, title, colours().text, fonts.title);
  const Point below{area.x, area.y + canvas.height_of(fonts.title) + 5};
  const std::string& shown_text = message.empty() ? text : message;
  const bool fits = below.y + canvas.height_wrapped(area.width, shown_text, fonts.lead) <= area.bottom() + 6;
  const ImU32 colour = message.empty() ? mixed(colours().text_muted, colours().text, 0.5F) : colours().bad;
  canvas.text_wrapped(below, area.width, shown_text, colour, fits ? fonts.lead : fonts.text);
}

}  // namespace sediment::viz
