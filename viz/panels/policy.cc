// The merge policy: a slider from merging often to never merging, and what each rule costs in writes, space and reads.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/base/plural.h"
#include "viz/draw/named_items.h"
#include "viz/draw/tip.h"
#include "viz/panels/view.h"

namespace sediment::viz {

namespace {

constexpr std::size_t kRules = kGrowthFactors.size();
constexpr float kSlider = 26;
constexpr float kKnob = 7;

std::string told_rule(std::size_t rule) {
  const double factor = kGrowthFactors.at(rule);
  if (factor == 0) return "Merge whenever a segment is sealed.";
  if (std::isinf(factor)) return "Never merge.";
  const std::string limit =
      factor == 1 ? "more bytes than it has" : fmt::format("more than {:g} times its bytes", factor);
  const std::string whose = rule == kStoresOwnRule ? " This is the store's own rule." : "";
  return fmt::format("Merge a segment once the newer ones hold {}.{}", limit, whose);
}

float place_of(std::size_t rule, const Area& track) {
  return track.x + track.width * static_cast<float>(rule) / static_cast<float>(kRules - 1);
}

void draw_slider(const Panel& panel, const Area& area) {
  const Canvas& canvas = panel.canvas;
  const Area track{area.x + kKnob, area.centre().y - 2, area.width - 2 * kKnob, 4};
  ImGui::SetCursorScreenPos(canvas.pixels({area.x, area.y}));
  ImGui::InvisibleButton("##policy", canvas.pixels({area.width, area.height}));
  named_items().mark_last("policy.slider");
  const bool hovered = ImGui::IsItemHovered();
  std::size_t wanted = panel.view.policy_choice;
  if (ImGui::IsItemActive()) {
    const float share = (ImGui::GetMousePos().x / canvas.scale() - track.x) / track.width;
    wanted = static_cast<std::size_t>(std::lround(std::clamp(share, 0.0F, 1.0F) * static_cast<float>(kRules - 1)));
  } else if (panel.move != 0) {
    wanted = panel.move > 0 ? std::min(wanted + 1, kRules - 1) : wanted - std::min<std::size_t>(wanted, 1);
  }
  if (wanted != panel.view.policy_choice) panel.commands.emplace_back(ChoosePolicy{wanted});
  if (hovered) show_tip("drag it, or press the arrows up and down");
  canvas.fill(track, colours().outline_strong, 2);
  for (std::size_t i = 0; i < kRules; ++i)
    canvas.dot({place_of(i, track), track.centre().y}, 3, colours().outline_strong);
  const Point knob{place_of(panel.view.policy_choice, track), track.centre().y};
  canvas.dot(knob, kKnob, hovered ? colours().text : colours().accent);
}

struct Cost {
  const char* name;
  const char* unit;
  double PolicyCost::*value;
};
constexpr Cost kCosts[] = {{"Writes", "bytes written per byte given", &PolicyCost::write},
                           {"Space", "bytes stored per byte that counts", &PolicyCost::space},
                           {"Reads", "segments asked per get", &PolicyCost::read}};

// A column for each rule, the chosen one bright.
void draw_cost(const Panel& panel, const Cost& cost, const Area& area) {
  const Canvas& canvas = panel.canvas;
  const Fonts& fonts = canvas.fonts();
  const std::vector<PolicyCost>& all = panel.view.policies;
  const double here = all[panel.view.policy_choice].*cost.value;
  canvas.text({area.x, area.y}, cost.name, colours().text, fonts.strong);
  const std::string number = fmt::format("{:.1f}", here);
  canvas.text({area.right() - canvas.width_of(number, fonts.strong), area.y}, number, colours().text, fonts.strong);
  const float unit = area.x + canvas.width_of(cost.name, fonts.strong) + 10;
  canvas.text_within({unit, area.y + 1}, area.right() - 36 - unit, cost.unit, colours().text_muted, fonts.small);
  const Area plot{area.x, area.y + 20, area.width, area.height - 28};
  if (plot.height < 12) return;
  double most = 0;
  for (const PolicyCost& each : all) most = std::max(most, each.*cost.value);
  const float step = plot.width / static_cast<float>(kRules);
  for (std::size_t i = 0; i < kRules; ++i) {
    const float height = std::max(2.0F, plot.height * static_cast<float>(all[i].*cost.value / most));
    const Area column{plot.x + step * static_cast<float>(i) + 3, plot.bottom() - height, step - 6, height};
    const bool chosen = i == panel.view.policy_choice;
    canvas.fill(column, chosen ? colours().accent : mixed(colours().panel, colours().accent, 0.3F), 2);
  }
}

}  // namespace

void draw_policy(const Panel& panel) {
  const Canvas& canvas = panel.canvas;
  const Area& area = panel.area;
  const Fonts& fonts = canvas.fonts();
  if (panel.view.policies.size() != kRules) {
    canvas.text_wrapped({area.x, area.y}, area.width, "There is not enough memory to try the rules.",
                        colours().text_muted, fonts.small);
    return;
  }
  float y = area.y;
  const float two_lines = 2 * canvas.height_of(fonts.text) + 4;
  canvas.text_wrapped({area.x, y}, area.width, told_rule(panel.view.policy_choice), colours().text, fonts.text);
  y += std::max(two_lines, canvas.height_wrapped(area.width, told_rule(kStoresOwnRule), fonts.text)) + 4;
  draw_slider(panel, {area.x, y, area.width, kSlider});
  y += kSlider;
  canvas.text({area.x, y}, "merge often", colours().text_muted, fonts.small);
  const char* const never = "never merge";
  canvas.text({area.right() - canvas.width_of(never, fonts.small), y}, never, colours().text_muted, fonts.small);
  y += 24;
  constexpr float kFooter = 18;
  const float row = (area.bottom() - kFooter - y) / static_cast<float>(std::size(kCosts));
  for (const Cost& cost : kCosts) {
    draw_cost(panel, cost, {area.x, y, area.width, row});
    y += row;
  }
  canvas.text_within({area.x, area.bottom() - kFooter + 2}, area.width,
                     fmt::format("Under each rule: {} writes, {} keys.", kPolicyWrites, kPolicyKeys),
                     colours().text_muted, fonts.small);
}

}  // namespace sediment::viz
