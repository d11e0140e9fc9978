// The contract of engine/disk.h, the same tests for every Disk: the simulated one, with and without reserved space and
// with short reads, and the real one.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>

#include "engine/disk.h"
#include "engine/format.h"
#include "engine/posix_disk.h"
#include "tests/support/sim_helpers.h"
#include "tests/support/temporary_directory.h"

namespace sediment {
namespace {

using test::has_code;
using test::is_ok;
using test::must;

// A disk and whatever must live as long as it does.
struct Made {
  std::shared_ptr<test::TemporaryDirectory> directory;
  std::shared_ptr<Disk> disk;
};

struct Kind {
  std::string name;
  std::function<Made()> make;

  // NOLINTNEXTLINE(readability-identifier-naming): GoogleTest calls it by this name
  friend void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }
};

std::shared_ptr<sim::SimDisk> sim_disk(bool reserve_space) {
  return std::make_shared<sim::SimDisk>(sim::DiskState(),
                                        sim::SimDiskOptions{.seed = 1, .reserve_space = reserve_space});
}

const Kind kKinds[] = {
    {"SimDisk",
     [] {
       return Made{nullptr, sim_disk(true)};
     }},
    {"SimDiskWithoutReservedSpace",
     [] {
       return Made{nullptr, sim_disk(false)};
     }},
    {"SimDiskWithShortReads",
     [] {
       const auto disk = sim_disk(true);
       disk->limit_reads(2);
       return Made{nullptr, disk};
     }},
    {"PosixDisk",
     [] {
       const auto directory = std::make_shared<test::TemporaryDirectory>();
       return Made{directory, must(open_posix_disk(directory->path(), false))};
     }},
};

class DiskContract : public ::testing::TestWithParam<Kind> {
 protected:
  Disk& disk() { return *made_.disk; }

  static std::string contents(const File& file) {
    std::string scratch;
    return std::string(must(read_fully(file, 0, file.size(), &scratch)));
  }
  std::string contents(std::string_view name) { return contents(*must(disk().open(name))); }
  void write(std::string_view name, std::string_view text) { must(must(disk().create(name, 0))->append({text})); }

