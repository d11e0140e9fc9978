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
#include <system_error>

#include "engine/format.h"
#include "engine/posix/file_system.h"
#include "engine/posix/fork_watch.h"
#include "engine/posix/posix_file.h"

namespace sediment {

namespace {

// The locked directory and its LOCK. Closing the descriptors releases the locks, even when the process is killed. But a
// forked child has copies of the descriptors, and only an unlock applies to all copies.
class PosixLock final : public DiskLock {
 public:
  PosixLock(Descriptor directory, Descriptor file) : directory_(std::move(directory)), file_(std::move(file)) {}
  ~PosixLock() override {
    if (fork_watch_.in_child()) return;  // the parent carries on and keeps its locks
    for (const Descriptor* descriptor : {&file_, &directory_}) {
      if (descriptor->valid()) (void)::flock(descriptor->get(), LOCK_UN);
    }
  }
  PosixLock(const PosixLock&) = delete;
  PosixLock& operator=(const PosixLock&) = delete;

 private:
  const ForkWatch fork_watch_;
  const Descriptor directory_;  // none where directories cannot be locked
  const Descriptor file_;       // none in a store without a LOCK
};

class PosixDisk final : public Disk {
 public:
  PosixDisk(std::string path, Descriptor directory, PosixAccess access)
      : path_(std::move(path)),
        directory_(std::move(directory)),
        mapping_of_opened_files_(access == PosixAccess::kMapped ? PosixFile::Map::kToRead : PosixFile::Map::kNot),
        mapping_of_growing_files_(access == PosixAccess::kMapped ? mapping_of_growing_files(directory_)
                                                                 : PosixFile::Map::kNot) {}

  Result<std::unique_ptr<File>> create(std::string_view name, std::uint64_t capacity) override {
    return create_growing(name, capacity, capacity);
  }
  Result<std::unique_ptr<File>> create_growing(std::string_view name, std::uint64_t capacity,
                                               std::uint64_t largest) override;
  Result<std::unique_ptr<File>> open(std::string_view name) override;
  Result<std::unique_ptr<File>> open_to_append(std::string_view name) override;
  Result<std::vector<std::string>> list() override;
  Status rename(std::string_view from, std::string_view to) override;
  Status remove(std::string_view name) override;
  Status sync_directory() override;
  Result<std::unique_ptr<DiskLock>> lock(LockMode mode) override;
  std::uint64_t random() override;
  std::uint64_t now_nanoseconds() override;

 private:
  struct Opened {
    Descriptor descriptor;
    std::uint64_t size = 0;
  };

  std::string full(std::string_view name) const { return path_ + "/" + std::string(name); }
  Result<Opened> open_regular(std::string_view name, int flags) const;
  Status refused_lock(const std::string& file, int error) const;

