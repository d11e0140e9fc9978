// Crashes: the disk that each fault leaves, how a choice is written, and which choices are refused.
#include "sim/disk/crash.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <sstream>

#include "tests/support/sim_helpers.h"

namespace sediment::sim {
namespace {

using Scope = CrashChoice::Scope;
using test::Files;
using test::has_code;
using test::must;

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

DiskState crashed(const DiskState& state, const std::string& text) {
  return must(crash_image(state, must(parse_crash_choice(words_of(text)))));
}
Files files_after(const DiskState& state, const std::string& text) { return crashed(state, text).contents(); }
::testing::AssertionResult impossible(const DiskState& state, const std::string& text) {
  return has_code(crash_image(state, must(parse_crash_choice(words_of(text)))), StatusCode::kInvalidArgument);
}

// A disk with something unsynced of every kind.
struct Example {
  Example() {
    SimDisk disk(DiskState::with_files({{"kept", "durable"}, {"old", "o"}, {"gone", "was durable"}}));
    must(must(disk.open("kept"))->append({" cached"}));
    must(must(disk.create("new", 8))->append({"abc"}));
    must(disk.rename("old", "renamed"));
    must(disk.remove("gone"));
    state = disk.state();
  }
  DiskState state;
};

const std::string kNew("abc\0\0\0\0\0", 8);

TEST(Crash, ACleanKillLosesNothingAndMakesNothingDurable) {
  const Example example;
  const DiskState after = crashed(example.state, "clean-kill");
  EXPECT_EQ(after.contents(), (Files{{"kept", "durable cached"}, {"new", kNew}, {"renamed", "o"}}));
  EXPECT_FALSE(after.all_durable());
  EXPECT_EQ(files_after(after, "lose-unsynced"), files_after(example.state, "lose-unsynced"));
}

TEST(Crash, ACleanKillInsideAnAppendLeavesItsFirstBytes) {
  const Example example;
  for (std::uint64_t bytes = 0; bytes <= 7; ++bytes) {
    const DiskState after = crashed(example.state, "clean-kill kept " + std::to_string(bytes));
    EXPECT_EQ(after.contents().at("kept"), std::string("durable cached").substr(0, 7 + bytes));
    EXPECT_EQ(after.contents().at("new"), kNew);
    EXPECT_EQ(after.find("kept")->durable, "durable");
  }
  EXPECT_TRUE(impossible(example.state, "clean-kill kept 8")) << "the append has seven bytes";
  EXPECT_TRUE(impossible(example.state, "clean-kill missing 1"));
  EXPECT_TRUE(impossible(example.state, "clean-kill renamed 1")) << "nothing was appended";
}

TEST(Crash, APowerCutThatTakesEverythingLeavesWhatWasSynced) {
  const Example example;
  const DiskState after = crashed(example.state, "lose-unsynced");
  EXPECT_EQ(after.contents(), (Files{{"gone", "was durable"}, {"kept", "durable"}, {"old", "o"}}));
  EXPECT_TRUE(after.all_durable()) << "there is no cache any more";
}

TEST(Crash, APowerCutCanTakeContentsAndLeaveNames) {
  EXPECT_EQ(files_after(Example().state, "lose-unsynced contents"),
            (Files{{"kept", "durable"}, {"new", ""}, {"renamed", "o"}}));
}

TEST(Crash, APowerCutCanTakeNamesAndLeaveContents) {
  EXPECT_EQ(files_after(Example().state, "lose-unsynced directory"),
            (Files{{"gone", "was durable"}, {"kept", "durable cached"}, {"old", "o"}}));
}

TEST(Crash, APowerCutCanTakeTheContentsOfOneFile) {
  const Example example;
  EXPECT_EQ(files_after(example.state, "lose-unsynced kept"),
            (Files{{"kept", "durable"}, {"new", kNew}, {"renamed", "o"}}));
  EXPECT_EQ(files_after(example.state, "lose-unsynced new"),
            (Files{{"kept", "durable cached"}, {"new", ""}, {"renamed", "o"}}));
  EXPECT_TRUE(impossible(example.state, "lose-unsynced missing"));
}

TEST(Crash, ATearCutsOneFilesUnsyncedBytesAtAnyByte) {
  const Example example;
  for (std::uint64_t byte = 7; byte <= 14; ++byte) {
    const DiskState after = crashed(example.state, "torn-byte kept " + std::to_string(byte));
    EXPECT_EQ(after.contents(),
              (Files{{"kept", std::string("durable cached").substr(0, byte)}, {"new", kNew}, {"renamed", "o"}}));
    EXPECT_TRUE(after.all_durable());
  }
  EXPECT_TRUE(impossible(example.state, "torn-byte kept 6")) << "that byte is durable";
  EXPECT_TRUE(impossible(example.state, "torn-byte kept 15")) << "nothing was written there";
  EXPECT_TRUE(impossible(example.state, "torn-byte missing 0"));
  EXPECT_TRUE(impossible(example.state, "torn-byte renamed 0")) << "there is nothing to tear";
}

TEST(Crash, ATearLeavesReservedSpaceAsZeros) {
  EXPECT_EQ(files_after(Example().state, "torn-byte new 2").at("new"), std::string("ab\0\0\0\0\0\0", 8));
}

TEST(Crash, ATearReachesIntoEarlierAppendsThatNoSyncHasCovered) {
  SimDisk disk;
  const auto file = must(disk.create("f", 0));
  must(file->append({"ab"}));
  must(file->append({"cd"}));
  must(file->append({"ef"}));
  for (std::uint64_t byte = 0; byte <= 6; ++byte) {
    EXPECT_EQ(files_after(disk.state(), "torn-byte f " + std::to_string(byte)).at("f"),
              std::string("abcdef").substr(0, byte));
  }
}

TEST(Crash, ALostChangeOfTheDirectoryIsUndoneAlone) {
  const Example example;
  EXPECT_EQ(files_after(example.state, "lost-create new"), (Files{{"kept", "durable cached"}, {"renamed", "o"}}));
  EXPECT_EQ(files_after(example.state, "lost-rename renamed"),
            (Files{{"kept", "durable cached"}, {"new", kNew}, {"old", "o"}}));
  EXPECT_EQ(files_after(example.state, "lost-remove gone"),
            (Files{{"gone", "was durable"}, {"kept", "durable cached"}, {"new", kNew}, {"renamed", "o"}}));
  EXPECT_TRUE(impossible(example.state, "lost-create kept")) << "that is durable";
  EXPECT_TRUE(impossible(example.state, "lost-create renamed")) << "that was not a create";
  EXPECT_TRUE(impossible(example.state, "lost-rename old")) << "a rename is identified by its new name";
  EXPECT_TRUE(impossible(example.state, "lost-remove kept"));
}

TEST(Crash, ALostRenameBringsTheReplacedFileBack) {
  SimDisk disk(DiskState::with_files({{"MANIFEST", "old"}}));
  must(must(disk.create("MANIFEST.tmp", 0))->append({"new"}));
  must(disk.rename("MANIFEST.tmp", "MANIFEST"));
  EXPECT_EQ(files_after(disk.state(), "lost-rename MANIFEST"), (Files{{"MANIFEST", "old"}, {"MANIFEST.tmp", "new"}}));
  EXPECT_EQ(files_after(disk.state(), "lose-unsynced contents"), (Files{{"MANIFEST", ""}}))
      << "a rename may survive when the bytes of its file do not";
}

TEST(Crash, BitRotFlipsOneBit) {
  const Example example;
  Files expected = files_after(example.state, "clean-kill");
  const DiskState after = crashed(example.state, "bit-rot kept 2 3");
  expected.at("kept")[2] = static_cast<char>(expected.at("kept")[2] ^ 8);
  EXPECT_EQ(after.contents(), expected);
  EXPECT_TRUE(after.all_durable());
  EXPECT_TRUE(impossible(example.state, "bit-rot kept 14 0")) << "the file is shorter";
  EXPECT_TRUE(impossible(example.state, "bit-rot missing 0 0"));
}

// ---- subsets, tears and wrong contents

// Three unsynced writes in two files, and a create and a rename that no sync of the directory has covered.
struct Unsynced {
  Unsynced() {
    SimDisk disk(DiskState::with_files({{"a", "A"}, {"b", "B"}}));
    const auto a = must(disk.open("a"));
    const auto b = must(disk.open("b"));
    must(a->append({"1"}));
    must(b->append({"2"}));
    must(a->append({"3"}));
    must(disk.create("c", 0));
    must(disk.rename("b", "d"));
    state = disk.state();
  }
  DiskState state;
};

TEST(Crash, AnySubsetOfUnsyncedWritesMayPersistInAnyOrder) {
  const Unsynced unsynced;
  const std::string hole(
      "A\0"
      "3",
      3);
  EXPECT_EQ(files_after(unsynced.state, "keep-subset all all"), (Files{{"a", "A13"}, {"c", ""}, {"d", "B2"}}));
  EXPECT_EQ(files_after(unsynced.state, "keep-subset none none"), (Files{{"a", "A"}, {"b", "B"}}));
  EXPECT_EQ(files_after(unsynced.state, "keep-subset 1 none"), (Files{{"a", "A1"}, {"b", "B"}}));
  EXPECT_EQ(files_after(unsynced.state, "keep-subset 2 none"), (Files{{"a", "A"}, {"b", "B2"}}));
  EXPECT_EQ(files_after(unsynced.state, "keep-subset 3 none"), (Files{{"a", hole}, {"b", "B"}}))
      << "a hole before surviving data";
  EXPECT_EQ(files_after(unsynced.state, "keep-subset 2,3 2"), (Files{{"a", hole}, {"d", "B2"}}));
  EXPECT_EQ(files_after(unsynced.state, "keep-subset none 1"), (Files{{"a", "A"}, {"b", "B"}, {"c", ""}}));
  EXPECT_TRUE(impossible(unsynced.state, "keep-subset 4 none")) << "there are three writes";
  EXPECT_TRUE(impossible(unsynced.state, "keep-subset none 3")) << "there are two changes";
}

TEST(Crash, ALargeWritePersistsSectorBySector) {
  SimDisk disk;
  const auto file = must(disk.create("f", 0));
  must(disk.sync_directory());
  must(file->append({std::string(100, 'x'), std::string(1000, 'y')}));
  EXPECT_EQ(files_after(disk.state(), "keep-subset 1 none").at("f").size(), 512U);
  EXPECT_EQ(files_after(disk.state(), "keep-subset 2 none").at("f"), std::string(512, '\0') + std::string(512, 'y'));
  EXPECT_EQ(files_after(disk.state(), "keep-subset 1,2,3 none"), files_after(disk.state(), "keep-subset all none"));
  EXPECT_EQ(files_after(disk.state(), "torn-sector f 512"), files_after(disk.state(), "torn-byte f 512"));
  EXPECT_TRUE(impossible(disk.state(), "torn-sector f 513"));
}

TEST(Crash, ATearOfWordsLeavesAnyOfThem) {
  SimDisk disk;
  const auto file = must(disk.create("f", 40));
  must(file->append({"head----", "11111111", "22222222", "333"}));
  const std::string zeros(8, '\0');
  EXPECT_EQ(files_after(disk.state(), "torn-words f 1,3").at("f"), "head----" + zeros + "22222222" + zeros + zeros);
  EXPECT_EQ(files_after(disk.state(), "torn-words f 4").at("f").substr(24, 3), "333");
  EXPECT_EQ(files_after(disk.state(), "torn-words f none").at("f"), std::string(40, '\0'));
  EXPECT_TRUE(impossible(disk.state(), "torn-words f 5"));
  must(file->append({"44444444", "5"}));
  EXPECT_EQ(files_after(disk.state(), "torn-words f 2,5").at("f"),
            zeros + "11111111" + zeros + std::string("\0\0\0", 3) + "44444444" + std::string(5, '\0'))
      << "words of all that was appended since the last sync";
  EXPECT_EQ(files_after(disk.state(), "torn-words f 6").at("f").substr(35, 1), "5");
  EXPECT_TRUE(impossible(disk.state(), "torn-words f 7"));
  must(file->sync());
  EXPECT_TRUE(impossible(disk.state(), "torn-words f 1"));

  must(file->append({std::string(560, 'x')}));
  const std::string first_of_63 = files_after(disk.state(), "torn-words f 1").at("f");
  EXPECT_EQ(first_of_63.substr(36), std::string(64, 'x') + std::string(496, '\0'))
      << "of 70 words the first 7 survive, and the last 63 are counted";
}

TEST(Crash, ALostCutBringsTheOldBytesBack) {
  SimDisk disk(DiskState::with_files({{"f", "0123456789"}}));
  must(must(disk.open("f"))->truncate(4));
  EXPECT_EQ(files_after(disk.state(), "clean-kill").at("f"), "0123");
  EXPECT_EQ(files_after(disk.state(), "lost-truncate f").at("f"), "0123456789");
  EXPECT_TRUE(impossible(Example().state, "lost-truncate kept"));
}

TEST(Crash, ASizeMayPersistWithoutItsData) {
  SimDisk disk(DiskState::with_files({{"f", "ab"}, {"old", "xyz"}}));
  must(must(disk.open("f"))->append({"cdef"}));
  EXPECT_EQ(files_after(disk.state(), "zero-extent f").at("f"), std::string("ab\0\0\0\0", 6));
  const std::string garbage = files_after(disk.state(), "garbage-tail f 7").at("f");
  EXPECT_EQ(garbage.substr(0, 2), "ab");
  EXPECT_EQ(garbage.size(), 6U);
  EXPECT_NE(garbage, "abcdef");
  EXPECT_EQ(files_after(disk.state(), "garbage-tail f 7").at("f"), garbage) << "the seed decides";
  EXPECT_EQ(files_after(disk.state(), "garbage-tail f old").at("f"), "abzxyz");
  EXPECT_TRUE(impossible(disk.state(), "garbage-tail f missing"));
  EXPECT_TRUE(impossible(disk.state(), "zero-extent old")) << "nothing was written to it";
}

TEST(Crash, DamageAtRestTouchesOneThing) {
  const DiskState state = DiskState::with_files({{"a", "0123456789"}, {"b", "abcdefghij"}});
  EXPECT_EQ(files_after(state, "file-missing a"), (Files{{"b", "abcdefghij"}}));
  EXPECT_EQ(files_after(state, "file-truncated a 3").at("a"), "012");
  EXPECT_EQ(files_after(state, "file-duplicated a b").at("b"), "0123456789");
  EXPECT_EQ(files_after(state, "file-duplicated a c").size(), 3U);
  EXPECT_EQ(files_after(state, "file-swapped a b"), (Files{{"a", "abcdefghij"}, {"b", "0123456789"}}));
  EXPECT_EQ(files_after(state, "stale-read a 2 3").at("a"), std::string("01\0\0\0"
                                                                        "56789",
                                                                        10));
  EXPECT_EQ(files_after(state, "misdirected-write a 2 3 b 7"), (Files{{"a", "0123456789"}, {"b", "abcdefg234"}}));
  for (const char* text :
       {"file-truncated a 10", "file-missing c", "file-swapped a c", "stale-read a 8 3", "misdirected-write a 2 3 b 8",
        "misdirected-write a 9 3 b 0", "misdirected-write a 0 3 c 0"}) {
    EXPECT_TRUE(impossible(state, text)) << text;
  }
}

TEST(Crash, NothingDroppedByAFailedSyncSurvivesAPowerCut) {
  SimDisk disk(DiskState::with_files({{"f", "ab"}}));
  const auto file = must(disk.open("f"));
  must(file->append({"cd"}));
  disk.fail({.call = CallFault::Call::kSync, .effect = CallFault::Effect::kDropped});
  EXPECT_TRUE(has_code(file->sync(), StatusCode::kIoError));
  must(file->append({"ef"}));
  must(file->sync());
  EXPECT_EQ(files_after(disk.state(), "clean-kill").at("f"), "abcdef");
  EXPECT_EQ(files_after(disk.state(), "keep-subset all all").at("f"), std::string("ab\0\0ef", 6));
}

TEST(Crash, EveryChoiceIsReadBackAsItWasWritten) {
  const std::vector<CrashChoice> choices{
      {.fault = Fault::kCleanKill},
      {.fault = Fault::kCleanKill, .file = "000001.log", .byte = 17, .in_append = true},
      {.fault = Fault::kLoseUnsynced},
      {.fault = Fault::kLoseUnsynced, .scope = Scope::kContents},
      {.fault = Fault::kLoseUnsynced, .scope = Scope::kDirectory},
      {.fault = Fault::kLoseUnsynced, .scope = Scope::kOneFile, .file = "000001.log"},
      {.fault = Fault::kTornByte, .file = "000001.log", .byte = 47},
      {.fault = Fault::kLostCreate, .file = "000001.log"},
      {.fault = Fault::kLostRename, .file = "MANIFEST"},
      {.fault = Fault::kLostRemove, .file = "000001.log"},
      {.fault = Fault::kBitRot, .file = "000001.log", .byte = UINT64_MAX, .bit = 7},
      {.fault = Fault::kKeepSubset, .writes = 0b1101, .changes = kKeepNone},
      {.fault = Fault::kKeepSubset, .changes = Kept{1} << 63},
      {.fault = Fault::kTornSector, .file = "000001.log", .byte = 512},
      {.fault = Fault::kTornWords, .file = "000001.log", .writes = 0b10},
      {.fault = Fault::kLostTruncate, .file = "000001.log"},
      {.fault = Fault::kZeroExtent, .file = "000001.log"},
      {.fault = Fault::kGarbageTail, .file = "000001.log", .byte = 3},
      {.fault = Fault::kGarbageTail, .file = "000001.log", .other = "000002.log"},
      {.fault = Fault::kMisdirectedWrite,
       .file = "000001.log",
       .other = "000002.log",
       .byte = 32,
       .size = 40,
       .other_byte = 64},
      {.fault = Fault::kStaleRead, .file = "000001.log", .byte = 32, .size = 8},
      {.fault = Fault::kFileMissing, .file = "000001.log"},
      {.fault = Fault::kFileTruncated, .file = "000001.log", .byte = 33},
      {.fault = Fault::kFileDuplicated, .file = "000001.log", .other = "MANIFEST"},
      {.fault = Fault::kFileSwapped, .file = "000001.log", .other = "MANIFEST"},
  };
  std::set<Fault> faults;
  std::set<std::string> explanations;
  for (const CrashChoice& choice : choices) {
    EXPECT_EQ(must(parse_crash_choice(words_of(to_string(choice)))), choice) << to_string(choice);
    EXPECT_TRUE(to_string(choice).starts_with(name_of(choice.fault)));
    faults.insert(choice.fault);
    explanations.insert(explain(choice));
  }
  EXPECT_EQ(faults.size(), 19U) << "every fault that leaves a disk";
  EXPECT_EQ(explanations.size(), choices.size()) << "each is explained in words of its own";
}

TEST(Crash, RefusesWordsThatAreNotAChoice) {
  for (const char* text : {"",
                           "fire",
                           "clean-kill f",
                           "clean-kill f x",
                           "clean-kill f 1 2",
                           "lose-unsynced f 1",
                           "torn-byte",
                           "torn-byte f",
                           "torn-byte f x",
                           "torn-byte f -1",
                           "torn-byte f 1 2",
                           "lost-create",
                           "lost-create f 1",
                           "lost-rename",
                           "lost-remove",
                           "bit-rot f",
                           "bit-rot f 1",
                           "bit-rot f 1 8",
                           "bit-rot f 1 x",
                           "bit-rot f x 1",
                           "bit-rot f 1 1 1",
                           "torn-byte f 18446744073709551616",
                           "keep-subset",
                           "keep-subset all",
                           "keep-subset 0 all",
                           "keep-subset 65 all",
                           "keep-subset 1,,2 all",
                           "torn-words f x",
                           "misdirected-write f 1 2 g",
                           "eio-read"}) {
    EXPECT_TRUE(has_code(parse_crash_choice(words_of(text)), StatusCode::kInvalidArgument)) << text;
  }
}

// An impossible choice gets an answer, whatever it is: users write choices by hand in scenarios.
TEST(CrashDeathTest, RefusesToInterruptWhatIsNotAnAppend) {
  const auto refuses = [](const DiskState& state, const CrashChoice& choice) {
    const Result<DiskState> image = crash_image(state, choice);
    std::exit(image.status().is(StatusCode::kInvalidArgument) ? 0 : 1);
  };
  SimDisk disk;
  const auto file = must(disk.create("f", 64));
  const CrashChoice choice{.fault = Fault::kCleanKill, .file = "f", .byte = 0, .in_append = true};
  EXPECT_EXIT(refuses(disk.state(), choice), ::testing::ExitedWithCode(0), "") << "the last operation reserved space";
  must(file->append({"abc"}));
  must(file->truncate(1));
  EXPECT_EXIT(refuses(disk.state(), choice), ::testing::ExitedWithCode(0), "") << "the last operation cut it";
}

TEST(Crash, RefusesToTearAnEmptyUnwrittenFile) {
  EXPECT_TRUE(impossible(DiskState::with_files({{"f", ""}}), "torn-byte f 0"));
}

TEST(PossibleCrashes, AreAllPossibleAndNotDamage) {
  // Every state of a run that does some of everything.
  Trace trace;
  SimDisk disk(DiskState(), {}, &trace);
  const auto a = must(disk.create("a", 16));
  must(a->append({"12345"}));
  must(a->append({"67890"}));
  must(a->sync());
  must(disk.sync_directory());
  must(a->append({"x"}));
  must(a->truncate(11));
  must(disk.rename("a", "b"));
  must(must(disk.create("c", 0))->append({"yz"}));
  must(disk.remove("c"));
  std::uint64_t choices = 0;
  std::set<Fault> faults;
  std::uint64_t k = 0;
  for (const TraceEntry& entry : trace.entries()) {
    const auto& operation = std::get<DiskOperation>(entry);
    const DiskState state = must(trace.state_after(++k));
    std::set<std::string> texts;
    for (const CrashChoice& choice : possible_crashes(state, &operation)) {
      EXPECT_TRUE(test::is_ok(crash_image(state, choice))) << describe(operation) << ": " << to_string(choice);
      EXPECT_EQ(must(parse_crash_choice(words_of(to_string(choice)))), choice);
      EXPECT_TRUE(texts.insert(to_string(choice)).second) << "twice: " << to_string(choice);
      EXPECT_FALSE(is_damage(choice.fault));
      faults.insert(choice.fault);
      ++choices;
    }
  }
  EXPECT_EQ(k, 11U);
  EXPECT_EQ(faults.size(), 11U) << "all except torn-sector: no write here is larger than a sector";
  EXPECT_GT(choices, 150U);
}

TEST(PossibleCrashes, DependOnTheDevice) {
  Trace trace;
  SimDisk disk(Unsynced().state, {}, &trace);
  must(must(disk.open("a"))->append({"45"}));
  const auto& last = std::get<DiskOperation>(trace.entries().back());
  const auto faults_on = [&](const char* profile) {
    std::set<Fault> faults;
    for (const CrashChoice& choice : possible_crashes(disk.state(), &last, *find_profile(profile))) {
      faults.insert(choice.fault);
    }
    return faults;
  };
  const auto subsets_on = [&](const char* profile) {
    std::set<std::string> subsets;
    for (const CrashChoice& choice : possible_crashes(disk.state(), &last, *find_profile(profile))) {
      if (choice.fault == Fault::kKeepSubset) subsets.insert(to_string(choice));
    }
    return subsets;
  };
  EXPECT_TRUE(faults_on("posix").contains(Fault::kTornByte));
  EXPECT_TRUE(faults_on("posix").contains(Fault::kZeroExtent));
  EXPECT_TRUE(subsets_on("posix").contains("keep-subset 3 none")) << "a hole";
  EXPECT_TRUE(subsets_on("posix").contains("keep-subset none 2")) << "the rename without the create before it";

  EXPECT_FALSE(faults_on("nvme-4k").contains(Fault::kTornByte));
  EXPECT_FALSE(faults_on("nvme-4k").contains(Fault::kTornWords));
  EXPECT_FALSE(subsets_on("nvme-4k").contains("keep-subset 3 none")) << "one block persists in order";
  EXPECT_TRUE(subsets_on("nvme-4k").contains("keep-subset 2 none")) << "another file's block does not wait";

  EXPECT_FALSE(faults_on("ext4-ordered").contains(Fault::kZeroExtent));
  EXPECT_FALSE(faults_on("ext4-ordered").contains(Fault::kLostCreate));
  EXPECT_FALSE(subsets_on("ext4-ordered").contains("keep-subset none 2"));
  EXPECT_TRUE(subsets_on("ext4-ordered").contains("keep-subset none 1"));
}

TEST(PossibleCrashes, TearTheLastAppendAtEveryByte) {
  Trace trace;
  SimDisk disk(DiskState(), {}, &trace);
  must(must(disk.create("a", 0))->append({"12345"}));
  const auto& last = std::get<DiskOperation>(trace.entries().back());
  std::set<std::uint64_t> torn;
  std::set<std::uint64_t> interrupted;
  for (const CrashChoice& choice : possible_crashes(disk.state(), &last)) {
    if (choice.fault == Fault::kTornByte) torn.insert(choice.byte);
    if (choice.in_append) interrupted.insert(choice.byte);
  }
  EXPECT_EQ(torn, (std::set<std::uint64_t>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(interrupted, (std::set<std::uint64_t>{1, 2, 3, 4}));
}

}  // namespace
}  // namespace sediment::sim
