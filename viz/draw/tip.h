// A tip: what the thing under the pointer is, or does.
#pragma once

#include <string>

namespace sediment::viz {

/// Must be called once in each frame.
void follow_pointer();

/// Beside the pointer, in this frame. Nothing is shown once the pointer has clicked, until it moves on, or once it has
/// rested for a while: a tip that stays would cover what happens.
void show_tip(const std::string& text);

}  // namespace sediment::viz
