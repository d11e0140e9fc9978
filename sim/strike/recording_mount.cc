#include "sim/strike/recording_mount.h"

#ifdef SEDIMENT_HAS_FUSE

#define FUSE_USE_VERSION 31
#include <dirent.h>
#include <fcntl.h>
#include <fuse.h>
#include <fuse_lowlevel.h>
#include <linux/falloc.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <vector>

#include "sim/strike/shell_command.h"
#include "sim/strike/sync_watch.h"

namespace sediment::sim {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kFiles = "/files";
constexpr std::string_view kOutput = "/output";

// An open file.
struct Handle {
  int descriptor = -1;
  FileId id = 0;  // 0: not recorded
  bool is_output = false;
  bool syncs_each_write = false;
};

// What the calls need; there is one for each mount.
struct Served {
  fs::path folder;
  RecordLog* log = nullptr;
};

Served& served() { return *static_cast<Served*>(fuse_get_context()->private_data); }

std::string process_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/comm");
  std::string name;
  std::getline(file, name);
  return name.empty() ? "process " + std::to_string(process) : name + "[" + std::to_string(process) + "]";
}

// The log, told who calls.
RecordLog& log() {
  RecordLog& log = *served().log;
  log.done_by(process_of(fuse_get_context()->pid));
  return log;
}

// The name that FUSE gives to an open file when it is removed. Such files are kept elsewhere, and no program sees them.
bool is_hidden(std::string_view path) { return path.substr(path.rfind('/') + 1).starts_with(".fuse_hidden"); }

std::string real(std::string_view path) {
  const std::string folder = served().folder.string();
  if (is_hidden(path)) return folder + "/hidden" + std::string(path.substr(path.rfind('/')));
  return folder + std::string(path);
}
bool is_inside(std::string_view path) { return path.starts_with(kFiles) && path.size() > kFiles.size(); }
// "db/log" for "/files/db/log"; "" for "/files".
std::string inner(std::string_view path) {
  path.remove_prefix(std::min(path.size(), kFiles.size() + 1));
  return std::string(path);
}
// What there is to see. The folder also holds the place where this is mounted: to look at that would be to wait for ourselves.
bool is_shown(std::string_view path) { return path == "/" || path == kFiles || path == kOutput || is_inside(path); }
bool is_recorded(std::string_view path) {
  return is_inside(path) && !is_hidden(path) && !served().log->is_volatile(inner(path));
}

// 0, or the negative errno.
int answer(int result) { return result < 0 ? -errno : 0; }

// FUSE keeps a number for each open file.
Handle& handle_of(const fuse_file_info* info) {
  return *reinterpret_cast<Handle*>(info->fh);  // NOLINT(performance-no-int-to-ptr)
}

int refuse(const std::string& what, int error) {
  log().refuse(what);
  return -error;
}

int get_attributes(const char* path, struct stat* attributes, fuse_file_info* info) {
  if (!is_shown(path)) return -ENOENT;
  return answer(info != nullptr ? ::fstat(handle_of(info).descriptor, attributes)
                                : ::lstat(real(path).c_str(), attributes));
}

int read_directory(const char* path, void* buffer, fuse_fill_dir_t fill, off_t, fuse_file_info*, fuse_readdir_flags) {
  DIR* directory = ::opendir(real(path).c_str());
  if (directory == nullptr) return -errno;
  const std::string inside = path == std::string_view("/") ? "/" : std::string(path) + "/";
  while (const dirent* entry = ::readdir(directory)) {
    if (is_shown(inside + entry->d_name)) fill(buffer, entry->d_name, nullptr, 0, fuse_fill_dir_flags{});
  }
  ::closedir(directory);
  return 0;
}

int make_directory(const char* path, mode_t mode) {
  if (!is_inside(path)) return -EPERM;
  if (!is_recorded(path)) return refuse("made a directory that a --volatile pattern names: " + inner(path), EPERM);
  if (::mkdir(real(path).c_str(), mode) != 0) return -errno;
  log().make_directory(inner(path));
  return 0;
}

int remove_directory(const char* path) {
  if (!is_inside(path)) return -EPERM;
  if (::rmdir(real(path).c_str()) != 0) return -errno;
  if (is_recorded(path)) log().remove_directory(inner(path));
  return 0;
}

int remove_file(const char* path) {
  if (!is_inside(path)) return -EPERM;
  if (::unlink(real(path).c_str()) != 0) return -errno;
  if (is_recorded(path)) log().remove(inner(path));
  return 0;
}

