// Input: what a key or a panel's command does, and which panel has the keyboard.
#include <algorithm>

#include "sim/base/overloaded.h"
#include "viz/app/app_impl.h"
#include "viz/draw/menus.h"
#include "viz/shows/recorded.h"
#include "viz/shows/tour.h"

namespace sediment::viz {

namespace {

constexpr ImWchar kFirstNotLatin = 0x0370;

// The signs that were typed in this frame. Keyboards have them in different places, with Shift, AltGr or neither; so a
// command that is a sign is a character, and one that is a letter is a key.
class TypedSigns {
 public:
  TypedSigns() {
    for (const ImWchar character : ImGui::GetIO().InputQueueCharacters) {
      if (character < 0x80) signs_ += static_cast<char>(character);
      if (character >= kFirstNotLatin) not_latin_ = true;
    }
  }

  /// A keyboard without this sign has the command where a US keyboard has the sign.
  bool has(char sign, Key us) const {
    return signs_.find(sign) != std::string::npos || (not_latin_ && key_pressed(us));
  }
  /// Some keyboards have digits only with Shift. The key alone then does as well, unless it types another command.
  bool has_digit(std::size_t number) const {
    const auto key = static_cast<Key>(static_cast<int>(Key::kDigit0) + static_cast<int>(number));
    if (signs_.find_first_of("?/[],.-+=") != std::string::npos) return false;
    return signs_.find(static_cast<char>('0' + number)) != std::string::npos || key_pressed(key);
  }

