// The timeline: transport buttons, and a scrubber with a mark for everything important.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "viz/draw/characters.h"
#include "viz/draw/menus.h"
#include "viz/draw/named_items.h"
#include "viz/draw/tip.h"
#include "viz/panels/targets.h"
#include "viz/panels/view.h"

namespace sediment::viz {

namespace {

constexpr float kButton = 30;

enum class Icon { kStart, kStepBack, kBack, kPlay, kPause, kForward, kStepForward, kEnd };

void draw_icon(const Canvas& canvas, const Area& area, Icon icon, ImU32 colour) {
  const Point c = area.centre();
  const auto bar = [&](float x) { canvas.fill({x - 1.5F, c.y - 6, 3, 12}, colour); };
  const auto chevron = [&](float x, float towards) {
    canvas.line({x - 3 * towards, c.y - 6}, {x + 3 * towards, c.y}, colour, 2);
    canvas.line({x + 3 * towards, c.y}, {x - 3 * towards, c.y + 6}, colour, 2);
  };
  switch (icon) {
    case Icon::kStart:
      bar(c.x - 5);
      chevron(c.x + 3, -1);
      break;
    case Icon::kStepBack:
      chevron(c.x - 4, -1);
      chevron(c.x + 4, -1);
      break;
    case Icon::kBack: chevron(c.x, -1); break;
    case Icon::kPlay: canvas.triangle({c.x - 5, c.y - 8}, {c.x - 5, c.y + 8}, {c.x + 8, c.y}, colour); break;
    case Icon::kPause:
      bar(c.x - 4);
      bar(c.x + 4);
      break;
    case Icon::kForward: chevron(c.x, 1); break;
    case Icon::kStepForward:
      chevron(c.x - 4, 1);
      chevron(c.x + 4, 1);
      break;
    case Icon::kEnd:
      chevron(c.x - 3, 1);
      bar(c.x + 5);
      break;
  }
}

bool icon_button(const Canvas& canvas, const char* name, Icon icon, Point at, const char* what_it_does) {
  const Area area{at.x, at.y, kButton, kButton};
  ImGui::SetCursorScreenPos(canvas.pixels(at));
  const bool clicked = ImGui::Button(fmt::format("##{}", name).c_str(), canvas.pixels({kButton, kButton}));
  named_items().mark_last(name);
  if (ImGui::IsItemHovered()) show_tip(what_it_does);
  draw_icon(canvas, area, icon, icon == Icon::kPlay || icon == Icon::kPause ? colours().accent : colours().text);
  return clicked;
}

ImU32 mark_colour(MarkKind kind) {
  switch (kind) {
    case MarkKind::kOperation: return colours().outline_strong;
    case MarkKind::kSync: return colours().good;
    case MarkKind::kRoll: return colours().accent;
    case MarkKind::kMerge: return colours().warning;
    case MarkKind::kDamage: return colours().damage;
    case MarkKind::kCrash: return colours().bad;
    case MarkKind::kRecovered: return colours().good;
  }
  return colours().text;
}

// A pixel shows the most important of the marks on it.
void draw_marks(const Canvas& canvas, const View& view, const Area& track) {
  const double duration = std::max(view.session.pace().duration(), 1e-9);
  const auto columns = static_cast<std::size_t>(track.width);
  std::vector<int> heaviest(columns + 1, -1);
  for (const Mark& mark : view.session.timeline().marks()) {
    const double share = view.session.pace().end_of(mark.position) / duration;
    int& column = heaviest[static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(columns))];
    column = std::max(column, static_cast<int>(mark.kind));
  }
  for (std::size_t x = 0; x < heaviest.size(); ++x) {
    if (heaviest[x] < 0) continue;
    const auto kind = static_cast<MarkKind>(heaviest[x]);
    const bool heavy = kind == MarkKind::kCrash || kind == MarkKind::kDamage;
    const float height = kind == MarkKind::kOperation ? 5.0F : heavy ? 16.0F : 10.0F;
    const float thickness = heavy ? 3.0F : 1.5F;
    const float at = track.x + static_cast<float>(x);
    canvas.line({at, track.y - height}, {at, track.y - 1}, mark_colour(kind), thickness);
  }
  for (const std::size_t bookmark : view.bookmarks) {
    const double share = std::min(1.0, view.session.pace().end_of(bookmark) / duration);
    const float x = track.x + track.width * static_cast<float>(share);
    canvas.line({x, track.bottom() + 9}, {x, track.y}, colours().text, 1.5F);
    canvas.triangle({x, track.bottom() + 2}, {x, track.bottom() + 9}, {x + 8, track.bottom() + 5}, colours().warning);
  }
  for (const Chapter& chapter : view.session.chapters()) {
    const double share = view.session.begin_of(chapter) / duration;
    canvas.dot({track.x + track.width * static_cast<float>(share), track.y + track.height / 2}, 2.5F, colours().text);
  }
}

// The answers that are given on the timeline. Their numbers are below it, one beside the other if the places are close.
void draw_targets(const Canvas& canvas, const View& view, const Area& track, Commands& commands) {
  if (view.asked.question == nullptr) return;
  constexpr float kWidth = 18;
  const double duration = std::max(view.session.pace().duration(), 1e-9);
  std::vector<std::pair<float, std::size_t>> places;
  const std::vector<Answer>& answers = view.asked.question->answers;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (answers[i].target.kind != Target::Kind::kEntry || !view.asked.shows(i)) continue;
    const double share = view.session.pace().end_of(answers[i].target.number + 1) / duration;
    places.emplace_back(track.x + track.width * static_cast<float>(std::min(share, 1.0)), i);
  }
  std::sort(places.begin(), places.end());
  float free_from = track.x - kWidth;
  for (const auto& [mark, answer] : places) {
    const float x = std::max(mark, free_from + kWidth / 2);
    free_from = x + kWidth / 2 + 6;
    const Point badge{x, track.bottom() + 10};
    canvas.line({mark, track.y}, badge, colours().accent, 1.5F);
    draw_target(canvas, view.asked, answer, {x - kWidth / 2, track.y - 14, kWidth, track.height + 24}, badge, commands);
  }
}

