// Recovery: from whatever a directory holds to a store, or to the reason why there is none.
#include "engine/recovery.h"

#include <gtest/gtest.h>

#include <set>

#include "engine/store.h"
#include "tests/support/segment_helpers.h"
#include "tests/support/sim_helpers.h"

namespace sediment {
namespace {

using Kind = sim::DiskOperation::Kind;
using test::dump;
using test::EventRecorder;
using test::Files;
using test::has_code;
using test::is_ok;
using test::lookup;
using test::manual_merges;
using test::must;
using test::Pairs;

// The files that a killed process leaves: the store is neither closed nor synced, and the cache survives.
struct Killed {
  Files files;
  std::vector<std::uint64_t> ends;  // of the active log, after each pair
};

Killed killed_after(const std::vector<std::pair<std::string, std::string>>& pairs,
                    SyncPolicy policy = SyncPolicy::kNever) {
  const auto disk = test::disk_with({});
  const auto store = test::open_store(disk, test::with_sync_policy(manual_merges(), policy));
  Killed killed;
  for (const auto& [key, value] : pairs) {
    must(store->put(key, value));
    killed.ends.push_back(store->stats().segments.back().size_bytes);
  }
  killed.files = disk->state().contents();
  return killed;
}

// The files of a store that was closed, with a segment for each pair.
Files closed_with(const std::vector<std::pair<std::string, std::string>>& pairs) {
  const auto disk = test::disk_with({});
  const auto store = test::open_store(disk, manual_merges());
  for (const auto& [key, value] : pairs) {
    must(store->roll());
    must(store->put(key, value));
  }
  must(store->close());
  return disk->state().contents();
}

TEST(Recovery, CreatesAStoreInAnEmptyDirectory) {
  const auto disk = test::disk_with({});
  const auto store = test::open_store(disk, manual_merges());
  EXPECT_TRUE(store->recovery_report().created);
  EXPECT_EQ(store->recovery_report().segments, 0U);
  EXPECT_EQ(dump(*store), Pairs{});
  must(store->close());
  EXPECT_FALSE(test::open_store(disk, manual_merges())->recovery_report().created);
}

TEST(Recovery, CreatesAStoreBesideAHalfWrittenManifest) {
  const auto disk = test::disk_with({{"MANIFEST.tmp", "sedim"}, {"LOCK", ""}, {"notes.txt", "mine"}});
  const auto store = test::open_store(disk, manual_merges());
  EXPECT_TRUE(store->recovery_report().created);
  EXPECT_EQ(disk->state().find("MANIFEST.tmp"), nullptr);
  EXPECT_NE(disk->state().find("notes.txt"), nullptr) << "a foreign file is left alone";
}

TEST(Recovery, DoesNotCreateAStoreIfToldNotTo) {
  const auto disk = test::disk_with({});
  Options options = manual_merges();
  options.create_if_missing = false;
  EXPECT_TRUE(has_code(Store::open(disk, options), StatusCode::kNotFound));
  EXPECT_TRUE(has_code(Store::open(disk, test::read_only()), StatusCode::kNotFound));
  EXPECT_TRUE(disk->state().contents().empty());
}

TEST(Recovery, DoesNotOpenAStoreThatShouldNotExist) {
  Options options = manual_merges();
  options.error_if_exists = true;
  const auto disk = test::disk_with({});
  must(must(Store::open(disk, options))->close());
  const auto before = disk->state().contents();
  EXPECT_TRUE(has_code(Store::open(disk, options), StatusCode::kInvalidArgument));
  EXPECT_EQ(disk->state().contents(), before);
}

TEST(Recovery, SegmentsWithoutAManifestAreDamage) {
  Files files = closed_with({{"a", "1"}});
  ASSERT_EQ(files.erase("MANIFEST"), 1U);
  const auto disk = test::disk_with(files);
  for (const Options& options : {manual_merges(), test::read_only()}) {
    const Result<std::unique_ptr<Store>> store = Store::open(disk, options);
    ASSERT_TRUE(has_code(store, StatusCode::kCorruption));
    EXPECT_EQ(store.status().file(), "MANIFEST");
  }
  EXPECT_EQ(disk->state().contents(), files) << "everything that salvage could use stays";
}

TEST(Recovery, FindsEverythingAfterAKill) {
  const auto disk = test::disk_with(killed_after({{"a", "1"}, {"b", "2"}, {"a", "3"}}).files);
  const auto store = test::open_store(disk, manual_merges());
  const RecoveryReport& report = store->recovery_report();
  EXPECT_EQ(report.active_file, "000001.log");
  EXPECT_EQ(report.records_scanned, 3U);
  EXPECT_EQ(report.segments, 1U) << "the rewritten log, sealed";
  EXPECT_EQ(report.bytes_cut, 0U);
  EXPECT_EQ(report.cut_reason, "") << "unused reserved space is nothing to report";
  EXPECT_EQ(report.files_removed, std::vector<std::string>{"000001.log"});
  EXPECT_EQ(dump(*store), (Pairs{{"a", "3"}, {"b", "2"}}));
}

TEST(Recovery, CutsATornTailAndKeepsThePrefix) {
  const Killed killed = killed_after({{"a", "1"}, {"b", "2"}, {"c", std::string(100, 'v')}});
  std::uint64_t cases = 0;
  for (std::uint64_t cut = killed.ends[1] + 1; cut < killed.ends[2]; ++cut) {
    Files files = killed.files;
    std::string& log = files.at("000001.log");
    const bool whole = log.find_first_not_of('\0', cut) == std::string::npos;  // only padding is missing
    std::fill(log.begin() + static_cast<std::ptrdiff_t>(cut), log.end(), '\0');
    const auto store = test::open_store(test::disk_with(files), manual_merges());
    const RecoveryReport& report = store->recovery_report();
    ++cases;
    ASSERT_EQ(lookup(*store, "a"), "1");
    ASSERT_EQ(lookup(*store, "b"), "2");
    if (whole) {
      ASSERT_EQ(lookup(*store, "c"), std::string(100, 'v'));
      continue;
    }
    ASSERT_EQ(lookup(*store, "c"), std::nullopt);
    ASSERT_EQ(report.cut_offset, killed.ends[1]);
    ASSERT_GT(report.bytes_cut, 0U);
    ASSERT_LE(report.bytes_cut, cut - killed.ends[1]);
    ASSERT_NE(report.cut_reason, "");
  }
  EXPECT_EQ(cases, 127U);
}

TEST(Recovery, CutsALogThatEndsInsideARecord) {
  const Killed killed = killed_after({{"a", "1"}, {"b", "2"}});
  std::uint64_t cases = 0;
  for (std::uint64_t size = killed.ends[0]; size < killed.ends[1]; ++size) {
    Files files = killed.files;
    files.at("000001.log").resize(size);
    const auto store = test::open_store(test::disk_with(files), manual_merges());
    ASSERT_EQ(dump(*store), (Pairs{{"a", "1"}})) << size;
    ++cases;
  }
  EXPECT_EQ(cases, 32U);
}

TEST(Recovery, CutsAtAHoleBeforeUnsyncedRecordsThatSurvived) {
  // A power cut may keep the third record and lose the second. Nothing may be visible through the hole.
  const Killed killed = killed_after({{"a", "1"}, {"b", "2"}, {"c", "3"}});
  Files files = killed.files;
  std::string& log = files.at("000001.log");
  std::fill(log.begin() + static_cast<std::ptrdiff_t>(killed.ends[0]),
            log.begin() + static_cast<std::ptrdiff_t>(killed.ends[1]), '\0');
  const auto store = test::open_store(test::disk_with(files), manual_merges());
  EXPECT_EQ(dump(*store), (Pairs{{"a", "1"}}));
  EXPECT_EQ(store->recovery_report().cut_reason, "there are only zeros where a record should begin");
  EXPECT_EQ(store->recovery_report().bytes_cut, killed.ends[2] - 6 - killed.ends[0])
      << "up to the last byte that is not zero";
}

TEST(Recovery, AHoleInTheFirstUnsyncedRecordIsATearAlthoughTheNextOneWasSyncedUpToIt) {
  // The header was synced up to byte 32, the offset of the lost record: up to it is not past it.
  const Killed killed = killed_after({{"a", "1"}, {"b", "2"}});
  Files files = killed.files;
  std::string& log = files.at("000001.log");
  std::fill(log.begin() + 32, log.begin() + static_cast<std::ptrdiff_t>(killed.ends[0]), '\0');
  EXPECT_EQ(dump(*test::open_store(test::disk_with(files), manual_merges())), Pairs{});
}

TEST(Recovery, DamageThatALaterRecordProvesDurableIsCorruption) {
  const Killed killed = killed_after({{"a", "1"}, {"b", "2"}, {"c", "3"}}, SyncPolicy::kEveryWrite);
  ASSERT_TRUE(is_ok(Store::open(test::disk_with(killed.files), manual_merges())));
  Files files = killed.files;
  files.at("000001.log")[killed.ends[0] + 30] = '\x55';
  const auto disk = test::disk_with(files);
  const Result<std::unique_ptr<Store>> store = Store::open(disk, manual_merges());
  ASSERT_TRUE(has_code(store, StatusCode::kCorruption));
  EXPECT_EQ(store.status().file(), "000001.log");
  EXPECT_EQ(store.status().offset(), killed.ends[0]);
  EXPECT_EQ(disk->state().contents().at("000001.log"), files.at("000001.log")) << "nothing is lost by trying";
}

TEST(Recovery, AnyLaterRecordMayBeTheWitness) {
  // put, put, sync, put: the second record does not know about the sync, the third does.
  const auto disk = test::disk_with({});
  const auto store = test::open_store(disk, manual_merges());
  must(store->put("a", "1"));
  must(store->put("b", "2"));
  must(store->sync());
  must(store->put("c", "3"));
  Files files = disk->state().contents();
  ASSERT_TRUE(is_ok(Store::open(test::disk_with(files), manual_merges())));
  files.at("000001.log")[32 + 25] ^= 1;
  EXPECT_TRUE(has_code(Store::open(test::disk_with(files), manual_merges()), StatusCode::kCorruption));
}

TEST(Recovery, AWitnessWithoutKeyAndValueIsOneToo) {
  // Its header is the last thing in the log, and ends in zeros like the space after it.
  const Killed killed = killed_after({{"a", "1"}, {"b", "2"}, {"", ""}}, SyncPolicy::kEveryWrite);
  ASSERT_TRUE(is_ok(Store::open(test::disk_with(killed.files), manual_merges())));
  Files files = killed.files;
  files.at("000001.log")[killed.ends[0] + 25] ^= 1;
  EXPECT_TRUE(has_code(Store::open(test::disk_with(files), manual_merges()), StatusCode::kCorruption));
}

TEST(Recovery, TheActiveSegmentOfAnotherStoreIsNotMistakenForATornOne) {
  // The same number and a good header: only the nonce differs. No record in it verifies, so a cut would lose
  // everything.
  const Killed killed = killed_after({{"a", "1"}}, SyncPolicy::kEveryWrite);
  const auto other_disk = test::disk_with({}, {.seed = 99});
  const auto other = test::open_store(other_disk, manual_merges());
  must(other->put("a", "of the other store"));
  Files files = killed.files;
  ASSERT_TRUE(files.contains("000001.log"));
  files["000001.log"] = other_disk->state().contents().at("000001.log");
  const auto store = Store::open(test::disk_with(files), manual_merges());
  ASSERT_TRUE(has_code(store, StatusCode::kCorruption));
  EXPECT_EQ(store.status().file(), "000001.log");
}

TEST(Recovery, ASizeThatDoesNotAgreeIsNamed) {
  Files files = closed_with({{"a", "1"}});
  files.at("000001.log") += std::string(8, '\0');
  const auto store = Store::open(test::disk_with(files), manual_merges());
  ASSERT_TRUE(has_code(store, StatusCode::kCorruption));
  EXPECT_EQ(store.status().message(), "it has 72 bytes, but the manifest says 64");
}

TEST(Recovery, EveryDamageInASealedSegmentIsCorruption) {
  const Files whole = closed_with({{"a", "1"}, {"b", "2"}});
  ASSERT_TRUE(is_ok(Store::open(test::disk_with(whole), manual_merges())));
  const auto code_after = [&](auto change) {
    Files files = whole;
    change(files);
    const Status status = Store::open(test::disk_with(files), manual_merges()).status();
    Options options = manual_merges();
    options.snapshots = false;
    EXPECT_EQ(Store::open(test::disk_with(files), options).status().to_string(), status.to_string())
        << "with and without snapshots";
    return status;
  };
  EXPECT_TRUE(has_code(code_after([](Files& f) { f.erase("000001.log"); }), StatusCode::kCorruption)) << "missing";
  EXPECT_TRUE(has_code(code_after([](Files& f) { f.at("000001.log").pop_back(); }), StatusCode::kCorruption))
      << "shorter";
  EXPECT_TRUE(has_code(code_after([](Files& f) { f.at("000001.log") += '\0'; }), StatusCode::kCorruption)) << "longer";
  EXPECT_TRUE(has_code(code_after([](Files& f) { f.at("000001.log")[0] ^= 1; }), StatusCode::kCorruption)) << "header";
  EXPECT_TRUE(has_code(code_after([](Files& f) { std::swap(f.at("000001.log"), f.at("000002.log")); }),
                       StatusCode::kCorruption))
      << "exchanged";
  EXPECT_TRUE(has_code(code_after([](Files& f) { f.at("000001.log") = f.at("000002.log"); }), StatusCode::kCorruption))
      << "overwritten by another segment";
}

TEST(Recovery, DamageInASealedSegmentIsFoundByTheOpenOrWithASnapshotByTheRead) {
  const Files whole = closed_with({{"a", "1"}, {"b", "2"}});
  Options options = manual_merges();
  int damaged_places = 0;
  for (const std::size_t at : {32U, 40U, 56U, 58U, 63U}) {  // header, sizes, key, padding
    Files files = whole;
    files.at("000001.log")[at] ^= 1;
    options.snapshots = false;
    const auto store = Store::open(test::disk_with(files), options);
    ASSERT_TRUE(has_code(store, StatusCode::kCorruption)) << at;
    EXPECT_EQ(store.status().file(), "000001.log");
    EXPECT_EQ(store.status().offset(), 32U);

    options.snapshots = true;
    const auto with_snapshots = test::open_store(test::disk_with(files), options);
    EXPECT_EQ(with_snapshots->recovery_report().snapshots_used, 2U);
    std::string value = "untouched";
    const Status status = with_snapshots->get("a", &value);
    ASSERT_TRUE(has_code(status, StatusCode::kCorruption)) << at;
    EXPECT_EQ(status.file(), "000001.log");
    EXPECT_EQ(status.offset(), 32U);
    EXPECT_EQ(value, "untouched");
    EXPECT_EQ(lookup(*with_snapshots, "b"), "2") << "the rest is intact";
    ++damaged_places;
  }
  EXPECT_EQ(damaged_places, 5);
}

TEST(Recovery, ACountThatDoesNotAgreeIsCorruption) {
  const Files whole = closed_with({{"a", "a value as long as another record"}});
  Manifest manifest = must(parse_manifest(whole.at("MANIFEST")));
  ++manifest.sealed[0].record_count;
  Files files = whole;
  files["MANIFEST"] = encode_manifest(manifest);
  const auto store = Store::open(test::disk_with(files), manual_merges());
  ASSERT_TRUE(has_code(store, StatusCode::kCorruption));
  EXPECT_EQ(store.status().file(), "000001.log");
}

TEST(Recovery, AMissingActiveSegmentIsCorruption) {
  Files files = killed_after({{"a", "1"}}).files;
  ASSERT_EQ(files.erase("000001.log"), 1U);
  EXPECT_TRUE(has_code(Store::open(test::disk_with(files), manual_merges()), StatusCode::kCorruption));
}

TEST(Recovery, ANewerFormatIsNamedAndNotDestroyed) {
  Files files = closed_with({{"a", "1"}});
  std::string& log = files.at("000001.log");
  store_u32(&log[12], 7);
  store_u32(&log[8], static_cast<std::uint32_t>(checksum64(std::string_view(log).substr(12, 20), kSegmentMagic)));
  const auto disk = test::disk_with(files);
  const auto store = Store::open(disk, manual_merges());
  ASSERT_TRUE(has_code(store, StatusCode::kInvalidArgument));
  EXPECT_NE(store.status().message().find("version 7"), std::string_view::npos);
  EXPECT_EQ(disk->state().contents(), files);
}

TEST(Recovery, TheOrderInTheManifestIsAgeAndNotTheNumbers) {
  // A merge does not look into the active segment. So its output, with the highest number, holds an older value than
  // the active segment.
  const auto disk = test::disk_with({});
  auto store = test::open_store(disk, manual_merges());
  must(store->put("a", "old"));
  must(store->roll());
  must(store->put("a", "new"));
  must(store->merge(MergeRun{1, 1}));
  must(store->close());
  const Manifest manifest = must(parse_manifest(disk->state().contents().at("MANIFEST")));
  ASSERT_EQ(manifest.sealed.size(), 2U);
  ASSERT_GT(manifest.sealed[0].number, manifest.sealed[1].number);
  store = test::open_store(disk, manual_merges());
  EXPECT_EQ(lookup(*store, "a"), "new");
  must(store->merge());
  EXPECT_EQ(lookup(*store, "a"), "new");
}

TEST(Recovery, RemovesWhatTheManifestDoesNotName) {
  Files files = closed_with({{"a", "1"}});
  files["000077.log"] = "left over by a merge";
  files["000077.idx"] = "and its snapshot";
  files["000078.idx.tmp"] = "half of another";
  for (const char* name : {"notes.txt", "notes.tmp", "12.idx", "000012.idx.old"}) files[name] = "mine";
  const auto disk = test::disk_with(files);
  EventRecorder events;
  Options options = manual_merges();
  options.observer = &events;
  const auto store = test::open_store(disk, options);
  const std::vector<std::string> removed{"000077.idx", "000077.log", "000078.idx.tmp"};
  EXPECT_EQ(store->recovery_report().files_removed, removed);
  EXPECT_EQ(events.of(EventKind::kOrphanRemoved).size(), 3U);
  for (const std::string& name : removed) EXPECT_EQ(disk->state().find(name), nullptr) << name;
  for (const char* name : {"notes.txt", "notes.tmp", "12.idx", "000012.idx.old", "000001.idx"})
    EXPECT_NE(disk->state().find(name), nullptr) << name;
  EXPECT_GT(value_of(store->stats().segments.back().number), 77U) << "its number is not used again";
}

TEST(Recovery, AFileWithANumberThatNoStoreMayUseIsForeign) {
  for (const char* name : {"1000000000000000000.log", "9223372036854775808.log", "18446744073709551614.log",
                           "18446744073709551615.log", "18446744073709551615.idx"}) {
    Files files = closed_with({{"a", "1"}});
    files[name] = "mine";
    const auto disk = test::disk_with(files);
    for (int run = 0; run < 2; ++run) {
      const auto store = test::open_store(disk, manual_merges());
      EXPECT_EQ(lookup(*store, "a"), "1") << name;
      must(store->put("a", "1"));
      must(store->roll());
      must(store->close());
    }
    EXPECT_EQ(disk->state().contents().at(name), "mine");
    EXPECT_LT(value_of(must(read_manifest(*disk)).next_number), 20U) << "numbers go on from the store's own";
  }
}

TEST(Recovery, WithoutNumbersForAnOpenNothingIsWritten) {
  // An open takes two numbers. A file or a manifest leaves that many, or does not.
  for (const auto& [last_used, opens] : std::vector<std::pair<std::uint64_t, bool>>{
           {kMaxSegmentNumber - 2, true}, {kMaxSegmentNumber - 1, false}, {kMaxSegmentNumber, false}}) {
    for (const bool in_manifest : {false, true}) {
      Files files = closed_with({{"a", "1"}});
      if (in_manifest) {
        Manifest manifest = must(parse_manifest(files.at("MANIFEST")));
        manifest.next_number = SegmentNumber{last_used + 1};
        files.at("MANIFEST") = encode_manifest(manifest);
      } else {
        files[segment_file_name(SegmentNumber{last_used})] = "";
      }
      const auto disk = test::disk_with(files);
      const Result<std::unique_ptr<Store>> store = Store::open(disk, manual_merges());
      EXPECT_EQ(store.ok(), opens) << last_used;
      if (!opens) {
        EXPECT_TRUE(has_code(store, StatusCode::kNoSpace));
        EXPECT_EQ(disk->state().contents(), files);
      }
      EXPECT_EQ(lookup(*test::open_store(test::disk_with(files), test::read_only()), "a"), "1") << "it can be read";
    }
  }
}

TEST(Recovery, WhenTheNumbersEndARollChangesNothingAndTheStoreContinues) {
  Files files = closed_with({{"a", "1"}});
  Manifest manifest = must(parse_manifest(files.at("MANIFEST")));
  manifest.next_number = SegmentNumber{kMaxSegmentNumber - 1};
  files.at("MANIFEST") = encode_manifest(manifest);
  const auto disk = test::disk_with(files);
  {
    const auto store = test::open_store(disk, manual_merges());
    must(store->put("b", "2"));
    must(store->roll());  // to the last number
    must(store->put("c", "3"));
    EXPECT_TRUE(has_code(store->roll(), StatusCode::kNoSpace));
    EXPECT_TRUE(has_code(store->merge(), StatusCode::kNoSpace));
    EXPECT_TRUE(is_ok(store->put("d", "4")));
    EXPECT_TRUE(is_ok(store->close()));
  }
  EXPECT_EQ(dump(*test::open_store(disk, test::read_only())), (Pairs{{"a", "1"}, {"b", "2"}, {"c", "3"}, {"d", "4"}}));
  EXPECT_TRUE(has_code(Store::open(disk, manual_merges()), StatusCode::kNoSpace));
}

TEST(Recovery, RemovesNothingFromADamagedStore) {
  Files files = closed_with({{"a", "1"}, {"b", "2"}});
  files["000077.log"] = "left over";
  files["000077.idx"] = "left over";
  files.at("000002.log")[40] ^= 1;
  const auto disk = test::disk_with(files);
  Options options = manual_merges();
  options.snapshots = false;
  ASSERT_TRUE(has_code(Store::open(disk, options), StatusCode::kCorruption));
  EXPECT_EQ(disk->state().contents(), files);
}

TEST(Recovery, TheSealedFilesBytesAreNotTouched) {
  const Files files = closed_with({{"a", "1"}, {"b", "2"}});
  const auto disk = test::disk_with(files);
  const auto store = test::open_store(disk, manual_merges());
  for (const char* name : {"000001.log", "000002.log", "000001.idx", "000002.idx"})
    EXPECT_EQ(disk->state().contents().at(name), files.at(name));
}

TEST(Recovery, WhatAnOpenShowedIsDurable) {
  const auto disk = std::make_shared<sim::SimDisk>();
  {
    const auto store = test::open_store(disk, manual_merges());
    must(store->put("a", "only in the cache"));
    // The process is killed; the next one opens; then the power fails.
    const auto second = std::make_shared<sim::SimDisk>(must(sim::crash_image(disk->state(), {})));
    const auto again = test::open_store(second, manual_merges());
    ASSERT_EQ(lookup(*again, "a"), "only in the cache");
    const auto third = must(sim::crash_image(second->state(), {.fault = sim::Fault::kLoseUnsynced}));
    EXPECT_EQ(lookup(*test::open_store(std::make_shared<sim::SimDisk>(third), manual_merges()), "a"),
              "only in the cache");
  }
}

TEST(Recovery, DoesNotAppendAfterAnOldTail) {
  // Appending after a bad tail shows only at the second recovery.
  const Killed killed = killed_after({{"a", "1"}, {"b", "2"}});
  Files files = killed.files;
  files.at("000001.log")[killed.ends[0] + 30] ^= 1;
  const auto disk = test::disk_with(files);
  auto store = test::open_store(disk, manual_merges());
  EXPECT_EQ(store->recovery_report().cut_offset, killed.ends[0]);
  must(store->put("c", "3"));
  must(store->sync());
  const auto after = must(sim::crash_image(disk->state(), {.fault = sim::Fault::kLoseUnsynced}));
  EXPECT_EQ(dump(*test::open_store(std::make_shared<sim::SimDisk>(after), manual_merges())),
            (Pairs{{"a", "1"}, {"c", "3"}}));
}

TEST(Recovery, OpeningTwiceShowsTheSame) {
  const auto disk = test::disk_with(killed_after({{"a", "1"}, {"b", "2"}}).files);
  Pairs first;
  {
    const auto store = test::open_store(disk, manual_merges());
    first = dump(*store);
  }
  EXPECT_EQ(first, (Pairs{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(dump(*test::open_store(disk, manual_merges())), first);
}

TEST(Recovery, ReadOnlyServesThePrefixAndChangesNothing) {
  const Killed killed = killed_after({{"a", "1"}, {"b", "2"}});
  Files files = killed.files;
  files.at("000001.log")[killed.ends[0] + 30] ^= 1;
  const auto disk = test::disk_with(files);
  const auto store = test::open_store(disk, test::read_only());
  EXPECT_EQ(dump(*store), (Pairs{{"a", "1"}}));
  EXPECT_EQ(lookup(*store, "a"), "1");
  EXPECT_EQ(lookup(*store, "b"), std::nullopt);
  EXPECT_GT(store->recovery_report().bytes_cut, 0U);
  EXPECT_TRUE(has_code(store->put("c", "3"), StatusCode::kReadOnly));
  must(store->close());
  EXPECT_EQ(disk->state().contents(), files);
}

TEST(Recovery, AFailingDiskIsAnErrorAndNeverAnEmptyStore) {
  const Files files = killed_after({{"a", "1"}, {"b", "2"}}).files;
  int failures = 0;
  for (const Kind kind : {Kind::kCreate, Kind::kAppend, Kind::kTruncate, Kind::kSync, Kind::kRename, Kind::kRemove,
                          Kind::kSyncDirectory}) {
    for (std::uint64_t n = 1; n <= 10; ++n) {
      for (const StatusCode code : {StatusCode::kIoError, StatusCode::kNoSpace}) {
        const auto disk = test::disk_with(files);
        disk->fail(kind, n,
                   code == StatusCode::kIoError ? Status::io_error("disk", "no") : Status::no_space("disk", "full"));
        const auto store = Store::open(disk, manual_merges());
        if (store.ok()) continue;  // the open makes fewer calls
        ++failures;
        const bool after_a_rename = kind == Kind::kSyncDirectory && has_code(store, StatusCode::kIoError);
        EXPECT_TRUE(after_a_rename || has_code(store, code)) << sim::name_of(kind) << " " << n;
        const auto again = test::open_store(std::make_shared<sim::SimDisk>(disk->state()), manual_merges());
        EXPECT_EQ(dump(*again), (Pairs{{"a", "1"}, {"b", "2"}})) << sim::name_of(kind) << " " << n;
      }
    }
  }
  // 4 creates, 6 appends, 1 cut, 4 syncs of files, 2 renames, 1 removal, 4 syncs of the directory; each with two
  // errors.
  EXPECT_EQ(failures, 2 * (4 + 6 + 1 + 4 + 2 + 1 + 4));
}

TEST(Recovery, DeletesLeftoversBeforeItNeedsSpace) {
  Files files = killed_after({{"a", "1"}, {"b", "2"}}).files;
  files["000077.log"] = std::string(10'000, 'x');  // from a merge that was killed
  const auto disk = test::disk_with(files);
  disk->limit_space(disk->space_used() + 200);  // enough for a manifest, not for a new segment of 4 KiB
  const auto store = test::open_store(disk, manual_merges());
  EXPECT_EQ(disk->refused_calls(), 0U);
  EXPECT_EQ(dump(*store), (Pairs{{"a", "1"}, {"b", "2"}}));
}

TEST(Recovery, OfADamagedStoreDeletesNothing) {
  Files files = closed_with({{"a", "1"}, {"b", "2"}});
  files["000077.log"] = "left over";
  files.at("000002.log")[40] ^= 1;
  files.erase("000002.idx");
  const auto disk = test::disk_with(files);
  ASSERT_TRUE(has_code(Store::open(disk, manual_merges()), StatusCode::kCorruption));
  EXPECT_EQ(disk->state().contents(), files);
}

TEST(Recovery, AnOpenWithoutSpaceLeavesNoneOfItsFilesAndWorksWhenThereIsRoom) {
  const Files files = killed_after({{"a", "1"}, {"b", std::string(1000, 'b')}}).files;
  const std::uint64_t used = test::disk_with(files)->space_used();
  int refused = 0;
  std::set<std::string> where;  // what could not be made
  for (std::uint64_t room = 0;; room += 50) {
    const auto disk = test::disk_with(files);
    disk->limit_space(used + room);
    const auto store = Store::open(disk, manual_merges());
    if (store.ok()) break;
    ++refused;
    ASSERT_TRUE(has_code(store, StatusCode::kNoSpace)) << room;
    where.insert(std::string(store.status().file()));
    Files left = disk->state().contents();
    left.erase("MANIFEST.tmp");  // cut short, and replaced by the next one
    ASSERT_EQ(left, files) << "with room for " << room << " bytes";
    disk->limit_space(0);
    ASSERT_EQ(dump(*test::open_store(disk, manual_merges())), (Pairs{{"a", "1"}, {"b", std::string(1000, 'b')}}));
  }
  EXPECT_GT(refused, 80) << "the copy, 4 KiB for a new segment, and a manifest";
  EXPECT_EQ(where, (std::set<std::string>{"MANIFEST.tmp", "000002.log", "000003.log"}));
}

TEST(Recovery, ReadsThroughShortReads) {
  const auto disk = test::disk_with(killed_after({{"a", "1"}, {"b", std::string(1000, 'v')}}).files);
  disk->limit_reads(5);
  const auto store = test::open_store(disk, manual_merges());
  EXPECT_EQ(dump(*store), (Pairs{{"a", "1"}, {"b", std::string(1000, 'v')}}));
}

TEST(Recovery, TellsAnObserverWhatItFoundAndDid) {
  const Killed killed = killed_after({{"a", "1"}, {"b", "2"}});
  Files files = killed.files;
  files.at("000001.log")[killed.ends[0] + 30] ^= 1;
  EventRecorder events;
  Options options = manual_merges();
  options.observer = &events;
  const auto store = test::open_store(test::disk_with(files), options);
  ASSERT_EQ(events.of(EventKind::kRecoveryOpened).size(), 1U);
  ASSERT_EQ(events.of(EventKind::kRecoveryScanned).size(), 1U);
  EXPECT_EQ(events.of(EventKind::kRecoveryScanned)[0].key, "a");
  ASSERT_EQ(events.of(EventKind::kRecoveryCut).size(), 1U);
  EXPECT_EQ(events.of(EventKind::kRecoveryCut)[0].offset, killed.ends[0]);
  EXPECT_EQ(events.of(EventKind::kRecoveryCut)[0].why, "the body's checksum does not match");
  ASSERT_EQ(events.of(EventKind::kRecoveryRewrote).size(), 1U);
  EXPECT_EQ(events.of(EventKind::kOpened).size(), 1U);
}

}  // namespace
}  // namespace sediment
