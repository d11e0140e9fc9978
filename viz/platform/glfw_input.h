// From GLFW's callbacks to the input queue: for the desktop window and for the canvas of a browser.
#pragma once

#include "viz/platform/input_queue.h"

struct GLFWwindow;

namespace sediment::viz {

/// Sends all input of this window to the queue, which must live as long as the window. Replaces the callbacks that
/// ImGui's GLFW backend would install, so start that backend without them.
void send_input_to(InputQueue& queue, GLFWwindow* window);

}  // namespace sediment::viz