  // The lock's own file is not the store's business: a disk may show it or not.
  std::vector<std::string> names() {
    std::vector<std::string> names = must(disk().list());
    std::erase(names, kLockName);
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  Made made_ = GetParam().make();
};

using Names = std::vector<std::string>;

TEST_P(DiskContract, ReadsWhatWasAppended) {
  const auto file = must(disk().create("a", 0));
  EXPECT_EQ(file->size(), 0U);
  EXPECT_EQ(contents(*file), "");
  must(file->append({"hello "}));
  must(file->append({"world"}));
  EXPECT_EQ(file->size(), 11U);
  EXPECT_EQ(contents(*file), "hello world");
}

TEST_P(DiskContract, AppendsPartsOneBehindTheOther) {
  const auto file = must(disk().create("a", 0));
  must(file->append({"one", "", "two", std::string_view("\0\0", 2), "three"}));
  must(file->append({}));
  must(file->append({""}));
  EXPECT_EQ(contents(*file), std::string("onetwo\0\0three", 13));
}

TEST_P(DiskContract, AppendsLargeParts) {
  std::string large;
  for (int i = 0; i < 100'000; ++i) large += std::to_string(i);
  const auto file = must(disk().create("a", 0));
  must(file->append({"head", large, "tail"}));
  ASSERT_EQ(file->size(), large.size() + 8);
  std::string scratch;
  EXPECT_EQ(must(read_fully(*file, 4, 1000, &scratch)), large.substr(0, 1000));
  EXPECT_EQ(must(read_fully(*file, large.size() - 996, 1004, &scratch)), large.substr(large.size() - 1000) + "tail");
}

TEST_P(DiskContract, AReadMayBeShortButIsEmptyOnlyAtTheEnd) {
  const auto file = must(disk().create("a", 0));
  must(file->append({"0123456789"}));
  int reads = 0;
  for (std::uint64_t offset = 0; offset < 10; ++offset) {
    for (std::size_t size = 1; size <= 20; ++size) {
      std::string scratch;
      const std::string_view bytes = must(file->read(offset, size, &scratch));
      ASSERT_GE(bytes.size(), 1U);
      ASSERT_LE(bytes.size(), std::min<std::uint64_t>(size, 10 - offset));
      ASSERT_EQ(bytes, std::string_view("0123456789").substr(offset, bytes.size()));
      ++reads;
    }
  }
  EXPECT_EQ(reads, 200);
  std::string scratch;
  EXPECT_EQ(must(file->read(10, 5, &scratch)), "");
  EXPECT_EQ(must(file->read(1'000'000, 5, &scratch)), "");
}

TEST_P(DiskContract, ReadFullyIsShorterOnlyWhereTheFileEnds) {
  const auto file = must(disk().create("a", 0));
  must(file->append({"0123456789"}));
  std::string scratch;
  EXPECT_EQ(must(read_fully(*file, 2, 5, &scratch)), "23456");
  EXPECT_EQ(must(read_fully(*file, 0, 10, &scratch)), "0123456789");
  EXPECT_EQ(must(read_fully(*file, 7, 100, &scratch)), "789");
  EXPECT_EQ(must(read_fully(*file, 10, 1, &scratch)), "");
}

TEST_P(DiskContract, AnOpenedFileAppendsAtItsEnd) {
  write("a", "first");
  {
    const auto file = must(disk().open("a"));
    EXPECT_EQ(file->size(), 5U);
    must(file->append({" second"}));
  }
  EXPECT_EQ(contents("a"), "first second");
}

TEST_P(DiskContract, AnOpenedFileAppendsBehindTheSpaceThatWasReserved) {
  must(must(disk().create("a", 100))->append({"first"}));
  const auto file = must(disk().open("a"));
  const std::uint64_t end = file->size();
  must(file->append({"second"}));
  EXPECT_EQ(file->size(), end + 6);
  std::string scratch;
  EXPECT_EQ(must(read_fully(*file, 0, 5, &scratch)), "first");
  EXPECT_EQ(must(read_fully(*file, end, 6, &scratch)), "second");
}

TEST_P(DiskContract, SizeCountsReservedSpaceWhichReadsAsZeros) {
  const auto file = must(disk().create("a", 64));
  must(file->append({"abc"}));
  ASSERT_TRUE(file->size() == 64 || file->size() == 3) << "a disk reserves all of it or nothing: " << file->size();
  EXPECT_EQ(contents(*file), "abc" + std::string(file->size() - 3, '\0'));
  must(file->append({"def"}));
  EXPECT_EQ(contents(*file).substr(0, 6), "abcdef") << "appends go where the last one ended";
}

TEST_P(DiskContract, AppendsBeyondReservedSpace) {
  const auto file = must(disk().create("a", 4));
  must(file->append({"abcdefgh"}));
  EXPECT_EQ(file->size(), 8U);
  EXPECT_EQ(contents(*file), "abcdefgh");
}

TEST_P(DiskContract, TruncateCutsBytesAndReservedSpaceAndMovesTheEnd) {
  const auto file = must(disk().create("a", 64));
  must(file->append({"0123456789"}));
  must(file->truncate(4));
  EXPECT_EQ(file->size(), 4U);
  EXPECT_EQ(contents(*file), "0123");
  must(file->append({"ab"}));
  EXPECT_EQ(contents(*file), "0123ab");
  must(file->sync());
  EXPECT_EQ(contents("a"), "0123ab");
  must(file->truncate(0));
  EXPECT_EQ(contents("a"), "");
}

TEST_P(DiskContract, SyncsFilesAndDirectory) {
  const auto file = must(disk().create("a", 16));
  EXPECT_TRUE(is_ok(file->sync()));
  must(file->append({"abc"}));
  EXPECT_TRUE(is_ok(file->sync()));
  must(file->truncate(3));
  EXPECT_TRUE(is_ok(file->sync()));
  EXPECT_TRUE(is_ok(disk().sync_directory()));
  EXPECT_EQ(contents("a"), "abc");
}

TEST_P(DiskContract, CreateRefusesANameThatIsTaken) {
  write("a", "mine");
  EXPECT_TRUE(has_code(disk().create("a", 0), StatusCode::kIoError));
  EXPECT_EQ(contents("a"), "mine");
}

TEST_P(DiskContract, OpenOfAMissingFileSaysNotFound) {
  EXPECT_TRUE(has_code(disk().open("a"), StatusCode::kNotFound));
  EXPECT_EQ(names(), Names{}) << "and makes none";
}

TEST_P(DiskContract, RenameReplacesTheFileThatHadTheName) {
  write("a", "of a");
  write("b", "of b");
  must(disk().rename("a", "b"));
  EXPECT_EQ(names(), Names{"b"});
  EXPECT_EQ(contents("b"), "of a");
  must(disk().rename("b", "c"));
  EXPECT_EQ(names(), Names{"c"});
  EXPECT_TRUE(has_code(disk().rename("b", "d"), StatusCode::kNotFound));
  EXPECT_EQ(names(), Names{"c"});
}

TEST_P(DiskContract, RemoveTakesTheNameAway) {
  write("a", "1");
  write("b", "2");
  EXPECT_EQ(names(), (Names{"a", "b"}));
  must(disk().remove("a"));
  EXPECT_EQ(names(), Names{"b"});
  EXPECT_TRUE(has_code(disk().open("a"), StatusCode::kNotFound));
  EXPECT_TRUE(has_code(disk().remove("a"), StatusCode::kNotFound));
}

TEST_P(DiskContract, ARemovedNameCanBeCreatedAgain) {
  write("a", "old");
  must(disk().remove("a"));
  write("a", "new");
  EXPECT_EQ(contents("a"), "new");
}

TEST_P(DiskContract, AnOpenFileStaysReadableAfterItsRemoval) {
  write("a", "still here");
  const auto file = must(disk().open("a"));
  must(disk().remove("a"));
  EXPECT_EQ(names(), Names{});
  EXPECT_EQ(contents(*file), "still here");
  write("a", "somebody else");
  EXPECT_EQ(contents(*file), "still here");
}

TEST_P(DiskContract, AnOpenFileFollowsItsRename) {
  const auto file = must(disk().create("a", 0));
  must(file->append({"one"}));
  must(disk().rename("a", "b"));
  must(file->append({" two"}));
  EXPECT_EQ(contents(*file), "one two");
  EXPECT_EQ(contents("b"), "one two");
}

TEST_P(DiskContract, AnOpenFileStaysReadableAfterAnotherTookItsName) {
  write("a", "old");
  const auto old_file = must(disk().open("a"));
  write("b", "new");
  must(disk().rename("b", "a"));
  EXPECT_EQ(contents("a"), "new");
  EXPECT_EQ(contents(*old_file), "old");
}

TEST_P(DiskContract, ListNamesEveryFileOnce) {
  EXPECT_EQ(names(), Names{});
  Names expected;
  for (int i = 0; i < 50; ++i) {
    const std::string name = "file" + std::to_string(i);
    write(name, "");
    expected.push_back(name);
  }
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(names(), expected);
}

TEST_P(DiskContract, TwoHandlesOfAFileSeeTheSameBytes) {
  const auto writer = must(disk().create("a", 0));
  const auto reader = must(disk().open("a"));
  must(writer->append({"abc"}));
  std::string scratch;
  EXPECT_EQ(must(read_fully(*reader, 0, 3, &scratch)), "abc");
}

TEST_P(DiskContract, OneWriterExcludesEverybody) {
  auto writer = must(disk().lock(LockMode::kExclusive));
  EXPECT_TRUE(has_code(disk().lock(LockMode::kExclusive), StatusCode::kBusy));
  EXPECT_TRUE(has_code(disk().lock(LockMode::kShared), StatusCode::kBusy));
  writer.reset();
  EXPECT_TRUE(is_ok(disk().lock(LockMode::kExclusive)));
}

TEST_P(DiskContract, ReadersShareTheLockAndExcludeAWriter) {
  must(disk().lock(LockMode::kExclusive)).reset();  // makes the file
  auto first = must(disk().lock(LockMode::kShared));
  auto second = must(disk().lock(LockMode::kShared));
  EXPECT_TRUE(has_code(disk().lock(LockMode::kExclusive), StatusCode::kBusy));
  first.reset();
  EXPECT_TRUE(has_code(disk().lock(LockMode::kExclusive), StatusCode::kBusy));
  second.reset();
  EXPECT_TRUE(is_ok(disk().lock(LockMode::kExclusive)));
}

TEST_P(DiskContract, AReaderMakesNoLockFile) {
  EXPECT_TRUE(has_code(disk().lock(LockMode::kShared), StatusCode::kNotFound));
  EXPECT_TRUE(must(disk().list()).empty());
}

TEST_P(DiskContract, RandomBitsDiffer) {
  std::vector<std::uint64_t> numbers;
  for (int i = 0; i < 100; ++i) numbers.push_back(disk().random());
  std::sort(numbers.begin(), numbers.end());
  EXPECT_EQ(std::adjacent_find(numbers.begin(), numbers.end()), numbers.end());
}

TEST_P(DiskContract, TheClockNeverGoesBack) {
  std::uint64_t last = disk().now_nanoseconds();
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t now = disk().now_nanoseconds();
    ASSERT_GE(now, last);
    last = now;
  }
}

INSTANTIATE_TEST_SUITE_P(AllDisks, DiskContract, ::testing::ValuesIn(kKinds),
                         [](const auto& parameter) { return parameter.param.name; });

// A File that may be shorter than asked at any time, and fails at the n-th read.
class FailingReads final : public File {
 public:
  explicit FailingReads(int good_reads) : good_reads_(good_reads) {}
  Status append(std::initializer_list<std::string_view>) override { return {}; }
  Result<std::string_view> read(std::uint64_t, std::size_t, std::string* scratch) const override {
    if (good_reads_-- == 0) return Status::io_error("f", "bad sector");
    *scratch = "x";
    return std::string_view(*scratch);
  }
  Status sync() override { return {}; }
  Status truncate(std::uint64_t) override { return {}; }
  std::uint64_t size() const override { return 10; }

 private:
  mutable int good_reads_;
};

TEST(ReadFully, PassesOnAnErrorOfAnyOfItsReads) {
  for (int good_reads = 0; good_reads < 10; ++good_reads) {
    std::string scratch;
    EXPECT_TRUE(has_code(read_fully(FailingReads(good_reads), 0, 10, &scratch), StatusCode::kIoError)) << good_reads;
  }
  std::string scratch;
  EXPECT_EQ(must(read_fully(FailingReads(10), 0, 10, &scratch)), "xxxxxxxxxx");
}

}  // namespace
}  // namespace sediment
