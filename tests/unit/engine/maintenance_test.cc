// Maintenance: what a store does between its writes, in the calling thread or in one of its own.
#include "engine/maintenance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "engine/store.h"
#include "tests/support/event_counter.h"
#include "tests/support/segment_helpers.h"
#include "tests/support/sim_helpers.h"
#include "tests/support/watched_disk.h"

namespace sediment {
namespace {

using Call = test::WatchedDisk::Call;
using Kind = sim::DiskOperation::Kind;
using test::dump;
using test::EventRecorder;
using test::has_code;
using test::is_ok;
using test::lookup;
using test::manual_merges;
using test::must;
using test::Pairs;

Options automatic_merges() {
  Options options = manual_merges();
  options.merge_policy.automatic = true;
  return options;
}

bool has_snapshot(const sim::SimDisk& disk, std::uint64_t number) {
  return disk.state().find(snapshot_file_name(SegmentNumber{number})) != nullptr;
}

// A segment for each value, sealed.
void seal_each(Store& store, const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    must(store.put("a", value));
    must(store.roll());
  }
}

// ---- in the calling thread

TEST(Maintenance, SettlesASegmentBehindItsRoll) {
  const auto disk = test::disk_with({});
  const auto store = test::open_store(disk, manual_merges());
  for (int i = 0; i < 9; ++i) must(store->put("key" + std::to_string(i), "v"));
  EXPECT_EQ(store->stats().segments[0].index_bytes, 8U * (8 + 16)) << "the table and the one before it";
  EXPECT_FALSE(has_snapshot(*disk, 1));
  must(store->roll());
  EXPECT_EQ(store->stats().segments[0].index_bytes, 8U * 11) << "9 entries in 11 slots";
  EXPECT_EQ(store->stats().snapshots_written, 1U);
  EXPECT_TRUE(has_snapshot(*disk, 1));
  EXPECT_FALSE(has_snapshot(*disk, 2)) << "the active one has none";
  for (int i = 0; i < 9; ++i) EXPECT_EQ(lookup(*store, "key" + std::to_string(i)), "v");
}

TEST(Maintenance, SettlesASegmentBehindAPutThatRolled) {
  const auto disk = test::disk_with({});
  const auto store = test::open_store(disk, test::small_segments(128));
  for (int i = 0; i < 10; ++i) must(store->put("key", std::to_string(i)));
  EXPECT_EQ(store->stats().snapshots_written, 3U);
  for (std::uint64_t number = 1; number <= 3; ++number) EXPECT_TRUE(has_snapshot(*disk, number)) << number;
}

TEST(Maintenance, SettlesTheOutputOfAMergeAndWhatTheMergeSealed) {
  const auto disk = test::disk_with({});
  const auto store = test::open_store(disk, manual_merges());
  for (int i = 0; i < 9; ++i) must(store->put("key" + std::to_string(i), "v"));
  must(store->begin_merge());
  must(store->put("later", "v"));
  EXPECT_FALSE(has_snapshot(*disk, 1)) << "an input needs none";
  while (!must(store->merge_step())) {
  }
  EXPECT_TRUE(has_snapshot(*disk, 3));
  EXPECT_EQ(store->stats().segments[0].number, SegmentNumber{3});
  EXPECT_EQ(store->stats().segments[0].index_bytes, 8U * 11);
}

TEST(Maintenance, SettlesWhatAnOpenLeftAndWhatACloseSeals) {
  const auto disk = test::disk_with({});
  auto store = test::open_store(disk, manual_merges());
  must(store->put("a", "1"));
  const auto killed = std::make_shared<sim::SimDisk>(disk->state());
  ASSERT_FALSE(has_snapshot(*killed, 2));
  const auto again = test::open_store(killed, manual_merges());
  EXPECT_TRUE(has_snapshot(*killed, 2)) << "of the log that recovery rewrote";
  EXPECT_EQ(again->stats().snapshots_written, 1U);

  must(store->close());
  EXPECT_TRUE(has_snapshot(*disk, 1));
  EXPECT_EQ(store->stats().snapshots_written, 1U);
}

TEST(Maintenance, WithoutSnapshotsItFitsIndexesAllTheSame) {
  Options options = manual_merges();
  options.snapshots = false;
  const auto disk = test::disk_with({});
  const auto store = test::open_store(disk, options);
  for (int i = 0; i < 9; ++i) must(store->put("key" + std::to_string(i), "v"));
  must(store->roll());
  EXPECT_EQ(store->stats().segments[0].index_bytes, 8U * 11);
  EXPECT_EQ(store->stats().snapshots_written, 0U);
  EXPECT_FALSE(has_snapshot(*disk, 1));
}

TEST(Maintenance, ASnapshotThatCannotBeWrittenIsToldAndNotFatal) {
  for (const Kind kind : {Kind::kCreate, Kind::kAppend, Kind::kSync, Kind::kRename}) {
    // Behind those of the roll: a segment and a manifest are created, written and synced; the old segment is synced.
    const std::uint64_t n = kind == Kind::kRename ? 2 : kind == Kind::kSync ? 4 : 3;
    EventRecorder events;
    Options options = manual_merges();
    options.observer = &events;
    const auto disk = test::disk_with({});
    auto store = test::open_store(disk, options);
    must(store->put("a", "1"));
    disk->fail(kind, n, Status::io_error("disk", "no"));
    EXPECT_TRUE(is_ok(store->roll())) << sim::name_of(kind);
    ASSERT_EQ(disk->failed_calls(), 1U) << sim::name_of(kind);
    EXPECT_EQ(store->stats().snapshots_written, 0U);
    EXPECT_NE(store->stats().last_snapshot_error, "");
    ASSERT_EQ(events.of(EventKind::kSnapshotFailed).size(), 1U);
    EXPECT_EQ(events.of(EventKind::kSnapshotFailed)[0].segment, 1U);
    EXPECT_EQ(disk->state().contents().size(), 3U) << "two segments and the manifest: no half snapshot";
    EXPECT_TRUE(is_ok(store->put("b", "2"))) << "the store goes on";
    EXPECT_TRUE(is_ok(store->sync()));
    must(store->close());
    EXPECT_FALSE(has_snapshot(*disk, 1)) << "it is not tried again, as long as the store is open";
    EXPECT_TRUE(has_snapshot(*disk, 2));
    store = test::open_store(disk, manual_merges());
    EXPECT_TRUE(has_snapshot(*disk, 1)) << "the next open tries again";
    EXPECT_EQ(dump(*store), (Pairs{{"a", "1"}, {"b", "2"}}));
  }
}

TEST(Maintenance, OnADiskThatTakesNoSnapshotEachSegmentIsTriedOnce) {
  std::map<std::string, int> creates;
  const auto watched =
      std::make_shared<test::WatchedDisk>(test::disk_with({}), [&](Call call, std::string_view name) -> Status {
        if (call != Call::kCreate || !name.ends_with(".idx.tmp")) return {};
        ++creates[std::string(name)];
        return Status::no_space(name, "never any space for this");
      });
  const auto store = test::open_store(watched, test::small_segments(128));
  for (int i = 0; i < 30; ++i) must(store->put("key", std::to_string(i)));
  EXPECT_EQ(creates.size(), 9U);
  for (const auto& [name, tries] : creates) EXPECT_EQ(tries, 1) << name;
  EXPECT_EQ(lookup(*store, "key"), "29");
}

TEST(Maintenance, PausedItMergesNothingByItselfAndResumedAgain) {
  const auto disk = test::disk_with({});
  const auto store = test::open_store(disk, automatic_merges());
  store->pause_merging();
  seal_each(*store, {"1", "2", "3", "4"});
  EXPECT_EQ(store->stats().merges, 0U);
  EXPECT_EQ(store->stats().segments.size(), 5U);
  EXPECT_EQ(store->stats().snapshots_written, 4U) << "snapshots go on";
  EXPECT_TRUE(is_ok(store->merge(1, 2))) << "a caller's merge is not the policy's";
  EXPECT_EQ(store->stats().merges, 1U);
  store->resume_merging();
  seal_each(*store, {"5"});
  EXPECT_GT(store->stats().merges, 1U);
  EXPECT_EQ(store->stats().segments.size(), 2U);
  EXPECT_EQ(lookup(*store, "a"), "5");
}

TEST(Maintenance, PausedEvenACloseMergesNothing) {
  const auto disk = test::disk_with({});
  auto store = test::open_store(disk, automatic_merges());
  store->pause_merging();
  seal_each(*store, {"1", "2", "3"});
  must(store->put("b", "1"));
  must(store->close());
  EXPECT_EQ(store->stats().merges, 0U);
  EXPECT_TRUE(has_snapshot(*disk, 4)) << "what it sealed has its snapshot";
}

TEST(Maintenance, ThePolicyLeavesACallersMergeAlone) {
  const auto disk = test::disk_with({});
  const auto store = test::open_store(disk, automatic_merges());
  store->pause_merging();
  seal_each(*store, {"1", "2", "3"});
  must(store->begin_merge(1, 2));
  store->resume_merging();
  seal_each(*store, {"4", "5", "6"});
  EXPECT_TRUE(store->merge_under_way()) << "it advances when the caller says so";
  EXPECT_EQ(store->stats().merges, 0U) << "and there is one merge at a time";
  while (!must(store->merge_step())) {
  }
  EXPECT_EQ(store->stats().merges, 1U);
  seal_each(*store, {"7"});
  EXPECT_GT(store->stats().merges, 1U) << "then it is the policy's turn";
  EXPECT_EQ(lookup(*store, "a"), "7");
}

TEST(Maintenance, NothingIsMaintainedInAStoreThatHasFailed) {
  const auto disk = test::disk_with({});
  const auto store = test::open_store(disk, automatic_merges());
  must(store->put("a", "1"));
  disk->fail(Kind::kSync, 2, Status::io_error("000001.log", "lost"));  // behind that of the new segment: the seal
  EXPECT_FALSE(store->roll().ok());
  EXPECT_EQ(store->stats().snapshots_written, 0U);
  EXPECT_FALSE(store->close().ok());
  EXPECT_EQ(store->stats().snapshots_written, 0U);
}

// ---- in a thread of its own

// A store with a thread, on a disk for several threads.
class BackgroundMaintenance : public ::testing::Test {
 protected:
  std::unique_ptr<Store> open(std::uint64_t bytes_per_second = 0) {
    Options options = test::small_segments(1024);
    options.background_merge = true;
    options.merge_policy.automatic = true;
    options.merge_policy.bytes_per_second = bytes_per_second;
    options.merge_policy.stall_factor = 4;
    options.observer = &events_;
    return test::open_store(watched_, options);
  }
  // A record of so many bytes is a segment of its own, and all that a merge copies before it looks at its rate; at one
  // byte a second the next one is hours away. So a merge does not end while a test waits for it.
  static constexpr std::uint64_t kOneByteASecond = 1;
  const std::string large_ = std::string(70'000, 'v');

  test::EventCounter events_;
  std::shared_ptr<sim::SimDisk> disk_ = test::disk_with({});
  std::shared_ptr<test::WatchedDisk> watched_ = std::make_shared<test::WatchedDisk>(disk_);
};

TEST_F(BackgroundMaintenance, WritesSnapshotsWithoutTheWriter) {
  const auto store = open();
  must(store->put("a", "1"));
  must(store->roll());
  events_.wait_for(EventKind::kSnapshotWritten, 1);
  must(store->put("b", "1"));
  must(store->roll());
  events_.wait_for(EventKind::kSnapshotWritten, 2);
  EXPECT_EQ(dump(*store), (Pairs{{"a", "1"}, {"b", "1"}}));
}

TEST_F(BackgroundMaintenance, WritesTheSnapshotsThatAnOpenFoundMissing) {
  {
    const auto store = open();
    must(store->put("a", "1"));
  }
  must(disk_->remove("000001.idx"));
  const std::size_t before = events_.count(EventKind::kSnapshotWritten);
  const auto store = open();
  events_.wait_for(EventKind::kSnapshotWritten, before + 1);
  EXPECT_EQ(lookup(*store, "a"), "1");
}

TEST_F(BackgroundMaintenance, MergesWithoutTheWriter) {
  Pairs model;
  {
    const auto store = open();
    for (int i = 0; i < 200; ++i) {
      const std::string key = "key" + std::to_string(i % 7);
      model[key] = std::to_string(i) + std::string(200, 'v');
      must(store->put(key, model[key]));
    }
    events_.wait_for(EventKind::kMergeSwitched, 3);
    EXPECT_EQ(dump(*store), model);
    must(store->close());
    EXPECT_EQ(store->stats().last_merge_error, "");
    EXPECT_LT(store->stats().segments.size(), 10U);
  }
  EXPECT_EQ(dump(*test::open_store(disk_, manual_merges())), model);
}

TEST_F(BackgroundMaintenance, AThrottledMergeCopiesAsMuchAsItsRateAllows) {
  const auto store = open(kOneByteASecond);
  store->pause_merging();
  for (int i = 0; i < 4; ++i) must(store->put("key" + std::to_string(i), large_));
  ASSERT_EQ(events_.count(EventKind::kMergeStarted), 0U);
  store->resume_merging();
  events_.wait_for(EventKind::kMergeKept, 1);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(lookup(*store, "key1"), large_);  // time enough for the others
  EXPECT_EQ(events_.count(EventKind::kMergeKept), 1U) << "the next record is hours away";
  EXPECT_TRUE(store->merge_under_way());
}

TEST_F(BackgroundMaintenance, AThrottledMergeLooksAtItsRateOnlyOnceInManySmallRecords) {
  const auto store = open(kOneByteASecond);
  for (int i = 0; i < 4; ++i) must(store->put("key" + std::to_string(i), std::string(900, 'v')));
  events_.wait_for(EventKind::kMergeKept, 2);
  EXPECT_EQ(dump(*store).size(), 4U);
}

TEST_F(BackgroundMaintenance, CloseEndsTheThreadAlthoughAMergeIsThrottled) {
  const auto store = open(kOneByteASecond);
  for (int i = 0; i < 4; ++i) must(store->put("key" + std::to_string(i), large_));
  events_.wait_for(EventKind::kMergeKept, 1);
  ASSERT_TRUE(store->merge_under_way());
  must(store->close());  // else this test runs into its time limit
  EXPECT_EQ(events_.count(EventKind::kMergeAbandoned), 1U);
  EXPECT_EQ(dump(*test::open_store(disk_, manual_merges())).size(), 4U);
}

TEST_F(BackgroundMaintenance, ACallersMergeEndsThePolicysFirst) {
  const auto store = open(kOneByteASecond);
  for (int i = 0; i < 4; ++i) must(store->put("key" + std::to_string(i), large_));
  events_.wait_for(EventKind::kMergeKept, 1);
  ASSERT_TRUE(store->merge_under_way());
  EXPECT_TRUE(is_ok(store->merge())) << "not busy, and not at the policy's rate";
  EXPECT_EQ(store->stats().merges, 2U) << "the policy's and the caller's";
  EXPECT_EQ(events_.count(EventKind::kMergeAbandoned), 0U);
  EXPECT_EQ(store->stats().segments.size(), 2U);
  EXPECT_EQ(dump(*store).size(), 4U);
}

TEST_F(BackgroundMaintenance, ACallersMergeUnderWayIsBusyForAnotherCaller) {
  const auto store = open();
  store->pause_merging();
  for (int i = 0; i < 3; ++i) must(store->put("key" + std::to_string(i), large_));
  must(store->begin_merge());
  store->resume_merging();
  EXPECT_TRUE(has_code(store->merge(), StatusCode::kBusy));
  while (!must(store->merge_step())) {
  }
  EXPECT_EQ(dump(*store).size(), 3U);
}

TEST_F(BackgroundMaintenance, AWriterThatOutrunsAThrottledMergeWaitsAndIsCounted) {
  const auto store = open(kOneByteASecond);
  std::thread writer([&] {
    for (int i = 0; i < 8; ++i) EXPECT_TRUE(is_ok(store->put("key" + std::to_string(i), large_)));
  });
  events_.wait_for(EventKind::kStalled, 1);
  const std::size_t acknowledged = events_.count(EventKind::kAcknowledged);
  EXPECT_EQ(acknowledged, 7U) << "the oldest segment is outweighed four times by the next five";
  EXPECT_EQ(lookup(*store, "key0"), large_) << "readers do not wait";
  store->pause_merging();  // nobody waits for a merge that is paused
  writer.join();
  EXPECT_EQ(store->stats().stalls, 1U);
  EXPECT_GT(store->stats().stalled_nanoseconds, 0U);
  EXPECT_EQ(store->stats().longest_stall_nanoseconds, store->stats().stalled_nanoseconds);
  EXPECT_EQ(dump(*store).size(), 8U);
}

TEST_F(BackgroundMaintenance, AWriterThatWaitsGoesOnWhenAMergeHasCaughtUp) {
  const auto store = open(kOneByteASecond);
  std::thread writer([&] {
    for (int i = 0; i < 8; ++i) EXPECT_TRUE(is_ok(store->put("key" + std::to_string(i), large_)));
  });
  events_.wait_for(EventKind::kStalled, 1);
  EXPECT_TRUE(is_ok(store->merge()));
  writer.join();
  EXPECT_EQ(store->stats().stalls, 1U);
  EXPECT_EQ(dump(*store).size(), 8U);
}

TEST_F(BackgroundMaintenance, NobodyWaitsForAMergeThatFails) {
  const auto failing = std::make_shared<test::WatchedDisk>(disk_, [](Call call, std::string_view name) -> Status {
    return call == Call::kRead && name == "000001.log" ? Status::io_error(name, "a bad sector") : Status();
  });
  Options options = test::small_segments(1024);
  options.background_merge = true;
  options.merge_policy.automatic = true;
  options.observer = &events_;
  const auto store = test::open_store(failing, options);
  for (int i = 0; i < 20; ++i) must(store->put("key" + std::to_string(i), large_));
  EXPECT_NE(store->stats().last_merge_error, "");
  EXPECT_EQ(store->stats().merges, 0U);
  EXPECT_EQ(lookup(*store, "key19"), large_);
}

}  // namespace
}  // namespace sediment
