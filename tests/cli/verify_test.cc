// verify: names everything that is damaged, and nothing else.
#include "engine/tools/verify.h"

#include <algorithm>
#include <map>

#include "engine/manifest.h"
#include "sim/base/random.h"
#include "tests/cli/cli_fixture.h"
#include "tests/support/sim_helpers.h"
#include "tests/support/watched_disk.h"

namespace sediment::test {
namespace {

Json findings_of(const Json& report, const std::string& file) {
  for (const Json& entry : report["files"]) {
    if (entry["file"] == file) return entry["findings"];
  }
  ADD_FAILURE() << "no " << file << " in the report";
  return Json::array();
}

std::string name_of(const std::string& path) { return std::filesystem::path(path).filename().string(); }

TEST_F(Cli, VerifyOfASoundStoreFindsNothing) {
  make_store_of("a\t1\nb\t2\n");
  run_ok({"put", store(), "c", "3"});
  const Json report = run_json({"verify", store()}, 0);
  EXPECT_EQ(report["damaged"], 0);
  EXPECT_EQ(report["records"], 3);
  EXPECT_EQ(report["files"][0]["file"], "MANIFEST");
  EXPECT_NE(run_ok({"verify", store()}).find("no damage: 3 records verified"), std::string::npos);
}

TEST_F(Cli, VerifyReportsAnUnusableSnapshotButNotAsDamage) {
  const std::string segment = make_store_of("a\t1\nb\t2\n");
  const std::string snapshot = segment.substr(0, segment.size() - 3) + "idx";
  EXPECT_EQ(findings_of(run_json({"verify", store()}, 0), name_of(snapshot)), Json::array());
  flip_bit(snapshot, 70);
  const Json findings = findings_of(run_json({"verify", store()}, 0), name_of(snapshot));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0]["kind"], "fact");
  EXPECT_NE(findings[0]["message"].get<std::string>().find("checksum"), std::string::npos) << findings;

  write_text(store() + "/000099.idx", "");
  write_text(store() + "/000001.idx.tmp", "");
  for (const char* name : {"000099.idx", "000001.idx.tmp"}) {
    const Json others = findings_of(run_json({"verify", store()}, 0), name);
    ASSERT_EQ(others.size(), 1U);
    EXPECT_NE(others[0]["message"].get<std::string>().find("deletes it"), std::string::npos) << others;
  }
}

TEST_F(Cli, VerifyNamesEveryDamagedRecordAndContinuesAfterIt) {
  const std::string segment = make_store_of("a\t1\nb\t2\nc\t3\nd\t4\ne\t5\n");  // 32 bytes each, from 32 on
  EXPECT_EQ(run_json({"verify", store()}, 0)["records"], 5);
  flip_bit(segment, 64 + 25);   // b's body
  flip_bit(segment, 128 + 16);  // d's header
  const Json report = run_json({"verify", store()}, 3);
  EXPECT_EQ(report["records"], 3);
  const Json findings = findings_of(report, name_of(segment));
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0]["kind"], "damage");
  EXPECT_EQ(findings[0]["offset"], 64);
  EXPECT_EQ(findings[0]["key"], "b");
  EXPECT_EQ(findings[0]["message"], "the body's checksum does not match");
  EXPECT_EQ(findings[1]["offset"], 128);
  EXPECT_EQ(findings[1]["size_bytes"], 32);
  EXPECT_EQ(findings[1]["message"], "the header's checksum does not match");

  const ProcessResult text = run({"verify", store()});
  EXPECT_EQ(text.exit_code, 3);
  EXPECT_NE(text.output.find("damage at byte 64, 32 bytes"), std::string::npos) << text.output;
  EXPECT_NE(text.output.find("damage at byte 128, 32 bytes"), std::string::npos) << text.output;
}

TEST_F(Cli, VerifyFindsAnyFlippedByteOfASealedSegment) {
  const std::string segment = make_store_of("sky\tblue\nsea\tgreen\n");
  run_ok({"verify", store()});
  const std::uint64_t size = std::filesystem::file_size(segment);
  std::uint64_t flips = 0;
  for (std::uint64_t offset = 0; offset < size; ++offset) {
    flip_bit(segment, offset, static_cast<unsigned>(offset % 8));
    const Json findings = findings_of(run_json({"verify", store()}, 3), name_of(segment));
    ASSERT_EQ(findings.size(), 1U) << offset;
    EXPECT_LE(findings[0]["offset"], offset);
    flip_bit(segment, offset, static_cast<unsigned>(offset % 8));
    ++flips;
  }
  EXPECT_EQ(flips, 96U);
  run_ok({"verify", store()});
}

