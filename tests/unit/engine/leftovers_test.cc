// Leftovers: which files an open removes, by their names alone.
#include "engine/leftovers.h"

#include <gtest/gtest.h>

#include "tests/support/segment_helpers.h"
#include "tests/support/sim_helpers.h"

namespace sediment {
namespace {

using Kind = sim::DiskOperation::Kind;
using test::disk_with;
using test::has_code;
using test::must;
using Names = std::vector<std::string>;

Manifest example() {
  Manifest manifest;
  manifest.next_number = SegmentNumber{9};
  manifest.sealed = {{SegmentNumber{3}, 1, 4096, 87}};
  manifest.active = Manifest::Active{SegmentNumber{8}, 2};
  return manifest;
}

TEST(Leftovers, AreWhatIsCalledLikeAStoresFileAndIsNotNamed) {
  struct Row {
    const char* name;
    bool removed;
  };
  const std::vector<Row> rows{
      {"000003.log", false},      // sealed
      {"000003.idx", false},      // its snapshot
      {"000008.log", false},      // active
      {"000008.idx", true},       // an active segment has none
      {"000003.idx.tmp", true},   // a snapshot that was not finished
      {"000004.log", true},       // of a roll or a merge before its commit, or of one whose inputs were not all removed
      {"000004.idx", true},       //
      {"000009.idx.tmp", true},   //
      {"MANIFEST.tmp", true},     //
      {"MANIFEST", false},        //
      {"LOCK", false},            //
      {"000003.log.tmp", false},  // no store writes such a file
      {"3.log", false},           // nor this one
      {"notes.txt", false},       //
      {"notes.tmp", false},       //
  };
  test::Files files;
  for (const Row& row : rows) files.emplace(row.name, "x");
  const auto disk = disk_with(files);
  Names expected;
  for (const auto& [name, contents] : files) {
    for (const Row& row : rows) {
      if (row.removed && row.name == name) expected.push_back(name);
    }
  }
  test::EventRecorder events;
  Names removed;
  must(remove_leftovers(*disk, example(), &removed, &events));
  EXPECT_EQ(removed, expected) << "in the order of their names";
  EXPECT_EQ(events.of(EventKind::kOrphanRemoved).size(), expected.size());
  EXPECT_EQ(disk->state().names().size(), rows.size() - expected.size());
  for (const Row& row : rows) EXPECT_EQ(disk->state().find(row.name) == nullptr, row.removed) << row.name;
}

TEST(Leftovers, AreRemovedUpToTheFirstThatCannotBe) {
  const auto disk = disk_with({{"000004.log", "x"}, {"000005.log", "x"}, {"000006.log", "x"}});
  disk->fail(Kind::kRemove, 2, Status::io_error("000005.log", "no"));
  Names removed;
  EXPECT_TRUE(has_code(remove_leftovers(*disk, example(), &removed, nullptr), StatusCode::kIoError));
  EXPECT_EQ(removed, Names{"000004.log"});
}

}  // namespace
}  // namespace sediment
