// Maintenance concurrent with everything else, one interleaving at a time: a test holds one thread at a named place
// (engine/yield_point.h) or in a call to the disk, does something in another thread, and lets the first one go. So each
// of these interleavings happens every time.
#include "engine/maintenance.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/store.h"
#include "tests/support/event_counter.h"
#include "tests/support/memory_disk.h"
#include "tests/support/sim_helpers.h"
#include "tests/support/watched_disk.h"
#include "tests/support/yield_watch.h"

namespace sediment::test {
namespace {

using Call = WatchedDisk::Call;

constexpr const char* kStep = "maintenance.step";    // a step of a merge that the policy chose
constexpr const char* kPiece = "maintenance.piece";  // the thread looks for something to do
constexpr const char* kIdle = "maintenance.idle";    // it found nothing
constexpr std::uint64_t kSegmentSize = 4096;

// Time for another thread to do what it must not do. With a correct store it makes no difference.
void let_others_run() {
  for (int i = 0; i < 5000; ++i) std::this_thread::yield();
}

class MaintenanceThreads : public ::testing::Test {
 protected:
  void TearDown() override {
    gate_.open();
    for (std::thread& thread : threads_) thread.join();
    store_.reset();  // while its observers still exist
  }

  // A new store of six sealed segments that the policy would merge if it were not paused: more bytes than a close
  // merges, although each is small.
  void open_paused(bool background = true) {
    store_.reset();
    disk_ = disk_with({});
    watched_ =
        std::make_shared<WatchedDisk>(disk_, [this](Call call, std::string_view name) { return on_call(call, name); });
    Options options = small_segments(kSegmentSize);
    options.background_merge = background;
    options.merge_policy.automatic = true;
    options.merge_policy.bytes_per_second = bytes_per_second_;
    options.observer = &events_;
    store_ = open_store(watched_, options);
    store_->pause_merging();
    for (const char* key : {"u", "v", "w", "x", "y", "z"}) {
      must(store_->put("same", key));
      must(store_->put(key, std::string(1500, 'v')));
      must(store_->roll());
    }
  }
  template <typename Do>
  void in_another_thread(Do act) {
    threads_.emplace_back(std::move(act));
  }
  void join_all() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  // The calls that change the disk: "remove 000001.log", "change MANIFEST".
  std::size_t change_count() {
    const std::lock_guard lock(calls_mutex_);
    return changes_.size();
  }
  std::vector<std::string> changes_since(std::size_t count) {
    const std::lock_guard lock(calls_mutex_);
    return {changes_.begin() + static_cast<std::ptrdiff_t>(count), changes_.end()};
  }
  // The changes that matter. Removing a file that no manifest names is harmless: the next open would do the same.
  std::vector<std::string> harmful_changes_since(std::size_t count) {
    const std::string manifest = disk_->state().find("MANIFEST")->cached;
    std::vector<std::string> harmful;
    for (const std::string& change : changes_since(count)) {
      const auto number = change.starts_with("remove ") ? parse_segment_file_name(change.substr(7)) : std::nullopt;
      const std::string named = number ? " " + std::to_string(value_of(*number)) + " nonce=" : "";
      if (!number || manifest.find(named) != std::string::npos) harmful.push_back(change);
    }
    return harmful;
  }
  // Makes the store read-only: the sync of the active log fails.
  void fail_a_sync() {
    must(store_->put("unsynced", "1"));
    syncs_of_ = store_->stats().segments.back().number;
    EXPECT_TRUE(has_code(store_->sync(), StatusCode::kIoError));
    EXPECT_TRUE(has_code(store_->put("a", "1"), StatusCode::kReadOnly));
  }
  void close_and_expect_that_nothing_is_written() {
    const std::size_t before = change_count();
    EXPECT_TRUE(has_code(store_->close(), StatusCode::kIoError)) << "it reports what failed";
    EXPECT_EQ(harmful_changes_since(before), Words{});
  }

