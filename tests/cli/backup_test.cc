// backup: a copy is consistent whatever the writers do meanwhile, and a damaged store is never copied.
//
// The library is tested beside threads that write to a real disk, and on a simulated disk with every call failing; the
// command is tested as a process.
#include "engine/tools/backup.h"
#include "engine/posix/posix_disk.h"

#include <atomic>
#include <mutex>
#include <thread>

#include "sim/disk/trace.h"
#include "tests/cli/cli_fixture.h"
#include "tests/support/sim_helpers.h"

namespace sediment::test {
namespace {

using sim::SimDisk;

// The i-th write of a history that every thread can compute: a put of a value that contains i, or now and then a
// remove.
struct Write {
  std::string key;
  std::string value;  // empty for a remove
};

Write write_number(std::uint64_t i) {
  const std::uint64_t hash = checksum64("write", i);
  Write write{"key" + std::to_string(hash % 97), std::to_string(i) + " " + std::string(hash % 200, 'v')};
  if (i % 7 == 3) write.value.clear();
  return write;
}

void apply(std::uint64_t i, Pairs* pairs) {
  const Write write = write_number(i);
  if (write.value.empty()) {
    pairs->erase(write.key);
  } else {
    (*pairs)[write.key] = write.value;
  }
}

class Backup : public Cli {
 protected:
  /// Backs up into a new directory of this name, and returns the pairs in the backup.
  Pairs back_up_and_open(Store& store, const std::string& name) {
    const auto target = must(open_posix_disk(path(name), true));
    const tools::BackupReport report = must(tools::back_up(store, *target, {}));
    const auto copy = must(Store::open(path(name), read_only()));
    std::uint64_t records = 0;
    for (const SegmentStats& segment : copy->stats().segments) records += segment.records;
    EXPECT_EQ(report.records, records);
    EXPECT_EQ(report.segments, copy->stats().segments.size());
    return dump(*copy);
  }
};

TEST_F(Backup, HoldsWhatTheStoreHeldAndNothingLater) {
  const auto store = must(Store::open(path("store"), manual_merges()));
  must(store->put("a", "1"));
  must(store->put("b", "1"));
  must(store->remove("a"));
  EXPECT_EQ(back_up_and_open(*store, "one"), (Pairs{{"b", "1"}}));
  must(store->put("c", "1"));
  EXPECT_EQ(back_up_and_open(*store, "two"), (Pairs{{"b", "1"}, {"c", "1"}}));
  EXPECT_EQ(dump(*must(Store::open(path("one"), read_only()))), (Pairs{{"b", "1"}})) << "the first one does not change";
}

TEST_F(Backup, OfAnEmptyStoreIsAnEmptyStore) {
  const auto store = must(Store::open(path("store"), manual_merges()));
  EXPECT_TRUE(back_up_and_open(*store, "copy").empty());
}

TEST_F(Backup, IsAStoreThatCanBeWrittenTo) {
  {
    const auto store = must(Store::open(path("store"), manual_merges()));
    must(store->put("a", "1"));
    back_up_and_open(*store, "copy");
  }
  const auto copy = must(Store::open(path("copy"), manual_merges()));
  must(copy->put("b", "2"));
  must(copy->merge());
  EXPECT_EQ(dump(*copy), (Pairs{{"a", "1"}, {"b", "2"}}));
}

TEST_F(Backup, BesideAWriterAtFullSpeedIsAPrefixOfWhatWasWritten) {
  Options options;
  options.segment_size_bytes = std::uint64_t{32} << 10;  // rolls and merges constantly
  const auto store = must(Store::open(path("store"), options));
  std::atomic<std::uint64_t> acknowledged = 0;
  std::atomic<std::uint64_t> merges = 0;
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (std::uint64_t i = 0; !stop; ++i) {
      const Write write = write_number(i);
      must(write.value.empty() ? store->remove(write.key) : store->put(write.key, write.value));
      acknowledged = i + 1;
    }
  });
  std::thread merger([&] {
    while (!stop) {
      const Status status = store->merge();
      if (!status.is(StatusCode::kBusy)) must(status);
      ++merges;
      std::this_thread::yield();
    }
  });

  constexpr int kBackups = 12;
  Pairs expected;
  std::uint64_t applied = 0;
  for (int i = 0; i < kBackups; ++i) {
    // Each at a different moment: wait until this many more writes are acknowledged.
    const std::uint64_t goal = acknowledged + 500;
    while (acknowledged < goal) std::this_thread::yield();
    const std::uint64_t before = acknowledged;
    const Pairs copied = back_up_and_open(*store, "copy" + std::to_string(i));
    const std::uint64_t after = acknowledged + 1;  // one more may be written but not yet acknowledged
    bool found = false;
    for (; applied < after && !found; ++applied) {
      found = applied >= before && expected == copied;
      if (found) break;
      apply(applied, &expected);
    }
    found = found || expected == copied;
    EXPECT_TRUE(found) << "no prefix of " << before << " to " << after << " writes gives backup " << i;
    if (!found) break;
  }
  stop = true;
  writer.join();
  merger.join();
  EXPECT_GT(acknowledged, 12 * 500U);
  EXPECT_GT(merges, 0U);
  EXPECT_GT(store->stats().merges, 0U);
}

