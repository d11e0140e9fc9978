// What the disk alone tells of an engine's store.
#include "sim/run/store_adapter.h"

#include <gtest/gtest.h>

#include "tests/support/sim_helpers.h"

namespace sediment::sim {
namespace {

using test::disk_with;
using test::must;

// One sealed segment with two records of one key, and an active one.
std::map<std::string, std::string> two_segments() {
  const auto disk = std::make_shared<SimDisk>();
  const auto store = test::open_store(disk, test::manual_merges());
  must(store->put("a", "1"));
  must(store->put("a", "2"));
  must(store->roll());
  must(store->put("b", "3"));
  return disk->state().contents();
}

std::optional<std::string> wrong_with(const std::map<std::string, std::string>& files) {
  return wrong_files(disk_with(files)->state());
}

TEST(DiskOfAnEngine, HasExactlyTheFilesThatTheManifestNames) {
  const auto files = two_segments();
  EXPECT_EQ(wrong_with(files), std::nullopt);

  auto more = files;
  more["000099.log"] = files.at("000001.log");
  EXPECT_EQ(wrong_with(more), "000099.log is on the disk, but the manifest does not name it");
  for (const char* name : {"000001.log", "000002.log"}) {
    auto fewer = files;
    fewer.erase(name);
    EXPECT_EQ(wrong_with(fewer), std::string(name) + " is named by the manifest, but it is not on the disk");
  }
  auto shorter = files;
  shorter["000001.log"].resize(64);
  EXPECT_EQ(wrong_with(shorter), "000001.log was sealed with 96 bytes, but has 64");
  EXPECT_NE(wrong_with({}), std::nullopt);
}

TEST(DiskOfAnEngine, WastesSpaceIfItHoldsMoreThanTheLivePairs) {
  const auto disk = disk_with(two_segments());
  const Contents live{{"a", "2"}, {"b", "3"}};
  EXPECT_EQ(wasted_space(disk->state(), {{"a", "2"}}),
            "after a merge of everything the live pairs need 64 bytes, but the sealed segments have 96");
  const auto store = test::open_store(disk, test::manual_merges());
  must(store->put("b", "4"));
  must(store->roll());
  EXPECT_NE(wasted_space(disk->state(), live), std::nullopt);
  must(store->merge());
  EXPECT_EQ(wasted_space(disk->state(), live), std::nullopt);
}

TEST(DiskOfAnEngine, IsNotEditedInPlace) {
  const auto files = two_segments();
  auto edited = files;
  edited["000001.log"][40] ^= 1;
  auto removed = files;
  removed.erase("000001.log");
  const DiskState before = disk_with(files)->state();
  EXPECT_EQ(edited_log(before, before), std::nullopt);
  EXPECT_EQ(edited_log(before, disk_with(removed)->state()), std::nullopt);
  EXPECT_EQ(edited_log(before, disk_with(edited)->state()), "the open has changed 000001.log in place");
}

// A store that is asked in two ways: a list of its pairs, and get.
class TwoAnswers final : public StoreAdapter {
 public:
  TwoAnswers(Contents list, Contents found) : list_(std::move(list)), found_(std::move(found)) {}
  Status put(std::string_view, std::string_view) override { return {}; }
  Status remove(std::string_view) override { return {}; }
  Status get(std::string_view key, std::string* value) override {
    ++gets;
    const auto found = found_.find(std::string(key));
    if (found == found_.end()) return Status::not_found();
    if (found->second == "rotten") return Status::corruption("log", 7, "the checksum does not match");
    *value = found->second;
    return {};
  }
  Status sync() override { return {}; }
  Status close() override { return {}; }
  Result<Contents> everything(const std::set<std::string>& keys) override {
    return list_.contains("by get") ? StoreAdapter::everything(keys) : Result<Contents>(list_);
  }

  std::size_t gets = 0;

 private:
  Contents list_;
  Contents found_;
};

TEST(ReadingAll, DemandsThatTheListAndGetAgree) {
  const Contents pairs{{"a", "1"}, {"b", ""}};
  struct Case {
    Contents list;
    Contents found;
    std::string says;  // nothing: the two agree
  };
  const std::string begins = "the store contradicts itself: its list of all pairs has ";
  for (const Case& each :
       {Case{pairs, pairs, ""}, Case{pairs, {{"a", "1"}}, begins + "b = \"\", but get(b) finds nothing"},
        Case{pairs, {{"a", "2"}, {"b", ""}}, begins + "a = \"1\", but get(a) finds \"2\""},
        Case{{{"a", "1"}}, pairs, begins + "no b, but get(b) finds \"\""}}) {
    TwoAnswers store(each.list, each.found);
    const Result<Contents> read = read_all(store, {"a", "b", "never"});
    EXPECT_EQ(read.ok(), each.says.empty());
    EXPECT_EQ(read.ok() ? "" : read.status().message(), each.says);
    EXPECT_TRUE(read.ok() || read.status().is(StatusCode::kInvalidArgument)) << "damage would be an excuse";
    EXPECT_EQ(read.ok() ? *read : pairs, pairs);
  }
  TwoAnswers rotten(pairs, {{"a", "rotten"}});
  EXPECT_TRUE(read_all(rotten, {}).status().is(StatusCode::kCorruption)) << "get has reported damage";
}

TEST(ReadingAll, AsksOnceIfTheStoreCannotListItsPairs) {
  TwoAnswers store({{"by get", ""}}, {{"a", "1"}});
  EXPECT_EQ(must(read_all(store, {"a", "b"})), (Contents{{"a", "1"}}));
  EXPECT_EQ(store.gets, 2U);
}

}  // namespace
}  // namespace sediment::sim
