// The record, close up: how one gets there from the stage and back, and what a flipped bit does.
#include <algorithm>
#include <cmath>

#include "viz/app/app_impl.h"

namespace sediment::viz {

namespace {

constexpr float kLevelsPerSecond = 2.5F;

const RecordView* last_record(const SegmentView* segment) {
  return segment == nullptr || segment->records.empty() ? nullptr : &segment->records.back();
}

// Where the newest record is: the last one of the active segment; if that has none, of the newest segment that has one.
Place newest_record(const Scene& scene) {
  const bool has_active = scene.manifest() && scene.manifest()->active;
  const SegmentView* active = has_active ? scene.segment(scene.manifest()->active->number) : nullptr;
  if (const RecordView* record = last_record(active)) return {active, record->offset};
  for (const SegmentView* segment : scene.segments()) {
    if (const RecordView* record = last_record(segment)) return {segment, record->offset};
  }
  return {};
}

}  // namespace

// Beyond the largest size comes the close-up.
void App::Impl::zoom_stage(bool in) {
  if (atlas_size == AtlasSize::kFull) return;  // the stage is not there
  left_end = true;                             // the end card is in the way
  if (is_close()) {
    const int next =
        std::clamp(static_cast<int>(close_up.level) + (in ? 1 : -1), 0, static_cast<int>(Closeness::kBits));
    return come_closer(static_cast<Closeness>(next));
  }
  drawn.reset();  // so that what happens scrolls into view
  if (in && zoom.enlarged >= most_enlarged) return come_closer(Closeness::kFields);
  if (in) ++zoom.enlarged;
  if (!in && zoom.enlarged > 0) --zoom.enlarged;
}

// Selects the record to be shown, if none is selected: the last one of the selected segment, or the newest one. False if
// there is none.
bool App::Impl::select_record() {
  const Scene& scene = session->timeline().scene();
  const SegmentView* segment = selection.segment ? scene.segment(*selection.segment) : nullptr;
  if (Place{segment, selection.offset}.record() != nullptr) return true;
  const RecordView* last = last_record(segment);
  const Place place = last != nullptr ? Place{segment, last->offset} : newest_record(scene);
  if (place.segment == nullptr) return false;
  close_up_selected = !selection.segment;
  selection.segment = place.segment->number;
  selection.offset = place.offset;
  return true;
}

void App::Impl::come_closer(Closeness level) {
  if (!is_close() && level != Closeness::kStage) {
    if (!select_record()) return;
    focus.reset();
  }
  if (is_close() && level == Closeness::kStage) close_up.left = selection;
  close_up.level = level;
  drawn.reset();
}

// Lets the picture follow the level. Where the record no longer exists, the stage is back.
void App::Impl::keep_close_up(double seconds) {
  if (is_close()) {
    const SegmentView* segment = selection.segment ? session->timeline().scene().segment(*selection.segment) : nullptr;
    if (Place{segment, selection.offset}.record() == nullptr) {
      come_closer(Closeness::kStage);
      close_up.shown = 0;
    }
  }
  const auto level = static_cast<float>(close_up.level);
  const float way = level - close_up.shown;
  const float step = kLevelsPerSecond * static_cast<float>(seconds) * std::max(1.0F, std::abs(way));
  close_up.shown = reduced_motion || std::abs(way) <= step ? level : close_up.shown + (way > 0 ? step : -step);
  // Until then, the picture needs it.
  if (close_up.shown <= 0 && !is_close() && std::exchange(close_up_selected, false)) selection.segment.reset();
}

void App::Impl::flip(const FlipBit& flipped) {
  if (rot && rot->file == flipped.file && rot->offset == flipped.offset && rot->bit == flipped.bit) {
    rot.reset();
    return;
  }
  const Scene& scene = session->timeline().scene();
  rot = flip_bit(scene.disk(), flipped.file, flipped.offset, flipped.bit, scene.twin(), session->scenario());
  rot_of = here();
}

}  // namespace sediment::viz
