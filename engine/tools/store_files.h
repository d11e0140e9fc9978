// Which files of a directory belong to a store, as far as their names tell.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/leftovers.h"
#include "engine/manifest.h"

namespace sediment::tools {

/// Whether a directory with these files holds a store, or the remains of one: a manifest or a segment.
bool hold_store(const std::vector<std::string>& names);

/// Whether it is a store's file that counts: LOCK, MANIFEST, RESERVE.tmp, a segment that the manifest names, or the
/// snapshot of one.
bool belongs_to_store(const Manifest& manifest, std::string_view file);

}  // namespace sediment::tools