TEST_F(Cli, VerifyCountsOneDamagedRecordOnceAlthoughItsValueIsZeros) {
  const std::string segment = make_store_of("a\t" + std::string(100, '\0') + "\nb\t2\n");
  EXPECT_EQ(run_json({"verify", store()}, 0)["records"], 2);
  flip_bit(segment, 32 + 16);
  const Json findings = findings_of(run_json({"verify", store()}, 3), name_of(segment));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0]["offset"], 32);
  EXPECT_EQ(findings[0]["size_bytes"], 128);
}

TEST_F(Cli, VerifyFindsASegmentOfTheWrongLength) {
  const std::string segment = make_store_of("a\t1\nb\t2\nc\t3\n");
  const std::string bytes = read_text(segment);
  std::size_t cuts = 0;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    write_text(segment, std::string_view(bytes).substr(0, size));
    run_json({"verify", store()}, 3);
    ++cuts;
  }
  EXPECT_EQ(cuts, 128U);
  write_text(segment, std::string_view(bytes).substr(0, 96));  // between two records: only the length shows it
  const Json shorter = findings_of(run_json({"verify", store()}, 3), name_of(segment));
  ASSERT_EQ(shorter.size(), 1U);
  EXPECT_EQ(shorter[0]["offset"], 96);
  write_text(segment, bytes + std::string(8, '\0'));
  const Json longer = findings_of(run_json({"verify", store()}, 3), name_of(segment));
  ASSERT_EQ(longer.size(), 1U);
  EXPECT_EQ(longer[0]["offset"], 128);
  EXPECT_EQ(longer[0]["size_bytes"], 8);
  write_text(segment, bytes);
  run_ok({"verify", store()});
}

TEST_F(Cli, VerifyFindsAMissingAndAForeignSegment) {
  const std::string segment = make_store_of("a\t1\n");
  run_ok({"load", path("other"), "-", "--format", "tsv"}, "a\t1\n");
  run_ok({"verify", path("other")});
  std::filesystem::rename(path("other") + "/" + name_of(segment), segment);
  const Json foreign = findings_of(run_json({"verify", store()}, 3), name_of(segment));
  ASSERT_EQ(foreign.size(), 1U);
  EXPECT_EQ(foreign[0]["offset"], 0);
  const Json missing = findings_of(run_json({"verify", path("other")}, 3), name_of(segment));
  ASSERT_EQ(missing.size(), 1U);
  EXPECT_FALSE(missing[0].contains("offset"));
}

TEST_F(Cli, VerifyFindsADamagedManifestAndStillReadsTheSegments) {
  const std::string segment = make_store_of("a\t1\nb\t2\n");
  EXPECT_EQ(findings_of(run_json({"verify", store()}, 0), "MANIFEST").size(), 0U);
  flip_bit(store() + "/MANIFEST", 30);
  Json report = run_json({"verify", store()}, 3);
  EXPECT_EQ(findings_of(report, "MANIFEST").size(), 1U);
  EXPECT_EQ(report["records"], 2);
  std::filesystem::remove(store() + "/MANIFEST");
  report = run_json({"verify", store()}, 3);
  EXPECT_EQ(findings_of(report, "MANIFEST").size(), 1U);
  EXPECT_EQ(report["records"], 2);
}

TEST_F(Cli, VerifyReportsFilesThatTheManifestDoesNotName) {
  const std::string segment = make_store_of("a\t1\n");
  write_text(store() + "/000099.log", "garbage");
  write_text(store() + "/MANIFEST.tmp", "garbage");
  write_text(store() + "/stranger", "");
  const Json report = run_json({"verify", store()}, 0);
  for (const char* name : {"000099.log", "MANIFEST.tmp", "stranger"}) {
    const Json findings = findings_of(report, name);
    ASSERT_EQ(findings.size(), 1U) << name;
    EXPECT_EQ(findings[0]["kind"], "fact") << name;
  }
}

// ---- the library, on simulated disks

// Several sealed segments, and an active log that a process left behind, with syncs between its records.
Files files_of_a_stopped_store(std::uint64_t seed) {
  const auto disk = std::make_shared<sim::SimDisk>();
  const auto store = open_store(disk, small_segments(4096));
  sim::Random random(seed);
  for (int i = 0; i < 12; ++i) must(store->put("sealed" + std::to_string(i), std::string(50, 's')));
  must(store->roll());
  const std::uint64_t records = 4 + random.below(30);
  for (std::uint64_t i = 0; i < records; ++i) {
    // Values of zeros, too: they look like space that was never used.
    const char fill = random.below(3) == 0 ? '\0' : 'v';
    must(store->put("key" + std::to_string(i), std::string(random.below(70), fill)));
    if (random.below(4) == 0) must(store->sync());
  }
  return disk->state().contents();
}

