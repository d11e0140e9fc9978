#include "viz/draw/theme.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

namespace sediment::viz {

namespace {

// Okabe and Ito's colours without black, each also in a lighter shade (lilac for yellow's): so that two words seldom
// share one.
constexpr ImU32 kKeyColours[] = {rgb(0xe69f00), rgb(0x56b4e9), rgb(0x1fb08a), rgb(0xf0e442), rgb(0x4c8fd6),
                                 rgb(0xe0794a), rgb(0xd68fb7), rgb(0xf3c674), rgb(0x9bd3f2), rgb(0x7fd3b8),
                                 rgb(0xcdbcf2), rgb(0x9fc0e6), rgb(0xf0b393), rgb(0xe6bfd5)};

constexpr Palette kDark = {.background = rgb(0x0f1217),
                           .panel = rgb(0x171b22),
                           .raised = rgb(0x1f252e),
                           .outline = rgb(0x2c343f),
                           .outline_strong = rgb(0x66717f),
                           .text = kPaper,
                           .text_muted = rgb(0x9aa5b4),
                           .accent = rgb(0x56b4e9),
                           .good = rgb(0x3ecf9b),
                           .warning = rgb(0xf0c244),
                           .bad = rgb(0xff6f59),
                           .damage = rgb(0xdb8cff)};

constexpr Palette kLight = {.background = rgb(0xeef1f5),
                            .panel = rgb(0xffffff),
                            .raised = rgb(0xe6ebf1),
                            .outline = rgb(0xccd4de),
                            .outline_strong = rgb(0x748090),
                            .text = kInk,
                            .text_muted = rgb(0x4f5a68),
                            .accent = rgb(0x0a68a8),
                            .good = rgb(0x08704d),
                            .warning = rgb(0x8a5a00),
                            .bad = rgb(0xc0301a),
                            .damage = rgb(0x8a2fb8)};

const Palette* applied = &kDark;
std::array<KeyShades, std::size(kKeyColours)> shades_of_keys;
KeyShades shades_of_accent;

constexpr float kTextContrast = 4.5F;
constexpr float kLineContrast = 3;

float channel(ImU32 colour, int shift) { return static_cast<float>((colour >> shift) & 0xff); }

ImVec4 vec(ImU32 colour) { return ImGui::ColorConvertU32ToFloat4(colour); }

// Relative luminance, as WCAG 2 defines it.
float luminance(ImU32 colour) {
  const auto linear = [&](int shift) {
    const float value = channel(colour, shift) / 255;
    return value <= 0.03928F ? value / 12.92F : std::pow((value + 0.055F) / 1.055F, 2.4F);
  };
  return 0.2126F * linear(IM_COL32_R_SHIFT) + 0.7152F * linear(IM_COL32_G_SHIFT) + 0.0722F * linear(IM_COL32_B_SHIFT);
}

// Moves the colour towards that of text, just enough to stand out from the background that much.
ImU32 standing_out(ImU32 colour, ImU32 ground, float wanted) {
  ImU32 result = colour;
  for (int percent = 0; percent <= 100 && contrast(result, ground) < wanted; percent += 2) {
    result = mixed(colour, colours().text, static_cast<float>(percent) / 100);
  }
  return result;
}

KeyShades make_shades(ImU32 colour) {
  const ImU32 panel = colours().panel;
  KeyShades shades{};
  shades.fill = colour;
  shades.text = text_on(colour);
  shades.cached_fill = mixed(panel, colour, 0.28F);
  shades.cached_text = standing_out(mixed(colours().text, colour, 0.25F), shades.cached_fill, kTextContrast);
  shades.old_fill = mixed(panel, colour, 0.2F);
  shades.old_cached_fill = mixed(panel, colour, 0.1F);
  shades.old_text = standing_out(mixed(colours().text_muted, colour, 0.3F), shades.old_fill, kTextContrast);
  shades.line = standing_out(colour, panel, kLineContrast);
  shades.hatch = mixed(panel, shades.line, 0.42F);
  return shades;
}

}  // namespace

const Palette& colours() { return *applied; }

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
  return luminance > 110 ? kInk : kPaper;
}

float contrast(ImU32 one, ImU32 other) {
  const float a = luminance(one);
  const float b = luminance(other);
  return (std::max(a, b) + 0.05F) / (std::min(a, b) + 0.05F);
}

const KeyShades& key_shades(std::size_t n) { return shades_of_keys[n % shades_of_keys.size()]; }
const KeyShades& accent_shades() { return shades_of_accent; }

void apply_theme(Theme theme, float scale) {
  applied = theme == Theme::kDark ? &kDark : &kLight;
  std::transform(std::begin(kKeyColours), std::end(kKeyColours), shades_of_keys.begin(), make_shades);
  shades_of_accent = make_shades(colours().accent);
  ImGuiStyle& style = ImGui::GetStyle();
  style = ImGuiStyle();
  style.WindowPadding = {0, 0};
  style.WindowBorderSize = 0;
  style.WindowRounding = 0;
  style.FrameRounding = 6;
  style.FramePadding = {7, 6};
  style.ItemSpacing = {6, 6};
  style.PopupRounding = 8;
  style.PopupBorderSize = 1;
  style.ScrollbarSize = 10;
  style.ScaleAllSizes(scale);
  ImVec4* widget = style.Colors;
  widget[ImGuiCol_Text] = vec(colours().text);
  widget[ImGuiCol_TextDisabled] = vec(colours().text_muted);
  widget[ImGuiCol_WindowBg] = vec(colours().background);
  widget[ImGuiCol_PopupBg] = vec(colours().raised);
  widget[ImGuiCol_Border] = vec(colours().outline_strong);
  widget[ImGuiCol_FrameBg] = vec(colours().raised);
  widget[ImGuiCol_FrameBgHovered] = vec(mixed(colours().raised, colours().text, 0.08F));
  widget[ImGuiCol_FrameBgActive] = vec(mixed(colours().raised, colours().text, 0.12F));
  widget[ImGuiCol_Button] = vec(colours().raised);
  widget[ImGuiCol_ButtonHovered] = vec(mixed(colours().raised, colours().accent, 0.35F));
  widget[ImGuiCol_ButtonActive] = vec(mixed(colours().raised, colours().accent, 0.6F));
  widget[ImGuiCol_Header] = vec(mixed(colours().raised, colours().accent, 0.25F));
  widget[ImGuiCol_HeaderHovered] = vec(mixed(colours().raised, colours().accent, 0.4F));
  widget[ImGuiCol_HeaderActive] = vec(mixed(colours().raised, colours().accent, 0.5F));
  widget[ImGuiCol_TextSelectedBg] = vec(mixed(colours().raised, colours().accent, 0.5F));
  widget[ImGuiCol_NavHighlight] = vec(colours().accent);
}

}  // namespace sediment::viz
