// sediment-sim with stores that misbehave (tests/support/misbehaving_stores.h): whatever a store does, the search goes to
// its end, tells what happened and in which step, saves it, and says only what it has judged.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "sim/run/scenario.h"
#include "tests/cli/cli_fixture.h"

namespace sediment::test {
namespace {

namespace fs = std::filesystem;

class SimOfStores : public Cli {
 protected:
  ProcessResult sim(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), SEDIMENT_BIN_DIR "/../tests/misbehaving-sim");
    return run_process(arguments, path("sim"));
  }
  ProcessResult search(const std::string& store, const std::string& tier, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"explore", "--tier", tier, "--store", store, "--failures", path(store)};
    if (more.empty() || more[0] != "--operations") arguments.insert(arguments.end(), {"--operations", "2"});
    arguments.insert(arguments.end(), more.begin(), more.end());
    return sim(arguments);
  }
  std::string first_failure(const std::string& store) { return path(store) + "/failure-1.json"; }
  std::size_t failures(const std::string& store) {
    if (!fs::exists(path(store))) return 0;
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(path(store)), fs::directory_iterator()));
  }
};

testing::AssertionResult contains(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "\"" << part << "\" is not in:\n" << text;
}

testing::AssertionResult lacks(const std::string& text, const std::string& part) {
  return !contains(text, part) ? testing::AssertionSuccess()
                               : testing::AssertionFailure() << part << " is in:\n"
                                                             << text;
}

TEST_F(SimOfStores, NothingIsFoundInARightOne) {
  for (const char* tier : {"exhaustive", "errors", "at-rest"}) {
    const ProcessResult result = search("right", tier);
    EXPECT_EQ(result.exit_code, 0) << tier << result.output << result.errors;
    EXPECT_TRUE(contains(result.output, "nothing was lost"));
  }
  EXPECT_EQ(sim({"check-adapter", "--store", "right"}).exit_code, 0);
}

struct Ends {
  const char* store;
  const char* says;
};

TEST_F(SimOfStores, WhatOneDoesInsteadOfItsWorkIsAStoryWithItsStep) {
  for (const Ends& each : {Ends{"throws", "at \"put a 2\": the store threw std::runtime_error: no such page"},
                           Ends{"throws-a-number", "the store threw something that is no std::exception"},
                           Ends{"throws-in-check", "the store threw std::logic_error: nothing adds up"},
                           Ends{"aborts", "the store was killed by signal 6 (abort) in step 2, `put a 2`"},
                           Ends{"exits", "the store ended the process with exit code 0 in step 2, `put a 2`"},
                           Ends{"aborts-in-open", "the store was killed by signal 6 (abort) in step 3, `recover`"},
                           Ends{"loops", "the store did not return from step 2, `put a 2`, within 0.5 s"}}) {
    const ProcessResult result = search(each.store, "exhaustive", {"--timeout", "0.5", "--violations", "2"});
    EXPECT_EQ(result.exit_code, 1) << each.store << result.output << result.errors;
    EXPECT_TRUE(contains(result.output, each.says));
    EXPECT_TRUE(contains(result.output, "replay     "));
    const ProcessResult again = sim({"run", first_failure(each.store), "--timeout", "0.5"});
    EXPECT_EQ(again.exit_code, 1) << each.store << again.output << again.errors;
    EXPECT_TRUE(contains(again.output, "FAILED at step"));
    const ProcessResult smaller = sim({"shrink", first_failure(each.store), "--timeout", "0.5"});
    EXPECT_EQ(smaller.exit_code, 0) << each.store << smaller.errors;
  }
}

TEST_F(SimOfStores, ASegmentationFaultIsAStoryInEachTierAndWithAnyNumberOfThreads) {
  for (const char* tier : {"exhaustive", "errors"}) {
    for (const char* jobs : {"1", "3"}) {
      const ProcessResult result = search("segfaults", tier, {"--jobs", jobs});
      EXPECT_EQ(result.exit_code, 1);
      // A sanitizer makes an exit code of the signal.
      EXPECT_TRUE(contains(result.output, "in step 2, `put a 2`")) << tier << jobs;
    }
  }
  const ProcessResult at_rest = search("aborts-in-get", "at-rest");
  EXPECT_EQ(at_rest.exit_code, 1);
  EXPECT_TRUE(contains(at_rest.output, "killed by signal 6 (abort)"));
  EXPECT_TRUE(contains(at_rest.output, "in the closed store, "));
  EXPECT_TRUE(lacks(at_rest.output, "the power fails"));
}

