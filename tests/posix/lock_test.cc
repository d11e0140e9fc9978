// The lock is held at every disk call of a store, from before its first read until after its last write. A process that
// shares a store's memory but not its lock cannot change the store.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "engine/format.h"
#include "tests/posix/protocols.h"
#include "tests/posix/system_calls.h"
#include "tests/support/temporary_directory.h"

namespace sediment {
namespace {

using test::Answer;
using test::ended_well;
using test::has_code;
using test::is_ok;
using test::kBothAccesses;
using test::must;
using test::status_of_child;
using test::SystemCall;
using test::SystemCalls;
using test::TemporaryDirectory;
using Kind = SystemCall::Kind;

// Whether another process could lock it.
bool can_lock(const std::filesystem::path& path, int operation = LOCK_EX) {
  const test::Unwatched own;
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw std::runtime_error("cannot open " + path.string());
  const bool locked = ::flock(descriptor, operation | LOCK_NB) == 0;
  ::close(descriptor);
  return locked;
}

// Checks at each call of a store whether another process could take its lock.
class LockWatch {
 public:
  LockWatch(std::filesystem::path directory, int other_operation)
      : directory_(std::move(directory)), other_operation_(other_operation) {}

  Answer before(const SystemCall& call) {
    const bool of_lock = call.path == directory_ || call.path == directory_ / kLockName;
    const bool may_lock =
        of_lock && (call.kind == Kind::kOpen || call.kind == Kind::kFlock || call.kind == Kind::kFstat ||
                    call.kind == Kind::kClose || call.kind == Kind::kFstatfs);
    if (!held_) {
      const bool makes_directory = call.kind == Kind::kMkdir || call.path == directory_.parent_path();
      // Whether there is a manifest, and what else; but it reads no byte of a file (system calls would show that).
      const bool looks = (call.name() == kManifestName && (call.kind == Kind::kOpen || call.kind == Kind::kFstat ||
                                                           call.kind == Kind::kMmap || call.kind == Kind::kClose)) ||
                         (call.path == directory_ && call.kind == Kind::kReaddir);
      if (ended_) {
        EXPECT_TRUE(call.kind == Kind::kFlock || call.kind == Kind::kClose) << "after the lock: " << to_string(call);
      } else {
        EXPECT_TRUE(may_lock || makes_directory || looks) << "before the lock: " << to_string(call);
      }
      return {};
    }
    if (call.kind == Kind::kFlock && call.flags == LOCK_UN) {
      held_ = false;
      ended_ = true;
      return {};
    }
    EXPECT_FALSE(can_lock(directory_ / kLockName, other_operation_)) << "LOCK is free before " << to_string(call);
    EXPECT_FALSE(can_lock(directory_, other_operation_)) << "the directory is free before " << to_string(call);
    EXPECT_FALSE(call.kind == Kind::kUnlinkat && call.name() == kLockName);
    EXPECT_NE(call.new_path, directory_ / kLockName);
    ++calls_;
    return {};
  }
  void after(const SystemCall& call) {
    const bool locked = call.kind == Kind::kFlock && call.ok() && call.path == directory_ / kLockName;
    if (locked && call.flags != LOCK_UN) held_ = true;
  }
  int calls() const { return calls_; }  // made while it was held
  bool ended() const { return ended_; }