 private:
  std::string signs_;
  bool not_latin_ = false;
};

}  // namespace

void App::Impl::take_keys() {
  if (text_is_edited() || file_dialog.purpose) return;
  if (is_figure()) return take_keys_of_figure();
  if (control_down()) return take_keys_with_control();
  take_signs();
  if (!alt_down()) take_letters();  // AltGr makes other letters of them
  if (key_pressed(Key::kSpace)) carry_out(PlayOrPause{});
  const bool operation = shift_down();
  close_up.along = 0;
  for (const bool forward : {false, true}) {
    if (!key_pressed(forward ? Key::kRight : Key::kLeft, true)) continue;
    if (operation) {
      carry_out(StepInput{forward});
    } else if (close_up_has_keys()) {
      close_up.along = forward ? 1 : -1;
    } else {
      carry_out(StepEntry{forward});
    }
  }
  if (key_pressed(Key::kHome)) carry_out(GoTo{0});
  if (key_pressed(Key::kEnd)) carry_out(GoTo{session->pace().duration()});
  panel_move = 0;
  if (key_pressed(Key::kDown, true)) panel_move = 1;
  if (key_pressed(Key::kUp, true)) panel_move = -1;
  if (key_pressed(Key::kPageDown, true)) panel_move = 10;
  if (key_pressed(Key::kPageUp, true)) panel_move = -10;
  close_up.across = close_up_has_keys() ? std::clamp(panel_move, -1, 1) : 0;
  panel_act = false;
  close_up.act = false;
  if (key_pressed(Key::kEnter)) enter();
  if (focus) move_in_guarantees();
  if (atlas_size == AtlasSize::kFull) move_in_atlas();
  if (key_pressed(Key::kEscape)) escape();
}

// A figure moves between its beginning and its end. All else is for the page's buttons: a reader who presses a letter
// expects that nothing happens.
void App::Impl::take_keys_of_figure() {
  panel_act = false;
  panel_move = 0;
  close_up.along = 0;
  close_up.across = 0;
  close_up.act = false;
  if (control_down() || alt_down()) return;
  if (key_pressed(Key::kSpace)) carry_out(PlayOrPause{});
  for (const bool forward : {false, true}) {
    if (!key_pressed(forward ? Key::kRight : Key::kLeft, true)) continue;
    if (close_up_has_keys() && !shift_down()) {
      close_up.along = forward ? 1 : -1;
    } else {
      step_in_figure(forward, !shift_down());
    }
  }
  if (key_pressed(Key::kHome)) go_to(figure_from);
  if (key_pressed(Key::kEnd)) go_to(end_of_figure());
  if (close_up_has_keys()) {
    if (key_pressed(Key::kDown, true)) close_up.across = 1;
    if (key_pressed(Key::kUp, true)) close_up.across = -1;
    close_up.act = key_pressed(Key::kEnter);
  }
  if (atlas_size == AtlasSize::kFull) {
    if (key_pressed(Key::kDown, true)) panel_move = 1;
    if (key_pressed(Key::kUp, true)) panel_move = -1;
    move_in_atlas();
    if (key_pressed(Key::kEnter)) enter();
  } else if (key_pressed(Key::kEscape)) {
    escape();
  }
}

// What lies on top has the key first.
void App::Impl::enter() {
  if (atlas_size == AtlasSize::kFull) {
    if (atlas_choice) carry_out(EnterDisk{session->timeline().position(), *atlas_choice});
  } else if (const auto end = end_of_show(); end && !end->next.empty()) {
    carry_out(OpenShow{std::string(end->next)});
  } else if (const PredictView asked = predict(); asked.question != nullptr && asked.question->is_mark && thinks()) {
    confirm_answer();
  } else if (asks && !playing && asked.question != nullptr && asked.revealed) {
    leave_answers();
  } else if (focus) {
    panel_act = true;
  } else if (is_close()) {
    close_up.act = true;
  } else if (screen.operations.height > 0) {
    operation_bar.take_keyboard = true;
  }
}

void App::Impl::take_signs() {
  const TypedSigns signs;
  for (std::size_t i = 0; i < kMostAnswers; ++i) {
    if (!signs.has_digit(i + 1)) continue;
    end_of_show() ? go_to_question(i) : choose_answer(i);
  }
  if (signs.has('-', Key::kMinus)) change_speed(false);
  if (signs.has('+', Key::kEqual) || signs.has('=', Key::kEqual)) change_speed(true);
  if (signs.has('?', Key::kSlash) || signs.has('/', Key::kSlash)) carry_out(ShowHelp{});
  if (signs.has('[', Key::kLeftBracket)) move_focus(false);
  if (signs.has(']', Key::kRightBracket)) move_focus(true);
  if (signs.has(',', Key::kComma)) select_segment(false);
  if (signs.has('.', Key::kPeriod)) select_segment(true);
}

void App::Impl::take_letters() {
  if (key_pressed(Key::kC)) carry_out(Perform{offered_crashes(session->timeline().scene().disk()).front().step});
  if (key_pressed(Key::kR)) carry_out(Perform{{"recover"}});
  if (key_pressed(Key::kM)) carry_out(Perform{{"merge", "step"}});
  if (key_pressed(Key::kF)) carry_out(Fork{});
  if (key_pressed(Key::kL)) {
    constexpr std::size_t kOrdinary = std::size(kLayouts) - 1;  // the last one has a key of its own
    carry_out(SetLayout{kLayouts[(static_cast<std::size_t>(layout) + 1) % kOrdinary]});
  }
  if (key_pressed(Key::kT)) carry_out(SetTheme{theme == Theme::kDark ? Theme::kLight : Theme::kDark});
  if (key_pressed(Key::kP)) asks = !asks;
  if (key_pressed(Key::kN)) carry_out(RunUntil{std::nullopt, !shift_down()});
  if (key_pressed(Key::kB)) carry_out(Bookmark{});
  if (key_pressed(Key::kG)) carry_out(NextBookmark{});
  if (key_pressed(Key::kD)) carry_out(CompareBranches{});
  if (key_pressed(Key::kW)) wants_key_of_place = true;
  if (key_pressed(Key::kZ)) carry_out(ZoomStage{!shift_down()});
  if (key_pressed(Key::kV)) carry_out(Present{layout != LayoutId::kPresent});
  if (key_pressed(Key::kA)) {
    const AtlasSize next = shift_down() ? AtlasSize::kFull : AtlasSize::kStrip;
    carry_out(SetAtlas{atlas_size == next ? AtlasSize::kNone : next});
  }
}

// With Ctrl, no letter alone is a command.
void App::Impl::take_keys_with_control() {
  if (key_pressed(Key::kEqual)) change_text_size(true);
  if (key_pressed(Key::kMinus)) change_text_size(false);
  if (key_pressed(Key::kDigit0)) text_size = 100;
  if (key_pressed(Key::kZ)) shift_down() ? carry_out(Redo{}) : carry_out(Undo{});
  if (key_pressed(Key::kY)) carry_out(Redo{});
  if (key_pressed(Key::kC) && !copyable.empty()) carry_out(CopyText{copyable.front()});
  if (key_pressed(Key::kO)) carry_out(AskForFile{FilePurpose::kOpen});
  if (key_pressed(Key::kS)) {
    carry_out(AskForFile{session->is_recorded() ? FilePurpose::kSaveTrace : FilePurpose::kSaveScenario});
  }
}

void App::Impl::copy(const std::string& text) {
  ImGui::SetClipboardText(text.c_str());
  tell("copied: " + text);
}

// In the large atlas, ↑ and ↓ choose a disk of the current column, the worst one first.
void App::Impl::move_in_atlas() {
  const Atlas::Column* column = shown_column(session->timeline().position());
  if (column == nullptr || column->disks.empty()) {
    atlas_choice.reset();
    return;
  }
  if (panel_move == 0) return;
  const auto last = static_cast<std::ptrdiff_t>(column->disks.size()) - 1;
  const auto next = atlas_choice ? static_cast<std::ptrdiff_t>(*atlas_choice) - panel_move : last;
  atlas_choice = static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(next, 0, last));
  carry_out(PointAtDisk{session->timeline().position(), *atlas_choice});
}

