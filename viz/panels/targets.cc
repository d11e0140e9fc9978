#include "viz/panels/targets.h"

#include <fmt/format.h>

#include "viz/draw/named_items.h"
#include "viz/draw/tip.h"

namespace sediment::viz {

namespace {

constexpr float kBadge = 9;  // its radius

// Whether the record is held over the item before, and whether it has been dropped there.
struct Carried {
  bool above = false;
  bool dropped = false;
};
Carried carried_to_last_item() {
  if (!ImGui::BeginDragDropTarget()) return {};
  const ImGuiPayload* payload = ImGui::AcceptDragDropPayload(
      kCarriedRecord, ImGuiDragDropFlags_AcceptBeforeDelivery | ImGuiDragDropFlags_AcceptNoDrawDefaultRect);
  const Carried carried{payload != nullptr, payload != nullptr && payload->IsDelivery()};
  ImGui::EndDragDropTarget();
  return carried;
}

void draw_badge(const Canvas& canvas, const Point& centre, const std::string& sign, ImU32 colour) {
  canvas.dot(centre, kBadge + 1.5F, colours().background);
  canvas.dot(centre, kBadge, colour);
  const float width = canvas.width_of(sign, canvas.fonts().strong);
  const float height = canvas.height_of(canvas.fonts().strong);
  canvas.text({centre.x - width / 2, centre.y - height / 2}, sign, colours().background, canvas.fonts().strong);
}

}  // namespace

void draw_target(const Canvas& canvas, const PredictView& asked, std::size_t answer, const Area& area,
                 const Point& badge, Commands& commands) {
  const Area box = area.inset(-3);
  const bool chosen = asked.is_chosen(answer);
  if (!asked.shows(answer)) return;
  if (asked.revealed) {
    const bool right = asked.question->is_right(answer);
    const ImU32 colour = right ? colours().good : colours().bad;
    canvas.fill(box, faded(colour, 0.15F), 5);
    canvas.outline(box, colour, 5, 3);
    draw_badge(canvas, badge, right ? "✓" : "✗", colour);
    return;
  }
  ImGui::SetCursorScreenPos(canvas.pixels({box.x, box.y}));
  const bool clicked =
      ImGui::InvisibleButton(fmt::format("##target{}", answer).c_str(), canvas.pixels({box.width, box.height}));
  named_items().mark_last(fmt::format("target.{}", answer + 1));
  const bool hovered = ImGui::IsItemHovered();
  const Carried carried = carried_to_last_item();
  if (hovered && !carried.above) show_tip(asked.question->answers[answer].text);
  if (clicked || carried.dropped) commands.emplace_back(ChooseAnswer{answer});
  const ImU32 colour = colours().accent;
  if (hovered || carried.above || chosen) {
    canvas.fill(box, faded(colour, 0.25F), 5);
    canvas.outline(box, colour, 5, 3);
  } else {
    canvas.dashed_outline(box, colour, 2);
  }
  draw_badge(canvas, badge, std::to_string(answer + 1), colour);
}

void draw_target(const Canvas& canvas, const PredictView& asked, std::size_t answer, const Area& area,
                 Commands& commands) {
  draw_target(canvas, asked, answer, area, {area.x - 1, area.y - 1}, commands);
}

}  // namespace sediment::viz
