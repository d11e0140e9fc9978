#include "viz/app.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <utility>

#include "sim/overloaded.h"
#include "viz/model/directory.h"
#include "viz/model/shows.h"
#include "viz/model/tour.h"
#include "viz/named_items.h"
#include "viz/view.h"

namespace sediment::viz {

namespace {

constexpr double kCrashGridSeconds = 0.008;  // of each frame, for the crash desk
constexpr std::size_t kTwinRows = 60;        // more than a panel has room for
constexpr std::uint64_t kSegmentSize = 512;  // bytes, of a store to play with: it shall not take long to fill one

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream contents;
  contents << file.rdbuf();
  if (!file) return Status::not_found(path + " cannot be read");
  return contents.str();
}

Result<std::unique_ptr<Session>> open_session(const Input& input) {
  if (!input.scenario.empty()) {
    Result<sim::Scenario> scenario = sim::read_scenario(input.scenario);
    if (!scenario.ok()) return scenario.status();
    return Session::of_scenario(*scenario);
  }
  if (!input.trace.empty()) {
    std::ifstream file(input.trace, std::ios::binary);
    if (!file) return Status::not_found(input.trace + " cannot be read");
    Result<sim::Trace> trace = sim::load_trace(file);
    if (!trace.ok()) return Status::invalid_argument(input.trace + ": " + std::string(trace.status().message()));
    return Session::of_trace(std::move(*trace));
  }
  if (!input.store.empty()) {
    Result<sim::Trace> trace = trace_of_directory(input.store);
    if (!trace.ok()) return trace.status();
    return Session::of_trace(std::move(*trace));
  }
  if (!input.show.empty()) return make_show(input.show);
  if (input.texts.empty()) {
    sim::Scenario scenario;
    scenario.title = "An empty store";
    scenario.segment_size = kSegmentSize;
    scenario.snapshots = sim::Snapshots::kOff;
    return Session::of_scenario(scenario);
  }
  std::string text;
  for (const std::string& path : input.texts) {
    Result<std::string> contents = read_file(path);
    if (!contents.ok()) return contents.status();
    text += *contents + "\n";
  }
  return make_tour(text);
}

}  // namespace

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
  void escape();
  void select_segment(bool newer);
  void carry_out(const Command& command);
  void step_entry(bool forward);
  void step_input(bool forward);
  void perform(const sim::Step& step);
  void show_step_from(std::size_t entries);
  Playhead playhead() const { return session->pace().at(time); }

  std::unique_ptr<Session> session;
  const Fonts& fonts;
  float themed_scale = 0;  // for which the theme was applied; 0: not yet
  Theme theme = Theme::kDark;
  LayoutId layout = LayoutId::kLearn;
  ScreenLayout screen;
  // For each dock the tab that was chosen; none: it follows what happens.
  std::array<std::array<std::optional<std::size_t>, kMostDocks>, std::size(kLayouts)> tabs{};
  std::optional<std::size_t> focus;  // the dock that has the keyboard
  bool wants_key_of_place = false;   // W was pressed
  int panel_move = 0;
  bool panel_act = false;
  bool asks = false;
  bool aloud = false;
  std::size_t told = 0;  // entries, of those that are narrated aloud
  bool reduced_motion = false;
  std::vector<std::size_t> bookmarks;               // positions, in order
  std::vector<std::optional<std::size_t>> answers;  // to the questions of the show
  Selection selection;
  TwinTable twin;
  CrashGrid crashes;
  std::size_t crash = 0;
  std::optional<BitRot> rot;
  std::size_t changes = 0;                                        // how often the trace has become another one
  std::optional<std::pair<std::size_t, std::size_t>> twin_of;     // changes and position for which it is
  std::optional<std::pair<std::size_t, std::size_t>> crashes_of;  // likewise
  double time = 0;
  bool playing = false;
  double stop_at = 0;  // where playing ends
  double speed = 1;
  bool help = false;
  bool follows_end = false;  // an operation was performed, and nobody has gone elsewhere since
  std::string message;       // what the last command was refused with
  OperationBarState operation_bar;
};

