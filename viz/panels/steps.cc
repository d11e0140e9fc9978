// The steps of a run without a disk, such as a check of a student's component alone. The current one is marked, and each
// says which of the student's functions it called.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "viz/panels/view.h"

namespace sediment::viz {

namespace {

constexpr float kRow = 24;
constexpr float kHeading = 28;
constexpr std::size_t kLongestName = 80;

struct StoryStep {
  std::string text;
  std::string calls = {};  // so far
  bool failed = false;
};

// Up to the current one, which is the last.
std::vector<StoryStep> steps_so_far(const View& view) {
  std::vector<StoryStep> steps;
  const auto& entries = view.session.timeline().trace().entries();
  for (std::size_t i = 0; i < view.now.position(); ++i) {
    if (const auto* input = std::get_if<sim::InputEntry>(&entries[i])) steps.push_back({told_step(input->step)});
    if (steps.empty()) continue;
    const auto* event = std::get_if<sim::EventEntry>(&entries[i]);
    if (event != nullptr && event->kind == EventKind::kCalled) {
      const std::string function = event->why.substr(0, kLongestName);
      std::string& calls = steps.back().calls;
      if (calls.find(function) == std::string::npos) calls += (calls.empty() ? "" : ", ") + function;
    }
    const auto* outcome = std::get_if<sim::OutcomeEntry>(&entries[i]);
    if (outcome != nullptr) steps.back().failed = !outcome->ok;
  }
  return steps;
}

}  // namespace

void draw_steps(const Canvas& canvas, const View& view, const Area& stage) {
  const Fonts& fonts = canvas.fonts();
  canvas.text({stage.x + 2, stage.y}, "Steps", colours().text, fonts.strong);
  canvas.text_within({stage.x + 56, stage.y + 2}, stage.width - 56,
                     "what the check asked of your code, and which of your functions that called", colours().text_muted,
                     fonts.small);
  const std::vector<StoryStep> steps = steps_so_far(view);
  if (steps.empty()) return;
  // The current step has as many lines as it needs; the others are shortened to one.
  const float text_x = stage.x + 40;
  const auto calls_width = [&](const StoryStep& step) {
    return std::min(canvas.width_of(step.calls, fonts.mono_small), stage.width * 0.45F);
  };
  const auto text_width = [&](const StoryStep& step) { return stage.right() - 22 - calls_width(step) - text_x; };
  const float current_height =
      std::max(kRow, canvas.height_wrapped(text_width(steps.back()), steps.back().text, fonts.mono) + 8);
  const float room = stage.height - kHeading - current_height;
  const auto rows = static_cast<std::size_t>(std::max(0.0F, room / kRow));
  const std::size_t first = steps.size() - 1 - std::min(steps.size() - 1, rows);
  float y = stage.y + kHeading;
  canvas.push_clip(stage);
  for (std::size_t i = first; i < steps.size(); ++i, y += kRow) {
    const StoryStep& step = steps[i];
    const bool current = i + 1 == steps.size();
    canvas.text({stage.x + 6, y + 1}, fmt::format("{:3}", i + 1), colours().text_muted, fonts.mono);
    canvas.text_within({stage.right() - 8 - calls_width(step), y + 3}, calls_width(step) + 2, step.calls,
                       colours().text_muted, fonts.mono_small);
    if (current) {
      const ImU32 mark = step.failed ? colours().bad : colours().accent;
      canvas.fill({stage.x, y - 3, stage.width, current_height - 1}, faded(mark, 0.2F), 4);
      canvas.text_wrapped({text_x, y + 1}, text_width(step), step.text, colours().text, fonts.mono);
    } else {
      canvas.text_within({text_x, y + 1}, text_width(step), step.text,
                         mixed(colours().text_muted, colours().text, 0.6F), fonts.mono);
    }
  }
  canvas.pop_clip();
}

}  // namespace sediment::viz
