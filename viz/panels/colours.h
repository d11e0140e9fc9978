// The colours of what the panels show: a key has a colour of its own, the same in every panel, and so has the tone of a
// sentence. draw/theme.h defines the colours.
#pragma once

#include <string_view>

#include "viz/draw/theme.h"
#include "viz/model/narration.h"

namespace sediment::viz {

const KeyShades& shades_of(std::string_view key);
ImU32 key_colour(std::string_view key);
ImU32 tone_colour(Tone tone);

}  // namespace sediment::viz