Result<std::unique_ptr<App>> App::open(const Input& input, const Fonts& fonts) {
  Result<std::unique_ptr<Session>> session = open_session(input);
  if (!session.ok()) return session.status();
  return std::unique_ptr<App>(new App(std::make_unique<Impl>(std::move(*session), fonts)));
}

App::App(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
App::~App() = default;

void App::frame(double seconds) {
  Impl& app = *impl_;
  if (app.themed_scale != app.fonts.scale) {
    apply_theme(app.theme, app.fonts.scale);
    app.themed_scale = app.fonts.scale;
  }
  app.lay_out();
  app.take_keys();
  app.advance(seconds);
  app.prepare_panels();
  if (app.aloud) app.narrate_new();
  Commands commands;
  app.draw(commands);
  for (const Command& command : commands) app.carry_out(command);
}

void App::play() { impl_->play_until(impl_->session->pace().duration()); }
void App::pause() { impl_->playing = false; }
void App::seek(std::size_t entries) { impl_->go_to_entries(entries); }
void App::seek_time(double seconds) { impl_->go_to(seconds); }
double App::duration() const { return impl_->session->pace().duration(); }

std::vector<double> App::picture_times() const {
  std::vector<double> times;
  for (const Chapter& chapter : impl_->session->chapters()) {
    const double begin = impl_->session->begin_of(chapter);
    times.push_back(std::max(begin, impl_->session->pace().end_of(chapter.picture)));
  }
  return times;
}

std::string App::transcript() const {
  std::string text;
  const auto& entries = impl_->session->timeline().trace().entries();
  auto chapter = impl_->session->chapters().begin();
  for (std::size_t i = 0; i <= entries.size(); ++i) {
    for (; chapter != impl_->session->chapters().end() && chapter->position == i; ++chapter) {
      text += fmt::format("\n== {}\n{}\n\n", chapter->title, chapter->text);
    }
    for (const Question& question : impl_->session->questions()) {
      if (question.position != i) continue;
      text += fmt::format("\n?? {}\n", question.text);
      for (std::size_t n = 0; n < question.answers.size(); ++n)
        text += fmt::format("   {}: {}\n", n + 1, question.answers[n]);
      text += fmt::format("   It is {}. {}\n\n", question.right + 1, question.reason);
    }
    if (i == entries.size()) break;
    if (const auto sentence = narrate(entries[i])) {
      text += fmt::format("{}{}\n", sentence->tone == Tone::kStep ? "> " : "  ", sentence->text);
    }
  }
  return text;
}

void App::set_layout(LayoutId layout) { impl_->carry_out(SetLayout{layout}); }
void App::set_theme(Theme theme) { impl_->carry_out(SetTheme{theme}); }

void App::ask_questions(bool ask) { impl_->asks = ask; }
void App::narrate_aloud(bool aloud) { impl_->aloud = aloud; }
void App::reduce_motion(bool reduce) { impl_->reduced_motion = reduce; }

bool App::animating() const {
  const bool grid_grows = impl_->crashes.judged() < impl_->crashes.disks().size();
  return impl_->playing || text_is_edited() || grid_grows;
}

std::string App::state_json() const {
  const Session& session = *impl_->session;
  const Scene& scene = session.timeline().scene();
  static constexpr const char* kStores[] = {"closed", "opening", "open", "crashed"};
  static constexpr const char* kRoles[] = {"active", "sealed", "merge-output", "unnamed"};
  static constexpr const char* kPhases[] = {"copying", "file-synced", "directory-synced", "switched", "over"};
  nlohmann::json state{{"position", scene.position()},
                       {"entries", session.timeline().size()},
                       {"time", impl_->time},
                       {"duration", session.pace().duration()},
                       {"playing", impl_->playing},
                       {"speed", impl_->speed},
                       {"store", kStores[static_cast<int>(scene.store())]},
                       {"step", sim::to_string(scene.step())},
                       {"outcome", scene.outcome()},
                       {"message", impl_->message},
                       {"live", scene.live_records()},
                       {"branches_left", session.branches_left()},
                       {"help", impl_->help},
                       {"layout", name_of(impl_->layout)},
                       {"theme", impl_->theme == Theme::kDark ? "dark" : "light"},
                       {"editing", text_is_edited()}};
  state["segments"] = nlohmann::json::array();
  for (const SegmentView* segment : scene.segments()) {
    std::size_t torn = 0;
    std::size_t superseded = 0;
    for (const RecordView& record : segment->records) {
      if (record.verdict != RecordVerdict::kValid) ++torn;
      if (record.superseded) ++superseded;
    }
    state["segments"].push_back({{"name", segment_file_name(segment->number)},
                                 {"role", kRoles[static_cast<int>(scene.role(*segment))]},
                                 {"records", segment->records.size()},
                                 {"superseded", superseded},
                                 {"torn", torn},
                                 {"durable", std::min(scene.durable_end(*segment), segment->written_end())},
                                 {"written", segment->written_end()}});
  }
  if (scene.merge()) {
    state["merge"] = {{"phase", kPhases[static_cast<int>(scene.merge()->phase)]},
                      {"kept", scene.merge()->kept},
                      {"dropped", scene.merge()->dropped}};
  }
  if (scene.lookup()) {
    state["lookup"] = {{"key", shown(scene.lookup()->key)},
                       {"asked", scene.lookup()->stops.size()},
                       {"answer", scene.lookup()->answer}};
  }
  if (scene.crash()) state["lost"] = scene.crash()->lost.size();
  if (impl_->selection.segment) {
    state["selected"] = {{"file", segment_file_name(*impl_->selection.segment)}, {"offset", impl_->selection.offset}};
  }
  state["key"] = impl_->selection.key;
  const PredictView predict = impl_->predict();
  if (predict.question != nullptr) {
    state["question"] = {{"text", predict.question->text}, {"revealed", predict.revealed}};
  }
  state["bookmarks"] = impl_->bookmarks;
  state["score"] = {{"asked", predict.asked}, {"right", predict.right}};
  state["panels"] = nlohmann::json::array();
  for (std::size_t i = 0; i < impl_->screen.docks.size(); ++i) {
    const PanelId panel = impl_->screen.docks[i].panels[impl_->shown_tab(i)];
    state["panels"].push_back({{"title", title_of(panel)}, {"focus", impl_->focus == i}});
  }
  if (impl_->is_shown(PanelId::kCrashDesk)) {
    using Verdict = CrashGrid::Verdict;
    const CrashGrid& grid = impl_->crashes;
    state["crashes"] = {{"disks", grid.disks().size()},     {"recovered", grid.judged()},
                        {"all", grid.count(Verdict::kAll)}, {"allowed", grid.count(Verdict::kAllowed)},
                        {"chosen", impl_->crash},           {"forbidden", grid.count(Verdict::kForbidden)}};
  }
  if (impl_->is_shown(PanelId::kTwin)) {
    state["twin"] = {{"keys", impl_->twin.keys}, {"different", impl_->twin.different}};
  }
  if (impl_->rot) {
    state["rot"] = {{"file", impl_->rot->file},       {"offset", impl_->rot->offset}, {"bit", impl_->rot->bit},
                    {"noticed", impl_->rot->noticed}, {"wrong", impl_->rot->wrong},   {"what", impl_->rot->what}};
  }
  return state.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void App::Impl::lay_out() {
  const ImVec2 size = ImGui::GetIO().DisplaySize;
  screen = lay_out_screen(layout, {0, 0, size.x / fonts.scale, size.y / fonts.scale});
}

// ---- time

void App::Impl::go_to(double seconds) {
  time = std::clamp(seconds, 0.0, session->pace().duration());
  playing = false;
  follows_end = false;
  message.clear();
  session->timeline().seek(playhead().entries);
}

void App::Impl::advance(double seconds) {
  if (!playing) return;
  const double before = time;
  time += seconds * speed;
  answers.resize(session->questions().size());
  for (std::size_t i = 0; asks && i < answers.size(); ++i) {
    const double begin = session->begin_of(session->questions()[i]);
    if (answers[i] || before >= begin || time < begin) continue;
    time = begin;
    playing = false;
    break;
  }
  if (time >= stop_at) {
    time = stop_at;
    playing = false;
  }
  session->timeline().seek(playhead().entries);
}

// ---- marks

void App::Impl::run_until(const RunUntil& goal) {
  const std::size_t position = session->timeline().position();
  const auto fits = [&](const Mark& mark) {
    return goal.kind ? mark.kind == *goal.kind : mark.kind != MarkKind::kOperation;
  };
  const std::vector<Mark>& marks = session->timeline().marks();
  std::optional<std::size_t> found;
  for (const Mark& mark : marks) {
    if (!fits(mark)) continue;
    if (goal.forward && mark.position > position) {
      found = mark.position;
      break;
    }
    if (!goal.forward && mark.position < position) found = mark.position;
  }
  if (found) {
    go_to_entries(*found);
  } else {
    message = goal.forward ? "nothing of that kind comes later" : "nothing of that kind came before";
  }
}

void App::Impl::toggle_bookmark() {
  const std::size_t position = session->timeline().position();
  const auto place = std::lower_bound(bookmarks.begin(), bookmarks.end(), position);
  if (place != bookmarks.end() && *place == position) {
    bookmarks.erase(place);
  } else {
    bookmarks.insert(place, position);
  }
}

void App::Impl::go_to_next_bookmark() {
  if (bookmarks.empty()) {
    message = "there is no bookmark yet: B sets one";
    return;
  }
  const auto next = std::upper_bound(bookmarks.begin(), bookmarks.end(), session->timeline().position());
  go_to_entries(next == bookmarks.end() ? bookmarks.front() : *next);
}

// What has happened since the last frame; after a jump only what happens at its goal.
void App::Impl::narrate_new() {
  const auto& entries = session->timeline().trace().entries();
  const std::size_t position = session->timeline().position();
  if (position == told) return;
  const std::size_t first = playing && position > told ? told : position - std::min<std::size_t>(position, 1);
  for (std::size_t i = first; i < position; ++i) {
    const auto sentence = narrate(entries[i]);
    if (sentence) fmt::print("{}{}\n", sentence->tone == Tone::kStep ? "> " : "  ", sentence->text);
  }
  std::fflush(stdout);
  told = position;
}

// ---- questions

PredictView App::Impl::predict() const {
  PredictView view;
  const std::vector<Question>& questions = session->questions();
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const std::optional<std::size_t> given = i < answers.size() ? answers[i] : std::nullopt;
    if (given) ++view.asked;
    if (given == questions[i].right) ++view.right;
    const double since = time - session->begin_of(questions[i]);
    if (since < 0 || since >= kThinkSeconds + kRevealSeconds) continue;
    view.question = &questions[i];
    view.answer = given;
    view.revealed = since >= kThinkSeconds;
  }
  return view;
}

// It counts once: whoever goes back and answers again has seen what is right.
void App::Impl::answer(std::size_t number) {
  const std::vector<Question>& questions = session->questions();
  answers.resize(questions.size());
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const double since = time - session->begin_of(questions[i]);
    if (since < 0 || since >= kThinkSeconds || number >= questions[i].answers.size()) continue;
    if (!answers[i]) answers[i] = number;
    go_to(session->begin_of(questions[i]) + kThinkSeconds);
    play_until(session->pace().duration());
  }
}

