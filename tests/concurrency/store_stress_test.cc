// Everything at once: writers, readers without locks, merges, rolls, snapshots, and a close in the middle of it. The
// named yield points of engine/yield_point.h bring the threads together where it matters. The test is meant for
// ThreadSanitizer (./dev test --preset tsan); SEDIMENT_STRESS_SECONDS=600 makes it run longer.
//
// Values verify themselves: each holds its key and a number that grows with each write of the key.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/posix/posix_disk.h"
#include "engine/store.h"
#include "engine/yield_point.h"
#include "sim/base/random.h"
#include "tests/support/coverage.h"
#include "tests/support/memory_disk.h"
#include "tests/support/store_helpers.h"
#include "tests/support/temporary_directory.h"

namespace sediment::test {
namespace {

constexpr std::uint64_t kWriters = 2;
constexpr std::uint64_t kKeysEach = 60;
constexpr std::uint64_t kReaders = 4;
constexpr std::size_t kBatch = 8;
constexpr std::uint64_t kFewestMerges = 5;  // and fewest rolls, and so on

std::chrono::milliseconds time_to_run() {
  const char* seconds =
      std::getenv("SEDIMENT_STRESS_SECONDS");  // NOLINT(concurrency-mt-unsafe): no thread is running yet
  return std::chrono::milliseconds(seconds != nullptr ? 1000 * std::strtol(seconds, nullptr, 10) : 2000);
}

// ---- yield points: how often each was passed, and a little time there for the other threads

struct YieldCount {
  std::atomic<const char*> name = nullptr;
  std::atomic<std::uint64_t> passed = 0;
};
std::array<YieldCount, 32> yield_counts;

// All atomics here are relaxed: the hook must not order what the engine leaves unordered.
void yield_now(const char* name) {
  for (YieldCount& count : yield_counts) {
    const char* expected = nullptr;
    count.name.compare_exchange_strong(expected, name, std::memory_order_relaxed);
    if (expected != nullptr && std::string_view(expected) != name) continue;
    const std::uint64_t passed = count.passed.fetch_add(1, std::memory_order_relaxed);
    if (passed % 256 == 17) {
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    } else if (passed % 4 == 1) {
      std::this_thread::yield();
    }
    return;
  }
}

class YieldPoints {
 public:
  YieldPoints() {
    for (YieldCount& count : yield_counts) count.passed = 0;
#ifdef SEDIMENT_YIELD_POINTS
    yield_hook = &yield_now;
#endif
  }
  ~YieldPoints() {
#ifdef SEDIMENT_YIELD_POINTS
    yield_hook = nullptr;
#endif
  }
  YieldPoints(const YieldPoints&) = delete;
  YieldPoints& operator=(const YieldPoints&) = delete;

  // Each of the engine's points must have been passed.
  static void require_all(Coverage& coverage) {
#ifdef SEDIMENT_YIELD_POINTS
    for (const YieldCount& count : yield_counts) {
      if (count.name != nullptr) coverage.count("yield-" + std::string(count.name.load()), count.passed);
    }
    for (const char* name : {"index.grow", "maintenance.piece", "reader.refresh", "segment.add", "segments.publish",
                             "writer.publish", "group_commit.sync"}) {
      coverage.require_at_least("yield-" + std::string(name), 1);
    }
#else
    (void)coverage;
    (void)&yield_now;
#endif
  }
};

// ---- the threads

// There are more threads than cores: without this the readers would take all of the time.
void leave_the_others_some_time(int microseconds) {
  std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
}

std::string key_of(std::uint64_t writer, std::uint64_t key) {
  return "w" + std::to_string(writer) + "k" + std::to_string(key);
}

bool is_removed_at_times(std::uint64_t key) { return key % 2 == 1; }

// "w1k7:123" and a tail whose length depends on the number, so that records have many sizes.
std::string value_of_write(const std::string& key, std::uint64_t number) {
  return key + ":" + std::to_string(number) + std::string(number * 7 % 40, '.');
}

// The number in a value of this key; 0 if it is not one.
std::uint64_t number_in(std::string_view value, const std::string& key) {
  if (!value.starts_with(key + ":")) return 0;
  const std::uint64_t number = std::strtoull(std::string(value.substr(key.size() + 1)).c_str(), nullptr, 10);
  return value == value_of_write(key, number) ? number : 0;
}

class Stress {
 public:
  Stress(std::shared_ptr<Disk> disk, SyncPolicy policy) : disk_(std::move(disk)), policy_(policy) {}

