// The application: everything on the screen, drawn once a frame with Dear ImGui.
//
// It knows neither window nor clock: whoever owns those (window.h, headless.h, web/) gives it the seconds that passed
// and draws what ImGui collected. What it shows is a function of the trace and of the place in it. One thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/status.h"
#include "viz/draw/fonts.h"
#include "viz/draw/layout.h"

namespace sediment::viz {

/// What to show: one of these, or none of them for an empty store to play with.
struct Input {
  std::string scenario = {};            // path
  std::string trace = {};               // path
  std::vector<std::string> texts = {};  // paths: the tour over the words of these texts
  std::string store = {};               // path of a store's directory
  std::string show = {};                // name (model/shows.h)
};

constexpr int kTextSizes[] = {75, 90, 100, 110, 125, 150};  // percent

class App {
 public:
  /// `fonts` must outlive the application, and must be loaded when frame() is called. kNotFound, kInvalidArgument: the
  /// file is missing or malformed, in words.
  static Result<std::unique_ptr<App>> open(const Input& input, const Fonts& fonts);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  /// Between ImGui::NewFrame and ImGui::Render. `seconds`: since the last frame.
  void frame(double seconds);

  void play();
  void pause();
  /// Goes to the moment when this many entries of the trace have happened (at most all).
  void seek(std::size_t entries);
  /// Goes to the first moment when the run has shown that something is wrong. False, and nothing done, if it has not.
  bool seek_failure();
  /// Goes to a moment of the show, in seconds at normal speed from its start; at most duration().
  void seek_time(double seconds);
  double duration() const;
  /// A moment for each chapter of the show, in order, at which a still picture tells what the chapter is about.
  std::vector<double> picture_times() const;
  /// The chapter's title and text, then a sentence for each thing that happens, in order: the show without pictures.
  std::string transcript() const;

  void set_layout(LayoutId layout);
  void set_theme(Theme theme);
  /// Everything larger or smaller than fits the window best. False, and nothing done, for a percentage that is not one
  /// of kTextSizes. Who owns the window loads fonts for scale_for() times text_scale().
  bool set_text_size(int percent);
  float text_scale() const;
  /// Whether playing stops at the questions of a show until they are answered; else they are answered by themselves.
  void ask_questions(bool ask);
  /// Tells what happens on stdout, too, a sentence a line.
  void narrate_aloud(bool aloud);
  /// Changes happen at once, without anything moving.
  void reduce_motion(bool reduce);

  /// False when the picture stays the same until an input comes.
  bool animating() const;
  /// What is shown, as JSON: for tests.
  std::string state_json() const;

 private:
  struct Impl;
  explicit App(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sediment::viz