void App::Impl::open_show(const std::string& name) {
  Result<std::unique_ptr<Session>> show = make_show(name);
  if (!show.ok()) {
    message = show.status().message();
    return;
  }
  session = std::move(*show);
  ++changes;
  answers.clear();
  selection = {};
  rot.reset();
  bookmarks.clear();
  go_to(0);
  play_until(session->pace().duration());
}

// Shows the next entry happening, and stops behind it. One that is half done is finished; while one is being shown, the
// next one is meant.
void App::Impl::step_entry(bool forward) {
  const Playhead now = playhead();
  if (!forward) return go_to_entries(now.entries == 0 ? 0 : now.entries - 1);
  const bool finish = !playing && now.progress < 1;
  const std::size_t goal = std::min(finish ? now.entries : now.entries + 1, session->timeline().size());
  if (!finish) go_to(session->pace().end_of_hold(goal == 0 ? 0 : goal - 1));
  play_until(session->pace().end_of(goal));
}

void App::Impl::step_input(bool forward) {
  const std::size_t position = session->timeline().position();
  if (!forward) return go_to_entries(session->timeline().previous_step(position));
  go_to_entries(session->timeline().next_step(position));
}

void App::Impl::show_step_from(std::size_t entries) {
  go_to(session->pace().end_of_hold(entries));
  play_until(session->pace().duration());
}