TEST_F(Backup, CanReadSegmentsThatAMergeRemovesMeanwhile) {
  const auto store = must(Store::open(path("store"), manual_merges()));
  for (int segment = 0; segment < 3; ++segment) {
    for (int i = 0; i < 5; ++i) must(store->put("key" + std::to_string(i), std::to_string(segment)));
    must(store->roll());
  }
  const Pairs original = dump(*store);
  // The first progress call comes when the first segment is half copied; it merges the store away.
  bool merged = false;
  const auto target = must(open_posix_disk(path("copy"), true));
  const tools::BackupReport report = must(tools::back_up(*store, *target, [&](const tools::JobProgress&) {
    if (!merged) must(store->merge());
    merged = true;
  }));
  EXPECT_EQ(report.segments, 3U);
  EXPECT_EQ(store->stats().merges, 1U);
  EXPECT_EQ(dump(*must(Store::open(path("copy"), read_only()))), original);
}

// ---- failures

Files files_of_a_store() {
  const auto disk = std::make_shared<SimDisk>();
  const auto store = open_store(disk, small_segments());
  for (int i = 0; i < 12; ++i) must(store->put("key" + std::to_string(i), std::string(20, 'v')));
  must(store->close());
  return disk->state().contents();
}

TEST(BackupOnSimDisk, PublishesTheManifestLast) {
  const auto store = open_store(disk_with(files_of_a_store()), manual_merges());
  sim::Trace trace;
  SimDisk target({}, {}, &trace);
  must(tools::back_up(*store, target, {}));
  const std::vector<std::string> operations = operations_of(trace);
  ASSERT_GE(operations.size(), 8U);
  const std::vector<std::string> end(operations.end() - 6, operations.end());
  EXPECT_EQ(end, (std::vector<std::string>{"sync-directory", "create MANIFEST.tmp", "append MANIFEST.tmp",
                                           "sync MANIFEST.tmp", "rename MANIFEST.tmp MANIFEST", "sync-directory"}));
  EXPECT_TRUE(target.state().all_durable());
}

TEST(BackupOnSimDisk, LeavesNothingAfterAFailure) {
  using Call = sim::CallFault::Call;
  const Files files = files_of_a_store();
  std::uint64_t failures = 0;
  for (const Call call :
       {Call::kCreate, Call::kAppend, Call::kSync, Call::kRename, Call::kSyncDirectory, Call::kRead}) {
    for (sim::CallFault fault : sim::ways_to_fail(call)) {
      if (fault.effect == sim::CallFault::Effect::kLate) continue;  // a lie cannot be noticed
      for (fault.n = 1;; ++fault.n) {
        const auto store = open_store(disk_with(files), manual_merges());
        SimDisk target;
        target.fail(fault);
        const Result<tools::BackupReport> report = tools::back_up(*store, target, {});
        if (target.failed_calls() == 0) break;
        EXPECT_FALSE(report.ok()) << to_string(fault);
        Files left = target.state().contents();
        left.erase("LOCK");
        EXPECT_TRUE(left.empty()) << to_string(fault) << " left " << left.begin()->first;
        ++failures;
      }
    }
  }
  EXPECT_GT(failures, 20U);
}

TEST(BackupOnSimDisk, OfAStoreDamagedWhileOpenFailsAndNamesThePlace) {
  const auto disk = disk_with(files_of_a_store());
  const auto store = open_store(disk, manual_merges());
  const Manifest manifest = must(read_manifest(*disk));
  ASSERT_GE(manifest.sealed.size(), 3U);
  const std::string name = segment_file_name(manifest.sealed[1].number);
  std::uint64_t damages = 0;
  for (std::uint64_t offset = 0; offset < manifest.sealed[1].size_bytes; offset += 5) {
    const auto id = disk->state().names().at(name);
    const std::string good = disk->state().file(id).cached;
    const auto damage = [&](std::string bytes) {
      const_cast<sim::DiskState&>(disk->state()).damage(id, std::move(bytes));
    };
    std::string bad = good;
    bad[offset] ^= 16;
    damage(bad);
    SimDisk target;
    const Result<tools::BackupReport> report = tools::back_up(*store, target, {});
    EXPECT_TRUE(has_code(report, StatusCode::kCorruption)) << offset;
    EXPECT_EQ(report.status().file(), name) << offset;
    EXPECT_LE(report.status().offset(), offset);
    EXPECT_EQ(target.state().find("MANIFEST"), nullptr) << offset;
    damage(good);
    ++damages;
  }
  EXPECT_GT(damages, 20U);
  SimDisk target;
  EXPECT_TRUE(is_ok(tools::back_up(*store, target, {})));
}