// A column of the run that is shown; null if the atlas is still that of another run.
const Atlas::Column* App::Impl::shown_column(std::size_t position) const {
  const bool is_shown = atlas_of == std::pair<const Session*, std::size_t>{session.get(), session->branch_number()};
  return is_shown ? atlas.column(position) : nullptr;
}

void App::Impl::move_in_guarantees() {
  if (screen.docks[*focus].panels[shown_tab(*focus)] != PanelId::kGuarantees || panel_move == 0) return;
  // The switches, which a recorded run does not have; the recorded runs; and the search, if something is taken away.
  const auto switches = static_cast<std::ptrdiff_t>(sim::kGuarantees.size());
  const std::ptrdiff_t first = session->is_recorded() ? switches : 0;
  const std::ptrdiff_t search_row = session->scenario().without.empty() ? 0 : 1;
  const auto last = switches + static_cast<std::ptrdiff_t>(kEngineGuarantees.size()) - 1 + search_row;
  const auto next = guarantee_choice ? static_cast<std::ptrdiff_t>(*guarantee_choice) + panel_move : first;
  guarantee_choice = static_cast<std::size_t>(std::clamp(next, first, last));
}

// Undoes the last opening or choice.
void App::Impl::escape() {
  if (menu_is_open()) return close_menu();
  if (std::exchange(help, false)) return;
  if (end_of_show()) {
    left_end = true;
    return;
  }
  if (atlas_size == AtlasSize::kFull) {
    carry_out(SetAtlas{AtlasSize::kNone});
    return;
  }
  if (is_close()) {
    carry_out(ShowCloseUp{Closeness::kStage});
    return;
  }
  if (selection.segment || !selection.file.empty() || !selection.key.empty()) {
    selection = {};
    rot.reset();
    return;
  }
  if (focus) {
    chosen_tab(*focus).reset();
    focus.reset();
  } else if (layout == LayoutId::kPresent) {
    carry_out(Present{false});
  }
}

void App::Impl::change_speed(bool faster) {
  const auto* const next = std::upper_bound(std::begin(kSpeeds), std::end(kSpeeds), speed);
  const auto* const current = std::lower_bound(std::begin(kSpeeds), std::end(kSpeeds), speed);
  if (faster && next != std::end(kSpeeds)) speed = *next;
  if (!faster && current != std::begin(kSpeeds)) speed = *(current - 1);
}

void App::Impl::change_text_size(bool larger) {
  const auto* const current = std::find(std::begin(kTextSizes), std::end(kTextSizes), text_size);
  if (larger && current + 1 != std::end(kTextSizes)) text_size = *(current + 1);
  if (!larger && current != std::begin(kTextSizes)) text_size = *(current - 1);
}

