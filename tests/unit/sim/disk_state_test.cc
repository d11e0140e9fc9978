// What is durable and what is only cached, and the pure functions between the two.
#include "sim/disk/disk_state.h"

#include <gtest/gtest.h>

#include "tests/support/sim_helpers.h"

namespace sediment::sim {
namespace {

using Kind = DiskOperation::Kind;
using test::Files;

DiskOperation create(FileId file, const std::string& name, std::uint64_t reserved = 0) {
  return {.kind = Kind::kCreate, .file = file, .name = name, .size = reserved};
}
DiskOperation append(FileId file, std::uint64_t offset, const std::string& bytes) {
  return {.kind = Kind::kAppend, .file = file, .name = "f", .offset = offset, .bytes = bytes};
}
DiskOperation truncate(FileId file, std::uint64_t size) {
  return {.kind = Kind::kTruncate, .file = file, .name = "f", .size = size};
}
DiskOperation sync(FileId file) { return {.kind = Kind::kSync, .file = file, .name = "f"}; }
DiskOperation rename(FileId file, const std::string& from, const std::string& to) {
  return {.kind = Kind::kRename, .file = file, .name = from, .new_name = to};
}
DiskOperation remove(FileId file, const std::string& name) {
  return {.kind = Kind::kRemove, .file = file, .name = name};
}
DiskOperation sync_directory() { return {.kind = Kind::kSyncDirectory}; }

DiskState state_of(const std::vector<DiskOperation>& operations) {
  DiskState state;
  for (const DiskOperation& operation : operations) state.apply(operation);
  return state;
}

TEST(DiskState, AWriteIsCachedUntilItsFileIsSynced) {
  DiskState state = state_of({create(1, "f"), append(1, 0, "abc")});
  EXPECT_EQ(state.file(1).cached, "abc");
  EXPECT_EQ(state.file(1).durable, "");
  EXPECT_EQ(state.file(1).unsynced.size(), 1U);
  state.apply(append(1, 3, "def"));
  state.apply(sync(1));
  EXPECT_EQ(state.file(1).durable, "abcdef");
  EXPECT_TRUE(state.file(1).unsynced.empty());
  state.apply(append(1, 6, "g"));
  EXPECT_EQ(state.file(1).durable, "abcdef");
  EXPECT_EQ(state.file(1).cached, "abcdefg");
}

TEST(DiskState, SyncOfOneFileSaysNothingAboutAnother) {
  const DiskState state = state_of({create(1, "f"), create(2, "g"), append(1, 0, "a"), append(2, 0, "b"), sync(1)});
  EXPECT_EQ(state.file(1).durable, "a");
  EXPECT_EQ(state.file(2).durable, "");
}

TEST(DiskState, NamesAreCachedUntilTheDirectoryIsSynced) {
  DiskState state = state_of({create(1, "f")});
  EXPECT_TRUE(state.names().contains("f"));
  EXPECT_FALSE(state.durable_names().contains("f"));
  state.apply(sync(1));
  EXPECT_FALSE(state.durable_names().contains("f")) << "the sync of a file says nothing about its name";
  EXPECT_FALSE(state.all_durable());
  state.apply(sync_directory());
  EXPECT_TRUE(state.durable_names().contains("f"));
  EXPECT_TRUE(state.all_durable());
}

TEST(DiskState, SyncOfTheDirectorySaysNothingAboutContents) {
  const DiskState state = state_of({create(1, "f"), append(1, 0, "abc"), sync_directory()});
  EXPECT_TRUE(state.durable_names().contains("f"));
  EXPECT_EQ(state.file(1).durable, "");
  EXPECT_FALSE(state.all_durable());
}

TEST(DiskState, ReservedSpaceReadsAsZerosAndAppendsFillIt) {
  DiskState state = state_of({create(1, "f", 8), append(1, 0, "abc")});
  EXPECT_EQ(state.file(1).cached, std::string("abc\0\0\0\0\0", 8));
  state.apply(append(1, 3, "defghij"));
  EXPECT_EQ(state.file(1).cached, "abcdefghij");
}

TEST(DiskState, TruncateCutsAndMovesTheEnd) {
  DiskState state = state_of({create(1, "f", 8), append(1, 0, "abcdef"), truncate(1, 2)});
  EXPECT_EQ(state.file(1).cached, "ab");
  EXPECT_EQ(state.file(1).durable, "");
  state.apply(sync(1));
  EXPECT_EQ(state.file(1).durable, "ab");
}

TEST(DiskState, RenameReplacesAndKeepsTheFilesIdentity) {
  const DiskState state =
      state_of({create(1, "a"), append(1, 0, "of a"), create(2, "b"), sync_directory(), rename(1, "a", "b")});
  EXPECT_EQ(state.contents(), (Files{{"b", "of a"}}));
  EXPECT_EQ(state.names().at("b"), 1U);
  EXPECT_EQ(state.durable_names().size(), 2U);
  EXPECT_EQ(state.file(2).cached, "") << "open handles can still read it";
  EXPECT_EQ(state.unsynced_changes().size(), 1U);
}

TEST(DiskState, RemoveTakesOnlyTheName) {
  DiskState state = state_of({create(1, "a"), append(1, 0, "x"), sync_directory(), remove(1, "a")});
  EXPECT_EQ(state.find("a"), nullptr);
  EXPECT_EQ(state.file(1).cached, "x");
  EXPECT_TRUE(state.durable_names().contains("a"));
  state.apply(sync_directory());
  EXPECT_TRUE(state.durable_names().empty());
}

TEST(DiskState, WithFilesIsDurable) {
  const DiskState state = DiskState::with_files({{"a", "1"}, {"b", ""}});
  EXPECT_TRUE(state.all_durable());
  EXPECT_EQ(state.contents(), (Files{{"a", "1"}, {"b", ""}}));
  EXPECT_EQ(state.durable_names(), state.names());
  EXPECT_EQ(state.find("a")->durable, "1");
  EXPECT_EQ(state.next_file_id(), 3U);
}

TEST(DiskState, DamageIsOnTheDiskAndInTheCache) {
  DiskState state = DiskState::with_files({{"a", "1"}});
  state.damage(state.names().at("a"), "2");
  EXPECT_EQ(state.find("a")->durable, "2");
  EXPECT_EQ(state.find("a")->cached, "2");
  EXPECT_TRUE(state.all_durable());
}

TEST(DiskState, AnAppendCanBeInterruptedAtAnyByte) {
  for (std::uint64_t bytes = 0; bytes <= 4; ++bytes) {
    DiskState state = state_of({create(1, "f", 8), append(1, 0, "ab"), sync(1), append(1, 2, "cdef")});
    state.interrupt_last_append(1, bytes);
    std::string expected = "ab" + std::string("cdef").substr(0, bytes);
    expected.resize(8, '\0');
    EXPECT_EQ(state.file(1).cached, expected);
    EXPECT_EQ(state.file(1).durable, std::string("ab\0\0\0\0\0\0", 8)) << "and this has made nothing durable";
  }
}

TEST(DiskState, EqualStatesHaveEqualFingerprints) {
  const std::vector<DiskOperation> operations{create(1, "f", 8), append(1, 0, "ab"), sync(1), append(1, 2, "c"),
                                              sync_directory()};
  DiskState first = state_of(operations);
  const DiskState second = state_of(operations);
  EXPECT_EQ(first, second);
  EXPECT_EQ(first.fingerprint(), second.fingerprint());
}

TEST(DiskState, DifferentStatesHaveDifferentFingerprints) {
  // Along a run of operations every state is different, if only in what is durable.
  DiskState state;
  std::vector<std::uint64_t> fingerprints{state.fingerprint()};
  for (const DiskOperation& operation :
       {create(1, "f"), append(1, 0, "a"), append(1, 1, "b"), sync(1), sync_directory(), rename(1, "f", "g"),
        sync_directory(), truncate(1, 1), sync(1), create(2, "h"), remove(1, "g"), sync_directory()}) {
    state.apply(operation);
    fingerprints.push_back(state.fingerprint());
  }
  std::sort(fingerprints.begin(), fingerprints.end());
  EXPECT_EQ(std::adjacent_find(fingerprints.begin(), fingerprints.end()), fingerprints.end());
}

TEST(DiskState, ForgetsOnlyFilesThatNothingCanBringBack) {
  DiskState state = state_of({create(1, "a"), append(1, 0, "x"), sync_directory(), remove(1, "a")});
  state.forget_unreachable_files();
  EXPECT_EQ(state.file(1).cached, "x") << "the remove may still be undone";
  state.apply(sync_directory());
  state.forget_unreachable_files();
  EXPECT_THROW((void)state.file(1), std::out_of_range);
}

TEST(DiskState, EveryKindOfOperationHasANameAndASentence) {
  EXPECT_EQ(name_of(Kind::kCreate), "create");
  EXPECT_EQ(name_of(Kind::kSyncDirectory), "sync-directory");
  EXPECT_EQ(describe(append(1, 32, "12345")), "append 5 bytes to f at 32");
  EXPECT_EQ(describe(rename(1, "a", "b")), "rename a to b");
  EXPECT_EQ(describe(truncate(1, 9)), "cut f to 9 bytes");
  EXPECT_EQ(describe(create(1, "f")), "create f");
  EXPECT_EQ(describe(remove(1, "f")), "remove f");
  EXPECT_EQ(describe(sync(1)), "sync f");
  EXPECT_EQ(describe(sync_directory()), "sync the directory");
}

TEST(DiskStateDeathTest, RefusesOperationsThatAreImpossible) {
  EXPECT_DEATH(state_of({create(1, "f"), create(2, "f")}), "a created file is new");
  EXPECT_DEATH(state_of({remove(1, "f")}), "is there");
  EXPECT_DEATH(state_of({create(1, "f"), rename(1, "g", "h")}), "is there");
}

}  // namespace
}  // namespace sediment::sim
