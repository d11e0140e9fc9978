// A reader: what it sees, what it keeps alive, and for how long.
#include "engine/reader.h"

#include <gtest/gtest.h>

#include "engine/posix/posix_disk.h"
#include "engine/store.h"
#include "tests/support/memory_disk.h"
#include "tests/support/segment_helpers.h"
#include "tests/support/sim_helpers.h"
#include "tests/support/temporary_directory.h"

namespace sediment {
namespace {

using test::has_code;
using test::is_ok;
using test::manual_merges;
using test::must;

// What a reader says about a key: its value, or none if the key is missing.
std::optional<std::string> seen_by(Reader& reader, std::string_view key) {
  std::string value;
  const Status status = reader.get(key, &value);
  if (status.is(StatusCode::kNotFound)) return std::nullopt;
  must(status);
  return value;
}

TEST(Reader, SeesAnAcknowledgedWriteAtOnce) {
  const auto store = test::open_store(test::disk_with({}), manual_merges());
  Reader reader = store->reader();
  EXPECT_EQ(seen_by(reader, "a"), std::nullopt);
  must(store->put("a", "1"));
  EXPECT_EQ(seen_by(reader, "a"), "1");
  must(store->put("a", "2"));
  EXPECT_EQ(seen_by(reader, "a"), "2");
  must(store->remove("a"));
  EXPECT_EQ(seen_by(reader, "a"), std::nullopt);
  must(store->put("a", ""));
  EXPECT_EQ(seen_by(reader, "a"), "");
}

TEST(Reader, SeesEveryWriteAcrossRollsAndMerges) {
  const auto store = test::open_store(test::disk_with({}), test::small_segments(200));
  Reader reader = store->reader();
  for (int i = 0; i < 200; ++i) {
    const std::string key = "key" + std::to_string(i % 9);
    must(store->put(key, std::to_string(i)));
    ASSERT_EQ(seen_by(reader, key), std::to_string(i));
    if (i % 20 == 19) must(store->merge());
    if (i % 7 == 6) must(store->roll());
    ASSERT_EQ(seen_by(reader, key), std::to_string(i));
    ASSERT_EQ(seen_by(reader, "never there"), std::nullopt);
  }
  EXPECT_EQ(store->stats().merges, 10U);
  EXPECT_GT(store->stats().rolls, 30U);
}

TEST(Reader, SeesEachStepOfAMergeAsTheSameStore) {
  const auto store = test::open_store(test::disk_with({}), manual_merges());
  must(store->put("a", "1"));
  must(store->roll());
  must(store->put("a", "2"));
  must(store->put("gone", "1"));
  must(store->roll());
  must(store->remove("gone"));
  must(store->begin_merge());
  Reader reader = store->reader();
  int steps = 0;
  do {
    EXPECT_EQ(seen_by(reader, "a"), "2");
    EXPECT_EQ(seen_by(reader, "gone"), std::nullopt);
    ++steps;
  } while (!must(store->merge_step()));
  EXPECT_EQ(seen_by(reader, "a"), "2");
  EXPECT_EQ(seen_by(reader, "gone"), std::nullopt);
  EXPECT_EQ(steps, 4 + 3 + 3) << "four records, three steps to the commit, three inputs";
}

TEST(Reader, AViewIsTheValue) {
  const auto store = test::open_store(test::disk_with({}), manual_merges());
  const std::string zeros(9, '\0');
  must(store->put(zeros, zeros));
  must(store->put("empty", ""));
  must(store->put("gone", "1"));
  must(store->remove("gone"));
  Reader reader = store->reader();
  EXPECT_EQ(must(reader.view(zeros)), zeros);
  EXPECT_EQ(must(reader.view("empty")), "");
  EXPECT_TRUE(has_code(reader.view("gone"), StatusCode::kNotFound));
  EXPECT_TRUE(has_code(reader.view("never there"), StatusCode::kNotFound));
}

TEST(Reader, AViewStaysUntilTheNextCallAlthoughItsSegmentWasMergedAway) {
  const test::TemporaryDirectory directory;
  const auto disk = test::disk_with({});
  for (const bool real : {false, true}) {
    const auto store =
        real ? must(Store::open(directory.path(), manual_merges())) : test::open_store(disk, manual_merges());
    const std::string value(1000, 'v');
    must(store->put("a", value));
    Reader reader = store->reader();
    const std::string_view view = must(reader.view("a"));
    ASSERT_EQ(view, value);
    must(store->roll());
    must(store->put("a", "2"));
    must(store->merge());
    must(store->remove("a"));
    must(store->merge());
    must(store->put("b", std::string(1000, 'w')));
    EXPECT_EQ(store->stats().merges, 2U);
    EXPECT_EQ(view, value) << (real ? "on a real disk" : "on a simulated disk");
    EXPECT_EQ(seen_by(reader, "a"), std::nullopt) << "the next call sees the store as it is";
  }
}

TEST(Reader, AViewOfMemoryStaysToo) {
  const auto store = must(Store::open(std::make_shared<test::MemoryDisk>(), manual_merges()));
  Reader reader = store->reader();
  must(store->put("first", ""));
  must(store->roll());
  must(store->put("a", "in a segment that the reader did not see when it was made"));
  const std::string_view view = must(reader.view("a"));
  must(store->merge());
  EXPECT_EQ(view, "in a segment that the reader did not see when it was made");
}

TEST(Reader, KeepsTheFilesThatAMergeRemovedUntilItsNextCall) {
  const auto disk = test::disk_with({});
  const auto store = test::open_store(disk, manual_merges());
  must(store->put("a", "1"));
  must(store->roll());
  Reader reader = store->reader();
  EXPECT_EQ(seen_by(reader, "a"), "1");
  must(store->merge());
  ASSERT_EQ(disk->state().find("000001.log"), nullptr);
  const std::uint64_t open_while_idle = disk->open_files();
  EXPECT_EQ(seen_by(reader, "a"), "1");
  EXPECT_EQ(disk->open_files(), open_while_idle - 1) << "the merged segment's file is released";
}

TEST(Reader, AnIdleOneDoesNotHoldUpTheStore) {
  const auto disk = test::disk_with({});
  auto store = test::open_store(disk, manual_merges());
  const Reader idle = store->reader();
  for (int i = 0; i < 5; ++i) {
    must(store->put("a", std::to_string(i)));
    must(store->merge());
  }
  must(store->close());
  store = test::open_store(disk, manual_merges());
  EXPECT_EQ(test::lookup(*store, "a"), "4");
}

TEST(Reader, OutlivesItsStore) {
  const test::TemporaryDirectory directory;
  for (const bool real : {false, true}) {
    auto store = real ? must(Store::open(directory.path(), manual_merges()))
                      : test::open_store(test::disk_with({}), manual_merges());
    must(store->put("a", "1"));
    must(store->roll());
    must(store->put("b", "2"));
    Reader reader = store->reader();
    must(store->put("c", "3"));
    must(store->remove("a"));
    store.reset();
    EXPECT_EQ(seen_by(reader, "a"), std::nullopt) << "it sees the store's last contents";
    EXPECT_EQ(seen_by(reader, "b"), "2");
    EXPECT_EQ(seen_by(reader, "c"), "3");
  }
}

TEST(Reader, ACopyIsASeparateReader) {
  const auto store = test::open_store(test::disk_with({}), manual_merges());
  must(store->put("a", "1"));
  must(store->put("b", "2"));
  Reader first = store->reader();
  Reader second = first;
  const std::string_view view = must(first.view("a"));
  EXPECT_EQ(seen_by(second, "b"), "2");
  EXPECT_EQ(view, "1") << "another reader's call does not end it";
}

TEST(Reader, CorruptionReturnsNoBytes) {
  const auto disk = test::disk_with({});
  {
    const auto store = test::open_store(disk, manual_merges());
    must(store->put("a", "1"));
    must(store->put("b", "2"));
  }
  test::Files files = disk->state().contents();
  files.at("000001.log")[32 + 25] ^= 1;
  const auto store = test::open_store(test::disk_with(files), manual_merges());
  Reader reader = store->reader();
  std::string value = "untouched";
  EXPECT_TRUE(has_code(reader.get("a", &value), StatusCode::kCorruption));
  EXPECT_EQ(value, "untouched");
  EXPECT_TRUE(has_code(reader.view("a"), StatusCode::kCorruption));
  EXPECT_EQ(seen_by(reader, "b"), "2");
}

TEST(Reader, TellsTheObserverHowItSearched) {
  test::EventRecorder events;
  Options options = manual_merges();
  options.observer = &events;
  const auto store = test::open_store(test::disk_with({}), options);
  must(store->put("a", "1"));
  must(store->roll());
  Reader reader = store->reader();
  events.events.clear();
  EXPECT_EQ(seen_by(reader, "a"), "1");
  EXPECT_EQ(events.lines(), (std::vector<std::string>{"probed 2 a", "not-here 2 a", "probed 1 a", "found 1 a"}));
}

// ---- many keys at once

// Compares each result of a multi_get with a get of the same key.
void expect_equal_to_gets(const Store& store, const std::vector<std::string_view>& keys) {
  Reader reader = store.reader();
  std::vector<GetResult> results(keys.size());
  reader.multi_get(keys, results);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    std::string value;
    const Status status = store.get(keys[i], &value);
    EXPECT_EQ(results[i].status.to_string(), status.to_string()) << "key " << i << ", \"" << keys[i] << "\"";
    if (!status.ok()) continue;
    EXPECT_EQ(results[i].value, value) << "key " << i << ", \"" << keys[i] << "\"";
  }
}

TEST(MultiGet, EqualsGetForHitsMissesTombstonesAndDuplicates) {
  const auto store = test::open_store(test::disk_with({}), test::small_segments(200));
  for (int i = 0; i < 40; ++i)
    must(store->put("key" + std::to_string(i), std::string(static_cast<std::size_t>(i), 'v')));
  for (const char* key : {"key3", "key39"}) must(store->remove(key));
  must(store->put("", "empty key"));
  ASSERT_GT(store->stats().segments.size(), 5U);
  std::vector<std::string> keys{"", "never there", "key3", "key39", "key0", "key0", "key38", "", "never there"};
  for (int i = 0; i < 40; ++i) keys.push_back("key" + std::to_string(i));
  expect_equal_to_gets(*store, {keys.begin(), keys.end()});
}

// A disk of each kind; the directory must live as long as the disks.
std::vector<std::shared_ptr<Disk>> disks_of_each_kind(const test::TemporaryDirectory& directory) {
  const auto short_reads = test::disk_with({});
  short_reads->limit_reads(7);
  return {test::disk_with({}), short_reads, must(open_posix_disk(directory.path() / "mapped", true)),
          must(open_posix_disk(directory.path() / "plain", true, PosixAccess::kSystemCalls))};
}

TEST(MultiGet, TakesAnyNumberOfKeysFromAnyNumberOfSegments) {
  std::uint64_t found = 0;
  std::uint64_t missed = 0;
  for (const int segments : {1, 4, 9}) {
    const test::TemporaryDirectory directory;
    for (const std::shared_ptr<Disk>& disk : disks_of_each_kind(directory)) {
      Options options = manual_merges();
      options.segment_size_bytes = 64 << 10;
      const auto store = test::open_store(disk, options);
      std::map<std::string, std::string> model;
      for (int segment = 0; segment < segments; ++segment) {
        if (segment > 0) must(store->roll());
        for (int i = segment; i < 100; i += segment + 1) {
          const std::string key = "key" + std::to_string(i);
          if (i % 7 == segment % 7) {
            must(store->remove(key));
            model.erase(key);
          } else {
            model[key] = key + std::string(static_cast<std::size_t>(i * segment), 'v');
            must(store->put(key, model[key]));
          }
        }
      }
      ASSERT_EQ(store->stats().segments.size(), static_cast<std::size_t>(segments));

      Reader reader = store->reader();
      std::vector<std::string> keys;
      for (int i = 0; i < 250; ++i) keys.push_back("key" + std::to_string(i * 37 % 120));  // some twice, some nowhere
      for (const std::size_t count : {0U, 1U, 31U, 32U, 33U, 64U, 65U, 250U}) {
        const std::vector<std::string_view> asked(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(count));
        std::vector<GetResult> results(count);
        reader.multi_get(asked, results);
        for (std::size_t i = 0; i < count; ++i) {
          const auto expected = model.find(keys[i]);
          ASSERT_EQ(seen_by(reader, keys[i]).has_value(), expected != model.end()) << keys[i];
          if (expected == model.end()) {
            ASSERT_TRUE(has_code(results[i].status, StatusCode::kNotFound)) << i << " of " << count;
            ++missed;
          } else {
            ASSERT_TRUE(is_ok(results[i].status)) << i << " of " << count;
            ASSERT_EQ(results[i].value, expected->second);
            ASSERT_EQ(seen_by(reader, keys[i]), expected->second);
            ++found;
          }
        }
      }
    }
  }
  EXPECT_GT(found, 1000U);
  EXPECT_GT(missed, 1000U);
}

TEST(MultiGet, OfNothingDoesNothing) {
  const auto store = test::open_store(test::disk_with({}), manual_merges());
  Reader reader = store->reader();
  reader.multi_get({}, {});
  must(store->put("a", "1"));
  reader.multi_get({}, {});
  EXPECT_EQ(seen_by(reader, "a"), "1");
}

TEST(MultiGet, OneDamagedRecordIsOneCorruption) {
  const auto disk = test::disk_with({});
  {
    const auto store = test::open_store(disk, manual_merges());
    for (const char* key : {"a", "b", "c"}) must(store->put(key, key));
  }
  test::Files files = disk->state().contents();
  files.at("000001.log")[64 + 25] ^= 1;
  const auto store = test::open_store(test::disk_with(files), manual_merges());
  expect_equal_to_gets(*store, {"a", "b", "c", "b", "d"});
  const std::vector<std::string_view> keys{"a", "b", "c"};
  std::vector<GetResult> results(3);
  results[1].value = "untouched";
  store->reader().multi_get(keys, results);
  EXPECT_EQ(results[0].value, "a");
  EXPECT_TRUE(has_code(results[1].status, StatusCode::kCorruption));
  EXPECT_EQ(results[1].value, "untouched");
  EXPECT_EQ(results[2].value, "c");
}

TEST(MultiGet, TakesTheSameResultsAgain) {
  const auto store = test::open_store(test::disk_with({}), manual_merges());
  must(store->put("a", "1"));
  must(store->put("b", "2"));
  Reader reader = store->reader();
  std::vector<GetResult> results(2);
  reader.multi_get(std::vector<std::string_view>{"a", "gone"}, results);
  EXPECT_EQ(results[0].value, "1");
  EXPECT_TRUE(has_code(results[1].status, StatusCode::kNotFound));
  reader.multi_get(std::vector<std::string_view>{"gone", "b"}, results);
  EXPECT_TRUE(has_code(results[0].status, StatusCode::kNotFound));
  EXPECT_TRUE(is_ok(results[1].status)) << "the status of an earlier call does not remain";
  EXPECT_EQ(results[1].value, "2");
}

TEST(MultiGetDeathTest, NeedsAResultForEachKey) {
  const auto store = test::open_store(test::disk_with({}), manual_merges());
  std::vector<GetResult> results(1);
  EXPECT_DEATH(store->reader().multi_get(std::vector<std::string_view>{"a", "b"}, results), "a result for each key");
}

}  // namespace
}  // namespace sediment
