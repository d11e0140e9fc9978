// Publishing a manifest: the calls, in their order, and what each failure leaves.
#include "engine/publish.h"

#include <gtest/gtest.h>

#include "tests/support/sim_helpers.h"

namespace sediment {
namespace {

using Kind = sim::DiskOperation::Kind;
using test::disk_with;
using test::has_code;
using test::is_ok;
using test::must;
using Operations = std::vector<std::string>;

Manifest example() {
  Manifest manifest;
  manifest.next_number = SegmentNumber{9};
  manifest.sealed = {{SegmentNumber{3}, 0x5be0cd19137e2179, 4096, 87}};
  manifest.active = Manifest::Active{SegmentNumber{8}, 0x9b05688c2b3e6c1f};
  return manifest;
}

TEST(PublishManifest, WritesAsideSyncsRenamesAndSyncsTheDirectory) {
  sim::Trace trace;
  sim::SimDisk disk({}, {}, &trace);
  must(publish_manifest(disk, example()));
  EXPECT_EQ(test::operations_of(trace), (Operations{"create MANIFEST.tmp", "append MANIFEST.tmp", "sync MANIFEST.tmp",
                                                    "rename MANIFEST.tmp MANIFEST", "sync-directory"}));
  EXPECT_EQ(must(read_manifest(disk)), example());
  EXPECT_TRUE(disk.state().all_durable());
  EXPECT_EQ(disk.state().names().size(), 1U);
}

TEST(PublishManifest, RemovesWhatAnEarlierCrashLeft) {
  sim::Trace trace;
  sim::SimDisk disk(sim::DiskState::with_files({{"MANIFEST.tmp", "half"}, {"MANIFEST", encode_manifest(Manifest())}}),
                    {}, &trace);
  must(publish_manifest(disk, example()));
  EXPECT_EQ(test::operations_of(trace).front(), "remove MANIFEST.tmp");
  EXPECT_EQ(must(read_manifest(disk)), example());
}

TEST(PublishManifest, NoSpaceChangesNothing) {
  for (const Kind kind : {Kind::kCreate, Kind::kAppend}) {
    const auto disk = disk_with({{"MANIFEST", encode_manifest(Manifest())}});
    const auto before = disk->state().contents();
    disk->fail(kind, 1, Status::no_space("MANIFEST.tmp", "full"));
    EXPECT_TRUE(has_code(publish_manifest(*disk, example()), StatusCode::kNoSpace));
    EXPECT_EQ(disk->state().contents(), before);
    EXPECT_TRUE(is_ok(publish_manifest(*disk, example())));
    EXPECT_EQ(must(read_manifest(*disk)), example());
  }
}

TEST(PublishManifest, NeverRenamesWhatItCouldNotSync) {
  for (const Kind kind : {Kind::kCreate, Kind::kAppend, Kind::kSync, Kind::kRename}) {
    const auto disk = disk_with({{"MANIFEST", encode_manifest(Manifest())}});
    disk->fail(kind, 1, Status::io_error("MANIFEST.tmp", "no"));
    EXPECT_TRUE(has_code(publish_manifest(*disk, example()), StatusCode::kIoError)) << sim::name_of(kind);
    EXPECT_EQ(must(read_manifest(*disk)), Manifest());
  }
}

TEST(PublishManifest, ReportsThatTheDirectoryCouldNotBeSynced) {
  const auto disk = disk_with({});
  disk->fail(Kind::kSyncDirectory, 1, Status::io_error("directory", "no"));
  EXPECT_TRUE(has_code(publish_manifest(*disk, example()), StatusCode::kIoError));
}

TEST(PublishManifest, AFailureAfterTheRenameNeverSaysThatNothingHasChanged) {
  for (const Status& failure :
       {Status::no_space("directory", "full"), Status::not_found("gone"), Status::no_memory()}) {
    const auto disk = disk_with({{"MANIFEST", encode_manifest(Manifest())}});
    disk->fail(Kind::kSyncDirectory, 1, failure);
    EXPECT_TRUE(has_code(publish_manifest(*disk, example()), StatusCode::kIoError)) << failure.to_string();
    EXPECT_EQ(must(read_manifest(*disk)), example()) << "it was renamed";
  }
}

TEST(PublishManifest, InTwoHalvesTheOldOneCountsUntilTheSecond) {
  const auto disk = disk_with({{"MANIFEST", encode_manifest(Manifest())}});
  must(write_manifest(*disk, example()));
  EXPECT_EQ(must(read_manifest(*disk)), Manifest());
  must(switch_manifest(*disk));
  EXPECT_EQ(must(read_manifest(*disk)), example());
  EXPECT_TRUE(disk->state().all_durable());
}

}  // namespace
}  // namespace sediment