  // Runs all threads on a newly opened store, closes it while they run, and checks what the next open finds.
  void run_once(std::chrono::milliseconds time, std::uint64_t seed) {
    stop_.store(false, std::memory_order_relaxed);
    store_ = must(Store::open(disk_, options()));
    std::vector<std::thread> threads;
    for (std::uint64_t i = 0; i < kWriters; ++i) threads.emplace_back([&, i] { write(i, sim::Random(seed + i)); });
    for (std::uint64_t i = 0; i < kReaders; ++i) threads.emplace_back([&, i] { read(i, sim::Random(seed + 50 + i)); });
    threads.emplace_back([&] { disturb(sim::Random(seed + 99)); });
    std::this_thread::sleep_for(time);  // how long to run; nothing is waited for
    must(store_->close());
    stop_.store(true, std::memory_order_relaxed);
    for (std::thread& thread : threads) thread.join();

    const Stats stats = store_->stats();
    coverage_.count("rolls", stats.rolls);
    coverage_.count("merges", stats.merges);
    merges_ += stats.merges;
    coverage_.count("snapshots", stats.snapshots_written);
    coverage_.count("stalls", stats.stalls);
    coverage_.count("writes", stats.puts + stats.removes);
    coverage_.count("syncs", stats.syncs);
    EXPECT_EQ(stats.last_merge_error, "");
    EXPECT_EQ(stats.last_snapshot_error, "");
    check_after_reopen();
  }

  // On a busy machine a run may be over before its first merge completes: close ends the one under way.
  bool has_merged_enough() const { return merges_ >= kFewestMerges; }
  void require_coverage() {
    coverage_.count("gets", gets_);
    coverage_.count("refusals-after-the-close", refused_);
    for (const char* counter : {"gets", "writes", "rolls", "merges", "snapshots", "refusals-after-the-close"}) {
      coverage_.require_at_least(counter, kFewestMerges);
    }
    YieldPoints::require_all(coverage_);
  }

 private:
  Options options() const {
    Options options;
    options.segment_size_bytes = 4096;
    options.sync_policy = policy_;
    options.merge_policy.stall_factor = 2;
    return options;
  }

  // Overwrites its own keys and removes some, until the store is closed.
  void write(std::uint64_t writer, sim::Random random) {
    while (true) {
      const std::uint64_t key = random.below(kKeysEach);
      Key& state = keys_[writer][key];
      const std::uint64_t number = ++state.newest;
      const std::string name = key_of(writer, key);
      const bool removes = is_removed_at_times(key) && random.below(5) == 0;
      const Status status = removes ? store_->remove(name) : store_->put(name, value_of_write(name, number));
      if (status.is(StatusCode::kReadOnly)) {  // closed: this write did not happen
        --state.newest;
        refused_.fetch_add(1, std::memory_order_relaxed);
        return;
      }
      if (!status.ok()) ADD_FAILURE() << status.to_string();
      state.removed = removes;
      state.acknowledged.store(number, std::memory_order_release);
    }
  }

  // Half of the readers first look at what was acknowledged: a get must not return anything older. That orders them
  // after the writer and could hide a missing order in the store, so the other half share nothing with the writer but
  // the store.
  void read(std::uint64_t which, sim::Random random) {
    Reader reader = store_->reader();
    const bool looks_first = which % 2 == 0;
    std::map<std::string, std::uint64_t> seen;
    std::uint64_t gets = 0;
    std::array<GetResult, kBatch> batch;
    while (!stop_.load(std::memory_order_relaxed)) {
      std::array<std::string, kBatch> names;
      std::array<std::string_view, kBatch> asked;
      std::array<std::uint64_t, kBatch> acknowledged{};
      std::array<bool, kBatch> never_absent{};
      for (std::size_t i = 0; i < kBatch; ++i) {
        const std::uint64_t writer = random.below(kWriters);
        const std::uint64_t key = random.below(kKeysEach);
        names[i] = key_of(writer, key);
        asked[i] = names[i];
        if (looks_first) acknowledged[i] = keys_[writer][key].acknowledged.load(std::memory_order_acquire);
        never_absent[i] = acknowledged[i] > 0 && !is_removed_at_times(key);
      }
      const auto check = [&](std::size_t i, const Status& status, std::string_view value) {
        ++gets;
        if (status.is(StatusCode::kNotFound)) {
          if (never_absent[i]) ADD_FAILURE() << names[i] << " was acknowledged and never removed, but is missing";
          return;
        }
        const std::uint64_t number = status.ok() ? number_in(value, names[i]) : 0;
        if (number == 0) ADD_FAILURE() << names[i] << ": " << status.to_string() << " \"" << value << "\"";
        if (number < std::max(seen[names[i]], acknowledged[i])) {
          ADD_FAILURE() << names[i] << " went back to " << number << ", after " << seen[names[i]] << " was seen and "
                        << acknowledged[i] << " acknowledged";
        }
        seen[names[i]] = number;
      };
      if (random.below(2) == 0) {
        reader.multi_get(asked, batch);
        for (std::size_t i = 0; i < kBatch; ++i) check(i, batch[i].status, batch[i].value);
      } else {
        const Result<std::string_view> view = reader.view(asked[0]);
        check(0, view.status(), view.ok() ? *view : std::string_view());
        std::string value;
        const Status status = store_->get(asked[1], &value);
        check(1, status, value);
      }
      leave_the_others_some_time(100);
    }
    gets_.fetch_add(gets, std::memory_order_relaxed);
  }

