// The refusal: a store that does not open says why. This card repeats it, and says what can be done about it.
#include <fmt/format.h>

#include "sim/base/plural.h"
#include "viz/draw/named_items.h"
#include "viz/draw/tip.h"
#include "viz/panels/view.h"

namespace sediment::viz {

namespace {

// The reason alone: where the card stands, the rest is clear.
std::string reason_of(const std::string& outcome) {
  constexpr std::string_view kBefore = "the store does not open: ";
  return outcome.starts_with(kBefore) ? outcome.substr(kBefore.size()) : outcome;
}

// Where the last crash or damage before this moment begins; none if there was none.
std::optional<std::size_t> begin_of_crash(const View& view) {
  const auto& entries = view.session.timeline().trace().entries();
  for (std::size_t i = view.now.position(); i > 0; --i) {
    if (!std::holds_alternative<sim::CrashEntry>(entries[i - 1])) continue;
    return view.session.timeline().previous_step(i);
  }
  return std::nullopt;
}

std::string advice(const View& view) {
  if (!view.now.damaged() && !reports_corruption(view.now.outcome())) {
    return "Nothing on the disk is known to be damaged: open it again.";
  }
  std::size_t valid = 0;
  for (const SegmentView* segment : view.now.segments()) {
    if (!view.now.manifest() || view.now.role(*segment) != Role::kUnnamed) valid += segment->valid_records();
  }
  return fmt::format(
      "It would answer with old values. “sediment salvage STORE NEW” copies what verifies ({} here) into a new store, "
      "and names each loss.",
      sim::plural(valid, "record"));
}

}  // namespace

void draw_refusal(const Canvas& canvas, const View& view, const Area& area, Commands& commands) {
  const Fonts& fonts = canvas.fonts();
  const ImU32 colour = view.now.damaged() ? colours().damage : colours().bad;
  canvas.fill(area, mixed(colours().panel, colour, 0.08F), 8);
  canvas.outline(area, colour, 8, 1.5F);
  named_items().mark("refusal", canvas.pixels({area.x, area.y}), canvas.pixels({area.right(), area.bottom()}));

  // The buttons, from the right.
  float right = area.right() - 10;
  const float top = area.y + 10;
  const auto button = [&](const char* label, const char* item, const char* what_it_does) {
    const float width = canvas.width_of(label, fonts.text) + 16;
    right -= width;
    ImGui::SetCursorScreenPos(canvas.pixels({right, top}));
    ImGui::PushStyleColor(ImGuiCol_Border, colours().outline_strong);
    ImGui::PushStyleVar(ImGuiStyleVar_FrameBorderSize, 1);
    const bool clicked = ImGui::Button(label, canvas.pixels({width, 28}));
    ImGui::PopStyleVar();
    ImGui::PopStyleColor();
    named_items().mark_last(item);
    if (ImGui::IsItemHovered()) show_tip(what_it_does);
    right -= 8;
    return clicked;
  };
  if (!view.session.is_recorded() && button("Open again", "refusal.open", "try once more (R)")) {
    commands.emplace_back(Perform{{"open"}});
  }
  const std::optional<std::size_t> before = begin_of_crash(view);
  if (before && button("Back to before it", "refusal.back", "to the moment before the damage")) {
    commands.emplace_back(GoTo{view.session.pace().end_of(*before)});
  }

  canvas.push_clip(area);
  const float x = area.x + 12;
  const float width = right - x - 8;
  float y = area.y + 9;
  const std::string reason = reason_of(view.now.outcome());
  const std::string whole = "The store does not open: " + reason;
  const std::string what_to_do = advice(view);
  const float below = canvas.height_wrapped(width, what_to_do, fonts.small);
  const auto fits = [&](const std::string& text, ImFont* font) {
    return canvas.height_wrapped(width, text, font) + 5 + below <= area.bottom() - y - 4;
  };
  if (fits(whole, fonts.text)) {
    y += canvas.text_wrapped({x, y}, width, whole, colour, fonts.text) + 5;
  } else if (fits(reason, fonts.small)) {
    y += canvas.text_wrapped({x, y}, width, reason, colour, fonts.small) + 3;
  } else {
    canvas.text_within({x, y}, width, "The store does not open. The panel Recovery says why.", colour, fonts.small);
    y += 18;
  }
  canvas.text_wrapped({x, y}, width, what_to_do, colours().text, fonts.small);
  canvas.pop_clip();
}

}  // namespace sediment::viz
