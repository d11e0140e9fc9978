// The write path with several threads: one sync for many writes, and what waits for it.
#include "engine/writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "engine/store.h"
#include "sim/disk/crash.h"
#include "tests/support/event_counter.h"
#include "tests/support/segment_helpers.h"
#include "tests/support/sim_helpers.h"
#include "tests/support/watched_disk.h"

namespace sediment {
namespace {

using Call = test::WatchedDisk::Call;
using test::has_code;
using test::is_ok;
using test::must;
using test::Pairs;

// A store whose syncs of logs wait at a gate. Every write is acknowledged when it is durable.
class GroupCommit : public ::testing::Test {
 protected:
  void open(std::uint64_t segment_size_bytes = 4096) {
    Options options = test::with_sync_policy(test::small_segments(segment_size_bytes), SyncPolicy::kEveryWrite);
    options.observer = &events_;
    store_ = test::open_store(watched_, options);
    const std::lock_guard lock(calls_mutex_);
    calls_.clear();
  }
  ~GroupCommit() override {
    syncs_.open();
    for (std::thread& thread : threads_) thread.join();
    store_.reset();  // while the observer of its calls still exists
  }

  // A put in a separate thread.
  void put_in_background(const std::string& key) {
    threads_.emplace_back([this, key] { note(store_->put(key, "1")); });
  }
  void note(const Status& status) {
    const std::lock_guard lock(calls_mutex_);
    outcomes_.push_back(status.code());
  }
  void join_all() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  std::vector<StatusCode> outcomes() {
    const std::lock_guard lock(calls_mutex_);
    return outcomes_;
  }
  std::vector<std::string> calls() {
    const std::lock_guard lock(calls_mutex_);
    return calls_;
  }
  std::vector<std::string> acknowledged() {
    std::vector<std::string> keys = events_.keys(EventKind::kAcknowledged);
    std::sort(keys.begin(), keys.end());
    return keys;
  }
  // What a power cut would leave now. No thread may be using the disk.
  Pairs after_power_cut() const {
    const auto image = must(sim::crash_image(disk_->state(), {.fault = sim::Fault::kLoseUnsynced}));
    return test::dump(*test::open_store(std::make_shared<sim::SimDisk>(image), test::manual_merges()));
  }
  // The active log's records: key and durable_upto.
  std::vector<std::pair<std::string, std::uint64_t>> records_of(const std::string& name) const {
    const auto file = must(disk_->open(name));
    const SegmentHeader header = must(read_segment_header(*file, name));
    LogReader reader(*file, {name, header.nonce, file->size()});
    std::vector<std::pair<std::string, std::uint64_t>> records;
    while (true) {
      const LogReader::Step step = must(reader.next());
      if (step.verdict != RecordVerdict::kValid) return records;
      records.emplace_back(step.record.key, step.record.durable_upto);
    }
  }

  test::Gate syncs_;  // of logs
  std::atomic<bool> syncs_fail_ = false;
  test::EventCounter events_;
  std::shared_ptr<sim::SimDisk> disk_ = test::disk_with({});
  std::shared_ptr<test::WatchedDisk> watched_ =
      std::make_shared<test::WatchedDisk>(disk_, [this](Call call, std::string_view name) -> Status {
        if (call == Call::kSync && parse_segment_file_name(name)) {
          syncs_.pass();
          if (syncs_fail_) return Status::io_error(name, "the test's disk fails");
        }
        const std::lock_guard lock(calls_mutex_);
        if (call == Call::kSync) calls_.push_back("sync " + std::string(name));
        if (call == Call::kCreate) calls_.push_back("create " + std::string(name));
        return {};
      });
  std::unique_ptr<Store> store_;
  std::vector<std::thread> threads_;

