// The fonts, at the sizes in which they are used, and with them the scale of everything on the screen.
//
// Layout is written in units: one unit is one pixel at 1280×720, `scale` pixels elsewhere.
#pragma once

#include <string>

struct ImFont;

namespace sediment::viz {

struct Fonts {
  float scale = 1;  // pixels per unit

  ImFont* small = nullptr;       // Inter 12 units: annotations
  ImFont* text = nullptr;        // Inter 14
  ImFont* strong = nullptr;      // Inter SemiBold 14
  ImFont* lead = nullptr;        // Inter 17: the caption's sentence
  ImFont* title = nullptr;       // Inter SemiBold 21
  ImFont* room = nullptr;        // Inter 23: the sentence, for the back of a room
  ImFont* room_title = nullptr;  // Inter SemiBold 27
  ImFont* mono = nullptr;        // JetBrains Mono 12.5: keys, bytes, file names
  ImFont* mono_small = nullptr;  // JetBrains Mono 10.5
};

/// The scale at which the whole layout fits a window of this size (pixels).
float scale_for(float width, float height);

/// Fills ImGui's font atlas for this scale, with the characters that have been drawn (characters.h); the renderer must
/// then upload its texture again. If font files are missing, ImGui's own font is used for all of them, and `*warning`
/// says what is missing.
void load_fonts(Fonts& fonts, float scale, std::string* warning);
/// Whether the fonts must be loaded (again) for this scale.
bool fonts_are_due(const Fonts& fonts, float scale);

}  // namespace sediment::viz
