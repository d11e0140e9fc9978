// The application in a desktop window: GLFW and OpenGL 3.
//
// It sleeps while nothing moves and there is no input.
#pragma once

#include <memory>
#include <string>

#include "engine/status.h"
#include "viz/app/app.h"
#include "viz/draw/fonts.h"

namespace sediment::viz {

struct WindowOptions {
  int width = 1280;  // pixels, on a display of 100 %
  int height = 720;
  /// If not empty: a file that holds the application's state and the places of its items as JSON, for tests that drive
  /// the window from outside. {"state": App::state_json(), "items": NamedItems::json(), "frame": number}
  std::string state_file;
};

class Window {
 public:
  /// kIoError: there is no screen, or no OpenGL on it.
  static Result<std::unique_ptr<Window>> open(const WindowOptions& options);
  ~Window();
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  /// For App::open.
  const Fonts& fonts() const;
  /// Which fonts are missing, in words; empty if none.
  const std::string& font_warning() const;

  /// Runs until the user closes the window. kIoError: the state file cannot be written.
  Status run(App& app);

 private:
  struct Impl;
  explicit Window(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Whether there is a screen for a window: DISPLAY or WAYLAND_DISPLAY is set.
bool has_display();

}  // namespace sediment::viz