TEST_F(SimOfStores, TheSearchGoesOnAfterOneThatAborts) {
  const ProcessResult few = search("aborts", "exhaustive", {"--violations", "2", "--json"});
  const ProcessResult all = search("aborts", "exhaustive", {"--violations", "100", "--json"});
  const Json stopped = Json::parse(few.output, nullptr, false);
  const Json whole = Json::parse(all.output, nullptr, false);
  ASSERT_TRUE(stopped.is_object() && whole.is_object()) << few.output << all.output;
  EXPECT_EQ(few.exit_code, 1);
  EXPECT_TRUE(stopped["report"].contains("stopped"));
  EXPECT_FALSE(whole["report"].contains("stopped"));
  // put a · put a and put b · put b, under four settings each.
  EXPECT_EQ(whole["report"]["violation_count"], 8);
  EXPECT_EQ(whole["report"]["scripts"], 112);
  EXPECT_EQ(stopped["report"]["violation_count"], 2);
}

TEST_F(SimOfStores, AScenarioThatAStoreDoesNotComeBackFromIsToldToo) {
  sim::Scenario scenario;
  scenario.title = "two puts";
  scenario.store = "aborts";
  scenario.steps = {sim::step_of("put b 1"), {"sync"}, sim::step_of("put b 2"), {"sync"}};
  ASSERT_TRUE(sim::write_scenario(scenario, path("two.json")).ok());
  const ProcessResult explored = sim({"explore", path("two.json"), "--failures", path("two")});
  EXPECT_EQ(explored.exit_code, 1) << explored.errors;
  EXPECT_TRUE(contains(explored.output, "killed by signal 6 (abort)"));
  EXPECT_EQ(sim({"run", path("two.json"), "--store", "right"}).exit_code, 0) << "--store replaces the scenario's";
  const ProcessResult json = sim({"run", path("two.json"), "--json"});
  EXPECT_EQ(json.exit_code, 1);
  const Json steps = Json::parse(json.output, nullptr, false)["steps"];
  ASSERT_EQ(steps.size(), 4U);
  EXPECT_EQ(steps[3]["passed"], false);
  EXPECT_TRUE(contains(steps[3]["outcome"], "signal 6"));
}

// ---- verdicts

TEST_F(SimOfStores, ThatRefusesEveryPutHasLostNothingBecauseNothingWasJudged) {
  const ProcessResult result = search("refuses-puts", "errors");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_TRUE(contains(result.output, "nothing was judged: the store refused every put"));
  EXPECT_TRUE(contains(result.output, "not today"));
  EXPECT_TRUE(lacks(result.output, "nothing was lost"));
  const ProcessResult json = search("refuses-puts", "errors", {"--json"});
  EXPECT_EQ(json.exit_code, 1);
  EXPECT_EQ(Json::parse(json.output)["report"]["steps"]["put"]["accepted"], 0);
}

TEST_F(SimOfStores, ThatRefusesEverythingIsToldSoInEachTier) {
  for (const char* tier : {"exhaustive", "errors", "at-rest"}) {
    const ProcessResult result = search("refuses-all", tier);
    EXPECT_EQ(result.exit_code, 1) << tier << result.errors;
    EXPECT_TRUE(contains(result.output, "so this search proves nothing"));
    EXPECT_TRUE(lacks(result.output, "nothing was lost"));
    EXPECT_TRUE(lacks(result.output, "signal")) << "the store ends no process";
    EXPECT_TRUE(lacks(result.errors, "programming error"));
    EXPECT_TRUE(lacks(result.errors, "did not replay"));
    if (std::string(tier) == "exhaustive") {
      EXPECT_TRUE(contains(result.output, "close must return ok, but returned invalid argument"));
    }
  }
}

TEST_F(SimOfStores, ThatCannotDoOneOfItsVerbsIsToldSo) {
  const ProcessResult result = search("cannot-merge", "exhaustive");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_TRUE(contains(result.output, "the store refused every merge ("));
  EXPECT_TRUE(lacks(result.output, "nothing was lost"));
}