void App::Impl::perform(const sim::Step& step) {
  // Operations that are typed faster than they are shown come one behind the other, and are no forks.
  if (follows_end) go_to(session->pace().duration());
  const Status status = session->perform(step);
  if (!status.ok()) {
    message = status.message();
    playing = false;
    return;
  }
  ++changes;
  selection.segment.reset();  // to what happens now
  rot.reset();
  show_step_from(session->timeline().position());
  follows_end = true;
}

// ---- input

void App::Impl::take_keys() {
  if (text_is_edited()) return;
  if (key_pressed(Key::kSpace)) carry_out(PlayOrPause{});
  const bool operation = shift_down();
  for (const bool forward : {false, true}) {
    if (!key_pressed(forward ? Key::kRight : Key::kLeft, true)) continue;
    if (operation) {
      carry_out(StepInput{forward});
    } else {
      carry_out(StepEntry{forward});
    }
  }
  if (key_pressed(Key::kHome)) carry_out(GoTo{0});
  if (key_pressed(Key::kEnd)) carry_out(GoTo{session->pace().duration()});
  for (std::size_t i = 0; i < std::size(kSpeeds); ++i) {
    const auto key = static_cast<Key>(static_cast<int>(Key::kDigit1) + static_cast<int>(i));
    if (!key_pressed(key)) continue;
    const PredictView asked = predict();
    if (asked.question != nullptr && !asked.revealed) {
      answer(i);
    } else {
      carry_out(SetSpeed{kSpeeds[i]});
    }
  }
  if (key_pressed(Key::kC)) carry_out(Perform{offered_crashes(session->timeline().scene().disk()).front().step});
  if (key_pressed(Key::kR)) carry_out(Perform{{"recover"}});
  if (key_pressed(Key::kM)) carry_out(Perform{{"merge", "step"}});
  if (key_pressed(Key::kF)) carry_out(Fork{});
  if (key_pressed(Key::kSlash)) carry_out(ShowHelp{});
  if (key_pressed(Key::kL)) {
    carry_out(SetLayout{kLayouts[(static_cast<std::size_t>(layout) + 1) % std::size(kLayouts)]});
  }
  if (key_pressed(Key::kT)) carry_out(SetTheme{theme == Theme::kDark ? Theme::kLight : Theme::kDark});
  if (key_pressed(Key::kLeftBracket)) move_focus(false);
  if (key_pressed(Key::kRightBracket)) move_focus(true);
  if (key_pressed(Key::kComma)) select_segment(false);
  if (key_pressed(Key::kPeriod)) select_segment(true);
  if (key_pressed(Key::kP)) asks = !asks;
  if (key_pressed(Key::kN)) carry_out(RunUntil{std::nullopt, !shift_down()});
  if (key_pressed(Key::kB)) carry_out(Bookmark{});
  if (key_pressed(Key::kG)) carry_out(NextBookmark{});
  if (key_pressed(Key::kD)) carry_out(CompareBranches{});
  if (key_pressed(Key::kW)) wants_key_of_place = true;
  panel_move = 0;
  if (key_pressed(Key::kDown, true)) panel_move = 1;
  if (key_pressed(Key::kUp, true)) panel_move = -1;
  if (key_pressed(Key::kPageDown, true)) panel_move = 10;
  if (key_pressed(Key::kPageUp, true)) panel_move = -10;
  panel_act = key_pressed(Key::kEnter) && focus.has_value();
  if (key_pressed(Key::kEnter) && !focus) operation_bar.take_keyboard = true;
  if (key_pressed(Key::kEscape)) escape();
}

