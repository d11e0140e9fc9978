// The card at the end of a show: how many questions were answered rightly, and where to go on.
#include <fmt/format.h>

#include "sim/base/plural.h"
#include "viz/draw/named_items.h"
#include "viz/panels/view.h"

namespace sediment::viz {

namespace {

std::string told_score(const EndView& end) {
  if (end.questions == 0) return {};
  if (end.asked == 0)
    return fmt::format("It had {}, and you let {} pass.", sim::plural(end.questions, "question"),
                       end.questions == 1 ? "it" : "them");
  std::string text = fmt::format("You answered {} of {} rightly.", end.right, sim::plural(end.questions, "question"));
  if (end.right < end.questions) text += " The white dots on the timeline lead back to the chapters.";
  return text;
}

}  // namespace

void draw_end_card(const Canvas& canvas, const EndView& end, const Area& stage, Commands& commands) {
  const Fonts& fonts = canvas.fonts();
  constexpr float kWidth = 480;
  const std::string score = told_score(end);
  const float score_height = score.empty() ? 0 : canvas.height_wrapped(kWidth - 48, score, fonts.lead) + 10;
  const float height = (end.next.empty() ? 118.0F : 146.0F) + score_height;
  const Area card{stage.centre().x - kWidth / 2, stage.centre().y - height / 2, kWidth, height};
  canvas.fill({card.x + 4, card.y + 6, card.width, card.height}, faded(kInk, 0.35F), 12);
  canvas.fill(card, colours().raised, 12);
  canvas.outline(card, colours().accent, 12, 2);
  float y = card.y + 18;
  canvas.text_within({card.x + 24, y}, kWidth - 48, fmt::format("The end of “{}”", end.title), colours().text,
                     fonts.title);
  y += 38;
  if (!score.empty()) y += canvas.text_wrapped({card.x + 24, y}, kWidth - 48, score, colours().text, fonts.lead) + 10;

  if (!end.next.empty()) {
    canvas.text_within({card.x + 24, y}, kWidth - 48, fmt::format("Next: {}", end.next_title), colours().text_muted,
                       fonts.text);
    y += 28;
  }
  float right = card.right() - 24;
  const auto button = [&](const std::string& label, const char* name) {
    const float width = canvas.width_of(label, fonts.text) + 24;
    right -= width;
    ImGui::SetCursorScreenPos(canvas.pixels({right, y + 4}));
    const bool clicked = ImGui::Button(label.c_str(), canvas.pixels({width, 34}));
    named_items().mark_last(name);
    right -= 8;
    return clicked;
  };
  if (!end.next.empty() && button("Next (Enter)", "end.next")) {
    commands.emplace_back(OpenShow{std::string(end.next)});
  }
  if (button("Again", "end.again")) commands.emplace_back(OpenShow{std::string(end.name)});
  if (button("Stay (Esc)", "end.stay")) commands.emplace_back(LeaveEnd{});
}

}  // namespace sediment::viz
