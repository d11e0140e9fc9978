// Which files of a directory are a store's, as far as their names tell.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/leftovers.h"
#include "engine/manifest.h"

namespace sediment::tools {

/// Whether there is a store in a directory with these files, or what is left of one: a manifest or a segment.
bool hold_store(const std::vector<std::string>& names);

/// Whether it is called like a snapshot, or like one that was not finished.
bool is_snapshot_file(std::string_view file);

/// Whether it is a store's file that counts: LOCK, MANIFEST, RESERVE.tmp, a segment that the manifest names, or the
/// snapshot of one.
bool belongs_to_store(const Manifest& manifest, std::string_view file);

}  // namespace sediment::tools
