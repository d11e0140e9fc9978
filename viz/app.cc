#include "viz/app.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/overloaded.h"
#include "viz/model/tour.h"
#include "viz/named_items.h"
#include "viz/view.h"

namespace sediment::viz {

namespace {

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

  void go_to(double seconds);
  void go_to_entries(std::size_t entries) { go_to(session->pace().end_of(entries)); }
  void play_until(double end) {
    playing = true;
    stop_at = end;
  }
  void advance(double seconds);
  void take_keys();
  void draw(Commands& commands);
  void carry_out(const Command& command);
  void step_entry(bool forward);
  void step_input(bool forward);
  void perform(const sim::Step& step);
  void show_step_from(std::size_t entries);
  Playhead playhead() const { return session->pace().at(time); }

  std::unique_ptr<Session> session;
  const Fonts& fonts;
  float themed_scale = 0;
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
    apply_theme(app.fonts.scale);
    app.themed_scale = app.fonts.scale;
  }
  app.take_keys();
  app.advance(seconds);
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
    if (i == entries.size()) break;
    if (const auto sentence = narrate(entries[i])) {
      text += fmt::format("{}{}\n", sentence->tone == Tone::kStep ? "> " : "  ", sentence->text);
    }
  }
  return text;
}

bool App::animating() const { return impl_->playing || text_is_edited(); }

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
  return state.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
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
  time += seconds * speed;
  if (time >= stop_at) {
    time = stop_at;
    playing = false;
  }
  session->timeline().seek(playhead().entries);
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
    if (key_pressed(key)) carry_out(SetSpeed{kSpeeds[i]});
  }
  if (key_pressed(Key::kC)) carry_out(Perform{offered_crashes(session->timeline().scene().disk()).front().step});
  if (key_pressed(Key::kR)) carry_out(Perform{{"recover"}});
  if (key_pressed(Key::kM)) carry_out(Perform{{"merge", "step"}});
  if (key_pressed(Key::kF)) carry_out(Fork{});
  if (key_pressed(Key::kSlash)) carry_out(ShowHelp{});
  if (key_pressed(Key::kEscape)) help = false;
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
                   go_to_entries(session->timeline().position());
                   if (!status.ok()) message = status.message();
                 },
                 [&](ReturnToBranch) {
                   session->return_to_branch();
                   go_to_entries(session->timeline().position());
                 },
                 [&](ShowHelp) { help = !help; },
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
  const View view{*session, timeline.before(), timeline.scene(), static_cast<float>(now.progress), time, playing,
                  speed};

  const Area screen{0, 0, size.x / fonts.scale, size.y / fonts.scale};
  constexpr float kMargin = 14;
  constexpr float kRightColumn = 312;
  constexpr float kTimeline = 82;
  const float left_width = screen.width - kRightColumn - 3 * kMargin;
  const float right = screen.width - kRightColumn - kMargin;
  const float timeline_top = screen.height - kTimeline - kMargin;
  draw_operation_bar(canvas, view, operation_bar, {kMargin, 12, screen.width - 2 * kMargin, 34}, commands);
  draw_caption(canvas, view, message, {kMargin + 2, 56, left_width - 4, 72});
  draw_stage(canvas, view, {kMargin, 140, left_width, timeline_top - 140 - 10});
  draw_lookup_path(canvas, view, {right, 58, kRightColumn, 236});
  draw_narration(canvas, view, {right, 304, kRightColumn, timeline_top - 304 - 10});
  draw_timeline(canvas, view, {kMargin, timeline_top, screen.width - 2 * kMargin, kTimeline}, commands);
  if (help) draw_help(canvas, screen);
  ImGui::End();
  ImGui::PopFont();
}

}  // namespace sediment::viz
