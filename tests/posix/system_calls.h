// Stands between the POSIX disk and the system. The program of this suite defines openat, fsync, pwritev and whatever
// else the disk calls; each forwards to the C library, and shows a test what it is about to do and what came of it. So a
// test sees that a sync is a sync, and in which order; and it makes any call fail, or do less than was asked.
//
// A store into a mapping is no call: nobody sees it. Tests ask about the file's sync instead.
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
  std::string path;      // absolute, unless it was neither and no directory was named
  std::string new_path;  // of a rename
  int flags = 0;         // of open; the operation of flock; the protection of mmap
  std::uint64_t offset = 0;
  std::uint64_t size = 0;   // asked for
  std::int64_t result = 0;  // from here on: once it has returned
  int error = 0;            // 0 if it succeeded

  bool ok() const { return error == 0; }
  std::string name() const { return std::filesystem::path(path).filename().string(); }
};

/// "fsync /tmp/x/MANIFEST", for messages.
std::string to_string(const SystemCall& call);
const char* name_of(SystemCall::Kind kind);

/// What a call shall do instead of what it was asked to do.
struct Answer {
  int error = 0;                    // fail with this, and do nothing
  std::uint64_t most = UINT64_MAX;  // pread and pwritev: at most so many bytes
  std::uint32_t file_system = 0;    // fstatfs: this kind
};

/// Watches the calls on paths below `top`, of every thread, from its construction to its destruction. One at a time.
class SystemCalls {
 public:
  using Watch = std::function<Answer(const SystemCall&)>;
  using Note = std::function<void(const SystemCall&)>;

  /// `before` is asked before each call; `after` is told what came of it. What they call themselves is not watched.
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

/// The test's own calls of this thread are not watched while one of these lives.
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
