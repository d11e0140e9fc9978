// Every scenario of tests/crash/scenarios, struck by every crash (sim/explore/explore.h). A violation is printed with
// its seed, and saved as a scenario that `sediment-sim run` replays.
#include "sim/explore/explore.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/support/coverage.h"
#include "tests/support/search_budget.h"
#include "tests/support/violation.h"

namespace sediment::test {
namespace {

using sim::ExploreOptions;

const std::filesystem::path kScenarios = std::filesystem::path(SEDIMENT_SOURCE_DIR) / "tests/crash/scenarios";

std::vector<std::string> scenario_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kScenarios))
    names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

// What a scenario is there for. If the exploration never gets there, the test is invalid and fails.
const std::map<std::string, std::vector<std::string>> kMustReach = {
    {"overwrite_and_roll", {"torn-tail-cut", "unsynced-writes-lost", "active-log-rewritten", "rolled"}},
    {"tombstone_too_early", {"merge-kept", "merge-dropped", "tombstone-stops", "unnamed-segment-removed"}},
    {"merge_between_writes", {"merge-kept", "merge-dropped", "merge-switched", "input-removed", "torn-tail-cut"}},
    {"every_write_is_synced", {"synced", "torn-tail-cut", "rolled"}},
    {"everything_is_removed", {"merge-dropped", "merge-switched"}},
    {"without_reserved_space", {"torn-tail-cut", "unsynced-writes-lost", "merge-switched"}},
    {"large_values", {"torn-tail-cut", "rolled"}},
    {"hostile_bytes", {"merge-kept", "merge-dropped", "torn-tail-cut"}},
    {"open_again_and_again", {"closed", "opened", "unnamed-segment-removed"}},
    {"merge_beside_unsynced_writes", {"merge-kept", "merge-switched", "unsynced-writes-lost"}},
    {"merges_by_policy", {"merge-switched", "torn-tail-cut"}},
};

class Explore : public testing::TestWithParam<std::string> {};

TEST_P(Explore, LosesNothingWhateverTheCrash) {
  const auto scenario = sim::read_scenario((kScenarios / (GetParam() + ".json")).string());
  ASSERT_TRUE(scenario.ok()) << scenario.status().to_string();
  // For a sanitizer only the code that runs matters, and a second recovery runs the same code as the first.
  constexpr bool kDeep = !kSanitized;
  ExploreOptions options{.every_bit_at_the_end = search_percent() == 100};
  if (!kDeep) options.recovery_depth = 0;
  const auto report = sim::explore(*scenario, options);
  ASSERT_TRUE(report.ok()) << report.status().to_string();

  Coverage coverage("explore_" + GetParam());
  coverage.count("crash-points", report->crash_points);
  coverage.count("crashes", report->crashes);
  coverage.count("disks-judged", report->disks_judged);
  coverage.count("recovery-crashes", report->recovery_crashes);
  coverage.count("rotten-bits", report->damages);
  for (const auto& [counter, count] : report->coverage) coverage.count(counter, count);
  for (const sim::Violation& violation : report->violations) {
    ADD_FAILURE() << explain_violation(violation.sentence, violation.replay);
  }
  EXPECT_EQ(report->not_replayed, 0U) << sim::tell_not_replayed(*report);
  if (!report->clean()) return;
  coverage.require_at_least("disks-judged", kDeep ? 500 : 100);
  coverage.require_at_least("recovery-crashes", kDeep ? 500 : 0);
  coverage.require_at_least("rotten-bits", scripts(500));
  coverage.require_at_least("rot-noticed-by-open", scripts(50));
  const auto must_reach = kMustReach.find(GetParam());
  ASSERT_NE(must_reach, kMustReach.end()) << "add to kMustReach what this scenario is there for";
  for (const std::string& counter : must_reach->second) coverage.require_at_least(counter, 1);
}

INSTANTIATE_TEST_SUITE_P(Scenario, Explore, testing::ValuesIn(scenario_names()),
                         [](const auto& each) { return each.param; });

TEST(ExploreScenarios, AreAtLeastSix) { EXPECT_GE(scenario_names().size(), 6U); }

TEST(ExploreRepeats, TheSameScenarioGivesTheSameReport) {
  const auto scenario = sim::read_scenario((kScenarios / "tombstone_too_early.json").string());
  ASSERT_TRUE(scenario.ok());
  const ExploreOptions shallow{.recovery_depth = 0};
  const auto first = sim::explore(*scenario, shallow);
  const auto second = sim::explore(*scenario, shallow);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(sim::to_json(*first).dump(), sim::to_json(*second).dump());
}

}  // namespace
}  // namespace sediment::test
