// Where each text of a frame stands, for tests that measure it: what is cut, covered, or drawn over something else.
#pragma once

#include <string>
#include <vector>

#include "viz/draw/imgui_compat.h"

namespace sediment::viz {

struct DrawnText {
  ImVec2 min, max;       // pixels, as far as it is visible
  std::string shown;     // with … where it was cut
  bool is_cut = false;   // something of it is missing: shortened, or clipped
  bool covered = false;  // something opaque was drawn over a part of it
};

/// Null, so that nothing is noted, unless a test sets it. Only the thread that draws may use it.
inline std::vector<DrawnText>*& drawn_texts() {
  static std::vector<DrawnText>* texts = nullptr;
  return texts;
}

}  // namespace sediment::viz
