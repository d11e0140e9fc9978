#include "tests/posix/system_calls.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <mutex>
#include <system_error>

namespace sediment::test {

namespace {

using Kind = SystemCall::Kind;

struct Watching {
  std::string top;
  SystemCalls::Watch before;
  SystemCalls::Note after;
  std::vector<SystemCall> calls;
};

std::mutex mutex;  // protects the calls of the one below
std::atomic<Watching*> watching{nullptr};
thread_local bool unwatched = false;

std::string path_of(int descriptor) {
  char text[4096];
  const ssize_t size =
      ::readlink(("/proc/self/fd/" + std::to_string(descriptor)).c_str(), static_cast<char*>(text), sizeof text);
  return size < 0 ? std::string() : std::string(static_cast<char*>(text), static_cast<std::size_t>(size));
}

std::string path_of(int directory, const char* name) {
  const std::filesystem::path path(name);
  if (path.is_absolute()) return path;
  std::filesystem::path base = path_of(directory);
  if (directory == AT_FDCWD) base = std::filesystem::current_path();
  const std::string full = (base / path).lexically_normal().string();
  return full.size() > 1 && full.back() == '/' ? full.substr(0, full.size() - 1) : full;
}

// The C library's own functions.
template <typename Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

// Shows the call to the test, then does it, or what the test wants instead. `describe` fills in the request.
template <typename Describe, typename Do>
auto watched(Kind kind, Describe describe, Do act) -> decltype(act(Answer())) {
  using Returned = decltype(act(Answer()));
  Watching* const active = watching.load();
  if (active == nullptr || unwatched) return act(Answer());
  const int error_before = errno;
  SystemCall call;
  Answer answer;
  {
    const Unwatched own;
    call.kind = kind;
    describe(&call);
    if (!call.path.starts_with(active->top)) {
      errno = error_before;
      return act(Answer());
    }
    answer = active->before(call);
  }
  errno = error_before;
  Returned result{};
  if (answer.error != 0) {
    errno = answer.error;
    if constexpr (std::is_same_v<Returned, void*>) {
      result = MAP_FAILED;
    } else if constexpr (std::is_pointer_v<Returned>) {
      result = nullptr;
    } else {
      result = -1;
    }
  } else {
    result = act(answer);
  }
  const int error = errno;
  {
    const Unwatched own;
    if constexpr (std::is_same_v<Returned, void*>) {
      call.error = result == MAP_FAILED ? error : 0;
    } else if constexpr (std::is_pointer_v<Returned>) {
      call.error = result == nullptr ? error : 0;  // errno is 0 before each readdir
    } else {
      call.result = result;
      call.error = result < 0 ? error : 0;
    }
    active->after(call);
    const std::lock_guard lock(mutex);
    active->calls.push_back(call);
  }
  errno = error;
  return result;
}

// For a call on one descriptor.
template <typename Do>
auto watched_on(Kind kind, int descriptor, Do act, std::uint64_t offset = 0, std::uint64_t size = 0, int flags = 0) {
  return watched(
      kind,
      [&](SystemCall* call) {
        call->path = path_of(descriptor);
        call->offset = offset;
        call->size = size;
        call->flags = flags;
      },
      [&](const Answer& answer) { return act(answer); });
}

}  // namespace

Unwatched::Unwatched() : before_(unwatched) { unwatched = true; }
Unwatched::~Unwatched() { unwatched = before_; }

SystemCalls::SystemCalls(const std::filesystem::path& top, Watch before, Note after) {
  watching.store(
      new Watching{std::filesystem::weakly_canonical(top).string(), std::move(before), std::move(after), {}});
}

SystemCalls::~SystemCalls() { delete watching.exchange(nullptr); }

std::vector<SystemCall> SystemCalls::calls() const {
  const std::lock_guard lock(mutex);
  return watching.load()->calls;
}

std::size_t SystemCalls::count(Kind kind) const {
  const std::vector<SystemCall> all = calls();
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [kind](const SystemCall& call) { return call.kind == kind; }));
}

