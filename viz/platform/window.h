// The application in a window of the desktop: GLFW and OpenGL 3.
//
// It sleeps while nothing moves and nobody touches anything.
#pragma once

#include <memory>
#include <string>

#include "engine/status.h"
#include "viz/app/app.h"
#include "viz/draw/fonts.h"

namespace sediment::viz {

struct WindowOptions {
  int width = 1280;  // pixels
  int height = 720;
  /// Not empty: the state of the application and the places of its items are kept here as JSON, for tests that drive
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
  /// What is missing of the fonts, in words, or nothing.
  const std::string& font_warning() const;

  /// Until the user closes the window. kIoError: the state file cannot be written.
  Status run(App& app);

 private:
  struct Impl;
  explicit Window(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Whether there is a screen to open a window on: DISPLAY or WAYLAND_DISPLAY is set.
bool has_display();

}  // namespace sediment::viz
