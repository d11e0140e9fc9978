// Leftovers: a store's files that its manifest does not name. A crash leaves them, before or after a commit, and the
// next open removes them.
//
// Only the file's name decides. A foreign file, with a name that no store ever gives, is left alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/disk.h"
#include "engine/event.h"
#include "engine/manifest.h"
#include "engine/status.h"

namespace sediment {

/// Whether this is the name of a snapshot, or of an unfinished one.
bool is_snapshot_file(std::string_view file);

/// Whether the manifest names this file: the log of a segment, or the snapshot of a sealed one.
bool is_named(const Manifest& manifest, std::string_view file);

/// Removes all leftovers, in the order of their names, and adds those names to `*removed`. kIoError.
Status remove_leftovers(Disk& disk, const Manifest& manifest, std::vector<std::string>* removed, Observer* observer);

}  // namespace sediment
