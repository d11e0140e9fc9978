// The Disk on a real file system.
//
// Last in the reading order, with posix_file: nothing above these two knows that POSIX exists. Files are mapped, or
// read and written by plain system calls. fdatasync and fsync make data durable. flock is the lock: on the directory,
// and on the file LOCK in it. Each call is retried on EINTR; any other result is believed.
//
// This holds on every file system that keeps POSIX's promises: fsync of a file makes its bytes durable, fsync of the
// directory makes its names durable, rename replaces a name atomically. Nothing else is assumed, in particular no order
// among unsynced writes.
//
// Others may be able to write into the directory. If a name of ours is not a regular file it is refused, never followed
// and never waited for. A forked child of the process that opened a disk may read through it, but change nothing
// (fork_watch.h). Decision 039.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "engine/disk.h"
#include "engine/status.h"

namespace sediment {

/// How files are read and written (posix_file.h explains what a mapping means). Use kSystemCalls to get an error
/// instead of a signal for a sector that cannot be read, or for a file that another process cuts.
enum class PosixAccess : std::uint8_t { kMapped, kSystemCalls };

/// The directory as a Disk. With `create`, a missing directory is created (its parent must exist) and its name made
/// durable, also if it existed but holds no store. kNotFound, kNoSpace, kIoError.
Result<std::shared_ptr<Disk>> open_posix_disk(const std::filesystem::path& directory, bool create,
                                              PosixAccess access = PosixAccess::kMapped);

}  // namespace sediment
