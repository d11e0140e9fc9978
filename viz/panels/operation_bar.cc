// The operation bar: a line for typing operations, and a button for each of them.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "viz/draw/characters.h"
#include "viz/draw/menus.h"
#include "viz/draw/named_items.h"
#include "viz/draw/tip.h"
#include "viz/panels/view.h"
#include "viz/shows/shows.h"

namespace sediment::viz {

namespace {

constexpr float kHeight = 32;
constexpr float kWide = 1370;    // room for everything
constexpr float kNarrow = 1180;  // room for less than a button each

// What Put writes when nothing was typed: some keys repeat, so that there is something to merge.
constexpr std::pair<const char*, const char*> kSamples[] = {
    {"sky", "blue"},  {"grass", "green"}, {"sun", "yellow"}, {"sky", "grey"},    {"sea", "deep"},  {"rose", "red"},
    {"sky", "black"}, {"snow", "white"},  {"grass", "dry"},  {"moon", "silver"}, {"sea", "rough"}, {"sun", "low"}};

// What Dear ImGui puts into the text for a character that it cannot hold.
constexpr const char* kReplacement = "\xEF\xBF\xBD";

std::string quoted(const std::string& key) { return key.empty() ? "\"\"" : "\"" + shown(key) + "\""; }

class Bar {
 public:
  Bar(const Canvas& canvas, const View& view, OperationBarState& state, const Area& area, Commands& commands)
      : canvas_(canvas), view_(view), state_(state), area_(area), commands_(commands), x_(area.x) {}

  void draw() {
    const bool narrow = area_.width < kWide;
    if (!narrow) {
      canvas_.text({x_, area_.y + 4}, "Sediment", colours().text, canvas_.fonts().title);
      x_ += canvas_.width_of("Sediment", canvas_.fonts().title) + 18;
    }
    input_line(area_.width < kNarrow ? 110 : 180);
    const Scene::Store store = view_.session.store_here();
    const bool watched = view_.session.is_recorded();
    const bool is_open = store == Scene::Store::kOpen;
    const bool open = is_open && !watched;
    if (button("Put", open, "put what the line says, or else a pair of its own")) put();
    if (button("Get", open, "look up the line's key, or else the newest record's")) with_key("get");
    if (button("Remove", open, "remove the line's key, or else the newest record's")) with_key("remove");
    gap();
    if (button("Sync", open, "make everything written durable")) perform("sync");
    if (button("Roll", open, "seal the active segment and begin another")) perform("roll");
    if (button("Merge", open, "copy what is live in the sealed segments into one")) perform("merge");
    if (button("Merge step", open, "one record, or one step of publishing (M)")) perform("merge step");
    gap();
    const bool can_crash = view_.now.store() != Scene::Store::kCrashed && !watched;
    if (button("Crash …", can_crash, "what a crash here may do (C: lose what is not synced)")) toggle_menu("crash");
    crash_menu();
    const bool crashed = store == Scene::Store::kCrashed;
    if (button(is_open || crashed ? "Recover" : "Open", !is_open && !watched,
               "open the store, and recover it after a crash (R)")) {
      perform(crashed ? "recover" : "open");
    }
    gap();
    if (button("Fork", !watched, "leave out what follows here; the branch that has it stays (F)")) {
      commands_.emplace_back(Fork{});
    }
    if (button("Shows …", true, "a run of three to five minutes, with questions; also: show NAME"))
      toggle_menu("shows");
    shows_menu();
    constexpr float kFileAndHelp = 90;
    if (kHasFiles && x_ + kFileAndHelp < area_.right()) {  // with large letters in a small window, only by keys
      if (button("File …", true, "open and save runs, and save pictures (Ctrl O, Ctrl S)")) toggle_menu("files");
      files_menu();
    }
    if (button("?", true, "all keys (?)")) commands_.emplace_back(ShowHelp{});
    constexpr float kChoices = 252;
    constexpr float kViewMenu = 62;
    if (x_ + kChoices < area_.right()) {
      draw_choices();
    } else if (x_ + kViewMenu < area_.right()) {
      if (button("View …", true, "which panels there are, and dark or light (L, V, T)")) toggle_menu("view");
      view_menu();
    }
  }

