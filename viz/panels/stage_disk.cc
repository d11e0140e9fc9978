// The third floor of the stage: the MANIFEST with the files that count, and a lane for each segment's file.
#include <fmt/format.h>

#include <algorithm>

#include "viz/panels/stage.h"
#include "viz/panels/stage_blocks.h"

namespace sediment::viz {

using sim::DiskOperation;

namespace {

constexpr float kZoomButtons = 56;

}  // namespace

void Stage::draw_manifest() {
  const float y = cache_floor_.bottom() + kFloorGap;
  canvas_.text({area_.x + 10, y + 2}, "The disk", colours().text, fonts().strong);
  canvas_.text({area_.x + kLaneLabel, y + 3}, "MANIFEST", colours().text_muted, fonts().mono);
  float x = area_.x + kLaneLabel + 78;
  const auto* operation = view_.happening<DiskOperation>();
  const bool switching =
      operation != nullptr && operation->kind == DiskOperation::Kind::kRename && operation->new_name == kManifestName;
  const auto width_of = [&](const std::string& text) { return canvas_.width_of(text, fonts().mono_small) + 14; };
  const auto chip = [&](const std::string& text, ImU32 colour) {
    const Area box{x, y, width_of(text), 20};
    canvas_.fill(box, mixed(colours().raised, colours().good, switching ? 0.7F * (1 - progress_) : 0), 5);
    canvas_.outline(box, colour, 5);
    canvas_.text_centred(box, text, colours().text, fonts().mono_small);
    x = box.right() + 5;
  };
  if (!view_.now.manifest()) {
    const bool unreadable = view_.now.unreadable_manifest();
    canvas_.text({x, y + 4},
                 unreadable ? "corrupt: which files count is not known" : "none yet: there is no store here",
                 unreadable ? colours().damage : colours().text_muted, fonts().small);
    return;
  }
  const Manifest& manifest = *view_.now.manifest();
  const std::vector<SegmentNumber> missing = view_.now.missing_segments();
  const auto name_of_chip = [&](SegmentNumber number) {
    const bool is_missing = std::find(missing.begin(), missing.end(), number) != missing.end();
    return fmt::format("{}{}", value_of(number), is_missing ? " missing" : "");
  };
  std::vector<std::string> sealed;
  for (const Manifest::Sealed& segment : manifest.sealed) sealed.push_back(name_of_chip(segment.number));
  const std::string active = manifest.active ? name_of_chip(manifest.active->number) + " active" : "";
  const float end = area_.right() - kZoomButtons;
  float width = active.empty() ? 0 : width_of(active) + 5;
  for (const std::string& text : sealed) width += width_of(text) + 5;
  // If there are too many, those after the oldest one are left out.
  constexpr float kDots = 22;
  std::size_t left_out = 0;
  for (; x + width + (left_out > 0 ? kDots : 0) > end && left_out + 1 < sealed.size(); ++left_out) {
    width -= width_of(sealed[1 + left_out]) + 5;
  }
  for (std::size_t i = 0; i < sealed.size(); i += (i == 0 ? 1 + left_out : 1)) {
    chip(sealed[i], sealed[i].ends_with("missing") ? colours().damage : colours().outline_strong);
    if (i > 0 || left_out == 0) continue;
    canvas_.text({x + 2, y + 2}, "…", colours().text_muted, fonts().text);
    x += kDots;
  }
  if (!active.empty()) chip(active, colours().accent);
  const float legend = draw_legend(y + 2, x + 16);
  const char* what = manifest.sealed.empty() && active.empty() ? "it names no file yet" : "the files that count";
  if (x + 4 + canvas_.width_of(what, fonts().small) > legend - 12) return;
  canvas_.text({x + 4, y + 4}, what, colours().text_muted, fonts().small);
}

// Right-aligned above the disk, as far as there is room to the right of `left`. Returns where it begins.
float Stage::draw_legend(float y, float left) {
  float x = area_.right() - kZoomButtons;
  const auto entry = [&](const char* name, const RecordView& record, bool durable) {
    const Area sample{x - 18 - canvas_.width_of(name, fonts().small) - 5, y, 18, 14};
    if (sample.x < left) return;
    draw_block(sample, record, durable, 1);
    canvas_.text({sample.right() + 5, y + 1}, name, colours().text_muted, fonts().small);
    x = sample.x - 12;
  };
  const RecordView sample{.offset = 0, .size_bytes = 0};
  RecordView garbage = sample;
  garbage.superseded = true;
  RecordView tombstone = sample;
  tombstone.type = RecordType::kTombstone;
  RecordView torn = sample;
  torn.verdict = RecordVerdict::kBodyInvalid;
  RecordView corrupt = torn;
  corrupt.corrupt = true;
  entry("corrupt", corrupt, true);
  entry("torn", torn, true);
  entry("tombstone", tombstone, true);
  entry("superseded", garbage, true);
  return x + 12;
}

// ---- lanes

void Stage::draw_lane(const Scene& scene, const SegmentView& segment, const LaneLayout& lane, float opacity) {
  name("lane." + segment_file_name(segment.number), lane.frame);
  if (!in_sight(lane.frame)) return;
  const Role role = scene.role(segment);
  const bool named = role == Role::kActive || role == Role::kSealed;
  canvas_.fill(
      lane.frame,
      faded(role == Role::kActive ? mixed(colours().panel, colours().accent, 0.08F) : colours().panel, opacity), 8);
  if (named) {
    canvas_.outline(
        lane.frame,
        faded(role == Role::kActive ? mixed(colours().outline, colours().accent, 0.5F) : colours().outline, opacity),
        8);
  } else {
    canvas_.dashed_outline(lane.frame, faded(colours().outline_strong, opacity));
  }
  draw_lane_label(scene, segment, lane.frame, opacity);
  const std::uint64_t durable = scene.durable_end(segment);
  if (lane.is_summary) return draw_summary(segment, lane, durable, opacity);
  for (std::size_t i = 0; i < segment.records.size() && i < lane.records.size(); ++i) {
    if (is_flying(segment, i) || !in_sight(lane.records[i])) continue;
    const RecordView& record = segment.records[i];
    if (record.end() > durable || (&scene == &view_.now && is_sinking(segment, i))) {  // its place
      canvas_.dashed_outline(lane.records[i].inset(0.5F), faded(colours().outline_strong, opacity));
      continue;
    }
    draw_block(lane.records[i], record, true, opacity * (record.fate == Fate::kDropped ? 0.65F : 1));
    draw_marks(canvas_, lane.records[i], record, opacity);
  }
  for (std::size_t i = 0; i < segment.records.size() && i < lane.records.size(); ++i) {
    if (segment.records[i].corrupt && in_sight(lane.records[i])) draw_small_corrupt(canvas_, lane.records[i], opacity);
  }
}

void Stage::draw_lane_label(const Scene& scene, const SegmentView& segment, const Area& frame, float opacity) {
  const bool durable = scene.name_durable(segment);
  const bool low = frame.height < 30;
  const float first_row = std::min(frame.height, 44.0F);  // beside it, if the lane has several rows
  const float name_y = frame.y + first_row / 2 - (low ? 8.0F : 15.0F);
  const Point mark{frame.x + 12, name_y + 8};
  if (durable) {
    canvas_.dot(mark, 3.5F, faded(colours().good, opacity));
  } else {
    canvas_.ring(mark, 3.5F, faded(colours().warning, opacity), 1.5F);
  }
  canvas_.text({frame.x + 22, name_y}, segment_file_name(segment.number), faded(colours().text, opacity), fonts().mono);
  if (low) return;
  const std::optional<MergeView>& merge = scene.merge();
  const bool input =
      merge && std::find(merge->inputs.begin(), merge->inputs.end(), segment.number) != merge->inputs.end();
  std::string text;
  ImU32 colour = colours().text_muted;
  switch (scene.role(segment)) {
    case Role::kActive:
      text = "active";
      colour = colours().accent;
      break;
    case Role::kSealed:
      text = input ? "being merged" : "sealed";
      if (input) colour = colours().warning;
      break;
    case Role::kMergeOutput:
      text = "merge output";
      colour = colours().warning;
      break;
    case Role::kUnnamed: text = "not in MANIFEST"; break;
  }
  if (const std::size_t corrupt = segment.corrupt_places(); corrupt > 0 && scene.role(segment) != Role::kUnnamed) {
    text += fmt::format(", {} corrupt", corrupt);
    colour = colours().damage;
  }
  canvas_.text({frame.x + 22, name_y + 14}, text, faded(colour, opacity), fonts().small);
}

// The places on the disk that the lost records never reached. During the crash, "lost" takes the place of the outline.
void Stage::draw_lost(const SegmentView& segment, const LaneLayout& lane) {
  const std::vector<const RecordView*> lost = lost_in(view_.now, segment);
  const bool striking = view_.happening<sim::CrashEntry>() != nullptr;
  for (std::size_t i = 0; i < lost.size() && i < lane.lost.size(); ++i) {
    const float opacity = striking ? 2 * progress_ - 1 : 1;  // first the old one fades, then the new one appears
    if (lane.lost[i].width < 6) continue;
    if (opacity < 0) canvas_.dashed_outline(lane.lost[i].inset(0.5F), faded(colours().outline_strong, -opacity));
    canvas_.dashed_outline(lane.lost[i], faded(mixed(colours().panel, colours().bad, 0.75F), opacity));
    if (lane.lost[i].height > 17) {
      canvas_.text_centred(lane.lost[i], "lost", faded(mixed(colours().text_muted, colours().bad, 0.4F), opacity),
                           fonts().small);
    }
  }
}

}  // namespace sediment::viz
