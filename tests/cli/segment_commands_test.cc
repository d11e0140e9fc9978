// roll, merge, stats.
#include "tests/cli/cli_fixture.h"

namespace sediment::test {
namespace {

// Three sealed segments, oldest first: a b | a | c.
class CliSegments : public Cli {
 protected:
  CliSegments() {
    for (const char* lines : {"a\t1\nb\t1\n", "a\t2\n", "c\t3\n"}) {
      run_ok({"load", store(), "-", "--format", "tsv", "--merge", "off"}, lines);
    }
  }
  Json segments() { return run_json({"stats", store()}, 0)["segments"]; }
};

TEST_F(CliSegments, StatsShowsThemFromOldestToNewest) {
  const Json stats = run_json({"stats", store(), "--exact"}, 0);
  ASSERT_EQ(stats["segments"].size(), 3U);
  EXPECT_EQ(stats["segments"][0]["position"], 1);
  EXPECT_EQ(stats["segments"][0]["records"], 2);
  EXPECT_EQ(stats["segments"][1]["records"], 1);
  EXPECT_EQ(stats["segments"][2]["sealed"], true);
  EXPECT_EQ(stats["total"]["records"], 4);
  EXPECT_EQ(stats["total"]["live_records"], 3);
  EXPECT_EQ(stats["total"]["dead_records"], 1);
  EXPECT_EQ(stats["segments"][0]["live_records"], 1) << "b; its a is superseded";
  EXPECT_EQ(stats["segments"][0]["dead_bytes"], 32);
  EXPECT_EQ(stats["segments"][1]["live_bytes"], 32);
  std::uint64_t bytes = 0;
  for (const Json& segment : stats["segments"]) {
    bytes += std::filesystem::file_size(store() + "/" + segment["file"].get<std::string>());
  }
  EXPECT_EQ(stats["total"]["size_bytes"], bytes);

  const std::string table = run_ok({"stats", store(), "--exact"});
  EXPECT_NE(table.find("dead records"), std::string::npos) << table;
  for (const Json& segment : stats["segments"]) {
    EXPECT_NE(table.find(segment["file"].get<std::string>()), std::string::npos) << table;
  }
}

TEST_F(CliSegments, MergeMakesOneOfAll) {
  EXPECT_EQ(segments().size(), 3U);
  const Json result = run_json({"merge", store()}, 0);
  EXPECT_EQ(result["segments_before"], 3);
  EXPECT_EQ(result["segments_after"], 1);
  EXPECT_EQ(result["records_read"], 4);
  EXPECT_EQ(result["records_kept"], 3);
  EXPECT_EQ(run_ok({"scan", store()}), "a\t2\nb\t1\nc\t3\n");
}

TEST_F(CliSegments, MergeOfARunLeavesTheOthersAlone) {
  const std::string oldest = segments()[0]["file"];
  EXPECT_EQ(run_json({"merge", store(), "--run", "2..3"}, 0)["segments_after"], 2);
  EXPECT_EQ(segments()[0]["file"], oldest);
  EXPECT_EQ(segments()[1]["records"], 2);
  EXPECT_EQ(run_ok({"scan", store()}), "a\t2\nb\t1\nc\t3\n");
}

TEST_F(CliSegments, MergeOfAMissingRunIsAnError) {
  EXPECT_EQ(run_json({"merge", store(), "--run", "2..9"}, 2)["error"]["code"], "invalid_argument");
  EXPECT_EQ(run({"merge", store(), "--run", "3..2"}).exit_code, 2);
  for (const char* run_text : {"2", "2..", "..2", "a..b", "1...2", "1..2x"}) {
    EXPECT_EQ(run_json({"merge", store(), "--run", run_text}, 2)["error"]["code"], "usage") << run_text;
  }
  EXPECT_EQ(run_json({"stats", store()}, 0)["total"]["records"], 4) << "nothing was merged";
}

TEST_F(CliSegments, RollHasNothingToSealAfterACleanClose) {
  const Json result = run_json({"roll", store()}, 0);
  EXPECT_EQ(result["sealed_now"], false);
  EXPECT_EQ(result["sealed_segments"], 3);
}

TEST_F(Cli, RollSealsWhatAKilledProcessLeft) {
  start_load(numbered_lines(200))->kill();
  const Json before = run_json({"stats", store()}, 0)["segments"];
  ASSERT_EQ(before.size(), 1U);
  EXPECT_EQ(before[0]["sealed"], false);
  const Json result = run_json({"roll", store()}, 0);
  EXPECT_EQ(result["sealed_now"], true);
  EXPECT_EQ(result["sealed_segments"], 1);
  const Json after = run_json({"stats", store()}, 0)["segments"];
  EXPECT_EQ(after[0]["sealed"], true);
  EXPECT_EQ(after[0]["records"], before[0]["records"]);
}

}  // namespace
}  // namespace sediment::test
