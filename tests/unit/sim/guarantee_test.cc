// A disk without a guarantee: what it does instead, and that the engine needs each of them.
#include "sim/disk/guarantee.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/format.h"
#include "sim/explore/explore.h"
#include "sim/run/scenario.h"
#include "tests/support/sim_helpers.h"

namespace sediment::sim {
namespace {

using test::is_ok;
using test::must;

Scenario scenario_without(const Guarantees& taken, const std::vector<std::string>& steps) {
  Scenario scenario;
  scenario.without = taken;
  scenario.snapshots = Snapshots::kOff;
  for (const std::string& step : steps) scenario.steps.push_back(step_of(step));
  return scenario;
}

ExploreReport explored(const Guarantees& taken) {
  const std::vector<std::string> steps{"put a 1", "sync", "roll", "put b 2", "sync", "merge", "put a 3"};
  ExploreOptions options;
  options.recovery_depth = 0;
  options.rot_samples = 0;
  return must(explore(scenario_without(taken, steps), options));
}

TEST(Guarantee, TheEngineNeedsEachOfThem) {
  EXPECT_TRUE(explored({}).clean());
  for (const Guarantee guarantee : kGuarantees) {
    const ExploreReport report = explored({guarantee});
    EXPECT_GT(report.violation_count, 0U) << name_of(guarantee);
    EXPECT_EQ(report.not_replayed, 0U) << name_of(guarantee) << ": " << report.not_replayed_example;
  }
}

TEST(Guarantee, NamesAreReadBack) {
  for (const Guarantee guarantee : kGuarantees) EXPECT_EQ(parse_guarantee(name_of(guarantee)), guarantee);
  EXPECT_EQ(parse_guarantee("log-fsync"), std::nullopt);
}

TEST(Guarantee, WithNothingTakenAwayTheDiskIsTheSame) {
  const std::shared_ptr<Disk> disk = std::make_shared<SimDisk>();
  EXPECT_EQ(without(disk, {}), disk);
}

struct SyncRow {
  const char* file;
  Guarantee needed;
};

TEST(Guarantee, OnlyTheSyncsOfItsFilesAreSkipped) {
  constexpr SyncRow kRows[] = {{"000007.log", Guarantee::kLogSync},
                               {"MANIFEST.tmp", Guarantee::kManifestSync},
                               {"MANIFEST", Guarantee::kManifestSync}};
  for (const SyncRow& row : kRows) {
    for (const Guarantee taken : kGuarantees) {
      const auto disk = std::make_shared<SimDisk>();
      const std::unique_ptr<File> file = must(without(disk, {taken})->create(row.file, 0));
      must(file->append({"bytes"}));
      EXPECT_TRUE(is_ok(file->sync()));
      EXPECT_EQ(disk->state().find(row.file)->all_durable(), taken != row.needed) << row.file << " " << name_of(taken);
      std::string scratch;
      EXPECT_EQ(must(file->read(0, 5, &scratch)), "bytes");
    }
  }
}

TEST(Guarantee, WithoutTheDirectorysSyncNamesStayInTheCache) {
  const auto disk = std::make_shared<SimDisk>();
  const std::shared_ptr<Disk> lying = without(disk, {Guarantee::kDirectorySync});
  must(lying->create("000001.log", 0));
  EXPECT_TRUE(is_ok(lying->sync_directory()));
  EXPECT_TRUE(disk->state().durable_names().empty());
  EXPECT_EQ(must(lying->list()).size(), 1U);
}

TEST(Guarantee, AManifestInPlaceIsEmptyForAMoment) {
  Trace trace;
  const auto disk =
      std::make_shared<SimDisk>(DiskState::with_files({{"MANIFEST", "the old list"}}), SimDiskOptions{}, &trace);
  const std::shared_ptr<Disk> in_place = without(disk, {Guarantee::kManifestRename});
  must(must(in_place->create("MANIFEST.tmp", 0))->append({"the new list"}));
  EXPECT_TRUE(is_ok(in_place->rename("MANIFEST.tmp", "MANIFEST")));
  EXPECT_EQ(disk->state().contents(), (std::map<std::string, std::string>{{"MANIFEST", "the new list"}}));
  std::vector<std::string> done;
  for (const TraceEntry& entry : trace.entries()) {
    if (const auto* operation = std::get_if<DiskOperation>(&entry)) done.emplace_back(name_of(operation->kind));
  }
  EXPECT_EQ(done, (std::vector<std::string>{"create", "append", "truncate", "append", "sync", "remove"}));
  EXPECT_TRUE(in_place->rename("nothing", "MANIFEST").is(StatusCode::kNotFound));
  must(in_place->create("other.tmp", 0));
  EXPECT_TRUE(is_ok(in_place->rename("other.tmp", "other"))) << "other names are replaced in one step";
}

TEST(Guarantee, AScenarioKeepsWhatItsDiskIsWithout) {
  const Scenario scenario = scenario_without({Guarantee::kLogSync, Guarantee::kManifestRename}, {"put a 1"});
  const Scenario again = must(parse_scenario(to_json(scenario).dump()));
  EXPECT_EQ(again.without, scenario.without);
  const Status refused = parse_scenario(R"({"options": {"without": ["sync"]}, "steps": ["sync"]})").status();
  EXPECT_TRUE(refused.is(StatusCode::kInvalidArgument));
  EXPECT_NE(refused.message().find("log-sync"), std::string_view::npos) << refused.message();
  const Status other =
      parse_scenario(R"({"store": "text-log", "options": {"without": ["log-sync"]}, "steps": ["sync"]})").status();
  EXPECT_TRUE(other.is(StatusCode::kInvalidArgument)) << "only the engine's disk can be without";
}

}  // namespace
}  // namespace sediment::sim
