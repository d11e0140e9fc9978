#include "viz/draw/named_items.h"

#include <nlohmann/json.hpp>

namespace sediment::viz {

void NamedItems::mark_last(std::string_view name) {
  mark(name, ImGui::GetItemRectMin(), ImGui::GetItemRectMax(), last_item_enabled());
}

void NamedItems::mark(std::string_view name, ImVec2 min, ImVec2 max, bool enabled) {
  const NamedItem item{min, max, enabled, frame_};
  if (const auto known = items_.find(name); known != items_.end()) {
    known->second = item;  // the usual case, without creating a string
  } else {
    items_.emplace(std::string(name), item);
  }
}

const NamedItem* NamedItems::find(std::string_view name) const {
  const auto found = items_.find(name);
  return found == items_.end() || found->second.frame != frame_ ? nullptr : &found->second;
}

std::string NamedItems::json() const {
  nlohmann::json all = nlohmann::json::object();
  for (const auto& [name, item] : items_) {
    if (item.frame != frame_) continue;
    all[name] = {{"x", item.centre().x},
                 {"y", item.centre().y},
                 {"rect", {item.min.x, item.min.y, item.max.x, item.max.y}},
                 {"enabled", item.enabled}};
  }
  return all.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

NamedItems& named_items() {
  static NamedItems items;
  return items;
}

}  // namespace sediment::viz
