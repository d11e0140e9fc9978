#include "viz/panels/view.h"

#include <algorithm>

namespace sediment::viz {

namespace {

std::uint64_t last_record_of(const SegmentView& segment) {
  return segment.records.empty() ? 0 : segment.records.back().offset;
}

// The place that an entry affects; no segment if it affects none.
Place place_of(const sim::TraceEntry& entry, const Scene& scene) {
  if (const auto* event = std::get_if<sim::EventEntry>(&entry)) {
    const SegmentView* segment = scene.segment(SegmentNumber{event->segment});
    if (segment == nullptr) return {};
    const bool says_where = segment->record_at(event->offset) != nullptr;
    return {segment, says_where ? event->offset : last_record_of(*segment)};
  }
  const auto* operation = std::get_if<sim::DiskOperation>(&entry);
  if (operation == nullptr || operation->kind != sim::DiskOperation::Kind::kAppend) return {};
  const auto number = parse_segment_file_name(operation->name);
  return {number ? scene.segment(*number) : nullptr, operation->offset};
}

}  // namespace

const RecordView* Place::record() const {
  if (segment == nullptr) return nullptr;
  const auto found = std::find_if(segment->records.begin(), segment->records.end(), [&](const RecordView& record) {
    return offset >= record.offset && offset < record.end();
  });
  return found == segment->records.end() ? nullptr : &*found;
}

Place View::place() const {
  if (selection.segment) {
    if (const SegmentView* segment = now.segment(*selection.segment)) return {segment, selection.offset};
  }
  const auto& entries = session.timeline().trace().entries();
  for (std::size_t i = now.position(); i > 0; --i) {
    if (const Place found = place_of(entries[i - 1], now); found.segment != nullptr) return found;
    if (std::holds_alternative<sim::InputEntry>(entries[i - 1])) break;
  }
  const bool has_active = now.manifest() && now.manifest()->active;
  const SegmentView* active = has_active ? now.segment(now.manifest()->active->number) : nullptr;
  return {active, active == nullptr ? 0 : last_record_of(*active)};
}

}  // namespace sediment::viz
