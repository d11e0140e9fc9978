// The operation bar: a line for typing operations, and a button for each of them.
#include <fmt/format.h>

#include <utility>

#include "viz/draw/named_items.h"
#include "viz/panels/view.h"
#include "viz/shows/shows.h"

namespace sediment::viz {

namespace {

constexpr float kHeight = 32;
constexpr float kWide = 1180;  // room for everything

// What Put writes when nothing was typed: some keys repeat, so that there is something to merge.
constexpr std::pair<const char*, const char*> kSamples[] = {
    {"sky", "blue"},  {"grass", "green"}, {"sun", "yellow"}, {"sky", "grey"},    {"sea", "deep"},  {"rose", "red"},
    {"sky", "black"}, {"snow", "white"},  {"grass", "dry"},  {"moon", "silver"}, {"sea", "rough"}, {"sun", "low"}};

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
    input_line(narrow ? 110 : 186);
    const Scene::Store store = view_.session.store_here();
    const bool open = store == Scene::Store::kOpen;
    if (button("Put", open)) put();
    if (button("Get", open)) with_key("get");
    if (button("Remove", open)) with_key("remove");
    gap();
    if (button("Sync", open)) perform("sync");
    if (button("Roll", open)) perform("roll");
    if (button("Merge", open)) perform("merge");
    if (button("Merge step", open)) perform("merge step");
    gap();
    if (button("Crash …", view_.now.store() != Scene::Store::kCrashed)) ImGui::OpenPopup("crash");
    crash_menu();
    const bool crashed = store == Scene::Store::kCrashed;
    if (button(open || crashed ? "Recover" : "Open", !open)) perform(crashed ? "recover" : "open");
    gap();
    if (button("Fork", true)) commands_.emplace_back(Fork{});
    if (button("Shows …", true)) ImGui::OpenPopup("shows");
    shows_menu();
    if (button("?", true)) commands_.emplace_back(ShowHelp{});
    constexpr float kChoices = 200;
    if (x_ + kChoices < area_.right()) draw_choices();
  }

 private:
  void gap() { x_ += 6; }

  bool button(const char* label, bool enabled) {
    const float width = canvas_.width_of(label, canvas_.fonts().text) + 14;
    ImGui::SetCursorScreenPos(canvas_.pixels({x_, area_.y}));
    ImGui::BeginDisabled(!enabled);
    const bool clicked = ImGui::Button(label, canvas_.pixels({width, kHeight}));
    named_items().mark_last(fmt::format("operation.{}", label));
    ImGui::EndDisabled();
    x_ += width + 4;
    return clicked;
  }

  // From the right: the theme, then the layouts.
  void draw_choices() {
    x_ = area_.right() + 5;
    const bool dark = view_.theme == Theme::kDark;
    if (button_before(dark ? "Light" : "Dark", false)) {
      commands_.emplace_back(SetTheme{dark ? Theme::kLight : Theme::kDark});
    }
    x_ -= 8;
    const std::pair<LayoutId, const char*> layouts[] = {
        {LayoutId::kAll, "All"}, {LayoutId::kCrash, "Crash"}, {LayoutId::kLearn, "Learn"}};
    for (const auto& [layout, label] : layouts) {
      if (button_before(label, layout == view_.layout)) commands_.emplace_back(SetLayout{layout});
    }
  }

  bool button_before(const char* label, bool chosen) {
    const float width = canvas_.width_of(label, canvas_.fonts().small) + 14;
    x_ -= width + 5;
    ImGui::SetCursorScreenPos(canvas_.pixels({x_, area_.y + 3}));
    const std::string id = fmt::format("##view.{}", label);
    const bool clicked = ImGui::InvisibleButton(id.c_str(), canvas_.pixels({width, kHeight - 6}));
    named_items().mark_last(fmt::format("view.{}", label));
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
    constexpr ImGuiInputTextFlags kFlags = ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_AutoSelectAll;
    const bool entered =
        ImGui::InputTextWithHint("##operation", "put sky blue", state_.text.data(), state_.text.size(), kFlags);
    named_items().mark_last("operation.text");
    ImGui::PopStyleVar();
    ImGui::PopFont();
    if (entered) {
      if (*state_.text.data() != '\0') perform(state_.text.data());
      ImGui::SetKeyboardFocusHere(-1);  // the next operation can be typed at once
    }
    x_ += width + 10;
  }

  void crash_menu() {
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, canvas_.pixels({10, 10}));
    if (ImGui::BeginPopup("crash")) {
      for (const OfferedCrash& crash : offered_crashes(view_.now.disk())) {
        if (ImGui::Selectable(crash.name.c_str())) commands_.emplace_back(Perform{crash.step});
        named_items().mark_last("crash." + crash.step[1]);
      }
      ImGui::EndPopup();
    }
    ImGui::PopStyleVar();
  }

  void shows_menu() {
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, canvas_.pixels({10, 10}));
    if (ImGui::BeginPopup("shows")) {
      for (const ShowInfo& show : shows()) {
        if (ImGui::Selectable(std::string(show.title).c_str()))
          commands_.emplace_back(OpenShow{std::string(show.name)});
        named_items().mark_last("show." + std::string(show.name));
      }
      ImGui::EndPopup();
    }
    ImGui::PopStyleVar();
  }

  void perform(const std::string& typed) {
    if (typed.starts_with("where ")) {
      commands_.emplace_back(SelectKey{typed.substr(6)});
      state_.text[0] = '\0';
      return;
    }
    Result<sim::Step> step = parse_typed(typed);
    if (!step.ok()) {
      commands_.emplace_back(Complain{std::string(step.status().message())});
      return;
    }
    commands_.emplace_back(Perform{*step});
    state_.text[0] = '\0';
  }

  // The typed text may be "sky blue" or the whole "put sky blue".
  void put() {
    const std::string typed = state_.text.data();
    if (typed.empty()) {
      const auto& [key, value] = kSamples[state_.samples_used++ % std::size(kSamples)];
      return perform(fmt::format("put {} {}", key, value));
    }
    perform(typed.starts_with("put ") ? typed : "put " + typed);
  }

  // Without a typed key: the newest record's key.
  void with_key(const std::string& verb) {
    const std::string typed = state_.text.data();
    if (!typed.empty()) return perform(typed.starts_with(verb + " ") ? typed : verb + " " + typed);
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
