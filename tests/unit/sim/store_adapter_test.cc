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

}  // namespace
}  // namespace sediment::sim