 private:
  void gap() { x_ += 6; }

  bool button(const char* label, bool enabled, const char* what_it_does) {
    const float width = canvas_.width_of(label, canvas_.fonts().text) + 14;
    ImGui::SetCursorScreenPos(canvas_.pixels({x_, area_.y}));
    ImGui::BeginDisabled(!enabled);
    const bool clicked = ImGui::Button(label, canvas_.pixels({width, kHeight}));
    named_items().mark_last(fmt::format("operation.{}", label));
    ImGui::EndDisabled();
    if (ImGui::IsItemHovered(ImGuiHoveredFlags_AllowWhenDisabled)) {
      const bool why = !enabled && view_.session.is_recorded();
      show_tip(why ? "this is a recording: it can only be watched" : what_it_does);
    }
    x_ += width + 4;
    return clicked;
  }

  struct Choice {
    const char* label;
    const char* what_it_does;
    Command command;
    bool chosen = false;
  };
  std::vector<Choice> choices() const {
    const bool dark = view_.theme == Theme::kDark;
    const auto layout = [&](LayoutId id, const char* label, const char* what_it_does) {
      return Choice{label, what_it_does, SetLayout{id}, id == view_.layout};
    };
    return {layout(LayoutId::kLearn, "Learn", "lookup, index and merge (L)"),
            layout(LayoutId::kCrash, "Crash", "what a crash here may leave (L)"),
            layout(LayoutId::kAll, "All", "all panels (L)"),
            {"Present", "large letters and no buttons, for a room (V)", Present{true}},
            {dark ? "Light" : "Dark", "dark, or light for bright rooms (T)",
             SetTheme{dark ? Theme::kLight : Theme::kDark}}};
  }

  void draw_choices() {
    x_ = area_.right() + 5;
    const std::vector<Choice> all = choices();
    for (auto choice = all.rbegin(); choice != all.rend(); ++choice) {
      if (button_before(choice->label, choice->chosen, choice->what_it_does)) commands_.push_back(choice->command);
    }
  }

  // If it is open.
  template <typename Lines>
  void menu(const char* name, const Lines& draw_lines) {
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, canvas_.pixels({10, 10}));
    if (ImGui::BeginPopup(name)) {
      draw_lines();
      ImGui::EndPopup();
    }
    ImGui::PopStyleVar();
  }

  void view_menu() {
    menu("view", [&] {
      for (const Choice& choice : choices()) {
        if (ImGui::MenuItem(choice.label, nullptr, choice.chosen)) commands_.push_back(choice.command);
        named_items().mark_last(fmt::format("view.{}", choice.label));
        if (ImGui::IsItemHovered()) show_tip(choice.what_it_does);
      }
    });
  }

  bool button_before(const char* label, bool chosen, const char* what_it_does) {
    const float width = canvas_.width_of(label, canvas_.fonts().small) + 14;
    x_ -= width + 5;
    ImGui::SetCursorScreenPos(canvas_.pixels({x_, area_.y + 3}));
    const std::string id = fmt::format("##view.{}", label);
    const bool clicked = ImGui::InvisibleButton(id.c_str(), canvas_.pixels({width, kHeight - 6}));
    named_items().mark_last(fmt::format("view.{}", label));
    if (ImGui::IsItemHovered()) show_tip(what_it_does);
    const Area box{x_, area_.y + 3, width, kHeight - 6};
    if (chosen || ImGui::IsItemHovered()) canvas_.fill(box, colours().raised, 6);
    if (chosen) canvas_.outline(box, colours().accent, 6);
    canvas_.text_centred(box, label, chosen ? colours().text : colours().text_muted, canvas_.fonts().small);
    return clicked;
  }