void draw_scrubber(const Canvas& canvas, const View& view, const Area& track, Commands& commands) {
  const double duration = std::max(view.session.pace().duration(), 1e-9);
  const float done = track.width * static_cast<float>(std::clamp(view.time / duration, 0.0, 1.0));
  canvas.fill(track, colours().raised, 3);
  canvas.fill({track.x, track.y, done, track.height}, mixed(colours().raised, colours().accent, 0.7F), 3);
  draw_marks(canvas, view, track);
  canvas.dot({track.x + done, track.y + track.height / 2}, 8, colours().text);
  draw_targets(canvas, view, track, commands);

  // After the answers' places: the mouse belongs to the first widget at its place.
  ImGui::SetCursorScreenPos(canvas.pixels({track.x, track.y - 16}));
  ImGui::InvisibleButton("##scrubber", canvas.pixels({track.width, track.height + 26}));
  named_items().mark_last("scrubber");
  if (ImGui::IsItemActive()) {
    const float at = (canvas.mouse().x - track.x) / track.width;
    commands.emplace_back(GoTo{static_cast<double>(std::clamp(at, 0.0F, 1.0F)) * duration});
  }
}

// Each entry is a button that jumps to the next mark of its kind.
void draw_legend(const Canvas& canvas, const View& view, Point at, Commands& commands) {
  const std::pair<MarkKind, const char*> names[] = {{MarkKind::kOperation, "operation"}, {MarkKind::kSync, "durable"},
                                                    {MarkKind::kRoll, "roll"},           {MarkKind::kMerge, "merge"},
                                                    {MarkKind::kDamage, "damage"},       {MarkKind::kCrash, "crash"}};
  const auto has = [&](MarkKind kind) {
    return !view.has_only_bytes() || (kind != MarkKind::kRoll && kind != MarkKind::kMerge);
  };
  for (const auto& [kind, name] : names) {
    if (!has(kind)) at.x += 22 + canvas.width_of(name, canvas.fonts().small);
  }
  for (const auto& [kind, name] : names) {
    const float width = canvas.width_of(name, canvas.fonts().small);
    if (!has(kind)) continue;
    ImGui::SetCursorScreenPos(canvas.pixels({at.x - 4, at.y - 3}));
    if (ImGui::InvisibleButton(fmt::format("##until{}", name).c_str(), canvas.pixels({width + 16, 20}))) {
      commands.emplace_back(RunUntil{kind});
    }
    named_items().mark_last(fmt::format("until.{}", name));
    const bool hovered = ImGui::IsItemHovered();
    if (hovered) show_tip("to the next one (N: the next mark that is not an operation)");
    canvas.line({at.x, at.y + 2}, {at.x, at.y + 12}, mark_colour(kind), 2.5F);
    canvas.text({at.x + 6, at.y}, name, hovered ? colours().text : colours().text_muted, canvas.fonts().small);
    at.x += 22 + width;
  }
}

