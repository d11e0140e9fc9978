// What a search tells: causes, their words, what was left out, what was refused; and how a run goes on after a failure.
#include "sim/explore/stories.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sim/explore/explore_errors.h"
#include "sim/run/contract.h"
#include "sim/run/runner.h"
#include "tests/support/misbehaving_stores.h"

namespace sediment::sim {
namespace {

using test::misbehaving_kind;
using test::Misdeed;

Scenario scenario_of(std::vector<const char*> steps, const StoreKind& kind = engine_kind()) {
  Scenario scenario;
  scenario.store = kind.name;
  for (const char* step : steps) scenario.steps.push_back(step_of(step));
  return scenario;
}

TEST(Runs, CountEveryWriteAgainAfterAReopenThatWasJudged) {
  const StoreKind& kind = misbehaving_kind(Misdeed::kGoesOn);
  Runner runner(scenario_of({"put a 1", "fail eio-write 1", "put b 2", "reopen", "put c 3", "sync"}, kind), kind);
  ASSERT_TRUE(runner.run().passed);
  const Bounds bounds = runner.ledger().bounds_after(runner.trace().operation_count());
  EXPECT_EQ(bounds, (Bounds{2, 2, false})) << "a and c; b was not written, and the reopen has shown that";
  EXPECT_TRUE(runner.perform({"crash", "lose-unsynced"}).passed);
  EXPECT_TRUE(runner.perform({"recover"}).passed);
  EXPECT_EQ(runner.perform({"get", "c"}).outcome, "\"3\"");
}

TEST(Runs, BelieveNoReopenAfterASyncThatLied) {
  const StoreKind& kind = misbehaving_kind(Misdeed::kNone);
  const auto report = explore_errors(scenario_of({"put b 1", "reopen"}, kind), {.kind = &kind, .most_violations = 9});
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->clean()) << report->violations.front().sentence;
  EXPECT_GT(report->coverage.at("fsync-fails late"), 0U);
}

TEST(Runs, CallNothingDurableThatWasReadAfterASyncThatLied) {
  const auto bounds_after_restart = [](bool lied) {
    Ledger ledger(SyncPolicy::kNever);
    ledger.begin(step_of("put a 1"), 1);
    ledger.end(step_of("put a 1"), Ledger::Outcome::kDone, 2);
    if (lied) ledger.distrust_syncs();
    ledger.restart(1, 3);
    return ledger.bounds_after(3);
  };
  EXPECT_EQ(bounds_after_restart(false), (Bounds{1, 1, false}));
  EXPECT_EQ(bounds_after_restart(true), (Bounds{0, 1, false}));
}

TEST(DroppedNames, MustNotBeWrittenIntoAfterTheNextOpen) {
  ExploreOptions options;
  for (const std::string& fault : LeftOut::possible()) {
    if (fault.find(' ') == std::string::npos && fault != "clean-kill" && fault != "lose-unsynced" &&
        fault != "fsync-fails") {
      ASSERT_TRUE(options.without.add(fault).ok());
    }
  }
  for (const char* fault :
       {"fsync-fails late", "fsync-fails directory late", "fsync-fails dropped", "fsync-fails reverted"}) {
    ASSERT_TRUE(options.without.add(fault).ok());
  }
  const auto search = [&](Misdeed misdeed) {
    options.kind = &misbehaving_kind(misdeed);
    return explore_errors(scenario_of({"put a 1", "sync"}, *options.kind), options)->violation_count;
  };
  EXPECT_EQ(search(Misdeed::kNone), 0U);
  EXPECT_GT(search(Misdeed::kTrustsTheNames), 0U);
  ASSERT_TRUE(options.without.add("fsync-fails directory dropped").ok());
  EXPECT_EQ(search(Misdeed::kTrustsTheNames), 0U);
}

TEST(Contract, IsKeptByTheEngineAndNotByAStoreThatGoesOn) {
  for (const StoreKind* kind : {&engine_kind(), &misbehaving_kind(Misdeed::kNone)}) {
    const std::vector<std::string> broken = broken_clauses(*kind);
    EXPECT_TRUE(broken.empty()) << kind->name << ": " << broken.front();
  }
  EXPECT_EQ(broken_clauses(misbehaving_kind(Misdeed::kGoesOn)).size(), 1U);
  EXPECT_EQ(broken_clauses(text_log_kind()).size(), 1U) << "the simplest store of all goes on, too";
}

// ---- causes and stories

ExploreReport found_in(Misdeed misdeed, const char* step) {
  const StoreKind& kind = misbehaving_kind(misdeed);
  const auto report = explore(scenario_of({"put a 1", "sync", step, "sync"}, kind),
                              {.kind = &kind, .rot_samples = 0, .most_violations = 50});
  EXPECT_TRUE(report.ok());
  return report.ok() ? *report : ExploreReport();
}

const auto kUnchanged = [](const Violation& violation) { return violation; };

TEST(Stories, OfOneCauseAreOneWithTheirNumber) {
  const ExploreReport report = found_in(Misdeed::kThreeFaults, "remove a");
  ASSERT_GE(report.violations.size(), 2U);
  EXPECT_GT(report.violation_count, report.violations.size());
  std::uint64_t told = 0;
  std::set<std::string> causes;
  for (const Violation& violation : report.violations) {
    told += 1 + violation.alike;
    EXPECT_TRUE(causes.insert(violation.cause).second) << violation.cause;
  }
  EXPECT_EQ(told, report.violation_count);
  ExploreReport twice;
  twice.add(report, kAllCauses);
  twice.add(report, kAllCauses);
  EXPECT_EQ(twice.violations.size(), report.violations.size());
  EXPECT_EQ(twice.violation_count, 2 * report.violation_count);
  EXPECT_EQ(stories_of(report, 1, kUnchanged).size(), 1U);
  EXPECT_EQ(to_json(*report_from_json(to_json(report))), to_json(report));
}

TEST(Stories, PreferAnotherFailureToTheSameOneAgain) {
  ExploreReport report;
  const auto add = [&](const char* cause, std::vector<const char*> steps) {
    Violation violation{.sentence = cause, .replay = scenario_of(std::move(steps)), .cause = cause};
    report.add_seen(violation);
  };
  add("fixpoint · lost at x · 1", {"put a 1", "recover"});
  add("prefix · lost at y · 2", {"sync", "recover"});
  add("fixpoint · old at x · 3", {"put a 1", "put a 2", "put a 3", "recover"});
  const std::vector<Violation> stories = stories_of(report, 2, kUnchanged);
  ASSERT_EQ(stories.size(), 2U);
  EXPECT_EQ(stories[0].sentence, "fixpoint · lost at x · 1");
  EXPECT_EQ(stories[1].sentence, "fixpoint · old at x · 3");
}

TEST(Stories, NameTheOperationAfterWhichACrashStrikes) {
  Runner runner(scenario_of({"put a 1", "sync"}));
  ASSERT_TRUE(runner.run().passed);
  const std::string last = std::to_string(runner.trace().operation_count());
  EXPECT_EQ(told_steps({step_of("put a 1"), step_of("crash lose-unsynced after " + last)}, runner.trace()),
            "put a 1 · crash lose-unsynced after " + last + " (sync 000001.log)");
}

TEST(Stories, SayOfAClosedStoreWhatReallyHappens) {
  EXPECT_EQ(narrate(scenario_of({"put a 1", "close", "crash bit-rot 000001.log 7 3", "recover"}), "it is lost"),
            "After `put a 1 · close` in the closed store, bit 3 of byte 7 of 000001.log is flipped. Then it is lost");
  Runner runner(scenario_of({"put a 1", "close", "crash bit-rot 000001.log 40 3"}));
  EXPECT_EQ(runner.run().outcome, "in the closed store, bit 3 of byte 40 of 000001.log is flipped");
}

TEST(Stories, CutLongWordsShort) {
  EXPECT_EQ(preview({"put", "a", std::string(64, 'x')}), "put a " + std::string(64, 'x'));
  EXPECT_EQ(preview({"put", "a", std::string(1'048'576, 'x')}),
            "put a " + std::string(32, 'x') + "… (1,048,576 bytes)");
  EXPECT_EQ(preview({"put", "\x1b", "\xc2\x85"}), "put 0x1b 0xc285");
}

// ---- what was judged

TEST(Reports, SayWhatTheStoreHasAlwaysRefused) {
  ExploreReport report;
  const StoreKind& kind = misbehaving_kind(Misdeed::kCannotMerge);
  const auto count = [&](const char* step, bool refused) {
    report.count({.step = step_of(step), .outcome = "invalid argument: no", .refused = refused}, kind);
  };
  count("put a 1", false);
  count("put b 1", true);
  count("roll", true);
  EXPECT_FALSE(report.judged_too_little()) << "one put was accepted, and roll is not among the verbs";
  ASSERT_EQ(report.refusals().size(), 1U);
  EXPECT_EQ(report.refusals()[0].sentence, "the store refused every roll (1 of 1): invalid argument: no");
  count("merge", true);
  EXPECT_TRUE(report.judged_too_little());
  EXPECT_EQ(report.refusals()[0].sentence, "the store refused every merge (1 of 1): invalid argument: no");
}

TEST(Reports, ListTheFaultsThatNeverStruck) {
  ExploreReport report;
  ExploreOptions options;
  ASSERT_TRUE(options.without.add("torn-words").ok());
  options.note_faults(Fault::kTornByte, Fault::kTornWords, &report);
  report.judged.count(Fault::kTornByte, Oracle::kPrefix);
  EXPECT_EQ(report.never_struck(), std::vector<std::string>{"torn-sector"});
  EXPECT_EQ(report.left_out, std::set<std::string>{"torn-words"});
}

TEST(LeftOutFaults, AreClassesOrWaysToFail) {
  LeftOut without;
  EXPECT_TRUE(without.add("no").is(StatusCode::kInvalidArgument));
  EXPECT_TRUE(without.add("shuffled-listing").is(StatusCode::kInvalidArgument));
  ASSERT_TRUE(without.add("eio-read").ok());
  ASSERT_TRUE(without.add("no-space").ok());
  using Call = CallFault::Call;
  using Effect = CallFault::Effect;
  EXPECT_TRUE(without.leaves_out(CallFault{.call = Call::kRead, .n = 3, .sticky = true}));
  EXPECT_FALSE(without.leaves_out(CallFault{.call = Call::kSync}));
  EXPECT_TRUE(without.leaves_out(CallFault{.call = Call::kCreate, .effect = Effect::kNoSpace}));
  EXPECT_FALSE(without.leaves_out(CallFault{.call = Call::kAppend, .effect = Effect::kShortWrite}));
}

}  // namespace
}  // namespace sediment::sim