TEST(Verify, KeepsWritersOutUntilItHasReadEverything) {
  const auto disk = disk_with(files_of_a_stopped_store(1));
  EXPECT_TRUE(is_ok(disk->lock(LockMode::kExclusive))) << "after a writer there is something to lock";
  std::uint64_t calls = 0;
  WatchedDisk watched(disk, [&](WatchedDisk::Call, std::string_view) {
    EXPECT_TRUE(has_code(disk->lock(LockMode::kExclusive), StatusCode::kBusy)) << "call " << calls;
    ++calls;
    return Status();
  });
  EXPECT_EQ(must(tools::verify(watched)).count(tools::Finding::Kind::kDamage), 0U);
  EXPECT_GT(calls, 8U);
  EXPECT_TRUE(is_ok(disk->lock(LockMode::kExclusive))) << "and then releases it";
  const auto lock = must(disk->lock(LockMode::kExclusive));
  EXPECT_TRUE(has_code(tools::verify(*disk), StatusCode::kBusy));
}

TEST(Verify, FindsASegmentWithFewerRecordsThanTheManifestSays) {
  Files files = files_of_a_stopped_store(2);
  EXPECT_EQ(must(tools::verify(*disk_with(files))).count(tools::Finding::Kind::kDamage), 0U);
  Manifest manifest = must(parse_manifest(files.at("MANIFEST")));
  ASSERT_FALSE(manifest.sealed.empty());
  ++manifest.sealed[0].record_count;
  files["MANIFEST"] = encode_manifest(manifest);
  const tools::VerifyReport report = must(tools::verify(*disk_with(files)));
  EXPECT_EQ(report.count(tools::Finding::Kind::kDamage), 1U);
  const auto file = std::find_if(report.files.begin(), report.files.end(), [&](const tools::FileReport& each) {
    return each.name == segment_file_name(manifest.sealed[0].number);
  });
  ASSERT_NE(file, report.files.end());
  ASSERT_EQ(file->findings.size(), 1U);
  EXPECT_NE(file->findings[0].message.find("records, but the manifest says"), std::string::npos);
}

// Something that happens to the bytes of the active log: a bit flip, zeros, nonsense, or an early end.
void damage_log(std::string* log, sim::Random& random) {
  if (log->empty()) return;
  const std::uint64_t at = random.below(log->size());
  const std::uint64_t size = std::min<std::uint64_t>(log->size() - at, 1 + random.below(90));
  switch (random.below(6)) {
    case 0: log->resize(at); break;
    case 1:
    case 2: log->replace(at, size, std::string(size, '\0')); break;
    case 3: log->replace(at, size, std::string(size, 'x')); break;
    default: (*log)[at] = static_cast<char>((*log)[at] ^ static_cast<char>(1 + random.below(255)));
  }
}

TEST(Verify, AgreesWithAnOpenAboutAnActiveLog) {
  sim::Random random(5);
  std::map<std::string, std::uint64_t> seen;
  constexpr int kStores = 400;
  for (int round = 0; round < kStores; ++round) {
    SCOPED_TRACE(round);
    Files files = files_of_a_stopped_store(100 + static_cast<std::uint64_t>(round % 20));
    const Manifest manifest = must(parse_manifest(files.at("MANIFEST")));
    const std::string active = segment_file_name(manifest.active->number);
    const std::uint64_t damages = random.below(4);
    for (std::uint64_t i = 0; i < damages; ++i) damage_log(&files.at(active), random);

    const tools::VerifyReport report = must(tools::verify(*disk_with(files)));
    const auto file = std::find_if(report.files.begin(), report.files.end(),
                                   [&](const tools::FileReport& each) { return each.name == active; });
    ASSERT_NE(file, report.files.end());
    const bool damaged = file->has(tools::Finding::Kind::kDamage);
    Result<std::unique_ptr<Store>> store = Store::open(disk_with(files), manual_merges());
    ASSERT_EQ(damaged, store.status().is(StatusCode::kCorruption)) << store.status().to_string();
    if (damaged) {
      ++seen["rot"];
      EXPECT_EQ(file->findings[0].offset, store.status().offset());
      EXPECT_EQ(store.status().file(), active);
      continue;
    }
    ASSERT_TRUE(is_ok(store));
    const RecoveryReport& recovery = (*store)->recovery_report();
    ASSERT_EQ(file->findings.empty(), recovery.bytes_cut == 0);
    ++seen[recovery.bytes_cut > 0 ? "tear" : "sound"];
    if (recovery.bytes_cut == 0) continue;
    EXPECT_EQ(file->findings[0].offset, recovery.cut_offset);
    EXPECT_EQ(file->findings[0].size_bytes, recovery.bytes_cut);
  }
  for (const char* verdict : {"rot", "tear", "sound"}) EXPECT_GT(seen[verdict], 30U) << verdict;
}