TEST_F(SimOfStores, OnlyWhatTheAdapterChecksIsCounted) {
  const Json judged = Json::parse(search("right", "exhaustive", {"--json"}).output)["report"]["judged"];
  ASSERT_TRUE(judged.contains("lose-unsynced"));
  EXPECT_TRUE(judged["lose-unsynced"].contains("prefix-and-floor"));
  EXPECT_FALSE(judged["lose-unsynced"].contains("structure")) << "there is no check_structure";
  EXPECT_FALSE(judged["lose-unsynced"].contains("space")) << "there is no merge";
  EXPECT_TRUE(contains(search("right", "exhaustive").output, "not judged space, structure"));
  const ProcessResult shown = search("right", "at-rest");
  EXPECT_TRUE(contains(shown.output, "not struck misdirected-write, stale-read"));
}

TEST_F(SimOfStores, ABrokenContractIsNamedBeforeItIsBelieved) {
  for (const Ends& each :
       {Ends{"goes-on", "errors: a put failed with an I/O error, and the next one was accepted"},
        Ends{"uses-no-disk", "disk: after three puts and a sync nothing was done on the Disk"},
        Ends{"is-random", "determinism: the same steps on the same disk"},
        Ends{"refuses-puts", "put: a put into an empty store must return ok"},
        Ends{"cannot-merge", "verbs: merge (it is among the verbs) must return ok"},
        Ends{"throws",
             "exceptions: no function may throw, but in `put a 2` (the last step of `open · get a · put a 1 · "
             "get a · put a 2`) the store threw std::runtime_error: no such page"}}) {
    const ProcessResult result = sim({"check-adapter", "--store", each.store});
    EXPECT_EQ(result.exit_code, 1) << each.store;
    EXPECT_TRUE(contains(result.output, each.says));
  }
  for (const Ends& each :
       {Ends{"aborts", "was killed by signal 6 (abort) in `put a 2` (the last step of `open · get a · put a 1"},
        Ends{"loops", "did not return within 0.5 s in `put a 2` (the last step of `open · get a · put a 1"}}) {
    const ProcessResult result = sim({"check-adapter", "--store", each.store, "--timeout", "0.5"});
    EXPECT_EQ(result.exit_code, 1) << each.store;
    EXPECT_TRUE(contains(result.output, each.says));
  }
}

// What a search finds of such a store is as it may be; that it proves nothing must be said in each case.
TEST_F(SimOfStores, ASearchOfABrokenAdapterSaysThatItProvesNothing) {
  for (const Ends& each : {Ends{"is-random", "determinism: the same steps"}, Ends{"goes-on", "errors: a put failed"},
                           Ends{"throws", "exceptions: no function may throw, but in `put a 2` (the last step of"},
                           Ends{"refuses-puts", "put: a put into an empty store must return ok"}}) {
    const ProcessResult searched = search(each.store, "exhaustive", {"--budget", "4"});
    EXPECT_EQ(searched.exit_code, 1) << each.store;
    EXPECT_TRUE(contains(searched.output,
                         "the adapter breaks its contract (docs/adapters.md), so this search proves "
                         "nothing:\n  " +
                             std::string(each.says)));
    EXPECT_TRUE(lacks(searched.output, "nothing was lost"));
    const ProcessResult json = search(each.store, "exhaustive", {"--budget", "4", "--json"});
    EXPECT_EQ(json.exit_code, 1) << each.store;
    const Json clauses = Json::parse(json.output)["report"]["broken_contract"];
    ASSERT_FALSE(clauses.empty());
    EXPECT_TRUE(contains(clauses[0], each.says));
  }
}

// Each disk is read in both ways, in the search and in the replay alike, whatever the verbs are.
TEST_F(SimOfStores, AGetThatIsNoGoodIsFoundAlthoughTheListOfAllPairsIsRight) {
  for (const Ends& each : {Ends{"throws-in-get", "the store threw std::runtime_error: no such key"},
                           Ends{"forgets-in-get", "the store contradicts itself: its list of all pairs has "}}) {
    for (const char* tier : {"exhaustive", "errors", "at-rest"}) {
      fs::remove_all(path(each.store));
      const ProcessResult result = search(each.store, tier);
      EXPECT_EQ(result.exit_code, 1) << each.store << " " << tier << result.errors;
      EXPECT_TRUE(contains(result.output, each.says));
      EXPECT_TRUE(contains(result.output, "replay     "));
      EXPECT_TRUE(lacks(result.errors, "did not replay"));
      EXPECT_EQ(sim({"run", first_failure(each.store)}).exit_code, 1);
    }
  }
}

