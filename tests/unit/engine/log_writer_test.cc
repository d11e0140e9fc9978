// Writing one log file: where records go, what is durable when, and that a failure is never forgotten.
#include "engine/log_writer.h"

#include <gtest/gtest.h>

#include <functional>

#include "engine/log_reader.h"
#include "tests/support/segment_helpers.h"
#include "tests/support/sim_helpers.h"

namespace sediment {
namespace {

using Kind = sim::DiskOperation::Kind;
using test::disk_with;
using test::has_code;
using test::is_ok;
using test::must;
using Operations = std::vector<std::string>;

std::unique_ptr<LogWriter> active_log(Disk& disk, std::uint64_t capacity = 1024) {
  return must(LogWriter::create_durable(disk, SegmentNumber{1}, capacity));
}

Record record_at(const LogWriter& log, std::uint64_t offset, std::string* scratch) {
  return must(test::record_at(*log.file(), {"000001.log", log.nonce(), log.end()}, offset, scratch));
}

TEST(LogWriter, BeginsWithAHeaderInReservedSpace) {
  const auto disk = disk_with({});
  const auto log = must(LogWriter::create(*disk, SegmentNumber{7}, 100, LogWriter::Stamp::kZero));
  EXPECT_EQ(log->number(), SegmentNumber{7});
  EXPECT_EQ(log->end(), kSegmentHeaderSize);
  EXPECT_EQ(log->durable_end(), 0U);
  EXPECT_EQ(log->record_count(), 0U);
  EXPECT_EQ(log->file()->size(), 100U);
  const SegmentHeader header = must(read_segment_header(*log->file(), "000007.log"));
  EXPECT_EQ(header.number, SegmentNumber{7});
  EXPECT_EQ(header.nonce, log->nonce());
}

TEST(LogWriter, GivesEachFileItsOwnNonce) {
  const auto disk = disk_with({});
  const auto first = must(LogWriter::create(*disk, SegmentNumber{1}, 0, LogWriter::Stamp::kZero));
  const auto second = must(LogWriter::create(*disk, SegmentNumber{2}, 0, LogWriter::Stamp::kZero));
  EXPECT_NE(first->nonce(), second->nonce());
}

TEST(LogWriter, CreateSyncsNothing) {
  sim::Trace trace;
  sim::SimDisk disk({}, {}, &trace);
  must(LogWriter::create(disk, SegmentNumber{1}, 0, LogWriter::Stamp::kZero));
  EXPECT_EQ(test::operations_of(trace), (Operations{"create 000001.log", "append 000001.log"}));
}

TEST(LogWriter, CreateDurableSyncsTheFileAndItsName) {
  sim::Trace trace;
  sim::SimDisk disk({}, {}, &trace);
  const auto log = active_log(disk);
  EXPECT_EQ(test::operations_of(trace),
            (Operations{"create 000001.log", "append 000001.log", "sync 000001.log", "sync-directory"}));
  EXPECT_TRUE(disk.state().all_durable());
  EXPECT_EQ(log->durable_end(), kSegmentHeaderSize);
}

TEST(LogWriter, AppendsRecordsOneAfterTheOther) {
  const auto disk = disk_with({});
  const auto log = active_log(*disk);
  const std::uint64_t first = must(log->append(RecordType::kPut, "key", "value"));
  const std::uint64_t second = must(log->append(RecordType::kTombstone, "key", ""));
  EXPECT_EQ(first, 32U);
  EXPECT_EQ(second, 64U);
  EXPECT_EQ(log->end(), 96U);
  EXPECT_EQ(log->record_count(), 2U);

  std::string scratch;
  const Record put = record_at(*log, first, &scratch);
  EXPECT_EQ(put.type, RecordType::kPut);
  EXPECT_EQ(put.key, "key");
  EXPECT_EQ(put.value, "value");
  const Record tombstone = record_at(*log, second, &scratch);
  EXPECT_EQ(tombstone.type, RecordType::kTombstone);
  EXPECT_EQ(tombstone.key, "key");
}

TEST(LogWriter, WritesARecordWithOneAppend) {
  sim::Trace trace;
  sim::SimDisk disk({}, {}, &trace);
  const auto log = active_log(disk);
  const std::uint64_t before = trace.operation_count();
  must(log->append(RecordType::kPut, "key", "a value that needs padding"));
  EXPECT_EQ(test::operations_of(trace, before), (Operations{"append 000001.log"}));
}

TEST(LogWriter, StampsEachRecordWithWhatWasSyncedBeforeIt) {
  const auto disk = disk_with({});
  const auto log = active_log(*disk);
  std::string scratch;
  const std::uint64_t first = must(log->append(RecordType::kPut, "a", "1"));
  EXPECT_EQ(record_at(*log, first, &scratch).durable_upto, 32U) << "the header";
  const std::uint64_t second = must(log->append(RecordType::kPut, "b", "2"));
  EXPECT_EQ(record_at(*log, second, &scratch).durable_upto, 32U) << "no sync since";
  must(log->sync());
  EXPECT_EQ(log->durable_end(), log->end());
  const std::uint64_t third = must(log->append(RecordType::kPut, "c", "3"));
  EXPECT_EQ(record_at(*log, third, &scratch).durable_upto, third) << "everything before it";
  EXPECT_EQ(log->durable_end(), third);
}

// A disk with files during whose sync something else happens.
class BusyDisk final : public Disk {
 public:
  std::function<void()> during_sync;

