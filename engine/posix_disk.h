// The Disk on a real file system.
//
// Last file of the reading order: nothing above it knows that POSIX exists. Plain system calls: pwritev to append,
// pread to read, fdatasync and fsync to make durable, flock for the lock. Each is retried on EINTR and otherwise
// believed once.
//
// What stays true on every file system that keeps POSIX's promises: fsync of a file makes its bytes durable, fsync of
// the directory makes its names durable, rename replaces a name in one step. Nothing else is assumed, no order among
// unsynced writes in particular.
#pragma once

#include <filesystem>
#include <memory>

#include "engine/disk.h"
#include "engine/status.h"

namespace sediment {

/// The directory as a Disk. With `create` it is made if it is missing (its parent must be there) and its name made
/// durable. kNotFound, kIoError.
Result<std::shared_ptr<Disk>> open_posix_disk(const std::filesystem::path& directory, bool create);

}  // namespace sediment
