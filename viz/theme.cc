#include "viz/theme.h"

#include <algorithm>
#include <cmath>

#include "engine/hash_index.h"

namespace sediment::viz {

namespace {

// Okabe and Ito's colours without black, each also in a lighter shade: so that two words seldom share one.
constexpr ImU32 kKeyColours[] = {rgb(0xe69f00), rgb(0x56b4e9), rgb(0x1fb08a), rgb(0xf0e442), rgb(0x4c8fd6),
                                 rgb(0xe0794a), rgb(0xd68fb7), rgb(0xf3c674), rgb(0x9bd3f2), rgb(0x7fd3b8),
                                 rgb(0xf6efa0), rgb(0x9fc0e6), rgb(0xf0b393), rgb(0xe6bfd5)};

float channel(ImU32 colour, int shift) { return static_cast<float>((colour >> shift) & 0xff); }

ImVec4 vec(ImU32 colour) { return ImGui::ColorConvertU32ToFloat4(colour); }

}  // namespace

ImU32 faded(ImU32 colour, float opacity) {
  const float alpha = channel(colour, IM_COL32_A_SHIFT) * std::clamp(opacity, 0.0F, 1.0F);
  return (colour & ~IM_COL32_A_MASK) | (static_cast<ImU32>(std::lround(alpha)) << IM_COL32_A_SHIFT);
}

ImU32 mixed(ImU32 from, ImU32 to, float amount) {
  amount = std::clamp(amount, 0.0F, 1.0F);
  ImU32 colour = 0;
  for (const int shift : {0, 8, 16, 24}) {
    const float value = channel(from, shift) + (channel(to, shift) - channel(from, shift)) * amount;
    colour |= static_cast<ImU32>(std::lround(value)) << shift;
  }
  return colour;
}

ImU32 text_on(ImU32 fill) {
  const float luminance = 0.299F * channel(fill, IM_COL32_R_SHIFT) + 0.587F * channel(fill, IM_COL32_G_SHIFT) +
                          0.114F * channel(fill, IM_COL32_B_SHIFT);
  return luminance > 110 ? kInk : kText;
}

ImU32 key_colour(std::string_view key) { return kKeyColours[hash_key(key).tag % std::size(kKeyColours)]; }

ImU32 tone_colour(Tone tone) {
  switch (tone) {
    case Tone::kStep: return kText;
    case Tone::kPlain: return kTextMuted;
    case Tone::kGood: return kGood;
    case Tone::kWarning: return kWarning;
    case Tone::kBad: return kBad;
  }
  return kText;
}

void apply_theme(float scale) {
  ImGuiStyle& style = ImGui::GetStyle();
  style = ImGuiStyle();
  style.WindowPadding = {0, 0};
  style.WindowBorderSize = 0;
  style.WindowRounding = 0;
  style.FrameRounding = 6;
  style.FramePadding = {9, 6};
  style.ItemSpacing = {6, 6};
  style.PopupRounding = 8;
  style.PopupBorderSize = 1;
  style.ScrollbarSize = 10;
  style.ScaleAllSizes(scale);
  ImVec4* colours = style.Colors;
  colours[ImGuiCol_Text] = vec(kText);
  colours[ImGuiCol_TextDisabled] = vec(kTextMuted);
  colours[ImGuiCol_WindowBg] = vec(kBackground);
  colours[ImGuiCol_PopupBg] = vec(kPanelRaised);
  colours[ImGuiCol_Border] = vec(kOutlineStrong);
  colours[ImGuiCol_FrameBg] = vec(kPanelRaised);
  colours[ImGuiCol_FrameBgHovered] = vec(mixed(kPanelRaised, kText, 0.08F));
  colours[ImGuiCol_FrameBgActive] = vec(mixed(kPanelRaised, kText, 0.12F));
  colours[ImGuiCol_Button] = vec(kPanelRaised);
  colours[ImGuiCol_ButtonHovered] = vec(mixed(kPanelRaised, kAccent, 0.35F));
  colours[ImGuiCol_ButtonActive] = vec(mixed(kPanelRaised, kAccent, 0.6F));
  colours[ImGuiCol_Header] = vec(mixed(kPanelRaised, kAccent, 0.25F));
  colours[ImGuiCol_HeaderHovered] = vec(mixed(kPanelRaised, kAccent, 0.4F));
  colours[ImGuiCol_HeaderActive] = vec(mixed(kPanelRaised, kAccent, 0.5F));
  colours[ImGuiCol_TextSelectedBg] = vec(mixed(kPanelRaised, kAccent, 0.5F));
  colours[ImGuiCol_NavHighlight] = vec(kAccent);
}

}  // namespace sediment::viz
