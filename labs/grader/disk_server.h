// The grader's end of a remote disk (harness/remote_disk.h): does what the student's process asks of a Disk.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/disk.h"
#include "labs/wire/message.h"

namespace sediment::labs {

/// Holds the open files of one process. They are closed with it.
class DiskServer {
 public:
  explicit DiskServer(std::shared_ptr<Disk> disk) : disk_(std::move(disk)) {}

  /// Performs a call and returns the reply. Throws Malformed.
  std::string serve(std::string_view call);

  Disk& disk() { return *disk_; }
  /// How many bytes its reads have returned.
  std::uint64_t bytes_read() const { return bytes_read_; }
  /// The files of its removals that have returned an I/O error.
  const std::vector<std::string>& failed_removals() const { return failed_removals_; }

 private:
  void opened(Result<std::unique_ptr<File>> file, MessageWriter* reply);
  File& file(std::uint64_t handle);

  std::shared_ptr<Disk> disk_;
  std::map<std::uint64_t, std::unique_ptr<File>> files_;
  std::map<std::uint64_t, std::unique_ptr<DiskLock>> locks_;
  std::uint64_t last_handle_ = 0;
  std::uint64_t bytes_read_ = 0;
  std::vector<std::string> failed_removals_;
};

}  // namespace sediment::labs
