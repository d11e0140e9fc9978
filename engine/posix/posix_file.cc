#include "engine/posix/posix_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <system_error>
#include <vector>

namespace sediment {

namespace {

// How much may accumulate in the cache before its write-back begins.
constexpr std::uint64_t kWriteBackSize = std::uint64_t{4} << 20;

std::size_t size_of(std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  return size;
}

}  // namespace

void Descriptor::close() {
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

Status failed(std::string_view file, std::string_view operation) {
  const int error = errno;
  std::string message = std::string(operation) + ": " + std::generic_category().message(error);
  if (error == EMFILE || error == ENFILE) message += "; close some, or raise the limit (ulimit -n)";
  if (error == ENOENT) return Status::not_found(std::string(file) + ": " + message);
  if (error == ENOSPC || error == EDQUOT) return Status::no_space(file, std::move(message));
  return Status::io_error(file, std::move(message));
}

Status failed_sync(std::string_view file, std::string_view operation) {
  return Status::io_error(file, std::string(operation) + ": " + std::generic_category().message(errno));
}

// Not posix_fallocate: where a file system cannot reserve, that writes zeros, which guarantees nothing.
Result<bool> reserve_space(const Descriptor& descriptor, std::string_view name, std::uint64_t begin,
                           std::uint64_t end) {
  const auto offset = static_cast<off_t>(begin);
  const auto size = static_cast<off_t>(end - begin);
  if (retried([&] { return ::fallocate(descriptor.get(), 0, offset, size); }) == 0) return true;
  if (errno == EOPNOTSUPP || errno == ENOSYS) return false;
  const bool no_space = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
  Status status = no_space ? Status::no_space(name, "cannot reserve " + std::to_string(end - begin) + " bytes")
                           : failed(name, "reserve space");
  (void)retried([&] { return ::ftruncate(descriptor.get(), offset); });  // part of it may be reserved
  return status;
}

Mapping::Mapping(const Descriptor& descriptor, std::size_t size, bool writable) {
  if (size == 0) return;
  void* address = ::mmap(nullptr, size, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, descriptor.get(), 0);
  if (address == MAP_FAILED) return;
  data_ = static_cast<char*>(address);
  size_ = size;
}

Mapping::~Mapping() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

PosixFile::PosixFile(std::string name, Descriptor descriptor, Extent extent, Map map)
    : name_(std::move(name)),
      descriptor_(std::move(descriptor)),
      writes_to_mapping_(map == Map::kToWrite),
      mapping_(descriptor_, map == Map::kNot ? 0 : extent.mapped, map == Map::kToWrite),
      end_(extent.end),
      size_(extent.size),
      written_back_(extent.end) {}

// Nothing beyond the file's end may be touched, even if it was in the file when it was mapped.
std::uint64_t PosixFile::mapped_size() const { return std::min<std::uint64_t>(mapping_.size(), size()); }

Status PosixFile::append(std::initializer_list<std::string_view> parts) {
  if (Status s = fork_watch_.check(name_); !s.ok()) return s;
  if (writes_to_mapping_ && end_ + size_of(parts) <= mapped_size()) {
    copy_to_mapping(parts);
  } else if (Status s = write(parts); !s.ok()) {
    return s;
  }
  if (end_ - written_back_ >= kWriteBackSize) start_write_back();
  return {};
}

void PosixFile::copy_to_mapping(std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) {
    if (!part.empty()) std::memcpy(mapping_.data() + end_, part.data(), part.size());
    end_ += part.size();
  }
}

Status PosixFile::write(std::initializer_list<std::string_view> parts) {
  std::vector<iovec> pieces;
  for (const std::string_view part : parts) {
    if (!part.empty()) pieces.push_back({const_cast<char*>(part.data()), part.size()});  // pwritev only reads it
  }
  for (std::size_t first = 0; first < pieces.size();) {
    const ssize_t result = retried([&] {
      return ::pwritev(descriptor_.get(), &pieces[first], static_cast<int>(pieces.size() - first),
                       static_cast<off_t>(end_));
    });
    if (result < 0) return failed(name_, "write");
    if (result == 0) return Status::io_error(name_, "write: the system accepted no byte and gave no reason");
    auto written = static_cast<std::size_t>(result);
    end_ += written;
    // A short write is legal: continue after it.
    while (first < pieces.size() && written >= pieces[first].iov_len) written -= pieces[first++].iov_len;
    if (written > 0) {
      pieces[first].iov_base = static_cast<char*>(pieces[first].iov_base) + written;
      pieces[first].iov_len -= written;
    }
  }
  size_ = std::max(size_.load(), end_);
  return {};
}

// This waits for nothing and makes nothing durable, but it leaves little to do for the sync of a roll.
void PosixFile::start_write_back() {
  constexpr std::uint64_t kPageSize = 4096;
  const std::uint64_t whole_pages = end_ / kPageSize * kPageSize;  // the last one will be written to again
  const std::uint64_t size = whole_pages - written_back_;
  // The process first releases these pages, all at once. Otherwise the kernel takes them away one by one, and
  // interrupts the other processors for each. Later reads find them in the cache.
  advise(written_back_, size, MADV_DONTNEED);
  (void)::sync_file_range(descriptor_.get(), static_cast<off_t>(written_back_), static_cast<off_t>(size),
                          SYNC_FILE_RANGE_WRITE);
  written_back_ = whole_pages;
  advise(written_back_, kWriteBackSize, MADV_POPULATE_WRITE);  // the next pages: all at once, not by page faults
}

// Advises the system about these pages, as far as they are mapped for writing.
void PosixFile::advise(std::uint64_t offset, std::uint64_t size, int advice) const {
  if (!writes_to_mapping_ || offset >= mapped_size()) return;
  (void)::madvise(mapping_.data() + offset, std::min(size, mapped_size() - offset), advice);
}

Result<std::string_view> PosixFile::read(std::uint64_t offset, std::size_t size, std::string* scratch) const {
  if (const std::uint64_t mapped = mapped_size(); offset < mapped) {
    return std::string_view(mapping_.data() + offset, std::min<std::uint64_t>(size, mapped - offset));
  }
  if (mapped_whole()) return std::string_view();  // beyond its end

  scratch->resize(size);
  const ssize_t result =
      retried([&] { return ::pread(descriptor_.get(), scratch->data(), size, static_cast<off_t>(offset)); });
  if (result < 0) return failed(name_, "read");
  return std::string_view(*scratch).substr(0, static_cast<std::size_t>(result));
}

void PosixFile::prefetch(std::uint64_t offset, std::size_t size) const {
  constexpr std::uint64_t kCacheLineSize = 64;
  const std::uint64_t end = std::min(offset + size, mapped_size());
  for (std::uint64_t at = offset; at < end; at += kCacheLineSize) __builtin_prefetch(mapping_.data() + at);
}

Status PosixFile::reserve(std::uint64_t capacity) {
  const std::uint64_t size = size_.load();
  if (capacity <= size) return {};
  if (Status s = fork_watch_.check(name_); !s.ok()) return s;
  Result<bool> reserved = reserve_space(descriptor_, name_, size, capacity);
  if (!reserved.ok()) return reserved.status();
  if (!*reserved) return {};
  size_ = capacity;
  // Those of these pages that start_write_back() would have requested if they had existed.
  const std::uint64_t asked_for = written_back_ + kWriteBackSize;
  if (size < asked_for) advise(size, asked_for - size, MADV_POPULATE_WRITE);
  return {};
}

Status PosixFile::sync() {
  // fdatasync leaves out only what is not needed to read the data back. File systems disagree on whether that includes
  // a smaller size, so after a cut it is fsync.
  const int result = retried([&] { return cut_ ? ::fsync(descriptor_.get()) : ::fdatasync(descriptor_.get()); });
  if (result < 0) return failed_sync(name_, "fsync");
  cut_ = false;
  return {};
}

Status PosixFile::truncate(std::uint64_t size) {
  if (Status s = fork_watch_.check(name_); !s.ok()) return s;
  if (retried([&] { return ::ftruncate(descriptor_.get(), static_cast<off_t>(size)); }) < 0) {
    return failed(name_, "truncate");
  }
  end_ = size;
  size_ = size;
  written_back_ = std::min(written_back_, size);
  cut_ = true;
  return {};
}

// No other thread is using the descriptor: only reads beyond the mapping do, and there is nothing beyond it.
void PosixFile::will_not_change() {
  if (mapped_whole()) descriptor_.close();
}

}  // namespace sediment
