// What only the simulated disk does: it records, fails when told, and depends only on its seed. Everything else is in
// disk_contract_test.cc.
#include "sim/disk/sim_disk.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

#include "sim/disk/crash.h"
#include "tests/support/sim_helpers.h"

namespace sediment::sim {
namespace {

using Kind = DiskOperation::Kind;
using test::has_code;
using test::is_ok;
using test::must;
using Operations = std::vector<std::string>;

TEST(CallFaults, AreToldAsSentences) {
  const auto told = [](const char* words) { return explain(test::must(parse_call_fault(step_of(words)))); };
  EXPECT_EQ(told("eio-read 1"), "the 1st read fails with an I/O error (eio-read 1)");
  EXPECT_EQ(told("no-space write 12"), "the 12th write fails because the disk is full (no-space write 12)");
  EXPECT_EQ(
      told("fsync-fails directory late 22"),
      "the 22nd sync of the directory returns ok but makes nothing durable; only the next one reports the failure "
      "(fsync-fails directory late 22)");
  EXPECT_EQ(
      told("short-write 103 sticky"),
      "the 103rd write puts half of its bytes on the disk, then fails, and so does every later one (short-write 103 "
      "sticky)");
}

TEST(SimDisk, RecordsEveryOperationThatChangesItWithItsBytes) {
  Trace trace;
  SimDisk disk(DiskState(), {}, &trace);
  const auto file = must(disk.create("f", 16));
  must(file->append({"one", "two"}));
  must(file->sync());
  must(file->truncate(2));
  must(disk.rename("f", "g"));
  must(disk.sync_directory());
  must(disk.remove("g"));
  std::vector<std::string> sentences;
  for (const TraceEntry& entry : trace.entries()) sentences.push_back(describe(std::get<DiskOperation>(entry)));
  EXPECT_EQ(sentences, (Operations{"create f", "append 6 bytes to f at 0", "sync f", "cut f to 2 bytes",
                                   "rename f to g", "sync the directory", "remove g"}));
  EXPECT_EQ(std::get<DiskOperation>(trace.entries()[1]).bytes, "onetwo");
  EXPECT_EQ(std::get<DiskOperation>(trace.entries()[0]).size, 16U);
}

TEST(SimDisk, RecordsNothingThatChangesNothing) {
  Trace trace;
  SimDisk disk(DiskState::with_files({{"f", "abc"}}), {}, &trace);
  const auto file = must(disk.open("f"));
  std::string scratch;
  must(read_fully(*file, 0, 3, &scratch));
  must(file->append({}));
  must(disk.list());
  must(disk.lock(LockMode::kExclusive));
  EXPECT_FALSE(disk.create("f", 0).ok());
  EXPECT_FALSE(disk.remove("missing").ok());
  EXPECT_FALSE(disk.rename("missing", "g").ok());
  EXPECT_EQ(trace.operation_count(), 0U);
}

TEST(SimDisk, FailsTheNthCallOfAKindOnceAndChangesNothing) {
  Trace trace;
  SimDisk disk(DiskState(), {}, &trace);
  const auto file = must(disk.create("f", 0));
  disk.fail(Kind::kAppend, 2, Status::io_error("f", "no"));
  EXPECT_TRUE(is_ok(file->append({"1"})));
  EXPECT_TRUE(is_ok(file->sync())) << "a different kind does not count";
  EXPECT_TRUE(has_code(file->append({"2"}), StatusCode::kIoError));
  EXPECT_EQ(disk.state().contents().at("f"), "1");
  EXPECT_TRUE(is_ok(file->append({"3"})));
  EXPECT_EQ(disk.state().contents().at("f"), "13");
  EXPECT_EQ(test::operations_of(trace), (Operations{"create f", "append f", "sync f", "append f"}));
}

TEST(SimDisk, AFailedSyncMakesNothingDurable) {
  SimDisk disk;
  const auto file = must(disk.create("f", 0));
  must(file->append({"1"}));
  disk.fail(Kind::kSync, 1, Status::io_error("f", "no"));
  EXPECT_FALSE(file->sync().ok());
  EXPECT_EQ(disk.state().find("f")->durable, "");
  disk.fail(Kind::kSyncDirectory, 1, Status::io_error("f", "no"));
  EXPECT_FALSE(disk.sync_directory().ok());
  EXPECT_TRUE(disk.state().durable_names().empty());
}

TEST(SimDisk, AFailedCreateLeavesNoFile) {
  SimDisk disk;
  disk.fail(Kind::kCreate, 1, Status::no_space("f", "full"));
  EXPECT_TRUE(has_code(disk.create("f", 0), StatusCode::kNoSpace));
  EXPECT_TRUE(must(disk.list()).empty());
  EXPECT_TRUE(is_ok(disk.create("f", 0)));
}

// ---- planned failures

using Call = CallFault::Call;
using Effect = CallFault::Effect;

TEST(SimDiskFailures, AreReadBackAsTheyAreWritten) {
  std::set<std::string> texts;
  for (std::uint8_t call = 0; call < kCallCount; ++call) {
    for (CallFault fault : ways_to_fail(static_cast<Call>(call))) {
      for (const bool sticky : {false, true}) {
        fault.n = 12;
        fault.sticky = sticky;
        const auto read = parse_call_fault(step_of(to_string(fault)));
        ASSERT_TRUE(is_ok(read)) << to_string(fault);
        EXPECT_EQ(*read, fault) << to_string(fault);
        texts.insert(to_string(fault));
      }
    }
  }
  EXPECT_EQ(texts.size(), 40U);
  for (const char* text : {"", "eio", "eio-read", "eio-read 0", "eio-read x", "eio-read 1 always", "fsync-fails 1",
                           "fsync-fails dropped", "no-space 1"}) {
    EXPECT_TRUE(has_code(parse_call_fault(step_of(text)), StatusCode::kInvalidArgument)) << text;
  }
}

TEST(SimDiskFailures, StrikeEveryKindOfCall) {
  SimDisk disk(DiskState::with_files({{"f", "abc"}, {"g", ""}}));
  const auto file = must(disk.open("f"));
  std::string scratch;
  for (std::uint8_t i = 0; i < kCallCount; ++i) {
    const auto call = static_cast<Call>(i);
    disk.fail({.call = call});
    const std::map<Call, std::function<Status()>> calls{
        {Call::kCreate, [&] { return disk.create("new", 0).status(); }},
        {Call::kOpen, [&] { return disk.open("f").status(); }},
        {Call::kList, [&] { return disk.list().status(); }},
        {Call::kRead, [&] { return file->read(0, 1, &scratch).status(); }},
        {Call::kAppend, [&] { return file->append({"x"}); }},
        {Call::kReserve, [&] { return file->reserve(10); }},
        {Call::kTruncate, [&] { return file->truncate(1); }},
        {Call::kSync, [&] { return file->sync(); }},
        {Call::kRename, [&] { return disk.rename("g", "h"); }},
        {Call::kRemove, [&] { return disk.remove("g"); }},
        {Call::kSyncDirectory, [&] { return disk.sync_directory(); }}};
    const DiskState before = disk.state();
    EXPECT_TRUE(has_code(calls.at(call)(), StatusCode::kIoError)) << static_cast<int>(i);
    EXPECT_EQ(disk.state(), before) << "the call changed nothing";
    EXPECT_EQ(disk.failed_calls(), i + 1U);
  }
  EXPECT_TRUE(is_ok(disk.rename("g", "h"))) << "once is once";
}

TEST(SimDiskSpace, IsRefusedBeyondItsLimitAndReleasedByCutsAndRemoves) {
  SimDisk disk;
  disk.limit_space(100);
  auto file = must(disk.create("f", 60));
  EXPECT_TRUE(has_code(disk.create("g", 41), StatusCode::kNoSpace));
  EXPECT_FALSE(disk.state().names().contains("g"));
  EXPECT_TRUE(is_ok(file->append({std::string(60, 'x')}))) << "that space is already reserved";
  EXPECT_TRUE(has_code(file->reserve(101), StatusCode::kNoSpace));
  EXPECT_EQ(file->size(), 60U);
  EXPECT_TRUE(is_ok(file->reserve(70)));
  EXPECT_TRUE(has_code(file->append({std::string(50, 'y')}), StatusCode::kNoSpace));
  EXPECT_EQ(disk.state().contents().at("f"), std::string(60, 'x') + std::string(40, 'y')) << "as much as fits";
  EXPECT_EQ(disk.space_used(), 100U);
  EXPECT_EQ(disk.refused_calls(), 3U);
  EXPECT_TRUE(has_code(disk.create("g", 1), StatusCode::kNoSpace));
  must(file->truncate(30));
  auto other = must(disk.create("g", 70));
  must(disk.remove("g"));
  EXPECT_TRUE(has_code(file->reserve(31), StatusCode::kNoSpace)) << "removed, but still open";
  other.reset();
  EXPECT_TRUE(is_ok(file->reserve(100)));
  disk.limit_space(0);
  EXPECT_TRUE(is_ok(file->reserve(1000)));
}

TEST(SimDiskFailures, LastUntilTheDiskIsRepairedIfTheyAreSticky) {
  SimDisk disk;
  const auto file = must(disk.create("f", 0));
  disk.fail({.call = Call::kAppend, .effect = Effect::kNoSpace, .n = 2, .sticky = true});
  EXPECT_TRUE(is_ok(file->append({"1"})));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(has_code(file->append({"2"}), StatusCode::kNoSpace));
  disk.heal();
  EXPECT_TRUE(is_ok(file->append({"3"})));
  EXPECT_EQ(disk.state().contents().at("f"), "13");
  EXPECT_EQ(disk.calls(Call::kAppend), 5U);
}

TEST(SimDiskFailures, AShortWriteLeavesHalfOfTheBytes) {
  SimDisk disk;
  const auto file = must(disk.create("f", 0));
  disk.fail({.call = Call::kAppend, .effect = Effect::kShortWrite});
  EXPECT_TRUE(has_code(file->append({"123456"}), StatusCode::kNoSpace));
  EXPECT_EQ(disk.state().contents().at("f"), "123");
}

TEST(SimDiskFailures, AFailedSyncDropsRevertsOrLies) {
  for (const Effect effect : {Effect::kDropped, Effect::kReverted, Effect::kLate}) {
    Trace trace;
    SimDisk disk(DiskState(), {}, &trace);
    const auto file = must(disk.create("f", 0));
    must(file->append({"1"}));
    must(file->sync());
    must(file->append({"2"}));
    disk.fail({.call = Call::kSync, .effect = effect});
    EXPECT_EQ(file->sync().ok(), effect == Effect::kLate);
    EXPECT_EQ(disk.has_lied(), effect == Effect::kLate);
    EXPECT_EQ(disk.state().find("f")->cached, effect == Effect::kReverted ? std::string("1\0", 2) : "12");
    EXPECT_EQ(disk.state().find("f")->durable, "1");
    if (effect == Effect::kLate) {
      EXPECT_TRUE(has_code(file->sync(), StatusCode::kIoError)) << "now it says so";
    }
    EXPECT_TRUE(is_ok(file->sync()));
    EXPECT_EQ(disk.state().find("f")->durable, "1") << "a later successful sync does not write it";
    EXPECT_EQ(must(trace.state_after(trace.operation_count())), disk.state()) << "the trace shows it too";
  }
}

TEST(SimDiskFailures, AFailedSyncOfTheDirectoryMayDropItsChanges) {
  SimDisk disk;
  must(disk.create("f", 0));
  disk.fail({.call = Call::kSyncDirectory, .effect = Effect::kDropped});
  EXPECT_TRUE(has_code(disk.sync_directory(), StatusCode::kIoError));
  must(disk.create("g", 0));
  must(disk.sync_directory());
  EXPECT_TRUE(disk.state().names().contains("f"));
  EXPECT_FALSE(disk.state().durable_names().contains("f"));
  EXPECT_TRUE(disk.state().durable_names().contains("g"));
}

TEST(SimDisk, ListsInAnOrderThatDependsOnTheSeedAlone) {
  test::Files files;
  for (int i = 0; i < 10; ++i) files["file" + std::to_string(i)] = "";
  const auto listed = [&](std::uint64_t seed) {
    SimDisk disk(DiskState::with_files(files), {.seed = seed});
    return must(disk.list());
  };
  EXPECT_EQ(listed(1), listed(1));
  int different = 0;
  for (std::uint64_t seed = 2; seed < 12; ++seed) different += listed(1) == listed(seed) ? 0 : 1;
  EXPECT_GE(different, 9) << "an order that never changes would hide code that depends on it";
}

TEST(SimDisk, ItsRandomBitsDependOnTheSeedAlone) {
  SimDisk first(DiskState(), {.seed = 7});
  SimDisk second(DiskState(), {.seed = 7});
  SimDisk other(DiskState(), {.seed = 8});
  const std::uint64_t bits = first.random();
  EXPECT_EQ(second.random(), bits);
  EXPECT_NE(other.random(), bits);
}

TEST(SimDisk, ReservesSpaceOnlyIfItCan) {
  SimDisk reserving(DiskState(), {.seed = 1, .reserve_space = true});
  SimDisk plain(DiskState(), {.seed = 1, .reserve_space = false});
  EXPECT_EQ(must(reserving.create("f", 100))->size(), 100U);
  EXPECT_EQ(must(plain.create("f", 100))->size(), 0U);
}

TEST(SimDisk, LimitsReads) {
  SimDisk disk(DiskState::with_files({{"f", "abcdef"}}));
  disk.limit_reads(2);
  const auto file = must(disk.open("f"));
  std::string scratch;
  EXPECT_EQ(must(file->read(1, 4, &scratch)), "bc");
  disk.limit_reads(0);
  EXPECT_EQ(must(file->read(1, 4, &scratch)), "bcde");
}

TEST(SimDisk, FilesAndLocksMayOutliveIt) {
  auto disk = std::make_unique<SimDisk>(DiskState::with_files({{"f", "abc"}}));
  const auto file = must(disk->open("f"));
  const auto lock = must(disk->lock(LockMode::kExclusive));
  disk.reset();
  std::string scratch;
  EXPECT_EQ(must(read_fully(*file, 0, 3, &scratch)), "abc");
}

// Every way to open a store again: on the same disk, after a crash that loses what was not synced, and on a disk made
// from the remaining files.
TEST(SimDisk, NoTwoSegmentsOfAReopenedStoreShareANonce) {
  std::set<std::uint64_t> nonces;
  std::size_t segments = 0;
  std::set<std::string> known;
  const auto note_new_segments = [&](SimDisk& disk) {
    for (const auto& [name, contents] : disk.state().contents()) {
      if (!parse_segment_file_name(name) || !known.insert(name).second) continue;
      nonces.insert(must(read_segment_header(*must(disk.open(name)), name)).nonce);
      ++segments;
    }
  };
  auto disk = std::make_shared<SimDisk>();
  for (int round = 0; round < 30; ++round) {
    const auto store = test::open_store(disk, test::manual_merges());
    must(store->put("a", std::to_string(round)));
    must(round % 3 == 0 ? store->close() : store->roll());
    note_new_segments(*disk);
    switch (round % 3) {
      case 0: disk = std::make_shared<SimDisk>(disk->state()); break;
      case 1:
        disk = std::make_shared<SimDisk>(must(crash_image(disk->state(), {.fault = Fault::kLoseUnsynced})));
        break;
      default: disk = test::disk_with(disk->state().contents());
    }
  }
  EXPECT_GE(segments, 40U);
  EXPECT_EQ(nonces.size(), segments);
}

}  // namespace
}  // namespace sediment::sim