// All tabs of all docks, in order; before the first and after the last one, no panel has the keyboard.
void App::Impl::move_focus(bool forward) {
  const std::vector<Dock>& docks = screen.docks;
  if (docks.empty()) {
    message = "the panels have no room beside letters of this size; Ctrl − makes them smaller";
    return;
  }
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

// The next one in the order of the lanes, newest on top.
// In a large store there is nothing to step through but what it holds.
void App::Impl::step_record(bool forward) {
  constexpr std::size_t kStep = 4;
  const LargeStore::Part& part = session->large_store()->segments().at(large_place.segment).parts.at(large_place.part);
  if (forward && large_place.first + kStep >= part.records) return step_part(true);
  if (!forward && large_place.first == 0) return step_part(false);
  large_place.first = forward ? large_place.first + kStep : large_place.first - std::min(large_place.first, kStep);
}

void App::Impl::step_part(bool forward) {
  const std::size_t last = LargeStore::kParts - 1;
  large_place.part =
      forward ? std::min(large_place.part + 1, last) : large_place.part - std::min<std::size_t>(1, large_place.part);
  large_place.first = 0;
}

// The next one by name, or the one before.
void App::Impl::select_file(bool before) {
  std::vector<std::string> names;
  for (const auto& [name, id] : session->timeline().scene().disk().names()) names.push_back(name);
  if (names.empty()) return;
  const auto selected = std::find(names.begin(), names.end(), selection.file);
  std::size_t next = before ? names.size() - 1 : 0;
  if (selected != names.end()) {
    const auto current = static_cast<std::size_t>(selected - names.begin());
    next = before ? current - std::min<std::size_t>(1, current) : std::min(current + 1, names.size() - 1);
  }
  carry_out(SelectFile{names[next]});
}

void App::Impl::select_segment(bool newer) {
  if (const LargeStore* store = session->large_store()) {
    const std::size_t last = store->segments().size() - 1;
    large_place.segment = newer ? large_place.segment - std::min<std::size_t>(1, large_place.segment)
                                : std::min(large_place.segment + 1, last);
    large_place.first = 0;
    return;
  }
  if (session->format() == StoreFormat::kForeign) return select_file(newer);
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

// Finds the choice that leaves this disk of the atlas, and puts it into words. None if the atlas does not know it.
std::optional<sim::CrashChoice> App::Impl::describe_disk(std::size_t position, std::size_t disk) {
  const Atlas::Column* column = shown_column(position);
  if (column == nullptr || disk >= column->disks.size()) return std::nullopt;
  const CrashGrid::Disk found = Atlas::disk_of(session->timeline(), session->scenario(), position, column->disks[disk]);
  atlas_disk = {position, disk, to_string(found.choice), explain(found.choice), found.what};
  return found.choice;
}

void App::Impl::carry_out(const Command& command) {
  std::visit(sim::Overloaded{
                 [&](PlayOrPause) {
                   if (asks && !playing && thinks()) return reveal_answer();
                   if (asks && !playing && asked_question()) return leave_answers();
                   const double end = is_figure() ? end_of_figure() : session->pace().duration();
                   if (!playing && time >= end) go_to(figure_from);
                   playing = !playing;
                   stop_at = end;
                 },
                 [&](StepEntry step) {
                   session->large_store() != nullptr ? step_record(step.forward) : step_entry(step.forward);
                 },
                 [&](StepInput step) {
                   session->large_store() != nullptr ? step_part(step.forward) : step_input(step.forward);
                 },
                 [&](LookInto to) { large_place = to.place; },
                 [&](GoTo to) { go_to(to.time); },
                 [&](GoToEntry to) { go_to_entries(to.position); },
                 [&](SetSpeed to) { speed = to.speed; },
                 [&](const Perform& operation) {
                   if (perform(operation.step).ok() || operation.typed.empty()) return;
                   operation_bar.text = operation.typed;
                   operation_bar.take_keyboard = true;
                 },
                 [&](const PerformLines& operations) { perform_lines(operations.lines); },
                 [&](const Complain& complaint) { complain(complaint.message); },
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
                 [&](ShowBranch to) {
                   session->show_branch(to.number);
                   ++changes;
                   go_to_entries(session->timeline().position());
                 },
                 [&](Undo) { show_change(session->undo()); },
                 [&](Redo) { show_change(session->redo()); },
                 [&](ShowHelp) { help = !help; },
                 [&](const SelectFile& to) {
                   selection.segment.reset();
                   selection.file = to.name;
                   selection.offset = to.offset;
                 },
                 [&](Select to) {
                   drawn.reset();
                   selection.file.clear();
                   selection.segment = to.segment;
                   selection.offset = to.offset;
                 },
                 [&](const SelectKey& to) {
                   selection.key = to.key;
                   message.clear();
                 },
                 [&](ChooseCrash to) { crash = to.number; },
                 [&](ChoosePolicy to) { policy_choice = to.rule; },
                 [&](KeepChanges keep) { crash = crashes.with_changes(crash, keep.changes); },
                 [&](const FlipBit& flipped) { flip(flipped); },
                 [&](ZoomStage to) { zoom_stage(to.in); },
                 [&](ShowCloseUp to) { come_closer(to.level); },
                 [&](ChooseBit to) { close_up.bit = to.bit; },
                 [&](ScrollStage to) { zoom.scroll = to.to; },
                 [&](SetLayout to) {
                   layout = to.layout;
                   lay_out();
                   focus.reset();
                 },
                 [&](LeaveEnd) { left_end = true; },
                 [&](Present to) {
                   if (to.on == (layout == LayoutId::kPresent)) return;
                   const LayoutId next = to.on ? LayoutId::kPresent : layout_before;
                   if (to.on) layout_before = layout;
                   carry_out(SetLayout{next});
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
                 [&](ChooseAnswer to) { choose_answer(to.number); },
                 [&](GoToQuestion to) { go_to_question(to.number); },
                 [&](ConfirmAnswer) { confirm_answer(); },
                 [&](LeaveAnswers) { leave_answers(); },
                 [&](const OpenShow& to) { open_show(to.name); },
                 [&](PointAtDisk at) {
                   const bool known = atlas_disk && atlas_disk->position == at.position && atlas_disk->disk == at.disk;
                   if (!known) describe_disk(at.position, at.disk);
                 },
                 [&](EnterDisk to) {
                   const std::optional<sim::CrashChoice> choice = describe_disk(to.position, to.disk);
                   if (!choice) return;
                   atlas_size = AtlasSize::kNone;
                   atlas_choice.reset();
                   go_to_entries(to.position);
                   carry_out(Perform{sim::step_of("crash " + to_string(*choice))});
                 },
                 [&](SetAtlas to) {
                   atlas_size = to.size;
                   atlas_choice.reset();
                   if (to.size == AtlasSize::kFull) focus.reset();
                   lay_out();
                 },
                 [&](const TakeAway& taken) {
                   search.reset();
                   searching = false;
                   const Status status = session->run_without(taken.guarantees);
                   if (status.ok() && atlas_size == AtlasSize::kNone) atlas_size = AtlasSize::kStrip;
                   show_change(status);
                 },
                 [&](FindScript find) {
                   searching = find.start;
                   search = find.start ? std::make_unique<ScriptSearch>(session->scenario().without) : nullptr;
                 },
                 [&](PlayScript) {
                   if (!search || !search->found()) return;
                   const sim::Scenario script = *search->found();
                   show_session(Session::of_scenario(script));
                   play_until(session->pace().duration());
                 },
                 [&](AskForFile ask) { ask_for_file(ask.purpose); },
                 [&](const GoToFolder& to) { go_to_folder(to.path); },
                 [&](const UseFile& file) { use_file(file); },
                 [&](CloseFileDialog) { close_file_dialog(); },
                 [&](const CopyText& what) { copy(what.text); },
                 [&](ShowPanel to) {
                   chosen_tab(to.dock) = to.tab;
                   focus = to.dock;
                 },
             },
             command);
}

}  // namespace sediment::viz
