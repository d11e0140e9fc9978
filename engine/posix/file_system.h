// What part of a growing file may be mapped, on which file system.
//
// A store instruction to a mapping has no return value: if the file system finds no room for the page, the process dies
// with SIGBUS. So a file is written through a mapping only where a store into space reserved by fallocate cannot need
// new space. With copy-on-write it can, whatever was reserved: always on btrfs, and on XFS for a file that shares
// blocks with a copy (`cp --reflink` of an open store is enough).
//
//   | file system                | the active log grows by | and is read, while it grows, by     |
//   | ext4 (with extents), tmpfs | stores into a mapping   | the same mapping                    |
//   | XFS, btrfs, overlayfs      | pwritev                 | a mapping: it and pwritev share the |
//   |                            |                         | page cache                          |
//   | any other                  | pwritev                 | pread                               |
//
// If in doubt, the next line applies. A file that has stopped growing is mapped for reading everywhere. For the
// difference in time, see decision 037.
#pragma once

#include "engine/posix/posix_file.h"

namespace sediment {

/// For the files that will be created in this directory. kNot if the file system is unknown, or cannot be determined.
PosixFile::Map mapping_of_growing_files(const Descriptor& directory);

}  // namespace sediment
