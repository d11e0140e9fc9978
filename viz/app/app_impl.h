// What the application holds between frames, and what it does with it. Only for the files app*.cc.
//
// app.cc opens and draws, app_time.cc moves through the show, app_input.cc handles keys and commands, app_state.cc
// tells tests what is shown, app_files.cc opens and saves, app_close_up.cc goes closer to a record, app_figure.cc serves
// the page of a figure.
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

/// Whether it asks for an empty store to play with.
bool is_empty(const Input& input);
Result<std::unique_ptr<Session>> open_session(const Input& input);

struct App::Impl {
  Impl(std::unique_ptr<Session> shown, const Fonts& with_fonts) : session(std::move(shown)), fonts(with_fonts) {}

  void lay_out();
  bool is_figure() const { return layout == LayoutId::kFigure; }
  double end_of_figure() const { return is_own ? session->pace().duration() : figure_to; }
  void go_to(double seconds);
  void go_to_entries(std::size_t entries) { go_to(session->pace().end_of(entries)); }
  void play_until(double end) {
    playing = true;
    stop_at = end;
  }
  void advance(double seconds);
  void take_keys();
  void take_keys_of_figure();
  void step_in_figure(bool forward, bool event);
  void draw(Commands& commands);
  void draw_dock(const Canvas& canvas, const View& view, std::size_t number, const Dock& dock, Commands& commands);
  void draw_panel_in(PanelId id, const Panel& panel);
  void prepare_panels();
  void work_on_atlas();
  void work_on_search();
  void move_in_atlas();
  void move_in_guarantees();
  void enter();
  const Atlas::Column* shown_column(std::size_t position) const;
  std::optional<sim::CrashChoice> describe_disk(std::size_t position, std::size_t disk);
  PredictView predict() const;
  std::optional<EndView> end_of_show() const;
  std::optional<std::size_t> asked_question() const;
  bool thinks() const;
  void choose_answer(std::size_t number);
  void confirm_answer();
  void reveal_answer();
  void leave_answers();
  void go_to_question(std::size_t number);
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
  bool is_close() const { return close_up.level != Closeness::kStage; }
  bool close_up_has_keys() const { return is_close() && !focus && atlas_size != AtlasSize::kFull; }
  void zoom_stage(bool in);
  void come_closer(Closeness level);
  bool select_record();
  void keep_close_up(double seconds);
  void flip(const FlipBit& flipped);
  void select_segment(bool newer);
  void select_file(bool before);
  void step_record(bool forward);
  void step_part(bool forward);
  void carry_out(const Command& command);
  void step_entry(bool forward);
  void step_input(bool forward);
  Status perform(const sim::Step& step);
  void perform_lines(const std::vector<std::string>& lines);
  void complain(const std::string& what);
  void show_change(const Status& status);
  void change_speed(bool faster);
  void take_keys_with_control();
  void take_signs();
  void show_session(std::unique_ptr<Session> shown);
  void ask_for_file(FilePurpose purpose);
  void go_to_folder(const std::string& path);
  void use_file(const UseFile& file);
  void open_file(const std::string& path);
  void close_file_dialog();
  void tell(const std::string& what) {
    notice = what;
    message.clear();
  }
  std::vector<std::string> texts_to_copy(const View& view) const;
  void copy(const std::string& text);
  void take_letters();
  void show_step_from(std::size_t entries);
  Playhead playhead() const { return session->pace().at(time); }

  // What is shown.
  std::unique_ptr<Session> session;
  std::size_t changes = 0;  // how often the trace was replaced
  double time = 0;
  double stop_at = 0;      // where playing ends
  double figure_from = 0;  // a figure begins and ends here
  double figure_to = 0;
  bool is_own = false;          // the reader of a figure has performed an operation: then it ends where the run does
  std::optional<PanelId> hero;  // of a figure
  double speed = 1;
  bool playing = false;
  bool follows_end = false;            // an operation was performed, and the user has not moved since
  bool left_end = false;               // the last card of the show was closed
  std::vector<std::size_t> bookmarks;  // positions, in order
  /// What the viewer has said to a question.
  struct Given {
    std::vector<std::size_t> chosen;  // the most recent answer, in order
    bool is_confirmed = false;        // otherwise more can be chosen
    std::optional<bool> was_right;    // the first answer, which counts
  };
  std::vector<Given> given;           // to the questions of the show
  std::string message;                // why the last command was refused
  std::string show;                   // the name of the show; empty if it is something else
  LargePlace large_place;             // in a large store
  std::optional<LargeRecords> large;  // of that place, once it has been read
  std::string notice;                 // or what it has done that cannot be seen

  // How it is shown.
  const Fonts& fonts;
  float themed_scale = 0;  // the scale at which the theme was applied; 0: not yet
  int text_size = 100;     // percent
  Theme theme = Theme::kDark;
  LayoutId layout = LayoutId::kLearn;
  LayoutId layout_before = LayoutId::kLearn;  // the presentation
  bool help = false;
  bool asks = false;
  bool aloud = false;
  bool reduced_motion = false;
  bool close_up_selected = false;  // the close-up has selected its record, not the user
  std::size_t told = 0;            // number of entries narrated so far
  ScreenLayout screen;
  StageZoom zoom;
  CloseUp close_up;
  std::size_t most_enlarged = 0;                             // according to the stage in the last frame
  std::optional<std::pair<std::size_t, std::size_t>> drawn;  // changes and position of the last frame
  std::optional<std::size_t> drawn_question;                 // of the last frame

  // The panels.
  // The chosen tab of each dock; none: it follows what happens.
  std::array<std::array<std::optional<std::size_t>, kMostDocks>, kLayoutCount> tabs{};
  std::optional<std::size_t> focus;  // the dock that has the keyboard
  int panel_move = 0;
  bool panel_act = false;
  bool wants_key_of_place = false;  // W was pressed
  bool searching = false;           // for the shortest script
  Selection selection;
  TwinTable twin;
  std::optional<std::pair<std::size_t, std::size_t>> twin_of;  // the changes and position that it is for
  Acknowledged acknowledged;
  std::optional<std::pair<std::size_t, std::size_t>> acknowledged_of;  // likewise
  CrashGrid crashes;
  std::optional<std::pair<std::size_t, std::size_t>> crashes_of;  // likewise
  std::size_t crash = 0;                                          // which of these is chosen
  std::optional<BitRot> rot;
  std::optional<std::pair<std::size_t, std::size_t>> rot_of;  // likewise
  Atlas atlas;
  std::optional<std::pair<const Session*, std::size_t>> atlas_of;  // the session and the number of the branch
  AtlasSize atlas_size = AtlasSize::kNone;
  std::optional<AtlasDisk> atlas_disk;
  std::optional<std::size_t> atlas_choice;
  std::optional<std::size_t> guarantee_choice;
  std::vector<PolicyCost> policies;  // once they have been shown
  std::size_t policy_choice = kStoresOwnRule;
  std::unique_ptr<ScriptSearch> search;
  OperationBarState operation_bar;
  FileDialogState file_dialog;
  std::vector<std::string> copyable;  // the first by Ctrl C, each by the menu
  std::string picture_path;
  std::size_t frames_to_picture = 0;  // 0: none is wanted
};

}  // namespace sediment::viz