  Result<std::unique_ptr<File>> create(std::string_view name, std::uint64_t capacity) override {
    auto file = disk_.create(name, capacity);
    if (!file.ok()) return file;
    return std::unique_ptr<File>(std::make_unique<BusyFile>(std::move(*file), during_sync));
  }
  Result<std::unique_ptr<File>> open(std::string_view name) override { return disk_.open(name); }
  Result<std::vector<std::string>> list() override { return disk_.list(); }
  Status rename(std::string_view from, std::string_view to) override { return disk_.rename(from, to); }
  Status remove(std::string_view name) override { return disk_.remove(name); }
  Status sync_directory() override { return disk_.sync_directory(); }
  Result<std::unique_ptr<DiskLock>> lock(LockMode mode) override { return disk_.lock(mode); }
  std::uint64_t random() override { return disk_.random(); }
  std::uint64_t now_nanoseconds() override { return disk_.now_nanoseconds(); }

 private:
  class BusyFile final : public File {
   public:
    BusyFile(std::unique_ptr<File> file, const std::function<void()>& during_sync)
        : file_(std::move(file)), during_sync_(during_sync) {}
    Status append(std::initializer_list<std::string_view> parts) override { return file_->append(parts); }
    Result<std::string_view> read(std::uint64_t offset, std::size_t size, std::string* scratch) const override {
      return file_->read(offset, size, scratch);
    }
    Status sync() override {
      Status status = file_->sync();
      if (during_sync_) during_sync_();
      return status;
    }
    Status truncate(std::uint64_t size) override { return file_->truncate(size); }
    std::uint64_t size() const override { return file_->size(); }

   private:
    std::unique_ptr<File> file_;
    const std::function<void()>& during_sync_;
  };

