// The application: everything on the screen, drawn once per frame with Dear ImGui.
//
// It knows neither window nor clock: their owner (window.h, headless.h, web/) passes in the seconds that have passed
// and draws what ImGui collected. What it shows is a function of the trace and of the place in it. One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/status.h"
#include "viz/draw/fonts.h"
#include "viz/draw/layout.h"
#include "viz/model/large_store.h"
#include "viz/shows/figure.h"

namespace sediment::viz {

/// What to show: one of these, or none for an empty store to play with.
struct Input {
  std::string scenario = {};            // path
  std::string trace = {};               // path
  std::vector<std::string> texts = {};  // paths: a tour over the words of these texts
  std::string store = {};               // path of a store's directory
  std::string show = {};                // name (shows/shows.h)
  LargeStore::Progress progress = {};   // of opening a large store
};

constexpr int kTextSizes[] = {75, 90, 100, 110, 125, 150};  // percent

class App {
 public:
  /// `fonts` must outlive the application, and must be loaded when frame() is called. kNotFound, kInvalidArgument: the
  /// file is missing or malformed; the message says how.
  static Result<std::unique_ptr<App>> open(const Input& input, const Fonts& fonts);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  /// Between ImGui::NewFrame and ImGui::Render. `seconds`: the time since the last frame.
  void frame(double seconds);

  /// A figure: the stage and its panel, without menus and questions. kInvalidArgument if there is no such panel.
  static Result<std::unique_ptr<App>> open(Figure figure, const Fonts& fonts);

  void play();
  void pause();
  /// Goes to the moment when this many entries of the trace have happened, or to the end.
  void seek(std::size_t entries);
  /// Goes to the first moment at which the run shows that something is wrong. If there is none, returns false and does
  /// nothing.
  bool seek_failure();
  /// Goes to a moment of the show, in seconds at normal speed from its start; at most duration().
  void seek_time(double seconds);
  double duration() const;
  /// A moment for each chapter of the show, in order, at which a still picture shows what the chapter is about.
  std::vector<double> picture_times() const;
  /// The chapter's title and text, then a sentence for each thing that happens, in order: the show without pictures.
  std::string transcript() const;

  void set_layout(LayoutId layout);
  void set_theme(Theme theme);
  /// Shows the panel of this title in its dock. kNotFound if this layout has no such panel.
  Status show_panel(std::string_view title);
  /// Makes everything larger or smaller than what fits the window best. For a percentage that is not in kTextSizes,
  /// returns false and does nothing. The owner of the window loads fonts for scale_for() times text_scale().
  bool set_text_size(int percent);
  float text_scale() const;
  /// Whether playing stops at a show's questions until they are answered; otherwise they answer themselves.
  void ask_questions(bool ask);
  /// Also narrates on stdout, one sentence per line.
  void narrate_aloud(bool aloud);
  /// Changes happen at once, without animation.
  void reduce_motion(bool reduce);

  /// What the controls of a figure do. A step is one operation, or with `event` one event.
  void step(bool forward, bool event = false);
  /// Back to where the figure begins.
  void restart();
  /// As if it had been typed. Empty if it was done, or why not.
  std::string perform(std::string_view typed);
  /// Flips a bit of the newest segment's first record on the disk, for good. The result as above.
  std::string flip_a_bit();
  /// What happens at this moment, in a sentence.
  std::string sentence() const;
  /// Where the figure begins, stands and ends, in seconds.
  struct Range {
    double from = 0;
    double now = 0;
    double to = 0;
  };
  Range range() const;
  /// The run and this moment as a figure's description (shows/figure.h); empty if it can only be watched.
  std::string description() const;
  /// A number for the whole trace: two runs that are the same have the same.
  std::uint64_t trace_digest() const;

  /// Opens what was dropped onto the window: a scenario, a trace or a store's folder. If it cannot be shown, the caption says
  /// why, and what is shown stays.
  void open_dropped(const std::string& path);

  /// After a frame: where the user wants a picture of it, if so. The owner makes it and says how that went.
  std::optional<std::string> wanted_picture();
  void picture_made(const Status& status);

  bool playing() const;
  /// False if the picture will not change until there is input.
  bool animating() const;
  /// What is shown, as JSON: for tests.
  std::string state_json() const;

 private:
  struct Impl;
  explicit App(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sediment::viz
