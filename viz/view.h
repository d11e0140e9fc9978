// What a panel gets to draw, and what it may ask for.
//
// A panel is a function of the View; none touches the engine, the session or the clock. What the user does in a panel
// becomes a Command, and the application carries it out after the frame.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "viz/canvas.h"
#include "viz/model/session.h"

namespace sediment::viz {

/// Of the show, to choose from: the keys 1 to 5.
constexpr double kSpeeds[] = {0.25, 0.5, 1, 2, 4};

struct View {
  const Session& session;
  const Scene& before;  // before the entry that is happening
  const Scene& now;     // after it
  float progress = 1;   // of the entry
  double time = 0;      // seconds from the start, at normal speed
  bool playing = false;
  double speed = 1;

  /// The entry that is happening, or has just happened; null at the start.
  const sim::TraceEntry* entry() const {
    const std::size_t position = now.position();
    return position == 0 ? nullptr : &session.timeline().trace().entries()[position - 1];
  }
  /// The entry, if it is of this type: view.happening<sim::EventEntry>().
  template <typename T>
  const T* happening() const {
    return entry() == nullptr ? nullptr : std::get_if<T>(entry());
  }
};

struct PlayOrPause {};
struct StepEntry {
  bool forward = true;
};
struct StepInput {
  bool forward = true;
};
struct GoTo {
  double time = 0;  // seconds
};
struct SetSpeed {
  double speed = 1;
};
struct Perform {
  sim::Step step;
};
struct Complain {
  std::string message;  // what was typed makes no sense, and why
};
struct Fork {};
struct ReturnToBranch {};
struct ShowHelp {};
using Command =
    std::variant<PlayOrPause, StepEntry, StepInput, GoTo, SetSpeed, Perform, Complain, Fork, ReturnToBranch, ShowHelp>;
using Commands = std::vector<Command>;

/// What a segment has answered, as it is stamped on it.
struct Stamp {
  std::string text;
  ImU32 colour;
};
Stamp stamp_of(LookupView::Verdict verdict);

// One file each, in panels/.
void draw_stage(const Canvas& canvas, const View& view, const Area& area);
void draw_lookup_path(const Canvas& canvas, const View& view, const Area& area);
void draw_narration(const Canvas& canvas, const View& view, const Area& area);
/// `message`: what the last command was refused with; empty if it was not.
void draw_caption(const Canvas& canvas, const View& view, const std::string& message, const Area& area);
void draw_timeline(const Canvas& canvas, const View& view, const Area& area, Commands& commands);

/// What is being typed, between frames.
struct OperationBarState {
  std::array<char, 512> text{};  // ends in a zero
  std::size_t samples_used = 0;  // of the pairs that Put takes when nothing was typed
};
void draw_operation_bar(const Canvas& canvas, const View& view, OperationBarState& state, const Area& area,
                        Commands& commands);
/// All keys, over everything else.
void draw_help(const Canvas& canvas, const Area& screen);

}  // namespace sediment::viz
