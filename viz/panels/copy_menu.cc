// The menu of the right button: what can be copied.
#include <fmt/format.h>

#include "viz/draw/characters.h"
#include "viz/draw/named_items.h"
#include "viz/panels/view.h"

namespace sediment::viz {

void draw_copy_menu(const Canvas& canvas, const std::vector<std::string>& texts, Commands& commands) {
  constexpr float kWidest = 420;
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, canvas.pixels({10, 10}));
  if (ImGui::BeginPopup("copy")) {
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const std::string label = canvas.fitting("Copy: " + texts[i], kWidest, canvas.fonts().text);
      ImGui::PushID(static_cast<int>(i));  // two labels may be the same
      if (ImGui::Selectable(label.c_str(), false, 0, canvas.pixels({kWidest, 0}))) {
        commands.emplace_back(CopyText{texts[i]});
      }
      ImGui::PopID();
      named_items().mark_last(fmt::format("copy.{}", i + 1));
    }
    ImGui::EndPopup();
  }
  ImGui::PopStyleVar();
}

}  // namespace sediment::viz