TEST(BackupOnSimDisk, LocksItsTargetUntilItIsDone) {
  const auto store = open_store(disk_with(files_of_a_store()), manual_merges());
  const auto target = disk_with({{"LOCK", ""}});  // which a real disk creates when it locks
  std::uint64_t tries = 0;
  must(tools::back_up(*store, *target, [&](const tools::JobProgress&) {
    EXPECT_TRUE(has_code(target->lock(LockMode::kExclusive), StatusCode::kBusy));
    EXPECT_TRUE(has_code(Store::open(target, manual_merges()), StatusCode::kBusy));
    ++tries;
  }));
  EXPECT_GE(tries, 6U);
  EXPECT_TRUE(is_ok(target->lock(LockMode::kExclusive))) << "and then releases it";
}

TEST(BackupOnSimDisk, IntoALockedDirectoryIsBusyAndTouchesNothing) {
  const auto store = open_store(disk_with(files_of_a_store()), manual_merges());
  const auto target = disk_with({});
  const auto lock = must(target->lock(LockMode::kExclusive));
  EXPECT_TRUE(has_code(tools::back_up(*store, *target, {}), StatusCode::kBusy));
  Files left = target->state().contents();
  left.erase("LOCK");
  EXPECT_TRUE(left.empty());
}

TEST(BackupOnSimDisk, OfASegmentWithFewerRecordsThanTheManifestSaysFails) {
  const auto disk = disk_with(files_of_a_store());
  const auto store = open_store(disk, manual_merges());
  Manifest manifest = must(read_manifest(*disk));
  ASSERT_GE(manifest.sealed.size(), 3U);
  SimDisk good;
  EXPECT_TRUE(is_ok(tools::back_up(*store, good, {})));
  Files files = disk->state().contents();
  ++manifest.sealed[1].record_count;
  files["MANIFEST"] = encode_manifest(manifest);
  // With its snapshot, an open need not count; a backup reads everything, so it counts.
  const auto other = Store::open(disk_with(files), manual_merges());
  if (!other.ok()) {
    EXPECT_TRUE(has_code(other, StatusCode::kCorruption));
    return;
  }
  SimDisk target;
  EXPECT_TRUE(has_code(tools::back_up(**other, target, {}), StatusCode::kCorruption));
  EXPECT_EQ(target.state().find("MANIFEST"), nullptr);
}

TEST(BackupOnSimDisk, IntoADirectoryWithAStoreIsRefused) {
  const Files files = files_of_a_store();
  const auto store = open_store(disk_with(files), manual_merges());
  const auto target = disk_with(files);
  EXPECT_TRUE(has_code(tools::back_up(*store, *target, {}), StatusCode::kInvalidArgument));
  EXPECT_EQ(target->state().contents(), files);
}

// ---- the command

TEST_F(Cli, BackupCopiesAStore) {
  make_store_of("a\t1\nb\t2\n");
  run_ok({"put", store(), "c", "3"});
  const Json result = run_json({"backup", store(), path("copy")}, 0);
  EXPECT_EQ(result["records"], 3);
  const Json segments = run_json({"stats", store()}, 0)["segments"];
  EXPECT_EQ(result["segments"], std::count_if(segments.begin(), segments.end(),
                                              [](const Json& segment) { return segment["sealed"].get<bool>(); }));
  EXPECT_EQ(run_ok({"scan", path("copy")}), run_ok({"scan", store()}));
  run_ok({"verify", path("copy")});
  EXPECT_NE(run_ok({"backup", store(), path("again")}).find("3 records"), std::string::npos);
}

TEST_F(Cli, BackupOfADamagedStoreFailsAndLeavesNoManifest) {
  const std::string segment = make_store_of("a\t1\nb\t2\n");
  run_ok({"backup", store(), path("before")});
  flip_bit(segment, 64 + 25);
  const Json error = run_json({"backup", store(), path("copy")}, 3)["error"];
  EXPECT_EQ(error["offset"], 64);
  EXPECT_FALSE(std::filesystem::exists(path("copy") + "/MANIFEST"));
  EXPECT_NE(run({"backup", store(), path("copy")}).errors.find("sediment salvage"), std::string::npos);
}

TEST_F(Cli, BackupOfAStoreOpenInAnotherProcessIsBusyAndSaysWhatToDo) {
  const auto load = start_load(numbered_lines(200));
  const ProcessResult result = run({"backup", store(), path("copy")});
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_NE(result.errors.find("when the other process has closed the store"), std::string::npos) << result.errors;
  EXPECT_NE(result.errors.find("back_up()"), std::string::npos) << result.errors;
  EXPECT_FALSE(std::filesystem::exists(path("copy")));
}

TEST_F(Cli, BackupRefusesADirectoryWithAStore) {
  make_store_of("a\t1\n");
  run_ok({"backup", store(), path("copy")});
  EXPECT_EQ(run_json({"backup", store(), path("copy")}, 2)["error"]["code"], "invalid_argument");
  EXPECT_EQ(run_json({"backup", store(), store()}, 2)["error"]["code"], "invalid_argument");
  EXPECT_EQ(run_json({"backup", store(), store() + "/inside"}, 2)["error"]["code"], "invalid_argument");
  EXPECT_EQ(run_json({"backup", path("missing"), path("new")}, 4)["error"]["code"], "no_store");
  EXPECT_FALSE(std::filesystem::exists(path("new")));
}

}  // namespace
}  // namespace sediment::test
