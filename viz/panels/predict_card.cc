// The predict card: a question before something happens, and its answers. When one was chosen, or the time is up, it
// shows which was right and why.
#include <fmt/format.h>

#include <algorithm>

#include "viz/draw/named_items.h"
#include "viz/panels/view.h"

namespace sediment::viz {

namespace {

constexpr float kWidth = 452;
constexpr float kInner = kWidth - 40;

}  // namespace

void draw_predict_card(const Canvas& canvas, const View& view, const PredictView& predict, const Area& timeline,
                       Commands& commands) {
  const Question& question = *predict.question;
  const Fonts& fonts = canvas.fonts();
  // Answers may be long: each box is as high as its text.
  const auto answer_height = [&](const std::string& answer) {
    return canvas.height_wrapped(kInner - 44, answer, fonts.text) + 10;
  };
  const float question_height = canvas.height_wrapped(kInner, question.text, fonts.lead);
  std::string reason;
  for (std::size_t i = 0; predict.revealed && i < question.answers.size(); ++i) {
    if (question.is_right(i) || predict.is_chosen(i)) reason += question.answers[i].reason + " ";
  }
  const float reason_height = canvas.height_wrapped(kInner, reason, fonts.text);
  float answers_height = 0;
  for (const Answer& answer : question.answers) answers_height += answer_height(answer.text) + 6;
  const float height = 40 + question_height + 10 + answers_height + 8 + std::max(reason_height, 18.0F) + 14;
  const Area card{timeline.right() - kWidth, timeline.y - height - 10, kWidth, height};
  canvas.fill({card.x + 4, card.y + 6, card.width, card.height}, faded(kInk, 0.35F), 12);
  canvas.fill(card, colours().raised, 12);
  canvas.outline(card, colours().accent, 12, 2);
  const float x = card.x + 20;
  float y = card.y + 14;
  canvas.text({x, y}, "What will happen?", colours().accent, fonts.strong);
  const std::string score =
      predict.asked == 0 ? std::string() : fmt::format("{} of {} right", predict.right, predict.asked);
  canvas.text({card.right() - 20 - canvas.width_of(score, fonts.strong), y}, score, colours().text_muted, fonts.strong);
  y += 26;
  y += canvas.text_wrapped({x, y}, kInner, question.text, colours().text, fonts.lead) + 10;
  for (std::size_t i = 0; i < question.answers.size(); ++i) {
    const Area box{x, y, kInner, answer_height(question.answers[i].text)};
    y += box.height + 6;
    const bool right = predict.revealed && question.is_right(i);
    const bool wrong = predict.revealed && predict.is_chosen(i) && !question.is_right(i);
    ImGui::SetCursorScreenPos(canvas.pixels({box.x, box.y}));
    const bool clicked =
        ImGui::InvisibleButton(fmt::format("##answer{}", i).c_str(), canvas.pixels({box.width, box.height}));
    named_items().mark_last(fmt::format("answer.{}", i + 1));
    if (clicked && !predict.revealed) commands.emplace_back(ChooseAnswer{i});
    const ImU32 edge = right ? colours().good : wrong ? colours().bad : colours().outline_strong;
    canvas.fill(box, right ? mixed(colours().panel, colours().good, 0.2F) : colours().panel, 6);
    canvas.outline(box, edge, 6, right || wrong || (!predict.revealed && ImGui::IsItemHovered()) ? 2.0F : 1.0F);
    canvas.text({box.x + 10, box.y + 5}, fmt::format("{}", i + 1), colours().text_muted, fonts.strong);
    canvas.text_wrapped({box.x + 26, box.y + 5}, kInner - 44, question.answers[i].text, colours().text, fonts.text);
    const char* mark = right ? "✓" : wrong ? "✗" : "";
    canvas.text({box.right() - 8 - canvas.width_of(mark, fonts.strong), box.y + 5}, mark, edge, fonts.strong);
  }
  y += 4;
  if (predict.revealed) {
    canvas.text_wrapped({x, y}, kInner, reason, colours().text, fonts.text);
  } else {
    canvas.text({x, y}, view.playing ? "think …" : "press its number, or click; Space continues without an answer",
                colours().text_muted, fonts.small);
  }
}

}  // namespace sediment::viz