// Takes back what was opened or chosen last.
void App::Impl::escape() {
  if (std::exchange(help, false)) return;
  if (selection.segment || !selection.key.empty()) {
    selection = {};
    rot.reset();
    return;
  }
  if (focus) chosen_tab(*focus).reset();
  focus.reset();
}

// All tabs of all docks, one after the other; in front of the first and behind the last one no panel has the keyboard.
void App::Impl::move_focus(bool forward) {
  const std::vector<Dock>& docks = screen.docks;
  const auto enter = [&](std::size_t dock) {
    focus = dock;
    chosen_tab(dock) = forward ? 0 : docks[dock].panels.size() - 1;
  };
  if (!focus) return enter(forward ? 0 : docks.size() - 1);
  const std::size_t tab = shown_tab(*focus);
  const bool stays = forward ? tab + 1 < docks[*focus].panels.size() : tab > 0;
  if (stays) {
    chosen_tab(*focus) = forward ? tab + 1 : tab - 1;
    return;
  }
  chosen_tab(*focus).reset();
  const bool is_last = forward ? *focus + 1 == docks.size() : *focus == 0;
  if (!is_last) return enter(forward ? *focus + 1 : *focus - 1);
  focus.reset();
}

// The next one in the order of the lanes, the newest on top.
void App::Impl::select_segment(bool newer) {
  const std::vector<const SegmentView*> segments = session->timeline().scene().segments();
  if (segments.empty()) return;
  const auto selected = std::find_if(segments.begin(), segments.end(), [&](const SegmentView* segment) {
    return selection.segment && segment->number == *selection.segment;
  });
  std::size_t next = newer ? segments.size() - 1 : 0;
  if (selected != segments.end()) {
    const auto current = static_cast<std::size_t>(selected - segments.begin());
    next = newer ? (current == 0 ? 0 : current - 1) : std::min(current + 1, segments.size() - 1);
  }
  const SegmentView& segment = *segments[next];
  carry_out(Select{segment.number, segment.records.empty() ? 0 : segment.records.front().offset});
}

