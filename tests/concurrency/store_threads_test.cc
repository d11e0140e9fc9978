// Several threads on one store. Values verify themselves: each holds its key and a number that grows with each write.
#include <gtest/gtest.h>

#include <atomic>
#include <charconv>
#include <thread>

#include "engine/store.h"
#include "sim/base/random.h"
#include "tests/support/coverage.h"
#include "tests/support/store_helpers.h"
#include "tests/support/temporary_directory.h"

namespace sediment::test {
namespace {

constexpr int kKeys = 40;
constexpr std::uint64_t kRounds = 60;
constexpr int kReaders = 3;

std::string key_of(int key) { return "key" + std::to_string(key); }

// The number in "key7:123"; none if the value belongs to another key or has another form.
std::optional<std::uint64_t> number_in(const std::string& value, const std::string& key) {
  if (!value.starts_with(key + ":")) return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(value.data() + key.size() + 1, value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size()) return std::nullopt;
  return number;
}

TEST(StoreThreads, ReadersSeeEachKeyGrowWhileOneWritesRollsAndMerges) {
  const TemporaryDirectory temporary;
  Options options = manual_merges();
  options.merge_policy.automatic = true;
  const auto store = must(Store::open(temporary.path() / "store", options));
  for (int key = 0; key < kKeys; ++key) must(store->put(key_of(key), key_of(key) + ":0"));

  std::atomic<bool> writing = true;
  std::atomic<std::uint64_t> gets = 0;
  std::atomic<std::uint64_t> went_back = 0;
  std::atomic<std::uint64_t> wrong = 0;
  const auto read = [&](std::uint64_t seed) {
    sim::Random random(seed);
    std::vector<std::uint64_t> newest(kKeys, 0);
    while (writing) {
      const auto key = static_cast<int>(random.below(kKeys));
      std::string value;
      const Status status = store->get(key_of(key), &value);
      const auto number = status.ok() ? number_in(value, key_of(key)) : std::nullopt;
      if (!number) {
        ++wrong;
      } else if (*number < newest[static_cast<std::size_t>(key)]) {
        ++went_back;
      } else {
        newest[static_cast<std::size_t>(key)] = *number;
      }
      ++gets;
    }
  };
  std::vector<std::thread> readers;
  readers.reserve(kReaders);
  for (int i = 0; i < kReaders; ++i) readers.emplace_back(read, i + 1);
  for (std::uint64_t round = 1; round <= kRounds; ++round) {
    for (int key = 0; key < kKeys; ++key) {
      must(store->put(key_of(key), key_of(key) + ":" + std::to_string(round)));
      if (store->merge_under_way()) must(store->merge_step());
    }
    if (round % 10 == 0 && !store->merge_under_way()) must(store->begin_merge());
    if (round % 7 == 0) must(store->sync());
  }
  writing = false;
  for (std::thread& reader : readers) reader.join();

  EXPECT_EQ(wrong, 0U) << "a key that is always there was missing, or had another key's value";
  EXPECT_EQ(went_back, 0U) << "a reader saw an older value after a newer one";
  const Stats stats = store->stats();
  Coverage coverage("store_threads");
  coverage.count("gets", gets);
  coverage.count("rolls", stats.rolls);
  coverage.count("merges", stats.merges);
  coverage.require_at_least("gets", 100);
  coverage.require_at_least("rolls", 10);
  coverage.require_at_least("merges", 5);
  must(store->close());
}

TEST(StoreThreads, WritersDoNotLoseEachOthersWrites) {
  const TemporaryDirectory temporary;
  constexpr int kWriters = 4;
  constexpr int kWritesEach = 300;
  {
    const auto store = must(Store::open(temporary.path() / "store", manual_merges()));
    std::vector<std::thread> writers;
    writers.reserve(kWriters);
    for (int writer = 0; writer < kWriters; ++writer) {
      writers.emplace_back([&store, writer] {
        for (int i = 0; i < kWritesEach; ++i) {
          const std::string key = std::to_string(writer) + "/" + std::to_string(i);
          if (!store->put(key, key + "!").ok()) ADD_FAILURE() << key;
        }
      });
    }
    for (std::thread& writer : writers) writer.join();
    must(store->close());
  }
  const auto store = must(Store::open(temporary.path() / "store", manual_merges()));
  int found = 0;
  for (int writer = 0; writer < kWriters; ++writer) {
    for (int i = 0; i < kWritesEach; ++i) {
      const std::string key = std::to_string(writer) + "/" + std::to_string(i);
      std::string value;
      ASSERT_TRUE(is_ok(store->get(key, &value))) << key;
      ASSERT_EQ(value, key + "!");
      ++found;
    }
  }
  EXPECT_EQ(found, kWriters * kWritesEach);
}

}  // namespace
}  // namespace sediment::test