  const std::string path_;
  const Descriptor directory_;
  const PosixFile::Map mapping_of_opened_files_;
  const PosixFile::Map mapping_of_growing_files_;
  const ForkWatch fork_watch_;
};

// ---- files

// In a directory that others may write to, a name of ours may be anything. So no symbolic link is followed, which means
// that nothing outside is read or created, and only regular files are waited for.
Result<PosixDisk::Opened> PosixDisk::open_regular(std::string_view name, int flags) const {
  const std::string text(name);
  Descriptor descriptor(retried([&] {
    return ::openat(directory_.get(), text.c_str(), flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0644);
  }));
  if (!descriptor.valid()) {
    if (errno == ELOOP) return Status::io_error(full(name), "this is a symbolic link; a store's files are never links");
    if (errno == ENXIO || errno == EISDIR) return Status::io_error(full(name), "this is not a regular file");
    return failed(full(name), "open");
  }
  struct stat information {};
  if (::fstat(descriptor.get(), &information) < 0) return failed(full(name), "stat");
  if (!S_ISREG(information.st_mode)) return Status::io_error(full(name), "this is not a regular file");
  return Opened{std::move(descriptor), static_cast<std::uint64_t>(information.st_size)};
}

Result<std::unique_ptr<File>> PosixDisk::create_growing(std::string_view name, std::uint64_t capacity,
                                                        std::uint64_t largest) {
  if (Status s = fork_watch_.check(full(name)); !s.ok()) return s;
  const std::string text(name);
  Descriptor descriptor(retried([&] {
    return ::openat(directory_.get(), text.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0644);
  }));
  if (!descriptor.valid()) {
    // Too many open files. As with a full disk, nothing changed, and the condition may pass.
    const bool may_pass = errno == EMFILE || errno == ENFILE;
    if (errno == ENOENT) return Status::io_error(full(name), "create: the store's directory was removed");
    Status status = failed(full(name), "create");
    return may_pass ? Status::no_space(full(name), std::string(status.message())) : status;
  }

  PosixFile::Extent extent{.end = 0, .size = 0, .mapped = std::max(capacity, largest)};
  PosixFile::Map map = mapping_of_growing_files_;
  if (capacity > 0) {
    // With reserved space, a sync has only data to write. Where the reservation is a promise, an append cannot fail for
    // lack of space.
    Result<bool> reserved = reserve_space(descriptor, full(name), 0, capacity);
    if (!reserved.ok()) {
      (void)::unlinkat(directory_.get(), text.c_str(), 0);
      return reserved.status();
    }
    if (*reserved) extent.size = capacity;
  }
  if (map == PosixFile::Map::kToWrite && extent.size == 0) map = PosixFile::Map::kToRead;
  return std::unique_ptr<File>(std::make_unique<PosixFile>(full(name), std::move(descriptor), extent, map));
}

Result<std::unique_ptr<File>> PosixDisk::open(std::string_view name) {
  Result<Opened> opened = open_regular(name, O_RDONLY);
  if (!opened.ok()) return opened.status();
  const PosixFile::Extent extent{opened->size, opened->size, opened->size};
  auto file = std::make_unique<PosixFile>(full(name), std::move(opened->descriptor), extent, mapping_of_opened_files_);
  file->will_not_change();
  return std::unique_ptr<File>(std::move(file));
}

// Not mapped: others may append to it too.
Result<std::unique_ptr<File>> PosixDisk::open_to_append(std::string_view name) {
  Result<Opened> opened = open_regular(name, O_RDWR);
  if (!opened.ok()) return opened.status();
  const PosixFile::Extent extent{.end = opened->size, .size = opened->size, .mapped = 0};
  return std::unique_ptr<File>(
      std::make_unique<PosixFile>(full(name), std::move(opened->descriptor), extent, PosixFile::Map::kNot));
}

// ---- the directory

Result<std::vector<std::string>> PosixDisk::list() {
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
    errno = 0;                                      // only errno tells an error of readdir from the end
    const dirent* entry = ::readdir(stream.get());  // NOLINT(concurrency-mt-unsafe): the stream is this call's own
    if (entry == nullptr) {
      if (errno != 0) return failed(path_, "list");
      return names;
    }
    const std::string_view name = static_cast<const char*>(entry->d_name);
    if (name != "." && name != "..") names.emplace_back(name);
  }
}

Status PosixDisk::rename(std::string_view from, std::string_view to) {
  if (Status s = fork_watch_.check(full(from)); !s.ok()) return s;
  const std::string old_name(from);
  const std::string new_name(to);
  const int result =
      retried([&] { return ::renameat(directory_.get(), old_name.c_str(), directory_.get(), new_name.c_str()); });
  if (result < 0) return failed(full(from), "rename to " + new_name);
  return {};
}

Status PosixDisk::remove(std::string_view name) {
  if (Status s = fork_watch_.check(full(name)); !s.ok()) return s;
  const std::string text(name);
  if (retried([&] { return ::unlinkat(directory_.get(), text.c_str(), 0); }) == 0) return {};
  if (errno == EISDIR) return Status::not_found(full(name) + ": this is a directory, not a store's file");
  return failed(full(name), "remove");
}

Status PosixDisk::sync_directory() {
  if (retried([&] { return ::fsync(directory_.get()); }) < 0) return failed_sync(path_, "fsync of the directory");
  return {};
}

// ---- the lock

// Returns 0, or errno.
int try_lock(const Descriptor& descriptor, LockMode mode) {
  const int operation = (mode == LockMode::kExclusive ? LOCK_EX : LOCK_SH) | LOCK_NB;
  return retried([&] { return ::flock(descriptor.get(), operation); }) == 0 ? 0 : errno;
}

Status PosixDisk::refused_lock(const std::string& file, int error) const {
  if (error == EWOULDBLOCK) return Status::busy(path_ + " is open in another process (its LOCK is held)");
  return Status::io_error(file, "lock: " + std::generic_category().message(error));
}

// Both the directory and the file LOCK are locked. LOCK alone would not do: if it is deleted, a second writer creates a
// new one. The directory alone would not do either: a network file system may be able to lock only files.
Result<std::unique_ptr<DiskLock>> PosixDisk::lock(LockMode mode) {
  if (Status s = fork_watch_.check(path_); !s.ok()) return s;
  // Each lock has its own descriptors: flock grants a lock again to whatever shares one.
  Descriptor directory(retried([&] { return ::openat(directory_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!directory.valid()) return failed(path_, "open");
  const int error = try_lock(directory, mode);
  const bool only_files_can_be_locked = error == EBADF || error == EINVAL || error == ENOTSUP || error == ENOSYS;
  if (error != 0 && !only_files_can_be_locked) return refused_lock(path_, error);
  if (only_files_can_be_locked) directory.close();

  const int flags = mode == LockMode::kExclusive ? O_RDWR | O_CREAT : O_RDONLY;
  Result<Opened> file = open_regular(kLockName, flags);
  const bool no_file = mode == LockMode::kShared && file.status().is(StatusCode::kNotFound);
  if (no_file && directory.valid()) {  // for example a copy without its LOCK
    return std::unique_ptr<DiskLock>(std::make_unique<PosixLock>(std::move(directory), Descriptor(-1)));
  }
  if (!file.ok()) return file.status();
  if (const int refused = try_lock(file->descriptor, mode); refused != 0) return refused_lock(full(kLockName), refused);
  return std::unique_ptr<DiskLock>(std::make_unique<PosixLock>(std::move(directory), std::move(file->descriptor)));
}

// ---- the rest

std::uint64_t PosixDisk::random() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

std::uint64_t PosixDisk::now_nanoseconds() {
  const auto since_start = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(since_start).count());
}

// Makes the directory's own name durable. Opens the parent as "..": a path may end in a slash, be relative, or lead
// through links.
Status sync_parent(const Descriptor& directory, const std::string& path) {
  const Descriptor parent(retried([&] { return ::openat(directory.get(), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!parent.valid()) {
    if (errno != EACCES) return failed(path + "/..", "open");
    // It may be writable but not readable: then sync the whole file system.
    if (retried([&] { return ::syncfs(directory.get()); }) < 0) return failed_sync(path, "syncfs");
    return {};
  }
  if (retried([&] { return ::fsync(parent.get()); }) == 0) return {};
  if (errno == EINVAL || errno == EROFS) return {};  // above a mount point there may be nothing to sync
  return failed_sync(path + "/..", "fsync of the directory");
}

}  // namespace

Result<std::shared_ptr<Disk>> open_posix_disk(const std::filesystem::path& directory, bool create, PosixAccess access) {
  if (create && retried([&] { return ::mkdir(directory.c_str(), 0755); }) < 0 && errno != EEXIST) {
    return failed(directory.string(), "create the directory");
  }
  Descriptor descriptor(retried([&] { return ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!descriptor.valid()) return failed(directory.string(), "open");
  if (create) {
    // Even if it already existed: its creator need not have synced its name. A store has.
    struct stat ignored {};
    const bool has_store =
        ::fstatat(descriptor.get(), std::string(kManifestName).c_str(), &ignored, AT_SYMLINK_NOFOLLOW) == 0;
    if (!has_store) {
      if (Status s = sync_parent(descriptor, directory.string()); !s.ok()) return s;
    }
  }
  return std::shared_ptr<Disk>(std::make_shared<PosixDisk>(directory.string(), std::move(descriptor), access));
}

}  // namespace sediment
