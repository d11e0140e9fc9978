// Names for what is on the screen: where the last frame drew the button "play" or the segment "segment.3".
//
// Tests look up a name and click there: in process, with xdotool on a real window, or in a browser. The same names
// serve all three. Not for the application itself: nothing on the screen depends on the names.
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
  /// Before the frame is drawn: what is not marked again is gone. Called by whatever runs the frames.
  void begin_frame() { ++frame_; }

  /// Names the most recently submitted widget.
  void mark_last(std::string_view name);
  /// Names something drawn by hand.
  void mark(std::string_view name, ImVec2 min, ImVec2 max, bool enabled = true);

  /// nullptr: the last frame drew nothing of that name.
  const NamedItem* find(std::string_view name) const;
  /// {"name": {"x": centre, "y": centre, "rect": [left, top, right, bottom], "enabled": true}, …}
  std::string json() const;

 private:
  std::map<std::string, NamedItem, std::less<>> items_;
  std::uint64_t frame_ = 0;
};

/// The one instance: there is one screen. Used by the thread that draws.
NamedItems& named_items();

}  // namespace sediment::viz