  void input_line(float width) {
    if (std::exchange(state_.take_keyboard, false)) ImGui::SetKeyboardFocusHere();
    ImGui::SetCursorScreenPos(canvas_.pixels({x_, area_.y}));
    ImGui::SetNextItemWidth(width * canvas_.scale());
    push_font(canvas_.fonts().mono);
    const ImVec2 padding{10 * canvas_.scale(), (kHeight * canvas_.scale() - font_size(canvas_.fonts().mono)) / 2};
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, padding);
    // Refused text stays there to be corrected; the next click into it selects it all.
    constexpr ImGuiInputTextFlags kFlags =
        ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_AutoSelectAll | ImGuiInputTextFlags_CallbackHistory;
    rare_characters().note(state_.text);
    if (pasted_lines()) ImGui::ClearActiveID();  // or else the line would take them as one
    const bool entered = ImGui::InputTextWithHint("##operation", "put sky blue", &state_.text, kFlags, recall, &state_);
    named_items().mark_last("operation.text");
    ImGui::PopStyleVar();
    ImGui::PopFont();
    if (!ImGui::IsItemActive()) {
      state_.recalled = state_.history.size();
      if (GImGui->InputTextState.ID == ImGui::GetItemID())
        GImGui->InputTextState.ID = 0;  // or else its undo steps would be applied to whatever the line holds next
    }
    // The keyboard is free again, unless there is something to correct.
    if (entered && !state_.text.empty() && !perform(state_.text)) ImGui::SetKeyboardFocusHere(-1);
    x_ += width + 10;
  }

  // Whether more than one line is being pasted into the text; then they are performed instead.
  bool pasted_lines() {
    const bool edited = ImGui::GetActiveID() == ImGui::GetID("##operation");
    const bool pastes = (control_down() && key_pressed(Key::kV)) || (shift_down() && key_pressed(Key::kInsert));
    const char* clipboard = edited && pastes ? ImGui::GetClipboardText() : nullptr;
    if (clipboard == nullptr) return false;
    std::vector<std::string> lines;
    for (std::string_view text = clipboard; !text.empty();) {
      const std::size_t length = std::min(text.find('\n'), text.size());
      const std::string_view line = text.substr(0, length);
      text.remove_prefix(std::min(length + 1, text.size()));
      if (line.find_first_not_of(" \t\r") != std::string_view::npos) lines.emplace_back(line);
    }
    if (lines.size() < 2) return false;
    commands_.emplace_back(PerformLines{std::move(lines)});
    state_.text.clear();
    return true;
  }

  // Arrow up and down: what was typed before. (ImGui's callback.)
  static int recall(ImGuiInputTextCallbackData* data) {
    OperationBarState& state = *static_cast<OperationBarState*>(data->UserData);
    const bool typing = state.recalled >= state.history.size();
    if (typing) state.draft.assign(data->Buf, static_cast<std::size_t>(data->BufTextLen));
    if (data->EventKey == ImGuiKey_UpArrow && state.recalled > 0) --state.recalled;
    if (data->EventKey == ImGuiKey_DownArrow && !typing) ++state.recalled;
    const std::string& text = state.recalled < state.history.size() ? state.history[state.recalled] : state.draft;
    data->DeleteChars(0, data->BufTextLen);
    data->InsertChars(0, text.c_str(), text.c_str() + text.size());
    forget_undo_steps();
    return 0;
  }

  void remember(const std::string& typed) {
    if (state_.history.empty() || state_.history.back() != typed) state_.history.push_back(typed);
    state_.recalled = state_.history.size();
  }

  void crash_menu() {
    menu("crash", [&] {
      for (const OfferedCrash& crash : offered_crashes(view_.now.disk())) {
        if (ImGui::Selectable(crash.name.c_str())) commands_.emplace_back(Perform{crash.step});
        named_items().mark_last("crash." + crash.step[1]);
      }
    });
  }

  void shows_menu() {
    menu("shows", [&] {
      for (const ShowInfo& show : shows()) {
        if (ImGui::Selectable(std::string(show.title).c_str()))
          commands_.emplace_back(OpenShow{std::string(show.name)});
        named_items().mark_last("show." + std::string(show.name));
      }
    });
  }

