#include "viz/draw/tip.h"

#include "viz/draw/imgui_compat.h"

namespace sediment::viz {

namespace {

constexpr double kRestSeconds = 6;
constexpr float kSamePlace = 4;    // pixels: a hand trembles
constexpr float kWidest = 26;      // letters' heights
constexpr float kPadding = 0.55F;  // letters' heights

struct Pointer {
  ImVec2 at{0, 0};
  double moved = 0;  // when
  bool clicked = false;
};

Pointer& pointer() {
  static Pointer state;
  return state;
}

}  // namespace

void follow_pointer() {
  Pointer& state = pointer();
  const ImVec2 now = ImGui::GetMousePos();
  const float across = now.x - state.at.x;
  const float down = now.y - state.at.y;
  if (across * across + down * down > kSamePlace * kSamePlace) state = {now, ImGui::GetTime(), false};
  if (ImGui::IsMouseClicked(0) || ImGui::IsMouseClicked(1)) state.clicked = true;
}

void show_tip(const std::string& text) {
  if (pointer().clicked || ImGui::GetTime() - pointer().moved > kRestSeconds) return;
  const float letters = ImGui::GetFontSize();
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(letters * kPadding, letters * kPadding));
  ImGui::BeginTooltip();
  ImGui::PushTextWrapPos(letters * kWidest);
  ImGui::TextUnformatted(text.c_str());
  ImGui::PopTextWrapPos();
  ImGui::EndTooltip();
  ImGui::PopStyleVar();
}

}  // namespace sediment::viz
