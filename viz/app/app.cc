#include "viz/app/app.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/tools/printable.h"
#include "viz/app/app_impl.h"
#include "viz/draw/menus.h"
#include "viz/draw/named_items.h"
#include "viz/draw/pointed_text.h"
#include "viz/draw/tip.h"

namespace sediment::viz {

namespace {

constexpr double kCrashGridSeconds = 0.008;  // per frame, for the crash desk, and for the atlas
constexpr double kAtlasSecondsPlaying = 0.003;
constexpr double kSearchSeconds = 0.012;
constexpr int kTextSizeForARoom = 125;  // percent, at least
constexpr std::size_t kTwinRows = 60;   // more than a panel has room for

}  // namespace

Result<std::unique_ptr<App>> App::open(const Input& input, const Fonts& fonts) {
  Result<std::unique_ptr<Session>> session = open_session(input);
  if (!session.ok()) return session.status();
  std::unique_ptr<App> app(new App(std::make_unique<Impl>(std::move(*session), fonts)));
  app->impl_->show = input.show;
  // The store is open: what follows is up to the user. A directory is shown as it is.
  if (is_empty(input) || !input.store.empty()) app->impl_->go_to(app->duration());
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
  pointed_text().clear();
  close_menu_on_click_beside();
  app.take_keys();
  app.advance(seconds);
  app.keep_close_up(seconds);
  app.prepare_panels();
  if (app.aloud) app.narrate_new();
  Commands commands;
  app.draw(commands);
  for (const Command& command : commands) app.carry_out(command);
}

void App::play() {
  if (impl_->is_figure() && impl_->time >= impl_->end_of_figure()) restart();
  impl_->play_until(impl_->is_figure() ? impl_->end_of_figure() : impl_->session->pace().duration());
}
void App::pause() { impl_->playing = false; }
bool App::playing() const { return impl_->playing; }
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

namespace {

// The right answers, with their reasons.
std::string told_answer(const Question& question) {
  if (question.right.empty()) return "!! none of them\n\n";
  std::string text;
  for (const std::size_t right : question.right) {
    const Answer& answer = question.answers[right];
    text += fmt::format("!! {}: {}. {}\n", right + 1, tools::printable(answer.text), tools::printable(answer.reason));
  }
  return text + "\n";
}

}  // namespace

// A question's answer comes after the step that it is about, so that a reader can answer first. A show does not tell how a
// store is opened, nor what a crash takes back.
std::string App::transcript() const {
  std::string text;
  const auto& entries = impl_->session->timeline().trace().entries();
  const std::vector<Chapter>& chapters = impl_->session->chapters();
  const std::vector<Question>& questions = impl_->session->questions();
  std::string answers;  // to the questions so far
  const auto at = [&](double seconds) { return impl_->session->pace().at(seconds).entries; };
  const std::size_t begin = impl_->is_figure() ? at(impl_->figure_from) : 0;
  const std::size_t end = impl_->is_figure() ? at(impl_->figure_to) : entries.size();
  for (std::size_t i = begin; i <= end; ++i) {
    const bool is_over = i == end || (i > 0 && std::holds_alternative<sim::OutcomeEntry>(entries[i - 1]));
    if (is_over) text += std::exchange(answers, {});
    // What is at one place is in the order of the show.
    std::vector<std::pair<double, std::string>> said;
    for (const Chapter& chapter : chapters) {
      if (chapter.position == i && !impl_->is_figure())
        said.emplace_back(chapter.hold, fmt::format("\n== {}\n{}\n\n", tools::printable(chapter.title),
                                                    tools::printable(chapter.text)));
    }
    for (const Question& question : questions) {
      if (question.position != i || impl_->is_figure()) continue;
      std::string asked = fmt::format("\n?? {}\n", tools::printable(question.text));
      for (std::size_t n = 0; n < question.answers.size(); ++n)
        asked += fmt::format("   {}: {}\n", n + 1, tools::printable(question.answers[n].text));
      said.emplace_back(question.hold, asked + "\n");
      answers += told_answer(question);
    }
    std::stable_sort(said.begin(), said.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [hold, words] : said) text += words;
    if (i == end) break;
    if (!impl_->session->is_told(i)) continue;
    if (const auto sentence = narrate(entries[i], impl_->session->format_at(i + 1))) {
      text += fmt::format("{}{}\n", sentence->tone == Tone::kStep ? "> " : "  ", tools::printable(sentence->text));
    }
  }
  return text + answers;
}

void App::set_layout(LayoutId layout) { impl_->carry_out(SetLayout{layout}); }
Status App::show_panel(std::string_view title) {
  impl_->lay_out();
  for (std::size_t dock = 0; dock < impl_->screen.docks.size(); ++dock) {
    const std::vector<PanelId>& panels = impl_->screen.docks[dock].panels;
    const auto found = std::find_if(panels.begin(), panels.end(), [&](PanelId id) { return title_of(id) == title; });
    if (found == panels.end()) continue;
    impl_->chosen_tab(dock) = static_cast<std::size_t>(found - panels.begin());
    return {};
  }
  return Status::not_found("this layout has no panel \"" + tools::preview(title, 40) + "\"");
}

void App::set_theme(Theme theme) { impl_->carry_out(SetTheme{theme}); }

bool App::set_text_size(int percent) {
  if (std::find(std::begin(kTextSizes), std::end(kTextSizes), percent) == std::end(kTextSizes)) return false;
  impl_->text_size = percent;
  return true;
}
float App::text_scale() const {
  const int least = impl_->layout == LayoutId::kPresent ? kTextSizeForARoom : 0;
  return static_cast<float>(std::max(impl_->text_size, least)) / 100;
}

void App::ask_questions(bool ask) { impl_->asks = ask; }
void App::narrate_aloud(bool aloud) { impl_->aloud = aloud; }
void App::reduce_motion(bool reduce) { impl_->reduced_motion = reduce; }

bool App::animating() const {
  const bool grid_grows = impl_->crashes.judged() < impl_->crashes.disks().size();
  const bool atlas_grows = impl_->atlas_size != AtlasSize::kNone && impl_->atlas.known() < impl_->atlas.size();
  const bool comes_closer = impl_->close_up.shown != static_cast<float>(impl_->close_up.level);
  return impl_->playing || text_is_edited() || grid_grows || atlas_grows || impl_->searching || comes_closer;
}

void App::Impl::lay_out() {
  const ImVec2 size = ImGui::GetIO().DisplaySize;
  if (is_figure()) {
    const bool is_bytes = session->format() == StoreFormat::kForeign;
    screen = lay_out_figure({0, 0, size.x / fonts.scale, size.y / fonts.scale}, is_bytes ? PanelId::kBytes : hero);
    return;
  }
  const PanelSet panels = session->format() == StoreFormat::kForeign ? PanelSet::kBytes
                          : !session->component().name.empty()       ? PanelSet::kCodeFirst
                                                                     : PanelSet::kAll;
  screen = lay_out_screen(layout, {0, 0, size.x / fonts.scale, size.y / fonts.scale}, panels,
                          atlas_size == AtlasSize::kStrip);
  if (focus && *focus >= screen.docks.size()) focus.reset();
}

// What a panel shows and what takes longer than drawing, if it is visible at all.
void App::Impl::prepare_panels() {
  work_on_search();  // may show another session
  work_on_atlas();
  if (rot_of != here()) rot.reset();
  const Scene& scene = session->timeline().scene();
  if (is_shown(PanelId::kTwin) && twin_of != here()) {
    const bool refused = scene.store() == Scene::Store::kRefused;  // then it answers nothing
    twin = compare(scene.twin(), refused ? Answers{scene.twin().now(), {}} : scene.answers(), kTwinRows);
    twin_of = here();
  }
  if (session->format() == StoreFormat::kForeign && acknowledged_of != here()) {
    acknowledged = acknowledged_at(session->timeline());
    acknowledged_of = here();
  }
  if (is_shown(PanelId::kPolicy) && policies.empty()) policies = measure_policies();
  if (const LargeStore* store = session->large_store(); store != nullptr && (!large || large->of != large_place)) {
    const LargePlace& at = large_place;
    Result<std::vector<RecordView>> records = store->decode(at.segment, at.part, at.first, LargeRecords::kMost);
    large = records.ok() ? LargeRecords{at, std::move(*records), {}} : LargeRecords{at, {}, records.status()};
  }
  const bool crash_possible = !playing && scene.store() != Scene::Store::kCrashed;
  if (!is_shown(PanelId::kCrashDesk) || !crash_possible) {
    crashes = {};
    crashes_of.reset();
    return;
  }
  if (crashes_of != here()) {
    const auto* last = session->timeline().last_in_step<sim::DiskOperation>();  // it may still be torn
    crashes.look_at(
        {scene.disk(), last, scene.twin(), session->scenario(), may_report_corruption(scene, session->scenario())});
    crashes_of = here();
    crash = 0;
  }
  crashes.work(kCrashGridSeconds);
}

void App::Impl::work_on_atlas() {
  const std::pair<const Session*, std::size_t> run{session.get(), session->branch_number()};
  if (atlas_of != run) {
    atlas.clear();
    atlas_disk.reset();
    atlas_of = run;
  }
  if (atlas_size == AtlasSize::kNone || session->is_recorded()) return;
  atlas.work(session->timeline(), session->scenario(), playing ? kAtlasSecondsPlaying : kCrashGridSeconds);
}

void App::Impl::work_on_search() {
  if (search && search->without() != session->scenario().without) {  // it is about another run
    search.reset();
    searching = false;
  }
  if (searching && !search->work(kSearchSeconds)) searching = false;
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
  const bool is_opening = verb == "recover" || verb == "open";
  const bool is_first = session->timeline().inputs_before(session->timeline().position()) <= 1;
  const bool is_wrong_store = !session->timeline().scene().outcome_ok() && looked_up_by(step) == nullptr;
  const bool has_twin = std::find(panels.begin(), panels.end(), PanelId::kTwin) != panels.end();
  const PanelId fitting = verb == "call"                                 ? PanelId::kNarration
                          : is_wrong_store && has_twin                   ? PanelId::kTwin
                          : verb == "put" || verb == "remove"            ? PanelId::kIndex
                          : verb == "merge"                              ? PanelId::kMerge
                          : verb == "crash" || (is_opening && !is_first) ? PanelId::kRecovery
                                                                         : PanelId::kLookup;
  const auto found = std::find(panels.begin(), panels.end(), fitting);
  return found == panels.end() ? 0 : static_cast<std::size_t>(found - panels.begin());
}

// ---- the picture

void App::Impl::draw(Commands& commands) {
  follow_pointer();
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
  PredictView asked = predict();
  const std::optional<std::size_t> question = asked_question();
  asked.is_new = question && question != drawn_question;
  const View view{.session = *session,
                  .before = timeline.before(),
                  .now = timeline.scene(),
                  .progress = reduced_motion ? 1 : static_cast<float>(now.progress),
                  .time = time,
                  .playing = playing,
                  .speed = speed,
                  .selection = selection,
                  .twin = twin,
                  .acknowledged = acknowledged,
                  .crashes = crashes,
                  .crash = crash,
                  .atlas = atlas,
                  .atlas_disk = atlas_disk,
                  .atlas_choice = atlas_choice,
                  .large = large,
                  .policies = policies,
                  .policy_choice = policy_choice,
                  .guarantee_choice = guarantee_choice,
                  .search = search.get(),
                  .rot = rot,
                  .bookmarks = bookmarks,
                  .asked = asked,
                  .zoom = zoom,
                  .close_up = close_up,
                  .moved = drawn != here(),
                  .layout = layout,
                  .theme = theme};
  drawn = here();
  drawn_question = question;
  close_up.left = {};
  if (std::exchange(wants_key_of_place, false)) {
    const RecordView* record = view.place().record();
    const std::string key = record == nullptr ? std::string() : record->key;
    commands.emplace_back(SelectKey{key == selection.key ? std::string() : key});
  }
  if (screen.operations.height > 0) draw_operation_bar(canvas, view, operation_bar, screen.operations, commands);
  if (!is_figure()) {
    draw_caption(canvas, view, message, notice, screen.caption);
    draw_timeline(canvas, view, screen.timeline, commands);
  }
  const float top = screen.caption.bottom() + 8;
  const Area middle =
      is_figure() ? screen.stage : Area{screen.timeline.x, top, screen.timeline.width, screen.timeline.y - top - 10};
  std::vector<Area> targets;
  if (atlas_size == AtlasSize::kFull) {
    draw_atlas(canvas, view, middle, true, commands);
  } else {
    DrawnStage drawn_stage = draw_stage(canvas, view, screen.stage, commands);
    targets = std::move(drawn_stage.targets);
    most_enlarged = drawn_stage.most_enlarged;
    zoom.enlarged = std::min(zoom.enlarged, most_enlarged);
    for (std::size_t i = 0; i < screen.docks.size(); ++i) draw_dock(canvas, view, i, screen.docks[i], commands);
    if (atlas_size == AtlasSize::kStrip) draw_atlas(canvas, view, screen.atlas, false, commands);
  }
  if (asked.question != nullptr && !help) draw_predict_card(canvas, view, middle, targets, commands);
  if (const auto end = end_of_show(); end && !help) draw_end_card(canvas, *end, middle, commands);
  if (help) draw_help(canvas, {0, 0, size.x / fonts.scale, size.y / fonts.scale});
  if (!menu_is_open()) copyable = texts_to_copy(view);
  if (ImGui::IsMouseClicked(1) && !copyable.empty()) ImGui::OpenPopup("copy");
  draw_copy_menu(canvas, copyable, commands);
  draw_file_dialog(canvas, file_dialog, commands);
  ImGui::End();
  ImGui::PopFont();
}

// The text under the pointer; the selected record, as it is typed; and what happens here.
std::vector<std::string> App::Impl::texts_to_copy(const View& view) const {
  std::vector<std::string> texts;
  const auto add = [&](const std::string& text) {
    if (!text.empty() && std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(text);
  };
  add(pointed_text());
  if (const RecordView* record = view.place().record(); record != nullptr && record->has_key()) {
    const bool removed = record->type == RecordType::kTombstone;
    add(as_typed(removed ? sim::Step{"remove", record->key} : sim::Step{"put", record->key, record->value}));
  }
  if (const auto sentence = view.entry() == nullptr ? std::nullopt : narrate(*view.entry(), session->format()))
    add(sentence->text);
  return texts;
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
    if (!current && layout == LayoutId::kPresent) continue;  // one panel; [ and ] change it
    const Area tab{x, dock.area.y + 5, canvas.width_of(title, canvas.fonts().strong) + 2, 22};
    ImGui::SetCursorScreenPos(canvas.pixels({tab.x, tab.y}));
    const std::string id = fmt::format("##tab{}.{}", number, i);
    if (ImGui::InvisibleButton(id.c_str(), canvas.pixels({tab.width, tab.height}))) {
      commands.emplace_back(ShowPanel{number, i});
    }
    named_items().mark_last(fmt::format("tab.{}", title));
    if (ImGui::IsItemHovered() && dock.panels.size() > 1) {
      show_tip("stays until another panel is chosen; Esc: it follows again what happens ([ and ] move on)");
    }
    const ImU32 colour = current || ImGui::IsItemHovered() ? colours().text : colours().text_muted;
    canvas.text({tab.x, tab.y + 4}, title, colour, canvas.fonts().strong);
    if (current && dock.panels.size() > 1) {
      canvas.fill({tab.x, tab.bottom() - 1, tab.width, 2}, colours().accent, 1);
    }
    x = tab.right() + 11;
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
    case PanelId::kPolicy: return draw_policy(panel);
    case PanelId::kAcknowledged: return draw_acknowledged(panel);
    case PanelId::kNarration: return draw_narration(panel);
    case PanelId::kCode: return draw_code(panel);
    case PanelId::kTwin: return draw_twin(panel);
    case PanelId::kBytes: return draw_bytes(panel);
    case PanelId::kCrashDesk: return draw_crash_desk(panel);
    case PanelId::kGuarantees: return draw_guarantees(panel);
  }
}

}  // namespace sediment::viz
