// A campaign's files and its sum: what is damaged counts nothing, what is there twice counts once.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "sim/base/random.h"
#include "sim/campaign/disk_files.h"
#include "sim/campaign/files.h"
#include "sim/campaign/result.h"
#include "sim/campaign/summary.h"
#include "tests/support/sim_helpers.h"
#include "tests/support/temporary_directory.h"

namespace sediment::sim {
namespace {

namespace fs = std::filesystem;
using test::must;
using test::TemporaryDirectory;
using Disks = std::vector<std::uint64_t>;

Disks sorted_disks(const std::set<std::uint64_t>& disks) { return {disks.begin(), disks.end()}; }

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_text(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

// ---- files of fingerprints

TEST(CampaignDisks, ComeBackAsTheyWere) {
  const TemporaryDirectory folder;
  const std::string path = (folder.path() / "disks").string();
  Disks many;
  for (std::uint64_t i = 0; i < 200'000; ++i) many.push_back(i * 0x9'0000'0001);  // several pieces
  for (const Disks& disks : {Disks{}, Disks{0}, Disks{7, ~std::uint64_t{0}}, many}) {
    const DiskFile file = must(write_disks(path, disks));
    EXPECT_EQ(file.count, disks.size());
    EXPECT_TRUE(check_disks(file).ok());
    EXPECT_EQ(must(read_disks(file)), disks);
  }
}

TEST(CampaignDisks, DamageIsNoticed) {
  const TemporaryDirectory folder;
  const std::string path = (folder.path() / "disks").string();
  const DiskFile file = must(write_disks(path, {3, 5, 8, 13}));
  const std::string whole = text_of(path);
  struct Case {
    const char* what;
    std::function<void(std::string*)> damage;
    const char* said;
  };
  const Case cases[] = {
      {"empty", [](std::string* bytes) { bytes->clear(); }, "no file of fingerprints"},
      {"another kind of file", [](std::string* bytes) { bytes->front() = 's'; }, "no file of fingerprints"},
      {"cut", [](std::string* bytes) { bytes->resize(bytes->size() - 8); }, "it is cut"},
      {"cut inside a number", [](std::string* bytes) { bytes->pop_back(); }, "it is cut"},
      {"longer", [](std::string* bytes) { bytes->append(8, '\0'); }, "something follows"},
      {"a count beyond the file", [](std::string* bytes) { (*bytes)[15] = '\x80'; }, "it is cut"},
      {"fewer", [](std::string* bytes) { bytes->resize(24), (*bytes)[8] = 1; }, "does not belong to this result"},
      {"a flipped bit", [](std::string* bytes) { bytes->back() ^= 1; }, "its checksum does not match"},
      {"another order", [](std::string* bytes) { std::swap((*bytes)[16], (*bytes)[24]); }, "its checksum does not"},
  };
  for (const Case& each : cases) {
    std::string bytes = whole;
    each.damage(&bytes);
    write_text(path, bytes);
    const Status status = check_disks(file);
    EXPECT_TRUE(status.is(StatusCode::kInvalidArgument)) << each.what;
    EXPECT_NE(status.to_string().find(each.said), std::string::npos) << each.what << ": " << status.to_string();
    EXPECT_FALSE(read_disks(file).ok()) << each.what;
  }
  fs::remove(path);
  EXPECT_TRUE(check_disks(file).is(StatusCode::kNotFound));
}

// Files that overlap, and numbers at both ends, with memory for all of them, for some, and for hardly any.
TEST(CampaignDisks, AreCountedOnceInAnyMemory) {
  const TemporaryDirectory folder;
  Random random(1);
  std::set<std::uint64_t> all;
  std::vector<DiskFile> files;
  for (int i = 0; i < 5; ++i) {
    std::set<std::uint64_t> some{0, ~std::uint64_t{0}, std::uint64_t{1} << 63, (std::uint64_t{1} << 63) - 1};
    for (int n = 0; n < 3000; ++n) some.insert(random.next());
    for (const std::uint64_t known : all) {
      if (some.size() >= 5000) break;
      some.insert(known);
    }
    all.insert(some.begin(), some.end());
    files.push_back(must(write_disks((folder.path() / std::to_string(i)).string(), sorted_disks(some))));
  }
  for (const std::size_t memory : {std::size_t{1} << 30, std::size_t{100'000}, std::size_t{1000}}) {
    EXPECT_EQ(must(distinct_disks(files, memory)), all.size()) << memory;
  }
  EXPECT_EQ(must(distinct_disks({}, 1000)), 0U);
}

// ---- results, and their sum

class CampaignResults : public ::testing::Test {
 protected:
  CampaignResults() {
    plan_.store = "engine";
    plan_.program = "0123456789abcdef";
    plan_.options.budget = 3;
    plan_.options.shard.count = 3;
    must(write_campaign(plan_, path(), "sediment-sim"));
    must(make_folder((directory_.path() / "results").string()));
  }

  std::string path() const { return directory_.path().string(); }
  fs::path results() const { return directory_.path() / "results"; }

  // Two rounds, of one second each, which end at these seconds.
  static UnitResult result_of(std::uint64_t unit, const Disks& first, const Disks& second, std::int64_t ends) {
    UnitResult result;
    result.unit = unit;
    result.of_rounds = 2;
    UnitFindings findings;
    findings.disks = first;
    findings.report.disks_judged = first.size();
    findings.situations = {{"a torn tail", 2}};
    result.add(findings, {.seconds = 1, .ended_at = ends});
    findings.disks = second;
    findings.report.disks_judged = second.size();
    findings.situations = {{"a torn tail", 1}, {"in unit " + std::to_string(unit), 1}};
    result.add(findings, {.seconds = 2, .ended_at = ends + 10});
    return result;
  }

  void write(std::uint64_t unit, const Disks& first, const Disks& second, std::int64_t ends = 100) {
    UnitResult result = result_of(unit, first, second, ends);
    must(write_result(&result, plan_, path()));
  }

  // What the report says, apart from the times.
  std::string findings() const {
    nlohmann::json found = to_json(must(summarize(path())));
    found.erase("time");
    return found.dump();
  }

  TemporaryDirectory directory_;
  Plan plan_;
};

TEST_F(CampaignResults, AreAddedUp) {
  write(0, {1, 2}, {2, 3}, 100);
  write(2, {3, 4}, {9}, 105);
  const Summary summary = must(summarize(path()));
  EXPECT_EQ(summary.distinct_disks, 5U);
  EXPECT_EQ(summary.report.disks_judged, 7U);
  EXPECT_EQ(summary.missing, (std::vector<std::uint64_t>{1}));
  EXPECT_EQ(summary.situations.at("a torn tail"), 6U);
  EXPECT_EQ(summary.situations.size(), 3U);
  // Rounds end at 100 (unit 0), 105 (unit 2), 110 and 115; a disk counts where it is new in its unit.
  ASSERT_EQ(summary.curve.size(), 4U);
  const double seconds[] = {1, 2, 3, 4};
  const std::uint64_t disks[] = {2, 4, 5, 6};
  const std::uint64_t situations[] = {1, 1, 2, 3};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(summary.curve[i].core_seconds, seconds[i]) << i;
    EXPECT_EQ(summary.curve[i].disks, disks[i]) << i;
    EXPECT_EQ(summary.curve[i].situations, situations[i]) << i;
  }
}

TEST_F(CampaignResults, ACopyCountsOnceWhereverItIs) {
  for (std::uint64_t unit = 0; unit < 3; ++unit) write(unit, {unit}, {unit + 1});
  const std::string before = findings();
  fs::create_directories(results() / "machine-2");
  for (const char* name : {"00001.json", "00001.disks"}) fs::copy(results() / name, results() / "machine-2" / name);
  EXPECT_EQ(findings(), before);
  const Summary summary = must(summarize(path()));
  ASSERT_EQ(summary.notes.size(), 1U);
  EXPECT_NE(summary.notes[0].find("a copy of"), std::string::npos);
  // A damaged copy does no harm either, whichever of the two it is.
  write_text(results() / "00001.disks", "");
  EXPECT_EQ(findings(), before);
}

TEST_F(CampaignResults, TimesMayDifferButFindingsMayNot) {
  write(0, {1}, {2}, 100);
  fs::create_directories(results() / "machine-2");
  for (const char* name : {"00000.json", "00000.disks"}) fs::rename(results() / name, results() / "machine-2" / name);
  write(0, {1}, {2}, 900);
  EXPECT_EQ(must(summarize(path())).missing.size(), 2U);
  write(0, {1}, {3}, 900);
  const Summary summary = must(summarize(path()));
  EXPECT_EQ(summary.missing.size(), 3U) << "neither counts";
  EXPECT_EQ(summary.distinct_disks, 0U);
  ASSERT_EQ(summary.damaged.size(), 1U);
  EXPECT_NE(summary.damaged[0].find("found something different"), std::string::npos);
}

TEST_F(CampaignResults, WhatIsDamagedCountsNothingAndIsNamed) {
  struct Case {
    const char* what;
    std::string file;
    std::function<void(std::string*)> damage;
  };
  const Case cases[] = {
      {"cut", "00001.json", [](std::string* text) { text->resize(text->size() / 2); }},
      {"empty", "00001.json", [](std::string* text) { text->clear(); }},
      {"edited", "00001.json", [](std::string* text) { text->replace(text->find("\"unit\": 1"), 9, "\"unit\": 0"); }},
      {"other disks", "00001.disks", [](std::string* text) { text->back() ^= 1; }},
      {"no object", "00001.json", [](std::string* text) { *text = "[]"; }},
  };
  for (const Case& each : cases) {
    for (std::uint64_t unit = 0; unit < 3; ++unit) write(unit, {unit}, {unit + 1});
    std::string text = text_of(results() / each.file);
    each.damage(&text);
    write_text(results() / each.file, text);
    const Summary summary = must(summarize(path()));
    EXPECT_EQ(summary.missing, (std::vector<std::uint64_t>{1})) << each.what;
    ASSERT_EQ(summary.damaged.size(), 1U) << each.what;
    EXPECT_NE(summary.damaged[0].find("00001"), std::string::npos) << summary.damaged[0];
  }
}

TEST_F(CampaignResults, OfAnotherCampaignOrUnfinishedCountNothing) {
  UnitResult unfinished = result_of(0, {1}, {2}, 100);
  unfinished.of_rounds = 3;
  must(write_checkpoint(&unfinished, plan_, path()));
  fs::copy(checkpoint_path(path(), 0), result_path(path(), 0));
  Plan other = plan_;
  other.options.seed += 1;
  UnitResult foreign = result_of(1, {1}, {2}, 100);
  must(write_result(&foreign, other, path()));
  const Summary summary = must(summarize(path()));
  EXPECT_EQ(summary.missing.size(), 3U);
  ASSERT_EQ(summary.damaged.size(), 1U);
  EXPECT_NE(summary.damaged[0].find("belongs to another campaign"), std::string::npos);
  ASSERT_EQ(summary.notes.size(), 1U);
  EXPECT_NE(summary.notes[0].find("a checkpoint"), std::string::npos);
}

TEST_F(CampaignResults, ACheckpointKeepsTheFindingsUntilTheNextOneIsWhole) {
  UnitResult result = result_of(0, {1}, {2, 3}, 100);
  result.of_rounds = 9;
  must(write_checkpoint(&result, plan_, path()));
  UnitResult read = must(read_result(checkpoint_path(path(), 0), plan_, true));
  EXPECT_EQ(read.disks, (Disks{1, 2, 3}));
  EXPECT_EQ(read.rounds.size(), 2U);
  EXPECT_EQ(read.situations.at("in unit 0").round, 1U);
  UnitFindings more;
  more.disks = {3, 4};
  read.add(more, {.seconds = 3, .ended_at = 120});
  must(write_checkpoint(&read, plan_, path()));
  EXPECT_EQ(must(read_result(checkpoint_path(path(), 0), plan_, true)).disks, (Disks{1, 2, 3, 4}));
  write_text(results() / "00000.json.tmp-0123456789abcdef", "what a killed worker has left");
  remove_checkpoint(path(), 0);
  EXPECT_TRUE(fs::is_empty(results()));
}

TEST(CampaignCurve, IsThinnedEvenlyAndKeepsItsEnd) {
  std::vector<CurvePoint> curve;
  for (int i = 1; i <= 1000; ++i) curve.push_back({static_cast<double>(i), static_cast<std::uint64_t>(i), 1});
  const std::vector<CurvePoint> points = thinned(curve, 10);
  ASSERT_EQ(points.size(), 10U);
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_NEAR(points[i].core_seconds, 100.0 * static_cast<double>(i + 1), 1.0);
  }
  EXPECT_EQ(points.back().disks, 1000U);
  EXPECT_TRUE(thinned({}, 10).empty());
  EXPECT_EQ(thinned({{5, 5, 5}}, 10).size(), 1U);
}

}  // namespace
}  // namespace sediment::sim
