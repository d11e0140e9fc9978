// The simulator finds what a naive store loses, and explains it so that a student understands it: numbers, a sentence,
// a replay. And it shows why a bug stays hidden on one disk and bites on another.
#include "tests/support/naive_store.h"

#include <gtest/gtest.h>

#include "sim/explore/tiers.h"
#include "sim/run/runner.h"

namespace sediment::test {
namespace {

using sim::ExploreReport;
using sim::Scenario;
using sim::Step;
using sim::TierOptions;

std::string key(int i) { return "key" + std::to_string(i); }

Scenario thousand_keys() {
  Scenario scenario;
  scenario.title = "a thousand keys";
  scenario.store = "naive";
  scenario.segment_size = 4096;
  for (int i = 0; i < 1000; ++i) scenario.steps.push_back({"put", key(i), std::string(20, 'v')});
  return scenario;
}

// What it says when the steps follow a thousand puts.
std::string outcome_behind_a_thousand_keys(const std::vector<Step>& steps) {
  Scenario scenario = thousand_keys();
  scenario.steps.insert(scenario.steps.end(), steps.begin(), steps.end());
  sim::Runner runner(scenario, naive_kind());
  const sim::StepReport last = runner.run();
  EXPECT_FALSE(last.passed);
  EXPECT_EQ(last.step, Step{"recover"});
  return last.outcome;
}

TEST(NaiveStore, WorksAsLongAsNothingGoesWrong) {
  Scenario scenario = thousand_keys();
  scenario.steps.insert(scenario.steps.end(), {{"remove", key(3)}, {"merge"}, {"put", key(4), "new"}, {"reopen"}});
  scenario.steps.insert(scenario.steps.end(), {{"expect", "get", key(3), "missing"}, {"expect", "get", key(4), "new"}});
  sim::Runner runner(scenario, naive_kind());
  const sim::StepReport last = runner.run();
  EXPECT_TRUE(last.passed) << last.outcome;
}

TEST(NaiveStore, ASyncBehindARollSyncsOnlyTheNewestSegment) {
  EXPECT_EQ(outcome_behind_a_thousand_keys({{"sync"}, {"crash", "lose-unsynced", "contents"}, {"recover"}}),
            "880 of 1000 keys that had to survive are lost: get(key0) finds nothing; after the 1000 writes "
            "that had to survive, it must find \"vvvvvvvvvvvvvvvvvvvv\"");
}

TEST(NaiveStore, AMergeRemovesItsInputsBeforeItsOutputIsOnTheDisk) {
  const std::string outcome = outcome_behind_a_thousand_keys(
      {{"close"}, {"open"}, {"merge"}, {"crash", "keep-subset", "none", "all"}, {"recover"}});
  EXPECT_TRUE(outcome.starts_with("8")) << outcome;
  EXPECT_NE(outcome.find("of 1000 keys that had to survive are lost"), std::string::npos) << outcome;
}

// ---- the search

TEST(NaiveStore, TheSearchFindsTheShortestStoryAndTellsIt) {
  TierOptions options{.operations = 2};
  options.jobs = 1;
  options.explore.kind = &naive_kind();
  const ExploreReport report = sim::run_tier(options);
  ASSERT_FALSE(report.clean());
  EXPECT_GT(report.violation_count, 10U);

  const sim::Violation& simplest = report.violations.front();
  const std::string told = sim::tell(simplest, "failure-1.json", "naive-sim");
  EXPECT_LE(simplest.replay.steps.size(), 4U) << told;
  for (const char* part :
       {"key", "survive", "it takes", "violated", "seed 1", "replay     naive-sim replay failure-1.json"}) {
    EXPECT_NE(told.find(part), std::string::npos) << "\"" << part << "\" is missing in:\n" << told;
  }
  for (const sim::Violation& violation : report.violations) {
    sim::Runner runner(violation.replay, naive_kind());
    EXPECT_FALSE(runner.run().passed) << "the replay must show it:\n" << sim::tell(violation, "x");
  }
}

TEST(NaiveStore, TheStoryOfAnEngineThatLosesSaysHowToWatchIt) {
  sim::Violation violation{.sentence = "It is lost", .replay = {}};
  const std::string told = sim::tell(violation, "out/failure-1.json", "build/release/bin/sediment-sim");
  EXPECT_NE(told.find("build/release/bin/sediment-viz --scenario out/failure-1.json --at failure"), std::string::npos)
      << told;
  violation.replay.store = "naive";
  EXPECT_EQ(sim::tell(violation, "failure-1.json").find("sediment-viz"), std::string::npos)
      << "the visualizer has no such store";
}

TEST(NaiveStore, FailingCallsAndDamageAreFoundToo) {
  TierOptions options{.tier = sim::Tier::kErrors, .operations = 2};
  options.jobs = 1;
  options.explore.kind = &naive_kind();
  EXPECT_FALSE(sim::run_tier(options).clean());
  options.tier = sim::Tier::kAtRest;
  const ExploreReport at_rest = sim::run_tier(options);
  ASSERT_FALSE(at_rest.clean()) << "without a checksum a wrong bit makes another value";
  EXPECT_EQ(at_rest.violations.front().oracle, sim::Oracle::kVerdict);
}

// ---- devices

// Which device shows that a text log has no checksums: by a record that is torn, or that follows a hole.
std::uint64_t violations_of_text_log(const char* profile) {
  TierOptions options{.operations = 2};
  options.jobs = 1;
  options.explore.kind = &sim::text_log_kind();
  options.explore.recovery_depth = 0;
  options.explore.profile = *sim::find_profile(profile);
  return sim::run_tier(options).violation_count;
}

TEST(Devices, SomeLoseWhatATextLogWritesAndOthersDoNot) {
  EXPECT_GT(violations_of_text_log("posix"), 0U) << "a later line survives an earlier one";
  EXPECT_EQ(violations_of_text_log("nvme-4k"), 0U) << "one block holds the whole log, and is written whole";
}

}  // namespace
}  // namespace sediment::test