// The header of that record ends in zeros, like the reserved space after it.
TEST(Verify, TakesARecordWithoutKeyAndValueForAWitnessOfRot) {
  const auto disk = disk_with({});
  const auto store = open_store(disk, with_sync_policy(manual_merges(), SyncPolicy::kEveryWrite));
  must(store->put("a", "1"));
  must(store->put("b", "2"));
  must(store->put("", ""));
  Files files = disk->state().contents();
  const std::uint64_t of_b = kSegmentHeaderSize + record_size(1, 1);
  std::string& log = files.at("000001.log");
  log[of_b + kRecordHeaderSize] = static_cast<char>(log[of_b + kRecordHeaderSize] ^ 1);
  const tools::VerifyReport report = must(tools::verify(*disk_with(files)));
  EXPECT_EQ(report.count(tools::Finding::Kind::kDamage), 1U);
  EXPECT_TRUE(has_code(Store::open(disk_with(files), manual_merges()), StatusCode::kCorruption)) << "an open agrees";
}

// ---- the active log: rot or tear

class CliActiveLog : public Cli {
 protected:
  // Killed while open for writing: an active log of more than 100 records, with blank space after them.
  void leave_active_log(const std::string& sync) {
    log_ = leave_active_log_of(numbered_lines(200), {"--sync", sync, "--segment-size", "64k"});
    entries_ = entries_of(log_);
    ASSERT_GT(entries_.size(), 100U);
  }
  std::uint64_t offset_of(std::size_t record) const { return entries_[record]["offset"]; }
  std::size_t record_count() const { return entries_.size() - 1; }

  std::string log_;
  Json entries_;
};

TEST_F(CliActiveLog, BlankSpaceIsNothingToReport) {
  leave_active_log("never");
  const Json report = run_json({"verify", store()}, 0);
  EXPECT_EQ(report["records"], record_count());
  EXPECT_TRUE(findings_of(report, name_of(log_)).empty());
}

TEST_F(CliActiveLog, ATornTailIsAFact) {
  leave_active_log("every");
  overwrite(log_, entries_.back()["offset"], "torn");
  const Json report = run_json({"verify", store()}, 0);
  EXPECT_EQ(report["damaged"], 0);
  EXPECT_EQ(report["records"], record_count());
  const Json findings = findings_of(report, name_of(log_));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0]["kind"], "fact");
  EXPECT_EQ(findings[0]["offset"], entries_.back()["offset"]);
  EXPECT_EQ(findings[0]["size_bytes"], 4);
  EXPECT_EQ(run_json({"scan", store()}, 0)["count"], record_count());
}

TEST_F(CliActiveLog, DamageInSyncedRecordsIsRotAndEachPlaceIsNamed) {
  leave_active_log("every");
  flip_bit(log_, offset_of(3) + 40);
  flip_bit(log_, offset_of(7) + 16);
  overwrite(log_, entries_.back()["offset"], "torn");
  const Json findings = findings_of(run_json({"verify", store()}, 3), name_of(log_));
  ASSERT_EQ(findings.size(), 3U);
  EXPECT_EQ(findings[0]["kind"], "damage");
  EXPECT_EQ(findings[0]["offset"], offset_of(3));
  EXPECT_EQ(findings[0]["key"], "key0003");
  EXPECT_EQ(findings[1]["kind"], "damage");
  EXPECT_EQ(findings[1]["offset"], offset_of(7));
  EXPECT_EQ(findings[2]["kind"], "fact");
  const Json error = run_json({"get", store(), "key0000"}, 3)["error"];
  EXPECT_EQ(error["offset"], offset_of(3)) << "and an open of the store says the same";
}

TEST_F(CliActiveLog, DamageInRecordsThatWereNeverSyncedIsATornTail) {
  leave_active_log("never");
  flip_bit(log_, offset_of(50) + 30);
  flip_bit(log_, offset_of(60) + 30);
  const Json report = run_json({"verify", store()}, 0);
  EXPECT_EQ(report["records"], 50) << "what follows a tear is not part of the log";
  const Json findings = findings_of(report, name_of(log_));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0]["offset"], offset_of(50));
  EXPECT_EQ(run_json({"scan", store()}, 0)["count"], 50);
}

TEST_F(CliActiveLog, AHoleInSyncedRecordsIsRot) {
  leave_active_log("every");
  const std::uint64_t hole = offset_of(5);
  overwrite(log_, hole, std::string(offset_of(8) - hole, '\0'));
  const Json findings = findings_of(run_json({"verify", store()}, 3), name_of(log_));
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0]["offset"], hole);
  EXPECT_EQ(findings[0]["size_bytes"], offset_of(8) - hole);
}

}  // namespace
}  // namespace sediment::test
