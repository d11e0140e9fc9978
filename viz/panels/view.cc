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

// The corrupt bytes that the store has just reported; no segment if it has not.
Place reported_place(const Scene& scene) {
  const std::optional<LookupView>& lookup = scene.lookup();
  const bool looked_up = lookup && lookup->over && looked_up_by(scene.step()) != nullptr && !lookup->stops.empty() &&
                         lookup->stops.back().verdict == LookupView::Verdict::kCorrupt;
  if (!looked_up && scene.store() != Scene::Store::kRefused) return {};
  for (const SegmentView* segment : scene.segments()) {
    if (looked_up && segment->number != lookup->stops.back().segment) continue;
    for (auto record = segment->records.rbegin(); record != segment->records.rend(); ++record) {
      if (record->corrupt && (!looked_up || record->key == lookup->key)) return {segment, record->offset};
    }
  }
  return {};
}

}  // namespace

const RecordView* Place::record() const {
  if (segment == nullptr) return nullptr;
  const auto found = std::find_if(segment->records.begin(), segment->records.end(), [&](const RecordView& record) {
    return offset >= record.offset && offset < record.end();
  });
  return found == segment->records.end() ? nullptr : &*found;
}

bool View::has_only_steps() const {
  const auto& entries = session.timeline().trace().entries();
  const auto* first = entries.empty() ? nullptr : std::get_if<sim::InputEntry>(&entries.front());
  return first != nullptr && !first->step.empty() && first->step[0] == "call";
}

std::optional<FilePlace> View::file_place() const {
  if (!selection.file.empty()) {
    const auto found = now.disk().names().find(selection.file);
    if (found != now.disk().names().end()) return FilePlace{found->second, selection.offset};
  }
  const auto& entries = session.timeline().trace().entries();
  const sim::Names& names = now.disk().names();
  const auto has_name = [&](sim::FileId id) {
    return std::any_of(names.begin(), names.end(), [&](const auto& entry) { return entry.second == id; });
  };
  for (std::size_t i = now.position(); i > 0; --i) {
    if (session.timeline().is_undone(i - 1)) continue;
    if (std::holds_alternative<sim::CrashEntry>(entries[i - 1])) break;  // the files after it are other ones
    const auto* operation = std::get_if<sim::DiskOperation>(&entries[i - 1]);
    if (operation == nullptr || operation->file == 0 || !has_name(operation->file)) continue;
    return FilePlace{operation->file, operation->kind == sim::DiskOperation::Kind::kAppend ? operation->offset : 0};
  }
  if (names.empty()) return std::nullopt;
  return FilePlace{names.begin()->second, 0};
}

Place View::place() const {
  if (selection.segment) {
    if (const SegmentView* segment = now.segment(*selection.segment)) return {segment, selection.offset};
  }
  if (const Place corrupt = reported_place(now); corrupt.segment != nullptr) return corrupt;
  const auto& entries = session.timeline().trace().entries();
  for (std::size_t i = now.position(); i > 0; --i) {
    if (session.timeline().is_undone(i - 1)) continue;
    if (const Place found = place_of(entries[i - 1], now); found.segment != nullptr) return found;
    if (std::holds_alternative<sim::InputEntry>(entries[i - 1])) break;
  }
  const bool has_active = now.manifest() && now.manifest()->active;
  const SegmentView* active = has_active ? now.segment(now.manifest()->active->number) : nullptr;
  return {active, active == nullptr ? 0 : last_record_of(*active)};
}

}  // namespace sediment::viz
