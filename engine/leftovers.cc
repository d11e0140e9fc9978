#include "engine/leftovers.h"

#include <algorithm>

namespace sediment {

namespace {

// Whether a store has written a file with this name, other than the manifest and the lock.
bool is_a_stores(std::string_view name) {
  return name == kManifestTemporaryName || parse_segment_file_name(name) || is_snapshot_file(name);
}

}  // namespace

bool is_snapshot_file(std::string_view file) {
  if (file.ends_with(kTemporarySuffix)) file.remove_suffix(kTemporarySuffix.size());
  return parse_snapshot_file_name(file).has_value();
}

bool is_named(const Manifest& manifest, std::string_view file) {
  const auto log = parse_segment_file_name(file);
  const auto number = log ? log : parse_snapshot_file_name(file);
  if (!number) return false;
  if (log && manifest.active && manifest.active->number == *log) return true;
  const auto& sealed = manifest.sealed;
  return std::any_of(sealed.begin(), sealed.end(), [&](const auto& entry) { return entry.number == *number; });
}

Status remove_leftovers(Disk& disk, const Manifest& manifest, std::vector<std::string>* removed, Observer* observer) {
  Result<std::vector<std::string>> names = disk.list();
  if (!names.ok()) return names.status();
  std::sort(names->begin(), names->end());
  for (const std::string& name : *names) {
    if (!is_a_stores(name) || is_named(manifest, name)) continue;
    Status outcome = disk.remove(name);
    if (outcome.is(StatusCode::kNotFound)) continue;  // not a file, for example a directory
    if (!outcome.ok()) return outcome.absence_as_io_error();
    removed->push_back(name);
    const SegmentNumber number = parse_segment_file_name(name).value_or(SegmentNumber{});
    emit(observer, {.kind = EventKind::kOrphanRemoved, .segment = number, .key = name});
  }
  return {};
}

}  // namespace sediment
