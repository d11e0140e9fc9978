// What a store relies on, with a switch for each: a disk that skips one kind of fsync, or writes the manifest in place.
//
// The engine asks for everything as always, and is told that it was done. So a run without a guarantee shows what the
// guarantee is needed for, and nothing in the engine is changed for it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string_view>

#include "engine/disk.h"

namespace sediment::sim {

enum class Guarantee : std::uint8_t {
  kLogSync,         // fsync of a segment's file makes its bytes durable
  kManifestSync,    // the same for a new manifest, before it is renamed
  kDirectorySync,   // fsync of the directory makes creates, renames and removes durable
  kManifestRename,  // a new manifest replaces the old one in one step
};
using Guarantees = std::set<Guarantee>;

constexpr std::array<Guarantee, 4> kGuarantees{Guarantee::kLogSync, Guarantee::kManifestSync, Guarantee::kDirectorySync,
                                               Guarantee::kManifestRename};

/// "log-sync" and so on, as in a scenario's option "without". Never fails.
std::string_view name_of(Guarantee guarantee);
std::optional<Guarantee> parse_guarantee(std::string_view name);

/// The disk without these guarantees. If there are none to take away, the disk itself.
///
/// Without kManifestRename, a rename to MANIFEST empties the old file, writes the new bytes into it, and syncs it.
std::shared_ptr<Disk> without(std::shared_ptr<Disk> disk, const Guarantees& taken);

}  // namespace sediment::sim
