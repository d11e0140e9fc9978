// Input on its way to ImGui: waits here so that each frame sees at most one change of each key and button.
//
// A key that goes down and up between two frames would otherwise never have been down (Dear ImGui has a queue of its
// own only from 1.87 on). The window, the browser and the tests all hand in what happens as it happens. One thread.
#pragma once

#include <cstddef>
#include <deque>
#include <set>

#include "viz/draw/imgui_compat.h"

namespace sediment::viz {

class InputQueue {
 public:
  /// A key by its number in Key; other numbers of GLFW do no harm.
  void key(int key, bool down);
  /// 0 left, 1 right, 2 middle.
  void mouse_button(int button, bool down);
  /// Pixels from the upper left corner.
  void mouse_position(ImVec2 position);
  void mouse_left();
  void wheel(ImVec2 steps);
  void character(unsigned int character);

  /// Gives ImGui what the next frame may see; to be called directly before ImGui::NewFrame (and after that of a
  /// platform backend, which would overwrite it). What happened later waits for the frame after it.
  void feed_frame();

  /// Whether something waits for the next frame or is held down, so that frames must go on.
  bool busy() const { return !events_.empty() || !held_keys_.empty() || !held_buttons_.empty(); }

 private:
  enum class Kind { kKey, kButton, kPosition, kWheel, kCharacter };
  struct Event {
    Kind kind;
    int code = 0;  // of the key, button or character
    bool down = false;
    ImVec2 where;  // the position, or the wheel's steps
  };

  std::deque<Event> events_;
  std::set<int> held_keys_;
  std::set<int> held_buttons_;
  ImVec2 position_{-FLT_MAX, -FLT_MAX};  // ImGui's word for nowhere
};

}  // namespace sediment::viz
