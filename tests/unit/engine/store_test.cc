// The public API: what each call promises.
#include "engine/store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <thread>

#include "tests/support/segment_helpers.h"
#include "tests/support/sim_helpers.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/watched_disk.h"

namespace sediment {
namespace {

using Kind = sim::DiskOperation::Kind;
using test::dump;
using test::EventRecorder;
using test::has_code;
using test::is_ok;
using test::lookup;
using test::manual_merges;
using test::must;
using test::open_store;
using test::Pairs;

std::unique_ptr<Store> new_store(const Options& options = manual_merges()) {
  return open_store(test::disk_with({}), options);
}

// ---- put, get, remove

TEST(Store, GivesBackWhatWasPut) {
  const auto store = new_store();
  EXPECT_EQ(lookup(*store, "sky"), std::nullopt);
  must(store->put("sky", "blue"));
  EXPECT_EQ(lookup(*store, "sky"), "blue");
  must(store->put("sky", "grey"));
  EXPECT_EQ(lookup(*store, "sky"), "grey");
}

TEST(Store, ARemovedKeyIsGoneUntilItIsPutAgain) {
  const auto store = new_store();
  must(store->put("a", "1"));
  ASSERT_EQ(lookup(*store, "a"), "1");
  must(store->remove("a"));
  EXPECT_EQ(lookup(*store, "a"), std::nullopt);
  must(store->put("a", "2"));
  EXPECT_EQ(lookup(*store, "a"), "2");
}

TEST(Store, AnEmptyValueIsAValueAndNotARemovedKey) {
  const auto store = new_store();
  must(store->put("a", "1"));
  must(store->roll());
  must(store->put("a", ""));
  EXPECT_EQ(lookup(*store, "a"), "");
  must(store->roll());
  EXPECT_EQ(lookup(*store, "a"), "");
}

TEST(Store, RemovingAnAbsentKeyIsNotAnErrorAndAppendsATombstone) {
  const auto store = new_store();
  EXPECT_TRUE(is_ok(store->remove("never there")));
  EXPECT_EQ(store->stats().segments.back().records, 1U);
}

TEST(Store, KeepsAnyBytes) {
  const auto disk = test::disk_with({});
  std::string all_bytes;
  for (int byte = 0; byte < 256; ++byte) all_bytes += static_cast<char>(byte);
  const Pairs pairs{
      {"", "empty key"}, {"empty value", ""}, {all_bytes, all_bytes}, {std::string(3, '\0'), std::string(4, '\0')}};
  auto store = open_store(disk, manual_merges());
  for (const auto& [key, value] : pairs) must(store->put(key, value));
  EXPECT_EQ(dump(*store), pairs);
  must(store->close());
  EXPECT_EQ(dump(*open_store(disk, manual_merges())), pairs);
}

TEST(Store, TakesKeysUpToTheLimitAndNotOneByteMore) {
  const auto store = new_store();
  const std::string largest(kMaxKeySize, 'k');
  must(store->put(largest, "v"));
  EXPECT_EQ(lookup(*store, largest), "v");
  const std::uint64_t size = store->stats().size_bytes();
  EXPECT_TRUE(has_code(store->put(largest + "k", "v"), StatusCode::kInvalidArgument));
  EXPECT_TRUE(has_code(store->remove(largest + "k"), StatusCode::kInvalidArgument));
  EXPECT_EQ(store->stats().size_bytes(), size) << "nothing was written";
  EXPECT_TRUE(is_ok(store->put("a", "1")));
}

TEST(Store, RefusesAGrowthFactorThatMakesNoSense) {
  for (const double growth_factor : {-1.0, std::numeric_limits<double>::quiet_NaN()}) {
    Options options = manual_merges();
    options.merge_policy.growth_factor = growth_factor;
    const auto disk = std::make_shared<sim::SimDisk>();
    EXPECT_TRUE(has_code(Store::open(disk, options), StatusCode::kInvalidArgument));
    EXPECT_TRUE(disk->state().names().empty());
  }
}

TEST(Store, RefusesAStallFactorThatWouldMakeWritersWaitForAMergeThatNeverStarts) {
  for (const double stall_factor : {0.5, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    Options options = manual_merges();
    options.merge_policy.stall_factor = stall_factor;
    EXPECT_TRUE(has_code(Store::open(test::disk_with({}), options), StatusCode::kInvalidArgument)) << stall_factor;
  }
  Options options = manual_merges();
  options.merge_policy.stall_factor = options.merge_policy.growth_factor;
  EXPECT_TRUE(is_ok(Store::open(test::disk_with({}), options)));
}

TEST(Store, RefusesAValueThatIsTooLargeBeforeAnythingIsWritten) {
  const auto store = new_store();
  must(store->put("a", "1"));
  const std::uint64_t size = store->stats().size_bytes();
  // Only its length counts: the bytes after it are never touched.
  const char first = 'v';
  const std::string_view too_large(&first, kMaxValueSize + 1);
  EXPECT_TRUE(has_code(store->put("a", too_large), StatusCode::kInvalidArgument));
  EXPECT_EQ(store->stats().size_bytes(), size);
  EXPECT_EQ(lookup(*store, "a"), "1");
}

TEST(Store, ARecordLargerThanASegmentGetsItsOwnSegment) {
  const auto disk = test::disk_with({});
  const auto store = open_store(disk, test::small_segments(128));
  const std::string large(1000, 'v');
  must(store->put("before", "1"));
  must(store->put("large", large));
  must(store->put("behind", "2"));
  const Stats stats = store->stats();
  ASSERT_EQ(stats.segments.size(), 3U);
  EXPECT_EQ(stats.segments[1].records, 1U);
  EXPECT_GT(stats.segments[1].size_bytes, 1000U);
  EXPECT_EQ(dump(*store), (Pairs{{"before", "1"}, {"behind", "2"}, {"large", large}}));
}

TEST(Store, NoSegmentGrowsPastItsSize) {
  const auto store = new_store(test::small_segments(200));
  for (int i = 0; i < 100; ++i)
    must(store->put("key" + std::to_string(i), std::string(static_cast<std::size_t>(i % 50), 'v')));
  const Stats stats = store->stats();
  EXPECT_GT(stats.segments.size(), 20U);
  for (const SegmentStats& segment : stats.segments) EXPECT_LE(segment.size_bytes, 200U);
  EXPECT_EQ(stats.rolls, stats.segments.size() - 1);
}

TEST(Store, AValueInAnyAgeOfSegmentIsFound) {
  const auto store = new_store(test::small_segments(128));
  Pairs model;
  for (int i = 0; i < 200; ++i) {
    const std::string key = "key" + std::to_string(i * 7 % 40);
    if (i % 5 == 4) {
      must(store->remove(key));
      model.erase(key);
    } else {
      must(store->put(key, std::to_string(i)));
      model[key] = std::to_string(i);
    }
  }
  ASSERT_GT(store->stats().segments.size(), 30U);
  for (int i = 0; i < 40; ++i) {
    const std::string key = "key" + std::to_string(i);
    const auto expected = model.find(key);
    EXPECT_EQ(lookup(*store, key), expected == model.end() ? std::nullopt : std::optional(expected->second));
  }
}

// ---- passes

TEST(Store, ForEachVisitsEachLivePairOnce) {
  const auto store = new_store(test::small_segments(128));
  for (int i = 0; i < 50; ++i) must(store->put("key" + std::to_string(i % 10), std::to_string(i)));
  must(store->remove("key3"));
  Pairs expected;
  for (int i = 0; i < 10; ++i) expected["key" + std::to_string(i)] = std::to_string(40 + i);
  expected.erase("key3");
  EXPECT_EQ(dump(*store), expected);
}

TEST(Store, ForEachShowsTheStoreAsOfTheCall) {
  const auto store = new_store();
  for (int i = 0; i < 10; ++i) must(store->put("key" + std::to_string(i), "old"));
  int visited = 0;
  must(store->for_each([&](std::string_view key, std::string_view value) {
    EXPECT_EQ(value, "old");
    must(store->put("another" + std::to_string(visited), "new"));
    must(store->put(key, "new"));
    must(store->remove("key9"));
    if (visited == 5) must(store->merge());
    ++visited;
    return true;
  }));
  EXPECT_EQ(visited, 10);
  EXPECT_EQ(lookup(*store, "key0"), "new");
  EXPECT_EQ(lookup(*store, "another0"), "new");
}

TEST(Store, ForEachStopsWhenItsVisitorSaysSo) {
  const auto store = new_store();
  for (int i = 0; i < 10; ++i) must(store->put("key" + std::to_string(i), "v"));
  int visited = 0;
  must(store->for_each([&](std::string_view, std::string_view) { return ++visited < 4; }));
  EXPECT_EQ(visited, 4);
}

TEST(Store, ScanGivesARangeInOrder) {
  const auto store = new_store(test::small_segments(128));
  for (const char* key : {"d", "a", "c", "b", "e"}) must(store->put(key, key));
  must(store->remove("c"));
  using Found = std::vector<Pair>;
  EXPECT_EQ(must(store->scan("b", "e")), (Found{{"b", "b"}, {"d", "d"}}));
  EXPECT_EQ(must(store->scan("b", "")), (Found{{"b", "b"}, {"d", "d"}, {"e", "e"}})) << "no end";
  EXPECT_EQ(must(store->scan("", "b")), (Found{{"a", "a"}}));
  EXPECT_EQ(must(store->scan("x", "")), Found{});
  EXPECT_EQ(must(store->scan("d", "b")), Found{});
}

TEST(Store, ScanComparesBytesWithoutASign) {
  const auto store = new_store();
  must(store->put("\xff", "high"));
  must(store->put("\x01", "low"));
  using Found = std::vector<Pair>;
  EXPECT_EQ(must(store->scan("\x7f", "")), (Found{{"\xff", "high"}}));
}

// ---- what it holds now

// The value of a key in a list of segments.
std::optional<std::string> value_in(const SegmentList& segments, std::string_view key) {
  std::string scratch;
  const test::Answer found = must(test::look_up(segments, key, &scratch));
  if (found.kind != Found::kValue) return std::nullopt;
  return std::string(found.record.value);
}

TEST(Store, FreezeReturnsTheContentsInSegmentsThatNeverChange) {
  const auto disk = test::disk_with({});
  const auto store = open_store(disk, manual_merges());
  must(store->put("a", "1"));
  must(store->roll());
  must(store->put("b", "1"));
  must(store->put("gone", "1"));
  must(store->remove("gone"));
  const Frozen frozen = must(store->freeze());
  ASSERT_EQ(frozen.segments.size(), 2U);
  EXPECT_EQ(store->stats().rolls, 2U) << "what was in the active segment is sealed";

  must(store->put("a", "2"));
  must(store->put("gone", "2"));
  must(store->merge());
  ASSERT_EQ(disk->state().find("000001.log"), nullptr) << "the files are gone but still readable";
  EXPECT_EQ(value_in(frozen.segments, "a"), "1");
  EXPECT_EQ(value_in(frozen.segments, "b"), "1");
  EXPECT_EQ(value_in(frozen.segments, "gone"), std::nullopt);
  EXPECT_EQ(lookup(*store, "a"), "2");
}

TEST(Store, FreezeReturnsTheManifestOfItsSegments) {
  const auto disk = test::disk_with({});
  const auto store = open_store(disk, manual_merges());
  for (const char* key : {"a", "b", "c"}) {
    must(store->put(key, "1"));
    must(store->roll());
  }
  must(store->merge(MergeRun{1, 2}));
  must(store->put("d", "1"));
  const Frozen frozen = must(store->freeze());
  EXPECT_FALSE(frozen.manifest.active.has_value());
  ASSERT_EQ(frozen.manifest.sealed.size(), frozen.segments.size());
  for (std::size_t i = 0; i < frozen.segments.size(); ++i) {
    const Segment& segment = *frozen.segments[i];
    EXPECT_EQ(frozen.manifest.sealed[i],
              (Manifest::Sealed{segment.number(), segment.nonce(), segment.size_bytes(), segment.record_count()}));
    EXPECT_LT(segment.number(), frozen.manifest.next_number);
  }

  // Copied together with that manifest, they are a store.
  test::Files copy{{"MANIFEST", encode_manifest(frozen.manifest)}};
  for (const auto& segment : frozen.segments) copy[segment->name()] = disk->state().contents().at(segment->name());
  EXPECT_EQ(dump(*open_store(test::disk_with(copy), manual_merges())),
            (Pairs{{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "1"}}));
}

TEST(Store, FreezeOfAnEmptyStoreIsEmpty) {
  const auto store = new_store();
  EXPECT_TRUE(must(store->freeze()).segments.empty());
  EXPECT_EQ(store->stats().rolls, 0U);
  must(store->put("a", "1"));
  EXPECT_EQ(must(store->freeze()).segments.size(), 1U);
  EXPECT_EQ(must(store->freeze()).segments.size(), 1U) << "there is nothing new to seal";
  EXPECT_EQ(store->stats().rolls, 1U);
}

TEST(Store, FreezeNeedsAWritableStore) {
  const auto disk = test::disk_with({});
  must(open_store(disk, manual_merges())->put("a", "1"));
  EXPECT_TRUE(has_code(open_store(disk, test::read_only())->freeze(), StatusCode::kReadOnly));
  const auto store = open_store(disk, manual_merges());
  must(store->put("b", "1"));
  disk->fail(Kind::kCreate, 1, Status::no_space("disk", "full"));
  EXPECT_TRUE(has_code(store->freeze(), StatusCode::kNoSpace));
  EXPECT_EQ(must(store->freeze()).segments.size(), 2U) << "there is room again";
}

TEST(Store, ExactStatsCountLiveAndDeadRecordsAndTombstonesPerSegment) {
  const auto store = new_store();
  must(store->put("a", "1"));  // superseded here
  must(store->put("a", "2"));  // superseded in a newer segment
  must(store->put("b", "1"));
  must(store->put("gone", "1"));  // superseded by the tombstone
  must(store->roll());
  must(store->put("a", std::string(100, 'v')));
  must(store->remove("gone"));
  must(store->remove("never there"));
  must(store->remove("never there"));  // supersedes the tombstone before it
  const std::vector<SegmentContents> contents = must(store->exact_stats());
  ASSERT_EQ(contents.size(), 2U);
  EXPECT_EQ(contents[0].number, SegmentNumber{1});
  EXPECT_EQ(contents[0].live_records, 1U);
  EXPECT_EQ(contents[0].live_bytes, 32U);
  EXPECT_EQ(contents[0].dead_records, 3U);
  EXPECT_EQ(contents[0].dead_bytes, 96U);
  EXPECT_EQ(contents[0].tombstones, 0U);
  EXPECT_EQ(contents[1].number, SegmentNumber{2});
  EXPECT_EQ(contents[1].live_records, 1U);
  EXPECT_EQ(contents[1].live_bytes, 128U);
  EXPECT_EQ(contents[1].dead_records, 1U);
  EXPECT_EQ(contents[1].dead_bytes, 40U);
  EXPECT_EQ(contents[1].tombstones, 2U);
  EXPECT_EQ(contents[1].tombstone_bytes, 32U + 40U);
}

TEST(Store, ExactStatsAddUpToTheFilesAndTheirLiveRecordsToForEach) {
  const auto disk = test::disk_with({});
  auto store = open_store(disk, test::small_segments(300));
  for (int i = 0; i < 300; ++i) {
    const std::string key = "key" + std::to_string(i * 7 % 40);
    if (i % 5 == 4) {
      must(store->remove(key));
    } else {
      must(store->put(key, std::string(static_cast<std::size_t>(i % 30), 'v')));
    }
    if (i == 150) must(store->merge());
  }
  const auto must_add_up = [&](Store& counted) {
    const std::vector<SegmentContents> contents = must(counted.exact_stats());
    const Stats stats = counted.stats();
    std::uint64_t live_records = 0;
    std::uint64_t live_bytes = 0;
    std::uint64_t tombstones = 0;
    ASSERT_LE(contents.size(), stats.segments.size());
    for (std::size_t i = 0; i < contents.size(); ++i) {
      const SegmentContents& told = contents[i];
      EXPECT_EQ(told.number, stats.segments[i].number);
      EXPECT_EQ(told.live_records + told.dead_records + told.tombstones, stats.segments[i].records);
      const std::uint64_t records_bytes = told.live_bytes + told.dead_bytes + told.tombstone_bytes;
      EXPECT_EQ(kSegmentHeaderSize + records_bytes, stats.segments[i].size_bytes);
      if (stats.segments[i].sealed) {
        EXPECT_EQ(disk->state().contents().at(segment_file_name(told.number)).size(), stats.segments[i].size_bytes);
      }
      live_records += told.live_records;
      live_bytes += told.live_bytes;
      tombstones += told.tombstones;
    }
    const Pairs pairs = dump(counted);
    std::uint64_t bytes = 0;
    for (const auto& [key, value] : pairs) bytes += record_size(key.size(), value.size());
    EXPECT_EQ(live_records, pairs.size());
    EXPECT_EQ(live_bytes, bytes);
    EXPECT_GT(contents.size(), 10U);
    EXPECT_GT(tombstones, 0U);
  };
  must_add_up(*store);
  const auto killed = open_store(std::make_shared<sim::SimDisk>(disk->state()), test::read_only());
  must_add_up(*killed);
  must(store->close());
  store = open_store(disk, test::small_segments(300));
  must_add_up(*store);
  must(store->merge());
  const std::vector<SegmentContents> merged = must(store->exact_stats());
  ASSERT_EQ(merged.size(), 1U);
  EXPECT_EQ(merged[0].dead_records + merged[0].tombstones, 0U) << "a full merge leaves only what is live";
}

TEST(Store, ExactStatsOfADamagedStoreAreCorruption) {
  const auto disk = test::disk_with({});
  must(open_store(disk, manual_merges())->put("a", "1"));
  test::Files files = disk->state().contents();
  files.at("000001.log")[32 + 25] ^= 1;
  EXPECT_TRUE(has_code(open_store(test::disk_with(files), manual_merges())->exact_stats(), StatusCode::kCorruption));
}

// ---- durability

TEST(Store, SyncMakesEverythingDurable) {
  const auto disk = test::disk_with({});
  const auto store = open_store(disk, manual_merges());
  const auto after_power_cut = [&] {
    const auto image = must(sim::crash_image(disk->state(), {.fault = sim::Fault::kLoseUnsynced}));
    return dump(*open_store(std::make_shared<sim::SimDisk>(image), manual_merges()));
  };
  must(store->put("a", "1"));
  EXPECT_EQ(after_power_cut(), Pairs{}) << "acknowledged, but not durable";
  must(store->sync());
  EXPECT_EQ(after_power_cut(), (Pairs{{"a", "1"}}));
  must(store->put("b", "2"));
  EXPECT_EQ(after_power_cut(), (Pairs{{"a", "1"}}));
  must(store->roll());
  EXPECT_EQ(after_power_cut(), (Pairs{{"a", "1"}, {"b", "2"}})) << "a roll syncs what it seals";
  must(store->put("c", "3"));
  must(store->close());
  EXPECT_EQ(after_power_cut(), (Pairs{{"a", "1"}, {"b", "2"}, {"c", "3"}})) << "and so does close";
}

TEST(Store, EveryWriteIsDurableWhenThePolicySaysSo) {
  const auto disk = test::disk_with({});
  const auto store = open_store(disk, test::with_sync_policy(test::small_segments(128), SyncPolicy::kEveryWrite));
  Pairs model;
  for (int i = 0; i < 20; ++i) {
    const std::string key = "key" + std::to_string(i % 6);
    if (i % 4 == 3) {
      must(store->remove(key));
      model.erase(key);
    } else {
      must(store->put(key, std::to_string(i)));
      model[key] = std::to_string(i);
    }
    const auto image = must(sim::crash_image(disk->state(), {.fault = sim::Fault::kLoseUnsynced}));
    ASSERT_EQ(dump(*open_store(std::make_shared<sim::SimDisk>(image), manual_merges())), model) << i;
  }
  EXPECT_EQ(store->stats().syncs, 20U);
}

// ---- failures

TEST(Store, AFailedAppendOrSyncMakesItReadOnlyUntilItIsReopened) {
  for (const Kind kind : {Kind::kAppend, Kind::kSync}) {
    const auto disk = test::disk_with({});
    auto store = open_store(disk, test::with_sync_policy(manual_merges(), SyncPolicy::kEveryWrite));
    must(store->put("a", "1"));
    disk->fail(kind, 1, Status::io_error("000001.log", "lost"));
    EXPECT_TRUE(has_code(store->put("b", "2"), StatusCode::kIoError));
    EXPECT_TRUE(has_code(store->put("c", "3"), StatusCode::kReadOnly));
    EXPECT_TRUE(has_code(store->remove("a"), StatusCode::kReadOnly));
    EXPECT_TRUE(has_code(store->sync(), StatusCode::kReadOnly));
    EXPECT_TRUE(has_code(store->roll(), StatusCode::kReadOnly));
    EXPECT_EQ(lookup(*store, "a"), "1") << "reads continue";
    EXPECT_EQ(dump(*store).at("a"), "1");
    EXPECT_TRUE(has_code(store->close(), StatusCode::kIoError));
    store = open_store(disk, manual_merges());
    EXPECT_EQ(lookup(*store, "a"), "1");
    EXPECT_TRUE(is_ok(store->put("c", "3")));
  }
}

TEST(Store, AFullDiskInTheMiddleOfARecordIsAnIoError) {
  // kNoSpace would promise that nothing was written.
  const auto disk = test::disk_with({});
  const auto store = open_store(disk, manual_merges());
  disk->fail(Kind::kAppend, 1, Status::no_space("000001.log", "full"));
  EXPECT_TRUE(has_code(store->put("a", "1"), StatusCode::kIoError));
  EXPECT_TRUE(has_code(store->put("a", "1"), StatusCode::kReadOnly));
}

TEST(Store, WithoutSpaceForASegmentNothingChangesAndThePutCanBeTriedAgain) {
  int failures = 0;
  // The new segment and its header; then the manifest and its text.
  for (const auto& [kind, n] : std::vector<std::pair<Kind, std::uint64_t>>{
           {Kind::kCreate, 1}, {Kind::kAppend, 1}, {Kind::kCreate, 2}, {Kind::kAppend, 2}}) {
    const auto disk = test::disk_with({});
    auto store = open_store(disk, test::small_segments(128));
    for (const char* key : {"a", "b", "c"}) must(store->put(key, "1"));
    disk->fail(kind, n, Status::no_space("disk", "full"));
    const auto names = disk->state().names();
    ASSERT_TRUE(has_code(store->put("d", "2"), StatusCode::kNoSpace)) << sim::name_of(kind) << " " << n;
    ++failures;
    EXPECT_EQ(disk->state().names(), names) << "no file is left behind";
    EXPECT_EQ(lookup(*store, "d"), std::nullopt);
    EXPECT_EQ(lookup(*store, "a"), "1");
    EXPECT_TRUE(is_ok(store->put("d", "2"))) << "there is room again";
    must(store->close());
    EXPECT_EQ(dump(*open_store(disk, manual_merges())), (Pairs{{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "2"}}));
  }
  EXPECT_EQ(failures, 4);
}

TEST(Store, WithoutSpaceForAManifestTheActiveSegmentKeepsItsReservedSpace) {
  for (const Kind kind : {Kind::kCreate, Kind::kAppend}) {  // of MANIFEST.tmp, after those of the new segment
    const auto disk = test::disk_with({});
    const auto store = open_store(disk, manual_merges());
    must(store->put("a", "1"));
    const std::uint64_t reserved = disk->state().find("000001.log")->cached.size();
    ASSERT_EQ(reserved, 4096U);
    disk->fail(kind, 2, Status::no_space("disk", "full"));
    ASSERT_TRUE(has_code(store->roll(), StatusCode::kNoSpace));
    EXPECT_EQ(disk->state().find("000001.log")->cached.size(), reserved)
        << "otherwise the next put would find the disk full";
    EXPECT_EQ(disk->state().find("000002.log"), nullptr);
    EXPECT_TRUE(is_ok(store->put("b", "2")));
    EXPECT_TRUE(is_ok(store->roll()));
  }
}

TEST(Store, WithoutSpaceToRenameTheManifestARollChangesNothing) {
  const auto disk = test::disk_with({});
  bool full = false;
  const auto watched = std::make_shared<test::WatchedDisk>(disk, [&](test::WatchedDisk::Call call, std::string_view) {
    return full && call == test::WatchedDisk::Call::kRename ? Status::no_space("disk", "full") : Status();
  });
  const auto store = open_store(watched, manual_merges());
  must(store->put("a", "1"));
  full = true;
  EXPECT_TRUE(has_code(store->roll(), StatusCode::kNoSpace));
  EXPECT_EQ(disk->state().find("000002.log"), nullptr);
  EXPECT_TRUE(is_ok(store->put("b", "2")));
  full = false;
  EXPECT_TRUE(is_ok(store->roll()));
  must(store->close());
  EXPECT_EQ(dump(*open_store(disk, manual_merges())), (Pairs{{"a", "1"}, {"b", "2"}}));
}

TEST(Store, WithoutSpaceForASegmentItCanStillBeClosedAndLosesNothing) {
  const auto disk = test::disk_with({});
  auto store = open_store(disk, manual_merges());
  must(store->put("a", "1"));
  disk->fail(Kind::kCreate, 1, Status::no_space("disk", "full"));
  ASSERT_TRUE(has_code(store->roll(), StatusCode::kNoSpace));
  EXPECT_TRUE(is_ok(store->close()));
  EXPECT_EQ(lookup(*open_store(disk, manual_merges()), "a"), "1");
}

// ---- open and close

TEST(Store, RefusesSegmentSizesThatMakeNoSense) {
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{63}, std::uint64_t{1} << 32}) {
    Options options = manual_merges();
    options.segment_size_bytes = size;
    EXPECT_TRUE(has_code(Store::open(test::disk_with({}), options), StatusCode::kInvalidArgument)) << size;
  }
  EXPECT_TRUE(is_ok(Store::open(test::disk_with({}), test::small_segments(64))));
}

TEST(Store, OneProcessAtATimeWritesIt) {
  const auto disk = test::disk_with({});
  auto store = open_store(disk, manual_merges());
  EXPECT_TRUE(has_code(Store::open(disk, manual_merges()), StatusCode::kBusy));
  EXPECT_TRUE(has_code(Store::open(disk, test::read_only()), StatusCode::kBusy));
  must(store->close());
  store = open_store(disk, test::read_only());
  const auto second_reader = open_store(disk, test::read_only());
  EXPECT_TRUE(has_code(Store::open(disk, manual_merges()), StatusCode::kBusy));
}

TEST(Store, AnOpenThatFailsReleasesTheLock) {
  const auto disk = test::disk_with({{"MANIFEST", "damaged"}});
  EXPECT_TRUE(has_code(Store::open(disk, manual_merges()), StatusCode::kCorruption));
  EXPECT_TRUE(has_code(Store::open(disk, manual_merges()), StatusCode::kCorruption)) << "and not busy";
}

TEST(Store, AfterCloseItServesNoWrites) {
  const auto store = new_store();
  must(store->put("a", "1"));
  must(store->close());
  EXPECT_TRUE(has_code(store->put("b", "2"), StatusCode::kReadOnly));
  EXPECT_TRUE(has_code(store->sync(), StatusCode::kReadOnly));
  EXPECT_TRUE(has_code(store->merge(), StatusCode::kReadOnly));
  EXPECT_TRUE(is_ok(store->close())) << "a second call does nothing";
}

TEST(Store, ItsDestructorClosesIt) {
  const auto disk = test::disk_with({});
  must(open_store(disk, manual_merges())->put("a", "1"));
  const auto store = open_store(disk, manual_merges());
  EXPECT_EQ(store->recovery_report().active_file, "") << "it was closed cleanly";
  EXPECT_EQ(lookup(*store, "a"), "1");
}

TEST(Store, CloseMergesTinySegmentsSoThatShortRunsDoNotPileUp) {
  Options options = manual_merges();
  options.merge_policy.automatic = true;
  const auto disk = test::disk_with({});
  Pairs model;
  std::size_t most = 0;
  for (int run = 0; run < 50; ++run) {
    const auto store = open_store(disk, options);
    const std::string key = "key" + std::to_string(run);
    must(store->put(key, "v"));
    model[key] = "v";
    must(store->close());
    most = std::max(most, disk->state().names().size());
  }
  EXPECT_LE(most, 17U) << "about log2(n) segments, each with its snapshot, and the manifest";
  EXPECT_EQ(dump(*open_store(disk, options)), model);
}

TEST(Store, AReadOnlyStoreServesReadsAndRefusesWrites) {
  const auto disk = test::disk_with({});
  auto store = open_store(disk, manual_merges());
  must(store->put("a", "1"));
  must(store->close());
  store = open_store(disk, test::read_only());
  EXPECT_EQ(lookup(*store, "a"), "1");
  EXPECT_EQ(must(store->scan("", "")).size(), 1U);
  EXPECT_TRUE(has_code(store->put("a", "2"), StatusCode::kReadOnly));
  EXPECT_TRUE(has_code(store->remove("a"), StatusCode::kReadOnly));
  EXPECT_TRUE(has_code(store->sync(), StatusCode::kReadOnly));
  EXPECT_TRUE(has_code(store->roll(), StatusCode::kReadOnly));
  EXPECT_TRUE(has_code(store->merge(), StatusCode::kReadOnly));
  EXPECT_TRUE(has_code(store->merge(MergeRun{1, 1}), StatusCode::kReadOnly));
  EXPECT_TRUE(is_ok(store->close()));
}

TEST(Store, WorksOnARealDirectory) {
  const test::TemporaryDirectory directory;
  const auto path = directory.path() / "store";
  Options options = test::small_segments();
  options.create_if_missing = false;
  EXPECT_TRUE(has_code(Store::open(path, options), StatusCode::kNotFound));
  Pairs model;
  for (int run = 0; run < 3; ++run) {
    const auto store = must(Store::open(path, test::small_segments()));
    EXPECT_EQ(dump(*store), model);
    for (int i = 0; i < 30; ++i) {
      const std::string key = "key" + std::to_string(i);
      must(store->put(key, std::to_string(run)));
      model[key] = std::to_string(run);
    }
    EXPECT_TRUE(has_code(Store::open(path, test::small_segments()), StatusCode::kBusy));
    must(store->merge());
    EXPECT_EQ(dump(*store), model);
    must(store->close());
  }
  EXPECT_EQ(dump(*must(Store::open(path, test::read_only()))), model);
}

TEST(Store, InARemovedDirectoryNothingIsMerelyNotFound) {
  for (const std::string call : {"roll", "close", "merge", "put"}) {
    const test::TemporaryDirectory directory;
    const auto path = directory.path() / "store";
    const auto store = must(Store::open(path, test::small_segments(128)));
    must(store->put("a", "1"));
    must(store->roll());
    must(store->put("b", "2"));
    std::filesystem::remove_all(path);
    Status status;
    if (call == "roll") status = store->roll();
    if (call == "close") status = store->close();
    if (call == "merge") status = store->merge();
    for (int i = 0; call == "put" && status.ok() && i < 10; ++i) status = store->put("key" + std::to_string(i), "3");
    EXPECT_TRUE(has_code(status, StatusCode::kIoError)) << call;
    EXPECT_NE(status.message(), "") << call;
    EXPECT_EQ(lookup(*store, "a"), "1") << "an open store can be read";
    EXPECT_TRUE(has_code(store->put("c", "3"), StatusCode::kReadOnly));
  }
}

TEST(Store, AnOpenThatFindsNoStoreLeavesNoLock) {
  const test::TemporaryDirectory directory;
  const auto is_locked = [&](const std::filesystem::path& path) { return std::filesystem::exists(path / "LOCK"); };
  const auto empty = directory.path() / "empty";
  std::filesystem::create_directory(empty);
  Options options = manual_merges();
  options.create_if_missing = false;
  EXPECT_TRUE(has_code(Store::open(empty, options), StatusCode::kNotFound));
  EXPECT_TRUE(has_code(Store::open(empty, test::read_only()), StatusCode::kNotFound));
  options.create_if_missing = true;
  options.segment_size_bytes = 1;
  EXPECT_TRUE(has_code(Store::open(empty, options), StatusCode::kInvalidArgument));
  EXPECT_FALSE(is_locked(empty));

  const auto strangers = directory.path() / "strangers";
  std::filesystem::create_directory(strangers);
  std::ofstream(strangers / "000001.log") << "of some other program";
  EXPECT_TRUE(has_code(Store::open(strangers, manual_merges()), StatusCode::kCorruption));
  EXPECT_FALSE(is_locked(strangers));

  // Where a LOCK exists already, the lock decides, and the file stays.
  must(must(Store::open(empty, manual_merges()))->put("a", "1"));
  EXPECT_TRUE(is_locked(empty)) << "it is held, or was: it is never removed";
  EXPECT_TRUE(is_ok(Store::open(empty, manual_merges())));
}

// ---- statistics and events

TEST(Store, CountsWhatItDid) {
  const auto store = new_store();
  must(store->put("a", "1"));
  must(store->put("b", "2"));
  must(store->remove("a"));
  EXPECT_EQ(lookup(*store, "a"), std::nullopt);
  must(store->sync());
  must(store->roll());
  must(store->merge());
  const Stats stats = store->stats();
  EXPECT_EQ(stats.puts, 2U);
  EXPECT_EQ(stats.removes, 1U);
  EXPECT_EQ(stats.syncs, 1U);
  EXPECT_EQ(stats.rolls, 1U);
  EXPECT_EQ(stats.merges, 1U);
  EXPECT_EQ(stats.records_merged, 3U);
  EXPECT_EQ(stats.records_kept, 1U);
  EXPECT_EQ(stats.bytes_merged, 96U);
  EXPECT_EQ(stats.bytes_kept, 32U);
  ASSERT_EQ(stats.segments.size(), 2U);
  EXPECT_TRUE(stats.segments[0].sealed);
  EXPECT_FALSE(stats.segments[1].sealed);
  EXPECT_EQ(stats.segments[0].keys, 1U);
  EXPECT_EQ(stats.size_bytes(), 64U + 32U);
  EXPECT_EQ(stats.index_bytes(), stats.segments[0].index_bytes);
}

TEST(Store, DoesNotCountWritesThatFailed) {
  const auto disk = test::disk_with({});
  const auto store = open_store(disk, manual_merges());
  disk->fail(Kind::kAppend, 1, Status::io_error("000001.log", "no"));
  ASSERT_FALSE(store->put("a", "1").ok());
  ASSERT_FALSE(store->remove("a").ok());
  EXPECT_EQ(store->stats().puts, 0U);
  EXPECT_EQ(store->stats().removes, 0U);
}

TEST(Store, TellsAnObserverTheStoryOfAWriteAndARead) {
  EventRecorder events;
  Options options = test::with_sync_policy(manual_merges(), SyncPolicy::kEveryWrite);
  options.observer = &events;
  const auto store = new_store(options);
  events.events.clear();
  must(store->put("a", "1"));
  EXPECT_EQ(events.lines(),
            (std::vector<std::string>{"appended 1 a", "index-grew 1", "indexed 1 a", "synced 1", "acknowledged 1 a"}));
  events.events.clear();
  EXPECT_EQ(lookup(*store, "a"), "1");
  EXPECT_EQ(events.lines(), (std::vector<std::string>{"probed 1 a", "found 1 a"}));
  events.events.clear();
  must(store->roll());
  EXPECT_EQ(events.lines(), (std::vector<std::string>{"published", "sealed 1", "rolled 2", "snapshot-written 1"}));
  events.events.clear();
  must(store->close());
  EXPECT_EQ(events.lines(), (std::vector<std::string>{"closed"}));
}

TEST(Store, AcknowledgesNothingThatFailed) {
  EventRecorder events;
  Options options = test::with_sync_policy(manual_merges(), SyncPolicy::kEveryWrite);
  options.observer = &events;
  const auto disk = test::disk_with({});
  const auto store = open_store(disk, options);
  disk->fail(Kind::kSync, 1, Status::io_error("000001.log", "lost"));
  ASSERT_FALSE(store->put("a", "1").ok());
  EXPECT_TRUE(events.of(EventKind::kAcknowledged).empty());
  ASSERT_EQ(events.of(EventKind::kFailed).size(), 1U);
  EXPECT_EQ(events.of(EventKind::kFailed)[0].why, "simulated disk failure, as requested");
}

TEST(Store, MayBeCalledFromAnyThread) {
  const test::TemporaryDirectory directory;
  const auto store = must(Store::open(directory.path(), test::small_segments()));
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&store, thread] {
      for (int i = 0; i < 50; ++i) {
        const std::string key = std::to_string(thread) + "/" + std::to_string(i);
        EXPECT_TRUE(is_ok(store->put(key, key)));
        EXPECT_EQ(lookup(*store, key), key) << "a get after a put returned sees it";
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(dump(*store).size(), 200U);
}

}  // namespace
}  // namespace sediment
