// The protocols, call by call: what each part of the engine does to the disk, in which order, and where each sync is.
//
// A missing sync loses data only in a power cut, so no test of a store's answers can see it. Here it is a missing line.
#include <gtest/gtest.h>

#include "engine/store.h"
#include "tests/support/sim_helpers.h"

namespace sediment {
namespace {

using test::lookup;
using test::must;
using Operations = std::vector<std::string>;

const Operations kPublish = {"create MANIFEST.tmp", "append MANIFEST.tmp", "sync MANIFEST.tmp",
                             "rename MANIFEST.tmp MANIFEST", "sync-directory"};

// The same for a roll or a close, which seals a log between the two halves.
Operations publish_around_the_seal_of(const std::string& log) {
  return {"create MANIFEST.tmp", "append MANIFEST.tmp",          "sync MANIFEST.tmp", "truncate " + log,
          "sync " + log,         "rename MANIFEST.tmp MANIFEST", "sync-directory"};
}
const Operations kPublishAroundTheSeal = publish_around_the_seal_of("000001.log");

Operations operator+(Operations first, const Operations& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

// What snapshot.cc does for a sealed segment. The directory is not synced: only time depends on it.
Operations snapshot_of(const std::string& number) {
  const std::string name = number + ".idx";
  const std::string temporary = name + ".tmp";
  return {"create " + temporary, "append " + temporary, "sync " + temporary, "rename " + temporary + " " + name};
}

// A store on a traced disk; since_last() returns what was done since the previous call.
class Protocol : public ::testing::Test {
 protected:
  std::unique_ptr<Store> open(Options options = test::manual_merges()) { return test::open_store(disk_, options); }

  Operations since_last() {
    Operations operations = test::operations_of(trace_, seen_);
    seen_ = trace_.operation_count();
    return operations;
  }

  // What a killed process leaves: the same disk without its lock.
  void kill() {
    const sim::DiskState state = disk_->state();
    disk_ = std::make_shared<sim::SimDisk>(state, sim::SimDiskOptions(), &trace_);
  }

  // A separate segment for each text.
  static void seal_each(Store& store, const std::vector<std::pair<std::string, std::string>>& pairs) {
    for (const auto& [key, value] : pairs) {
      must(store.put(key, value));
      must(store.roll());
    }
  }

  sim::Trace trace_;
  std::shared_ptr<sim::SimDisk> disk_ =
      std::make_shared<sim::SimDisk>(sim::DiskState(), sim::SimDiskOptions(), &trace_);

 private:
  std::uint64_t seen_ = 0;
};

TEST_F(Protocol, CreatePublishesAnEmptyManifestBeforeTheFirstSegment) {
  const auto store = open();
  EXPECT_EQ(since_last(),
            (Operations{"sync-directory"} + kPublish +
             Operations{"create 000001.log", "append 000001.log", "sync 000001.log", "sync-directory"} + kPublish));
}

TEST_F(Protocol, PutWithoutSyncIsOneAppend) {
  const auto store = open();
  since_last();
  must(store->put("a", "1"));
  EXPECT_EQ(since_last(), (Operations{"append 000001.log"}));
  must(store->remove("a"));
  EXPECT_EQ(since_last(), (Operations{"append 000001.log"}));
  must(store->sync());
  EXPECT_EQ(since_last(), (Operations{"sync 000001.log"}));
}

TEST_F(Protocol, PutWithSyncIsAcknowledgedAfterItsSync) {
  const auto store = open(test::with_sync_policy(test::manual_merges(), SyncPolicy::kEveryWrite));
  since_last();
  must(store->put("a", "1"));
  EXPECT_EQ(since_last(), (Operations{"append 000001.log", "sync 000001.log"}));
  must(store->remove("a"));
  EXPECT_EQ(since_last(), (Operations{"append 000001.log", "sync 000001.log"}));
}

TEST_F(Protocol, RollMakesTheNewSegmentDurableThenTheManifestsTextThenTheOldOneThenPublishes) {
  const auto store = open();
  must(store->put("a", "1"));
  since_last();
  must(store->roll());
  EXPECT_EQ(since_last(), (Operations{"create 000002.log", "append 000002.log", "sync 000002.log", "sync-directory"} +
                           kPublishAroundTheSeal + snapshot_of("000001")));
  must(store->roll());
  EXPECT_EQ(since_last(), Operations{}) << "there is nothing to seal";
}

TEST_F(Protocol, WithoutSnapshotsNothingIsWrittenAfterARollAMergeAnOpenOrAClose) {
  Options options = test::manual_merges();
  options.snapshots = false;
  auto store = open(options);
  since_last();
  must(store->put("a", "1"));
  must(store->roll());
  EXPECT_EQ(since_last(), (Operations{"append 000001.log", "create 000002.log", "append 000002.log", "sync 000002.log",
                                      "sync-directory"} +
                           kPublishAroundTheSeal));
  must(store->merge(MergeRun{1, 1}));
  EXPECT_EQ(since_last(), (Operations{"create 000003.log", "append 000003.log", "append 000003.log",
                                      "truncate 000003.log", "sync 000003.log", "sync-directory"} +
                           kPublish + Operations{"remove 000001.log"}));
  must(store->put("b", "2"));
  must(store->close());
  EXPECT_EQ(since_last(), Operations{"append 000002.log"} + publish_around_the_seal_of("000002.log"));
  store = open(options);
  EXPECT_EQ(since_last(),
            (Operations{"sync-directory"} + kPublish +
             Operations{"create 000004.log", "append 000004.log", "sync 000004.log", "sync-directory"} + kPublish));
}

TEST_F(Protocol, ASnapshotRemovesTheRemainsOfAnEarlierOne) {
  const auto store = open();
  must(store->put("a", "1"));
  must(must(disk_->create("000001.idx.tmp", 0))->append({"half"}));
  since_last();
  must(store->close());
  EXPECT_EQ(since_last(), (kPublishAroundTheSeal + Operations{"remove 000001.idx.tmp"} + snapshot_of("000001")));
}

TEST_F(Protocol, ASnapshotThatCannotBeWrittenIsRemovedAndNotTriedAgain) {
  const auto store = open();
  must(store->put("a", "1"));
  disk_->fail(sim::DiskOperation::Kind::kSync, 4, Status::io_error("000001.idx.tmp", "no"));
  since_last();
  must(store->roll());
  EXPECT_EQ(since_last(), (Operations{"create 000002.log", "append 000002.log", "sync 000002.log", "sync-directory"} +
                           kPublishAroundTheSeal +
                           Operations{"create 000001.idx.tmp", "append 000001.idx.tmp", "remove 000001.idx.tmp"}));
  must(store->put("b", "2"));
  must(store->close());
  EXPECT_EQ(since_last(),
            (Operations{"append 000002.log"} + publish_around_the_seal_of("000002.log") + snapshot_of("000002")));
}

TEST_F(Protocol, OpenWritesMissingSnapshots) {
  auto store = open();
  seal_each(*store, {{"a", "1"}, {"b", "2"}});
  must(store->close());
  must(disk_->remove("000001.idx"));
  since_last();
  store = open();
  EXPECT_EQ(since_last(), (Operations{"sync-directory"} + kPublish +
                           Operations{"create 000004.log", "append 000004.log", "sync 000004.log", "sync-directory"} +
                           kPublish + Operations{"remove 000003.log"} + snapshot_of("000001")));
}

TEST_F(Protocol, APutThatDoesNotFitRollsFirst) {
  const auto store = open(test::small_segments(128));
  for (int i = 0; i < 3; ++i) must(store->put("key", "1"));
  since_last();
  must(store->put("key", "4"));
  EXPECT_EQ(since_last(), (Operations{"create 000002.log", "append 000002.log", "sync 000002.log", "sync-directory"} +
                           kPublishAroundTheSeal + Operations{"append 000002.log"} + snapshot_of("000001")));
}

TEST_F(Protocol, MergeSyncsItsOutputAndItsNameBeforeItPublishesAndRemovesTheInputsLast) {
  const auto store = open();
  seal_each(*store, {{"a", "1"}, {"b", "2"}});
  since_last();
  must(store->merge(MergeRun{1, 2}));
  EXPECT_EQ(since_last(),
            (Operations{"create 000004.log", "append 000004.log", "append 000004.log", "append 000004.log",
                        "truncate 000004.log", "sync 000004.log", "sync-directory"} +
             kPublish + Operations{"remove 000001.log", "remove 000001.idx", "remove 000002.log", "remove 000002.idx"} +
             snapshot_of("000004")));
}

TEST_F(Protocol, MergeOfEverythingRollsFirst) {
  const auto store = open();
  must(store->put("a", "1"));
  since_last();
  must(store->merge());
  EXPECT_EQ(since_last(), (Operations{"create 000002.log", "append 000002.log", "sync 000002.log", "sync-directory"} +
                           kPublishAroundTheSeal +
                           Operations{"create 000003.log", "append 000003.log", "append 000003.log",
                                      "truncate 000003.log", "sync 000003.log", "sync-directory"} +
                           kPublish + Operations{"remove 000001.log"} + snapshot_of("000003")))
      << "the segment that it sealed is an input, and needs no snapshot";
}

TEST_F(Protocol, AMergeWithNothingLeftMakesNoFile) {
  const auto store = open();
  must(store->put("a", "1"));
  must(store->remove("a"));
  must(store->roll());
  since_last();
  must(store->merge(MergeRun{1, 1}));
  EXPECT_EQ(since_last(), (kPublish + Operations{"remove 000001.log", "remove 000001.idx"}));
}

TEST_F(Protocol, AnAbandonedMergeRemovesOnlyItsOutput) {
  const auto store = open();
  seal_each(*store, {{"a", "1"}, {"b", "2"}});
  must(store->begin_merge(MergeRun{1, 2}));
  EXPECT_FALSE(must(store->merge_step()));
  since_last();
  must(store->close());
  EXPECT_EQ(since_last(), (Operations{"remove 000004.log", "truncate 000003.log", "sync 000003.log"}));
}

TEST_F(Protocol, CloseSealsAndPublishes) {
  const auto store = open();
  must(store->put("a", "1"));
  since_last();
  must(store->close());
  EXPECT_EQ(since_last(), (kPublishAroundTheSeal + snapshot_of("000001")));
  must(store->close());
  EXPECT_EQ(since_last(), Operations{}) << "the second close does nothing";
}

TEST_F(Protocol, CloseOfAnEmptySegmentLeavesTheManifestAlone) {
  const auto store = open();
  since_last();
  must(store->close());
  EXPECT_EQ(since_last(), (Operations{"truncate 000001.log", "sync 000001.log"}));
}

TEST_F(Protocol, OpenAfterAKillRewritesTheLogAndDeletesLast) {
  auto store = open();
  must(store->put("a", "1"));
  must(store->put("b", "2"));
  kill();
  since_last();
  const auto again = open();
  EXPECT_EQ(since_last(), (Operations{"sync-directory"} + kPublish +
                           Operations{"create 000002.log", "append 000002.log", "append 000002.log",
                                      "append 000002.log", "truncate 000002.log", "sync 000002.log"} +
                           Operations{"create 000003.log", "append 000003.log", "sync 000003.log", "sync-directory"} +
                           kPublish + Operations{"remove 000001.log"} + snapshot_of("000002")));
  EXPECT_EQ(lookup(*again, "a"), "1");
}

TEST_F(Protocol, OpenAfterAKillOfAnEmptySegmentRewritesNothing) {
  auto store = open();
  kill();
  since_last();
  const auto again = open();
  EXPECT_EQ(since_last(), (Operations{"sync-directory"} + kPublish +
                           Operations{"create 000002.log", "append 000002.log", "sync 000002.log", "sync-directory"} +
                           kPublish + Operations{"remove 000001.log"}));
}

TEST_F(Protocol, OpenAfterACleanCloseOnlyStartsASegment) {
  auto store = open();
  must(store->put("a", "1"));
  must(store->close());
  since_last();
  const auto again = open();
  EXPECT_EQ(since_last(),
            (Operations{"sync-directory"} + kPublish +
             Operations{"create 000002.log", "append 000002.log", "sync 000002.log", "sync-directory"} + kPublish));
  EXPECT_EQ(lookup(*again, "a"), "1");
}

TEST_F(Protocol, OpenRemovesALeftOverManifestAsItsFirstChange) {
  disk_ = std::make_shared<sim::SimDisk>(sim::DiskState::with_files({{"MANIFEST.tmp", "half"}}), sim::SimDiskOptions(),
                                         &trace_);
  const auto store = open();
  const Operations operations = since_last();
  ASSERT_GE(operations.size(), 3U);
  EXPECT_EQ(operations[0], "sync-directory");
  EXPECT_EQ(operations[1], "remove MANIFEST.tmp");
  EXPECT_EQ(operations[2], "create MANIFEST.tmp");
}

TEST_F(Protocol, ReadingChangesNothing) {
  auto store = open();
  must(store->put("a", "1"));
  must(store->roll());
  must(store->put("b", "2"));
  since_last();
  EXPECT_EQ(lookup(*store, "a"), "1");
  EXPECT_EQ(lookup(*store, "b"), "2");
  EXPECT_EQ(lookup(*store, "c"), std::nullopt);
  EXPECT_EQ(since_last(), Operations{});
  kill();
  const auto reader = open(test::read_only());
  EXPECT_EQ(lookup(*reader, "b"), "2");
  EXPECT_EQ(test::dump(*reader), (test::Pairs{{"a", "1"}, {"b", "2"}}));
  must(reader->close());
  EXPECT_EQ(since_last(), Operations{});
}

TEST_F(Protocol, NothingIsWrittenAfterAFailedSync) {
  const auto store = open();
  must(store->put("a", "1"));
  disk_->fail(sim::DiskOperation::Kind::kSync, 1, Status::io_error("000001.log", "lost"));
  EXPECT_FALSE(store->sync().ok());
  since_last();
  EXPECT_FALSE(store->put("b", "2").ok());
  EXPECT_FALSE(store->sync().ok());
  EXPECT_FALSE(store->roll().ok());
  EXPECT_FALSE(store->merge().ok());
  EXPECT_FALSE(store->close().ok());
  EXPECT_EQ(since_last(), Operations{});
}

}  // namespace
}  // namespace sediment
