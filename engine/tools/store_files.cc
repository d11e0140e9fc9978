#include "engine/tools/store_files.h"

#include <algorithm>

namespace sediment::tools {

bool hold_store(const std::vector<std::string>& names) {
  return std::any_of(names.begin(), names.end(),
                     [](const std::string& name) { return name == kManifestName || parse_segment_file_name(name); });
}

bool is_snapshot_file(std::string_view file) {
  if (file.ends_with(kTemporarySuffix)) file.remove_suffix(kTemporarySuffix.size());
  return parse_snapshot_file_name(file).has_value();
}

bool is_named(const Manifest& manifest, std::string_view file) {
  const auto is_file = [file](SegmentNumber number) { return segment_file_name(number) == file; };
  return (manifest.active && is_file(manifest.active->number)) ||
         std::any_of(manifest.sealed.begin(), manifest.sealed.end(),
                     [&](const Manifest::Sealed& entry) { return is_file(entry.number); });
}

bool belongs_to_store(const Manifest& manifest, std::string_view file) {
  if (file == kManifestName || file == kLockName || file == kReserveName) return true;
  if (const auto number = parse_snapshot_file_name(file)) return is_named(manifest, segment_file_name(*number));
  return is_named(manifest, file);
}

}  // namespace sediment::tools