  sim::SimDisk disk_;
};

TEST(LogWriter, WhatIsAppendedDuringASyncDoesNotCountAsSynced) {
  BusyDisk disk;
  const auto log = active_log(disk);
  const std::uint64_t first = must(log->append(RecordType::kPut, "a", "1"));
  std::uint64_t second = 0;
  disk.during_sync = [&] { second = must(log->append(RecordType::kPut, "b", "2")); };
  must(log->sync());
  ASSERT_GT(second, first);
  EXPECT_EQ(log->durable_end(), second);
  disk.during_sync = nullptr;
  must(log->sync());
  EXPECT_EQ(log->durable_end(), log->end());
}

TEST(LogWriter, ASyncThatEndsAfterALaterOneTakesNothingBack) {
  const auto disk = disk_with({});
  const auto log = active_log(*disk);
  must(log->append(RecordType::kPut, "a", "1"));
  const std::uint64_t synced_end = log->end();
  must(log->append(RecordType::kPut, "b", "2"));
  must(log->sync());
  log->note_sync(synced_end, {});
  EXPECT_EQ(log->durable_end(), log->end());
}

TEST(LogWriter, DoesNotStampALogThatIsSyncedWhole) {
  const auto disk = disk_with({});
  const auto log = must(LogWriter::create(*disk, SegmentNumber{1}, 0, LogWriter::Stamp::kZero));
  must(log->sync());
  const std::uint64_t offset = must(log->append(RecordType::kPut, "a", "1"));
  std::string scratch;
  EXPECT_EQ(record_at(*log, offset, &scratch).durable_upto, 0U);
}

TEST(LogWriter, SealReleasesReservedSpaceAndSyncs) {
  const auto disk = disk_with({});
  const auto log = active_log(*disk, 1024);
  must(log->append(RecordType::kPut, "a", "1"));
  EXPECT_EQ(log->file()->size(), 1024U);
  EXPECT_FALSE(disk->state().all_durable());
  must(log->seal());
  EXPECT_EQ(log->file()->size(), log->end());
  EXPECT_TRUE(disk->state().all_durable());
  EXPECT_EQ(log->durable_end(), log->end());
}

TEST(LogWriter, GrowsPastItsCapacityForALargeRecord) {
  const auto disk = disk_with({});
  const auto log = active_log(*disk, 64);
  const std::string value(1000, 'v');
  const std::uint64_t offset = must(log->append(RecordType::kPut, "a", value));
  EXPECT_EQ(log->file()->size(), log->end());
  std::string scratch;
  EXPECT_EQ(record_at(*log, offset, &scratch).value, value);
}

// A record with a key and a value of one byte each takes 32 bytes, and so does the file's header.
constexpr std::uint64_t kRecord = 32;

TEST(LogWriter, ReservesSpaceInStepsAsLargeAsAllThatItHas) {
  sim::Trace trace;
  sim::SimDisk disk({}, {}, &trace);
  const auto log = must(LogWriter::create(disk, SegmentNumber{1}, {64, 1000}, LogWriter::Stamp::kZero));
  std::vector<std::uint64_t> sizes{log->file()->size()};
  while (log->end() < 1100) {
    must(log->make_room(kRecord));
    if (log->file()->size() != sizes.back()) sizes.push_back(log->file()->size());
    ASSERT_LE(log->end() + kRecord, sizes.back()) << "there is room for the record";
    must(log->append(RecordType::kPut, "k", "v"));
    ASSERT_EQ(log->file()->size(), sizes.back()) << "and it is written there";
  }
  EXPECT_EQ(sizes, (std::vector<std::uint64_t>{64, 128, 256, 512, 1000, 1024, 1056, 1088, 1120}))
      << "twice as much each time, up to the largest size; after that, what each record needs";
  must(log->seal());
  EXPECT_EQ(log->file()->size(), log->end());
}

// Sizes of its file, in MiB, as it grows to `largest` in steps of a MiB each on a disk of `disk_mib` MiB.
std::vector<std::uint64_t> sizes_of_a_large_log(std::uint64_t largest, std::uint64_t disk_mib) {
  constexpr std::uint64_t kMib = std::uint64_t{1} << 20;
  sim::SimDisk disk;
  disk.limit_space(disk_mib * kMib);
  const auto log = must(LogWriter::create(disk, SegmentNumber{1}, {kMib, largest * kMib}, LogWriter::Stamp::kZero));
  std::vector<std::uint64_t> sizes{1};
  const std::string value(kMib - record_size(0, 0), 'v');
  while (log->end() + kMib <= largest * kMib) {
    if (!log->make_room(kMib).ok()) break;
    must(log->append(RecordType::kPut, "", value));
    if (log->file()->size() / kMib != sizes.back()) sizes.push_back(log->file()->size() / kMib);
  }
  return sizes;
}

TEST(LogWriter, FromFourMebibytesOnAStepIsSixtyOrMoreWhereTheDiskHasThem) {
  using Sizes = std::vector<std::uint64_t>;
  EXPECT_EQ(sizes_of_a_large_log(64, 1000), (Sizes{1, 2, 4, 64}));
  EXPECT_EQ(sizes_of_a_large_log(100, 1000), (Sizes{1, 2, 4, 64, 100}));
  EXPECT_EQ(sizes_of_a_large_log(64, 10), (Sizes{1, 2, 4, 8, 9})) << "else as much as it has, else what a record needs";
}

TEST(LogWriter, AStepForALargeRecordIsAsLargeAsTheRecord) {
  const auto disk = disk_with({});
  const auto log = must(LogWriter::create(*disk, SegmentNumber{1}, {64, 1000}, LogWriter::Stamp::kZero));
  must(log->make_room(3000));
  EXPECT_EQ(log->file()->size(), 3032U);
}

TEST(LogWriter, WithoutRoomForAStepItTakesWhatTheRecordNeedsAndThenChangesNothing) {
  sim::Trace trace;
  sim::SimDisk disk({}, {}, &trace);
  disk.limit_space(110);
  const auto log = must(LogWriter::create(disk, SegmentNumber{1}, {64, 1000}, LogWriter::Stamp::kZero));
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(is_ok(log->make_room(kRecord))) << i;
    ASSERT_TRUE(is_ok(log->append(RecordType::kPut, "k", "v")));
  }
  EXPECT_EQ(log->file()->size(), 96U) << "128 do not fit";
  const std::uint64_t operations = trace.operation_count();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(has_code(log->make_room(kRecord), StatusCode::kNoSpace));
  EXPECT_EQ(trace.operation_count(), operations);
  EXPECT_TRUE(is_ok(log->sync())) << "that is not a failure of the log";
  disk.limit_space(0);
  EXPECT_TRUE(is_ok(log->make_room(kRecord)));
  EXPECT_TRUE(is_ok(log->append(RecordType::kPut, "k", "v")));
  EXPECT_EQ(log->record_count(), 3U);
}

TEST(LogWriter, AStepThatFailsOtherwiseIsAFailureOfTheLog) {
  const auto disk = disk_with({});
  const auto log = must(LogWriter::create(*disk, SegmentNumber{1}, {64, 1000}, LogWriter::Stamp::kZero));
  disk->fail(Kind::kReserve, 1, Status::io_error("000001.log", "bad"));
  EXPECT_TRUE(has_code(log->make_room(100), StatusCode::kIoError));
  EXPECT_TRUE(has_code(log->make_room(100), StatusCode::kIoError));
  EXPECT_TRUE(has_code(log->append(RecordType::kPut, "k", "v"), StatusCode::kIoError));
}

TEST(LogWriter, NoSpaceForANewFileLeavesNoFile) {
  for (const Kind kind : {Kind::kCreate, Kind::kAppend}) {
    const auto disk = disk_with({});
    disk->fail(kind, 1, Status::no_space("000001.log", "full"));
    EXPECT_TRUE(has_code(LogWriter::create_durable(*disk, SegmentNumber{1}, 64), StatusCode::kNoSpace));
    EXPECT_TRUE(disk->state().contents().empty());
    EXPECT_TRUE(is_ok(LogWriter::create_durable(*disk, SegmentNumber{1}, 64))) << "and it works when there is room";
  }
}

TEST(LogWriter, RepeatsAFailedAppendAsAnErrorAndWritesNothingMore) {
  sim::Trace trace;
  sim::SimDisk disk({}, {}, &trace);
  const auto log = active_log(disk);
  must(log->append(RecordType::kPut, "a", "1"));
  disk.fail(Kind::kAppend, 1, Status::io_error("000001.log", "bad sector"));
  EXPECT_TRUE(has_code(log->append(RecordType::kPut, "b", "2"), StatusCode::kIoError));
  const std::uint64_t operations = trace.operation_count();
  EXPECT_TRUE(has_code(log->append(RecordType::kPut, "b", "2"), StatusCode::kIoError));
  EXPECT_TRUE(has_code(log->sync(), StatusCode::kIoError));
  EXPECT_TRUE(has_code(log->seal(), StatusCode::kIoError));
  EXPECT_EQ(trace.operation_count(), operations);
  EXPECT_EQ(log->record_count(), 1U);
}

TEST(LogWriter, NeverTriesAFailedSyncAgain) {
  for (const Kind kind : {Kind::kSync, Kind::kTruncate}) {
    sim::Trace trace;
    sim::SimDisk disk({}, {}, &trace);
    const auto log = active_log(disk);
    must(log->append(RecordType::kPut, "a", "1"));
    const std::uint64_t durable = log->durable_end();
    disk.fail(kind, 1, Status::io_error("000001.log", "lost"));
    EXPECT_TRUE(has_code(log->seal(), StatusCode::kIoError));
    const std::uint64_t operations = trace.operation_count();
    EXPECT_TRUE(has_code(log->sync(), StatusCode::kIoError))
        << "the disk would say yes now, but that would mean nothing";
    EXPECT_TRUE(has_code(log->append(RecordType::kPut, "b", "2"), StatusCode::kIoError));
    EXPECT_EQ(trace.operation_count(), operations);
    EXPECT_EQ(log->durable_end(), durable);
  }
}

}  // namespace
}  // namespace sediment