 private:
  const std::filesystem::path directory_;
  const int other_operation_;  // of the process that tries to get in
  bool held_ = false;
  bool ended_ = false;
  int calls_ = 0;
};

TEST(StoreLock, IsHeldAtEveryCallFromBeforeTheFirstReadUntilAfterTheLastWrite) {
  for (const PosixAccess access : kBothAccesses) {
    const TemporaryDirectory parent(TemporaryDirectory::fast());
    const auto directory = parent.path() / "store";
    ino_t lock_inode = 0;
    for (int life = 0; life < 4; ++life) {
      LockWatch watch(directory, LOCK_SH);
      {
        const SystemCalls calls(
            parent.path(), [&](const SystemCall& call) { return watch.before(call); },
            [&](const SystemCall& call) { watch.after(call); });
        Options options = test::manual_merges();
        options.merge_policy.automatic = true;  // so that closing merges too
        auto store = must(Store::open(must(open_posix_disk(directory, true, access)), options));
        for (int i = 0; i < 12; ++i) must(store->put("k" + std::to_string(i % 3), std::string(1000, 'v')));
        must(store->merge());
        must(store->put("last", std::to_string(life)));
        const std::size_t commits = calls.count(Kind::kRenameat);
        if (life % 2 == 0) must(store->close());
        store.reset();
        EXPECT_GE(calls.count(Kind::kRenameat), commits + 2) << "the close seals, and merges";
      }
      EXPECT_TRUE(watch.ended());
      EXPECT_GE(watch.calls(), 60);
      EXPECT_TRUE(can_lock(directory / kLockName));
      EXPECT_TRUE(can_lock(directory));
      struct stat information {};
      ASSERT_EQ(::stat((directory / kLockName).c_str(), &information), 0) << "LOCK stays";
      EXPECT_TRUE(life == 0 || information.st_ino == lock_inode) << "and it is the same one";
      lock_inode = information.st_ino;
    }
  }
}

TEST(StoreLock, OfAReaderIsHeldTooAndKeepsWritersOut) {
  const TemporaryDirectory parent(TemporaryDirectory::fast());
  const auto directory = parent.path() / "store";
  must(test::live_once(directory, PosixAccess::kMapped).first_failure);
  for (const PosixAccess access : kBothAccesses) {
    LockWatch watch(directory, LOCK_EX);
    const SystemCalls calls(
        parent.path(), [&](const SystemCall& call) { return watch.before(call); },
        [&](const SystemCall& call) { watch.after(call); });
    Options options;
    options.read_only = true;
    auto store = must(Store::open(must(open_posix_disk(directory, false, access)), options));
    EXPECT_TRUE(can_lock(directory, LOCK_SH)) << "other readers may come in";
    EXPECT_TRUE(can_lock(directory / kLockName, LOCK_SH));
    std::string value;
    must(store->get("a", &value));
    must(store->close());
    EXPECT_TRUE(watch.ended());
    EXPECT_GE(watch.calls(), 5);
  }
}

TEST(StoreLock, HoldsAlsoWhenTheFileLockIsDeletedOrReplaced) {
  for (const bool replaced : {false, true}) {
    const TemporaryDirectory directory;
    auto first = must(Store::open(directory.path(), test::manual_merges()));
    must(first->put("a", "1"));
    std::filesystem::remove(directory.path() / kLockName);
    if (replaced) must(must(open_posix_disk(directory.path(), false))->create(kLockName, 0));
    EXPECT_TRUE(has_code(Store::open(directory.path(), test::manual_merges()), StatusCode::kBusy));
    Options reading;
    reading.read_only = true;
    EXPECT_TRUE(has_code(Store::open(directory.path(), reading), StatusCode::kBusy));
    must(first->put("b", "2"));
    must(first->close());
    first.reset();
    const auto second = must(Store::open(directory.path(), test::manual_merges()));
    std::string value;
    must(second->get("a", &value));
    must(second->get("b", &value));
  }
}

TEST(StoreLock, OfTheFileAloneIsEnoughWhereDirectoriesCannotBeLocked) {
  int cases = 0;
  for (const int error : {EBADF, EINVAL, ENOTSUP, ENOSYS}) {
    const TemporaryDirectory directory;
    const SystemCalls calls(directory.path(), [&](const SystemCall& call) {
      return Answer{.error = call.kind == Kind::kFlock && call.path == directory.path() ? error : 0};
    });
    const auto disk = must(open_posix_disk(directory.path(), false));
    EXPECT_TRUE(has_code(disk->lock(LockMode::kShared), StatusCode::kNotFound)) << "there is nothing to lock";
    auto lock = must(disk->lock(LockMode::kExclusive));
    EXPECT_TRUE(has_code(disk->lock(LockMode::kExclusive), StatusCode::kBusy));
    EXPECT_TRUE(has_code(disk->lock(LockMode::kShared), StatusCode::kBusy));
    EXPECT_FALSE(can_lock(directory.path() / kLockName, LOCK_SH));
    lock.reset();
    EXPECT_TRUE(is_ok(disk->lock(LockMode::kShared)));
    ++cases;
  }
  EXPECT_EQ(cases, 4);
}

TEST(StoreLock, IsNotTakenWhenLockingFailsInAnyOtherWay) {
  int cases = 0;
  for (const int error : {EIO, ENOLCK, ENOMEM, EDEADLK, EACCES, EPERM, ESTALE, EINVAL, EBADF, ENOTSUP, ENOSYS}) {
    const TemporaryDirectory directory;
    must(must(Store::open(directory.path(), test::manual_merges()))->close());
    const SystemCalls calls(directory.path(), [&](const SystemCall& call) {
      return Answer{.error = call.kind == Kind::kFlock && call.name() == kLockName ? error : 0};
    });
    Options reading;
    reading.read_only = true;
    EXPECT_TRUE(has_code(Store::open(directory.path(), test::manual_merges()), StatusCode::kIoError)) << error;
    EXPECT_TRUE(has_code(Store::open(directory.path(), reading), StatusCode::kIoError)) << error;
    EXPECT_EQ(calls.count(Kind::kReaddir), 0U) << "nothing is read without the lock";
    EXPECT_TRUE(can_lock(directory.path())) << "and what had been locked is released";
    ++cases;
  }
  EXPECT_EQ(cases, 11);
}

// ---- fork

// Without a background thread: fork copies the locks that such a thread holds, but not the thread.
TEST(Fork, AChildReadsTheStoreAndChangesNothing) {
  const TemporaryDirectory directory(TemporaryDirectory::fast());
  auto store = must(Store::open(directory.path(), test::manual_merges()));
  must(store->put("a", "of the parent"));
  must(store->roll());
  must(store->put("b", "of the parent"));
  const int status = status_of_child([&] {
    std::string value;
    const bool reads = store->get("a", &value).ok() && store->get("b", &value).ok();
    const bool refused = store->put("b", "of the child").is(StatusCode::kIoError) && !store->remove("a").ok() &&
                         !store->roll().ok() && !store->merge().ok() && !store->close().ok();
    store.reset();
    return reads && refused;
  });
  EXPECT_TRUE(ended_well(status));
  EXPECT_FALSE(can_lock(directory.path() / kLockName, LOCK_SH)) << "the parent's lock is not the child's to release";
  EXPECT_FALSE(can_lock(directory.path(), LOCK_SH));
  must(store->put("c", "of the parent"));
  must(store->close());
  store.reset();
  store = must(Store::open(directory.path(), test::manual_merges()));
  for (const char* key : {"a", "b", "c"}) {
    std::string value;
    must(store->get(key, &value));
    EXPECT_EQ(value, "of the parent") << key;
  }
}

TEST(Fork, EveryChangeByAChildIsRefused) {
  for (const PosixAccess access : kBothAccesses) {
    const TemporaryDirectory directory(TemporaryDirectory::fast());
    const auto disk = must(open_posix_disk(directory.path(), false, access));
    const auto file = must(disk->create("a", 4096));
    must(file->append({"abc"}));
    const std::uint64_t size = file->size();
    const int status = status_of_child([&] {
      const Status refusals[] = {file->append({"x"}),
                                 file->reserve(100'000),
                                 file->truncate(0),
                                 disk->create("b", 0).status(),
                                 disk->rename("a", "b"),
                                 disk->remove("a"),
                                 disk->lock(LockMode::kExclusive).status()};
      for (const Status& refusal : refusals) {
        if (!refusal.is(StatusCode::kIoError)) return false;
      }
      // A disk that the child opened itself is its own.
      const auto own = must(open_posix_disk(directory.path(), false, access));
      must(must(own->create("of the child", 0))->append({"x"}));
      must(own->remove("of the child"));
      std::string scratch;
      return must(read_fully(*file, 0, 3, &scratch)) == "abc";
    });
    EXPECT_TRUE(ended_well(status)) << test::name_of(access);
    EXPECT_EQ(must(disk->list()), std::vector<std::string>{"a"});
    std::string scratch;
    EXPECT_EQ(must(read_fully(*file, 0, 3, &scratch)), "abc");
    EXPECT_EQ(file->size(), size);
  }
}

TEST(Fork, AParentReleasesItsLockAlthoughAChildLives) {
  const TemporaryDirectory directory;
  auto store = must(Store::open(directory.path(), test::manual_merges()));
  int gate[2] = {};
  ASSERT_EQ(::pipe(gate), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::close(gate[1]);
    char byte = 0;
    (void)!::read(gate[0], &byte, 1);  // until the parent closes its end
    ::_exit(0);
  }
  must(store->close());
  store.reset();
  EXPECT_TRUE(is_ok(Store::open(directory.path(), test::manual_merges())));
  ::close(gate[0]);
  ::close(gate[1]);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
}

}  // namespace
}  // namespace sediment
