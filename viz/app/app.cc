#include "viz/app/app.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/base/json_reader.h"
#include "viz/app/app_impl.h"
#include "viz/draw/named_items.h"
#include "viz/model/directory.h"
#include "viz/shows/shows.h"
#include "viz/shows/tour.h"

namespace sediment::viz {

namespace {

constexpr double kCrashGridSeconds = 0.008;  // per frame, for the crash desk
constexpr std::size_t kTwinRows = 60;        // more than a panel has room for
constexpr std::uint64_t kSegmentSize = 512;  // bytes, in a store to play with: small, so that a segment fills quickly

// Whether it asks for an empty store to play with.
bool is_empty(const Input& input) {
  return input.scenario.empty() && input.trace.empty() && input.store.empty() && input.show.empty() &&
         input.texts.empty();
}

Result<std::unique_ptr<Session>> open_session(const Input& input) {
  if (!input.scenario.empty()) {
    Result<sim::Scenario> scenario = sim::read_scenario(input.scenario);
    if (!scenario.ok()) return scenario.status();
    return Session::of_scenario(*scenario);
  }
  if (!input.trace.empty()) return Session::of_trace_file(input.trace);
  if (!input.store.empty()) {
    Result<sim::Trace> trace = trace_of_directory(input.store);
    if (!trace.ok()) return trace.status();
    return Session::of_trace(std::move(*trace));
  }
  if (!input.show.empty()) return make_show(input.show);
  if (is_empty(input)) {
    sim::Scenario scenario;
    scenario.title = "An empty store";
    scenario.segment_size = kSegmentSize;
    scenario.snapshots = sim::Snapshots::kOff;
    return Session::of_scenario(scenario);
  }
  std::string text;
  for (const std::string& path : input.texts) {
    Result<std::string> contents = sim::read_text_file(path);
    if (!contents.ok()) return contents.status();
    text += *contents + "\n";
  }
  return make_tour(text);
}

}  // namespace

Result<std::unique_ptr<App>> App::open(const Input& input, const Fonts& fonts) {
  Result<std::unique_ptr<Session>> session = open_session(input);
  if (!session.ok()) return session.status();
  std::unique_ptr<App> app(new App(std::make_unique<Impl>(std::move(*session), fonts)));
  if (is_empty(input)) app->impl_->go_to(app->duration());  // the store is open: what follows is up to the user
  if (!app->impl_->session->component().name.empty()) app->seek_failure();  // that is what a student wants to see
  return app;
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
bool App::seek_failure() {
  const auto& entries = impl_->session->timeline().trace().entries();
  const auto failed = std::find_if(entries.begin(), entries.end(), [](const sim::TraceEntry& entry) {
    const auto* outcome = std::get_if<sim::OutcomeEntry>(&entry);
    return outcome != nullptr && !outcome->ok;
  });
  if (failed == entries.end()) return false;
  seek(static_cast<std::size_t>(failed - entries.begin()) + 1);
  return true;
}
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

bool App::set_text_size(int percent) {
  if (std::find(std::begin(kTextSizes), std::end(kTextSizes), percent) == std::end(kTextSizes)) return false;
  impl_->text_size = percent;
  return true;
}
float App::text_scale() const { return static_cast<float>(impl_->text_size) / 100; }

void App::ask_questions(bool ask) { impl_->asks = ask; }
void App::narrate_aloud(bool aloud) { impl_->aloud = aloud; }
void App::reduce_motion(bool reduce) { impl_->reduced_motion = reduce; }

bool App::animating() const {
  const bool grid_grows = impl_->crashes.judged() < impl_->crashes.disks().size();
  return impl_->playing || text_is_edited() || grid_grows;
}

void App::Impl::lay_out() {
  const ImVec2 size = ImGui::GetIO().DisplaySize;
  const bool has_component = !session->component().name.empty();
  screen = lay_out_screen(layout, {0, 0, size.x / fonts.scale, size.y / fonts.scale}, has_component);
  if (focus && *focus >= screen.docks.size()) focus.reset();
}

// What a panel shows and what takes longer than drawing, if it is visible at all.
void App::Impl::prepare_panels() {
  const Scene& scene = session->timeline().scene();
  if (is_shown(PanelId::kTwin) && twin_of != here()) {
    const bool refused = scene.store() == Scene::Store::kRefused;  // then it answers nothing
    twin = compare(scene.twin(), refused ? Answers{scene.twin().now(), {}} : scene.answers(), kTwinRows);
    twin_of = here();
  }
  const bool crash_possible = !playing && scene.store() != Scene::Store::kCrashed;
  if (!is_shown(PanelId::kCrashDesk) || !crash_possible) {
    crashes = {};
    crashes_of.reset();
    return;
  }
  if (crashes_of != here()) {
    const auto* last = session->timeline().last_in_step<sim::DiskOperation>();  // it may still be torn
    crashes.look_at({scene.disk(), last, scene.twin(), session->scenario(), scene.damaged()});
    crashes_of = here();
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

// The chosen tab; otherwise the one that shows what happens, if the dock has it; otherwise the first.
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
  const bool is_wrong_store = !session->timeline().scene().outcome_ok() && looked_up_by(step) == nullptr;
  const bool has_twin = std::find(panels.begin(), panels.end(), PanelId::kTwin) != panels.end();
  const PanelId fitting = verb == "call"                                           ? PanelId::kNarration
                          : is_wrong_store && has_twin                             ? PanelId::kTwin
                          : verb == "put" || verb == "remove"                      ? PanelId::kIndex
                          : verb == "merge"                                        ? PanelId::kMerge
                          : verb == "recover" || verb == "open" || verb == "crash" ? PanelId::kRecovery
                                                                                   : PanelId::kLookup;
  const auto found = std::find(panels.begin(), panels.end(), fitting);
  return found == panels.end() ? 0 : static_cast<std::size_t>(found - panels.begin());
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
                  .zoom = zoom,
                  .moved = drawn != here(),
                  .layout = layout,
                  .theme = theme};
  drawn = here();
  if (std::exchange(wants_key_of_place, false)) {
    const RecordView* record = view.place().record();
    const std::string key = record == nullptr ? std::string() : record->key;
    commands.emplace_back(SelectKey{key == selection.key ? std::string() : key});
  }
  draw_operation_bar(canvas, view, operation_bar, screen.operations, commands);
  draw_caption(canvas, view, message, screen.caption);
  most_enlarged = draw_stage(canvas, view, screen.stage, commands);
  zoom.enlarged = std::min(zoom.enlarged, most_enlarged);
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