int rename_file(const char* from, const char* to, unsigned flags) {
  if (!is_inside(from) || !is_inside(to)) return -EPERM;
  if (is_hidden(to)) {
    if (::rename(real(from).c_str(), real(to).c_str()) != 0) return -errno;
    if (is_recorded(from)) log().remove_unless_replaced(inner(from));
    return 0;
  }
  struct stat there {};
  const bool replaces = ::lstat(real(to).c_str(), &there) == 0;
  if ((flags & RENAME_NOREPLACE) != 0 && replaces) return -EEXIST;
  if ((flags & ~static_cast<unsigned>(RENAME_NOREPLACE)) != 0) return -EINVAL;  // RENAME_EXCHANGE: few systems have it
  if (is_recorded(from) != is_recorded(to)) {
    return refuse("renamed a volatile file to a name that is not volatile, or the other way round: " + inner(to),
                  EPERM);
  }
  if (::rename(real(from).c_str(), real(to).c_str()) != 0) return -errno;
  if (is_recorded(from)) log().rename(inner(from), inner(to));
  return 0;
}

int link_file(const char* from, const char* to) {
  if (!is_inside(from) || !is_inside(to) || is_recorded(from) != is_recorded(to)) return -EPERM;
  if (::link(real(from).c_str(), real(to).c_str()) != 0) return -errno;
  if (is_recorded(from)) log().link(inner(from), inner(to));
  return 0;
}

int make_symbolic_link(const char*, const char* path) {
  return refuse("made a symbolic link, which this version cannot record: " + inner(path), EPERM);
}

int make_node(const char* path, mode_t mode, dev_t) {
  if (!S_ISREG(mode)) {
    return refuse("made a pipe, socket or device, which this version cannot record: " + inner(path), EPERM);
  }
  if (!is_inside(path)) return -EPERM;
  const int descriptor = ::open(real(path).c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, mode);
  if (descriptor < 0) return -errno;
  ::close(descriptor);
  if (is_recorded(path)) log().create(inner(path));
  return 0;
}

// Opens the real file without what must not be done twice: the kernel has worked out where an append goes.
int open_real(const char* path, int flags, mode_t mode) {
  const int access =
      (flags & O_ACCMODE) == O_WRONLY ? O_RDWR : flags & O_ACCMODE;  // the kernel may read around a write
  return ::open(real(path).c_str(), access | (flags & (O_CREAT | O_EXCL | O_TRUNC)) | O_CLOEXEC, mode);
}

int open_as(const char* path, fuse_file_info* info, mode_t mode, bool creates) {
  const bool is_output = path == kOutput;
  if (!is_output && !is_inside(path)) return -EPERM;
  const bool recorded = is_recorded(path);
  const bool was_there = !recorded || served().log->knows(inner(path));
  const int descriptor = open_real(path, info->flags | (creates ? O_CREAT : 0), mode);
  if (descriptor < 0) return -errno;
  auto handle = std::make_unique<Handle>();
  handle->descriptor = descriptor;
  handle->is_output = is_output;
  handle->syncs_each_write = (info->flags & (O_SYNC | O_DSYNC)) != 0;
  if (recorded) {
    handle->id = was_there ? log().id_of(inner(path)) : log().create(inner(path));
    if ((info->flags & O_TRUNC) != 0) log().resize(handle->id, 0);
  }
  const bool writes = (info->flags & O_ACCMODE) != O_RDONLY;
  info->direct_io = (recorded || is_output) && writes ? 1 : 0;
  info->fh = reinterpret_cast<std::uintptr_t>(handle.release());
  return 0;
}

int create_file(const char* path, mode_t mode, fuse_file_info* info) { return open_as(path, info, mode, true); }
int open_file(const char* path, fuse_file_info* info) { return open_as(path, info, 0, false); }

int release_file(const char*, fuse_file_info* info) {
  const std::unique_ptr<Handle> handle(&handle_of(info));
  return answer(::close(handle->descriptor));
}

int read_file(const char*, char* buffer, std::size_t size, off_t offset, fuse_file_info* info) {
  const ssize_t count = ::pread(handle_of(info).descriptor, buffer, size, offset);
  return count < 0 ? -errno : static_cast<int>(count);
}

int write_file(const char*, const char* bytes, std::size_t size, off_t offset, fuse_file_info* info) {
  const Handle& handle = handle_of(info);
  const ssize_t count = ::pwrite(handle.descriptor, bytes, size, offset);
  if (count < 0) return -errno;
  const std::string_view written(bytes, static_cast<std::size_t>(count));
  if (handle.is_output) log().print(written);
  if (handle.id != 0) {
    log().write(handle.id, static_cast<std::uint64_t>(offset), written);
    if (handle.syncs_each_write) log().sync(handle.id);
  }
  return static_cast<int>(count);
}

