// Directories below directories, second names, and writes over bytes: what a crash may leave of them.
#include <gtest/gtest.h>

#include <sstream>

#include "sim/disk/crash.h"
#include "sim/disk/disk_state.h"
#include "sim/disk/trace.h"
#include "tests/support/sim_helpers.h"

namespace sediment::sim {
namespace {

using test::must;
using Kind = DiskOperation::Kind;
using Operations = std::vector<DiskOperation>;

// The root has the directories 1 ("db") and 2 ("other"), both durable, and whatever comes then.
DiskOperation make_directory(FileId id, const std::string& name) {
  return {.kind = Kind::kMakeDirectory, .file = id, .name = name};
}
DiskOperation create(FileId id, const std::string& name) { return {.kind = Kind::kCreate, .file = id, .name = name}; }
DiskOperation write(FileId id, const std::string& bytes, std::uint64_t offset = 0) {
  return {.kind = Kind::kAppend, .file = id, .offset = offset, .bytes = bytes};
}
DiskOperation sync_file(FileId id) { return {.kind = Kind::kSync, .file = id}; }
DiskOperation sync_directory(FileId id) { return {.kind = Kind::kSyncDirectory, .file = id}; }
DiskOperation rename(FileId id, const std::string& from, const std::string& to) {
  return {.kind = Kind::kRename, .file = id, .name = from, .new_name = to};
}
DiskOperation link(FileId id, const std::string& name, const std::string& to) {
  return {.kind = Kind::kLink, .file = id, .name = name, .new_name = to};
}
DiskOperation remove(FileId id, const std::string& name) { return {.kind = Kind::kRemove, .file = id, .name = name}; }

DiskState disk_after(const Operations& operations) {
  DiskState disk;
  for (const DiskOperation& operation :
       Operations{make_directory(1, "db"), make_directory(2, "other"), sync_directory(0)}) {
    disk.apply(operation);
  }
  for (const DiskOperation& operation : operations) {
    EXPECT_TRUE(disk.can_apply(operation)) << describe(operation);
    disk.apply(operation);
  }
  return disk;
}

// "db/ db/a=1": directories end in a slash.
std::string shown(const DiskState& disk) {
  std::string text;
  for (const auto& [path, id] : disk.paths()) {
    text += (text.empty() ? "" : " ") + path;
    text += disk.is_directory(id) ? std::string("/") : "=" + disk.file(id).cached;
  }
  return text;
}

std::string after_power_cut(const DiskState& disk) {
  return shown(must(crash_image(disk, {.fault = Fault::kLoseUnsynced})));
}

struct Case {
  const char* what;
  Operations operations;
  std::string seen;  // by a process
  std::string left;  // after everything unsynced is lost
};

TEST(DiskTree, KeepsOfEachDirectoryWhatWasSyncedInIt) {
  const Operations made{create(3, "1/a"), write(3, "x"), sync_file(3)};
  const auto also = [](Operations begin, const Operations& more) {
    begin.insert(begin.end(), more.begin(), more.end());
    return begin;
  };
  const Operations durable = also(made, {sync_directory(1)});
  for (const Case& each : {
           Case{"a synced file without the sync of its directory", made, "db/ db/a=x other/", "db/ other/"},
           Case{"the sync of the root says nothing of a directory below", also(made, {sync_directory(0)}),
                "db/ db/a=x other/", "db/ other/"},
           Case{"the sync of its directory", durable, "db/ db/a=x other/", "db/ db/a=x other/"},
           Case{"a directory whose own name is not durable takes everything with it",
                {make_directory(3, "new"), create(4, "3/a"), sync_directory(3)},
                "db/ new/ new/a= other/",
                "db/ other/"},
           Case{"a directory two levels down",
                {make_directory(3, "1/sub"), create(4, "3/a"), sync_directory(3), sync_directory(1)},
                "db/ db/sub/ db/sub/a= other/",
                "db/ db/sub/ db/sub/a= other/"},
           Case{"a rename within a directory", also(durable, {rename(3, "1/a", "1/b")}), "db/ db/b=x other/",
                "db/ db/a=x other/"},
           Case{"a rename to another directory is undone whole", also(durable, {rename(3, "1/a", "2/a")}),
                "db/ other/ other/a=x", "db/ db/a=x other/"},
           Case{"the sync of the old directory does not make it durable",
                also(durable, {rename(3, "1/a", "2/a"), sync_directory(1)}), "db/ other/ other/a=x",
                "db/ db/a=x other/"},
           Case{"the sync of the new directory does, and the old name is gone",
                also(durable, {rename(3, "1/a", "2/a"), sync_directory(2)}), "db/ other/ other/a=x",
                "db/ other/ other/a=x"},
           Case{"an older create does not bring the old name back",
                also(made, {rename(3, "1/a", "2/a"), sync_directory(2), sync_directory(1)}), "db/ other/ other/a=x",
                "db/ other/ other/a=x"},
           Case{"a rename of a directory takes its files along", also(durable, {rename(1, "db", "2/db")}),
                "other/ other/db/ other/db/a=x", "db/ db/a=x other/"},
           Case{"and is durable when the directory of its new name is synced",
                also(durable, {rename(1, "db", "2/db"), sync_directory(2)}), "other/ other/db/ other/db/a=x",
                "other/ other/db/ other/db/a=x"},
           Case{"a second name needs the sync of its own directory", also(durable, {link(3, "1/a", "2/b")}),
                "db/ db/a=x other/ other/b=x", "db/ db/a=x other/"},
           Case{"both names are one file",
                also(durable, {link(3, "1/a", "2/b"), sync_directory(2), write(3, "yz"), sync_file(3)}),
                "db/ db/a=yz other/ other/b=yz", "db/ db/a=yz other/ other/b=yz"},
           Case{"a removed name leaves the other one",
                also(durable, {link(3, "1/a", "1/b"), remove(3, "1/a"), sync_directory(1)}), "db/ db/b=x other/",
                "db/ db/b=x other/"},
           Case{"a removed directory is back until the directory above it is synced",
                {DiskOperation{.kind = Kind::kRemoveDirectory, .file = 2, .name = "other"}},
                "db/",
                "db/ other/"},
           Case{"a write over durable bytes", also(durable, {write(3, "Y")}), "db/ db/a=Y other/", "db/ db/a=x other/"},
       }) {
    const DiskState disk = disk_after(each.operations);
    EXPECT_EQ(shown(disk), each.seen) << each.what;
    EXPECT_EQ(after_power_cut(disk), each.left) << each.what;
    EXPECT_EQ(shown(must(crash_image(disk, {.fault = Fault::kCleanKill}))), each.seen) << each.what;
  }
}

TEST(DiskTree, LosesAnyOfItsChangesAlone) {
  const DiskState disk = disk_after({create(3, "1/a"), write(3, "x"), sync_file(3), link(3, "1/a", "2/b"),
                                     make_directory(4, "2/sub"), rename(1, "db", "moved")});
  const auto without = [&](Fault fault, const std::string& name) {
    return shown(must(crash_image(disk, {.fault = fault, .file = name})));
  };
  EXPECT_EQ(without(Fault::kLostCreate, "1/a"), "moved/ other/ other/b=x other/sub/") << "its other name is left";
  EXPECT_EQ(without(Fault::kLostCreate, "2/b"), "moved/ moved/a=x other/ other/sub/");
  EXPECT_EQ(without(Fault::kLostCreate, "2/sub"), "moved/ moved/a=x other/ other/b=x");
  EXPECT_EQ(without(Fault::kLostRename, "moved"), "db/ db/a=x other/ other/b=x other/sub/");
  std::size_t lost = 0;
  for (const CrashChoice& choice : possible_crashes(disk, nullptr)) {
    EXPECT_TRUE(crash_image(disk, choice).ok()) << to_string(choice);
    lost += choice.fault == Fault::kLostCreate || choice.fault == Fault::kLostRename ? 1U : 0U;
  }
  EXPECT_EQ(lost, 4U);
}

TEST(DiskTree, HasAFingerprintThatTellsDirectoriesFromFilesAndLinksFromCopies) {
  const auto fingerprints = [](const DiskState& disk) {
    CrashSite site(disk);
    return std::pair(
        disk.fingerprint(),
        must(site.plan({.fault = Fault::kLoseUnsynced, .scope = CrashChoice::Scope::kContents})).fingerprint());
  };
  const auto file = fingerprints(disk_after({create(3, "l")}));
  const auto directory = fingerprints(disk_after({make_directory(3, "l")}));
  EXPECT_NE(file.first, directory.first);
  EXPECT_NE(file.second, directory.second);
  const auto link_to_it = fingerprints(disk_after({create(3, "1/a"), link(3, "1/a", "1/b")}));
  const auto another_file = fingerprints(disk_after({create(3, "1/a"), create(4, "1/b")}));
  EXPECT_NE(link_to_it.second, another_file.second);
  const auto again = fingerprints(disk_after({create(3, "x"), create(4, "1/a"), remove(3, "x")}));
  EXPECT_EQ(again.second, fingerprints(disk_after({create(3, "1/a")})).second) << "numbers do not count";
}

TEST(DiskTree, GoesOnAfterACrash) {
  DiskState disk =
      must(crash_image(disk_after({create(3, "1/a"), sync_directory(1)}), {.fault = Fault::kLoseUnsynced}));
  const FileId next = disk.next_file_id();
  for (const DiskOperation& operation : {create(next, "1/b"), write(next, "1"), sync_file(next), sync_directory(1)}) {
    ASSERT_TRUE(disk.can_apply(operation)) << describe(operation);
    disk.apply(operation);
  }
  EXPECT_EQ(after_power_cut(disk), "db/ db/a= db/b=1 other/") << "directories keep their numbers";
}

TEST(DiskTree, RefusesWhatIsNotPossible) {
  const DiskState disk = disk_after({create(3, "1/a")});
  for (const DiskOperation& operation :
       {link(3, "1/b", "1/c"), link(3, "1/a", "1/a"), link(1, "db", "again"), remove(1, "db"), sync_directory(3),
        sync_directory(99), make_directory(3, "x"), make_directory(4, "db"), write(1, "bytes of a directory"),
        DiskOperation{.kind = Kind::kRemoveDirectory, .file = 1, .name = "db"},
        DiskOperation{.kind = Kind::kRemoveDirectory, .file = 3, .name = "1/a"}}) {
    EXPECT_FALSE(disk.can_apply(operation)) << describe(operation) << " " << operation.file;
  }
}

// A made-up record may put a directory into itself. Nothing then reaches it, and nothing hangs.
TEST(DiskTree, OfACircleNothingIsReached) {
  const DiskState disk = disk_after({create(3, "1/a"), rename(1, "db", "2/db"), rename(2, "other", "1/other")});
  EXPECT_EQ(shown(disk), "");
  EXPECT_EQ(disk.path_of("1/a"), "1/a");
  EXPECT_EQ(shown(must(crash_image(disk, {.fault = Fault::kLoseUnsynced, .scope = CrashChoice::Scope::kContents}))),
            "");
}

TEST(DiskTree, IsTheSameAfterItsTraceIsSavedAndRead) {
  Trace trace;
  DiskOperation first = make_directory(1, "db");
  first.process = "mkdir[12]";
  trace.add(first);
  DiskOperation second = create(2, "1/a");
  second.path = "db/a";
  trace.add(second);
  trace.add(write(2, "abc"));
  DiskOperation third = link(2, "1/a", "b");
  third.path = "db/a";
  trace.add(third);
  trace.add(sync_directory(1));
  trace.add(sync_directory(0));
  trace.add(CrashEntry{{.fault = Fault::kLoseUnsynced}, 6});
  std::stringstream saved;
  save_trace(trace, saved);
  const Result<Trace> loaded = load_trace(saved);
  ASSERT_TRUE(loaded.ok()) << loaded.status().to_string();
  EXPECT_EQ(*loaded, trace);
  EXPECT_EQ(describe(second), "create db/a");
  std::istringstream unknown("{\"sediment_trace\":1}\n{\"operation\":\"sync-directory\",\"file\":7,\"name\":\"x\"}\n");
  EXPECT_FALSE(load_trace(unknown).ok());
}

}  // namespace
}  // namespace sediment::sim
