// The application without a window: draws into memory in fixed time steps, and makes pictures, a video or a transcript.
// Tests use the same screen to click and to type.
//
// Nothing here depends on a clock, so the same input always gives the same pictures everywhere.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
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

  /// `scale`: pixels per unit; none: what fits best.
  HeadlessScreen(int width, int height, std::optional<double> scale = std::nullopt);
  ~HeadlessScreen();
  HeadlessScreen(const HeadlessScreen&) = delete;
  HeadlessScreen& operator=(const HeadlessScreen&) = delete;

  /// For App::open.
  const Fonts& fonts() const { return fonts_; }
  /// Which fonts are missing, in words; empty if none.
  const std::string& font_warning() const { return font_warning_; }

  /// Runs this many frames of the application without drawing them.
  void run(App& app, int frames = 1, double seconds_each = kFrameSeconds);
  /// Draws the last frame into memory.
  const SoftwareRenderer& draw();

  // What a person does. Each call runs the frames that it needs, so that the application has seen it afterwards.

  /// If the last frame drew nothing of that name, or it is disabled, returns false and does nothing.
  bool click(App& app, std::string_view name);
  /// Presses at one place and releases at another; both as fractions of the item's width, 0–1.
  bool drag(App& app, std::string_view name, float from, float to);
  /// From the middle of one item to that of another.
  bool drag(App& app, std::string_view from, std::string_view to);
  void press(App& app, Key key, bool shift = false);
  void type(App& app, std::string_view ascii);
  InputQueue& input() { return input_; }

 private:
  void drag(App& app, const ImVec2& from, const ImVec2& to);

  ImGuiContext* context_;
  std::optional<double> scale_;
  Fonts fonts_;
  std::string font_warning_;
  InputQueue input_;
  SoftwareRenderer renderer_;
};

/// The files to make; those without a name are not made.
struct HeadlessOutputs {
  std::string png;         // a file: the application's current moment
  std::string frames;      // a folder: 01.png … for App::picture_times()
  std::string video;       // a file: the whole show at 30 pictures per second, by ffmpeg
  std::string transcript;  // a file
};

/// Makes them one after another, in that order, and reports progress on standard error. kIoError names the file.
Status write_outputs(App& app, HeadlessScreen& screen, const HeadlessOutputs& outputs);

}  // namespace sediment::viz
