// Names for what is on the screen: where the last frame drew the button "play" or the segment "segment.3".
//
// Tests look up a name and click there: in process, with xdotool on a real window, or in a browser. The same names
// serve all three. The application itself does not use them: nothing on the screen depends on them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "viz/draw/imgui_compat.h"

namespace sediment::viz {

/// A rectangle in pixels from the window's upper left corner.
struct NamedItem {
  ImVec2 min;
  ImVec2 max;
  bool enabled = true;
  std::uint64_t frame = 0;  // the frame that drew it

  ImVec2 centre() const { return ImVec2((min.x + max.x) / 2, (min.y + max.y) / 2); }
};

class NamedItems {
 public:
  /// Call this before each frame is drawn. What the frame does not mark again is gone.
  void begin_frame() { ++frame_; }

  /// Names the most recently submitted widget.
  void mark_last(std::string_view name);
  /// Names something drawn by hand.
  void mark(std::string_view name, ImVec2 min, ImVec2 max, bool enabled = true);

  /// nullptr if the current frame has drawn nothing of that name.
  const NamedItem* find(std::string_view name) const;
  /// {"name": {"x": centre, "y": centre, "rect": [left, top, right, bottom], "enabled": true}, …}
  std::string json() const;

 private:
  std::map<std::string, NamedItem, std::less<>> items_;
  std::uint64_t frame_ = 0;
};

/// The only instance, because there is one screen. Only the thread that draws may use it.
NamedItems& named_items();

}  // namespace sediment::viz
