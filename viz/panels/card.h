// A card over the panels: a window of its own, so that what is below it does not get its clicks.
#pragma once

#include "viz/draw/canvas.h"

namespace sediment::viz {

class Card {
 public:
  Card(const Canvas& below, const char* name, const Area& area);
  ~Card() { ImGui::End(); }
  Card(const Card&) = delete;
  Card& operator=(const Card&) = delete;

  const Canvas& canvas() const { return canvas_; }

 private:
  static const Fonts& begin(const Canvas& below, const char* name, const Area& area);

  Canvas canvas_;
};

/// A button on a card, where ImGui's cursor is: it has a frame, because its colour is the card's.
bool card_button(const Canvas& canvas, const char* label, const Point& size);
/// As wide as its label, with its right edge at `*right`, which moves to where the next one ends. `name`: for
/// named_items().
bool card_button_at(const Canvas& canvas, float* right, float y, float height, const char* label, const char* name);

}  // namespace sediment::viz