int truncate_file(const char* path, off_t size, fuse_file_info* info) {
  if (info != nullptr) {
    const Handle& handle = handle_of(info);
    if (::ftruncate(handle.descriptor, size) != 0) return -errno;
    if (handle.id != 0) log().resize(handle.id, static_cast<std::uint64_t>(size));
    return 0;
  }
  if (::truncate(real(path).c_str(), size) != 0) return -errno;
  if (is_recorded(path)) log().resize(log().id_of(inner(path)), static_cast<std::uint64_t>(size));
  return 0;
}

int allocate(const char*, int mode, off_t offset, off_t length, fuse_file_info* info) {
  const Handle& handle = handle_of(info);
  constexpr int kZeroes = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE;
  if ((mode & ~(FALLOC_FL_KEEP_SIZE | kZeroes)) != 0) return -EOPNOTSUPP;
  struct stat before {};
  struct stat after {};
  if (::fstat(handle.descriptor, &before) != 0) return -errno;
  if (::fallocate(handle.descriptor, mode, offset, length) != 0) return -errno;
  if (handle.id == 0) return 0;
  if (::fstat(handle.descriptor, &after) != 0) return -errno;
  const off_t end = std::min(offset + length, after.st_size);
  if ((mode & kZeroes) != 0 && end > offset) {
    log().write(handle.id, static_cast<std::uint64_t>(offset),
                std::string(static_cast<std::size_t>(end - offset), '\0'));
  }
  if (after.st_size != before.st_size) log().resize(handle.id, static_cast<std::uint64_t>(after.st_size));
  return 0;
}

int sync_file(const char*, int, fuse_file_info* info) {
  const Handle& handle = handle_of(info);
  if (handle.id != 0) log().sync(handle.id);
  return 0;
}

int sync_directory(const char* path, int, fuse_file_info*) {
  if (path != nullptr && (path == kFiles || is_recorded(path))) log().sync_directory(inner(path));
  return 0;
}

int set_mode(const char* path, mode_t mode, fuse_file_info*) { return answer(::chmod(real(path).c_str(), mode)); }
int set_owner(const char* path, uid_t user, gid_t group, fuse_file_info*) {
  return answer(::lchown(real(path).c_str(), user, group));
}
int set_times(const char* path, const timespec times[2], fuse_file_info*) {
  return answer(::utimensat(AT_FDCWD, real(path).c_str(), times, AT_SYMLINK_NOFOLLOW));
}
int space(const char* path, struct statvfs* result) { return answer(::statvfs(real(path).c_str(), result)); }
int flush_file(const char*, fuse_file_info*) { return 0; }

void* begin(fuse_conn_info*, fuse_config* config) {
  config->use_ino = 1;  // two names of one file are one file
  config->nullpath_ok = 0;
  config->attr_timeout = config->entry_timeout = config->negative_timeout = 0;
  return fuse_get_context()->private_data;
}

fuse_operations operations() {
  fuse_operations calls{};
  calls.init = begin;
  calls.getattr = get_attributes;
  calls.readdir = read_directory;
  calls.mkdir = make_directory;
  calls.rmdir = remove_directory;
  calls.unlink = remove_file;
  calls.rename = rename_file;
  calls.link = link_file;
  calls.symlink = make_symbolic_link;
  calls.mknod = make_node;
  calls.create = create_file;
  calls.open = open_file;
  calls.release = release_file;
  calls.read = read_file;
  calls.write = write_file;
  calls.truncate = truncate_file;
  calls.fallocate = allocate;
  calls.flush = flush_file;
  calls.fsync = sync_file;
  calls.fsyncdir = sync_directory;
  calls.chmod = set_mode;
  calls.chown = set_owner;
  calls.utimens = set_times;
  calls.statfs = space;
  return calls;
}

}  // namespace

bool can_record() { return true; }

void remove_mounts_below(const fs::path& folder) {
  std::ifstream mounts("/proc/self/mounts");
  std::vector<std::string> ours;
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    std::string source;
    std::string where;
    words >> source >> where;
    if (source == "sediment-strike" && where.starts_with(folder.string() + "/")) ours.push_back(where);
  }
  for (const std::string& each : ours) {
    if (::umount2(each.c_str(), MNT_DETACH) == 0) continue;
    const fs::path null = "/dev/null";  // without the right to unmount, as the user who has mounted it
    (void)run({.command = "fusermount3 -u -z",
               .arguments = {each},
               .directory = {},
               .output = null,
               .joins_errors = true,
               .environment = {}});
  }
}