// ---- stories

TEST_F(SimOfStores, ThreeFaultsAreStoriesOfTheirOwnEachAsShortAsItGets) {
  const ProcessResult result = search("three-faults", "exhaustive", {"--operations", "3", "--violations", "5"});
  EXPECT_EQ(result.exit_code, 1);
  ASSERT_EQ(failures("three-faults"), 5U) << result.output;
  std::set<std::string> stories;
  for (int i = 1; i <= 5; ++i) {
    const std::string file = path("three-faults") + "/failure-" + std::to_string(i) + ".json";
    const auto scenario = sim::read_scenario(file);
    ASSERT_TRUE(scenario.ok()) << result.output;
    EXPECT_LE(scenario->steps.size(), 5U) << result.output;
    std::string steps;
    for (const sim::Step& step : scenario->steps) steps += step[0] + (step[0] == "put" ? step[1] : "") + " ";
    EXPECT_TRUE(stories.insert(steps).second) << "twice: " << steps;
    EXPECT_EQ(sim({"run", file}).exit_code, 1);
  }
  EXPECT_TRUE(contains(result.output, "put b 111111111111111111111111111111111111111 · reopen"))
      << "it cuts values short";
  EXPECT_TRUE(contains(result.output, "it takes   remove a ·")) << "a sync after a remove does nothing";
  EXPECT_TRUE(contains(result.output, "crash lose-unsynced")) << "the name of a log is not synced";
  EXPECT_TRUE(contains(result.output, "more of this cause"));
}

// As many stories as are told without any option: none of them shows a fault that another one shows.
TEST_F(SimOfStores, ThreeFaultsAreTheFirstThreeStories) {
  const ProcessResult result = search("three-faults", "exhaustive", {"--operations", "3"});
  ASSERT_EQ(failures("three-faults"), 3U) << result.output;
  EXPECT_TRUE(contains(result.output, "put b 111111111111111111111111111111111111111 · reopen"))
      << "it cuts values short: no crash\n"
      << result.output;
  EXPECT_TRUE(contains(result.output, "it takes   reopen · crash lost-create log-1"))
      << "the name of a log is not synced\n"
      << result.output;
  EXPECT_TRUE(contains(result.output, "it takes   remove a · put a 3 · crash torn-words log-1"))
      << "a sync after a remove does nothing\n"
      << result.output;
}

TEST_F(SimOfStores, ACrashNamesTheOperationAfterWhichItStrikes) {
  const ProcessResult result = search("three-faults", "exhaustive", {"--operations", "2"});
  EXPECT_TRUE(contains(result.output, " (create closed) · recover"));
}

TEST_F(SimOfStores, ALongValueIsCutShortInWhatIsTold) {
  sim::Scenario scenario;
  scenario.title = "a long value";
  scenario.store = "three-faults";
  scenario.steps = {{"put", "k", std::string(1 << 20, 'v')}, {"reopen"}, {"get", "k"}};
  ASSERT_TRUE(sim::write_scenario(scenario, path("long.json")).ok());
  const ProcessResult run = sim({"run", path("long.json")});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_TRUE(contains(run.output, "… (1,048,576 bytes)"));
  EXPECT_LT(run.output.size(), 2000U);
}

