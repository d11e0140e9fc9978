// The random tier (sim/explore/random_tier.h): it finds what takes more operations than the exhaustive tier combines, finds
// nothing in stores that are right, reaches what it is there for, and is the same on each machine.
#include "sim/explore/random_tier.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "sim/explore/random_script.h"
#include "sim/explore/shrink.h"
#include "sim/explore/tiers.h"
#include "tests/support/coverage.h"
#include "tests/support/foreign_stores.h"
#include "tests/support/search_budget.h"
#include "tests/support/violation.h"

namespace sediment::test {
namespace {

using sim::ExploreReport;
using sim::StoreKind;
using sim::Tier;
using sim::TierOptions;
using sim::UnitFindings;

TierOptions random_options(const StoreKind& kind, std::uint64_t budget, std::size_t operations = 0) {
  TierOptions options{.tier = Tier::kRandom, .operations = operations, .budget = budget, .jobs = 1};
  options.explore.kind = &kind;
  options.explore.recovery_depth = 2;
  return options;
}

void must_be_clean(const ExploreReport& report) {
  for (const sim::Violation& violation : report.violations) {
    ADD_FAILURE() << explain_violation(violation.sentence, violation.replay);
  }
  EXPECT_EQ(report.not_replayed, 0U) << sim::tell_not_replayed(report);
}

std::size_t operations_in(const sim::Scenario& scenario) {
  return static_cast<std::size_t>(std::count_if(
      scenario.steps.begin(), scenario.steps.end(),
      [](const sim::Step& step) { return step[0] != "crash" && step[0] != "recover" && step[0] != "fail"; }));
}

// ---- what it finds

TEST(RandomTier, FindsNothingInStoresThatAreRight) {
  must_be_clean(sim::run_tier(random_options(sim::engine_kind(), scripts(64))));
  must_be_clean(sim::run_tier(random_options(checkpoint_kind(), scripts(64))));
  must_be_clean(sim::run_tier(random_options(slot_kind(), scripts(64))));
}

struct LateBug {
  CheckpointBug bug;
  std::size_t operations;  // that it takes
};

class BugThatTakesManyOperations : public testing::TestWithParam<LateBug> {};

TEST_P(BugThatTakesManyOperations, PassesTheExhaustiveTierAndIsFoundAtRandomWithAShortStory) {
  const StoreKind& kind = checkpoint_kind(GetParam().bug);
  TierOptions exhaustive{.tier = Tier::kExhaustive, .budget = search_percent() < 100 ? scripts(2000) : 0, .jobs = 1};
  exhaustive.explore.kind = &kind;
  exhaustive.explore.recovery_depth = 0;
  const ExploreReport small = sim::run_tier(exhaustive);
  EXPECT_TRUE(small.clean()) << small.violations.front().sentence;
  EXPECT_GE(small.scripts, scripts(2000));

  const ExploreReport large = sim::run_tier(random_options(kind, 64));
  ASSERT_FALSE(large.clean()) << "not found in 64 scripts";
  EXPECT_EQ(large.not_replayed, 0U) << sim::tell_not_replayed(large);
  std::size_t shortest = 1000;
  for (std::size_t i = 0; i < std::min<std::size_t>(large.violations.size(), 3); ++i) {
    const auto shrunk = sim::shrink(large.violations[i].replay, kind);
    ASSERT_TRUE(shrunk.ok()) << shrunk.status().to_string();
    EXPECT_FALSE(sim::run_here(*shrunk, kind).last.passed);
    shortest = std::min(shortest, operations_in(*shrunk));
  }
  EXPECT_GE(shortest, 5U) << "then the exhaustive tier should have found it";
  EXPECT_LE(shortest, GetParam().operations);
}

INSTANTIATE_TEST_SUITE_P(RandomTier, BugThatTakesManyOperations,
                         testing::Values(LateBug{CheckpointBug::kSixthLogNameNotSynced, 8},
                                         LateBug{CheckpointBug::kThirdRemoveForgotten, 9}),
                         [](const auto& each) { return "Bug" + std::to_string(each.index); });

// ---- what it reaches

TEST(RandomTier, ReachesThreeCrashesInsideEachOtherFailingCallsRotAndPiecesOfTheDisk) {
  TierOptions options = random_options(sim::engine_kind(), 64);
  options.keeps_disks = true;
  std::vector<sim::TierUnit> units = sim::units_of(options);
  ASSERT_EQ(units.size(), 1U);
  const UnitFindings findings = sim::explore_unit(units.front(), options);
  Coverage coverage("random_tier");
  const auto count_with = [&](std::string_view piece) {
    return static_cast<std::uint64_t>(
        std::count_if(findings.situations.begin(), findings.situations.end(),
                      [&](const auto& each) { return each.first.find(piece) != std::string::npos; }));
  };
  coverage.count("third-crashes", count_with(" in recovery 2 "));
  coverage.count("second-crashes", count_with(" in recovery 1 "));
  coverage.count("failing-calls", count_with("fail "));
  coverage.count("rot", findings.report.damages);
  coverage.count("situations", findings.situations.size());
  coverage.count("distinct-disks", findings.disks.size());
  coverage.require_at_least("third-crashes", 50);
  coverage.require_at_least("second-crashes", 100);
  coverage.require_at_least("failing-calls", 10);
  coverage.require_at_least("rot", 200);
  coverage.require_at_least("situations", 500);
  coverage.require_at_least("distinct-disks", 10'000);
  EXPECT_TRUE(std::is_sorted(findings.disks.begin(), findings.disks.end()));
  EXPECT_TRUE(std::adjacent_find(findings.disks.begin(), findings.disks.end()) == findings.disks.end());
}

TEST(RandomTier, DrawsScriptsWithAndWithoutEachFeatureAndWithBytesOfTheDisk) {
  const StoreKind& kind = sim::engine_kind();
  std::set<std::string> verbs;
  std::size_t longest = 0;
  std::size_t with_records = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const auto script = sim::random_script(kind, seed, 1, 200, [&](const std::string& feature) {
      return std::hash<std::string>()(feature + std::to_string(seed)) % 2 == 0;
    });
    longest = std::max(longest, script.scenario.steps.size());
    for (const sim::Step& step : script.scenario.steps) {
      verbs.insert(step[0] == "merge" && step.size() > 1 && step[1] != "step" ? "merge run"
                   : step[0] == "merge" && step.size() > 1                    ? "merge step"
                                                                              : step[0]);
      const bool is_no_text = step[0] == "put" && step[2].size() > 16 && step[2].find('\0') != std::string::npos;
      if (is_no_text && step[2].find_first_not_of(std::string("\0", 1)) != std::string::npos) ++with_records;
    }
  }
  EXPECT_EQ(verbs,
            (std::set<std::string>{"put", "remove", "sync", "roll", "merge", "merge step", "merge run", "reopen"}));
  EXPECT_EQ(longest, 200U);
  EXPECT_GT(with_records, 50U);
}

// ---- what it promises

std::string text_of(const ExploreReport& report) { return sim::to_json(report).dump(); }

TEST(RandomTier, TheSameSeedGivesTheSameBytesWhateverTheThreadsAndShards) {
  TierOptions options = random_options(sim::engine_kind(), 160, 12);
  const ExploreReport whole = sim::run_tier(options);
  options.jobs = 3;
  EXPECT_EQ(text_of(sim::run_tier(options)), text_of(whole));
  options.jobs = 1;
  ExploreReport sum;
  sum.title = whole.title;
  for (std::uint64_t i = 0; i < 4; ++i) {
    options.shard = {i, 4};
    sum.add(sim::run_tier(options), sim::kAllCauses);
  }
  EXPECT_EQ(text_of(sum), text_of(whole));
  options.shard = {};
  options.seed = 2;
  EXPECT_NE(text_of(sim::run_tier(options)), text_of(whole)) << "another seed searches elsewhere";
}

}  // namespace
}  // namespace sediment::test