 private:
  std::mutex calls_mutex_;
  std::vector<std::string> calls_;  // syncs that passed the gate, and creates
  std::vector<StatusCode> outcomes_;
};

using Keys = std::vector<std::string>;

TEST_F(GroupCommit, OneSyncAcknowledgesAllEarlierAppendsAndNoLaterOne) {
  open();
  syncs_.shut();
  put_in_background("first");
  syncs_.wait_for_arrivals(1);  // the sync that covers the first write has begun
  for (const char* key : {"k1", "k2", "k3"}) put_in_background(key);
  events_.wait_for(EventKind::kAppended, 4);
  EXPECT_EQ(acknowledged(), Keys{});

  syncs_.let_one_through();
  syncs_.wait_for_arrivals(2);  // the second sync has begun: for the three
  EXPECT_EQ(acknowledged(), Keys{"first"}) << "what was appended during a sync is not covered by it";

  put_in_background("late");
  events_.wait_for(EventKind::kAppended, 5);
  syncs_.let_one_through();
  syncs_.wait_for_arrivals(3);
  events_.wait_for(EventKind::kAcknowledged, 4);
  EXPECT_EQ(acknowledged(), (Keys{"first", "k1", "k2", "k3"})) << "one sync for three writes, but not for the late one";

  syncs_.let_one_through();
  join_all();
  EXPECT_EQ(acknowledged(), (Keys{"first", "k1", "k2", "k3", "late"}));
  EXPECT_EQ(outcomes(), std::vector<StatusCode>(5, StatusCode::kOk));
  EXPECT_EQ(store_->stats().syncs, 3U);
  EXPECT_EQ(calls(), (Keys{"sync 000001.log", "sync 000001.log", "sync 000001.log"}));
  EXPECT_EQ(after_power_cut().size(), 5U);
}

TEST_F(GroupCommit, ARecordAppendedDuringASyncCarriesTheDurableEndFromBeforeIt) {
  open();
  syncs_.shut();
  put_in_background("a");
  syncs_.wait_for_arrivals(1);
  put_in_background("b");
  events_.wait_for(EventKind::kAppended, 2);
  syncs_.let_one_through();
  syncs_.wait_for_arrivals(2);
  put_in_background("c");
  events_.wait_for(EventKind::kAppended, 3);
  syncs_.let_one_through();
  syncs_.let_one_through();
  join_all();
  put_in_background("d");
  syncs_.let_one_through();
  join_all();
  // Each record has 32 bytes. The header was durable from the start.
  EXPECT_EQ(records_of("000001.log"),
            (std::vector<std::pair<std::string, std::uint64_t>>{{"a", 32}, {"b", 32}, {"c", 64}, {"d", 128}}))
      << "b was appended after a's sync had begun and before it ended; c, likewise, during b's";
}

TEST_F(GroupCommit, AFailedSyncFailsAllWaitingWritesAndEndsAllWriting) {
  open();
  must(store_->put("before", "1"));
  syncs_.shut();
  put_in_background("first");
  syncs_.wait_for_arrivals(1);
  for (const char* key : {"k1", "k2", "k3"}) put_in_background(key);
  events_.wait_for(EventKind::kAppended, 5);
  syncs_fail_ = true;
  syncs_.open();
  join_all();
  EXPECT_EQ(outcomes(), std::vector<StatusCode>(4, StatusCode::kIoError));
  EXPECT_EQ(acknowledged(), Keys{"before"});
  EXPECT_EQ(store_->stats().puts, 1U);
  EXPECT_EQ(store_->stats().syncs, 1U);
  syncs_fail_ = false;
  EXPECT_TRUE(has_code(store_->put("later", "1"), StatusCode::kReadOnly));
  EXPECT_TRUE(has_code(store_->sync(), StatusCode::kReadOnly));
  EXPECT_EQ(calls(), Keys{"sync 000001.log"}) << "no thread tries again and believes the second answer";
  EXPECT_TRUE(has_code(store_->close(), StatusCode::kIoError));
}

TEST_F(GroupCommit, ARollWaitsForARunningSync) {
  open();
  syncs_.shut();
  put_in_background("a");
  syncs_.wait_for_arrivals(1);
  threads_.emplace_back([this] { note(store_->roll()); });
  for (int i = 0; i < 1000; ++i) {  // each takes the lock that the roll would hold
    ASSERT_EQ(store_->stats().rolls, 0U);
    std::this_thread::yield();
  }
  EXPECT_EQ(calls(), Keys{});
  syncs_.open();
  join_all();
  EXPECT_EQ(outcomes(), std::vector<StatusCode>(2, StatusCode::kOk));
  ASSERT_GE(calls().size(), 2U);
  EXPECT_EQ(calls()[0], "sync 000001.log");
  EXPECT_EQ(calls()[1], "create 000002.log") << "the roll begins when the sync has ended";
  EXPECT_EQ(store_->stats().rolls, 1U);
}

TEST_F(GroupCommit, APutThatNeedsARollWaitsForARunningSyncAndEitherAcknowledgesTheWaitingWrites) {
  open(128);  // a header and three records
  syncs_.shut();
  put_in_background("a");
  syncs_.wait_for_arrivals(1);
  for (const char* key : {"b", "c"}) put_in_background(key);
  events_.wait_for(EventKind::kAppended, 3);
  for (const char* key : {"d", "e", "f", "g"}) put_in_background(key);
  EXPECT_EQ(acknowledged(), Keys{});
  syncs_.open();
  join_all();
  EXPECT_EQ(outcomes(), std::vector<StatusCode>(7, StatusCode::kOk));
  EXPECT_EQ(after_power_cut().size(), 7U);
  EXPECT_EQ(store_->stats().segments.size(), 3U);
  EXPECT_EQ(store_->stats().rolls, 2U);
}

TEST_F(GroupCommit, CloseWaitsForARunningSync) {
  open();
  syncs_.shut();
  put_in_background("a");
  syncs_.wait_for_arrivals(1);
  put_in_background("b");
  events_.wait_for(EventKind::kAppended, 2);
  threads_.emplace_back([this] { note(store_->close()); });
  syncs_.open();
  join_all();
  EXPECT_EQ(outcomes(), std::vector<StatusCode>(3, StatusCode::kOk));
  EXPECT_EQ(after_power_cut(), (Pairs{{"a", "1"}, {"b", "1"}}));
}

TEST_F(GroupCommit, ManyThreadsLoseNothingAndShareTheirSyncs) {
  open(512);
  constexpr int kThreads = 8;
  constexpr int kWritesEach = 40;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([this, thread] {
      for (int i = 0; i < kWritesEach; ++i) {
        const std::string key = std::to_string(thread) + "/" + std::to_string(i);
        EXPECT_TRUE(is_ok(store_->put(key, "1")));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(after_power_cut().size(), std::size_t{kThreads} * kWritesEach);
  EXPECT_LE(store_->stats().syncs, std::uint64_t{kThreads} * kWritesEach) << "never more than one per write";
}

// ---- with SyncPolicy::kNever

TEST(Sync, CoversWhatWasAppendedBeforeItBegan) {
  const auto disk = test::disk_with({});
  test::Gate syncs;
  std::atomic<int> count = 0;
  const auto watched = std::make_shared<test::WatchedDisk>(disk, [&](Call call, std::string_view name) {
    if (call == Call::kSync && name == "000001.log") {
      syncs.pass();
      ++count;
    }
    return Status();
  });
  const auto store = test::open_store(watched, test::manual_merges());
  must(store->put("a", "1"));
  count = 0;
  syncs.shut();
  std::thread first([&] { EXPECT_TRUE(is_ok(store->sync())); });
  syncs.wait_for_arrivals(1);
  must(store->put("b", "2"));  // no writer waits for a sync
  EXPECT_EQ(test::lookup(*store, "b"), "2");
  std::thread second([&] { EXPECT_TRUE(is_ok(store->sync())); });
  syncs.let_one_through();
  syncs.wait_for_arrivals(2);  // b may have reached the disk by chance, which is unknowable
  first.join();
  syncs.open();
  second.join();
  EXPECT_EQ(count, 2);
  EXPECT_TRUE(is_ok(store->sync()));
  EXPECT_EQ(count, 2) << "all of it is durable";
}

}  // namespace
}  // namespace sediment
