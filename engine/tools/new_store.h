// A store that is built file by file and becomes a store at the very end: salvage and backup write into one.
//
//   1  check that the directory holds no part of a store; lock
//   2  the caller creates segments and makes each one durable
//   3  fsync the directory, publish the manifest    COMMIT: from here on it is a store
//
// However it ends before the commit, there is no MANIFEST, so nothing mistakes half a copy for a whole one. After an
// error it removes its files again. After a kill they stay, and an open of the directory reports that the manifest is
// missing. One thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/disk.h"
#include "engine/manifest.h"
#include "engine/status.h"

namespace sediment::tools {

class NewStore {
 public:
  /// Step 1. kInvalidArgument when the directory holds a store, or the remains of one. kBusy, kIoError.
  static Result<std::unique_ptr<NewStore>> begin(Disk& disk);
  /// Removes what was created, unless it was published.
  ~NewStore();
  NewStore(const NewStore&) = delete;
  NewStore& operator=(const NewStore&) = delete;

  Disk& disk() { return disk_; }
  /// Call this before creating a file of this name: without a commit, the file is removed.
  void will_make(std::string_view name) { made_.emplace_back(name); }
  /// Step 3.
  Status publish(const Manifest& manifest);

 private:
  NewStore(Disk& disk, std::unique_ptr<DiskLock> lock) : disk_(disk), lock_(std::move(lock)) {}

  Disk& disk_;
  std::unique_ptr<DiskLock> lock_;
  std::vector<std::string> made_;
  bool published_ = false;
};

/// Opens a directory of the file system to start in, and creates it if it is missing. kInvalidArgument if it lies
/// inside `source`, because a new file there would change a store that must not change. kIoError.
Result<std::shared_ptr<Disk>> open_new_directory(const std::string& directory, const std::string& source);

}  // namespace sediment::tools