  // Everything else that may be called at the same time.
  void disturb(sim::Random random) {
    while (!stop_.load(std::memory_order_relaxed)) {
      Status status;
      switch (random.below(8)) {
        case 0: status = store_->roll(); break;
        case 1: status = store_->merge(); break;
        case 2:
          status = store_->begin_merge();
          for (bool done = !status.ok(); !done;) {
            Result<bool> step = store_->merge_step();
            done = !step.ok() || *step;
          }
          break;
        case 3: status = store_->sync(); break;
        case 4: (void)store_->stats(); break;
        case 5: {
          Result<Frozen> frozen = store_->freeze();
          status = frozen.status();
          if (frozen.ok()) check_agreement(*frozen);
          break;
        }
        case 6: {
          std::uint64_t pairs = 0;
          status = store_->for_each([&](std::string_view, std::string_view) { return ++pairs < 20; });
          break;
        }
        default: (void)store_->merge_under_way();
      }
      const bool expected = status.ok() || status.is(StatusCode::kReadOnly) || status.is(StatusCode::kBusy);
      if (!expected) ADD_FAILURE() << status.to_string();
      leave_the_others_some_time(2000);
    }
  }

  // Manifest and segments are from the same moment.
  static void check_agreement(const Frozen& frozen) {
    ASSERT_EQ(frozen.manifest.sealed.size(), frozen.segments.size());
    for (std::size_t i = 0; i < frozen.segments.size(); ++i) {
      EXPECT_EQ(frozen.manifest.sealed[i].number, frozen.segments[i]->number());
    }
  }

  // The store was closed: every acknowledged write is there, and nothing else.
  void check_after_reopen() {
    store_.reset();
    Options read = options();
    read.read_only = true;
    const auto store = must(Store::open(disk_, read));
    for (std::uint64_t writer = 0; writer < kWriters; ++writer) {
      for (std::uint64_t key = 0; key < kKeysEach; ++key) {
        const Key& state = keys_[writer][key];
        const std::string name = key_of(writer, key);
        std::optional<std::string> expected;
        if (state.newest > 0 && !state.removed) expected = value_of_write(name, state.newest);
        EXPECT_EQ(lookup(*store, name), expected) << name;
      }
    }
    coverage_.count("snapshots-used", store->recovery_report().snapshots_used);
  }

  struct Key {
    std::uint64_t newest = 0;  // used only by its writer
    bool removed = false;      // likewise
    std::atomic<std::uint64_t> acknowledged = 0;
  };

  std::shared_ptr<Disk> disk_;
  SyncPolicy policy_;
  std::unique_ptr<Store> store_;
  std::array<std::array<Key, kKeysEach>, kWriters> keys_;
  std::atomic<bool> stop_ = false;
  std::uint64_t merges_ = 0;
  std::atomic<std::uint64_t> gets_ = 0;
  std::atomic<std::uint64_t> refused_ = 0;
  Coverage coverage_{"store_stress"};
};

void run_for(std::chrono::milliseconds time, Stress& stress) {
  constexpr std::chrono::milliseconds kOnce(200);
  constexpr std::uint64_t kFewest = 10;
  constexpr std::uint64_t kMost = 100;  // segments waiting for merges
  const auto deadline = std::chrono::steady_clock::now() + time;
  const auto goes_on = [&](std::uint64_t run) {
    return run <= kFewest || std::chrono::steady_clock::now() < deadline ||
           (!stress.has_merged_enough() && run <= kMost);
  };
  for (std::uint64_t run = 1; goes_on(run); ++run) {
    stress.run_once(kOnce, run);
    if (testing::Test::HasFailure()) return;
  }
  stress.require_coverage();
}

TEST(StoreStress, EverythingAtOnceInMemoryThatReadersShare) {
  const YieldPoints yielding;
  Stress stress(std::make_shared<MemoryDisk>(), SyncPolicy::kNever);
  run_for(time_to_run(), stress);
}

TEST(StoreStress, EverythingAtOnceWithGroupCommit) {
  const YieldPoints yielding;
  Stress stress(std::make_shared<MemoryDisk>(), SyncPolicy::kEveryWrite);
  run_for(time_to_run(), stress);
}

// ThreadSanitizer sees stores to a mapping and loads from it, as for any other memory.
TEST(StoreStress, EverythingAtOnceInMappedFiles) {
  const YieldPoints yielding;
  const TemporaryDirectory temporary;
  Stress stress(must(open_posix_disk(temporary.path() / "store", true, PosixAccess::kMapped)), SyncPolicy::kNever);
  run_for(time_to_run(), stress);
}

TEST(StoreStress, EverythingAtOnceInMappedFilesWithGroupCommit) {
  const YieldPoints yielding;
  const TemporaryDirectory temporary;
  Stress stress(must(open_posix_disk(temporary.path() / "store", true, PosixAccess::kMapped)), SyncPolicy::kEveryWrite);
  run_for(time_to_run(), stress);
}

TEST(StoreStress, EverythingAtOnceInFilesThatAreReadAndWrittenBySystemCalls) {
  const YieldPoints yielding;
  const TemporaryDirectory temporary;
  Stress stress(must(open_posix_disk(temporary.path() / "store", true, PosixAccess::kSystemCalls)),
                SyncPolicy::kEveryWrite);
  run_for(time_to_run(), stress);
}

}  // namespace
}  // namespace sediment::test
