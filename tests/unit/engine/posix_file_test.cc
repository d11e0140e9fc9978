// Mapped files and plain ones, where they differ. What they have in common is in disk_contract_test.cc.
#include "engine/posix/posix_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "engine/posix/posix_disk.h"
#include "tests/support/store_helpers.h"
#include "tests/support/temporary_directory.h"

namespace sediment {
namespace {

using test::has_code;
using test::is_ok;
using test::must;
using test::TemporaryDirectory;

constexpr std::uint64_t kPage = 4096;
constexpr PosixAccess kBoth[] = {PosixAccess::kMapped, PosixAccess::kSystemCalls};

// Bytes that depend on their offset.
std::string some_bytes(std::size_t size, std::size_t first = 0) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>((first + i) * 2'654'435'761U >> 24);
  return bytes;
}

// The contents of the file, read without the engine.
std::string bytes_in(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// How a process that does this ends.
int status_of_child(const std::function<bool()>& does) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(does() ? 0 : 1);
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child) throw std::runtime_error("cannot run a child");
  return status;
}

bool ended_well(int status) { return WIFEXITED(status) && WEXITSTATUS(status) == 0; }

std::string explain(int status) {
  if (WIFSIGNALED(status)) return "killed by signal " + std::to_string(WTERMSIG(status));
  return "exit status " + std::to_string(WEXITSTATUS(status));
}

TEST(PosixFile, AMappedReadPointsIntoMemoryAndAPlainOneIntoTheScratch) {
  const TemporaryDirectory directory;
  for (const PosixAccess access : kBoth) {
    const bool mapped = access == PosixAccess::kMapped;
    const std::string name = mapped ? "mapped" : "plain";
    const auto disk = must(open_posix_disk(directory.path(), false, access));
    const auto created = must(disk->create(name, 2 * kPage));
    must(created->append({some_bytes(5000)}));
    const auto opened = must(disk->open(name));
    for (const File* file : {created.get(), opened.get()}) {
      std::string scratch;
      const std::string_view bytes = must(file->read(100, 4500, &scratch));
      EXPECT_EQ(bytes, some_bytes(4500, 100));
      EXPECT_EQ(scratch.empty(), mapped);
      EXPECT_EQ(bytes.data() == scratch.data(), !mapped);
      std::string other_scratch;
      EXPECT_EQ(must(file->read(100, 1, &other_scratch)).data() == bytes.data(), mapped) << "there is only one copy";
    }
  }
}

TEST(PosixFile, WhatWasNotReservedIsReadAndWrittenBySystemCalls) {
  // Only reserved space may be mapped for writing: on a full disk, a store into a hole ends the process.
  const TemporaryDirectory directory;
  const auto disk = must(open_posix_disk(directory.path(), false));
  const auto file = must(disk->create("a", 0));
  must(file->append({"abc"}));
  std::string scratch;
  EXPECT_EQ(must(file->read(0, 3, &scratch)), "abc");
  EXPECT_EQ(scratch, "abc");
}

TEST(PosixFile, NoRoomForAMappedFileIsAnErrorOfItsCreate) {
  // A limit on the size of files stands in for a full disk.
  const TemporaryDirectory directory;
  const int status = status_of_child([&] {
    const auto disk = must(open_posix_disk(directory.path(), false));
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{3 * kPage, 3 * kPage};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    if (!disk->create("a", 4 * kPage).status().is(StatusCode::kNoSpace)) return false;
    if (!must(disk->list()).empty()) return false;
    // And the reserved space can be filled to the last byte; after that the append is refused.
    const auto file = must(disk->create("a", 3 * kPage));
    return file->append({some_bytes(3 * kPage - 1)}).ok() && file->append({"x"}).ok() && !file->append({"x"}).ok();
  });
  EXPECT_TRUE(ended_well(status)) << explain(status);
  EXPECT_EQ(bytes_in(directory.path() / "a"), some_bytes(3 * kPage - 1) + "x");
}

TEST(PosixFile, TheMappingBeyondTheEndOfACutFileIsNotTouched) {
  // Touching a mapped page beyond the file's end raises a signal, so a child does it.
  const TemporaryDirectory directory;
  int cases = 0;
  for (const std::uint64_t cut : {std::uint64_t{0}, std::uint64_t{10}, kPage, kPage + 1, 3 * kPage}) {
    const std::string name = std::to_string(cut);
    const std::string bytes = some_bytes(4 * kPage);
    const int status = status_of_child([&] {
      const auto disk = must(open_posix_disk(directory.path(), false));
      const auto file = must(disk->create(name, 16 * kPage));
      must(file->append({bytes}));
      must(file->truncate(cut));
      file->prefetch(cut, 4 * kPage);
      std::string scratch;
      if (!must(file->read(cut + 2 * kPage, 100, &scratch)).empty()) return false;
      // In pieces: the first ones end inside the last page of the cut file, the later ones far beyond it.
      for (std::size_t at = 0; at < 3 * kPage; at += 512) must(file->append({some_bytes(512, at)}));
      must(file->append({some_bytes(20 * kPage)}));
      if (must(read_fully(*file, cut, 3 * kPage, &scratch)) != some_bytes(3 * kPage)) return false;
      must(file->sync());
      return file->size() == cut + 23 * kPage;
    });
    EXPECT_TRUE(ended_well(status)) << "cut at " << cut << ": " << explain(status);
    EXPECT_EQ(bytes_in(directory.path() / name), bytes.substr(0, cut) + some_bytes(3 * kPage) + some_bytes(20 * kPage));
    ++cases;
  }
  EXPECT_EQ(cases, 5);
}

TEST(PosixFile, WritingBackEarlyChangesNothing) {
  const TemporaryDirectory directory;
  constexpr std::uint64_t kReserved = std::uint64_t{6} << 20;
  for (const PosixAccess access : kBoth) {
    const std::string name = access == PosixAccess::kMapped ? "mapped" : "plain";
    const auto disk = must(open_posix_disk(directory.path(), false, access));
    std::string expected;
    {
      const auto file = must(disk->create(name, kReserved));
      // Past 4 MiB, where write-back begins, past the end of the reserved space, and past another 4 MiB.
      for (std::size_t size = 9'999; expected.size() < kReserved * 2; size = size * 31 % 70'001) {
        const std::string piece = some_bytes(size, expected.size());
        must(file->append({piece}));
        expected += piece;
      }
      std::string scratch;
      EXPECT_TRUE(must(read_fully(*file, 0, expected.size(), &scratch)) == expected) << name;
      must(file->truncate(expected.size() / 2));  // what is cut need not be written back again
      expected.resize(expected.size() / 2);
      const std::string more = some_bytes(std::size_t{5} << 20, 77);
      must(file->append({more}));
      expected += more;
    }
    EXPECT_TRUE(bytes_in(directory.path() / name) == expected) << name;
    std::string scratch;
    EXPECT_TRUE(must(read_fully(*must(disk->open(name)), 0, expected.size(), &scratch)) == expected) << name;
  }
}

TEST(PosixFile, AKilledProcessLosesNoAppendThatHasReturned) {
  const TemporaryDirectory directory;
  constexpr std::uint64_t kReserved = 10 * kPage;
  int cases = 0;
  for (const PosixAccess access : kBoth) {
    for (const std::uint64_t size : {std::uint64_t{100}, kReserved, kReserved + 5000}) {
      const std::string name = std::to_string(size) + (access == PosixAccess::kMapped ? " mapped" : " plain");
      const int status = status_of_child([&] {
        const auto disk = must(open_posix_disk(directory.path(), false, access));
        const auto file = must(disk->create(name, kReserved));
        for (std::size_t at = 0; at < size; at += 100) {
          must(file->append({some_bytes(std::min<std::size_t>(100, size - at), at)}));
        }
        ::kill(::getpid(), SIGKILL);  // nothing is closed, unmapped or synced
        return false;
      });
      ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << explain(status);
      const std::string reserved_and_unused(size < kReserved ? kReserved - size : 0, '\0');
      EXPECT_EQ(bytes_in(directory.path() / name), some_bytes(size) + reserved_and_unused) << name;
      ++cases;
    }
  }
  EXPECT_EQ(cases, 6);
}

TEST(PosixFile, AnOpenedFileIsMappedForReadingOnly) {
  const TemporaryDirectory directory;
  const auto disk = must(open_posix_disk(directory.path(), false));
  must(must(disk->create("a", 0))->append({some_bytes(3 * kPage)}));
  const int status = status_of_child([&] {
    const auto file = must(disk->open("a"));
    std::string scratch;
    const std::string_view bytes = must(file->read(0, 1, &scratch));
    *const_cast<char*>(bytes.data()) = 'x';
    return true;
  });
  EXPECT_FALSE(ended_well(status)) << "a stray store must not reach a sealed log";
  EXPECT_EQ(bytes_in(directory.path() / "a"), some_bytes(3 * kPage));
}

TEST(PosixFile, AnEmptyFileCanBeOpenedAndGrows) {
  // It has nothing to map.
  const TemporaryDirectory directory;
  const auto disk = must(open_posix_disk(directory.path(), false));
  must(disk->create("a", 0));
  const auto file = must(disk->open_to_append("a"));
  EXPECT_EQ(file->size(), 0U);
  std::string scratch;
  EXPECT_EQ(must(file->read(0, 10, &scratch)), "");
  EXPECT_TRUE(is_ok(file->append({"abc"})));
  EXPECT_EQ(must(read_fully(*file, 0, 10, &scratch)), "abc");
}

TEST(PosixFile, ErrorsOfAMappedFileNameTheFileAndWhatWasTried) {
  const TemporaryDirectory directory;
  const auto disk = must(open_posix_disk(directory.path(), false));
  const Status status = disk->create("a", std::uint64_t{1} << 60).status();
  ASSERT_TRUE(has_code(status, StatusCode::kNoSpace));
  EXPECT_EQ(status.file(), (directory.path() / "a").string());
  EXPECT_EQ(status.message(), "cannot reserve 1152921504606846976 bytes");
}

}  // namespace
}  // namespace sediment