class RecordingMount::Server {
 public:
  Server(const fs::path& folder, RecordLog* log) : served_{folder, log} {}
  ~Server() { stop(); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  bool start(const fs::path& mount_point) {
    static const fuse_operations calls = operations();
    std::string words[] = {"strike", "-o", "default_permissions,fsname=sediment-strike,subtype=sediment-strike"};
    char* pointers[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
    fuse_args arguments = FUSE_ARGS_INIT(3, pointers);
    fuse_ = fuse_new(&arguments, &calls, sizeof calls, &served_);
    fuse_opt_free_args(&arguments);
    if (fuse_ == nullptr) return false;
    if (fuse_mount(fuse_, mount_point.c_str()) != 0) {
      fuse_destroy(fuse_);
      fuse_ = nullptr;
      return false;
    }
    if (::pipe2(wake_, O_CLOEXEC) != 0) return false;
    thread_ = std::thread([this] { serve(); });
    return true;
  }

  // Any thread.
  void watch(int descriptor) {
    watched_ = descriptor;
    wake();
  }

  void stop() {
    if (fuse_ == nullptr) return;
    stopping_ = true;
    wake();
    thread_.join();
    fuse_unmount(fuse_);  // lazily: a program that still uses it gets errors
    fuse_destroy(fuse_);
    fuse_ = nullptr;
    for (const int descriptor : {wake_[0], wake_[1], watched_.load()}) {
      if (descriptor >= 0) ::close(descriptor);
    }
  }

 private:
  void wake() { (void)!::write(wake_[1], "", 1); }

  // Calls on files, and syncs of everything, in the order in which they come.
  void serve() {
    fuse_session* const session = fuse_get_session(fuse_);
    fuse_buf buffer{};
    pollfd waiting[] = {{fuse_session_fd(session), POLLIN, 0}, {wake_[0], POLLIN, 0}, {-1, POLLIN, 0}};
    while (!stopping_ && !fuse_session_exited(session)) {
      if (::poll(waiting, std::size(waiting), -1) < 0) continue;
      if (waiting[1].revents != 0) {
        char byte = 0;
        (void)!::read(wake_[0], &byte, 1);
        waiting[2].fd = watched_;
      }
      if ((waiting[2].revents & POLLIN) != 0) {
        let_sync_go_on(waiting[2].fd, [this](pid_t process) {
          served_.log->done_by(process_of(process));
          served_.log->sync_everything();
        });
      } else if (waiting[2].revents != 0) {
        waiting[2].fd = -1;  // all who could call it have ended
      }
      if ((waiting[0].revents & POLLIN) == 0) continue;
      const int size = fuse_session_receive_buf(session, &buffer);
      if (size == -EINTR) continue;
      if (size <= 0) break;
      fuse_session_process_buf(session, &buffer);
    }
    std::free(buffer.mem);
  }

  Served served_;
  fuse* fuse_ = nullptr;
  std::thread thread_;
  int wake_[2] = {-1, -1};
  std::atomic<int> watched_{-1};
  std::atomic<bool> stopping_{false};
};

RecordingMount::RecordingMount(fs::path folder, RecordLog* log)
    : folder_(std::move(folder)), mount_point_(folder_ / "mount"), server_(std::make_unique<Server>(folder_, log)) {}

RecordingMount::~RecordingMount() { stop(); }

void RecordingMount::stop() { server_->stop(); }

void RecordingMount::watch(int descriptor) { server_->watch(descriptor); }

Result<std::unique_ptr<RecordingMount>> RecordingMount::mount(const fs::path& folder, RecordLog* log) {
  if (!fs::exists("/dev/fuse")) {
    return Status::io_error({},
                            "there is no /dev/fuse: load the kernel's module fuse, or give the container the device");
  }
  std::unique_ptr<RecordingMount> made(new RecordingMount(folder, log));
  std::error_code error;
  fs::create_directories(made->mount_point_, error);
  fs::create_directories(made->backing(), error);
  fs::create_directories(folder / "hidden", error);
  std::ofstream(folder / "output").close();
  if (!made->server_->start(made->mount_point_)) {
    return Status::io_error({}, "the recording file system cannot be mounted at " + made->mount_point_.string() +
                                    ": install the package fuse3, and see what FUSE has printed");
  }
  return made;
}

}  // namespace sediment::sim

#else

namespace sediment::sim {

bool can_record() { return false; }
void remove_mounts_below(const std::filesystem::path&) {}

class RecordingMount::Server {};
RecordingMount::~RecordingMount() = default;
void RecordingMount::stop() {}
void RecordingMount::watch(int) {}
Result<std::unique_ptr<RecordingMount>> RecordingMount::mount(const std::filesystem::path&, RecordLog*) {
  return Status::io_error({},
                          "this program was built without FUSE: install libfuse3-dev and fuse3, and build it again");
}

}  // namespace sediment::sim

#endif
