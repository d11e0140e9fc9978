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

bool belongs_to_store(const Manifest& manifest, std::string_view file) {
  if (file == kManifestName || file == kLockName || file == kReserveName) return true;
  return is_named(manifest, file);
}

}  // namespace sediment::tools