void branches_menu(const Canvas& canvas, const View& view, Commands& commands) {
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, canvas.pixels({10, 10}));
  if (ImGui::BeginPopup("branches")) {
    for (std::size_t i = 0; i < view.session.branches(); ++i) {
      const std::string label =
          readable(fmt::format("{}  {}", i + 1, view.session.name_of_branch(i)), canvas.fonts().text);
      const bool shown = i == view.session.branch_number();
      if (ImGui::Selectable(label.c_str(), shown)) commands.emplace_back(ShowBranch{i});
      named_items().mark_last(fmt::format("branch.{}", i + 1));
    }
    ImGui::EndPopup();
  }
  ImGui::PopStyleVar();
}

// For a presentation: play, the track, and the way out.
void draw_bare_timeline(const Canvas& canvas, const View& view, const Area& area, Commands& commands) {
  const Icon icon = view.playing ? Icon::kPause : Icon::kPlay;
  if (icon_button(canvas, "play", icon, {area.x, area.centre().y - kButton / 2}, "play or pause (Space)")) {
    commands.emplace_back(PlayOrPause{});
  }
  constexpr float kClose = 84;
  const Area close{area.right() - kClose, area.centre().y - kButton / 2, kClose, kButton};
  ImGui::SetCursorScreenPos(canvas.pixels({close.x, close.y}));
  if (ImGui::Button("Close", canvas.pixels({close.width, close.height}))) commands.emplace_back(Present{false});
  named_items().mark_last("present.close");
  if (ImGui::IsItemHovered()) show_tip("back to all buttons (V, Esc)");
  draw_scrubber(canvas, view, {area.x + kButton + 20, area.centre().y - 3, area.width - kButton - kClose - 44, 7},
                commands);
}

}  // namespace