// What a panel shows that takes longer than drawing, if it is to be seen at all.
void App::Impl::prepare_panels() {
  const Scene& scene = session->timeline().scene();
  const std::pair<std::size_t, std::size_t> here{changes, scene.position()};
  if (is_shown(PanelId::kTwin) && twin_of != here) {
    twin = compare(scene.twin(), scene.live(), kTwinRows);
    twin_of = here;
  }
  const bool crash_possible = !playing && scene.store() != Scene::Store::kCrashed;
  if (!is_shown(PanelId::kCrashDesk) || !crash_possible) {
    crashes = {};
    crashes_of.reset();
    return;
  }
  if (crashes_of != here) {
    const auto* last = session->timeline().last_in_step<sim::DiskOperation>();  // it may still be torn
    crashes.look_at(scene.disk(), last, scene.twin(), session->scenario());
    crashes_of = here;
    crash = 0;
  }
  crashes.work(kCrashGridSeconds);
}

bool App::Impl::is_shown(PanelId panel) const {
  for (std::size_t i = 0; i < screen.docks.size(); ++i) {
    if (screen.docks[i].panels[shown_tab(i)] == panel) return true;
  }
  return false;
}

// The one that was chosen; else the one that is about what happens, if the dock has it; else the first.
std::size_t App::Impl::shown_tab(std::size_t dock) const {
  const std::vector<PanelId>& panels = screen.docks[dock].panels;
  if (const auto chosen = tabs[static_cast<std::size_t>(layout)][dock]) return *chosen;
  if (const Chapter* chapter = session->chapter_at(time)) {
    const auto wanted =
        std::find_if(panels.begin(), panels.end(), [&](PanelId panel) { return title_of(panel) == chapter->panel; });
    if (wanted != panels.end()) return static_cast<std::size_t>(wanted - panels.begin());
  }
  const sim::Step& step = session->timeline().scene().step();
  const std::string verb = step.empty() ? std::string() : step[0];
  const PanelId fitting = verb == "put" || verb == "remove"                        ? PanelId::kIndex
                          : verb == "merge"                                        ? PanelId::kMerge
                          : verb == "recover" || verb == "open" || verb == "crash" ? PanelId::kRecovery
                                                                                   : PanelId::kLookup;
  const auto found = std::find(panels.begin(), panels.end(), fitting);
  return found == panels.end() ? 0 : static_cast<std::size_t>(found - panels.begin());
}

