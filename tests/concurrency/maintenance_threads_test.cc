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

// A record of this size is all that one piece of a merge copies, and has a segment of its own.
constexpr std::size_t kLargeValue = 70'000;
constexpr std::uint64_t kLargeSegment = 80'000;

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

  // A closed store of six sealed segments, which the policy has not merged: more bytes than a close merges, although each
  // is small.
  void fill() {
    store_.reset();
    disk_ = disk_with({});
    const auto store = open_store(disk_, small_segments(segment_size_));
    for (const char* key : {"u", "v", "w", "x", "y", "z"}) {
      must(store->put("same", key));
      must(store->put(key, std::string(1500, 'v')));
      must(store->roll());
    }
  }
  // A closed store with these pairs, each in a segment of its own.
  void fill_large(const std::vector<std::pair<std::string, std::string>>& pairs) {
    segment_size_ = kLargeSegment;
    disk_ = disk_with({});
    const auto store = open_store(disk_, small_segments(segment_size_));
    for (const auto& [key, value] : pairs) {
      must(store->put(key, value));
      must(store->roll());
    }
  }
  // What was filled. With merges, and a thread for them, that thread begins one at once.
  enum class Merges : std::uint8_t { kManual, kAutomatic };
  enum class Thread : std::uint8_t { kNone, kBackground };
  void open(Merges merges, Thread thread = Thread::kBackground) {
    watched_ =
        std::make_shared<WatchedDisk>(disk_, [this](Call call, std::string_view name) { return on_call(call, name); });
    Options options = small_segments(segment_size_);
    options.background_merge = thread == Thread::kBackground;
    options.merge_policy.automatic = merges == Merges::kAutomatic;
    options.observer = &events_;
    store_ = open_store(watched_, options);
  }
  // Opens what fill_large() made, and holds the store's thread between the first two pieces of its merge.
  void hold_in_the_middle_of_a_merge(YieldWatch& watch) {
    watch.hold(kPiece);
    open(Merges::kAutomatic);
    const auto merged = [this] {
      return events_.count(EventKind::kMergeKept) + events_.count(EventKind::kMergeDropped);
    };
    const std::size_t before = merged();
    watch.wait_until_held(kPiece);
    while (merged() == before) {
      const std::uint64_t passes = watch.passes(kPiece);
      watch.let_one_through(kPiece);
      watch.wait_for_passes(kPiece, passes + 1);
    }
    ASSERT_TRUE(store_->merge_under_way());
  }
  // Closes the store, and lets its thread go when close waits for it.
  void close_while_its_thread_is_held(YieldWatch& watch) {
    const std::uint64_t passes = watch.passes("maintenance.joining");  // of the store that was filled
    in_another_thread([this] { EXPECT_TRUE(is_ok(store_->close())); });
    watch.wait_for_passes("maintenance.joining", passes + 1);
    watch.release(kPiece);
    join_all();
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
  std::uint64_t segment_size_ = kSegmentSize;
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
    fill();
    gate_.shut();
    watching = true;
    open(Merges::kAutomatic);
    gate_.wait_for_arrivals(1);  // the merge is held in that call

    Gate told;
    told.shut();
    in_another_thread([&] {
      EXPECT_TRUE(store_->merge_under_way());
      const Stats stats = store_->stats();
      EXPECT_EQ(stats.merges, 0U);
      EXPECT_EQ(stats.segments.size(), 7U);
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

// ---- a failed store: no thread writes

// At each step of a merge in turn.
TEST_F(MaintenanceThreads, AMergeUnderWayWritesNothingAfterAFailedSync) {
  SEDIMENT_NEEDS_YIELD_POINTS();
  YieldWatch watch;
  int failed_at = 0;
  for (int step = 1;; ++step) {
    syncs_of_ = SegmentNumber{};
    fill();
    watch.hold(kStep);
    open(Merges::kAutomatic);
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
  fill();
  watch.hold(kPiece);
  open(Merges::kAutomatic);
  must(store_->put("b", "1"));
  must(store_->roll());  // its snapshot is still to be written, and there is much to merge
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
  fill();
  watch.hold("catalog.commit");
  open(Merges::kAutomatic);
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
  fill();
  watch.hold("catalog.commit");
  open(Merges::kAutomatic);
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

// ---- between two pieces of a merge

TEST_F(MaintenanceThreads, ACallersMergeEndsThePolicysFirst) {
  SEDIMENT_NEEDS_YIELD_POINTS();
  YieldWatch watch;
  const std::string large(kLargeValue, 'v');
  fill_large({{"a", large}, {"b", large}, {"c", large}, {"d", large}});
  hold_in_the_middle_of_a_merge(watch);
  EXPECT_TRUE(is_ok(store_->merge())) << "not busy";
  EXPECT_EQ(store_->stats().merges, 2U) << "the policy's and the caller's";
  EXPECT_EQ(events_.count(EventKind::kMergeAbandoned), 0U);
  EXPECT_EQ(store_->stats().segments.size(), 2U);
  EXPECT_EQ(dump(*store_).size(), 4U);
  watch.release(kPiece);
  store_.reset();
}

TEST_F(MaintenanceThreads, CloseAbandonsALargeMergeAndDoesNotRestartIt) {
  SEDIMENT_NEEDS_YIELD_POINTS();
  YieldWatch watch;
  std::vector<std::pair<std::string, std::string>> pairs;
  for (int i = 0; i < 20; ++i) pairs.emplace_back("key" + std::to_string(i), std::string(kLargeValue, 'v'));
  fill_large(pairs);
  hold_in_the_middle_of_a_merge(watch);
  const std::uint64_t read_before = watched_->all_bytes_read();
  const std::uint64_t written_before = watched_->bytes_written();
  close_while_its_thread_is_held(watch);
  EXPECT_EQ(events_.count(EventKind::kMergeAbandoned), 1U);
  EXPECT_EQ(store_->stats().merges, 0U);
  EXPECT_LE(watched_->all_bytes_read() - read_before, 2 * kLargeSegment) << "of 20 segments";
  EXPECT_LE(watched_->bytes_written() - written_before, 2 * kLargeSegment);
  EXPECT_EQ(dump(*open_store(disk_, manual_merges())).size(), 20U);
}

TEST_F(MaintenanceThreads, CloseCompletesAMergeThatHasLittleLeft) {
  SEDIMENT_NEEDS_YIELD_POINTS();
  YieldWatch watch;
  const std::string large(kLargeValue, 'v');
  fill_large({{"key0", large}, {"key1", large}, {"key0", "small"}});
  hold_in_the_middle_of_a_merge(watch);
  EXPECT_EQ(events_.count(EventKind::kMergeDropped), 1U) << "the first record is superseded, the others are left";
  close_while_its_thread_is_held(watch);
  EXPECT_EQ(events_.count(EventKind::kMergeAbandoned), 0U);
  EXPECT_EQ(store_->stats().merges, 1U);
  EXPECT_EQ(dump(*open_store(disk_, manual_merges())), (Pairs{{"key0", "small"}, {"key1", large}}));
}

// ---- close, concurrent with everything

TEST_F(MaintenanceThreads, AWriterThatHasSealedASegmentMaintainsNothingWhenTheStoreIsBeingClosed) {
  SEDIMENT_NEEDS_YIELD_POINTS();
  for (const char* closing_at : {"store.closing", ""}) {  // and after it
    YieldWatch watch;
    fill();
    open(Merges::kAutomatic, Thread::kNone);
    must(store_->put("last", "1"));
    watch.hold("maintenance.after_roll");
    in_another_thread([&] { EXPECT_TRUE(is_ok(store_->roll())); });
    watch.wait_until_held("maintenance.after_roll");  // there is much to merge
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
    fill();
    open(Merges::kManual);
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
  fill();
  open(Merges::kManual, Thread::kNone);  // the store's thread could wait for the merge, and close for that thread
  gate_.shut();
  watching = true;
  in_another_thread([&] { EXPECT_TRUE(has_code(store_->merge(MergeRun{1, 6}), StatusCode::kReadOnly)); });
  gate_.wait_for_arrivals(1);                                       // the first record is copied
  const std::uint64_t passes = watch.passes("maintenance.joined");  // of the store that was filled
  std::thread closing([&] { EXPECT_TRUE(is_ok(store_->close())); });
  watch.wait_for_passes("maintenance.joined", passes + 1);
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
  fill();
  open(Merges::kManual);
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
    fill();
    open(Merges::kManual);
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
