// What may be mapped of a file that grows, on which file system.
//
// A store into a mapping has no return value: if the file system then finds no room for the page, the process ends with
// SIGBUS. So a file is written through a mapping only where a store into space that fallocate has reserved cannot need
// new space. Where files are copied on write it can, whatever was reserved: btrfs always, XFS for a file that shares its
// blocks with a copy (`cp --reflink` of an open store is enough).
//
//   | file system                | the active log grows by | and is read, while it grows, by     |
//   | ext4 (with extents), tmpfs | stores into a mapping   | the same mapping                    |
//   | XFS, btrfs, overlayfs      | pwritev                 | a mapping: it and pwritev share the |
//   |                            |                         | page cache                          |
//   | any other                  | pwritev                 | pread                               |
//
// Whoever cannot be sure takes the next line. A file that has stopped growing is mapped for reading everywhere.
// The difference in time: decision 037.
#pragma once

#include "engine/posix/posix_file.h"

namespace sediment {

/// For the files that will be created in this directory. kNot for an unknown file system, or when it cannot be asked.
PosixFile::Map mapping_of_growing_files(const Descriptor& directory);

}  // namespace sediment