void App::Impl::carry_out(const Command& command) {
  std::visit(sim::Overloaded{
                 [&](PlayOrPause) {
                   const bool at_end = time >= session->pace().duration();
                   if (!playing && at_end) go_to(0);
                   playing = !playing;
                   stop_at = session->pace().duration();
                 },
                 [&](StepEntry step) { step_entry(step.forward); },
                 [&](StepInput step) { step_input(step.forward); },
                 [&](GoTo to) { go_to(to.time); },
                 [&](SetSpeed to) { speed = to.speed; },
                 [&](const Perform& operation) { perform(operation.step); },
                 [&](const Complain& complaint) { message = complaint.message; },
                 [&](Fork) {
                   const Status status = session->fork();
                   ++changes;
                   go_to_entries(session->timeline().position());
                   if (!status.ok()) message = status.message();
                 },
                 [&](ReturnToBranch) {
                   session->return_to_branch();
                   ++changes;
                   go_to_entries(session->timeline().position());
                 },
                 [&](ShowHelp) { help = !help; },
                 [&](Select to) {
                   selection.segment = to.segment;
                   selection.offset = to.offset;
                 },
                 [&](const SelectKey& to) { selection.key = to.key; },
                 [&](ChooseCrash to) { crash = to.number; },
                 [&](const FlipBit& flip) {
                   const Scene& scene = session->timeline().scene();
                   rot = flip_bit(scene.disk(), flip.file, flip.offset, flip.bit, scene.twin(), session->scenario());
                 },
                 [&](SetLayout to) {
                   layout = to.layout;
                   lay_out();
                   focus.reset();
                 },
                 [&](SetTheme to) {
                   theme = to.theme;
                   themed_scale = 0;
                 },
                 [&](const RunUntil& goal) { run_until(goal); },
                 [&](Bookmark) { toggle_bookmark(); },
                 [&](NextBookmark) { go_to_next_bookmark(); },
                 [&](CompareBranches) {
                   const Result<Session::Difference> difference = session->first_difference();
                   if (difference.ok()) go_to_entries(difference->position);
                   message = difference.ok() ? difference->what : std::string(difference.status().message());
                 },
                 [&](Answer to) { answer(to.number); },
                 [&](const OpenShow& to) { open_show(to.name); },
                 [&](ShowPanel to) {
                   chosen_tab(to.dock) = to.tab;
                   focus = to.dock;
                 },
             },
             command);
}

// ---- the picture

