// The seam: the only way in which the engine touches the outside world.
//
// A Disk is one flat directory. There are two of them: PosixDisk (posix/posix_disk.h) on a real file system, and the
// simulator's SimDisk, which remembers what is durable and what is only cached, and can show any disk that a crash may
// leave. The same contract tests (tests/unit/engine/disk_contract_test.cc) run against both.
//
// What is durable when:
//   file contents and size    after File::sync of that file returned ok
//   a create, rename, remove  after Disk::sync_directory returned ok
// Everything else may or may not survive a power cut, in any order. If only the process is killed, nothing done here is
// lost. After a failed sync, the state of the disk is unknown: the caller must not sync again and believe the second
// answer.
//
// Bytes travel as std::string_view. No writable mapping crosses this seam: append is the only way to write.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/status.h"

namespace sediment {

/// An open file. One thread may append while others read bytes whose append has returned. The destructor closes the
/// file without a sync. An open file stays readable after it is removed from its directory.
class File {
 public:
  File() = default;
  virtual ~File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  /// Adds the parts, one after the other, where the last append ended: at 0 in a new file, at the end of an opened one.
  /// After an error, any prefix of the bytes may have been written. kNoSpace, kIoError.
  virtual Status append(std::initializer_list<std::string_view> parts) = 0;

  /// Up to `size` bytes from `offset` on. The result may always be shorter than requested (see read_fully), but is
  /// empty only at the end of the file. The bytes are in `*scratch` or in the file's own memory, and stay valid until
  /// `*scratch` changes or the file is closed. kIoError: a bad sector is an error, never the end of the file.
  virtual Result<std::string_view> read(std::uint64_t offset, std::size_t size, std::string* scratch) const = 0;

  /// A hint that a read of these bytes will follow. If the file is mapped, this asks the processor to fetch them into
  /// its cache; otherwise it does nothing.
  virtual void prefetch(std::uint64_t /*offset*/, std::size_t /*size*/) const {}

  /// Reserves space, so that appends cannot run out of it until the file has `capacity` bytes. The file is then at
  /// least that long, and reads as zeros after its last append. kNoSpace changes nothing. kIoError. Does nothing if the
  /// disk cannot reserve space; this is also the default.
  virtual Status reserve(std::uint64_t /*capacity*/) { return {}; }

  /// Makes contents and size durable. kIoError, even if the cause is a lack of space.
  virtual Status sync() = 0;

  /// Cuts the file and frees the space that was reserved after its last byte. Later appends go to its new end.
  virtual Status truncate(std::uint64_t size) = 0;

  /// A hint that nothing will be appended, cut or synced any more, so that the disk can free what it needs only for
  /// writing. Other threads may be reading.
  virtual void will_not_change() {}

  /// Bytes in the file, including the space that create and reserve have reserved (it reads as zeros).
  virtual std::uint64_t size() const = 0;
};

/// Held for the life of a store; the destructor releases it.
class DiskLock {
 public:
  DiskLock() = default;
  virtual ~DiskLock() = default;
  DiskLock(const DiskLock&) = delete;
  DiskLock& operator=(const DiskLock&) = delete;
};

enum class LockMode : std::uint8_t { kShared, kExclusive };

/// One flat directory. Names hold no '/'. Calls may come from any thread.
class Disk {
 public:
  Disk() = default;
  virtual ~Disk() = default;
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  /// A new, empty file. If the disk can reserve space, `capacity` bytes are reserved, and appends that fit into them
  /// cannot run out of space. kNoSpace (also when too many files are open) leaves no file behind. kIoError if the name
  /// is taken.
  virtual Result<std::unique_ptr<File>> create(std::string_view name, std::uint64_t capacity) = 0;
  /// The same for a file that will grow by calls of reserve(), up to `largest` bytes: for a disk that must choose in
  /// advance where in memory the file will be mapped.
  virtual Result<std::unique_ptr<File>> create_growing(std::string_view name, std::uint64_t capacity,
                                                       std::uint64_t /*largest*/) {
    return create(name, capacity);
  }
  /// An existing file, to read what is in it now. kNotFound.
  virtual Result<std::unique_ptr<File>> open(std::string_view name) = 0;
  /// The same, but the file can also be appended to and cut. A store never does that; a text log does.
  virtual Result<std::unique_ptr<File>> open_to_append(std::string_view name) { return open(name); }
  /// The names of all files, in any order, and of anything else that is there, such as a directory.
  virtual Result<std::vector<std::string>> list() = 0;
  /// Gives a file a new name in one step. Replaces any file that has that name. kNotFound.
  virtual Status rename(std::string_view from, std::string_view to) = 0;
  /// kNotFound if there is no file of this name. A directory does not count as a file.
  virtual Status remove(std::string_view name) = 0;
  /// Makes every create, rename and remove so far durable.
  virtual Status sync_directory() = 0;
  /// The store's LOCK. kBusy if it is held in a way that excludes `mode`. kShared creates no file: it returns kNotFound
  /// if there is nothing to lock.
  virtual Result<std::unique_ptr<DiskLock>> lock(LockMode mode) = 0;
  /// 64 random bits; nonces are made of them.
  virtual std::uint64_t random() = 0;
  /// A clock that only moves forward, in nanoseconds. For measurements only: no decision may depend on it.
  virtual std::uint64_t now_nanoseconds() = 0;
};

/// Repeats File::read until it has `size` bytes. The result is shorter only if the file ends.
Result<std::string_view> read_fully(const File& file, std::uint64_t offset, std::size_t size, std::string* scratch);

}  // namespace sediment
