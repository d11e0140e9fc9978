// The seam: the only way in which the engine touches the outside world.
//
// A Disk is one flat directory. There are two of them: PosixDisk (posix/posix_disk.h) on a real file system, and the
// simulator's SimDisk, which remembers what is durable and what is only cached, and can show any disk that a crash may
// leave. One contract suite (tests/unit/engine/disk_contract_test.cc) runs against both.
//
// What is durable when:
//   file contents and size    after File::sync of that file returned ok
//   a create, rename, remove  after Disk::sync_directory returned ok
// Everything else may or may not survive a power cut, in any order. A killed process loses nothing that was done here.
// After a sync has failed, it is unknown what is on the disk: the caller must not try again and believe the second
// answer.
//
// Bytes travel as std::string_view. No writable mapping crosses this seam: what is written, is written by append.
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

/// An open file. One thread may append while others read bytes whose append has returned. The destructor closes it and
/// syncs nothing. An open file stays readable after it was removed from its directory.
class File {
 public:
  File() = default;
  virtual ~File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  /// Adds the parts, one after the other, where the last append ended: in a new file at 0, in an opened one at its
  /// end. On an error any prefix of the bytes may have been written. kNoSpace, kIoError.
  virtual Status append(std::initializer_list<std::string_view> parts) = 0;

  /// Up to `size` bytes from `offset` on. May be shorter than asked at any time, empty only at the end of the file: see
  /// read_fully. The bytes stand in `*scratch` or in the file's own memory, and stay valid until `*scratch` changes or
  /// the file is closed. kIoError: a bad sector is an error, never an end.
  virtual Result<std::string_view> read(std::uint64_t offset, std::size_t size, std::string* scratch) const = 0;

  /// Says that a read of these bytes will follow: a hint, which does something where they may have to come from memory
  /// to the processor first, and nothing elsewhere.
  virtual void prefetch(std::uint64_t /*offset*/, std::size_t /*size*/) const {}

  /// Sees to it that appends up to `capacity` bytes of the file cannot run out of space, where the disk can do that:
  /// the file is then at least that long, and reads as zeros after its last append. kNoSpace changes nothing. kIoError.
  /// Does nothing where no space can be reserved, which is what a Disk does that knows nothing of this.
  virtual Status reserve(std::uint64_t /*capacity*/) { return {}; }

  /// Makes contents and size durable. kIoError, also when it is space that ran out.
  virtual Status sync() = 0;

  /// Cuts the file, and with it what was reserved after its last byte. Later appends go to its new end.
  virtual Status truncate(std::uint64_t size) = 0;

  /// Says that nothing will be appended, cut or synced any more: a hint, which lets a disk give back what only that
  /// takes. Others may be reading.
  virtual void will_not_change() {}

  /// Bytes in the file, with what create and reserve have reserved (that part reads as zeros).
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

  /// A new, empty file, with room reserved for `capacity` bytes where the disk can do that: then the appends that fit
  /// cannot run out of space. kNoSpace, also when too many files are open, leaves no file behind. kIoError when the
  /// name is taken.
  virtual Result<std::unique_ptr<File>> create(std::string_view name, std::uint64_t capacity) = 0;
  /// The same for a file whose reserve() is going to be called as it grows, up to `largest` bytes at most: a disk that
  /// must know beforehand where a file will be in memory asks for this one.
  virtual Result<std::unique_ptr<File>> create_growing(std::string_view name, std::uint64_t capacity,
                                                       std::uint64_t /*largest*/) {
    return create(name, capacity);
  }
  /// An existing file, to read what is in it now. kNotFound.
  virtual Result<std::unique_ptr<File>> open(std::string_view name) = 0;
  /// The same, to append to it as well, or to cut it. A store never does that; a text log does.
  virtual Result<std::unique_ptr<File>> open_to_append(std::string_view name) { return open(name); }
  /// The names of all files, in any order, and of whatever else may be there: a directory, say.
  virtual Result<std::vector<std::string>> list() = 0;
  /// Gives a file a new name, in one step, replacing a file that had it. kNotFound.
  virtual Status rename(std::string_view from, std::string_view to) = 0;
  /// kNotFound when there is no file of this name. A directory is none.
  virtual Status remove(std::string_view name) = 0;
  /// Makes every create, rename and remove so far durable.
  virtual Status sync_directory() = 0;
  /// The store's LOCK. kBusy when it is held in a way that excludes `mode`. kShared creates no file: kNotFound when
  /// there is nothing to lock.
  virtual Result<std::unique_ptr<DiskLock>> lock(LockMode mode) = 0;
  /// 64 random bits; nonces are made of them.
  virtual std::uint64_t random() = 0;
  /// A clock that only moves forward, in nanoseconds; for measuring, never for deciding.
  virtual std::uint64_t now_nanoseconds() = 0;
};

/// File::read until `size` bytes are there: shorter only where the file ends.
Result<std::string_view> read_fully(const File& file, std::uint64_t offset, std::size_t size, std::string* scratch);

}  // namespace sediment
