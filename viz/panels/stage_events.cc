// What happens on the stage: a new record flies to its log, a recovery reads the records, a lookup stamps its answers
// on the segments, and a crash burns the floors that it takes.
#include <fmt/format.h>

#include <algorithm>

#include "sim/base/plural.h"
#include "viz/panels/stage.h"

namespace sediment::viz {

// A record flies to the end of its log: from above when a user wrote it, from its old place when a merge copies it.
void Stage::draw_flight() {
  if (appended_to_ == nullptr || view_.progress >= 1) return;
  const RecordView& record = appended_to_->records.back();
  const Area& target = area_of(*appended_to_, appended_to_->records.size() - 1);
  const std::optional<MergeView>& merge = view_.before.merge();
  const bool copying =
      merge && merge->phase == MergeView::Phase::kCopying && view_.now.role(*appended_to_) != Role::kActive;
  if (copying && is_flow()) return;
  const Area* origin = copying ? merge_cursor(view_.before) : nullptr;
  if (origin == nullptr && view_.now.recovery().under_way) {
    draw_block(target, record, false, progress_);
    return;
  }
  const Area above{area_.centre().x - target.width / 2, area_.y - 30, target.width, target.height};
  Area now = between(origin != nullptr ? *origin : above, target, progress_);
  now.y -= 14 * pulse(progress_);
  canvas_.fill({now.x + 2, now.y + 3, now.width, now.height}, faded(colours().background, 0.5F), 4);
  draw_block(now, record, false, origin == nullptr ? std::min(1.0F, view_.progress * 4) : 1);
}

bool Stage::is_flying(const SegmentView& segment, std::size_t record) const {
  return &segment == appended_to_ && record + 1 == segment.records.size() && view_.progress < 1;
}

void Stage::draw_recovery() {
  const RecoveryView& recovery = view_.now.recovery();
  const auto* event = view_.happening<sim::EventEntry>();
  if (recovery.under_way && event != nullptr && event->kind == EventKind::kRecoveryScanned) {
    if (const Area* read = block(SegmentNumber{event->segment}, event->offset)) {
      canvas_.outline(read->inset(-2), colours().good, 5, 2);
      const float x = read->x + read->width * progress_;
      canvas_.line({x, read->y - 5}, {x, read->bottom() + 5}, colours().text, 2);
    }
  }
  if (event != nullptr && event->kind == EventKind::kRecoveryCut) {
    if (const Area* torn = block(SegmentNumber{event->segment}, event->offset)) {
      canvas_.outline(torn->inset(-2), colours().bad, 5, 2);
      // After the last block, if there is room.
      const LaneLayout& lane = layout_.lanes.at(SegmentNumber{event->segment});
      const Area& last = lane.lost.empty() ? lane.records.back() : lane.lost.back();
      const std::string text = fmt::format("left behind: {}", event->why);
      const float room = area_.right() - last.right() - 20;
      const float height = canvas_.height_wrapped(room, text, fonts().small);
      // Where there is none, the panel Recovery says it.
      if (height <= last.height + 6) {
        canvas_.text_wrapped({last.right() + 12, last.centre().y - height / 2}, room, text, colours().bad,
                             fonts().small);
      }
    }
  }
}

// The segments that were searched, each stamped with its answer.
void Stage::draw_lookup() {
  const std::optional<LookupView>& lookup = view_.now.lookup();
  if (!lookup || looked_up_by(view_.now.step()) == nullptr) return;
  for (const LookupView::Stop& stop : lookup->stops) {
    const auto lane = layout_.lanes.find(stop.segment);
    if (lane == layout_.lanes.end()) continue;
    const Area& frame = lane->second.frame;
    const auto [text, answer_colour] = stamp_of(stop.verdict);
    const bool is_wrong = lookup->over && !view_.now.outcome_ok() && &stop == &lookup->stops.back();
    const ImU32 colour = is_wrong                                      ? colours().bad
                         : stop.verdict == LookupView::Verdict::kAsked ? colours().accent
                                                                       : answer_colour;
    canvas_.outline(frame, colour, 8, 2);
    const float width = canvas_.width_of(text, fonts().strong) + 20;
    Area stamp{frame.right() - width - 8, frame.centre().y - 12, width, 24};
    ImFont* font = fonts().strong;
    const auto is_covered = [&](const Area& record) {
      return record.right() > stamp.x && record.y < stamp.bottom() && record.bottom() > stamp.y;
    };
    const std::vector<Area>& records = lane->second.records;
    if (std::any_of(records.begin(), records.end(), is_covered)) {  // then it stands on the frame's edge
      font = fonts().small;
      const float small = canvas_.width_of(text, font) + 12;
      stamp = {frame.right() - small - 8, frame.y - 8, small, 15};
    }
    canvas_.fill(stamp, colours().raised, 6);
    canvas_.outline(stamp, colour, 6, 1.5F);
    canvas_.text_centred(stamp, text, colour, font);
  }
}

void Stage::draw_crash() {
  const bool striking = view_.happening<sim::CrashEntry>() != nullptr;
  if (!view_.now.crash() || view_.now.store() != Scene::Store::kCrashed) return;
  const CrashView& crash = *view_.now.crash();
  const float taken = (power_failed() ? cache_floor_ : process_).bottom() - area_.y;
  const Area burnt{area_.x - 3, area_.y - 3, area_.width + 6, taken + 6};
  if (striking && view_.progress < 1) canvas_.fill(burnt, faded(colours().bad, 0.5F * (1 - progress_)), 10);
  canvas_.outline(burnt, faded(colours().bad, 0.8F), 12, 2);
  const float opacity = striking ? 2 * progress_ - 1 : 1;
  const auto say = [&](const Area& floor, const std::string& text) {
    const bool fits = canvas_.width_of(text, fonts().lead) <= memory_.width;
    canvas_.text_within({memory_.x, floor.centre().y - 10}, memory_.width, text, faded(colours().bad, opacity),
                        fits ? fonts().lead : fonts().small);
  };
  say(process_, "memory is gone: the process and its indexes");
  const bool damaged = sim::is_damage(crash.choice.fault);
  if (!power_failed() && !damaged) return;
  // What a merge has copied is not lost: the originals are still there.
  const auto lost = std::count_if(crash.lost.begin(), crash.lost.end(), [&](const CrashView::Lost& record) {
    const SegmentView* segment = view_.now.segment(record.segment);
    return segment != nullptr && view_.now.role(*segment) != Role::kUnnamed;
  });
  std::string text;
  if (crash.corrupt > 0)
    text = sim::plural(crash.corrupt, "place") + (crash.corrupt == 1 ? " is corrupt" : " are corrupt");
  if (crash.corrupt > 0 && lost > 0) text += "; ";
  if (lost > 0) text += fmt::format("{} {} lost", lost, lost == 1 ? "record was" : "records were");
  if (crash.corrupt == 0 && lost == 0) text += "no record of the store was lost";
  for (const std::string& file : crash.lost_files) text += "; " + file + " is gone";
  say(cache_floor_, (damaged ? "the disk is damaged: " : "the cache is gone: ") + text);
}

bool Stage::power_failed() const {
  if (!view_.now.crash()) return false;
  const sim::Fault fault = view_.now.crash()->choice.fault;
  return fault != sim::Fault::kCleanKill && !sim::is_damage(fault);
}

}  // namespace sediment::viz
