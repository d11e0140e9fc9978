// The contract of engine/disk.h: the same tests for every Disk. The simulated one runs with and without reserved space
// and with short reads; the real one, with mapped files and with system calls.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>

#include "engine/disk.h"
#include "engine/format.h"
#include "engine/posix/posix_disk.h"
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

  // NOLINTNEXTLINE(readability-identifier-naming): GoogleTest's name for it
  friend void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }
};

std::shared_ptr<sim::SimDisk> sim_disk(bool reserve_space) {
  return std::make_shared<sim::SimDisk>(sim::DiskState(),
                                        sim::SimDiskOptions{.seed = 1, .reserve_space = reserve_space});
}

Made posix_disk(PosixAccess access) {
  const auto directory = std::make_shared<test::TemporaryDirectory>();
  return {directory, must(open_posix_disk(directory->path(), false, access))};
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
    {"PosixDiskMapped", [] { return posix_disk(PosixAccess::kMapped); }},
    {"PosixDiskBySystemCalls", [] { return posix_disk(PosixAccess::kSystemCalls); }},
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

  // The lock's file does not concern the store: a disk may list it or not.
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

TEST_P(DiskContract, AppendsPartsOneAfterTheOther) {
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

TEST_P(DiskContract, AFileOpenedForAppendingAppendsAtItsEnd) {
  write("a", "first");
  {
    const auto file = must(disk().open_to_append("a"));
    EXPECT_EQ(file->size(), 5U);
    must(file->append({" second"}));
  }
  EXPECT_EQ(contents("a"), "first second");
}

TEST_P(DiskContract, AFileOpenedForAppendingAppendsAfterReservedSpace) {
  must(must(disk().create("a", 100))->append({"first"}));
  const auto file = must(disk().open_to_append("a"));
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

constexpr std::uint64_t kReserved = 8195;  // two pages and a bit

// Bytes that depend on their offset.
std::string some_bytes(std::size_t size, std::size_t first = 0) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(1 + (first + i) * 7 % 251);
  return bytes;
}

TEST_P(DiskContract, ReservesMoreSpaceAfterTheExistingBytes) {
  const auto file = must(disk().create_growing("a", 64, 4 * kReserved));
  const bool reserves = file->size() == 64;  // all of it or nothing
  std::string expected;
  for (const std::uint64_t capacity : {std::uint64_t{100}, kReserved, kReserved + 1, 4 * kReserved}) {
    must(file->append({some_bytes(50, expected.size())}));  // sometimes across the end of the earlier reservation
    expected += some_bytes(50, expected.size());
    must(file->reserve(capacity));
    ASSERT_EQ(file->size(), reserves ? capacity : expected.size());
    EXPECT_EQ(contents(*file), expected + std::string(file->size() - expected.size(), '\0'));
    must(file->reserve(capacity - 1));
    EXPECT_EQ(file->size(), reserves ? capacity : expected.size()) << "reserving takes nothing away";
  }
  const std::string rest = some_bytes(4 * kReserved - expected.size() + 10, expected.size());
  must(file->append({rest}));
  EXPECT_EQ(contents(*file), expected + rest);
  must(file->truncate(expected.size()));
  must(file->reserve(kReserved));  // what was cut reads as zeros, not as its old bytes
  EXPECT_EQ(contents(*file), expected + std::string(file->size() - expected.size(), '\0'));
  must(file->append({"x"}));
  must(file->sync());
  EXPECT_EQ(contents("a").substr(0, expected.size() + 1), expected + "x");
}

TEST_P(DiskContract, AnOpenedFileReservesSpaceToo) {
  write("a", "first");
  const auto file = must(disk().open_to_append("a"));
  must(file->reserve(100));
  must(file->append({"second"}));
  EXPECT_EQ(contents(*file).substr(0, 11), "firstsecond");
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

// ---- the end of reserved space, where a disk may change its method

TEST_P(DiskContract, AnAppendMayBeginInsideReservedSpaceAndEndAfterIt) {
  const auto file = must(disk().create("a", kReserved));
  const std::string bytes = some_bytes(kReserved + 5000);
  const std::string_view view = bytes;
  must(file->append({view.substr(0, kReserved - 10)}));
  must(file->append({view.substr(kReserved - 10, 4), view.substr(kReserved - 6, 3), view.substr(kReserved - 3)}));
  EXPECT_EQ(file->size(), bytes.size());
  EXPECT_EQ(contents(*file), bytes);
  must(file->sync());
  EXPECT_EQ(contents("a"), bytes);
}

TEST_P(DiskContract, AppendsContinueAcrossTheEndOfReservedSpace) {
  const auto file = must(disk().create("a", kReserved));
  const std::uint64_t reserved = file->size();  // all of it or nothing
  std::string expected;
  for (std::size_t size = 1; expected.size() < kReserved + 4000; size = size * 5 % 211) {
    const std::string piece = some_bytes(size, expected.size());
    must(file->append({piece}));
    expected += piece;
    ASSERT_EQ(file->size(), std::max<std::uint64_t>(reserved, expected.size()));
    std::string scratch;
    ASSERT_EQ(must(read_fully(*file, expected.size() - size, size, &scratch)), piece) << "after " << expected.size();
  }
  EXPECT_EQ(contents(*file), expected);
  EXPECT_EQ(contents("a"), expected);
}

TEST_P(DiskContract, AnAppendMayFillTheReservedSpaceToItsLastByte) {
  const auto file = must(disk().create("a", kReserved));
  const std::string bytes = some_bytes(kReserved + 1);
  must(file->append({std::string_view(bytes).substr(0, kReserved)}));
  EXPECT_EQ(file->size(), kReserved);
  EXPECT_EQ(contents(*file), bytes.substr(0, kReserved));
  must(file->append({std::string_view(bytes).substr(kReserved)}));
  EXPECT_EQ(contents(*file), bytes);
}

TEST_P(DiskContract, ReadsAcrossTheEndOfReservedSpace) {
  const std::string bytes = some_bytes(kReserved + 300);
  const auto written = must(disk().create("a", kReserved));
  must(written->append({std::string_view(bytes).substr(0, kReserved)}));
  const auto opened_before = must(disk().open_to_append("a"));
  must(written->append({std::string_view(bytes).substr(kReserved)}));
  const auto opened_after = must(disk().open("a"));
  std::uint64_t reads = 0;
  for (const File* file : {written.get(), opened_before.get(), opened_after.get()}) {
    for (std::uint64_t offset = kReserved - 20; offset < kReserved + 20; ++offset) {
      for (const std::size_t size : {1U, 19U, 20U, 21U, 40U, 250U}) {
        std::string scratch;
        const std::string_view some = must(file->read(offset, size, &scratch));
        ASSERT_FALSE(some.empty()) << offset;
        ASSERT_EQ(some, std::string_view(bytes).substr(offset, some.size())) << offset;
        ASSERT_LE(some.size(), size);
        ASSERT_EQ(must(read_fully(*file, offset, size, &scratch)), std::string_view(bytes).substr(offset, size));
        ++reads;
      }
    }
  }
  EXPECT_EQ(reads, 3U * 40 * 6);
}

TEST_P(DiskContract, ACutFileGrowsFromItsNewEndPastItsOldOne) {
  int cases = 0;
  for (const std::uint64_t cut : {std::uint64_t{0}, std::uint64_t{4096}, std::uint64_t{5000}, kReserved}) {
    for (const bool synced : {false, true}) {
      const std::string name = std::to_string(cut) + (synced ? " synced" : "");
      const auto file = must(disk().create(name, kReserved));
      const std::string bytes = some_bytes(kReserved);
      must(file->append({bytes}));
      if (synced) must(file->sync());
      must(file->truncate(cut));
      if (synced) must(file->sync());
      std::string expected = bytes.substr(0, cut);
      EXPECT_EQ(file->size(), cut);
      EXPECT_EQ(contents(*file), expected);
      for (const std::size_t size : {1U, 100U, 5000U, 7000U}) {
        const std::string piece = some_bytes(size, 99);
        must(file->append({piece}));
        if (synced) must(file->sync());
        expected += piece;
        ASSERT_EQ(file->size(), expected.size()) << name;
        ASSERT_EQ(contents(*file), expected) << name;
      }
      EXPECT_EQ(contents(name), expected);
      ++cases;
    }
  }
  EXPECT_EQ(cases, 8);
}

TEST_P(DiskContract, AFileThatWasCutTwiceShowsNothingOfItsOldBytes) {
  const auto file = must(disk().create("a", kReserved));
  must(file->append({std::string(6000, 'x')}));
  must(file->truncate(100));
  must(file->append({std::string(50, 'y')}));
  must(file->truncate(120));
  must(file->append({"z"}));
  EXPECT_EQ(contents(*file), std::string(100, 'x') + std::string(20, 'y') + "z");
  std::string scratch;
  EXPECT_EQ(must(file->read(121, 100, &scratch)), "");
  EXPECT_EQ(must(file->read(5000, 100, &scratch)), "") << "there is nothing beyond the cut";
}

TEST_P(DiskContract, BytesThatWereReadStayWhileTheFileGrows) {
  const auto file = must(disk().create("a", kReserved));
  const std::string bytes = some_bytes(3000);
  must(file->append({bytes}));
  std::string first_scratch;
  const std::string_view first = must(read_fully(*file, 0, 3000, &first_scratch));
  std::string all = bytes;
  while (all.size() < 3 * kReserved) {
    const std::string piece = some_bytes(700, all.size());
    must(file->append({piece}));
    all += piece;
  }
  std::string second_scratch;
  const std::string_view second = must(read_fully(*file, kReserved - 100, 200, &second_scratch));
  must(file->sync());
  must(file->append({some_bytes(50'000)}));
  EXPECT_EQ(first, bytes);
  EXPECT_EQ(second, all.substr(kReserved - 100, 200));
  must(disk().remove("a"));
  EXPECT_EQ(first, bytes) << "even after the file's name is gone";
}

TEST_P(DiskContract, AnotherHandleReadsWhatIsAppendedInsideAndAfterReservedSpace) {
  const auto writer = must(disk().create("a", kReserved));
  const auto reader = must(disk().open_to_append("a"));  // open() shows only what is there now
  std::string expected;
  while (expected.size() < 2 * kReserved) {
    const std::string piece = some_bytes(577, expected.size());
    must(writer->append({piece}));
    std::string scratch;
    ASSERT_EQ(must(read_fully(*reader, expected.size(), piece.size(), &scratch)), piece) << expected.size();
    expected += piece;
  }
  std::string scratch;
  EXPECT_EQ(must(read_fully(*reader, 0, expected.size(), &scratch)), expected);
}

TEST_P(DiskContract, APrefetchIsAHintForAnyBytesAndChangesNothing) {
  const auto file = must(disk().create("a", kReserved));
  const std::string bytes = some_bytes(kReserved + 100);
  const auto prefetch_everywhere = [&] {
    for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{63}, kReserved - 1, kReserved, kReserved + 99,
                                       std::uint64_t{1} << 40, UINT64_MAX - 1, UINT64_MAX}) {
      for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{192}, std::size_t{20'000}}) {
        file->prefetch(offset, size);
      }
    }
  };
  const std::uint64_t size = file->size();
  prefetch_everywhere();
  EXPECT_EQ(file->size(), size);
  must(file->append({bytes}));
  prefetch_everywhere();
  EXPECT_EQ(contents(*file), bytes);
  must(file->truncate(10));
  prefetch_everywhere();
  EXPECT_EQ(contents(*file), bytes.substr(0, 10));
}

// ---- the rest

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
  EXPECT_EQ(names(), Names{}) << "and creates none";
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

TEST_P(DiskContract, RemoveRemovesTheName) {
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

TEST_P(DiskContract, AFileThatWillNotChangeIsReadAsBefore) {
  int cases = 0;
  for (const std::uint64_t reserved : {std::uint64_t{0}, std::uint64_t{100}, kReserved, 2 * kReserved}) {
    const std::string name = std::to_string(reserved);
    const auto file = must(disk().create(name, reserved));
    const std::string bytes = some_bytes(kReserved);
    must(file->append({bytes}));
    must(file->truncate(kReserved));
    must(file->sync());
    file->will_not_change();
    EXPECT_EQ(contents(*file), bytes);
    std::string scratch;
    EXPECT_EQ(must(file->read(kReserved, 10, &scratch)), "");
    EXPECT_EQ(must(file->read(kReserved * 3, 10, &scratch)), "");
    file->prefetch(0, 10 * kReserved);
    EXPECT_EQ(contents(name), bytes);
    ++cases;
  }
  EXPECT_EQ(cases, 4);
}

TEST_P(DiskContract, TwoHandlesOfAFileSeeTheSameBytes) {
  const auto writer = must(disk().create("a", 0));
  const auto reader = must(disk().open("a"));
  must(writer->append({"abc"}));
  std::string scratch;
  EXPECT_EQ(must(read_fully(*reader, 0, 3, &scratch)), "abc");
}

TEST_P(DiskContract, OneWriterExcludesAllOthers) {
  auto writer = must(disk().lock(LockMode::kExclusive));
  EXPECT_TRUE(has_code(disk().lock(LockMode::kExclusive), StatusCode::kBusy));
  EXPECT_TRUE(has_code(disk().lock(LockMode::kShared), StatusCode::kBusy));
  writer.reset();
  EXPECT_TRUE(is_ok(disk().lock(LockMode::kExclusive)));
}

TEST_P(DiskContract, ReadersShareTheLockAndExcludeAWriter) {
  must(disk().lock(LockMode::kExclusive)).reset();  // creates the file
  auto first = must(disk().lock(LockMode::kShared));
  auto second = must(disk().lock(LockMode::kShared));
  EXPECT_TRUE(has_code(disk().lock(LockMode::kExclusive), StatusCode::kBusy));
  first.reset();
  EXPECT_TRUE(has_code(disk().lock(LockMode::kExclusive), StatusCode::kBusy));
  second.reset();
  EXPECT_TRUE(is_ok(disk().lock(LockMode::kExclusive)));
}

TEST_P(DiskContract, AReaderMakesNoLockFile) {
  const Result<std::unique_ptr<DiskLock>> lock = disk().lock(LockMode::kShared);  // a directory itself can be locked
  EXPECT_TRUE(lock.ok() || has_code(lock, StatusCode::kNotFound));
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

// A File that may read less than requested, and fails at the n-th read.
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
