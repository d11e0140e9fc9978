// The card at the end of a show: how many questions were answered rightly, each of them with the reason again and a way
// back to its moment, and where to go on.
#include <fmt/format.h>

#include "sim/base/plural.h"
#include "viz/draw/named_items.h"
#include "viz/panels/card.h"
#include "viz/panels/view.h"

namespace sediment::viz {

namespace {

constexpr float kWidth = 640;
constexpr float kInner = kWidth - 48;
constexpr float kQuestion = kInner - 40;  // the width of its text
constexpr float kButtons = 56;

std::string told_score(const EndView& end) {
  if (end.questions.empty()) return {};
  const std::size_t count = end.questions.size();
  if (end.asked == 0)
    return fmt::format("It had {}, and you let {} pass.", sim::plural(count, "question"), count == 1 ? "it" : "them");
  return fmt::format("You answered {} of {} rightly. A click or its number leads back to a question.", end.right,
                     sim::plural(count, "question"));
}

// Why the wrong answer was wrong, and why the right ones are right. Nothing while the question can still be answered.
std::string told_reasons(const EndView::Asked& asked) {
  if (!asked.was_right) return {};
  const std::vector<Answer>& answers = asked.question->answers;
  std::string text;
  const auto tell = [&](const char* what, std::size_t answer) {
    text += fmt::format("{}{}: {}. {}", text.empty() ? "" : "\n", what, answers[answer].text, answers[answer].reason);
  };
  for (const std::size_t chosen : asked.chosen) {
    if (!asked.question->is_right(chosen)) tell("✗ You said", chosen);
  }
  for (const std::size_t right : asked.question->right) tell("✓ Right", right);
  if (asked.question->right.empty()) text += fmt::format("{}✓ Right: none of them.", text.empty() ? "" : "\n");
  return text;
}

// What a card has room for.
enum class Reasons { kAll, kOfWrongAnswers, kNone };

std::string told_reasons(const EndView::Asked& asked, Reasons which) {
  const bool told = which == Reasons::kAll || (which == Reasons::kOfWrongAnswers && !asked.was_right.value_or(true));
  return told ? told_reasons(asked) : std::string();
}

float height_of(const Canvas& canvas, const EndView::Asked& asked, Reasons which) {
  const std::string reasons = told_reasons(asked, which);
  const Fonts& fonts = canvas.fonts();
  return canvas.height_wrapped(kQuestion, asked.question->text, fonts.text) + 10 +
         (reasons.empty() ? 0 : canvas.height_wrapped(kQuestion, reasons, fonts.small) + 3);
}

void draw_question(const Canvas& canvas, const EndView& end, std::size_t number, const Area& box, Reasons which,
                   Commands& commands) {
  const EndView::Asked& asked = end.questions[number];
  const Fonts& fonts = canvas.fonts();
  ImGui::SetCursorScreenPos(canvas.pixels({box.x, box.y}));
  const bool clicked =
      ImGui::InvisibleButton(fmt::format("##back{}", number).c_str(), canvas.pixels({box.width, box.height}));
  named_items().mark_last(fmt::format("end.question.{}", number + 1));
  const bool hovered = ImGui::IsItemHovered();
  if (clicked) commands.emplace_back(GoToQuestion{number});
  const ImU32 colour = !asked.was_right ? colours().outline_strong : *asked.was_right ? colours().good : colours().bad;
  canvas.fill(box, mixed(colours().panel, colour, hovered ? 0.25F : 0.1F), 6);
  canvas.outline(box, hovered ? colours().accent : colour, 6, hovered ? 2.0F : 1.0F);
  const char* sign = !asked.was_right ? "–" : *asked.was_right ? "✓" : "✗";
  canvas.text({box.x + 10, box.y + 5}, sign, asked.was_right ? colour : colours().text_muted, fonts.strong);
  float y = box.y + 5;
  y += canvas.text_wrapped({box.x + 30, y}, kQuestion, asked.question->text, colours().text, fonts.text) + 3;
  canvas.text_wrapped({box.x + 30, y}, kQuestion, told_reasons(asked, which), colours().text, fonts.small);
}

}  // namespace

void draw_end_card(const Canvas& below, const EndView& end, const Area& room, Commands& commands) {
  const Fonts& fonts = below.fonts();
  const std::string score = told_score(end);
  const float score_height = score.empty() ? 0 : below.height_wrapped(kInner, score, fonts.lead) + 10;
  const auto height_with = [&](Reasons which) {
    float height = 56 + score_height + (end.next.empty() ? 0.0F : 28.0F) + kButtons;
    for (const EndView::Asked& asked : end.questions) height += height_of(below, asked, which) + 6;
    return height;
  };
  Reasons which = Reasons::kAll;
  if (height_with(which) > room.height) which = Reasons::kOfWrongAnswers;
  if (height_with(which) > room.height) which = Reasons::kNone;
  const float height = height_with(which);
  const Area card{room.centre().x - kWidth / 2, room.centre().y - height / 2, kWidth, height};
  const Card window(below, "end", card);
  const Canvas& canvas = window.canvas();
  float y = card.y + 18;
  canvas.text_within({card.x + 24, y}, kInner, fmt::format("The end of “{}”", end.title), colours().text, fonts.title);
  y += 38;
  if (!score.empty()) y += canvas.text_wrapped({card.x + 24, y}, kInner, score, colours().text, fonts.lead) + 10;
  for (std::size_t i = 0; i < end.questions.size(); ++i) {
    const Area box{card.x + 24, y, kInner, height_of(canvas, end.questions[i], which)};
    draw_question(canvas, end, i, box, which, commands);
    y = box.bottom() + 6;
  }

  if (!end.next.empty()) {
    y += 4;
    canvas.text_within({card.x + 24, y}, kInner, fmt::format("Next: {}", end.next_title), colours().text_muted,
                       fonts.text);
    y += 24;
  }
  float right = card.right() - 24;
  const auto button = [&](const char* label, const char* name) {
    return card_button_at(canvas, &right, y + 4, 34, label, name);
  };
  if (!end.next.empty() && button("Next (Enter)", "end.next")) {
    commands.emplace_back(OpenShow{std::string(end.next)});
  }
  if (button("Again", "end.again")) commands.emplace_back(OpenShow{std::string(end.name)});
  if (button("Stay (Esc)", "end.stay")) commands.emplace_back(LeaveEnd{});
}

}  // namespace sediment::viz
