// The colours of what the panels show: a key has one of its own, the same in every panel, and so has the tone of a
// sentence. Which colours there are says draw/theme.h.
#pragma once

#include <string_view>

#include "viz/draw/theme.h"
#include "viz/model/narration.h"

namespace sediment::viz {

const KeyShades& shades_of(std::string_view key);
ImU32 key_colour(std::string_view key);
ImU32 tone_colour(Tone tone);

}  // namespace sediment::viz
