#include "viz/panels/card.h"

#include "viz/draw/named_items.h"

namespace sediment::viz {

Card::Card(const Canvas& below, const char* name, const Area& area) : canvas_(begin(below, name, area)) {
  canvas_.fill({area.x + 4, area.y + 6, area.width, area.height}, faded(kInk, 0.35F), 12);
  canvas_.fill(area, colours().raised, 12);
  canvas_.outline(area.inset(1), colours().accent, 12, 2);
  named_items().mark(name, canvas_.pixels({area.x, area.y}), canvas_.pixels({area.right(), area.bottom()}));
}

// A canvas draws on the window that has begun before it.
const Fonts& Card::begin(const Canvas& below, const char* name, const Area& area) {
  constexpr ImGuiWindowFlags kFlags = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoSavedSettings |
                                      ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoBackground |
                                      ImGuiWindowFlags_NoFocusOnAppearing | ImGuiWindowFlags_NoNav;
  constexpr float kShadow = 12;
  ImGui::SetNextWindowPos(below.pixels({area.x, area.y}));
  ImGui::SetNextWindowSize(below.pixels({area.width + kShadow, area.height + kShadow}));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0, 0));
  ImGui::Begin(name, nullptr, kFlags);
  ImGui::PopStyleVar(2);
  return below.fonts();
}

bool card_button(const Canvas& canvas, const char* label, const Point& size) {
  ImGui::PushStyleColor(ImGuiCol_Border, colours().accent);
  ImGui::PushStyleVar(ImGuiStyleVar_FrameBorderSize, 1);
  const bool clicked = ImGui::Button(label, canvas.pixels(size));
  ImGui::PopStyleVar();
  ImGui::PopStyleColor();
  return clicked;
}

bool card_button_at(const Canvas& canvas, float* right, float y, float height, const char* label, const char* name) {
  constexpr float kGap = 8;
  const float width = canvas.width_of(label, canvas.fonts().text) + 24;
  ImGui::SetCursorScreenPos(canvas.pixels({*right - width, y}));
  *right -= width + kGap;
  const bool clicked = card_button(canvas, label, {width, height});
  named_items().mark_last(name);
  return clicked;
}

}  // namespace sediment::viz
