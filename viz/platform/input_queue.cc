#include "viz/platform/input_queue.h"

namespace sediment::viz {

namespace {

bool is_modifier(int key) {
  return key >= static_cast<int>(Key::kLeftShift) && key <= static_cast<int>(Key::kRightSuper);
}

}  // namespace

void InputQueue::key(int key, bool down) { events_.push_back({Kind::kKey, key, down, {}}); }

void InputQueue::mouse_button(int button, bool down) {
  if (button >= 0 && button < ImGuiMouseButton_COUNT) events_.push_back({Kind::kButton, button, down, {}});
}

void InputQueue::mouse_position(ImVec2 position) { events_.push_back({Kind::kPosition, 0, false, position}); }

void InputQueue::mouse_left() { mouse_position({-FLT_MAX, -FLT_MAX}); }

void InputQueue::wheel(ImVec2 steps) { events_.push_back({Kind::kWheel, 0, false, steps}); }

void InputQueue::character(unsigned int character, bool repeated) {
  events_.push_back({Kind::kCharacter, static_cast<int>(character), repeated, {}});
}

void InputQueue::feed_frame() {
  std::set<int> changed_keys;
  std::set<int> changed_buttons;
  bool pointer_moved = false;
  // A key acts on what is drawn under the pointer, and goes to the text field that was clicked: both are known one frame
  // later.
  const auto pointer_acted = [&] { return pointer_moved || !changed_buttons.empty(); };
  // In the order in which they happened, up to the first event that this frame must not see.
  for (bool fits = true; fits && !events_.empty();) {
    const Event& event = events_.front();
    switch (event.kind) {
      case Kind::kKey:
        // A key goes with the Shift that was held when it went down, however soon Shift is released.
        fits = !pointer_acted() && !(is_modifier(event.code) && !changed_keys.empty()) &&
               changed_keys.insert(event.code).second;
        if (!fits) break;
        if (event.down) {
          held_keys_.insert(event.code);
        } else {
          held_keys_.erase(event.code);
        }
        feed_key(event.code, event.down);
        break;
      case Kind::kButton:
        fits = changed_buttons.insert(event.code).second;
        if (!fits) break;
        if (event.down) {
          held_buttons_.insert(event.code);
        } else {
          held_buttons_.erase(event.code);
        }
        break;
      case Kind::kPosition:
        fits = changed_buttons.empty();  // a click happens where the pointer was, not where it went next
        if (!fits) break;
        position_ = event.where;
        pointer_moved = true;
        break;
      case Kind::kWheel: feed_wheel(event.where); break;
      case Kind::kCharacter:
        fits = !pointer_acted();
        if (!fits) break;
        if (!event.down || text_is_edited()) feed_character(static_cast<unsigned int>(event.code));
        break;
    }
    if (fits) events_.pop_front();
  }
  // In every frame: a platform backend of 1.86 queries the window system for these itself, and would be ahead.
  feed_mouse_position(position_);
  for (int button = 0; button < ImGuiMouseButton_COUNT; ++button)
    feed_mouse_button(button, held_buttons_.contains(button));
}

}  // namespace sediment::viz
