// Input: what a key or a panel's command does, and which panel has the keyboard.
#include <algorithm>

#include "sim/base/overloaded.h"
#include "viz/app/app_impl.h"
#include "viz/shows/tour.h"

namespace sediment::viz {

void App::Impl::take_keys() {
  if (text_is_edited()) return;
  if (control_down()) {  // with Ctrl, no letter is a command
    if (key_pressed(Key::kEqual)) change_text_size(true);
    if (key_pressed(Key::kMinus)) change_text_size(false);
    if (key_pressed(Key::kDigit0)) text_size = 100;
    return;
  }
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
  if (key_pressed(Key::kZ)) carry_out(ZoomStage{!shift_down()});
  panel_move = 0;
  if (key_pressed(Key::kDown, true)) panel_move = 1;
  if (key_pressed(Key::kUp, true)) panel_move = -1;
  if (key_pressed(Key::kPageDown, true)) panel_move = 10;
  if (key_pressed(Key::kPageUp, true)) panel_move = -10;
  panel_act = key_pressed(Key::kEnter) && focus.has_value();
  if (key_pressed(Key::kEnter) && !focus) operation_bar.take_keyboard = true;
  if (key_pressed(Key::kEscape)) escape();
}

// Undoes the last opening or choice.
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
                   drawn.reset();
                   selection.segment = to.segment;
                   selection.offset = to.offset;
                 },
                 [&](const SelectKey& to) { selection.key = to.key; },
                 [&](ChooseCrash to) { crash = to.number; },
                 [&](KeepChanges keep) { crash = crashes.with_changes(crash, keep.changes); },
                 [&](const FlipBit& flip) {
                   const Scene& scene = session->timeline().scene();
                   rot = flip_bit(scene.disk(), flip.file, flip.offset, flip.bit, scene.twin(), session->scenario());
                 },
                 [&](ZoomStage to) {
                   if (to.in) zoom.enlarged = std::min(zoom.enlarged + 1, most_enlarged);
                   if (!to.in && zoom.enlarged > 0) --zoom.enlarged;
                   drawn.reset();  // so that what happens scrolls into view
                 },
                 [&](ScrollStage to) { zoom.scroll = to.to; },
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

}  // namespace sediment::viz
