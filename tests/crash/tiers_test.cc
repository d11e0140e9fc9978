// A slice of each tier of the search (sim/explore/tiers.h), and what the search itself promises: it is repeatable,
// shards add up, and every cell of the crash model is judged. `sediment-sim explore --tier …` runs a whole tier.
#include "sim/explore/tiers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/support/coverage.h"
#include "tests/support/search_budget.h"
#include "tests/support/violation.h"

namespace sediment::test {
namespace {

using sim::Demand;
using sim::ExploreReport;
using sim::Fault;
using sim::Oracle;
using sim::Tier;
using sim::TierOptions;

ExploreReport run(TierOptions options) {
  options.jobs = 1;
  return sim::run_tier(options);
}

// Prints the counts, and fails for each violation.
void must_be_clean(const ExploreReport& report, Coverage& coverage) {
  coverage.count("scripts", report.scripts);
  coverage.count("crash-points", report.crash_points);
  coverage.count("disks-judged", report.disks_judged);
  coverage.count("disks-skipped", report.disks_skipped);
  coverage.count("recovery-crashes", report.recovery_crashes);
  coverage.count("failed-calls", report.failed_calls);
  coverage.count("damages", report.damages);
  for (const auto& [name, count] : report.coverage) {
    std::string counter = name;
    std::replace(counter.begin(), counter.end(), ' ', '-');
    coverage.count(counter, count);
  }
  for (const sim::Violation& violation : report.violations) {
    ADD_FAILURE() << explain_violation(violation.sentence, violation.replay);
  }
  EXPECT_EQ(report.not_replayed, 0U) << sim::tell_not_replayed(report);
}

TEST(Tiers, EveryCrashInAllScriptsOfTwoOperations) {
  Coverage coverage("tier_exhaustive_2");
  const ExploreReport report = run({.operations = 2, .budget = scripts(216)});
  must_be_clean(report, coverage);
  if (!report.clean()) return;
  coverage.require_at_least("scripts", scripts(216));
  coverage.require_at_least("torn-tail-cut", scripts(100));
  coverage.require_at_least("unsynced-writes-lost", scripts(50));
  coverage.require_at_least("active-log-rewritten", scripts(100));
  coverage.require_at_least("unnamed-segment-removed", scripts(100));
  coverage.require_at_least("recovery-crashes", scripts(10'000));
}

TEST(Tiers, EveryCrashInSomeScriptsOfUpToFourOperations) {
  Coverage coverage("tier_exhaustive_4");
  const ExploreReport report = run({.operations = 4, .budget = scripts(160)});
  must_be_clean(report, coverage);
  if (!report.clean()) return;
  coverage.require_at_least("merge-kept", scripts(5));
  coverage.require_at_least("input-removed", scripts(5));
  coverage.require_at_least("torn-tail-cut", scripts(20));
}

TEST(Tiers, EveryCallFailsOnceAndFromThenOn) {
  Coverage coverage("tier_errors");
  const ExploreReport report = run({.tier = Tier::kErrors, .operations = 3, .budget = scripts(300)});
  must_be_clean(report, coverage);
  if (!report.clean()) return;
  for (const char* what :
       {"eio-create", "eio-open", "eio-list", "eio-read", "eio-write", "eio-truncate", "eio-sync", "eio-rename",
        "eio-remove", "eio-sync-directory", "no-space-create", "no-space-write", "short-write", "fsync-fails-dropped",
        "fsync-fails-reverted", "fsync-fails-late", "fsync-fails-directory-dropped", "fsync-fails-directory-late",
        "corrupt-because-the-disk-lied"}) {
    coverage.require_at_least(what, 1);
  }
}

TEST(Tiers, EveryDamageToAClosedStoreIsNoticed) {
  Coverage coverage("tier_at_rest");
  const ExploreReport report = run({.tier = Tier::kAtRest, .budget = std::max<std::uint64_t>(4, scripts(12))});
  must_be_clean(report, coverage);
  if (!report.clean()) return;
  for (const Fault fault : {Fault::kBitRot, Fault::kMisdirectedWrite, Fault::kStaleRead, Fault::kFileMissing,
                            Fault::kFileDuplicated, Fault::kFileSwapped, Fault::kFileTruncated}) {
    const std::string name(name_of(fault));
    coverage.require_at_least("struck-by-" + name, 3);
    coverage.require_at_least(name + "-noticed-by-open", 3);
  }
}

TEST(Tiers, RotIsToldFromATear) {
  Coverage coverage("rot_against_tear");
  const ExploreReport report = sim::explore_rot_against_tear({});
  must_be_clean(report, coverage);
  coverage.require_at_least("rot-is-corruption", 1000);
  coverage.require_at_least("cut-is-a-torn-tail", 200);
}

// ---- what the search promises

std::string text_of(const ExploreReport& report) { return sim::to_json(report).dump(); }

TEST(Tiers, TheSameSeedGivesTheSameBytesWhateverTheThreads) {
  TierOptions options{.operations = 2, .budget = scripts(60)};
  options.jobs = 1;
  const std::string first = text_of(sim::run_tier(options));
  options.jobs = 3;
  EXPECT_EQ(text_of(sim::run_tier(options)), first);
  options.seed = 2;
  EXPECT_NE(text_of(sim::run_tier(options)), first) << "another seed searches elsewhere";
}

TEST(Tiers, TheReportsOfShardsAddUpToTheWhole) {
  for (const Tier tier : {Tier::kExhaustive, Tier::kErrors, Tier::kAtRest}) {
    TierOptions options{.tier = tier, .operations = 2, .budget = scripts(40)};
    ExploreReport whole = run(options);
    ExploreReport sum;
    sum.title = whole.title;
    for (std::uint64_t i = 0; i < 4; ++i) {
      options.shard = {i, 4};
      const ExploreReport part = run(options);
      const auto loaded = sim::report_from_json(sim::to_json(part));
      ASSERT_TRUE(loaded.ok()) << loaded.status().to_string();
      sum.add(*loaded, options.explore.most_violations);
    }
    EXPECT_EQ(text_of(sum), text_of(whole)) << name_of(tier);
  }
}

TEST(Tiers, EveryCellThatMustHoldIsJudged) {
  ExploreReport sum;
  sum.add(run({.operations = 3, .budget = scripts(200)}), 3);
  sum.add(run({.tier = Tier::kErrors, .operations = 2, .budget = scripts(100)}), 3);
  sum.add(run({.tier = Tier::kAtRest, .budget = scripts(9)}), 3);
  // The scripts of a tier write nothing larger than a sector.
  const auto large = sim::read_scenario(std::string(SEDIMENT_SOURCE_DIR) + "/tests/crash/scenarios/large_values.json");
  ASSERT_TRUE(large.ok());
  const auto report = sim::explore(*large, {.recovery_depth = 0, .rot_samples = 0});
  ASSERT_TRUE(report.ok());
  sum.add(*report, 3);
  EXPECT_TRUE(sum.clean());
  EXPECT_EQ(sum.not_replayed, 0U) << sim::tell_not_replayed(sum);
  for (std::uint8_t i = 0; i < sim::kFaultCount; ++i) {
    for (std::uint8_t j = 0; j < sim::kOracleCount; ++j) {
      const auto fault = static_cast<Fault>(i);
      const auto oracle = static_cast<Oracle>(j);
      if (sim::expected_of(fault, oracle).demand != Demand::kMustHold) continue;
      EXPECT_GT(sum.judged.at(fault, oracle), 0U) << name_of(fault) << " is never judged by " << name_of(oracle);
    }
  }
}

}  // namespace
}  // namespace sediment::test
