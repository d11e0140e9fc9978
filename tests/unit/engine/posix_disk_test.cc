// What only a real file system can show. Everything else is in disk_contract_test.cc.
#include "engine/posix/posix_disk.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "engine/format.h"
#include "tests/support/store_helpers.h"
#include "tests/support/temporary_directory.h"

namespace sediment {
namespace {

using test::has_code;
using test::is_ok;
using test::must;
using test::TemporaryDirectory;

TEST(PosixDisk, CreatesItsDirectoryOnRequest) {
  const TemporaryDirectory parent;
  const auto directory = parent.path() / "store";
  EXPECT_TRUE(has_code(open_posix_disk(directory, false), StatusCode::kNotFound));
  EXPECT_FALSE(std::filesystem::exists(directory));
  EXPECT_TRUE(is_ok(open_posix_disk(directory, true)));
  EXPECT_TRUE(std::filesystem::is_directory(directory));
  EXPECT_TRUE(is_ok(open_posix_disk(directory, true))) << "and accepts an existing one";
}

TEST(PosixDisk, DoesNotCreateTheParentOfItsDirectory) {
  const TemporaryDirectory parent;
  EXPECT_TRUE(has_code(open_posix_disk(parent.path() / "a" / "b", true), StatusCode::kNotFound));
}

TEST(PosixDisk, RefusesAFileInPlaceOfItsDirectory) {
  const TemporaryDirectory parent;
  std::ofstream(parent.path() / "file") << "x";
  EXPECT_FALSE(open_posix_disk(parent.path() / "file", true).ok());
}

TEST(PosixDisk, RefusesADirectoryInPlaceOfAFile) {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory.path() / "000001.log");
  const auto disk = must(open_posix_disk(directory.path(), false));
  EXPECT_TRUE(has_code(disk->open("000001.log"), StatusCode::kIoError));
}

TEST(PosixDisk, ErrorsNameTheFileAndWhatWasTried) {
  const TemporaryDirectory directory;
  const auto disk = must(open_posix_disk(directory.path(), false));
  must(disk->create("a", 0));
  const Result<std::unique_ptr<File>> again = disk->create("a", 0);
  ASSERT_TRUE(has_code(again, StatusCode::kIoError));
  EXPECT_EQ(again.status().file(), (directory.path() / "a").string());
  EXPECT_EQ(again.status().message(), "create: File exists");
}

TEST(PosixDisk, ReservesSpaceThatIsReallyThere) {
  const TemporaryDirectory directory;
  const auto disk = must(open_posix_disk(directory.path(), false));
  const auto file = must(disk->create("a", 1 << 20));
  struct stat information {};
  ASSERT_EQ(::stat((directory.path() / "a").c_str(), &information), 0);
  EXPECT_EQ(file->size(), static_cast<std::uint64_t>(information.st_size));
  if (file->size() != 0) {
    EXPECT_GE(information.st_blocks * 512, 1 << 20) << "a hole is not reserved space";
  }
}

TEST(PosixDisk, NoRoomToReserveLeavesNoFile) {
  const TemporaryDirectory directory;
  const auto disk = must(open_posix_disk(directory.path(), false));
  EXPECT_TRUE(has_code(disk->create("a", std::uint64_t{1} << 60), StatusCode::kNoSpace));
  EXPECT_TRUE(must(disk->list()).empty());
  EXPECT_TRUE(is_ok(disk->create("a", 64)));
}

TEST(PosixDisk, TwoDisksOnOneDirectoryExcludeEachOther) {
  const TemporaryDirectory directory;
  const auto first = must(open_posix_disk(directory.path(), false));
  const auto second = must(open_posix_disk(directory.path(), false));
  auto lock = must(first->lock(LockMode::kExclusive));
  EXPECT_TRUE(has_code(second->lock(LockMode::kExclusive), StatusCode::kBusy));
  lock.reset();
  EXPECT_TRUE(is_ok(second->lock(LockMode::kExclusive)));
  EXPECT_TRUE(std::filesystem::exists(directory.path() / kLockName)) << "the lock's file is never removed";
}

TEST(PosixDisk, AKilledProcessReleasesItsLock) {
  const TemporaryDirectory directory;
  int held[2] = {};
  ASSERT_EQ(::pipe(held), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto lock = must(must(open_posix_disk(directory.path(), false))->lock(LockMode::kExclusive));
    (void)!::write(held[1], "x", 1);
    while (true) ::pause();
  }
  char byte = 0;
  ASSERT_EQ(::read(held[0], &byte, 1), 1);
  const auto disk = must(open_posix_disk(directory.path(), false));
  EXPECT_TRUE(has_code(disk->lock(LockMode::kExclusive), StatusCode::kBusy));
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(is_ok(disk->lock(LockMode::kExclusive)));
  ::close(held[0]);
  ::close(held[1]);
}

TEST(PosixDisk, AReadOnlyFileCanBeRead) {
  const TemporaryDirectory directory;
  const auto disk = must(open_posix_disk(directory.path(), false));
  must(must(disk->create("a", 0))->append({"abc"}));
  std::filesystem::permissions(directory.path() / "a", std::filesystem::perms::owner_read);
  const auto file = must(disk->open("a"));  // root can still write it
  std::string scratch;
  EXPECT_EQ(must(read_fully(*file, 0, 3, &scratch)), "abc");
}

TEST(PosixDisk, AFullFileIsAnErrorAndNotASignal) {
  // A limit on the size of files stands in for a full disk: the write is first short, then refused.
  const TemporaryDirectory directory;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto disk = must(open_posix_disk(directory.path(), false));
    const auto file = must(disk->create("a", 0));
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1000, 1000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const Status fits = file->append({std::string(900, 'x')});
    const Status status = file->append({std::string(50, 'y'), std::string(500, 'z')});
    ::_exit(fits.ok() && !status.ok() ? 0 : 1);
  }
  int result = 0;
  ASSERT_EQ(::waitpid(child, &result, 0), child);
  EXPECT_TRUE(WIFEXITED(result) && WEXITSTATUS(result) == 0);
  EXPECT_LE(std::filesystem::file_size(directory.path() / "a"), 1000U);
}

TEST(PosixDisk, LeaksNoFileDescriptors) {
  const TemporaryDirectory directory;
  const auto open_descriptors = [] {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
    return count;
  };
  const std::size_t before = open_descriptors();
  {
    const auto disk = must(open_posix_disk(directory.path(), false));
    const auto lock = must(disk->lock(LockMode::kExclusive));
    EXPECT_FALSE(disk->lock(LockMode::kExclusive).ok());
    for (int i = 0; i < 10; ++i) {
      const auto file = must(disk->create(std::to_string(i), 8));
      must(file->sync());
      must(disk->list());
      EXPECT_FALSE(disk->open("missing").ok());
      EXPECT_FALSE(disk->create(std::to_string(i), 8).ok());
    }
    EXPECT_GT(open_descriptors(), before);
  }
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace sediment