void draw_timeline(const Canvas& canvas, const View& view, const Area& area, Commands& commands) {
  if (view.layout == LayoutId::kPresent) return draw_bare_timeline(canvas, view, area, commands);
  draw_panel(canvas, area, "");
  const Fonts& fonts = canvas.fonts();
  float x = area.x + 12;
  const float y = area.y + 11;
  const auto button = [&](const char* name, Icon icon, const char* what_it_does) {
    const bool clicked = icon_button(canvas, name, icon, {x, y}, what_it_does);
    x += kButton + 4;
    return clicked;
  };
  if (button("start", Icon::kStart, "to the start (Home)")) commands.emplace_back(GoTo{0});
  if (button("input-back", Icon::kStepBack, "back one operation (Shift ←)")) commands.emplace_back(StepInput{false});
  if (button("back", Icon::kBack, "back one event (←)")) commands.emplace_back(StepEntry{false});
  if (button("play", view.playing ? Icon::kPause : Icon::kPlay, "play or pause (Space)")) {
    commands.emplace_back(PlayOrPause{});
  }
  if (button("forward", Icon::kForward, "one event (→)")) commands.emplace_back(StepEntry{true});
  if (button("input-forward", Icon::kStepForward, "one operation (Shift →)")) commands.emplace_back(StepInput{true});
  if (button("end", Icon::kEnd, "to the end (End)")) commands.emplace_back(GoTo{view.session.pace().duration()});

  const float buttons_end = x;
  x = area.x + 12;
  const float below = y + kButton + 7;
  const bool has_second_row = area.height >= 75;  // otherwise only keys change the speed
  if (has_second_row) canvas.text({x, below + 1}, "speed", colours().text_muted, fonts.small);
  x += 40;
  for (std::size_t i = 0; i < std::size(kSpeeds) && has_second_row; ++i) {
    const bool current = std::abs(view.speed - kSpeeds[i]) < 1e-9;
    const std::string label = i == 0 ? "¼×" : i == 1 ? "½×" : fmt::format("{:.0f}×", kSpeeds[i]);
    ImGui::SetCursorScreenPos(canvas.pixels({x, below - 3}));
    if (ImGui::InvisibleButton(fmt::format("##speed{}", i).c_str(), canvas.pixels({30, 20}))) {
      commands.emplace_back(SetSpeed{kSpeeds[i]});
    }
    named_items().mark_last(fmt::format("speed.{}", i + 1));
    if (ImGui::IsItemHovered()) show_tip("how fast the run plays (− slower, + faster)");
    const Area box{x, below - 3, 30, 20};
    if (current || ImGui::IsItemHovered()) canvas.fill(box, colours().raised, 5);
    canvas.text_centred(box, label, current ? colours().accent : colours().text_muted, fonts.small);
    x += 32;
  }

  float right = area.right() - 12;
  const auto button_before = [&](const std::string& label, const char* name, const char* what_it_does) {
    const float width = canvas.width_of(label, fonts.text) + 20;
    right -= width;
    ImGui::SetCursorScreenPos(canvas.pixels({right, y}));
    ImGui::PushStyleColor(ImGuiCol_Border, colours().warning);
    ImGui::PushStyleVar(ImGuiStyleVar_FrameBorderSize, 1);
    const bool clicked = ImGui::Button(label.c_str(), canvas.pixels({width, kButton}));
    ImGui::PopStyleVar();
    ImGui::PopStyleColor();
    named_items().mark_last(name);
    if (ImGui::IsItemHovered()) show_tip(what_it_does);
    right -= 8;
    return clicked;
  };
  if (view.session.branches() > 1) {
    const std::string label = fmt::format("Branch {} of {}", view.session.branch_number() + 1, view.session.branches());
    if (button_before(label, "branches", "all branches: none of them is lost")) toggle_menu("branches");
    branches_menu(canvas, view, commands);
  }
  if (view.session.branches_left() > 0 &&
      button_before("Return", "return", "to the branch that this one was forked from; this one stays")) {
    commands.emplace_back(ReturnToBranch{});
  }
  const Area track{buttons_end + 16, y + 14, std::max(1.0F, right - buttons_end - 24), 7};
  draw_scrubber(canvas, view, track, commands);

  if (!has_second_row) return;
  const Timeline& timeline = view.session.timeline();
  const std::string place = fmt::format("event {} of {} · {:.0f} of {:.0f} s", view.now.position(), timeline.size(),
                                        view.time, view.session.pace().duration());
  canvas.text({track.x, below + 1}, place, colours().text_muted, fonts.small);
  const Point legend{area.right() - 402, below + 1};
  if (track.x + canvas.width_of(place, fonts.small) + 10 < legend.x) draw_legend(canvas, view, legend, commands);
}

}  // namespace sediment::viz
