// The directory that a copy goes to. If the command fails, what it made there is removed again.
#pragma once

#include <filesystem>
#include <string>
#include <system_error>

#include "engine/cli/open_store.h"
#include "engine/format.h"

namespace sediment::cli {

/// Make one before the directory is made. One thread.
class NewDirectory {
 public:
  explicit NewDirectory(const std::string& path) : path_(path) {
    std::error_code ignored;
    had_directory_ = std::filesystem::exists(path_, ignored);
    had_lock_ = std::filesystem::exists(path_ / kLockName, ignored);
  }
  /// The copy's own files are gone by now, but its lock is not. If another process has made a store here meanwhile, the
  /// lock stays. (A process that is just about to make one holds the directory's own lock, too.)
  ~NewDirectory() {
    if (is_kept_ || require_store(path_.string()).ok()) return;
    std::error_code ignored;
    if (!had_lock_) std::filesystem::remove(path_ / kLockName, ignored);
    if (!had_directory_) std::filesystem::remove(path_, ignored);  // only if it is empty
  }
  NewDirectory(const NewDirectory&) = delete;
  NewDirectory& operator=(const NewDirectory&) = delete;

  /// The copy is there.
  void keep() { is_kept_ = true; }

 private:
  std::filesystem::path path_;
  bool had_directory_;
  bool had_lock_;
  bool is_kept_ = false;
};

}  // namespace sediment::cli
