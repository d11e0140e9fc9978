// The merge: how far it has read each of its inputs, its latest decision and why, and the steps that publish its
// result. A crash is safe between any two of these steps.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "viz/panels/view.h"

namespace sediment::viz {

using Phase = MergeView::Phase;

namespace {

constexpr float kCheck = 15;  // the height of a step's line
constexpr const char* kSteps[] = {"copy what counts into a new file",
                                  "fsync the file: its bytes are durable",
                                  "fsync the directory: its name is durable",
                                  "MANIFEST names it, not the inputs: COMMIT",
                                  "lookups use it",
                                  "remove the inputs"};

struct Decision {
  bool kept = false;
  std::string text;
  bool is_wrong = false;
};

// The latest ones, newest first.
std::vector<Decision> last_decisions(const View& view, std::size_t most) {
  std::vector<Decision> decisions;
  const auto& entries = view.session.timeline().trace().entries();
  for (std::size_t i = view.now.position(); i > 0 && decisions.size() < most; --i) {
    const auto* event = std::get_if<sim::EventEntry>(&entries[i - 1]);
    if (event == nullptr || view.session.timeline().is_undone(i - 1)) continue;
    if (event->kind == EventKind::kMergeStarted) break;
    const bool kept = event->kind == EventKind::kMergeKept;
    if (!kept && event->kind != EventKind::kMergeDropped) continue;
    const SegmentView* exposed = view.now.exposed_by(*event);
    const std::string why =
        exposed == nullptr ? event->why : event->why + ", but " + segment_file_name(exposed->number) + " still has it";
    decisions.push_back(
        {kept, fmt::format("{} “{}”: {}", kept ? "copy" : "drop", shown(event->key), why), exposed != nullptr});
  }
  return decisions;
}

// Whether the manifest on the disk names the output.
bool is_named(const View& view, const MergeView& merge) {
  if (!view.now.manifest() || merge.phase == Phase::kCopying) return false;
  const std::vector<Manifest::Sealed>& sealed = view.now.manifest()->sealed;
  const bool has_output = value_of(merge.output) != 0;
  const SegmentNumber sought = has_output ? merge.output : merge.inputs.front();
  const bool named = std::any_of(sealed.begin(), sealed.end(),
                                 [&](const Manifest::Sealed& segment) { return segment.number == sought; });
  return has_output ? named : !named;
}

// As many as fit into this height.
float draw_inputs(const Panel& panel, const MergeView& merge, float y, float height) {
  const Canvas& canvas = panel.canvas;
  const Area& area = panel.area;
  constexpr float kRow = 17;
  const std::size_t most = std::min<std::size_t>(6, static_cast<std::size_t>(std::max(1.0F, height / kRow)));
  for (std::size_t i = 0; i < merge.inputs.size(); ++i, y += kRow) {
    if (i + 1 == most && merge.inputs.size() > most) {
      canvas.text({area.x, y}, fmt::format("… and {} more", merge.inputs.size() - i), colours().text_muted,
                  canvas.fonts().small);
      return y + kRow;
    }
    const SegmentView* input = panel.view.now.segment(merge.inputs[i]);
    const std::size_t all = input == nullptr ? 0 : input->records.size();
    const std::size_t done = i < merge.input ? all : i == merge.input ? std::min(merge.record, all) : 0;
    canvas.text({area.x, y}, segment_file_name(merge.inputs[i]),
                input == nullptr ? colours().text_muted : colours().text, canvas.fonts().mono_small);
    const Area bar{area.x + 84, y + 3, area.width - 84 - 64, 8};
    canvas.fill(bar, colours().raised, 3);
    const float share =
        all == 0 ? (input == nullptr ? 1.0F : 0.0F) : static_cast<float>(done) / static_cast<float>(all);
    canvas.fill({bar.x, bar.y, bar.width * share, bar.height}, colours().warning, 3);
    canvas.text({bar.right() + 8, y}, input == nullptr ? "removed" : fmt::format("{} of {}", done, all),
                colours().text_muted, canvas.fonts().small);
  }
  return y;
}

void draw_check(const Panel& panel, Point at, bool done, bool next, std::string_view text) {
  const Canvas& canvas = panel.canvas;
  const ImU32 colour = done ? colours().good : next ? colours().accent : colours().outline_strong;
  canvas.tick_box({at.x, at.y + 1, 12, 12}, done, colour, next ? 2.0F : 1.0F);
  canvas.text_within({at.x + 20, at.y}, panel.area.right() - at.x - 20, text,
                     done || next ? colours().text : colours().text_muted, canvas.fonts().small);
}

}  // namespace

void draw_merge(const Panel& panel) {
  const Canvas& canvas = panel.canvas;
  const Area& area = panel.area;
  const Fonts& fonts = canvas.fonts();
  if (panel.act) panel.commands.emplace_back(Perform{{"merge", "step"}});
  const std::optional<MergeView>& merge = panel.view.now.merge();
  if (!merge || merge->inputs.empty()) {
    canvas.text_wrapped({area.x, area.y}, area.width,
                        "No merge is under way. A merge reads sealed segments, oldest first, copies what still counts "
                        "into a new one, and puts that in their place. M makes one step of it.",
                        colours().text_muted, fonts.small);
    return;
  }
  const float checks = kCheck * static_cast<float>(std::size(kSteps));
  const float inputs = area.height - checks - 4;  // the room for them
  float y = draw_inputs(panel, *merge, area.y, inputs);
  // Done so far: copy, fsync, fsync of the directory, COMMIT, readers, removal.
  const bool named = is_named(panel.view, *merge);
  const bool done[] = {merge->phase >= Phase::kFileSynced,      merge->phase >= Phase::kFileSynced,
                       merge->phase >= Phase::kDirectorySynced, named || merge->phase >= Phase::kSwitched,
                       merge->phase >= Phase::kSwitched,        merge->phase == Phase::kOver};
  const float checks_top = area.bottom() - checks;
  constexpr float kCounts = 22;
  if (y + kCounts <= checks_top) {
    canvas.text({area.x, y + 2}, fmt::format("{} copied, {} dropped", merge->kept, merge->dropped), colours().text,
                fonts.strong);
    y += kCounts;
  }
  for (const Decision& decision : last_decisions(panel.view, 4)) {
    const float height = canvas.height_wrapped(area.width, decision.text, fonts.small) + 2;
    if (y + height > checks_top) break;
    canvas.text_wrapped({area.x, y}, area.width, decision.text,
                        decision.is_wrong ? colours().bad
                        : decision.kept   ? colours().good
                                          : colours().warning,
                        fonts.small);
    y += height;
  }
  bool next = true;
  for (std::size_t i = 0; i < std::size(kSteps); ++i) {
    draw_check(panel, {area.x, checks_top + kCheck * static_cast<float>(i)}, done[i], next && !done[i], kSteps[i]);
    if (!done[i]) next = false;
  }
}

}  // namespace sediment::viz
