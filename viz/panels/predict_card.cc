// The predict card: a question before something happens, and its answers. After the answer, or when the time is up, it
// shows which ones were right, which of the chosen ones were wrong, and why.
#include <fmt/format.h>

#include <algorithm>

#include "viz/draw/named_items.h"
#include "viz/panels/card.h"
#include "viz/panels/colours.h"
#include "viz/panels/targets.h"

namespace sediment::viz {

namespace {

constexpr float kWidth = 452;
constexpr float kInner = kWidth - 40;
constexpr float kAnswer = kInner - 44;  // the width of an answer's text
constexpr float kFooter = 30;

ImFont* font_of_answer(const Canvas& canvas, const PredictView& asked) {
  return asked.revealed ? canvas.fonts().strong : canvas.fonts().text;
}

float height_of_answer(const Canvas& canvas, const PredictView& asked, std::size_t number) {
  const Answer& answer = asked.question->answers[number];
  float height = canvas.height_wrapped(kAnswer, answer.text, font_of_answer(canvas, asked)) + 10;
  if (asked.revealed) height += canvas.height_wrapped(kAnswer, answer.reason, canvas.fonts().text) + 2;
  return height;
}

// A run that waits for no answer plays on by itself.
bool has_footer(const View& view) { return !view.asked.revealed || !view.playing; }

float height_of_card(const Canvas& canvas, const View& view) {
  const PredictView& asked = view.asked;
  float height = 40 + canvas.height_wrapped(kInner, asked.question->text, canvas.fonts().lead) + 10;
  for (std::size_t i = 0; i < asked.question->answers.size(); ++i) height += height_of_answer(canvas, asked, i) + 6;
  return height + (has_footer(view) ? kFooter + 12 : 8);
}

float overlap(const Area& a, const Area& b) {
  const float width = std::min(a.right(), b.right()) - std::max(a.x, b.x);
  const float height = std::min(a.bottom(), b.bottom()) - std::max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
}

// Where it covers none of the places that it asks about, or the least of them.
Area place_for(float height, const Area& room, const std::vector<Area>& targets) {
  const float right = room.right() - kWidth;
  const float bottom = std::max(room.y, room.bottom() - height);
  // From the lower right on; the corners and the edges come early.
  constexpr int kSteps = 8;
  std::vector<Point> corners;
  for (const int down : {kSteps, 0, 4, 6, 2, 7, 5, 3, 1}) {
    for (const int across : {kSteps, 0, 4, 6, 2, 7, 5, 3, 1}) {
      corners.push_back({room.x + (right - room.x) * static_cast<float>(across) / kSteps,
                         room.y + (bottom - room.y) * static_cast<float>(down) / kSteps});
    }
  }
  const auto covered = [&](const Point& corner) {
    constexpr float kMargin = 14;  // for the numbers of the targets
    const Area card = Area{corner.x, corner.y, kWidth, height}.inset(-kMargin);
    float sum = 0;
    for (const Area& target : targets) sum += overlap(card, target);
    return sum;
  };
  const auto best = std::min_element(corners.begin(), corners.end(),
                                     [&](const Point& a, const Point& b) { return covered(a) < covered(b); });
  return {best->x, best->y, kWidth, height};
}

void draw_answer(const Canvas& canvas, const PredictView& asked, std::size_t number, const Area& box,
                 Commands& commands) {
  const Fonts& fonts = canvas.fonts();
  const Answer& answer = asked.question->answers[number];
  const bool chosen = asked.is_chosen(number);
  const bool right = asked.revealed && asked.question->is_right(number);
  const bool wrong = asked.revealed && chosen && !right;
  ImGui::SetCursorScreenPos(canvas.pixels({box.x, box.y}));
  const bool clicked =
      ImGui::InvisibleButton(fmt::format("##answer{}", number).c_str(), canvas.pixels({box.width, box.height}));
  named_items().mark_last(fmt::format("answer.{}", number + 1));
  if (clicked && !asked.revealed) commands.emplace_back(ChooseAnswer{number});
  const bool lit = !asked.revealed && (chosen || ImGui::IsItemHovered());
  const ImU32 edge = right ? colours().good : wrong ? colours().bad : lit ? colours().accent : colours().outline_strong;
  const bool is_filled = right || wrong || (chosen && !asked.revealed);
  canvas.fill(box, is_filled ? mixed(colours().panel, edge, 0.2F) : colours().panel, 6);
  canvas.outline(box, edge, 6, right || wrong || lit ? 2.0F : 1.0F);
  canvas.text({box.x + 10, box.y + 5}, fmt::format("{}", number + 1), colours().text_muted, fonts.strong);
  float y = box.y + 5;
  y += canvas.text_wrapped({box.x + 26, y}, kAnswer, answer.text, colours().text, font_of_answer(canvas, asked)) + 2;
  if (asked.revealed) canvas.text_wrapped({box.x + 26, y}, kAnswer, answer.reason, colours().text, fonts.text);
  const char* mark = right ? "✓" : wrong ? "✗" : "";
  canvas.text({box.right() - 8 - canvas.width_of(mark, fonts.strong), box.y + 5}, mark, edge, fonts.strong);
}

// The record that will be written: it can be dragged to where it will be. Returns the width that it takes.
float draw_carried(const Canvas& canvas, const std::string& key, const Point& at) {
  const Fonts& fonts = canvas.fonts();
  const Area box{at.x, at.y, std::max(44.0F, canvas.width_of(shown(key), fonts.strong) + 24), kFooter - 4};
  const auto draw_record = [&](const Canvas& on, const Area& area) {
    on.fill(area, shades_of(key).fill, 4);
    on.outline(area, shades_of(key).line, 4, 1.5F);
    on.text_centred(area, shown(key), shades_of(key).text, fonts.strong);
  };
  draw_record(canvas, box);
  ImGui::SetCursorScreenPos(canvas.pixels({box.x, box.y}));
  ImGui::InvisibleButton("##carried", canvas.pixels({box.width, box.height}));
  named_items().mark_last("carried");
  if (ImGui::IsItemHovered()) {
    canvas.outline(box.inset(-2), colours().accent, 5, 2);
    ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
  }
  if (ImGui::BeginDragDropSource()) {
    ImGui::SetDragDropPayload(kCarriedRecord, nullptr, 0);
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    ImGui::Dummy(canvas.pixels({box.width, box.height}));
    draw_record(Canvas(fonts), {corner.x / canvas.scale(), corner.y / canvas.scale(), box.width, box.height});
    ImGui::EndDragDropSource();
  }
  return box.width;
}

// How it can be answered, or how to go on. `on_stage`: there are places for answers.
void draw_footer(const Canvas& canvas, const View& view, const Area& area, bool on_stage, Commands& commands) {
  const PredictView& asked = view.asked;
  const Fonts& fonts = canvas.fonts();
  float x = area.x;
  float right = area.right();
  const auto button = [&](const char* label, const char* name) {
    return card_button_at(canvas, &right, area.y, kFooter, label, name);
  };
  if (asked.revealed) {
    if (button("Go on (Space)", "answer.go-on")) commands.emplace_back(LeaveAnswers{});
    return;
  }
  const std::vector<Answer>& answers = asked.question->answers;
  const bool on_timeline = std::any_of(answers.begin(), answers.end(),
                                       [](const Answer& answer) { return answer.target.kind == Target::Kind::kEntry; });
  const std::string where = on_timeline ? " here or on the timeline" : on_stage ? " here or on the stage" : "";
  std::string told = "a number, or a click" + where;
  if (asked.question->is_mark) {
    const bool is_none = asked.chosen.empty();
    if (button(is_none ? "None of them (Enter)" : "That is it (Enter)", "answer.confirm")) {
      commands.emplace_back(ConfirmAnswer{});
    }
    told = "numbers, or clicks" + where;
  } else if (on_stage && !asked.carried.empty()) {
    x += draw_carried(canvas, asked.carried, {x, area.y}) + 10;
    told = "drag it to its place, click there, or press a number";
  }
  canvas.text_within({x, area.y + 7}, right - x, view.playing ? "think …" : told, colours().text_muted, fonts.small);
}

}  // namespace

void draw_predict_card(const Canvas& below, const View& view, const Area& room, const std::vector<Area>& targets,
                       Commands& commands) {
  const PredictView& asked = view.asked;
  const Area card = place_for(height_of_card(below, view), room, targets);
  const Card window(below, "question", card);
  const Canvas& canvas = window.canvas();
  const Fonts& fonts = canvas.fonts();
  const float x = card.x + 20;
  float y = card.y + 14;
  canvas.text({x, y}, asked.question->is_mark ? "Mark all that are right" : "What do you think?", colours().accent,
              fonts.strong);
  const std::string score = asked.asked == 0 ? std::string() : fmt::format("{} of {} right", asked.right, asked.asked);
  canvas.text({card.right() - 20 - canvas.width_of(score, fonts.strong), y}, score, colours().text_muted, fonts.strong);
  y += 26;
  y += canvas.text_wrapped({x, y}, kInner, asked.question->text, colours().text, fonts.lead) + 10;
  for (std::size_t i = 0; i < asked.question->answers.size(); ++i) {
    const Area box{x, y, kInner, height_of_answer(canvas, asked, i)};
    draw_answer(canvas, asked, i, box, commands);
    y = box.bottom() + 6;
  }
  if (has_footer(view)) draw_footer(canvas, view, {x, y + 2, kInner, kFooter}, !targets.empty(), commands);
}

}  // namespace sediment::viz
