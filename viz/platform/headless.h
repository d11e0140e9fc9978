// The application without a window: draws into memory, in steps of a fixed time, and makes pictures, a video or a
// transcript of it. Tests use the same screen to click and to type.
//
// Nothing here depends on a clock, so the same input gives the same pictures every time and everywhere.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/status.h"
#include "viz/app/app.h"
#include "viz/draw/fonts.h"
#include "viz/platform/input_queue.h"
#include "viz/platform/software_renderer.h"

struct ImGuiContext;

namespace sediment::viz {

/// A screen that exists only in memory. One at a time: it owns ImGui's context.
class HeadlessScreen {
 public:
  static constexpr double kFrameSeconds = 1.0 / 30;

  HeadlessScreen(int width, int height);
  ~HeadlessScreen();
  HeadlessScreen(const HeadlessScreen&) = delete;
  HeadlessScreen& operator=(const HeadlessScreen&) = delete;

  /// For App::open.
  const Fonts& fonts() const { return fonts_; }
  /// What is missing of the fonts, in words, or nothing.
  const std::string& font_warning() const { return font_warning_; }

  /// Runs this many frames of the application without drawing them.
  void run(App& app, int frames = 1, double seconds_each = kFrameSeconds);
  /// Draws the last frame into memory.
  const SoftwareRenderer& draw();

  // What a person does. Each takes the frames that it needs, so that afterwards the application has seen it.

  /// False, and nothing done, if nothing of that name was drawn in the last frame or it is disabled.
  bool click(App& app, std::string_view name);
  /// Presses at one place and releases at another; both as parts of the item's width, 0–1.
  bool drag(App& app, std::string_view name, float from, float to);
  void press(App& app, Key key, bool shift = false);
  void type(App& app, std::string_view ascii);
  InputQueue& input() { return input_; }

 private:
  ImGuiContext* context_;
  Fonts fonts_;
  std::string font_warning_;
  InputQueue input_;
  SoftwareRenderer renderer_;
};

/// The files to make; those without a name are not made.
struct HeadlessOutputs {
  std::string png;         // a file: the moment at which the application is
  std::string frames;      // a folder: 01.png … for App::picture_times()
  std::string video;       // a file: the whole show, 30 pictures a second, by ffmpeg
  std::string transcript;  // a file
};

/// Makes them one after the other, in that order, and tells on standard error how far it is. kIoError names the file.
Status write_outputs(App& app, HeadlessScreen& screen, const HeadlessOutputs& outputs);

}  // namespace sediment::viz
