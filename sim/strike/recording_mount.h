// A directory whose every change is recorded: a FUSE file system that passes each call on to a directory beside it.
//
// One thread serves all programs, so the record has one order: that in which the calls were carried out. What a program
// has opened for writing is read and written past the page cache, so each write arrives when it is made, and a writable
// shared mapping is refused by the kernel (ENODEV). Only volatile files may be mapped for writing.
//
// The programs' standard output is a file of the same file system, so what they print has its place in the same order.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "engine/status.h"
#include "sim/strike/record_log.h"

namespace sediment::sim {

/// Whether this program was built with FUSE.
bool can_record();

/// Takes away what a process that was killed has left mounted below this folder. Does nothing if there is nothing.
void remove_mounts_below(const std::filesystem::path& folder);

class RecordingMount {
 public:
  /// Mounts below `folder`, which must exist; the files go to folder/files. `log` must outlive the mount, and belongs to
  /// the serving thread until stop(). kIoError says what is missing: the device, fusermount3, the right to mount.
  static Result<std::unique_ptr<RecordingMount>> mount(const std::filesystem::path& folder, RecordLog* log);
  ~RecordingMount();
  RecordingMount(const RecordingMount&) = delete;
  RecordingMount& operator=(const RecordingMount&) = delete;

  /// Where programs see the recorded directory, and the file for their standard output.
  std::filesystem::path directory() const { return mount_point_ / "files"; }
  std::filesystem::path output() const { return mount_point_ / "output"; }
  /// What really holds the files.
  std::filesystem::path backing() const { return folder_ / "files"; }

  /// A process that waits at this descriptor (sync_watch.h) has everything synced in the record, and goes on. Call it once; the
  /// descriptor is closed by stop().
  void watch(int descriptor);

  /// Takes the mount away, even if a program still uses it. The log is complete afterwards.
  void stop();

 private:
  class Server;
  RecordingMount(std::filesystem::path folder, RecordLog* log);

  std::filesystem::path folder_;
  std::filesystem::path mount_point_;
  std::unique_ptr<Server> server_;
};

}  // namespace sediment::sim
