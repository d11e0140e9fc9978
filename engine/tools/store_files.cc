#include "engine/tools/store_files.h"

#include <algorithm>

namespace sediment::tools {

bool hold_store(const std::vector<std::string>& names) {
  return std::any_of(names.begin(), names.end(),
                     [](const std::string& name) { return name == kManifestName || parse_segment_file_name(name); });
}

bool belongs_to_store(const Manifest& manifest, std::string_view file) {
  if (file == kManifestName || file == kLockName || file == kReserveName) return true;
  return is_named(manifest, file);
}

}  // namespace sediment::tools
