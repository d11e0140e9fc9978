// Stands between the POSIX disk and the system. The program of this suite defines openat, fsync, pwritev and the other
// functions that the disk calls. Each forwards to the C library, and shows a test what it is about to do and what the
// result was. So a test can see every sync and the order of the calls, and can make any call fail, or do less than
// requested.
//
// A store into a mapping is not a call, so it cannot be seen. Tests watch the file's sync instead.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace sediment::test {

struct SystemCall {
  enum class Kind : std::uint8_t {
    kOpen,  // openat too
    kClose,
    kFsync,
    kFdatasync,
    kSyncfs,
    kPwritev,
    kPread,
    kFtruncate,
    kFallocate,
    kFlock,
    kUnlinkat,
    kRenameat,
    kReaddir,
    kMmap,
    kMkdir,
    kFstat,  // fstatat too
    kFstatfs,
    kSyncFileRange,
  };
  static constexpr int kKinds = 18;

  Kind kind{};
  std::string path;      // absolute, unless it was not and no directory was named
  std::string new_path;  // of a rename
  int flags = 0;         // of open; the operation of flock; the protection of mmap
  std::uint64_t offset = 0;
  std::uint64_t size = 0;   // requested
  std::int64_t result = 0;  // from here on: set when the call has returned
  int error = 0;            // 0 if it succeeded

  bool ok() const { return error == 0; }
  std::string name() const { return std::filesystem::path(path).filename().string(); }
};

/// "fsync /tmp/x/MANIFEST", for messages.
std::string to_string(const SystemCall& call);
const char* name_of(SystemCall::Kind kind);

/// What a call should do instead of what was requested.
struct Answer {
  int error = 0;                    // fail with this and do nothing
  std::uint64_t most = UINT64_MAX;  // pread and pwritev: maximum number of bytes
  std::uint32_t file_system = 0;    // fstatfs: report this kind
};

/// Watches the calls on paths below `top`, of every thread, during its lifetime. One at a time.
class SystemCalls {
 public:
  using Watch = std::function<Answer(const SystemCall&)>;
  using Note = std::function<void(const SystemCall&)>;

  /// Calls `before` before each call, and `after` with its result. Calls that these two make are not watched.
  explicit SystemCalls(
      const std::filesystem::path& top, Watch before = [](const SystemCall&) { return Answer(); },
      Note after = [](const SystemCall&) {});
  ~SystemCalls();
  SystemCalls(const SystemCalls&) = delete;
  SystemCalls& operator=(const SystemCalls&) = delete;

  /// All calls so far, in the order in which they returned.
  std::vector<SystemCall> calls() const;
  std::size_t count(SystemCall::Kind kind) const;
};

/// While one of these exists, this thread's own calls are not watched.
class Unwatched {
 public:
  Unwatched();
  ~Unwatched();
  Unwatched(const Unwatched&) = delete;
  Unwatched& operator=(const Unwatched&) = delete;

 private:
  bool before_;
};

}  // namespace sediment::test
