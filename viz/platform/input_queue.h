// Input on its way to ImGui: it waits here so that each frame sees at most one change of each key and button.
//
// Otherwise, a key that goes down and up between two frames would never have been down (Dear ImGui has its own queue
// only since 1.87). The window, the browser and the tests all pass in events as they happen. One thread.
#pragma once

#include <cstddef>
#include <deque>
#include <set>

#include "viz/draw/imgui_compat.h"

namespace sediment::viz {

class InputQueue {
 public:
  /// A key by its number in Key; GLFW's other numbers do no harm.
  void key(int key, bool down);
  /// 0 left, 1 right, 2 middle.
  void mouse_button(int button, bool down);
  /// Pixels from the upper left corner.
  void mouse_position(ImVec2 position);
  void mouse_left();
  void wheel(ImVec2 steps);
  /// `repeated`: its key is being held. Then it is for text fields only; a command happens once.
  void character(unsigned int character, bool repeated = false);

  /// Gives ImGui what the next frame may see. Call it directly before ImGui::NewFrame (and after that of a platform
  /// backend, which would overwrite it). Later events wait for the next frame.
  void feed_frame();

  /// Whether something waits for the next frame or is held down, so that frames must continue.
  bool busy() const { return !events_.empty() || !held_keys_.empty() || !held_buttons_.empty(); }

 private:
  enum class Kind { kKey, kButton, kPosition, kWheel, kCharacter };
  struct Event {
    Kind kind;
    int code = 0;       // of the key, button or character
    bool down = false;  // of a character: whether it is a repetition
    ImVec2 where;       // the position, or the wheel's steps
  };

  std::deque<Event> events_;
  std::set<int> held_keys_;
  std::set<int> held_buttons_;
  ImVec2 position_{-FLT_MAX, -FLT_MAX};  // ImGui's notation for nowhere
};

}  // namespace sediment::viz
