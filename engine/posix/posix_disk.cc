#include "engine/posix/posix_disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <random>

#include "engine/format.h"
#include "engine/posix/posix_file.h"

namespace sediment {

namespace {

class PosixLock final : public DiskLock {
 public:
  explicit PosixLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

 private:
  Descriptor descriptor_;  // closing it releases the lock, also when the process is killed
};

class PosixDisk final : public Disk {
 public:
  PosixDisk(std::string path, Descriptor directory, PosixAccess access)
      : path_(std::move(path)), directory_(std::move(directory)), access_(access) {}

  Result<std::unique_ptr<File>> create(std::string_view name, std::uint64_t capacity) override {
    return create_growing(name, capacity, capacity);
  }

  Result<std::unique_ptr<File>> create_growing(std::string_view name, std::uint64_t capacity,
                                               std::uint64_t largest) override {
    const std::string text(name);
    Descriptor descriptor(
        retried([&] { return ::openat(directory_.get(), text.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0644); }));
    if (!descriptor.valid()) return failed(full(name), "create");
    PosixFile::Extent extent;
    if (capacity > 0) {
      // With the space reserved an append cannot run out of it, and a sync has only data to write.
      Result<bool> reserved = reserve_space(descriptor, full(name), 0, capacity);
      if (!reserved.ok()) {
        (void)::unlinkat(directory_.get(), text.c_str(), 0);
        return reserved.status();
      }
      if (*reserved) extent = {.end = 0, .size = capacity, .mapped = std::max(capacity, largest)};
    }
    return std::unique_ptr<File>(std::make_unique<PosixFile>(full(name), std::move(descriptor), extent, map_for(true)));
  }

  Result<std::unique_ptr<File>> open(std::string_view name) override {
    const std::string text(name);
    int flags = O_RDWR;
    int number = retried([&] { return ::openat(directory_.get(), text.c_str(), flags | O_CLOEXEC); });
    if (number < 0 && (errno == EACCES || errno == EROFS || errno == EPERM)) {
      flags = O_RDONLY;  // what may not be written can still be read
      number = retried([&] { return ::openat(directory_.get(), text.c_str(), flags | O_CLOEXEC); });
    }
    Descriptor descriptor(number);
    if (!descriptor.valid()) return failed(full(name), "open");
    struct stat information {};
    if (::fstat(descriptor.get(), &information) < 0) return failed(full(name), "stat");
    if (!S_ISREG(information.st_mode)) return Status::io_error(full(name), "this is not a file");
    const auto size = static_cast<std::uint64_t>(information.st_size);
    return std::unique_ptr<File>(std::make_unique<PosixFile>(full(name), std::move(descriptor),
                                                             PosixFile::Extent{size, size, size}, map_for(false)));
  }

  Result<std::vector<std::string>> list() override {
    const int number = retried([&] { return ::openat(directory_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    if (number < 0) return failed(path_, "open");
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(number), &::closedir);
    if (stream == nullptr) {
      Status status = failed(path_, "open");
      ::close(number);
      return status;
    }
    std::vector<std::string> names;
    while (true) {
      errno = 0;                                      // readdir tells an error from the end by errno alone
      const dirent* entry = ::readdir(stream.get());  // NOLINT(concurrency-mt-unsafe): the stream is this call's own
      if (entry == nullptr) {
        if (errno != 0) return failed(path_, "list");
        return names;
      }
      const std::string_view name = static_cast<const char*>(entry->d_name);
      if (name != "." && name != "..") names.emplace_back(name);
    }
  }

  Status rename(std::string_view from, std::string_view to) override {
    const std::string old_name(from);
    const std::string new_name(to);
    const int result =
        retried([&] { return ::renameat(directory_.get(), old_name.c_str(), directory_.get(), new_name.c_str()); });
    if (result < 0) return failed(full(from), "rename to " + new_name);
    return {};
  }

  Status remove(std::string_view name) override {
    const std::string text(name);
    if (retried([&] { return ::unlinkat(directory_.get(), text.c_str(), 0); }) < 0) return failed(full(name), "remove");
    return {};
  }

  Status sync_directory() override {
    if (retried([&] { return ::fsync(directory_.get()); }) < 0) return failed_sync(path_, "fsync of the directory");
    return {};
  }

  Result<std::unique_ptr<DiskLock>> lock(LockMode mode) override {
    const std::string name(kLockName);
    const int flags = mode == LockMode::kExclusive ? O_RDWR | O_CREAT : O_RDONLY;
    Descriptor descriptor(retried([&] { return ::openat(directory_.get(), name.c_str(), flags | O_CLOEXEC, 0644); }));
    if (!descriptor.valid()) return failed(full(kLockName), "open");
    const int operation = (mode == LockMode::kExclusive ? LOCK_EX : LOCK_SH) | LOCK_NB;
    if (retried([&] { return ::flock(descriptor.get(), operation); }) < 0) {
      if (errno == EWOULDBLOCK) return Status::busy(path_ + " is open in another process (its LOCK is held)");
      return failed(full(kLockName), "lock");
    }
    return std::unique_ptr<DiskLock>(std::make_unique<PosixLock>(std::move(descriptor)));
  }

  std::uint64_t random() override {
    std::random_device device;
    return std::uint64_t{device()} << 32 | device();
  }

  std::uint64_t now_nanoseconds() override {
    const auto since_start = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(since_start).count());
  }

 private:
  std::string full(std::string_view name) const { return path_ + "/" + std::string(name); }

  PosixFile::Map map_for(bool writing) const {
    if (access_ == PosixAccess::kSystemCalls) return PosixFile::Map::kNot;
    return writing ? PosixFile::Map::kToWrite : PosixFile::Map::kToRead;
  }

  std::string path_;
  Descriptor directory_;
  PosixAccess access_;
};

// Makes the directory, and its name durable in its parent.
Status make_directory(const std::filesystem::path& directory) {
  if (::mkdir(directory.c_str(), 0755) < 0) {
    return errno == EEXIST ? Status() : failed(directory.string(), "make the directory");
  }
  const std::filesystem::path parent = std::filesystem::absolute(directory).parent_path();
  const Descriptor descriptor(retried([&] { return ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!descriptor.valid()) return failed(parent.string(), "open");
  if (retried([&] { return ::fsync(descriptor.get()); }) < 0)
    return failed_sync(parent.string(), "fsync of the directory");
  return {};
}

}  // namespace

Result<std::shared_ptr<Disk>> open_posix_disk(const std::filesystem::path& directory, bool create, PosixAccess access) {
  if (create) {
    if (Status s = make_directory(directory); !s.ok()) return s;
  }
  Descriptor descriptor(retried([&] { return ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!descriptor.valid()) return failed(directory.string(), "open");
  return std::shared_ptr<Disk>(std::make_shared<PosixDisk>(directory.string(), std::move(descriptor), access));
}

}  // namespace sediment
