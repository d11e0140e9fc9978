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

#include "viz/draw/canvas.h"
#include "viz/draw/layout.h"
#include "viz/model/crash_grid.h"
#include "viz/model/narration.h"
#include "viz/model/session.h"

namespace sediment::viz {

/// Of the show, to choose from: the keys 1 to 5.
constexpr double kSpeeds[] = {0.25, 0.5, 1, 2, 4};

/// What the user points at. Where nothing is chosen, the panels follow what happens.
struct Selection {
  std::optional<SegmentNumber> segment;
  std::uint64_t offset = 0;  // a byte of the segment's file
  std::string key;           // shown wherever it stands; empty: none
};

/// How the disk is looked at.
struct StageZoom {
  std::size_t enlarged = 0;  // by so many sizes; 0: all of it is to be seen, as far as possible
  float scroll = 0;          // units from the top
};

/// A byte of a segment's file.
struct Place {
  const SegmentView* segment = nullptr;  // null: there is no segment
  std::uint64_t offset = 0;

  /// The record that the byte belongs to; null: the header, or behind the last record.
  const RecordView* record() const;
};

struct View {
  const Session& session;
  const Scene& before;  // before the entry that is happening
  const Scene& now;     // after it
  float progress = 1;   // of the entry
  double time = 0;      // seconds from the start, at normal speed
  bool playing = false;
  double speed = 1;
  const Selection& selection;
  const TwinTable& twin;                      // the map beside the store
  const CrashGrid& crashes;                   // of the place that is shown, as far as they are known
  std::size_t crash = 0;                      // of these the one that is chosen
  const std::optional<BitRot>& rot;           // the bit that was flipped last
  const std::vector<std::size_t>& bookmarks;  // positions, in order
  StageZoom zoom = {};
  bool moved = false;  // something else is looked at than in the last frame
  LayoutId layout = LayoutId::kLearn;
  Theme theme = Theme::kDark;

  /// What is selected; else where the entry that is happening strikes; else the end of the active segment.
  Place place() const;

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
struct Select {
  SegmentNumber segment{};
  std::uint64_t offset = 0;
};
struct SelectKey {
  std::string key;  // empty: none
};
struct ChooseCrash {
  std::size_t number = 0;  // in View::crashes
};
/// Of the disk that is chosen: which of the directory's changes persist.
struct KeepChanges {
  sim::Kept changes = sim::kKeepAll;
};
/// Only looks at what would notice it; the disk stays as it is.
struct FlipBit {
  std::string file;
  std::uint64_t offset = 0;
  unsigned bit = 0;
};
/// The records on the stage larger, or smaller again.
struct ZoomStage {
  bool in = true;
};
struct ScrollStage {
  float to = 0;  // units from the top
};
struct SetLayout {
  LayoutId layout = LayoutId::kLearn;
};
struct SetTheme {
  Theme theme = Theme::kDark;
};
struct ShowPanel {
  std::size_t dock = 0;
  std::size_t tab = 0;
};
/// Of the question that is asked.
struct Answer {
  std::size_t number = 0;  // from 0
};
struct OpenShow {
  std::string name;
};
/// On to the next mark of this kind; of any kind but an operation if none is named.
struct RunUntil {
  std::optional<MarkKind> kind;
  bool forward = true;
};
/// Sets a bookmark at this place, or takes it away.
struct Bookmark {};
/// To the next bookmark, behind the last one to the first.
struct NextBookmark {};
/// To where this branch and the one that it was forked from differ for the first time.
struct CompareBranches {};
using Command =
    std::variant<PlayOrPause, StepEntry, StepInput, GoTo, SetSpeed, Perform, Complain, Fork, ReturnToBranch, ShowHelp,
                 Select, SelectKey, ChooseCrash, KeepChanges, FlipBit, ZoomStage, ScrollStage, SetLayout, SetTheme,
                 ShowPanel, Answer, OpenShow, RunUntil, Bookmark, NextBookmark, CompareBranches>;
using Commands = std::vector<Command>;

/// What a segment has answered, as it is stamped on it.
struct Stamp {
  std::string text;
  ImU32 colour;
};
Stamp stamp_of(LookupView::Verdict verdict);

/// What a panel in a dock gets.
struct Panel {
  const Canvas& canvas;
  const View& view;
  Area area;         // inside of its frame
  int move = 0;      // keys, for the panel that has the keyboard: ↓ 1, ↑ −1, a page 10 or −10
  bool act = false;  // Enter
  Commands& commands;
};

// One file each, in panels/.
/// By how many sizes its records can be enlarged.
std::size_t draw_stage(const Canvas& canvas, const View& view, const Area& area, Commands& commands);
void draw_lookup_path(const Panel& panel);
void draw_index(const Panel& panel);
void draw_merge(const Panel& panel);
void draw_recovery(const Panel& panel);
void draw_counters(const Panel& panel);
void draw_narration(const Panel& panel);
void draw_code(const Panel& panel);
void draw_twin(const Panel& panel);
void draw_bytes(const Panel& panel);
void draw_crash_desk(const Panel& panel);
/// `message`: what the last command was refused with; empty if it was not.
void draw_caption(const Canvas& canvas, const View& view, const std::string& message, const Area& area);
void draw_timeline(const Canvas& canvas, const View& view, const Area& area, Commands& commands);

/// What is being typed, between frames.
struct OperationBarState {
  std::array<char, 512> text{};  // ends in a zero
  std::size_t samples_used = 0;  // of the pairs that Put takes when nothing was typed
  bool take_keyboard = false;    // in the next frame
};
void draw_operation_bar(const Canvas& canvas, const View& view, OperationBarState& state, const Area& area,
                        Commands& commands);
/// The question that is asked at this moment.
struct PredictView {
  const Question* question = nullptr;  // null: none
  std::optional<std::size_t> answer;   // that was given to it
  bool revealed = false;               // the right one is shown
  std::size_t asked = 0;               // questions that were answered so far
  std::size_t right = 0;               // of these
};
/// Above the right end of the timeline: what it asks about, at the left of the stage, can still be seen.
void draw_predict_card(const Canvas& canvas, const View& view, const PredictView& predict, const Area& timeline,
                       Commands& commands);
/// All keys, over everything else.
void draw_help(const Canvas& canvas, const Area& screen);

}  // namespace sediment::viz
