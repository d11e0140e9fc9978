// Colours and measures: a dark theme, and a light one for bright rooms. Text has a contrast of at least 4.5 to 1 with
// its background, outlines one of 3 to 1.
//
// The hue shows the key and nothing else. States are shown by hatching, outlines, glyphs and words, so that nothing
// depends on telling colours apart. Key colours: Okabe and Ito, "Color universal design", 2008.
#pragma once

#include <cstddef>
#include <cstdint>

#include "viz/draw/imgui_compat.h"

namespace sediment::viz {

constexpr ImU32 rgb(unsigned colour) {
  return IM_COL32((colour >> 16) & 0xff, (colour >> 8) & 0xff, colour & 0xff, 0xff);
}

enum class Theme : std::uint8_t { kDark, kLight };

struct Palette {
  ImU32 background;
  ImU32 panel;
  ImU32 raised;  // buttons, fields, empty slots
  ImU32 outline;
  ImU32 outline_strong;
  ImU32 text;
  ImU32 text_muted;
  ImU32 accent;
  ImU32 good;
  ImU32 warning;
  ImU32 bad;
  ImU32 damage;  // bytes that are not what was written, and that the store says so
};

/// The colours of the most recently applied theme. Used by the thread that draws.
const Palette& colours();

constexpr ImU32 kInk = rgb(0x10141a);    // text on a light fill
constexpr ImU32 kPaper = rgb(0xe8ecf1);  // text on a dark fill

/// The same colour with this fraction of its opacity, 0 to 1.
ImU32 faded(ImU32 colour, float opacity);
ImU32 mixed(ImU32 from, ImU32 to, float amount);
/// Dark or light, whichever is easier to read on the fill.
ImU32 text_on(ImU32 fill);
/// The contrast of two opaque colours as WCAG 2 defines it, 1 to 21.
float contrast(ImU32 one, ImU32 other);

/// A key's record and its index slot, in each of their states, on the panel's colour. Text has a contrast of 4.5:1 with
/// its background, the line one of 3:1.
struct KeyShades {
  ImU32 fill;  // durable
  ImU32 text;
  ImU32 cached_fill;
  ImU32 cached_text;
  ImU32 old_fill;  // overwritten
  ImU32 old_cached_fill;
  ImU32 old_text;  // on either fill
  ImU32 hatch;
  ImU32 line;  // outlines, and the link from the slot to the record
};
/// Those of the n-th key colour; after the last one comes the first again.
const KeyShades& key_shades(std::size_t n);
/// Of no key: for the legend.
const KeyShades& accent_shades();

/// From now on colours() are those of this theme, and ImGui's own widgets use them too, at this scale.
void apply_theme(Theme theme, float scale);

}  // namespace sediment::viz
