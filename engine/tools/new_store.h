// A store that is made file by file, and becomes one at its very end: what salvage and backup write into.
//
//   1  nothing of a store may be there; lock
//   2  the caller creates segments and makes each durable
//   3  fsync the directory, publish the manifest    COMMIT: from here on there is a store
//
// However it ends before the commit, there is no MANIFEST, so that nobody takes the half of a copy for the whole. What
// ends with an error removes its files again; after a kill they stay, and whoever opens the directory is told that its
// manifest is missing. One thread at a time.
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
  /// Step 1. kInvalidArgument when the directory holds a store, or what is left of one. kBusy, kIoError.
  static Result<std::unique_ptr<NewStore>> begin(Disk& disk);
  /// Removes what was made, unless it was published.
  ~NewStore();
  NewStore(const NewStore&) = delete;
  NewStore& operator=(const NewStore&) = delete;

  Disk& disk() { return disk_; }
  /// To be called before a file of this name is created: it is removed if there is no commit.
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

/// A directory of the file system to begin in. It is made if it is missing. kInvalidArgument if it lies inside of
/// `source`, where a new file would be a change of a store that must not change. kIoError.
Result<std::shared_ptr<Disk>> open_new_directory(const std::string& directory, const std::string& source);

}  // namespace sediment::tools
