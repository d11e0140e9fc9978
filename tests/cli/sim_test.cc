// The command sediment-sim as a process: tiers, shards, reports, and failures that are replayed, shrunk and traced.
#include <gtest/gtest.h>

#include "sim/run/scenario.h"
#include "tests/cli/cli_fixture.h"

namespace sediment::test {
namespace {

class SimCommand : public Cli {
 protected:
  ProcessResult sim(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), SEDIMENT_BIN_DIR "/sediment-sim");
    return run_process(arguments, path("sim"));
  }
  // The same commands for a store that loses data.
  ProcessResult naive_sim(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), SEDIMENT_BIN_DIR "/../tests/naive-sim");
    return run_process(arguments, path("naive"));
  }
  // A scenario in which the engine cannot fail, but a naive store does.
  std::string losing_scenario() {
    sim::Scenario scenario;
    scenario.title = "two segments, one sync";
    scenario.store = "naive";
    scenario.steps = {sim::step_of("put a 1"),
                      sim::step_of("put b 2"),
                      {"roll"},
                      sim::step_of("put c 3"),
                      sim::step_of("put d 4"),
                      {"sync"},
                      {"crash", "lose-unsynced"},
                      {"recover"}};
    EXPECT_TRUE(sim::write_scenario(scenario, path("losing.json")).ok());
    return path("losing.json");
  }
};

testing::AssertionResult contains(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "\"" << part << "\" is not in:\n" << text;
}

const std::vector<std::string> kSmallTier{"explore", "--tier", "exhaustive", "--operations", "1", "--jobs", "1"};

std::vector<std::string> with(std::vector<std::string> arguments, const std::vector<std::string>& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

TEST_F(SimCommand, ExploresATierAndSaysHowMuchItJudged) {
  const ProcessResult result = sim(kSmallTier);
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  for (const char* part :
       {"scripts    32", "crash points", "opened and judged", "skipped as already seen", "nothing was lost"}) {
    EXPECT_TRUE(contains(result.output, part));
  }
  EXPECT_TRUE(contains(result.errors, "disks judged per second")) << "times are printed apart from the findings";
}

TEST_F(SimCommand, TwoRunsWithOneSeedGiveIdenticalBytes) {
  const std::vector<std::string> twice = with(kSmallTier, {"--json"});
  EXPECT_EQ(sim(twice).output, sim(twice).output);
  EXPECT_NE(sim(twice).output, sim(with(twice, {"--seed", "2"})).output);
}

TEST_F(SimCommand, TheReportOfShardsEqualsTheUnshardedOne) {
  const ProcessResult whole = sim(with(kSmallTier, {"--json"}));
  std::vector<std::string> merge{"report"};
  for (int i = 0; i < 4; ++i) {
    const std::string part = path("part" + std::to_string(i) + ".json");
    EXPECT_EQ(sim(with(kSmallTier, {"--shard", std::to_string(i) + "/4", "--out", part})).exit_code, 0);
    merge.push_back(part);
  }
  EXPECT_EQ(sim(with(merge, {"--json"})).output, whole.output);

  merge.pop_back();
  const ProcessResult missing = sim(merge);
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_TRUE(contains(missing.errors, "only 3 of 4 shards are given"));
  merge.push_back(merge.back());
  EXPECT_TRUE(contains(sim(merge).errors, "appears twice"));
  EXPECT_EQ(sim(with(kSmallTier, {"--seed", "9", "--shard", "3/4", "--out", path("other.json")})).exit_code, 0);
  merge.back() = path("other.json");
  EXPECT_TRUE(contains(sim(merge).errors, "a different campaign"));
}

TEST_F(SimCommand, FindsWhatANaiveStoreLosesAndReplaysIt) {
  const ProcessResult found = naive_sim(with(kSmallTier, {"--failures", path("found")}));
  EXPECT_EQ(found.exit_code, 1) << found.errors;
  const std::string file = path("found") + "/failure-1.json";
  EXPECT_TRUE(contains(found.output, "naive-sim replay " + file));
  const ProcessResult again = naive_sim({"replay", file});
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_TRUE(contains(again.output, "FAILED at step"));
  const ProcessResult unknown = sim({"replay", file});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_TRUE(contains(unknown.errors, "there is no store \"naive\" in this program"));
}

TEST_F(SimCommand, ShrinksAFailure) {
  const ProcessResult result = naive_sim({"shrink", losing_scenario(), "--out", path("small.json")});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  const auto small = sim::read_scenario(path("small.json"));
  ASSERT_TRUE(small.ok());
  EXPECT_LE(small->steps.size(), 4U);
  EXPECT_EQ(naive_sim({"run", path("small.json")}).exit_code, 1);
  EXPECT_EQ(sim({"shrink", SEDIMENT_SOURCE_DIR "/tests/crash/scenarios/large_values.json"}).exit_code, 2);
}

TEST_F(SimCommand, WritesATraceThatTheVisualizerReads) {
  const std::string scenario = SEDIMENT_SOURCE_DIR "/tests/crash/scenarios/tombstone_too_early.json";
  const ProcessResult printed = sim({"trace", scenario});
  EXPECT_EQ(printed.exit_code, 0);
  EXPECT_TRUE(contains(printed.output, "{\"sediment_trace\":1}"));
  EXPECT_EQ(sim({"trace", scenario, "--out", path("t.jsonl")}).exit_code, 0);
  EXPECT_EQ(read_text(path("t.jsonl")), printed.output);
}

TEST_F(SimCommand, RefusesWhatItDoesNotUnderstand) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> wrong{
      {{"explore"}, "either scenarios or --tier"},
      {{"explore", "--tier", "all"}, "there is no tier \"all\""},
      {{"explore", "--tier", "errors", "--shard", "4/4"}, "--shard must be i/n"},
      {{"explore", "--tier", "errors", "--profile", "floppy"}, "there is no profile \"floppy\""},
      {{"explore", "--tier", "errors", "--store", "redis"}, "there is no store \"redis\""},
      {{"report", path("nothing")}, "nothing: No such file"},
  };
  for (const auto& [arguments, message] : wrong) {
    const ProcessResult result = sim(arguments);
    EXPECT_EQ(result.exit_code, 2) << message;
    EXPECT_TRUE(contains(result.errors, message));
  }
  write_text(path("no.json"), "{}");
  EXPECT_TRUE(contains(sim({"report", path("no.json")}).errors, "this is not a report"));
}

TEST_F(SimCommand, ThePageAboutAdaptersShowsTheExampleThatIsBuilt) {
  const std::string page = read_text(SEDIMENT_SOURCE_DIR "/docs/adapters.md");
  EXPECT_TRUE(contains(page, "```cpp\n" + read_text(SEDIMENT_SOURCE_DIR "/docs/example-sim/notes.cc") + "```\n"));
  std::string project = read_text(SEDIMENT_SOURCE_DIR "/docs/example-sim/CMakeLists.txt");
  while (project.starts_with('#')) project.erase(0, project.find('\n') + 1);
  EXPECT_TRUE(contains(page, "```cmake\n" + project + "```\n"));
}

TEST_F(SimCommand, PrintsTheCrashModelThatIsInTheDocuments) {
  EXPECT_EQ(sim({"crash-model"}).output, read_text(SEDIMENT_SOURCE_DIR "/docs/crash-model.md"))
      << "sediment-sim crash-model > docs/crash-model.md";
}

}  // namespace
}  // namespace sediment::test
