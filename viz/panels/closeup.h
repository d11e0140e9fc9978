// The record, close up: what the stage becomes when one goes on enlarging a record.
//
// The record's block grows to a row of its fields, each field to its bytes, and the chosen byte to its bits. Below the
// row, brackets show what each checksum covers; above it, the slot of the index points to the record's first byte. All
// of it is a function of the view and of View::close_up.shown, so the motion between two levels is the same both ways.
#pragma once

#include <optional>
#include <vector>

#include "viz/model/record_fields.h"
#include "viz/panels/view.h"

namespace sediment::viz {

/// Where the stage has the record and its slot: from there they grow.
struct CloseUpOrigin {
  Area record;
  std::optional<Area> slot;  // none if the slot is not shown, or there is none
};

/// A part of the row that stands for bytes: one, or several that are left out.
struct ByteCell {
  std::size_t field = 0;
  std::uint64_t offset = 0;
  std::uint64_t count = 1;
};
/// The cells for these fields, if a row has this many units for them. If it is too short for all, long fields are their
/// first and last bytes, with a count between them; `chosen` is always a cell of its own.
std::vector<ByteCell> cells_for(const RecordFields& fields, std::uint64_t chosen, float width);

/// On the stage's area, which it covers the more, the closer it is.
void draw_close_up(const Canvas& canvas, const View& view, const Area& stage, const CloseUpOrigin& origin,
                   Commands& commands);

}  // namespace sediment::viz