TEST_F(SimOfStores, NothingThatATerminalObeysComesThrough) {
  const auto is_obeyed = [](const std::string& text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      const auto byte = static_cast<unsigned char>(text[i]);
      if ((byte < 0x20 && byte != '\n') || byte == 0x7f) return true;
      if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return true;
    }
    return false;
  };
  sim::Scenario scenario;
  scenario.title = "\x1b[2J\xc2\x9btitle";
  scenario.store = "speaks-escapes";
  scenario.steps = {{"put", "k\x1b\xc2\x85", "\x7f"},
                    {"sync"},
                    {"crash", "lose-unsynced"},
                    {"recover"},
                    {"put", "k\x1b\xc2\x85", "2"}};
  ASSERT_TRUE(sim::write_scenario(scenario, path("escapes.json")).ok());
  std::size_t tried = 0;
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"run", path("escapes.json")},
        {"run", path("escapes.json"), "--json"},
        {"replay", path("escapes.json")},
        {"trace", path("escapes.json")},
        {"shrink", path("escapes.json")},
        {"explore", "--tier", "exhaustive", "--operations", "2", "--store", "speaks-escapes", "--failures", path("e")},
        {"explore", "--tier", "exhaustive", "--operations", "2", "--store", "speaks-escapes", "--json", "--failures",
         path("e")},
        {"run", path("no\x1b[31mthing")},
        {"explore", "--tier", "\x1b[31m"}}) {
    const ProcessResult result = sim(arguments);
    EXPECT_FALSE(is_obeyed(result.output)) << arguments[0] << "\n" << result.output;
    EXPECT_FALSE(is_obeyed(result.errors)) << arguments[0] << "\n" << result.errors;
    EXPECT_GT(result.output.size() + result.errors.size(), 10U);
    ++tried;
  }
  EXPECT_EQ(tried, 9U);
}

// ---- options

TEST_F(SimOfStores, FaultsThatAreNotPromisedCanBeLeftOut) {
  const std::string dropped = "fsync-fails directory dropped";
  const ProcessResult strict = search("trusts-the-names", "errors", {"--operations", "1", "--violations", "50"});
  EXPECT_EQ(strict.exit_code, 1);
  EXPECT_TRUE(contains(strict.output, dropped)) << "an open that trusts a name which a failed sync may have dropped";
  const ProcessResult without =
      search("trusts-the-names", "errors", {"--operations", "1", "--violations", "50", "--without", dropped});
  EXPECT_TRUE(contains(without.output, "left out   " + dropped));
  EXPECT_TRUE(lacks(without.output, "fail " + dropped));
  const ProcessResult torn =
      search("right", "exhaustive", {"--without", "torn-byte", "--without", "crash-in-recovery", "--json"});
  EXPECT_EQ(torn.exit_code, 0) << torn.errors;
  const Json report = Json::parse(torn.output)["report"];
  EXPECT_FALSE(report["judged"].contains("torn-byte"));
  EXPECT_FALSE(report["judged"].contains("crash-in-recovery"));
  EXPECT_TRUE(report["judged"].contains("torn-words"));
  const ProcessResult unknown = search("right", "exhaustive", {"--without", "gremlins"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_TRUE(contains(unknown.errors, "there is no fault \"gremlins\" to leave out; the faults are clean-kill"));
}

TEST_F(SimOfStores, ANumberMustMakeSense) {
  std::size_t refused = 0;
  for (const char* option :
       {"--operations", "--budget", "--seed", "--jobs", "--depth", "--rot", "--violations", "--timeout"}) {
    for (const char* value : {"-1", "", "many", "nan", "1e99", "99999999999999999999999", "0x10", "1 "}) {
      const ProcessResult result = sim({"explore", "--tier", "errors", option, value});
      EXPECT_EQ(result.exit_code, 2) << option << "=" << value << result.errors;
      EXPECT_TRUE(contains(result.errors, option));
      refused += result.exit_code == 2 ? 1U : 0U;
    }
  }
  EXPECT_EQ(refused, 64U);
  for (const char* option : {"--operations", "--jobs", "--violations", "--timeout"}) {
    const ProcessResult result = sim({"explore", "--tier", "errors", option, "0"});
    EXPECT_EQ(result.exit_code, 2) << option;
    EXPECT_TRUE(contains(result.errors, "takes a number ("));
  }
  for (const char* command : {"run", "replay", "trace", "shrink"}) {
    EXPECT_EQ(sim({command, path("x"), "--timeout", "0"}).exit_code, 2) << command;
  }
  const ProcessResult many = sim({"explore", "--tier", "exhaustive", "--operations", "12"});
  EXPECT_EQ(many.exit_code, 2) << "it would never end";
  EXPECT_TRUE(contains(many.errors, "scripts of up to 12 operations"));
  const ProcessResult some =
      sim({"explore", "--tier", "exhaustive", "--operations", "12", "--budget", "4", "--store", "right"});
  EXPECT_EQ(some.exit_code, 0) << some.errors;
  EXPECT_TRUE(contains(some.errors, "being counted")) << "progress shows at once";
}

}  // namespace
}  // namespace sediment::test
