// A store that is too large to show each record: the bands are right, and single records are decoded where one looks.
#include "viz/model/large_store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "engine/store.h"
#include "tests/support/store_helpers.h"
#include "tests/support/temporary_directory.h"
#include "tests/viz/app_fixture.h"

namespace sediment::test {
namespace {

using viz::LargeStore;
using viz::RecordView;

Options small_segments() {
  Options options;
  options.segment_size_bytes = 64 << 10;
  options.background_merge = false;
  return options;
}

// Some keys many times, some once, some removed; in several segments.
std::map<std::string, std::string> fill(const std::filesystem::path& path) {
  std::map<std::string, std::string> map;
  const std::unique_ptr<Store> store = must(Store::open(path, small_segments()));
  for (int i = 0; i < 20'000; ++i) {
    const std::string key = "key" + std::to_string(i % 7 == 0 ? i % 100 : i);
    const std::string value = "value" + std::to_string(i);
    EXPECT_TRUE(is_ok(store->put(key, value)));
    map[key] = value;
    if (i % 11 == 0) {
      EXPECT_TRUE(is_ok(store->remove(key)));
      map.erase(key);
    }
  }
  EXPECT_TRUE(is_ok(store->close()));
  return map;
}

// All records of all parts, the newest segment first.
std::vector<RecordView> all_records(const LargeStore& store) {
  std::vector<RecordView> all;
  for (std::size_t segment = 0; segment < store.segments().size(); ++segment) {
    for (std::size_t part = 0; part < LargeStore::kParts; ++part) {
      const std::vector<RecordView> records = must(store.decode(segment, part, 0, 1'000'000));
      EXPECT_EQ(records.size(), store.segments()[segment].parts[part].records);
      all.insert(all.end(), records.begin(), records.end());
    }
  }
  return all;
}

TEST(LargeStore, WhatIsLiveIsWhatTheStoreAnswers) {
  const TemporaryDirectory directory;
  const std::map<std::string, std::string> map = fill(directory.path() / "store");
  const auto store = must(LargeStore::open((directory.path() / "store").string()));
  EXPECT_GE(store->segments().size(), 3U);
  EXPECT_EQ(store->live(), map.size());

  std::map<std::string, std::string> live;
  std::uint64_t live_bytes = 0;
  const std::vector<RecordView> records = all_records(*store);
  EXPECT_EQ(records.size(), store->records());
  for (const RecordView& record : records) {
    if (record.superseded || record.type == RecordType::kTombstone) continue;
    EXPECT_TRUE(live.emplace(record.key, record.value).second) << record.key << " is live twice";
    live_bytes += record.size_bytes;
  }
  EXPECT_EQ(live, map);
  std::uint64_t told = 0;
  for (const LargeStore::Segment& segment : store->segments()) {
    for (const LargeStore::Part& part : segment.parts) told += part.live_bytes;
  }
  EXPECT_EQ(told, live_bytes);
}

TEST(LargeStore, APartIsReadFromAnyRecordOn) {
  const TemporaryDirectory directory;
  fill(directory.path() / "store");
  const auto store = must(LargeStore::open((directory.path() / "store").string()));
  const std::vector<RecordView> whole = must(store->decode(1, 3, 0, 1000));
  ASSERT_GE(whole.size(), 3U);
  const std::vector<RecordView> some = must(store->decode(1, 3, 1, 2));
  EXPECT_EQ(some, (std::vector<RecordView>{whole[1], whole[2]}));
  EXPECT_TRUE(must(store->decode(1, 3, whole.size(), 5)).empty());
}

TEST(LargeStore, DamageIsMarkedAndTheRestIsRead) {
  const TemporaryDirectory directory;
  const std::filesystem::path path = directory.path() / "store";
  fill(path);
  const auto before = must(LargeStore::open(path.string()));
  const LargeStore::Segment& oldest = before->segments().back();
  const std::filesystem::path log = path / segment_file_name(oldest.number);
  {
    std::fstream file(log, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(20'000);
    file.write("damage damage", 13);
  }
  const auto after = must(LargeStore::open(path.string()));
  EXPECT_LT(after->records(), before->records());
  EXPECT_GT(after->records() + 4, before->records());
  const LargeStore::Segment& segment = after->segments().back();
  ASSERT_EQ(segment.number, oldest.number);
  std::size_t damaged = 0;
  for (std::size_t part = 0; part < LargeStore::kParts; ++part) damaged += segment.parts[part].is_damaged ? 1 : 0;
  EXPECT_GE(damaged, 1U);
  EXPECT_LE(damaged, 2U);
  EXPECT_TRUE(segment.parts[20'000 * LargeStore::kParts / segment.size_bytes].is_damaged);
}

TEST(LargeStore, WhatIsNoStoreIsRefused) {
  const TemporaryDirectory directory;
  EXPECT_FALSE(LargeStore::open((directory.path() / "missing").string()).ok());
  std::filesystem::create_directories(directory.path() / "empty");
  EXPECT_FALSE(LargeStore::open((directory.path() / "empty").string()).ok());
}

class LargeStoreInTheWindow : public AppFixture {
 protected:
  // More than can be shown record by record; most of it in one key, so that it is written fast.
  void open_large() {
    const std::filesystem::path path = directory_.path() / "store";
    {
      Options options;
      options.background_merge = false;
      options.segment_size_bytes = 24 << 20;
      const std::unique_ptr<Store> store = must(Store::open(path, options));
      const std::string value(60'000, 'v');
      for (int i = 0; i < 1200; ++i) ASSERT_TRUE(is_ok(store->put("key" + std::to_string(i % 600), value)));
      ASSERT_TRUE(is_ok(store->close()));
    }
    open_large_again();
  }
  void open_large_again() { open({.store = (directory_.path() / "store").string()}); }
};

TEST_F(LargeStoreInTheWindow, IsLookedIntoByMouseAndByKeys) {
  open_large();
  EXPECT_EQ(state()["large"]["records"], 1200);
  EXPECT_EQ(state()["large"]["live"], 600);
  EXPECT_EQ(state()["large"]["segment"], state()["large"]["segments"][0]);
  for (const viz::LayoutId layout : viz::kLayouts) {
    open_large_again();
    app_->set_layout(layout);
    settle();
    EXPECT_GT(state()["large"]["decoded"], 0) << name_of(layout);
  }
  app_->set_layout(viz::LayoutId::kLearn);
  settle();
  ASSERT_TRUE(click("band.000001.log"));
  EXPECT_EQ(state()["large"]["segment"], "000001.log");
  EXPECT_GT(state()["large"]["part"], 200);  // its middle
  press(viz::Key::kPeriod);
  EXPECT_EQ(state()["large"]["segment"], "000002.log");
  const int part = state()["large"]["part"];
  press(viz::Key::kRight, true);
  EXPECT_EQ(state()["large"]["part"], part + 1);
  for (int i = 0; i < 3; ++i) press(viz::Key::kLeft);
  EXPECT_LT(state()["large"]["part"], part + 1);
}

}  // namespace
}  // namespace sediment::test