const char* name_of(Kind kind) {
  static constexpr const char* kNames[] = {
      "open",  "close",    "fsync",    "fdatasync", "syncfs", "pwritev", "pread", "ftruncate", "fallocate",
      "flock", "unlinkat", "renameat", "readdir",   "mmap",   "mkdir",   "fstat", "fstatfs",   "sync_file_range"};
  static_assert(std::size(kNames) == SystemCall::kKinds);
  return kNames[static_cast<int>(kind)];
}

std::string to_string(const SystemCall& call) {
  std::string text = std::string(name_of(call.kind)) + " " + call.path;
  if (!call.new_path.empty()) text += " -> " + call.new_path;
  if (call.error != 0) text += ": " + std::generic_category().message(call.error);
  return text;
}

}  // namespace sediment::test

// ---- the system calls of this program

using sediment::test::Answer;
using sediment::test::path_of;
using sediment::test::real;
using sediment::test::SystemCall;
using sediment::test::watched;
using sediment::test::watched_on;
using Kind = SystemCall::Kind;

namespace {

int open_at(int directory, const char* name, int flags, mode_t mode) {
  return watched(
      Kind::kOpen,
      [&](SystemCall* call) {
        call->path = path_of(directory, name);
        call->flags = flags;
      },
      [&](const Answer&) {
        static auto* const forward = real<int(int, const char*, int, ...)>("openat");
        return forward(directory, name, flags, mode);
      });
}

// The last argument of open and openat, which exists only when a file may be created.
mode_t mode_in(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? static_cast<mode_t>(va_arg(arguments, int)) : 0;
}

}  // namespace

