// Maintenance: what a store does between its writes, in the calling thread or in a thread of its own.
#include "engine/maintenance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
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

// One sealed segment for each value.
void seal_each(Store& store, const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    must(store.put("a", value));
    must(store.roll());
  }
}

// ---- in the calling thread

TEST(Maintenance, SettlesASegmentAfterItsRoll) {
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

TEST(Maintenance, SettlesASegmentAfterAPutThatRolled) {
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
  EXPECT_TRUE(has_snapshot(*killed, 2)) << "for the log that recovery rewrote";
  EXPECT_EQ(again->stats().snapshots_written, 1U);

  must(store->close());
  EXPECT_TRUE(has_snapshot(*disk, 1));
  EXPECT_EQ(store->stats().snapshots_written, 1U);
}

TEST(Maintenance, WithoutSnapshotsItStillFitsIndexes) {
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

TEST(Maintenance, ASnapshotThatCannotBeWrittenIsReportedAndNotFatal) {
  for (const Kind kind : {Kind::kCreate, Kind::kAppend, Kind::kSync, Kind::kRename}) {
    // After those of the roll: a segment and a manifest are created, written and synced; the old segment is synced.
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
    EXPECT_TRUE(is_ok(store->put("b", "2"))) << "the store continues";
    EXPECT_TRUE(is_ok(store->sync()));
    must(store->close());
    EXPECT_FALSE(has_snapshot(*disk, 1)) << "it is not tried again while the store is open";
    EXPECT_TRUE(has_snapshot(*disk, 2));
    store = test::open_store(disk, manual_merges());
    EXPECT_TRUE(has_snapshot(*disk, 1)) << "the next open tries again";
    EXPECT_EQ(dump(*store), (Pairs{{"a", "1"}, {"b", "2"}}));
  }
}

TEST(Maintenance, OnADiskThatAcceptsNoSnapshotsEachSegmentIsTriedOnce) {
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

TEST(Maintenance, ThePolicyLeavesACallersMergeAlone) {
  const auto disk = test::disk_with({});
  seal_each(*test::open_store(disk, manual_merges()), {"1", "2", "3"});
  const auto store = test::open_store(disk, automatic_merges());
  must(store->begin_merge(MergeRun{1, 2}));
  seal_each(*store, {"4", "5", "6"});
  EXPECT_TRUE(store->merge_under_way()) << "it advances when the caller says so";
  EXPECT_EQ(store->stats().merges, 0U) << "and there is one merge at a time";
  while (!must(store->merge_step())) {
  }
  EXPECT_EQ(store->stats().merges, 1U);
  seal_each(*store, {"7"});
  EXPECT_GT(store->stats().merges, 1U) << "now it is the policy's turn";
  EXPECT_EQ(lookup(*store, "a"), "7");
}

TEST(Maintenance, NothingIsMaintainedInAStoreThatHasFailed) {
  const auto disk = test::disk_with({});
  const auto store = test::open_store(disk, automatic_merges());
  must(store->put("a", "1"));
  disk->fail(Kind::kSync, 2, Status::io_error("000001.log", "lost"));  // after that of the new segment: the seal
  EXPECT_FALSE(store->roll().ok());
  EXPECT_EQ(store->stats().snapshots_written, 0U);
  EXPECT_FALSE(store->close().ok());
  EXPECT_EQ(store->stats().snapshots_written, 0U);
}

// ---- damage: a merge that cannot succeed is not retried for ever

// Records of this size, one per segment.
const std::string kHalfKilobyte(500, 'v');

// A store with this many sealed segments, one record each, none merged. In segment number `rotten` one bit has flipped.
std::shared_ptr<test::WatchedDisk> disk_with_rot(int segments, std::uint64_t rotten) {
  const auto disk = test::disk_with({});
  {
    const auto store = test::open_store(disk, test::small_segments(512));
    for (int i = 0; i < segments; ++i) must(store->put("old" + std::to_string(i), kHalfKilobyte));
    must(store->close());
  }
  std::map<std::string, std::string> files = disk->state().contents();
  files.at(segment_file_name(SegmentNumber{rotten})).at(kSegmentHeaderSize + 100) ^= 1;
  return std::make_shared<test::WatchedDisk>(test::disk_with(files));
}

Options small_automatic_segments(EventRecorder* events) {
  Options options = test::small_segments(512);
  options.merge_policy.automatic = true;
  options.observer = events;
  return options;
}

TEST(MaintenanceOfDamage, OneRottenRecordCostsOneFailedMergeAndNewerSegmentsAreMerged) {
  const auto disk = disk_with_rot(1, 1);
  EventRecorder events;
  const auto store = test::open_store(disk, small_automatic_segments(&events));
  const std::uint64_t read_before = disk->all_bytes_read();
  constexpr int kPuts = 200;
  std::size_t most_segments = 0;
  for (int i = 0; i < kPuts; ++i) {
    must(store->put("key" + std::to_string(i), kHalfKilobyte));
    most_segments = std::max(most_segments, store->stats().segments.size());
  }
  const Stats stats = store->stats();
  EXPECT_EQ(events.of(EventKind::kMergeAbandoned).size(), 1U);
  EXPECT_GT(stats.merges, 50U);
  EXPECT_LE(most_segments, 12U) << "1, 2, 4, ... and the rotten one";
  // Each record is copied about log2(200) times; a merge that is repeated for ever reads all of them each time.
  EXPECT_LE(disk->all_bytes_read() - read_before, 12U * kPuts * 600U);

  ASSERT_EQ(stats.damaged.size(), 1U);
  EXPECT_EQ(stats.damaged[0].number, SegmentNumber{1});
  EXPECT_NE(stats.damaged[0].error.find("000001.log"), std::string::npos) << stats.damaged[0].error;
  EXPECT_EQ(stats.damaged[0].error, stats.last_merge_error);
  ASSERT_EQ(events.of(EventKind::kDamageFound).size(), 1U);
  EXPECT_EQ(events.of(EventKind::kDamageFound)[0].segment, 1U);
  EXPECT_EQ(events.of(EventKind::kDamageFound)[0].offset, kSegmentHeaderSize);
  EXPECT_EQ(store->stats().segments[0].number, SegmentNumber{1}) << "it stays, for salvage";
  std::string value;
  EXPECT_TRUE(has_code(store->get("old0", &value), StatusCode::kCorruption));
  for (int i = 0; i < kPuts; ++i) ASSERT_EQ(lookup(*store, "key" + std::to_string(i)), kHalfKilobyte);
}

TEST(MaintenanceOfDamage, SegmentsOlderThanTheRottenOneAreMergedToo) {
  const auto disk = disk_with_rot(8, 5);
  EventRecorder events;
  const auto store = test::open_store(disk, small_automatic_segments(&events));
  must(store->put("new", kHalfKilobyte));
  must(store->roll());
  std::vector<std::uint64_t> records;
  for (const SegmentStats& segment : store->stats().segments) records.push_back(segment.records);
  EXPECT_EQ(records, (std::vector<std::uint64_t>{4, 1, 4, 0})) << "four older ones, the rotten one, four newer ones";
  EXPECT_EQ(events.of(EventKind::kMergeAbandoned).size(), 1U);
  EXPECT_EQ(store->stats().damaged.size(), 1U);
}

TEST(MaintenanceOfDamage, EachSegmentFailsOneMergeAtMost) {
  // All of them are rotten. Then the only sound ones are older and hold the same keys: whether those records still
  // count cannot be determined without the rotten segments.
  for (const bool same_keys : {false, true}) {
    auto disk = test::disk_with({});
    {
      const auto store = test::open_store(disk, test::small_segments(512));
      for (int i = 0; i < 12; ++i) must(store->put("key" + std::to_string(same_keys ? 0 : i), kHalfKilobyte));
      must(store->close());
    }
    std::map<std::string, std::string> files = disk->state().contents();
    for (std::uint64_t number = same_keys ? 7 : 1; number <= 12; ++number) {
      files.at(segment_file_name(SegmentNumber{number})).at(kSegmentHeaderSize + 100) ^= 1;
    }
    EventRecorder events;
    const auto store = test::open_store(test::disk_with(files), small_automatic_segments(&events));
    for (int i = 0; i < 30; ++i) must(store->put("new" + std::to_string(i), kHalfKilobyte));
    EXPECT_LE(events.of(EventKind::kMergeAbandoned).size(), 12U);
    EXPECT_GE(events.of(EventKind::kMergeAbandoned).size(), 2U);
    EXPECT_GE(store->stats().merges, 10U) << "new segments are merged";
    EXPECT_EQ(events.of(EventKind::kDamageFound).size(), store->stats().damaged.size());
  }
}

TEST(MaintenanceOfDamage, TheNextOpenTriesAgainAndAReadableSegmentIsNoLongerReported) {
  bool bad_sector = true;
  const auto disk = test::disk_with({});
  const auto watched = std::make_shared<test::WatchedDisk>(disk, [&](Call call, std::string_view name) -> Status {
    const bool fails = bad_sector && call == Call::kRead && name == "000001.log";
    return fails ? Status::io_error(name, "a bad sector") : Status();
  });
  Options options = automatic_merges();
  auto store = test::open_store(watched, options);
  seal_each(*store, {"1", "2", "3"});
  ASSERT_EQ(store->stats().damaged.size(), 1U);
  EXPECT_TRUE(is_ok(store->put("b", "1"))) << "a failed read stops no write";
  bad_sector = false;
  seal_each(*store, {"4"});
  EXPECT_EQ(store->stats().damaged.size(), 1U) << "the policy does not try again";
  EXPECT_EQ(store->stats().segments[0].number, SegmentNumber{1});
  EXPECT_TRUE(is_ok(store->merge())) << "a caller may";
  EXPECT_TRUE(store->stats().damaged.empty());

  bad_sector = true;
  must(store->close());
  bad_sector = false;
  store = test::open_store(watched, options);
  seal_each(*store, {"5", "6"});
  EXPECT_TRUE(store->stats().damaged.empty());
  EXPECT_EQ(store->stats().segments.size(), 2U);
}

// ---- whatever seals a segment says so

TEST(Maintenance, AFullPassAndAFreezeSettleAndMergeWhatTheySeal) {
  const std::vector<std::pair<std::string, std::function<void(Store&)>>> passes = {
      {"freeze", [](Store& store) { must(store.freeze()); }},
      {"for_each", [](Store& store) { must(store.for_each([](auto, auto) { return true; })); }},
      {"scan", [](Store& store) { must(store.scan("", "")); }},
      {"exact_stats", [](Store& store) { must(store.exact_stats()); }},
  };
  for (const auto& [name, pass] : passes) {
    const auto disk = test::disk_with({});
    const auto store = test::open_store(disk, automatic_merges());
    must(store->put("a", "1"));
    pass(*store);
    EXPECT_EQ(store->stats().snapshots_written, 1U) << name;
    EXPECT_TRUE(has_snapshot(*disk, 1)) << name;
    must(store->put("a", "a longer value"));
    pass(*store);
    EXPECT_EQ(store->stats().merges, 1U) << name;
    EXPECT_EQ(store->stats().segments.size(), 2U) << name;
  }
}

TEST(Maintenance, AMergeThatFailsSettlesWhatItSealed) {
  for (const bool in_steps : {false, true}) {
    const auto disk = test::disk_with({});
    const auto store = test::open_store(disk, manual_merges());
    must(store->put("a", "1"));
    disk->fail(Kind::kCreate, 3, Status::no_space("disk", "full"));  // after the roll's two: the output
    const Status status = in_steps ? store->begin_merge() : store->merge();
    if (in_steps) {
      must(status);
      EXPECT_TRUE(has_code(store->merge_step(), StatusCode::kNoSpace));
    } else {
      EXPECT_TRUE(has_code(status, StatusCode::kNoSpace));
    }
    EXPECT_TRUE(has_snapshot(*disk, 1));
  }
}

// ---- close is short

TEST(MaintenanceAtClose, ManyShortRunsKeepFewFilesAndEachCloseReadsLittle) {
  for (const std::uint64_t segment_size : {std::uint64_t{4096}, std::uint64_t{65'536}}) {
    const auto disk = test::disk_with({});
    const auto watched = std::make_shared<test::WatchedDisk>(disk);
    Options options = automatic_merges();
    options.segment_size_bytes = segment_size;
    std::uint64_t most_read = 0;
    std::size_t most_files = 0;
    constexpr int kRuns = 200;
    for (int run = 0; run < kRuns; ++run) {
      const auto store = test::open_store(watched, options);
      must(store->put("key" + std::to_string(run), std::string(100, 'v')));
      const std::uint64_t before = watched->all_bytes_read();
      must(store->close());
      most_read = std::max(most_read, watched->all_bytes_read() - before);
      most_files = std::max(most_files, disk->state().names().size());
    }
    // Two files per segment. The segments that are more than half full, and 1, 2, 4, ... of the others.
    const std::uint64_t full_ones = kRuns * 144ULL / (segment_size / 2);
    EXPECT_LE(most_files, 2 * (full_ones + 9)) << segment_size;
    EXPECT_LE(most_read, 2 * segment_size) << "a window is read for each input, and its bytes are at most a segment's";
    EXPECT_EQ(dump(*test::open_store(disk, manual_merges())).size(), 200U);
  }
}

TEST(MaintenanceAtClose, ReportsAMergeThatFailsToWriteDuringIt) {
  for (const Call fails : {Call::kCreate, Call::kAppend, Call::kTruncate, Call::kSync}) {
    bool struck = false;
    const auto watched =
        std::make_shared<test::WatchedDisk>(test::disk_with({}), [&](Call call, std::string_view name) -> Status {
          if (call != fails || name != "000003.log") return {};
          struck = true;
          return Status::io_error(name, "the test's disk fails");
        });
    const auto store = test::open_store(watched, automatic_merges());
    must(store->put("a", "1"));
    must(store->roll());
    must(store->put("b", std::string(100, 'v')));
    EXPECT_TRUE(has_code(store->close(), StatusCode::kIoError));
    EXPECT_TRUE(struck) << "000003.log is the output of the merge in close";
  }
}

// ---- in a thread of its own

// A store with a thread, on a disk for several threads.
class BackgroundMaintenance : public ::testing::Test {
 protected:
  std::unique_ptr<Store> open() {
    Options options = test::small_segments(1024);
    options.background_merge = true;
    options.merge_policy.automatic = true;
    options.merge_policy.stall_factor = 4;
    options.observer = &events_;
    return test::open_store(watched_, options);
  }
  const std::string large_ = std::string(70'000, 'v');  // a record of this size fills a segment

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

TEST_F(BackgroundMaintenance, ACallersMergeUnderWayIsBusyForAnotherCaller) {
  seal_each(*test::open_store(disk_, manual_merges()), {"1", "2", "3"});
  Options options = manual_merges();
  options.background_merge = true;
  const auto store = test::open_store(watched_, options);
  must(store->begin_merge());
  EXPECT_TRUE(has_code(store->merge(), StatusCode::kBusy));
  while (!must(store->merge_step())) {
  }
  EXPECT_EQ(lookup(*store, "a"), "3");
}

TEST_F(BackgroundMaintenance, AWriterThatOutrunsAMergeWaitsUntilItHasCaughtUpAndIsCounted) {
  test::Gate gate;
  gate.shut();
  std::atomic<std::thread::id> reader = std::this_thread::get_id();
  watched_ = std::make_shared<test::WatchedDisk>(disk_, [&](Call call, std::string_view name) {
    if (call == Call::kRead && name == "000001.log" && std::this_thread::get_id() != reader.load()) gate.pass();
    return Status();
  });
  const auto store = open();
  std::thread writer([&] {
    for (int i = 0; i < 8; ++i) EXPECT_TRUE(is_ok(store->put("key" + std::to_string(i), large_)));
  });
  events_.wait_for(EventKind::kStalled, 1);
  EXPECT_EQ(events_.count(EventKind::kAcknowledged), 7U)
      << "the oldest segment is outweighed four times by the next five";
  EXPECT_EQ(lookup(*store, "key0"), large_) << "readers do not wait";
  EXPECT_EQ(store->stats().stalls, 0U) << "it still waits";
  gate.open();
  writer.join();
  EXPECT_EQ(store->stats().stalls, 1U);
  EXPECT_GT(store->stats().stalled_nanoseconds, 0U);
  EXPECT_EQ(store->stats().longest_stall_nanoseconds, store->stats().stalled_nanoseconds);
  EXPECT_EQ(dump(*store).size(), 8U);
}

TEST_F(BackgroundMaintenance, NoWriterWaitsForAMergeThatFails) {
  const auto failing = std::make_shared<test::WatchedDisk>(disk_, [](Call call, std::string_view name) -> Status {
    return call == Call::kRead && name == "000001.log" ? Status::io_error(name, "a bad sector") : Status();
  });
  Options options = test::small_segments(1024);
  options.background_merge = true;
  options.merge_policy.automatic = true;
  options.observer = &events_;
  const auto store = test::open_store(failing, options);
  for (int i = 0; i < 20; ++i) must(store->put("key" + std::to_string(i), large_));
  events_.wait_for(EventKind::kDamageFound, 1);
  EXPECT_NE(store->stats().last_merge_error, "");
  EXPECT_EQ(lookup(*store, "key19"), large_);
  events_.wait_for(EventKind::kMergeSwitched, 1);  // of newer segments
  EXPECT_EQ(store->stats().segments[0].number, SegmentNumber{1});
}

}  // namespace
}  // namespace sediment
