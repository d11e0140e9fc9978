// The colours of what the panels show: a key has a colour of its own, the same in every panel, and so has the tone of a
// sentence. draw/theme.h defines the colours.
#pragma once

#include <cstddef>
#include <string_view>

#include "viz/draw/canvas.h"
#include "viz/draw/theme.h"
#include "viz/model/crash_grid.h"
#include "viz/model/narration.h"

namespace sediment::viz {

const KeyShades& shades_of(std::string_view key);
ImU32 key_colour(std::string_view key);
ImU32 tone_colour(Tone tone);
/// Of the n-th field of a record or a header; after the last colour comes the first again.
ImU32 field_colour(std::size_t number);
/// The background of that field's bytes: text has a contrast of 4.5:1 with it.
ImU32 field_fill(std::size_t number);
ImU32 verdict_colour(CrashGrid::Verdict verdict);

/// A disk that a crash may leave. Large enough, its sign tells the verdict without the colour.
void draw_verdict_square(const Canvas& canvas, const Area& box, CrashGrid::Verdict verdict);

/// Of the share of a band that no lookup finds.
ImU32 garbage_colour();

}  // namespace sediment::viz