extern "C" {

int open(const char* name, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_in(flags, arguments);
  va_end(arguments);
  return open_at(AT_FDCWD, name, flags, mode);
}

int openat(int directory, const char* name, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_in(flags, arguments);
  va_end(arguments);
  return open_at(directory, name, flags, mode);
}

int close(int descriptor) {
  return watched_on(Kind::kClose, descriptor, [&](const Answer&) {
    static auto* const forward = real<int(int)>("close");
    return forward(descriptor);
  });
}

int fsync(int descriptor) {
  return watched_on(Kind::kFsync, descriptor, [&](const Answer&) {
    static auto* const forward = real<int(int)>("fsync");
    return forward(descriptor);
  });
}

int fdatasync(int descriptor) {
  return watched_on(Kind::kFdatasync, descriptor, [&](const Answer&) {
    static auto* const forward = real<int(int)>("fdatasync");
    return forward(descriptor);
  });
}

int syncfs(int descriptor) noexcept {
  return watched_on(Kind::kSyncfs, descriptor, [&](const Answer&) {
    static auto* const forward = real<int(int)>("syncfs");
    return forward(descriptor);
  });
}

ssize_t pwritev(int descriptor, const iovec* parts, int count, off_t offset) {
  std::uint64_t size = 0;
  for (int i = 0; i < count; ++i) size += parts[i].iov_len;
  const auto write = [&](const Answer& answer) {
    static auto* const forward = real<ssize_t(int, const iovec*, int, off_t)>("pwritev");
    if (answer.most >= size) return forward(descriptor, parts, count, offset);
    std::vector<iovec> fewer;
    std::uint64_t left = answer.most;
    for (int i = 0; i < count && left > 0; ++i) {
      fewer.push_back({parts[i].iov_base, std::min<std::uint64_t>(parts[i].iov_len, left)});
      left -= fewer.back().iov_len;
    }
    return forward(descriptor, fewer.data(), static_cast<int>(fewer.size()), offset);
  };
  return watched_on(Kind::kPwritev, descriptor, write, static_cast<std::uint64_t>(offset), size);
}

ssize_t pread(int descriptor, void* bytes, size_t size, off_t offset) {
  const auto read = [&](const Answer& answer) {
    static auto* const forward = real<ssize_t(int, void*, size_t, off_t)>("pread");
    return forward(descriptor, bytes, std::min<std::uint64_t>(size, answer.most), offset);
  };
  return watched_on(Kind::kPread, descriptor, read, static_cast<std::uint64_t>(offset), size);
}

int ftruncate(int descriptor, off_t size) noexcept {
  const auto cut = [&](const Answer&) {
    static auto* const forward = real<int(int, off_t)>("ftruncate");
    return forward(descriptor, size);
  };
  return watched_on(Kind::kFtruncate, descriptor, cut, 0, static_cast<std::uint64_t>(size));
}

int fallocate(int descriptor, int mode, off_t offset, off_t size) {
  const auto reserve = [&](const Answer&) {
    static auto* const forward = real<int(int, int, off_t, off_t)>("fallocate");
    return forward(descriptor, mode, offset, size);
  };
  return watched_on(Kind::kFallocate, descriptor, reserve, static_cast<std::uint64_t>(offset),
                    static_cast<std::uint64_t>(size), mode);
}

int flock(int descriptor, int operation) noexcept {
  const auto lock = [&](const Answer&) {
    static auto* const forward = real<int(int, int)>("flock");
    return forward(descriptor, operation);
  };
  return watched_on(Kind::kFlock, descriptor, lock, 0, 0, operation);
}

int unlinkat(int directory, const char* name, int flags) noexcept {
  return watched(
      Kind::kUnlinkat,
      [&](SystemCall* call) {
        call->path = path_of(directory, name);
        call->flags = flags;
      },
      [&](const Answer&) {
        static auto* const forward = real<int(int, const char*, int)>("unlinkat");
        return forward(directory, name, flags);
      });
}

int renameat(int old_directory, const char* old_name, int new_directory, const char* new_name) noexcept {
  return watched(
      Kind::kRenameat,
      [&](SystemCall* call) {
        call->path = path_of(old_directory, old_name);
        call->new_path = path_of(new_directory, new_name);
      },
      [&](const Answer&) {
        static auto* const forward = real<int(int, const char*, int, const char*)>("renameat");
        return forward(old_directory, old_name, new_directory, new_name);
      });
}

dirent* readdir(DIR* stream) {
  return watched_on(Kind::kReaddir, ::dirfd(stream), [&](const Answer&) {
    static auto* const forward = real<dirent*(DIR*)>("readdir");
    return forward(stream);
  });
}

void* mmap(void* address, size_t size, int protection, int flags, int descriptor, off_t offset) noexcept {
  const auto map = [&](const Answer&) {
    static auto* const forward = real<void*(void*, size_t, int, int, int, off_t)>("mmap");
    return forward(address, size, protection, flags, descriptor, offset);
  };
  if (descriptor < 0) return map(Answer());
  return watched_on(Kind::kMmap, descriptor, map, static_cast<std::uint64_t>(offset), size, protection);
}

int mkdir(const char* name, mode_t mode) noexcept {
  return watched(
      Kind::kMkdir, [&](SystemCall* call) { call->path = path_of(AT_FDCWD, name); },
      [&](const Answer&) {
        static auto* const forward = real<int(const char*, mode_t)>("mkdir");
        return forward(name, mode);
      });
}

int fstat(int descriptor, struct stat* information) noexcept {
  return watched_on(Kind::kFstat, descriptor, [&](const Answer&) {
    static auto* const forward = real<int(int, struct stat*)>("fstat");
    return forward(descriptor, information);
  });
}

int fstatat(int directory, const char* name, struct stat* information, int flags) noexcept {
  return watched(
      Kind::kFstat, [&](SystemCall* call) { call->path = path_of(directory, name); },
      [&](const Answer&) {
        static auto* const forward = real<int(int, const char*, struct stat*, int)>("fstatat");
        return forward(directory, name, information, flags);
      });
}

int fstatfs(int descriptor, struct statfs* information) noexcept {
  return watched_on(Kind::kFstatfs, descriptor, [&](const Answer& answer) {
    static auto* const forward = real<int(int, struct statfs*)>("fstatfs");
    const int result = forward(descriptor, information);
    if (result == 0 && answer.file_system != 0) information->f_type = answer.file_system;
    return result;
  });
}

int sync_file_range(int descriptor, off64_t offset, off64_t size, unsigned int flags) {
  const auto write_back = [&](const Answer&) {
    static auto* const forward = real<int(int, off64_t, off64_t, unsigned int)>("sync_file_range");
    return forward(descriptor, offset, size, flags);
  };
  return watched_on(Kind::kSyncFileRange, descriptor, write_back, static_cast<std::uint64_t>(offset),
                    static_cast<std::uint64_t>(size));
}

}  // extern "C"
