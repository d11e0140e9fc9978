// The text under the mouse pointer, so that it can be copied: all of it, also where the screen shows only its beginning.
#pragma once

#include <string>

namespace sediment::viz {

/// The only instance, because there is one screen. The application empties it before each frame; what is drawn last is
/// on top. Only the thread that draws may use it.
inline std::string& pointed_text() {
  static std::string text;
  return text;
}

}  // namespace sediment::viz