  using Words = std::vector<std::string>;
  std::uint64_t bytes_per_second_ = 0;
  Gate gate_;
  // Set this before the store is opened: its thread reads it.
  std::function<bool(Call, std::string_view)> stays_at_gate_ = [](Call, std::string_view) { return false; };
  std::atomic<SegmentNumber> syncs_of_ = SegmentNumber{};  // syncs of this segment fail
  EventCounter events_;
  std::shared_ptr<sim::SimDisk> disk_;
  std::shared_ptr<WatchedDisk> watched_;
  std::unique_ptr<Store> store_;

 private:
  Status on_call(Call call, std::string_view name) {
    if (stays_at_gate_(call, name)) gate_.pass();
    if (call == Call::kSync && name == segment_file_name(syncs_of_))
      return Status::io_error(name, "the test's disk fails");
    const std::lock_guard lock(calls_mutex_);
    if (changes_the_disk(call)) changes_.push_back((call == Call::kRemove ? "remove " : "change ") + std::string(name));
    return {};
  }

  std::vector<std::thread> threads_;
  std::mutex calls_mutex_;
  std::vector<std::string> changes_;
};

// ---- what stats() waits for

TEST_F(MaintenanceThreads, StatsAndMergeUnderWayAreToldWhileAMergeIsInACallToTheDisk) {
  const std::thread::id test_thread = std::this_thread::get_id();
  for (const Call wanted : {Call::kRead, Call::kCreate, Call::kAppend, Call::kSync}) {
    std::atomic<bool> watching = false;
    stays_at_gate_ = [&, wanted](Call call, std::string_view name) {
      return watching && call == wanted && parse_segment_file_name(name) && std::this_thread::get_id() != test_thread;
    };
    open_paused();
    gate_.shut();
    watching = true;
    store_->resume_merging();
    gate_.wait_for_arrivals(1);  // the merge is held in that call

    Gate told;
    told.shut();
    in_another_thread([&] {
      EXPECT_TRUE(store_->merge_under_way());
      const Stats stats = store_->stats();
      EXPECT_EQ(stats.merges, 0U);
      EXPECT_EQ(stats.segments.size(), 7U);
      store_->pause_merging();
      store_->resume_merging();
      told.pass();
    });
    told.wait_for_arrivals(1);  // never happens if they wait for the merge
    told.open();
    watching = false;
    gate_.open();
    join_all();
    store_.reset();
  }
}

// ---- pause, resume, and the rate

// At each step of a merge in turn.
TEST_F(MaintenanceThreads, APauseStopsTheMergeUnderWayAndNoStepIsDoneUntilItIsResumed) {
  SEDIMENT_NEEDS_YIELD_POINTS();
  YieldWatch watch;
  int paused_at = 0;
  for (int step = 1;; ++step) {
    open_paused();
    watch.hold(kStep);
    store_->resume_merging();
    for (int i = 1; i < step; ++i) {
      watch.wait_until_held(kStep);
      watch.let_one_through(kStep);
    }
    watch.wait_until_held(kStep);
    const bool under_way = store_->merge_under_way();
    if (step > 1 && !under_way) break;
    store_->pause_merging();
    const std::uint64_t steps = watch.passes(kStep);
    std::uint64_t idle = watch.passes(kIdle);
    watch.let_one_through(kStep);  // this step began before the pause
    ASSERT_TRUE(watch.wait_for_either(kIdle, idle + 1, kStep, steps + 1)) << "another step, in spite of the pause";
    if (store_->merge_under_way()) ++paused_at;

    idle = watch.passes(kIdle);
    must(store_->put("meanwhile", "1"));
    must(store_->roll());  // wakes the thread, which processes the sealed segment
    ASSERT_TRUE(watch.wait_for_either(kIdle, idle + 1, kStep, steps + 1)) << "a step, in spite of the pause";
    const std::size_t switched = events_.count(EventKind::kMergeSwitched);
    const bool over = store_->stats().merges > 0 || !store_->merge_under_way();
    watch.release(kStep);
    store_->resume_merging();
    if (!over) events_.wait_for(EventKind::kMergeSwitched, std::max<std::size_t>(switched, 1));
    ASSERT_LT(step, 100);
  }
  watch.release(kStep);
  store_.reset();
  EXPECT_GE(paused_at, 12 + 3) << "12 records, and the steps of the protocol";
}

TEST_F(MaintenanceThreads, AResumeWakesTheThreadThatHadNothingToDo) {
  SEDIMENT_NEEDS_YIELD_POINTS();
  std::atomic<std::size_t> settled_when_idle = 0;
  YieldWatch watch([&](std::string_view name) {
    if (name == kIdle) settled_when_idle = events_.count(EventKind::kSnapshotWritten);
  });
  open_paused();
  for (std::uint64_t idle = 1; settled_when_idle < 6; ++idle) watch.wait_for_passes(kIdle, idle);
  store_->resume_merging();  // the thread waits by now: it passes the place with the lock that a resume needs
  events_.wait_for(EventKind::kMergeSwitched, 1);  // never happens if the thread is not woken
  store_.reset();
}

TEST_F(MaintenanceThreads, ARateThatIsWorthLessThanAWaitAPieceIsKept) {
  SEDIMENT_NEEDS_YIELD_POINTS();
  YieldWatch watch;
  bytes_per_second_ = std::uint64_t{64} << 20;  // a piece of 64 KiB takes a millisecond
  Options options = small_segments(std::uint64_t{1} << 20);
  options.background_merge = true;
  options.merge_policy.automatic = true;
  options.merge_policy.bytes_per_second = bytes_per_second_;
  options.observer = &events_;
  disk_ = disk_with({});
  watched_ = std::make_shared<WatchedDisk>(disk_);
  watched_->set_clock(1'000'000'000);
  store_ = open_store(watched_, options);
  store_->pause_merging();
  constexpr int kRecords = 96;  // three segments
  for (int i = 0; i < kRecords; ++i) must(store_->put("key" + std::to_string(i), std::string(32'000, 'v')));
  must(store_->roll());
  store_->resume_merging();
  // No time passes, so only what is too little for a wait may be read: two milliseconds' worth, and the piece that
  // exceeds it.
  ASSERT_TRUE(watch.wait_for_either("maintenance.rate", 1, "catalog.commit", 1))
      << "the merge went on as fast as it could";
  EXPECT_LE(events_.count(EventKind::kMergeKept) * 32'000, 4U * 65'536);
  watch.wait_for_passes("maintenance.rate", 3);
  EXPECT_LE(events_.count(EventKind::kMergeKept) * 32'000, 4U * 65'536)
      << "it looks again, and the time is still the same";
  watched_->set_clock(1'100'000'000);
  events_.wait_for(EventKind::kMergeKept, 9);
  store_.reset();
}

// ---- a failed store: no thread writes

// At each step of a merge in turn.
TEST_F(MaintenanceThreads, AMergeUnderWayWritesNothingAfterAFailedSync) {
  SEDIMENT_NEEDS_YIELD_POINTS();
  YieldWatch watch;
  int failed_at = 0;
  for (int step = 1;; ++step) {
    syncs_of_ = SegmentNumber{};
    open_paused();
    watch.hold(kStep);
    store_->resume_merging();
    for (int i = 1; i < step; ++i) {
      watch.wait_until_held(kStep);
      watch.let_one_through(kStep);
    }
    watch.wait_until_held(kStep);
    if (step > 1 && !store_->merge_under_way()) break;
    ++failed_at;
    fail_a_sync();
    const std::size_t before = change_count();
    const std::uint64_t idle = watch.passes(kIdle);
    watch.release(kStep);
    watch.wait_for_passes(kIdle, idle + 1);
    EXPECT_EQ(harmful_changes_since(before), Words{}) << "step " << step;
    EXPECT_FALSE(store_->merge_under_way());
    close_and_expect_that_nothing_is_written();
    ASSERT_LT(step, 100);
  }
  watch.release(kStep);
  store_.reset();
  EXPECT_GE(failed_at, 1 + 12 + 3 + 6) << "begin, 12 records, sync, sync directory, publish, 6 inputs";
}

TEST_F(MaintenanceThreads, AThreadThatComesToItsNextPieceWritesNothingAfterAFailedSync) {
  SEDIMENT_NEEDS_YIELD_POINTS();
  YieldWatch watch;
  open_paused();
  watch.hold(kPiece);
  must(store_->put("b", "1"));
  must(store_->roll());  // its snapshot is still to be written
  watch.wait_until_held(kPiece);
  fail_a_sync();
  const std::size_t before = change_count();
  const std::uint64_t idle = watch.passes(kIdle);
  watch.release(kPiece);
  watch.wait_for_passes(kIdle, idle + 1);
  EXPECT_EQ(changes_since(before), Words{});
  close_and_expect_that_nothing_is_written();
  store_.reset();
}

TEST_F(MaintenanceThreads, AMergeThatIsAboutToCommitDoesNotAfterAFailedSync) {
  SEDIMENT_NEEDS_YIELD_POINTS();
  YieldWatch watch;
  open_paused();
  watch.hold("catalog.commit");
  store_->resume_merging();
  watch.wait_until_held("catalog.commit");
  fail_a_sync();
  const std::size_t before = change_count();
  const std::uint64_t idle = watch.passes(kIdle);
  watch.release("catalog.commit");
  watch.wait_for_passes(kIdle, idle + 1);
  EXPECT_EQ(changes_since(before), Words{});
  EXPECT_EQ(store_->stats().segments.size(), 7U);
  close_and_expect_that_nothing_is_written();
  store_.reset();
}

// ---- a committing merge: only what changes the list of segments waits for the disk

TEST_F(MaintenanceThreads, APutAndItsSyncDoNotWaitForTheCommitOfAMerge) {
  SEDIMENT_NEEDS_YIELD_POINTS();
  YieldWatch watch;
  stays_at_gate_ = [](Call call, std::string_view name) { return call == Call::kSync && name == "MANIFEST.tmp"; };
  open_paused();
  watch.hold("catalog.commit");
  store_->resume_merging();
  watch.wait_until_held("catalog.commit");
  gate_.shut();
  watch.release("catalog.commit");
  gate_.wait_for_arrivals(1);  // the disk is busy with the commit

  const std::size_t acknowledged = events_.count(EventKind::kAcknowledged);
  in_another_thread([&] {
    must(store_->put("beside", "1"));
    must(store_->sync());
    must(store_->put("beside", "2"));
  });
  events_.wait_for(EventKind::kAcknowledged, acknowledged + 2);
  EXPECT_EQ(store_->stats().segments.size(), 7U) << "and the merge has not committed yet";
  std::string value;
  EXPECT_TRUE(is_ok(store_->get("same", &value)));

  const std::size_t rolled = events_.count(EventKind::kRolled);
  in_another_thread([&] { must(store_->roll()); });  // this does wait, and comes after the merge
  let_others_run();
  EXPECT_EQ(events_.count(EventKind::kRolled), rolled);
  gate_.open();
  join_all();
  const Pairs expected = [&] {
    Pairs pairs{{"same", "z"}, {"beside", "2"}};
    for (const char* key : {"u", "v", "w", "x", "y", "z"}) pairs[key] = std::string(1500, 'v');
    return pairs;
  }();
  EXPECT_EQ(dump(*store_), expected);
  store_.reset();
  store_ = open_store(watched_, {});
  EXPECT_EQ(dump(*store_), expected);
  store_.reset();
}

// ---- close, concurrent with everything

TEST_F(MaintenanceThreads, AWriterThatHasSealedASegmentMaintainsNothingWhenTheStoreIsBeingClosed) {
  SEDIMENT_NEEDS_YIELD_POINTS();
  for (const char* closing_at : {"store.closing", ""}) {  // and after it
    YieldWatch watch;
    open_paused(false);
    must(store_->put("last", "1"));
    watch.hold("maintenance.after_roll");
    in_another_thread([&] { EXPECT_TRUE(is_ok(store_->roll())); });
    watch.wait_until_held("maintenance.after_roll");
    store_->resume_merging();  // now there is much to merge
    watch.hold(closing_at);
    std::thread closing([&] { EXPECT_TRUE(is_ok(store_->close())); });
    if (*closing_at != '\0') watch.wait_until_held(closing_at);
    if (*closing_at == '\0') closing.join();
    const std::size_t before = change_count();
    watch.release("maintenance.after_roll");
    join_all();
    EXPECT_EQ(changes_since(before), Words{});
    watch.release(closing_at);
    if (closing.joinable()) closing.join();
    EXPECT_EQ(changes_since(before), Words{});
    EXPECT_GT(store_->stats().segments.size(), 4U) << "close itself merges little";
    store_.reset();
  }
}

TEST_F(MaintenanceThreads, NoMergeBeginsOrGoesOnWhenCloseHasBegun) {
  SEDIMENT_NEEDS_YIELD_POINTS();
  for (const char* closing_at : {"maintenance.joined", "store.closing"}) {
    YieldWatch watch;
    open_paused();
    must(store_->begin_merge());
    ASSERT_FALSE(must(store_->merge_step()));
    watch.hold(closing_at);
    std::thread closing([&] { EXPECT_TRUE(is_ok(store_->close())); });
    watch.wait_until_held(closing_at);
    const std::size_t before = change_count();
    EXPECT_TRUE(has_code(store_->merge_step(), StatusCode::kReadOnly)) << closing_at;
    EXPECT_TRUE(has_code(store_->merge(), StatusCode::kReadOnly));
    EXPECT_TRUE(has_code(store_->merge(MergeRun{1, 2}), StatusCode::kReadOnly));
    EXPECT_TRUE(has_code(store_->begin_merge(), StatusCode::kReadOnly));
    EXPECT_TRUE(has_code(store_->begin_merge(MergeRun{1, 2}), StatusCode::kReadOnly));
    EXPECT_EQ(changes_since(before), Words{});
    watch.release(closing_at);
    closing.join();
    EXPECT_TRUE(has_code(store_->merge_step(), StatusCode::kReadOnly)) << "the merge was given up and is not complete";
    EXPECT_FALSE(store_->merge_under_way());
    store_.reset();
  }
}

TEST_F(MaintenanceThreads, ACloseEndsTheMergeThatAnotherThreadIsIn) {
  SEDIMENT_NEEDS_YIELD_POINTS();
  YieldWatch watch;
  std::atomic<bool> watching = false;
  stays_at_gate_ = [&](Call call, std::string_view name) {
    return watching && call == Call::kAppend && parse_segment_file_name(name);
  };
  open_paused(/*background=*/false);  // the store's thread could wait for the merge, and close for that thread
  must(store_->roll());
  gate_.shut();
  watching = true;
  in_another_thread([&] { EXPECT_TRUE(has_code(store_->merge(MergeRun{1, 6}), StatusCode::kReadOnly)); });
  gate_.wait_for_arrivals(1);  // the first record is copied
  std::thread closing([&] { EXPECT_TRUE(is_ok(store_->close())); });
  watch.wait_for_passes("maintenance.joined", 1);
  watching = false;
  gate_.open();
  closing.join();
  join_all();
  EXPECT_EQ(store_->stats().merges, 0U);
  EXPECT_EQ(events_.count(EventKind::kMergeAbandoned), 1U);
  EXPECT_EQ(dump(*open_store(disk_, manual_merges())).size(), 7U);
  store_.reset();
}

TEST_F(MaintenanceThreads, OfTwoClosesAtOnceTheSecondWaitsUntilTheStoreIsReleased) {
  std::atomic<bool> watching = false;
  stays_at_gate_ = [&](Call call, std::string_view name) {
    return watching && call == Call::kSync && parse_segment_file_name(name);
  };
  open_paused();
  must(store_->put("last", "1"));
  gate_.shut();
  watching = true;
  in_another_thread([&] { EXPECT_TRUE(is_ok(store_->close())); });
  gate_.wait_for_arrivals(1);  // it is sealing the active segment
  Gate second;
  second.shut();
  in_another_thread([&] {
    second.pass();
    EXPECT_TRUE(is_ok(store_->close()));
    EXPECT_EQ(events_.count(EventKind::kClosed), 1U) << "the first one has ended";
  });
  second.wait_for_arrivals(1);
  second.open();
  let_others_run();
  EXPECT_EQ(events_.count(EventKind::kClosed), 0U);
  watching = false;
  gate_.open();
  join_all();
  EXPECT_EQ(dump(*open_store(disk_, manual_merges())).size(), 8U);
}

// For ThreadSanitizer: a writer checks whether there is a thread while close joins it. Here only relaxed atomics are
// shared by the two, and they order nothing.
TEST(MaintenanceRaces, AWriterThatHasSealedASegmentDoesNotLookAtTheThreadThatIsJoined) {
  SEDIMENT_NEEDS_YIELD_POINTS();
#ifdef SEDIMENT_YIELD_POINTS
  static std::atomic<bool> rolled;
  static std::atomic<bool> joined;
  int met = 0;
  for (int round = 0; round < 20; ++round) {
    rolled = false;
    joined = false;
    yield_hook = [](const char* place) {
      const std::string_view name(place);
      if (name == "maintenance.joined") joined.store(true, std::memory_order_relaxed);
      if (name != "maintenance.after_roll") return;
      rolled.store(true, std::memory_order_relaxed);
      for (int i = 0; i < 100'000 && !joined.load(std::memory_order_relaxed); ++i) std::this_thread::yield();
    };
    Options options = small_segments(kSegmentSize);
    options.background_merge = true;
    const auto store = open_store(std::make_shared<MemoryDisk>(), options);
    must(store->put("a", "1"));
    std::thread writer([&] { must(store->roll()); });
    while (!rolled.load(std::memory_order_relaxed)) std::this_thread::yield();
    must(store->close());
    writer.join();
    if (joined) ++met;
    yield_hook = nullptr;
  }
  EXPECT_EQ(met, 20);
#endif
}

// ---- what freeze returns

TEST_F(MaintenanceThreads, AFreezeTakesManifestAndSegmentsInOneLook) {
  SEDIMENT_NEEDS_YIELD_POINTS();
  std::atomic<bool> looking = false;
  std::atomic<bool> rolled = false;
  YieldWatch watch([&](std::string_view name) {
    if (name != "catalog.frozen") return;
    looking = true;
    for (int i = 0; i < 5000 && !rolled; ++i) std::this_thread::yield();
  });
  int freezes = 0;
  for (int round = 0; round < 10; ++round) {
    open_paused();
    looking = false;
    rolled = false;
    in_another_thread([&] {
      while (!looking) std::this_thread::yield();
      must(store_->put("between", "1"));
      must(store_->roll());
      rolled = true;
    });
    const Frozen frozen = must(store_->freeze());
    join_all();
    ASSERT_EQ(frozen.manifest.sealed.size(), frozen.segments.size());
    for (std::size_t i = 0; i < frozen.segments.size(); ++i) {
      EXPECT_EQ(frozen.manifest.sealed[i].number, frozen.segments[i]->number());
    }
    EXPECT_FALSE(frozen.manifest.active);
    ++freezes;
    store_.reset();
  }
  EXPECT_EQ(freezes, 10);
}

}  // namespace
}  // namespace sediment::test
