// The search on stores other than the engine: it finds nothing in the correct ones, whatever files they use, and it can
// replay what it finds in the others.
#include "tests/support/foreign_stores.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "sim/explore/explore_at_rest.h"
#include "sim/explore/explore_errors.h"
#include "sim/explore/tiers.h"
#include "sim/run/damage.h"
#include "sim/run/runner.h"
#include "tests/support/naive_store.h"
#include "tests/support/search_budget.h"
#include "tests/support/violation.h"

namespace sediment::test {
namespace {

using sim::ExploreReport;
using sim::Fault;
using sim::Scenario;
using sim::StoreKind;
using sim::Tier;
using sim::TierOptions;

Scenario busy_scenario(const StoreKind& kind) {
  Scenario scenario;
  scenario.title = "a foreign store";
  scenario.store = kind.name;
  for (const char* step : {"put a 1", "put b 2", "sync", "put a 3", "roll", "remove b", "put c 4", "sync", "merge",
                           "put a 5", "sync", "reopen", "put d 6", "remove a", "sync"}) {
    scenario.steps.push_back(sim::step_of(step));
  }
  return scenario;
}

// Some of the scripts, spread over all.
ExploreReport search(const StoreKind& kind, Tier tier, std::size_t operations, std::size_t most = 60) {
  TierOptions options{.tier = tier, .operations = operations, .budget = scripts(tier == Tier::kAtRest ? 4 : most)};
  options.jobs = 1;
  options.explore.kind = &kind;
  return sim::run_tier(options);
}

void must_be_clean(const ExploreReport& report) {
  for (const sim::Violation& violation : report.violations) {
    ADD_FAILURE() << explain_violation(violation.sentence, violation.replay);
  }
  EXPECT_EQ(report.not_replayed, 0U) << sim::tell_not_replayed(report);
  EXPECT_TRUE(report.clean());
}

class RightStore : public testing::TestWithParam<const StoreKind*> {};

TEST_P(RightStore, GivesNoFalseAlarmWhateverRotsInAScenario) {
  const auto report = sim::explore(busy_scenario(*GetParam()), {.kind = GetParam(), .rot_samples = 32});
  ASSERT_TRUE(report.ok()) << report.status().to_string();
  must_be_clean(*report);
  EXPECT_GT(report->damages, 500U);
  EXPECT_GT(report->coverage.at("rot-did-no-harm"), 10U);
}

TEST_P(RightStore, SurvivesEveryCrashOfSmallScripts) { must_be_clean(search(*GetParam(), Tier::kExhaustive, 2)); }
TEST_P(RightStore, SurvivesEveryFailingCallOfSmallScripts) { must_be_clean(search(*GetParam(), Tier::kErrors, 2)); }
TEST_P(RightStore, NoticesEveryDamageToItsFilesAtRest) { must_be_clean(search(*GetParam(), Tier::kAtRest, 1)); }

INSTANTIATE_TEST_SUITE_P(Store, RightStore, testing::Values(&checkpoint_kind(), &slot_kind()),
                         [](const auto& each) { return each.param->name; });

class WrongStore : public testing::TestWithParam<const StoreKind*> {};

TEST_P(WrongStore, IsFoundAndEachFindingFailsWhenItIsReplayed) {
  std::size_t replayed = 0;
  for (const Tier tier : {Tier::kExhaustive, Tier::kErrors, Tier::kAtRest}) {
    const ExploreReport report = search(*GetParam(), tier, 2, 1000);
    EXPECT_EQ(report.not_replayed, 0U) << name_of(tier) << ": " << sim::tell_not_replayed(report);
    for (const sim::Violation& violation : report.violations) {
      sim::Runner runner(violation.replay, *GetParam());
      const sim::StepReport last = runner.run();
      EXPECT_FALSE(last.passed) << violation.sentence;
      EXPECT_NE(last.failure.why, sim::Failure::kNonsense) << last.outcome;
      ++replayed;
    }
  }
  EXPECT_GT(replayed, 0U);
}

INSTANTIATE_TEST_SUITE_P(Store, WrongStore,
                         testing::Values(&checkpoint_kind(CheckpointBug::kTableNotSynced),
                                         &checkpoint_kind(CheckpointBug::kLogNameNotSynced),
                                         &checkpoint_kind(CheckpointBug::kOldLogRemovedFirst),
                                         &slot_kind(SlotBug::kSameSlot), &slot_kind(SlotBug::kNoSyncOfRemoves),
                                         &naive_kind(), &sim::text_log_kind(),
                                         &engine_on_forgetful_disk(Forgotten::kDirectorySyncs),
                                         &engine_on_forgetful_disk(Forgotten::kLogSyncs)),
                         [](const auto& each) {
                           std::string name = each.param->name;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

// ---- which files may look torn

// How many writes must survive a wrong bit in this file if everything is synced.
std::size_t floor_with_rot_in(const std::string& file, const StoreKind& kind, std::vector<const char*> steps) {
  Scenario scenario;
  scenario.store = kind.name;
  for (const char* step : steps) scenario.steps.push_back(sim::step_of(step));
  sim::Runner runner(scenario, kind);
  EXPECT_TRUE(runner.run().passed);
  const std::uint64_t after = runner.trace().operation_count();
  const sim::CrashChoice rot{.fault = Fault::kBitRot, .file = file, .byte = 0};
  return sim::floor_under_damage({kind, runner.ledger(), runner.trace()}, runner.disk()->state(), rot, after);
}

TEST(RotInAFile, ExcusesWhatAnUnsealedLogHoldsAndNothingElse) {
  const std::vector<const char*> steps{"put a 1", "put b 2", "roll", "put c 3", "sync"};
  EXPECT_EQ(floor_with_rot_in("000002.log", sim::engine_kind(), steps), 2U) << "the active log";
  EXPECT_EQ(floor_with_rot_in("000001.log", sim::engine_kind(), steps), 3U) << "a sealed log";
  EXPECT_EQ(floor_with_rot_in("MANIFEST", sim::engine_kind(), steps), 3U);
}

TEST(RotInAFile, OfAStoreThatDoesNotTellExcusesWhatWasWrittenSinceTheFileWasMade) {
  const std::vector<const char*> steps{"put a 1", "put b 2", "roll", "put c 3", "sync"};
  EXPECT_EQ(floor_with_rot_in("log-1", checkpoint_kind(), steps), 0U);
  EXPECT_EQ(floor_with_rot_in("log-2", checkpoint_kind(), steps), 2U);
  EXPECT_EQ(floor_with_rot_in("nothing", checkpoint_kind(), steps), 0U);
}

}  // namespace
}  // namespace sediment::test
