// An open file of the POSIX disk: mapped where possible, accessed by system calls otherwise.
//
// With a mapping, a read is a pointer into the page cache, and an append that fits into the space reserved by create is
// a copy into it: some 40 ns per record, where pwritev takes 600 and pread 450. The page cache is the same either way.
// So a killed process loses nothing, and fdatasync also writes what came through a mapping.
//
//   | written pages | written, not yet on disk | reserved, zeros      |      mapped: from 0 to the largest reservation
//   0               written_back_              end_                   size_
//
// What a mapping means for errors:
// - Without room for write-back, a store to a mapping would end the process with SIGBUS. So stores go only into space
//   that was reserved before, and only where the reservation is a promise (file_system.h). There, a full disk is an
//   error of create or reserve. Elsewhere a file grows by pwritev, and a full disk is an error of append. A growing
//   file is mapped once, at the greatest length that it may reach; its end, size_, limits what may be touched.
// - A sector that cannot be read also ends the process with SIGBUS, and so does a file that another process cuts short.
//   No byte of it is ever returned as data. To get an error for a bad sector, read with system calls: verify, salvage,
//   backup, dump and watch do.
// Production systems catch the signal, or read with io_uring and a cache of their own.
//
// Descriptors are scarce. A file that is mapped as a whole and no longer grows has none: a read needs only the mapping.
#pragma once

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "engine/disk.h"
#include "engine/posix/fork_watch.h"
#include "engine/status.h"

namespace sediment {

/// A file descriptor that closes itself. Closing syncs nothing, and its errors say nothing about durability.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;

  int get() const { return number_; }
  bool valid() const { return number_ >= 0; }
  void close();

 private:
  int number_;
};

/// Repeats a system call while signals interrupt it. Returns the call's result; errno is as the call left it.
template <typename Call>
auto retried(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

/// The status for the current errno.
Status failed(std::string_view file, std::string_view operation);
/// The same for a sync, which is never "no space": the caller must not conclude that nothing has changed.
Status failed_sync(std::string_view file, std::string_view operation);

/// Reserves space for the bytes from `begin` to `end`, and extends the file to `end`. True if the space is reserved,
/// false if this file system cannot reserve any. kNoSpace changes nothing.
Result<bool> reserve_space(const Descriptor& descriptor, std::string_view name, std::uint64_t begin, std::uint64_t end);

/// The start of a file in memory, for the lifetime of this object. Reads see what others write there.
class Mapping {
 public:
  Mapping() = default;
  /// Empty if the system cannot map it.
  Mapping(const Descriptor& descriptor, std::size_t size, bool writable);
  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  char* data() const { return data_; }
  std::size_t size() const { return size_; }

 private:
  char* data_ = nullptr;
  std::size_t size_ = 0;
};

class PosixFile final : public File {
 public:
  /// Where the next append goes, the length of the file (greater while space is reserved), and how much of it is
  /// mapped: more than its length if it is going to grow.
  struct Extent {
    std::uint64_t end = 0;
    std::uint64_t size = 0;
    std::uint64_t mapped = 0;
  };
  enum class Map : std::uint8_t { kNot, kToRead, kToWrite };

  PosixFile(std::string name, Descriptor descriptor, Extent extent, Map map);

  Status append(std::initializer_list<std::string_view> parts) override;
  Result<std::string_view> read(std::uint64_t offset, std::size_t size, std::string* scratch) const override;
  void prefetch(std::uint64_t offset, std::size_t size) const override;
  Status reserve(std::uint64_t capacity) override;
  Status sync() override;
  Status truncate(std::uint64_t size) override;
  void will_not_change() override;
  std::uint64_t size() const override { return size_.load(std::memory_order_relaxed); }

 private:
  std::uint64_t mapped_size() const;
  bool mapped_whole() const { return mapping_.size() > 0 && mapping_.size() >= size(); }
  void copy_to_mapping(std::initializer_list<std::string_view> parts);
  Status write(std::initializer_list<std::string_view> parts);
  void start_write_back();
  void advise(std::uint64_t offset, std::uint64_t size, int advice) const;

  const std::string name_;
  const ForkWatch fork_watch_;
  Descriptor descriptor_;  // none once the file does not change and is mapped as a whole
  const bool writes_to_mapping_;
  const Mapping mapping_;
  std::uint64_t end_;
  std::atomic<std::uint64_t> size_;
  std::uint64_t written_back_;
  bool cut_ = false;  // since the last sync
};

}  // namespace sediment
