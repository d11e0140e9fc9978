// Colours and measures. One dark theme; text has a contrast of 4.5 to 1 or more on what it stands on, outlines of 3
// to 1.
//
// The hue says the key and nothing else; states are said by hatching, outlines, glyphs and words, so that nothing
// depends on telling colours apart. Key colours: Okabe and Ito, "Color universal design", 2008.
#pragma once

#include <string_view>

#include "viz/imgui_compat.h"
#include "viz/model/narration.h"

namespace sediment::viz {

constexpr ImU32 rgb(unsigned colour) {
  return IM_COL32((colour >> 16) & 0xff, (colour >> 8) & 0xff, colour & 0xff, 0xff);
}

constexpr ImU32 kBackground = rgb(0x0f1217);
constexpr ImU32 kPanel = rgb(0x171b22);
constexpr ImU32 kPanelRaised = rgb(0x1f252e);
constexpr ImU32 kOutline = rgb(0x2c343f);
constexpr ImU32 kOutlineStrong = rgb(0x66717f);
constexpr ImU32 kText = rgb(0xe8ecf1);
constexpr ImU32 kTextMuted = rgb(0x9aa5b4);
constexpr ImU32 kAccent = rgb(0x56b4e9);
constexpr ImU32 kGood = rgb(0x3ecf9b);
constexpr ImU32 kWarning = rgb(0xf0c244);
constexpr ImU32 kBad = rgb(0xff6f59);
constexpr ImU32 kInk = rgb(0x10141a);  // text on a light fill

/// The same colour with this much of its opacity, 0 to 1.
ImU32 faded(ImU32 colour, float opacity);
ImU32 mixed(ImU32 from, ImU32 to, float amount);
/// Dark or light, whichever reads better on the fill.
ImU32 text_on(ImU32 fill);

ImU32 key_colour(std::string_view key);
ImU32 tone_colour(Tone tone);

/// ImGui's own widgets in these colours, at this scale.
void apply_theme(float scale);

}  // namespace sediment::viz
