#include "engine/posix/file_system.h"

#include <sys/vfs.h>

namespace sediment {

namespace {

// As in linux/magic.h, which not every system has.
constexpr std::uint32_t kExt4 = 0xef53;  // also ext2 and ext3: those cannot reserve, so their files grow by pwritev
constexpr std::uint32_t kTmpfs = 0x01021994;
constexpr std::uint32_t kXfs = 0x58465342;
constexpr std::uint32_t kBtrfs = 0x9123683e;
constexpr std::uint32_t kOverlayfs = 0x794c7630;  // on top of any of the others

}  // namespace

PosixFile::Map mapping_of_growing_files(const Descriptor& directory) {
  struct statfs information {};
  if (retried([&] { return ::fstatfs(directory.get(), &information); }) < 0) return PosixFile::Map::kNot;
  switch (static_cast<std::uint32_t>(information.f_type)) {
    case kExt4:
    case kTmpfs: return PosixFile::Map::kToWrite;
    case kXfs:
    case kBtrfs:
    case kOverlayfs: return PosixFile::Map::kToRead;
    default: return PosixFile::Map::kNot;
  }
}

}  // namespace sediment
