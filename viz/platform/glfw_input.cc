#include "viz/platform/glfw_input.h"

#include <GLFW/glfw3.h>

#include <map>

namespace sediment::viz {
namespace {

InputQueue& queue_of(GLFWwindow* window) { return *static_cast<InputQueue*>(glfwGetWindowUserPointer(window)); }

// GLFW names a key by its place on a US keyboard. What is wanted is the letter that is printed on it: Z undoes, wherever
// it is. A keyboard without Latin letters keeps the places.
int key_as_printed(int key, int scancode) {
  if (key == GLFW_KEY_KP_ADD) return GLFW_KEY_EQUAL;
  if (key == GLFW_KEY_KP_SUBTRACT) return GLFW_KEY_MINUS;
  const char* name = glfwGetKeyName(key, scancode);
  if (name == nullptr || name[0] == '\0' || name[1] != '\0') return key;
  const char printed = name[0];
  if (printed >= 'a' && printed <= 'z') return GLFW_KEY_A + (printed - 'a');
  if (printed >= '0' && printed <= '9') return GLFW_KEY_0 + (printed - '0');
  if (printed == '-') return GLFW_KEY_MINUS;
  if (printed == '+' || printed == '=') return GLFW_KEY_EQUAL;
  if (key >= GLFW_KEY_A && key <= GLFW_KEY_Z) return GLFW_KEY_UNKNOWN;  // a sign, where a US keyboard has a letter
  return key;
}

bool repeating = false;  // the last key event was a repetition, and so is the character that follows it

void on_key(GLFWwindow* window, int key, int scancode, int action, int /*modifiers*/) {
  static std::map<int, int> pressed_as;  // the layout may change while a key is down
  repeating = action == GLFW_REPEAT;
  if (repeating) return;  // ImGui does its own key repeat
  if (action == GLFW_PRESS) pressed_as[key] = key_as_printed(key, scancode);
  queue_of(window).key(pressed_as.try_emplace(key, key).first->second, action == GLFW_PRESS);
}

void on_character(GLFWwindow* window, unsigned int character) { queue_of(window).character(character, repeating); }

void on_mouse_button(GLFWwindow* window, int button, int action, int /*modifiers*/) {
  queue_of(window).mouse_button(button, action == GLFW_PRESS);
}

// In pixels. On some systems a window is measured in larger units.
void on_mouse_position(GLFWwindow* window, double x, double y) {
  int width = 0;
  int height = 0;
  int pixels_across = 0;
  int pixels_down = 0;
  glfwGetWindowSize(window, &width, &height);
  glfwGetFramebufferSize(window, &pixels_across, &pixels_down);
  if (width > 0 && height > 0) {
    x *= static_cast<double>(pixels_across) / width;
    y *= static_cast<double>(pixels_down) / height;
  }
  queue_of(window).mouse_position({static_cast<float>(x), static_cast<float>(y)});
}

void on_mouse_enter(GLFWwindow* window, int entered) {
  if (entered == GLFW_FALSE) queue_of(window).mouse_left();
}

void on_scroll(GLFWwindow* window, double x, double y) {
  queue_of(window).wheel({static_cast<float>(x), static_cast<float>(y)});
}

}  // namespace

void send_input_to(InputQueue& queue, GLFWwindow* window) {
  glfwSetWindowUserPointer(window, &queue);
  glfwSetKeyCallback(window, on_key);
  glfwSetCharCallback(window, on_character);
  glfwSetMouseButtonCallback(window, on_mouse_button);
  glfwSetCursorPosCallback(window, on_mouse_position);
  glfwSetCursorEnterCallback(window, on_mouse_enter);
  glfwSetScrollCallback(window, on_scroll);
}

}  // namespace sediment::viz
