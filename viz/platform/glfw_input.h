// From GLFW's callbacks into the input queue: for the window of a desktop and for the canvas of a browser.
#pragma once

#include "viz/platform/input_queue.h"

struct GLFWwindow;

namespace sediment::viz {

/// Sends all input of this window to the queue, which must live as long as the window. Takes the place of the callbacks
/// that ImGui's backend for GLFW would install, so that one is to be started without them.
void send_input_to(InputQueue& queue, GLFWwindow* window);

}  // namespace sediment::viz
