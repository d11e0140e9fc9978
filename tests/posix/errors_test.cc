// Each error of the system, at each call: it becomes the right Status, and nothing that was promised is lost. What is
// not an error (a signal, a call that does less than requested) goes unnoticed.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <fstream>
#include <functional>
#include <iterator>

#include "engine/format.h"
#include "tests/posix/protocols.h"
#include "tests/posix/system_calls.h"
#include "tests/support/temporary_directory.h"

namespace sediment {
namespace {

using test::Answer;
using test::has_code;
using test::is_ok;
using test::kBothAccesses;
using test::must;
using test::SystemCall;
using test::SystemCalls;
using test::TemporaryDirectory;
using Kind = SystemCall::Kind;

std::string bytes_in(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// ---- the right Status

struct Mapped {
  Kind call;
  std::vector<int> errors;
  StatusCode expected;
};

struct Operation {
  std::string name;
  std::function<Status(Disk&, File&)> act;  // the file is "a", newly created, with 3 bytes
  std::vector<Mapped> outcomes;
};

constexpr StatusCode kIo = StatusCode::kIoError;
constexpr StatusCode kFull = StatusCode::kNoSpace;
constexpr StatusCode kGone = StatusCode::kNotFound;
const std::vector<int> kFullErrors{ENOSPC, EDQUOT};

std::vector<Operation> operations() {
  const std::vector<int> odd{EIO, EACCES, EPERM, EROFS, EBADF, EINVAL, EAGAIN, ENOMEM, ENODEV, ESTALE, ETIMEDOUT};
  const auto read = [](Disk&, File& file) {
    std::string scratch;
    return file.read(0, 3, &scratch).status();
  };
  std::vector<int> odd_but_unsupported = odd;
  odd_but_unsupported.push_back(ENOTSUP);
  return {
      {"create",
       [](Disk& disk, File&) { return disk.create("new", 0).status(); },
       {{Kind::kOpen, odd, kIo},
        {Kind::kOpen, {EEXIST, ENOENT, EISDIR, ELOOP}, kIo},
        {Kind::kOpen, kFullErrors, kFull},
        {Kind::kOpen, {EMFILE, ENFILE}, kFull}}},
      {"create with space",
       [](Disk& disk, File&) { return disk.create("new", 4096).status(); },
       {{Kind::kFallocate, odd, kIo},
        {Kind::kFallocate, {ENOSPC, EDQUOT, EFBIG}, kFull},
        {Kind::kFallocate, {EOPNOTSUPP, ENOSYS}, StatusCode::kOk},
        {Kind::kMmap, odd, StatusCode::kOk}}},
      {"reserve",
       [](Disk&, File& file) { return file.reserve(100'000); },
       {{Kind::kFallocate, odd, kIo},
        {Kind::kFallocate, {ENOSPC, EDQUOT, EFBIG}, kFull},
        {Kind::kFallocate, {EOPNOTSUPP, ENOSYS}, StatusCode::kOk}}},
      {"open",
       [](Disk& disk, File&) { return disk.open("a").status(); },
       {{Kind::kOpen, odd, kIo},
        {Kind::kOpen, {EMFILE, ENFILE, ELOOP, ENXIO, EISDIR}, kIo},
        {Kind::kOpen, {ENOENT}, kGone},
        {Kind::kFstat, odd, kIo}}},
      {"open to append",
       [](Disk& disk, File&) { return disk.open_to_append("a").status(); },
       {{Kind::kOpen, odd, kIo}, {Kind::kOpen, {ENOENT}, kGone}, {Kind::kFstat, odd, kIo}}},
      {"append",
       [](Disk&, File& file) {
         return file.append({"x", "yz"});
       },
       {{Kind::kPwritev, odd_but_unsupported, kIo},
        {Kind::kPwritev, {EFBIG}, kIo},
        {Kind::kPwritev, kFullErrors, kFull}}},
      {"read", read, {{Kind::kPread, odd_but_unsupported, kIo}, {Kind::kPread, kFullErrors, kFull}}},
      {"sync",
       [](Disk&, File& file) { return file.sync(); },
       {{Kind::kFdatasync, odd_but_unsupported, kIo}, {Kind::kFdatasync, kFullErrors, kIo}}},
      {"sync of the directory",
       [](Disk& disk, File&) { return disk.sync_directory(); },
       {{Kind::kFsync, odd_but_unsupported, kIo}, {Kind::kFsync, kFullErrors, kIo}}},
      {"truncate",
       [](Disk&, File& file) { return file.truncate(1); },
       {{Kind::kFtruncate, odd_but_unsupported, kIo}, {Kind::kFtruncate, kFullErrors, kFull}}},
      {"rename",
       [](Disk& disk, File&) { return disk.rename("a", "b"); },
       {{Kind::kRenameat, odd_but_unsupported, kIo},
        {Kind::kRenameat, kFullErrors, kFull},
        {Kind::kRenameat, {ENOENT}, kGone}}},
      {"remove",
       [](Disk& disk, File&) { return disk.remove("a"); },
       {{Kind::kUnlinkat, odd_but_unsupported, kIo}, {Kind::kUnlinkat, {ENOENT, EISDIR}, kGone}}},
      {"list",
       [](Disk& disk, File&) { return disk.list().status(); },
       {{Kind::kOpen, odd, kIo}, {Kind::kOpen, {EMFILE, ENFILE}, kIo}, {Kind::kReaddir, odd_but_unsupported, kIo}}},
      {"lock",
       [](Disk& disk, File&) { return disk.lock(LockMode::kExclusive).status(); },
       {{Kind::kOpen, odd, kIo},
        {Kind::kOpen, {EMFILE, ELOOP, ENXIO}, kIo},
        {Kind::kFlock, {EWOULDBLOCK}, StatusCode::kBusy},
        {Kind::kFlock, {EIO, ENOLCK, ENOMEM, EDEADLK, EACCES, EPERM, ESTALE}, kIo}}},
      {"lock for reading",
       [](Disk& disk, File&) { return disk.lock(LockMode::kShared).status(); },
       {{Kind::kFlock, {EWOULDBLOCK}, StatusCode::kBusy},
        {Kind::kFlock, {EIO, ENOLCK, ENOMEM, EDEADLK, EACCES, EPERM, ESTALE}, kIo}}},
  };
}

TEST(SystemErrors, EachBecomesTheStatusThatTheSeamNames) {
  int cases = 0;
  for (const Operation& operation : operations()) {
    for (const Mapped& outcome : operation.outcomes) {
      for (const int error : outcome.errors) {
        const TemporaryDirectory directory(TemporaryDirectory::fast());
        // With system calls, all of them are made; which of them a mapping avoids does not matter here.
        const bool maps = outcome.call == Kind::kMmap;
        const auto disk =
            must(open_posix_disk(directory.path(), false, maps ? PosixAccess::kMapped : PosixAccess::kSystemCalls));
        const auto file = must(disk->create("a", 0));
        must(file->append({"abc"}));
        int struck = 0;
        Status status;
        {
          const std::size_t descriptors = test::open_descriptors();
          const SystemCalls calls(directory.path(), [&](const SystemCall& call) {
            if (call.kind != outcome.call) return Answer();
            ++struck;
            return Answer{.error = error};
          });
          status = operation.act(*disk, *file);
          const test::Unwatched own;
          EXPECT_EQ(test::open_descriptors(), descriptors) << operation.name << ", error " << error;
        }
        EXPECT_GE(struck, 1) << operation.name << ": " << test::name_of(outcome.call);
        EXPECT_TRUE(has_code(status, outcome.expected))
            << operation.name << ": " << test::name_of(outcome.call) << " fails with " << error;
        if (!status.ok() && operation.name.starts_with("create")) {
          EXPECT_FALSE(std::filesystem::exists(directory.path() / "new")) << operation.name << ", error " << error;
        }
        EXPECT_EQ(bytes_in(directory.path() / "a").substr(0, 3),
                  status.ok() && operation.name == "truncate" ? "a" : "abc");
        ++cases;
      }
    }
  }
  EXPECT_GE(cases, 200);
}

TEST(SystemErrors, OfTheDirectoryItself) {
  int cases = 0;
  const auto outcome_of = [&](Kind kind, int error) {
    ++cases;
    const TemporaryDirectory parent(TemporaryDirectory::fast());
    const SystemCalls calls(parent.path(), [&](const SystemCall& call) {
      return Answer{.error = call.kind == kind && call.path == parent.path() / "store" ? error : 0};
    });
    return open_posix_disk(parent.path() / "store", true).status();
  };
  for (const int error : {EIO, EACCES, EROFS, ENOTDIR, EMFILE}) {
    EXPECT_TRUE(has_code(outcome_of(Kind::kMkdir, error), kIo)) << error;
    EXPECT_TRUE(has_code(outcome_of(Kind::kOpen, error), kIo)) << error;
  }
  EXPECT_TRUE(has_code(outcome_of(Kind::kMkdir, ENOSPC), kFull));
  EXPECT_TRUE(has_code(outcome_of(Kind::kMkdir, ENOENT), kGone));
  EXPECT_TRUE(has_code(outcome_of(Kind::kOpen, ENOENT), kGone));
  EXPECT_TRUE(is_ok(outcome_of(Kind::kFstatfs, EIO))) << "an unknown file system is treated as the worst";
  EXPECT_EQ(cases, 14);
}

TEST(SystemErrors, TooManyOpenFilesSayWhatHelps) {
  const TemporaryDirectory directory;
  const auto disk = must(open_posix_disk(directory.path(), false));
  must(disk->create("a", 0));
  const SystemCalls calls(
      directory.path(), [](const SystemCall& call) { return Answer{.error = call.kind == Kind::kOpen ? EMFILE : 0}; });
  EXPECT_EQ(disk->create("b", 0).status().message(),
            "create: Too many open files; close some, or raise the limit (ulimit -n)");
  EXPECT_EQ(disk->open("a").status().message(),
            "open: Too many open files; close some, or raise the limit (ulimit -n)");
}

TEST(SystemErrors, AWriteThatWritesNothingIsAnErrorAndNotAnEndlessLoop) {
  const TemporaryDirectory directory;
  const auto disk = must(open_posix_disk(directory.path(), false));
  const auto file = must(disk->create("a", 0));
  const SystemCalls calls(directory.path(), [](const SystemCall&) { return Answer{.most = 0}; });
  EXPECT_TRUE(has_code(file->append({"abc"}), StatusCode::kIoError));
}

// ---- what is not an error

TEST(SystemErrors, ASignalInTheMiddleOfAnyCallIsNotOne) {
  const std::set<Kind> interruptible{Kind::kOpen,     Kind::kFsync,     Kind::kFdatasync, Kind::kPwritev,
                                     Kind::kPread,    Kind::kFtruncate, Kind::kFallocate, Kind::kFlock,
                                     Kind::kUnlinkat, Kind::kRenameat,  Kind::kMkdir,     Kind::kFstatfs};
  for (const PosixAccess access : kBothAccesses) {
    const TemporaryDirectory parent(TemporaryDirectory::fast());
    const auto directory = parent.path() / "store";
    std::map<Kind, int> interrupted;
    int calls_in_a_row = 0;
    {
      const SystemCalls calls(parent.path(), [&](const SystemCall& call) {
        if (!interruptible.contains(call.kind) || ++calls_in_a_row % 4 == 0) return Answer();
        ++interrupted[call.kind];  // three times each
        return Answer{.error = EINTR};
      });
      const test::Said said = test::live_once(directory, access);
      EXPECT_TRUE(is_ok(said.first_failure)) << test::name_of(access);
      EXPECT_EQ(said.synced.size(), 9U);
    }
    for (const Kind kind : interruptible) {
      const bool spared = kind == (access == PosixAccess::kMapped ? Kind::kPread : Kind::kFstatfs);
      EXPECT_TRUE(interrupted[kind] >= 3 || spared) << test::name_of(kind) << " " << test::name_of(access);
    }
    test::Said nothing_lost;
    for (const char* key : {"a", "b", "c", "d", "e", "f", "g", "h", "i"}) nothing_lost.synced.insert(key);
    nothing_lost.tried = nothing_lost.synced;
    test::expect_kept(directory, nothing_lost, test::name_of(access));
  }
}

TEST(SystemErrors, AWriteMayBeShortAtAnyByte) {
  const std::string expected = "one, two and three";
  int cases = 0;
  for (std::uint64_t most = 1; most <= expected.size() + 1; ++most) {
    const TemporaryDirectory directory(TemporaryDirectory::fast());
    const auto disk = must(open_posix_disk(directory.path(), false));
    const auto file = must(disk->create("a", 0));
    {
      const SystemCalls calls(directory.path(), [&](const SystemCall&) { return Answer{.most = most}; });
      must(file->append({"one", ", ", "", "two and", " three"}));
      EXPECT_EQ(calls.count(Kind::kPwritev), (expected.size() + most - 1) / most);
    }
    EXPECT_EQ(bytes_in(directory.path() / "a"), expected) << most;
    must(file->append({"!"}));
    EXPECT_EQ(bytes_in(directory.path() / "a"), expected + "!") << most;
    ++cases;
  }
  EXPECT_EQ(cases, 19);
}

TEST(SystemErrors, ShortReadsAndWritesChangeNothing) {
  for (const std::uint64_t most : {std::uint64_t{7}, std::uint64_t{100}, std::uint64_t{1000}}) {
    const TemporaryDirectory directory(TemporaryDirectory::fast());
    {
      const SystemCalls calls(directory.path(), [&](const SystemCall&) { return Answer{.most = most}; });
      for (int life = 0; life < 2; ++life) {
        EXPECT_TRUE(is_ok(test::live_once(directory.path(), PosixAccess::kSystemCalls).first_failure)) << most;
      }
      EXPECT_GT(calls.count(Kind::kPread), 50U);
      EXPECT_GT(calls.count(Kind::kPwritev), 50U);
    }
    test::Said said;
    for (const char* key : {"a", "b", "c", "d", "e", "f", "g", "h", "i"}) said.synced.insert(key);
    said.tried = said.synced;
    test::expect_kept(directory.path(), said, std::to_string(most));
  }
}

// ---- one call fails, at any moment

TEST(SystemErrors, OfOneCallAtAnyMomentLoseNothingThatWasPromised) {
  const std::vector<std::pair<Kind, std::vector<int>>> faults{
      {Kind::kOpen, {EIO, ENOSPC, EMFILE}},
      {Kind::kFsync, {EIO}},
      {Kind::kFdatasync, {EIO}},
      {Kind::kPwritev, {EIO, ENOSPC}},
      {Kind::kPread, {EIO}},
      {Kind::kFtruncate, {EIO}},
      {Kind::kFallocate, {EIO, ENOSPC}},
      {Kind::kFlock, {EIO}},
      {Kind::kUnlinkat, {EIO}},
      {Kind::kRenameat, {EIO, ENOSPC}},
      {Kind::kReaddir, {EIO}},
      {Kind::kMkdir, {EIO, ENOSPC}},
      {Kind::kFstat, {EIO}},
  };
  int failures = 0;
  for (const PosixAccess access : kBothAccesses) {
    for (const auto& [kind, errors] : faults) {
      for (const int error : errors) {
        int n = 0;
        for (bool struck = true; struck; ++n) {
          struck = false;
          const TemporaryDirectory parent(TemporaryDirectory::fast());
          const auto directory = parent.path() / "store";
          const std::string what = std::string(test::name_of(access)) + ": " + test::name_of(kind) + " number " +
                                   std::to_string(n) + " fails with " + std::to_string(error);
          const std::size_t descriptors = test::open_descriptors();
          test::Said first = test::live_once(directory, access);
          test::Said said;
          {
            int seen = 0;
            const SystemCalls calls(parent.path(), [&, kind = kind](const SystemCall& call) {
              if (call.kind != kind || seen++ != n) return Answer();
              struck = true;
              return Answer{.error = error};
            });
            said = test::live_once(directory, access);
          }
          EXPECT_EQ(test::open_descriptors(), descriptors) << what;
          EXPECT_TRUE(struck || said.first_failure.ok()) << what;
          failures += said.first_failure.ok() ? 0 : 1;
          said.tried.insert(first.tried.begin(), first.tried.end());
          said.synced.insert(first.synced.begin(), first.synced.end());
          test::expect_kept(directory, said, what);
          if (::testing::Test::HasFailure()) {
            for (const std::string& step : said.failed) ADD_FAILURE() << what << ": " << step;
            return;
          }
        }
        const bool spared = kind == Kind::kPread && access == PosixAccess::kMapped;
        EXPECT_TRUE(n > 1 || spared) << test::name_of(kind) << " is never called";
      }
    }
  }
  EXPECT_GE(failures, 200);
}

TEST(SystemErrors, WithoutMappingsEverythingStillWorks) {
  const TemporaryDirectory directory(TemporaryDirectory::fast());
  const SystemCalls calls(
      directory.path(), [](const SystemCall& call) { return Answer{.error = call.kind == Kind::kMmap ? ENOMEM : 0}; });
  for (int life = 0; life < 2; ++life) {
    EXPECT_TRUE(is_ok(test::live_once(directory.path(), PosixAccess::kMapped).first_failure));
  }
  EXPECT_GE(calls.count(Kind::kMmap), 5U);
  EXPECT_GE(calls.count(Kind::kPread), 5U);
}

TEST(SystemErrors, OfAListingDoNotTurnADamagedStoreIntoANewOne) {
  // Without its MANIFEST the segments must be seen: an open that sees none would create a new store and delete them.
  int cases = 0;
  for (const bool missing : {false, true}) {
    for (int n = 0; n < 4; ++n) {
      const TemporaryDirectory directory(TemporaryDirectory::fast());
      must(test::live_once(directory.path(), PosixAccess::kMapped).first_failure);
      if (missing) std::filesystem::remove(directory.path() / "MANIFEST");
      std::set<std::string> before;
      for (const auto& entry : std::filesystem::directory_iterator(directory.path())) before.insert(entry.path());
      {
        int seen = 0;
        const SystemCalls calls(directory.path(), [&](const SystemCall& call) {
          return Answer{.error = call.kind == Kind::kReaddir && seen++ == n ? EIO : 0};
        });
        EXPECT_TRUE(has_code(Store::open(directory.path(), test::manual_merges()), StatusCode::kIoError));
        EXPECT_GT(seen, n);
      }
      std::set<std::string> after;
      for (const auto& entry : std::filesystem::directory_iterator(directory.path())) after.insert(entry.path());
      EXPECT_EQ(after, before);
      ++cases;
    }
  }
  EXPECT_EQ(cases, 8);
}

// ---- large offsets

TEST(LargeFiles, AreReadAndWrittenBeyondFourGibibytes) {
  constexpr std::uint64_t kBase = std::uint64_t{4} << 30;
  int cases = 0;
  for (const PosixAccess access : kBothAccesses) {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "a";
    std::ofstream(path) << "at the start";
    std::filesystem::resize_file(path, kBase + 100'000);  // a hole: it takes up no space
    const auto disk = must(open_posix_disk(directory.path(), false, access));
    const auto file = must(disk->open_to_append("a"));
    ASSERT_EQ(file->size(), kBase + 100'000);
    std::string scratch;
    EXPECT_EQ(must(read_fully(*file, kBase, 12, &scratch)), std::string(12, '\0')) << "not what is at the start";
    EXPECT_EQ(must(read_fully(*file, 0, 12, &scratch)), "at the start");
    must(file->append({"far ", "behind"}));
    EXPECT_EQ(file->size(), kBase + 100'010);
    EXPECT_EQ(must(read_fully(*file, kBase + 100'000, 100, &scratch)), "far behind");
    must(file->reserve(kBase + 200'000));
    must(file->append({"!"}));
    must(file->sync());
    EXPECT_EQ(must(read_fully(*must(disk->open("a")), kBase + 100'004, 7, &scratch)), "behind!");
    must(file->truncate(kBase + 100'004));
    EXPECT_EQ(file->size(), kBase + 100'004);
    EXPECT_EQ(std::filesystem::file_size(path), kBase + 100'004);
    must(file->append({"again"}));
    EXPECT_EQ(must(read_fully(*must(disk->open("a")), kBase + 100'000, 100, &scratch)), "far again");
    ++cases;
  }
  EXPECT_EQ(cases, 2);
}

}  // namespace
}  // namespace sediment
