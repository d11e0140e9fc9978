// A failing scenario shrinks to the steps that its failure needs, and still fails in the same way: planted bugs with
// twenty needless steps before them, in the engine and in two other stores.
#include "sim/explore/shrink.h"

#include <gtest/gtest.h>

#include "sim/explore/tiers.h"
#include "sim/run/runner.h"
#include "tests/support/foreign_stores.h"
#include "tests/support/naive_store.h"
#include "tests/support/store_helpers.h"

namespace sediment::test {
namespace {

using sim::FailureKind;
using sim::Scenario;
using sim::Step;
using sim::StoreKind;

Scenario scenario_of(const StoreKind& kind, const std::vector<std::string>& steps) {
  Scenario scenario;
  scenario.title = "a planted loss";
  scenario.store = kind.name;
  for (const std::string& step : steps) scenario.steps.push_back(sim::step_of(step));
  return scenario;
}

// Twenty steps that have nothing to do with the later ones. A store that cannot roll or merge refuses some of them.
std::vector<std::string> with_needless_steps(const std::vector<std::string>& steps) {
  std::vector<std::string> all{"put x 1",    "put y 2", "get x",   "sync",    "put z 3",    "remove y", "roll",
                               "put x 4",    "merge",   "reopen",  "put w 5", "get absent", "remove w", "put y 6",
                               "merge step", "sync",    "put z 7", "roll",    "remove z",   "close"};
  EXPECT_EQ(all.size(), 20U);
  all.emplace_back("open");
  all.insert(all.end(), steps.begin(), steps.end());
  return all;
}

FailureKind failure_of(const Scenario& scenario, const StoreKind& kind) {
  sim::Runner runner(scenario, kind);
  std::size_t reports = 0;
  const sim::StepReport last = runner.run([&](const sim::StepReport&) { ++reports; });
  EXPECT_FALSE(last.passed) << sim::steps_of(scenario.steps);
  EXPECT_EQ(sim::steps_until_failure(scenario, reports), scenario.steps.size())
      << "the last step is the one that fails";
  return sim::failure_kind(scenario.steps, last.failure);
}

// Shrinks the scenario; the result must fail in the same way.
std::string shrunk(const Scenario& scenario, const StoreKind& kind) {
  const auto smaller = sim::shrink(scenario, kind);
  if (!smaller.ok()) return smaller.status().to_string();
  EXPECT_TRUE(sim::is_same_kind(failure_of(scenario, kind), failure_of(*smaller, kind)))
      << sim::steps_of(smaller->steps);
  return sim::steps_of(smaller->steps);
}

std::string shrunk(const std::vector<std::string>& steps, const StoreKind& kind) {
  return shrunk(scenario_of(kind, with_needless_steps(steps)), kind);
}

// A crash in the last of these steps that loses data, as the search reports it.
Scenario found_in_last_step(const std::vector<std::string>& steps, const StoreKind& kind) {
  const Scenario script = scenario_of(kind, with_needless_steps(steps));
  sim::ExploreOptions options{.kind = &kind, .recovery_depth = 0, .rot_samples = 0, .only_last_step = true};
  options.most_violations = 1;
  const auto report = sim::explore(script, options);
  EXPECT_TRUE(report.ok()) << report.status().to_string();
  EXPECT_FALSE(!report.ok() || report->violations.empty()) << "nothing was found";
  return report.ok() && !report->violations.empty() ? report->violations.front().replay : script;
}

// ---- named minima

TEST(Shrink, LeavesOfAnEngineWithoutDirectorySyncsAPutAndASync) {
  EXPECT_EQ(shrunk({"put a 1", "sync", "crash lose-unsynced", "recover"},
                   engine_on_forgetful_disk(Forgotten::kDirectorySyncs)),
            "put a 1 · sync · crash lose-unsynced · recover");
}

TEST(Shrink, LeavesOfAnEngineWithoutLogSyncsTheOpenOfANewStore) {
  EXPECT_EQ(shrunk({"put a 1", "put b 2", "sync", "put c 3", "crash lose-unsynced contents", "recover"},
                   engine_on_forgetful_disk(Forgotten::kLogSyncs)),
            "crash lose-unsynced contents · recover")
      << "the header of the first log is lost: that needs no step at all";
}

TEST(Shrink, LeavesOfAStoreThatDoesNotSyncItsTableTheOpenOfANewStore) {
  EXPECT_EQ(shrunk({"put a 1", "merge", "put b 2", "crash lose-unsynced contents", "recover"},
                   checkpoint_kind(CheckpointBug::kTableNotSynced)),
            "crash lose-unsynced contents · recover");
}

TEST(Shrink, LeavesOfAStoreThatForgetsTheNameOfItsLogAPutAndASync) {
  EXPECT_EQ(shrunk({"put a 1", "sync", "put b 2", "crash lose-unsynced directory", "recover"},
                   checkpoint_kind(CheckpointBug::kLogNameNotSynced)),
            "put a 1 · sync · crash lose-unsynced directory · recover");
}

TEST(Shrink, LeavesOfAStoreThatRemovesItsLogTooEarlyTheMergeThatDoesSo) {
  const StoreKind& kind = checkpoint_kind(CheckpointBug::kOldLogRemovedFirst);
  EXPECT_EQ(shrunk(found_in_last_step({"put a 1", "sync", "put b 2", "merge"}, kind), kind),
            "put a 1 · sync · merge · crash clean-kill after 13 · recover");
}

TEST(Shrink, LeavesOfAStoreThatWritesOverItsOnlyCopyTheSyncThatDoesSo) {
  const StoreKind& kind = slot_kind(SlotBug::kSameSlot);
  EXPECT_EQ(shrunk(found_in_last_step({"put a 1", "sync", "put b 2", "sync"}, kind), kind),
            "put a 1 · sync · sync · crash clean-kill after 11 · recover");
}

TEST(Shrink, LeavesOfAStoreThatDoesNotSyncRemovesTheRemove) {
  EXPECT_EQ(shrunk({"put a 1", "sync", "remove a", "sync", "crash lose-unsynced", "recover"},
                   slot_kind(SlotBug::kNoSyncOfRemoves)),
            "put a 1 · sync · remove a · sync · crash lose-unsynced · recover");
}

// ---- what stays

TEST(Shrink, KeepsTheExpectationThatIsNotMet) {
  const StoreKind& kind = sim::engine_kind();
  EXPECT_EQ(shrunk({"put a 1", "put b 2", "remove a", "expect get b 2", "expect get a 1"}, kind), "expect get a 1")
      << "not the expectation about b, which without its put would fail, too";
  EXPECT_EQ(shrunk({"put a 1", "put b 2", "roll", "remove a", "expect get a missing", "expect get b missing"}, kind),
            "put b 2 · expect get b missing");
}

TEST(Shrink, KeepsWhatIsWrongApartFromWhatElseGoesWrong) {
  // The first crash loses a key, the second one brings one back: the second one is what fails here.
  const StoreKind& kind = slot_kind(SlotBug::kNoSyncOfRemoves);
  const Scenario scenario = scenario_of(
      kind, {"put a 1", "sync", "crash lose-unsynced", "recover", "remove a", "sync", "crash clean-kill", "recover"});
  EXPECT_EQ(shrunk(scenario, kind), "put a 1 · sync · remove a · sync · crash clean-kill · recover");
}

TEST(Shrink, KeepsTheCallThatFails) {
  const StoreKind& kind = naive_kind();
  sim::TierOptions options{.tier = sim::Tier::kErrors, .operations = 2};
  options.jobs = 1;
  options.explore.kind = &kind;
  const sim::ExploreReport report = sim::run_tier(options);
  std::size_t tried = 0;
  for (const sim::Violation& violation : report.violations) {
    if (failure_of(violation.replay, kind).calls.empty()) continue;
    Scenario scenario = violation.replay;
    scenario.steps.insert(scenario.steps.begin() + 1, {{"get", "absent"}, {"get", "absent"}});
    const std::string steps = shrunk(scenario, kind);
    EXPECT_EQ(steps.find("absent"), std::string::npos) << steps;
    ++tried;
  }
  EXPECT_GT(tried, 0U);
}

TEST(Shrink, KeepsTheDamage) {
  const StoreKind& kind = naive_kind();
  EXPECT_EQ(shrunk(scenario_of(kind, {"put x 1", "put y 2", "remove x", "put a 1", "close", "crash bit-rot 1.seg 12 0",
                                      "recover"}),
                   kind),
            "put x 1 · crash bit-rot 1.seg 3 6 · recover");
}

TEST(Shrink, RefusesWhatDoesNotFailOrMakesNoSense) {
  const StoreKind& kind = sim::engine_kind();
  EXPECT_TRUE(has_code(sim::shrink(scenario_of(kind, {"put a 1", "sync"}), kind), StatusCode::kInvalidArgument));
  for (const char* step : {"recover", "frobnicate", "crash", "crash lose-unsynced after 99", "open", "merge sideways",
                           "expect", "fail eio-read nothing"}) {
    const auto refused = sim::shrink(scenario_of(kind, {"put a 1", step}), kind);
    EXPECT_TRUE(has_code(refused, StatusCode::kInvalidArgument)) << step;
    EXPECT_NE(refused.status().message().find("makes no sense"), std::string_view::npos) << refused.status().message();
  }
}

}  // namespace
}  // namespace sediment::test