void App::Impl::draw(Commands& commands) {
  constexpr ImGuiWindowFlags kFlags = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoSavedSettings |
                                      ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoBringToFrontOnFocus |
                                      ImGuiWindowFlags_NoScrollWithMouse;
  const ImVec2 size = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos({0, 0});
  ImGui::SetNextWindowSize(size);
  push_font(fonts.text);
  ImGui::Begin("Sediment", nullptr, kFlags);
  const Canvas canvas(fonts);
  const Playhead now = playhead();
  const Timeline& timeline = session->timeline();
  const View view{.session = *session,
                  .before = timeline.before(),
                  .now = timeline.scene(),
                  .progress = reduced_motion ? 1 : static_cast<float>(now.progress),
                  .time = time,
                  .playing = playing,
                  .speed = speed,
                  .selection = selection,
                  .twin = twin,
                  .crashes = crashes,
                  .crash = crash,
                  .rot = rot,
                  .bookmarks = bookmarks,
                  .layout = layout,
                  .theme = theme};
  if (std::exchange(wants_key_of_place, false)) {
    const RecordView* record = view.place().record();
    const std::string key = record == nullptr ? std::string() : record->key;
    commands.emplace_back(SelectKey{key == selection.key ? std::string() : key});
  }
  draw_operation_bar(canvas, view, operation_bar, screen.operations, commands);
  draw_caption(canvas, view, message, screen.caption);
  draw_stage(canvas, view, screen.stage, commands);
  for (std::size_t i = 0; i < screen.docks.size(); ++i) draw_dock(canvas, view, i, screen.docks[i], commands);
  draw_timeline(canvas, view, screen.timeline, commands);
  const PredictView asked = predict();
  if (asked.question != nullptr) draw_predict_card(canvas, view, asked, screen.timeline, commands);
  if (help) draw_help(canvas, {0, 0, size.x / fonts.scale, size.y / fonts.scale});
  ImGui::End();
  ImGui::PopFont();
}

void App::Impl::draw_dock(const Canvas& canvas, const View& view, std::size_t number, const Dock& dock,
                          Commands& commands) {
  const std::size_t current_tab = shown_tab(number);
  const Area inner = draw_panel(canvas, dock.area, "");
  const bool focused = focus == number;
  if (focused) canvas.outline(dock.area, colours().accent, 10, 2);
  float x = inner.x;
  for (std::size_t i = 0; i < dock.panels.size(); ++i) {
    const std::string_view title = title_of(dock.panels[i]);
    const bool current = i == current_tab;
    const Area tab{x, dock.area.y + 5, canvas.width_of(title, canvas.fonts().strong) + 2, 22};
    ImGui::SetCursorScreenPos(canvas.pixels({tab.x, tab.y}));
    const std::string id = fmt::format("##tab{}.{}", number, i);
    if (ImGui::InvisibleButton(id.c_str(), canvas.pixels({tab.width, tab.height}))) {
      commands.emplace_back(ShowPanel{number, i});
    }
    named_items().mark_last(fmt::format("tab.{}", title));
    const ImU32 colour = current || ImGui::IsItemHovered() ? colours().text : colours().text_muted;
    canvas.text({tab.x, tab.y + 4}, title, colour, canvas.fonts().strong);
    if (current && dock.panels.size() > 1) {
      canvas.fill({tab.x, tab.bottom() - 1, tab.width, 2}, colours().accent, 1);
    }
    x = tab.right() + 16;
  }
  constexpr float kTabs = 34;
  const Area area{inner.x, dock.area.y + kTabs, inner.width, dock.area.height - kTabs - 10};
  canvas.push_clip({dock.area.x, dock.area.y + kTabs - 4, dock.area.width, dock.area.height - kTabs + 2});
  const Panel panel{canvas, view, area, focused ? panel_move : 0, focused && panel_act, commands};
  draw_panel_in(dock.panels[current_tab], panel);
  canvas.pop_clip();
}

void App::Impl::draw_panel_in(PanelId id, const Panel& panel) {
  switch (id) {
    case PanelId::kLookup: return draw_lookup_path(panel);
    case PanelId::kIndex: return draw_index(panel);
    case PanelId::kMerge: return draw_merge(panel);
    case PanelId::kRecovery: return draw_recovery(panel);
    case PanelId::kCounters: return draw_counters(panel);
    case PanelId::kNarration: return draw_narration(panel);
    case PanelId::kCode: return draw_code(panel);
    case PanelId::kTwin: return draw_twin(panel);
    case PanelId::kBytes: return draw_bytes(panel);
    case PanelId::kCrashDesk: return draw_crash_desk(panel);
  }
}

}  // namespace sediment::viz
