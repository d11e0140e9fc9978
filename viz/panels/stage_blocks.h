// A record as a block on the stage: its key and value as far as there is room, and what became of it.
#pragma once

#include <string>

#include "viz/draw/canvas.h"
#include "viz/model/segment_view.h"

namespace sediment::viz {

struct BlockLook {
  bool durable = true;
  float opacity = 1;
  float byte_width = 0;  // of all blocks alike, whatever the sizes of their records: decides on the size of letters
};

constexpr float kLabelled = 17;  // a block that is higher has room for a word

void draw_block(const Canvas& canvas, const Area& area, const RecordView& record, const BlockLook& look);
/// What a merge or a recovery says about a record.
void draw_marks(const Canvas& canvas, const Area& area, const RecordView& record, float opacity);
/// A corrupt place that has no room for its name is framed, so that it stands out among thousands.
void draw_small_corrupt(const Canvas& canvas, const Area& area, float opacity);

/// The beginning of a key as it is shown, without cutting a character in two.
std::string first_letters(const std::string& key, std::size_t most);

}  // namespace sediment::viz