  void files_menu() {
    const bool recorded = view_.session.is_recorded();
    const struct {
      const char* label;
      const char* name;
      FilePurpose purpose;
      bool possible;
    } lines[] = {{"Open …", "open", FilePurpose::kOpen, true},
                 {"Save as a scenario …", "save-scenario", FilePurpose::kSaveScenario, !recorded},
                 {"Save as a trace …", "save-trace", FilePurpose::kSaveTrace, true},
                 {"Save a picture …", "save-picture", FilePurpose::kSavePicture, true}};
    menu("files", [&] {
      for (const auto& line : lines) {
        ImGui::BeginDisabled(!line.possible);
        if (ImGui::Selectable(line.label)) commands_.emplace_back(AskForFile{line.purpose});
        named_items().mark_last(fmt::format("files.{}", line.name));
        ImGui::EndDisabled();
      }
    });
  }

  // Returns false if it makes no sense; then it stays in the line.
  bool perform(const std::string& typed) {
    if (!state_.text.empty()) remember(state_.text);
    const auto refuse = [&](const Status& status) {
      commands_.emplace_back(Complain{std::string(status.message())});
      return false;
    };
    if (typed.find(kReplacement) != std::string::npos) {
      return refuse(
          Status::invalid_argument("a character of this text got lost: this line can hold those up to U+FFFF, "
                                   "and no emoji"));
    }
    const Result<sim::Step> words = words_of(typed);
    const std::string verb = words.ok() && !words->empty() ? words->front() : std::string();
    if (verb == "where") {
      if (words->size() != 2) return refuse(Status::invalid_argument("where is which key? Type: where KEY"));
      const std::string& key = words->back();
      if (!is_on_disk(key)) return refuse(Status::invalid_argument("no record has the key " + quoted(key)));
      commands_.emplace_back(SelectKey{key});
    } else if (verb == "show") {
      const std::string name = words->size() == 2 ? words->back() : std::string();
      if (!is_show(name)) return refuse(no_such_show(name));
      commands_.emplace_back(OpenShow{name});
    } else {
      const Result<sim::Step> step = parse_typed(typed);
      if (!step.ok()) return refuse(step.status());
      commands_.emplace_back(Perform{*step, state_.text});
    }
    state_.text.clear();
    return true;
  }

  bool is_on_disk(const std::string& key) const {
    for (const SegmentView* segment : view_.now.segments()) {
      for (const RecordView& record : segment->records) {
        if (record.valid() && record.key == key) return true;
      }
    }
    return false;
  }

  // The typed text may be "sky blue" or the whole "put sky blue".
  void put() {
    if (state_.text.empty()) {
      const auto& [key, value] = kSamples[state_.samples_used++ % std::size(kSamples)];
      commands_.emplace_back(Perform{{"put", key, value}});
      return;
    }
    perform(state_.text.starts_with("put ") ? state_.text : "put " + state_.text);
  }

  // Without a typed key: the newest record's key.
  void with_key(const std::string& verb) {
    if (!state_.text.empty()) {
      perform(state_.text.starts_with(verb + " ") ? state_.text : verb + " " + state_.text);
      return;
    }
    for (const SegmentView* segment : view_.now.segments()) {
      for (auto record = segment->records.rbegin(); record != segment->records.rend(); ++record) {
        if (!record->valid()) continue;
        commands_.emplace_back(Perform{{verb, record->key}});
        return;
      }
    }
    commands_.emplace_back(Complain{"type a key first: there is no record yet to take one from"});
  }

  const Canvas& canvas_;
  const View& view_;
  OperationBarState& state_;
  const Area area_;
  Commands& commands_;
  float x_;
};

}  // namespace

void draw_operation_bar(const Canvas& canvas, const View& view, OperationBarState& state, const Area& area,
                        Commands& commands) {
  Bar(canvas, view, state, area, commands).draw();
}

}  // namespace sediment::viz
