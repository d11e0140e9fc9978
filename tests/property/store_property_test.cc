// Random scenarios against a std::map: if they fail, rapidcheck shrinks them, and they are printed with their seed and
// saved for replay.
//
// The steps run in sim/run/runner.h, which compares each get, each reopen and each recovery with the map.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "sim/disk/crash.h"
#include "sim/run/runner.h"
#include "tests/support/coverage.h"
#include "tests/support/generators.h"
#include "tests/support/rapidcheck_settings.h"
#include "tests/support/violation.h"

namespace sediment::test {
namespace {

using sim::Scenario;
using sim::Step;

void count_events(const sim::Trace& trace, Coverage& coverage) {
  for (const sim::TraceEntry& entry : trace.entries()) {
    const auto* event = std::get_if<sim::EventEntry>(&entry);
    if (event == nullptr) continue;
    const bool tombstone = event->why.find("tombstone") != std::string::npos;
    if (event->kind == EventKind::kMergeDropped)
      coverage.count(tombstone ? "tombstones-dropped" : "superseded-dropped");
    if (event->kind == EventKind::kMergeKept) coverage.count(event->why == "live" ? "live-kept" : "tombstones-kept");
    if (event->kind == EventKind::kTombstoneStops) coverage.count("tombstone-stops");
    if (event->kind == EventKind::kNotHere) coverage.count("asked-an-older-segment");
    if (event->kind == EventKind::kRolled) coverage.count("rolls");
    if (event->kind == EventKind::kMergeSwitched) coverage.count(event->segment == 0 ? "merges-to-nothing" : "merges");
    if (event->kind == EventKind::kMergeAbandoned) coverage.count("merges-abandoned");
    if (event->kind == EventKind::kIndexGrew) coverage.count("index-grew");
    if (event->kind == EventKind::kRecoveryRewrote) coverage.count("logs-rewritten");
    if (event->kind == EventKind::kRecoveryCut) coverage.count("tails-cut");
    if (event->kind == EventKind::kOpened) coverage.count("opens");
  }
}

void must_pass(const sim::StepReport& last, const Scenario& scenario) {
  if (last.passed) return;
  RC_FAIL(explain_violation("step \"" + sim::to_string(last.step) + "\": " + last.outcome, scenario));
}

TEST(StoreProperty, AnswersLikeAMap) {
  try_more_cases();
  Coverage coverage("store_answers_like_a_map");
  const bool holds = rc::check("a store answers like a std::map", [&] {
    Scenario scenario = any_scenario(*any_steps());
    scenario.steps.push_back({"reopen"});  // which compares everything
    sim::Runner runner(scenario);
    must_pass(runner.run(), scenario);
    count_events(runner.trace(), coverage);
    coverage.count("scenarios");
    coverage.count("steps", scenario.steps.size());
  });
  ASSERT_TRUE(holds);
  coverage.require_at_least("scenarios", 100);
  for (const char* counter :
       {"tombstones-dropped", "tombstones-kept", "superseded-dropped", "live-kept", "tombstone-stops",
        "asked-an-older-segment", "merges", "merges-to-nothing", "rolls", "index-grew", "merges-abandoned"}) {
    coverage.require_at_least(counter, 10);
  }
}

TEST(StoreProperty, KeepsAPrefixAfterAnyCrash) {
  try_more_cases();
  Coverage coverage("store_keeps_a_prefix");
  const bool holds = rc::check("after a crash a store holds a prefix, no shorter than what was synced", [&] {
    Scenario scenario = any_scenario(*any_steps());
    const std::vector<Step> afterwards = *rc::gen::resize(20, any_steps());
    const auto where = *rc::gen::arbitrary<std::uint32_t>();
    const auto which = *rc::gen::arbitrary<std::uint32_t>();

    // Only the run itself shows where a crash can strike and which crashes there are.
    sim::Runner whole(scenario);
    must_pass(whole.run(), scenario);
    const std::uint64_t after = 1 + where % whole.trace().operation_count();
    const auto state = whole.trace().state_after(after);
    RC_ASSERT(state.ok());
    std::uint64_t k = 0;
    const sim::DiskOperation* last = nullptr;
    for (const sim::TraceEntry& entry : whole.trace().entries()) {
      const auto* operation = std::get_if<sim::DiskOperation>(&entry);
      if (operation != nullptr && ++k == after) last = operation;
    }
    const auto crashes = sim::possible_crashes(*state, last);
    const sim::CrashChoice& crash = crashes[which % crashes.size()];
    scenario.steps.push_back(sim::step_of("crash " + to_string(crash) + " after " + std::to_string(after)));
    scenario.steps.push_back({"recover"});
    scenario.steps.insert(scenario.steps.end(), afterwards.begin(), afterwards.end());
    scenario.steps.insert(scenario.steps.end(), {{"sync"}, {"crash", "lose-unsynced"}, {"recover"}});

    sim::Runner runner(scenario);
    must_pass(runner.run(), scenario);
    count_events(runner.trace(), coverage);
    coverage.count("scenarios");
    coverage.count(std::string(name_of(crash.fault)));
    if (crash.in_append) coverage.count("killed-in-an-append");
  });
  ASSERT_TRUE(holds);
  coverage.require_at_least("scenarios", 100);
  for (const char* counter :
       {"clean-kill", "lose-unsynced", "torn-byte", "killed-in-an-append", "tails-cut", "logs-rewritten"}) {
    coverage.require_at_least(counter, 3);
  }
}

}  // namespace
}  // namespace sediment::test
