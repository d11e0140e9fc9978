// The dialog for files: a folder to look around in, and a line for a name.
#include <fmt/format.h>

#include <utility>

#include "viz/draw/characters.h"
#include "viz/draw/named_items.h"
#include "viz/draw/tip.h"
#include "viz/panels/view.h"

namespace sediment::viz {

namespace {

constexpr float kWidth = 620;
constexpr float kHeight = 470;
constexpr float kPadding = 20;

const char* title_of(FilePurpose purpose) {
  switch (purpose) {
    case FilePurpose::kOpen: return "Open a scenario (.json), a trace (.jsonl), or the folder of a store";
    case FilePurpose::kSaveScenario: return "Save this run as a scenario (.json)";
    case FilePurpose::kSaveTrace: return "Save this run as a trace (.jsonl)";
    case FilePurpose::kSavePicture: return "Save what is shown as a picture (.png)";
  }
  return "";
}

class Dialog {
 public:
  Dialog(const Canvas& canvas, FileDialogState& state, Commands& commands)
      : canvas_(canvas), state_(state), commands_(commands) {}

  void draw() {
    const Fonts& fonts = canvas_.fonts();
    push_font(fonts.strong);
    ImGui::TextUnformatted(title_of(*state_.purpose));
    ImGui::PopFont();
    ImGui::PushStyleColor(ImGuiCol_Text, colours().text_muted);
    ImGui::TextUnformatted(readable(state_.folder, fonts.text).c_str());
    ImGui::PopStyleColor();
    draw_folder();
    draw_name();
    draw_buttons();
    if (key_pressed(Key::kEscape)) commands_.emplace_back(CloseFileDialog{});
  }

 private:
  void draw_folder() {
    ImGui::BeginChild("folder", canvas_.pixels({0, 240}), true);
    if (ImGui::Selectable("..", false, kSelectableKeepsPopup))
      commands_.emplace_back(GoToFolder{state_.folder + "/.."});
    named_items().mark_last("file...");
    for (const FileDialogState::Entry& entry : state_.entries) {
      const std::string label = entry.name + (entry.is_folder ? "/" : "");
      const bool chosen = entry.name == state_.name;
      if (ImGui::Selectable((readable(label, canvas_.fonts().text) + "##" + label).c_str(), chosen,
                            ImGuiSelectableFlags_AllowDoubleClick | kSelectableKeepsPopup)) {
        if (entry.is_folder) {
          commands_.emplace_back(GoToFolder{state_.folder + "/" + entry.name});
        } else {
          state_.name = entry.name;
          state_.exists = false;
          if (ImGui::IsMouseDoubleClicked(0)) use();
        }
      }
      named_items().mark_last("file." + label);
    }
    ImGui::EndChild();
  }

  void draw_name() {
    // In its first frame a window cannot give the keyboard away.
    if (!ImGui::IsWindowAppearing() && std::exchange(state_.take_keyboard, false)) ImGui::SetKeyboardFocusHere();
    ImGui::SetNextItemWidth(-1);
    rare_characters().note(state_.name);
    const std::string before = state_.name;
    const bool entered =
        ImGui::InputTextWithHint("##name", "a name, or a path", &state_.name,
                                 ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_AutoSelectAll);
    named_items().mark_last("file.name");
    if (state_.name != before) state_.exists = false;
    if (entered) use();
    ImGui::PushStyleColor(ImGuiCol_Text, colours().bad);
    ImGui::PushTextWrapPos(0);
    ImGui::TextUnformatted(readable(state_.problem, canvas_.fonts().text).c_str());
    ImGui::PopTextWrapPos();
    ImGui::PopStyleColor();
  }

  void draw_buttons() {
    const bool opens = *state_.purpose == FilePurpose::kOpen;
    ImGui::SetCursorPos(canvas_.pixels({kPadding, kHeight - kPadding - 30}));
    const char* label = opens ? "Open" : state_.exists ? "Replace" : "Save";
    ImGui::BeginDisabled(state_.name.empty());
    if (ImGui::Button(label, canvas_.pixels({110, 30}))) use();
    named_items().mark_last("file.use");
    if (ImGui::IsItemHovered()) show_tip("Enter");
    ImGui::EndDisabled();
    if (opens) {
      ImGui::SameLine();
      if (ImGui::Button("Open this folder", canvas_.pixels({150, 30}))) commands_.emplace_back(UseFile{state_.folder});
      named_items().mark_last("file.folder");
      if (ImGui::IsItemHovered()) show_tip("the folder is that of a store: look at its files");
    }
    ImGui::SameLine();
    if (ImGui::Button("Cancel", canvas_.pixels({110, 30}))) commands_.emplace_back(CloseFileDialog{});
    named_items().mark_last("file.cancel");
    if (ImGui::IsItemHovered()) show_tip("Esc");
  }

  void use() {
    const bool is_path = state_.name.starts_with('/');
    commands_.emplace_back(UseFile{is_path ? state_.name : state_.folder + "/" + state_.name, state_.exists});
  }

  const Canvas& canvas_;
  FileDialogState& state_;
  Commands& commands_;
};

}  // namespace

void draw_file_dialog(const Canvas& canvas, FileDialogState& state, Commands& commands) {
  if (!state.purpose) return;
  if (!ImGui::IsPopupOpen("##files")) ImGui::OpenPopup("##files");
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  const ImVec2 size = canvas.pixels({kWidth, kHeight});
  ImGui::SetNextWindowSize(size);
  ImGui::SetNextWindowPos({(screen.x - size.x) / 2, (screen.y - size.y) / 2});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, canvas.pixels({kPadding, kPadding}));
  ImGui::PushStyleColor(ImGuiCol_PopupBg, colours().panel);  // buttons and the line stand out from it
  ImGui::PushStyleColor(ImGuiCol_Border, colours().outline_strong);
  ImGui::PushStyleColor(ImGuiCol_ModalWindowDimBg, faded(colours().background, 0.7F));
  constexpr ImGuiWindowFlags kFlags = ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoResize |
                                      ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings;
  if (ImGui::BeginPopupModal("##files", nullptr, kFlags)) {
    Dialog(canvas, state, commands).draw();
    ImGui::EndPopup();
  }
  ImGui::PopStyleColor(3);
  ImGui::PopStyleVar();
}

}  // namespace sediment::viz
