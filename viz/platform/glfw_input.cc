#include "viz/platform/glfw_input.h"

#include <GLFW/glfw3.h>

namespace sediment::viz {
namespace {

InputQueue& queue_of(GLFWwindow* window) { return *static_cast<InputQueue*>(glfwGetWindowUserPointer(window)); }

void on_key(GLFWwindow* window, int key, int /*scancode*/, int action, int /*modifiers*/) {
  if (action != GLFW_REPEAT) queue_of(window).key(key, action == GLFW_PRESS);  // ImGui does its own key repeat
}

void on_character(GLFWwindow* window, unsigned int character) { queue_of(window).character(character); }

void on_mouse_button(GLFWwindow* window, int button, int action, int /*modifiers*/) {
  queue_of(window).mouse_button(button, action == GLFW_PRESS);
}

void on_mouse_position(GLFWwindow* window, double x, double y) {
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
