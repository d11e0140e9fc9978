// The Disk on a real file system.
//
// Last of the reading order, with posix_file: nothing above them knows that POSIX exists. Files are mapped, or read and
// written by plain system calls; fdatasync and fsync make durable, flock is the lock: on the directory, and on the file
// LOCK in it. Each call is retried on EINTR and otherwise believed once.
//
// What stays true on every file system that keeps POSIX's promises: fsync of a file makes its bytes durable, fsync of
// the directory makes its names durable, rename replaces a name in one step. Nothing else is assumed, no order among
// unsynced writes in particular.
//
// Others may be able to write into the directory. A name of ours that is no regular file is refused, never followed and
// never waited for. A forked child of the process that opened a disk may read through it, and change nothing
// (fork_watch.h). Decision 039.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "engine/disk.h"
#include "engine/status.h"

namespace sediment {

/// How files are read and written (posix_file.h says what a mapping means). kSystemCalls is for those who must get an
/// error, and not a signal, for a sector that cannot be read or a file that another process cuts.
enum class PosixAccess : std::uint8_t { kMapped, kSystemCalls };

/// The directory as a Disk. With `create` it is made if it is missing (its parent must be there), and its name made
/// durable, also if it was there but holds no store. kNotFound, kNoSpace, kIoError.
Result<std::shared_ptr<Disk>> open_posix_disk(const std::filesystem::path& directory, bool create,
                                              PosixAccess access = PosixAccess::kMapped);

}  // namespace sediment
