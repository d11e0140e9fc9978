// The places where the question of a show can be answered: on the stage, and on the timeline.
#pragma once

#include "viz/panels/view.h"

namespace sediment::viz {

/// The type of what is dragged from the question's card: the record that will be written next.
constexpr const char* kCarriedRecord = "record";

/// The place of this answer of the current question: a button, as large as `area`, where the record can be dropped, too.
/// Its number, or whether it is right, stands at `badge`.
void draw_target(const Canvas& canvas, const PredictView& asked, std::size_t answer, const Area& area,
                 const Point& badge, Commands& commands);
/// Its number at the upper left corner.
void draw_target(const Canvas& canvas, const PredictView& asked, std::size_t answer, const Area& area,
                 Commands& commands);

}  // namespace sediment::viz
