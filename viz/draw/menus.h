// Menus that close as people expect: with Esc, and at a click beside them that counts.
#pragma once

#include <utility>

#include "viz/draw/imgui_compat.h"

namespace sediment::viz {

/// Whether a menu is open.
inline bool menu_is_open() { return GImGui->OpenPopupStack.Size > 0; }
inline void close_menu() {
  if (menu_is_open()) ImGui::ClosePopupToLevel(0, true);
}

/// The menu that the last click closed, since that click went beside it; 0 if none.
inline ImGuiID& menu_closed_by_click() {
  static ImGuiID menu = 0;
  return menu;
}

/// ImGui itself also closes a menu at a click beside it, but then the click has no other effect. Call this before the
/// frame's first widget.
inline void close_menu_on_click_beside() {
  if (!ImGui::IsMouseClicked(0)) return;
  menu_closed_by_click() = 0;
  if (!menu_is_open()) return;
  for (const ImGuiPopupData& popup : GImGui->OpenPopupStack) {
    const bool is_dialog = popup.Window != nullptr && (popup.Window->Flags & ImGuiWindowFlags_Modal) != 0;
    if (is_dialog || (popup.Window != nullptr && popup.Window->Rect().Contains(ImGui::GetIO().MousePos))) return;
  }
  menu_closed_by_click() = GImGui->OpenPopupStack.front().PopupId;
  close_menu();
}

/// What the button of a menu does: it opens the menu, and closes it when it is open.
inline void toggle_menu(const char* name) {
  const bool was_open = std::exchange(menu_closed_by_click(), 0) == ImGui::GetID(name);
  if (!was_open) ImGui::OpenPopup(name);
}

}  // namespace sediment::viz
