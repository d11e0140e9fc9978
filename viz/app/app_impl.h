// What the application holds between frames, and what it does with it. Only for the files app*.cc.
//
// app.cc opens and draws, app_time.cc moves through the show, app_input.cc handles keys and commands, app_state.cc
// tells tests what is shown.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "viz/app/app.h"
#include "viz/panels/view.h"

namespace sediment::viz {

struct App::Impl {
  Impl(std::unique_ptr<Session> shown, const Fonts& with_fonts) : session(std::move(shown)), fonts(with_fonts) {}

  void lay_out();
  void go_to(double seconds);
  void go_to_entries(std::size_t entries) { go_to(session->pace().end_of(entries)); }
  void play_until(double end) {
    playing = true;
    stop_at = end;
  }
  void advance(double seconds);
  void take_keys();
  void draw(Commands& commands);
  void draw_dock(const Canvas& canvas, const View& view, std::size_t number, const Dock& dock, Commands& commands);
  void draw_panel_in(PanelId id, const Panel& panel);
  void prepare_panels();
  PredictView predict() const;
  void answer(std::size_t number);
  void open_show(const std::string& name);
  void run_until(const RunUntil& goal);
  void toggle_bookmark();
  void go_to_next_bookmark();
  void narrate_new();
  bool is_shown(PanelId panel) const;
  std::size_t shown_tab(std::size_t dock) const;
  std::optional<std::size_t>& chosen_tab(std::size_t dock) { return tabs[static_cast<std::size_t>(layout)][dock]; }
  void move_focus(bool forward);
  void change_text_size(bool larger);
  std::pair<std::size_t, std::size_t> here() const { return {changes, session->timeline().position()}; }
  void escape();
  void select_segment(bool newer);
  void carry_out(const Command& command);
  void step_entry(bool forward);
  void step_input(bool forward);
  void perform(const sim::Step& step);
  void show_step_from(std::size_t entries);
  Playhead playhead() const { return session->pace().at(time); }

  // What is shown.
  std::unique_ptr<Session> session;
  std::size_t changes = 0;  // how often the trace was replaced
  double time = 0;
  double stop_at = 0;  // where playing ends
  double speed = 1;
  bool playing = false;
  bool follows_end = false;                         // an operation was performed, and the user has not moved since
  std::vector<std::size_t> bookmarks;               // positions, in order
  std::vector<std::optional<std::size_t>> answers;  // to the questions of the show
  std::string message;                              // why the last command was refused

  // How it is shown.
  const Fonts& fonts;
  float themed_scale = 0;  // the scale at which the theme was applied; 0: not yet
  int text_size = 100;     // percent
  Theme theme = Theme::kDark;
  LayoutId layout = LayoutId::kLearn;
  bool help = false;
  bool asks = false;
  bool aloud = false;
  bool reduced_motion = false;
  std::size_t told = 0;  // number of entries narrated so far
  ScreenLayout screen;
  StageZoom zoom;
  std::size_t most_enlarged = 0;                             // according to the stage in the last frame
  std::optional<std::pair<std::size_t, std::size_t>> drawn;  // changes and position of the last frame

  // The panels.
  // The chosen tab of each dock; none: it follows what happens.
  std::array<std::array<std::optional<std::size_t>, kMostDocks>, std::size(kLayouts)> tabs{};
  std::optional<std::size_t> focus;  // the dock that has the keyboard
  int panel_move = 0;
  bool panel_act = false;
  bool wants_key_of_place = false;  // W was pressed
  Selection selection;
  TwinTable twin;
  std::optional<std::pair<std::size_t, std::size_t>> twin_of;  // the changes and position that it is for
  CrashGrid crashes;
  std::optional<std::pair<std::size_t, std::size_t>> crashes_of;  // likewise
  std::size_t crash = 0;                                          // which of these is chosen
  std::optional<BitRot> rot;
  OperationBarState operation_bar;
};

}  // namespace sediment::viz
