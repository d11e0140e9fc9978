// load: the formats, malformed lines, and killed loads.
#include <algorithm>

#include "tests/cli/cli_fixture.h"

namespace sediment::test {
namespace {

// ---- words

TEST_F(Cli, LoadOfDeeplyNestedJsonIsAnErrorOfItsLine) {
  const std::string good = "{\"key\": \"a [[[{\", \"value\": {\"hex\": \"00\"}}\n";
  EXPECT_EQ(run_json({"load", store(), "-", "--format", "jsonl"}, 0, good)["records"], 1);
  for (const char* opening : {"[", "{\"a\":"}) {
    for (const int depth : {2, 3, 100, 200'000}) {
      std::string nested;
      for (int i = 0; i < depth; ++i) nested += opening;
      write_text(path("deep"), good + "{\"key\": " + nested + ", \"value\": \"\"}\n");
      const Json error = run_json({"load", store(), path("deep"), "--format", "jsonl"}, 2)["error"];
      EXPECT_EQ(error["line"], 2) << depth;
      EXPECT_NE(error["message"].get<std::string>().find("deeper nesting"), std::string::npos) << error;
    }
  }
}

TEST_F(Cli, LoadCountsWords) {
  write_text(path("text"), "The dog. Don't the DOG?");
  EXPECT_EQ(run_json({"load", store(), path("text"), "--format", "words"}, 0)["records"], 5);
  EXPECT_EQ(run_ok({"scan", store()}), "dog\t2\ndon't\t1\nthe\t2\n");
}

TEST_F(Cli, LoadOfWordsContinuesCountingFromTheStore) {
  write_text(path("one"), "a b a");
  write_text(path("two"), "a c");
  run_ok({"load", store(), path("one"), "--format", "words"});
  EXPECT_EQ(run_ok({"scan", store()}), "a\t2\nb\t1\n");
  run_ok({"load", store(), path("two"), "--format", "words"});
  EXPECT_EQ(run_ok({"scan", store()}), "a\t3\nb\t1\nc\t1\n");
}

TEST_F(Cli, LoadOfWordsReadsSeveralFilesInOrder) {
  write_text(path("one"), "a b");
  write_text(path("two"), "c a");
  run_ok({"load", store(), path("one"), "-", path("two"), "--format", "words"}, "a a");
  EXPECT_EQ(run_ok({"scan", store()}), "a\t4\nb\t1\nc\t1\n");
}

TEST_F(Cli, LoadOfWordsNeedsAStoreOfCounts) {
  run_ok({"put", store(), "dog", "barks"});
  const Json error = run_json({"load", store(), "-", "--format", "words"}, 2, "a dog");
  EXPECT_EQ(error["error"]["records_loaded"], 1);
  EXPECT_EQ(run_ok({"get", store(), "a"}), "1\n");
  EXPECT_EQ(run_ok({"get", store(), "dog"}), "barks\n");
  EXPECT_EQ(run({"load", store(), "-", "--format", "words", "--resume"}, "a dog").exit_code, 2);
}

// Longer than the pieces in which a file is read, with words of many lengths, so that pieces end inside words.
std::string long_text() {
  std::string text;
  for (int i = 0; text.size() < 2'500'000; ++i) {
    const int word = i * 7919 % 1000;
    text += "it's" + std::string(static_cast<std::size_t>(word % 60), 'x') + std::to_string(word) +
            (i % 9 == 0 ? "\n" : " ");
  }
  return text;
}

TEST_F(Cli, LoadCutsNoWordAtTheEndOfAPiece) {
  const std::string text = long_text();
  write_text(path("text"), text);
  const auto words = static_cast<std::uint64_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return byte == ' ' || byte == '\n'; }));
  EXPECT_EQ(run_json({"load", store(), path("text"), "--format", "words"}, 0)["records"], words);
  EXPECT_EQ(run_json({"scan", store()}, 0)["count"], 1000);
}

TEST_F(Cli, ResumeContinuesAKilledLoadExactly) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "word" + std::to_string(i * 7919 % 100) + " ";
  write_text(path("text"), text);
  run_ok({"load", path("undisturbed"), path("text"), "--format", "words"});

  {
    RunningProcess load(command({"load", store(), "-", "--format", "words", "--quiet"}), path("load"));
    load.write(text.substr(0, 100'000));
    EXPECT_EQ(load.kill().exit_code, 128 + SIGKILL);
  }
  EXPECT_NE(run_ok({"scan", store()}), run_ok({"scan", path("undisturbed")}))
      << "the kill came too late to prove anything";
  const Json result = run_json({"load", store(), path("text"), "--format", "words", "--resume"}, 0);
  EXPECT_GT(result["words_skipped"], 5000);
  EXPECT_EQ(result["words_skipped"].get<int>() + result["records"].get<int>(), 20'000);
  EXPECT_EQ(run_ok({"scan", store()}), run_ok({"scan", path("undisturbed")}));
  EXPECT_EQ(run_json({"load", store(), path("text"), "--format", "words", "--resume"}, 0)["records"], 0);
}

TEST_F(Cli, ResumeRefusesATextThatIsTooShort) {
  run_ok({"load", store(), "-", "--format", "words"}, "a b c");
  EXPECT_EQ(run({"load", store(), "-", "--format", "words", "--resume"}, "a b").exit_code, 2);
  EXPECT_EQ(run_ok({"scan", store()}), "a\t1\nb\t1\nc\t1\n");
  EXPECT_EQ(run({"load", store(), "-", "--format", "tsv", "--resume"}, "a\tb\n").exit_code, 2);
}

// ---- lines

TEST_F(Cli, LoadOfTsvSplitsAtTheFirstTabAndLetsLaterLinesWin) {
  run_ok({"load", store(), "-", "--format", "tsv"}, "a\t1\nb\tx\ty\n\tno key\nc\t\na\t2");
  EXPECT_EQ(run_ok({"scan", store()}), "\tno key\na\t2\nb\tx\\ty\nc\t\n");
}

TEST_F(Cli, LoadOfJsonLinesTakesStringsAndHex) {
  run_ok({"load", store(), "-", "--format", "jsonl"},
         "{\"key\":\"a\",\"value\":\"x\\ty\"}\n{ \"value\" : {\"hex\":\"00ff\"}, \"key\" : {\"hex\":\"C3a9\"} }\n");
  EXPECT_EQ(run_ok({"scan", store()}), "a\tx\\ty\n\xc3\xa9\t\\x00\\xff\n");
  EXPECT_EQ(run_json({"scan", store()}, 0)["pairs"][1], Json::parse(R"({"key":"é","value":{"hex":"00ff"}})"));
}

TEST_F(Cli, AMalformedLineIsNamedAndEverythingBeforeItIsKept) {
  write_text(path("in.tsv"), "a\t1\nb\t2\nno tab here\nc\t3\n");
  const ProcessResult result = run({"load", store(), path("in.tsv"), "--format", "tsv"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.errors.find(path("in.tsv") + ", line 3"), std::string::npos) << result.errors;
  EXPECT_NE(result.errors.find("expected key<TAB>value"), std::string::npos) << result.errors;
  EXPECT_NE(result.errors.find("kept: 2 records"), std::string::npos) << result.errors;
  EXPECT_EQ(run_ok({"scan", store()}), "a\t1\nb\t2\n");
}

TEST_F(Cli, EveryKindOfMalformedJsonLineIsRefused) {
  const std::vector<std::string> lines{"",
                                       "{",
                                       "[]",
                                       "\"a\"",
                                       "{\"key\":\"a\"}",
                                       "{\"key\":\"a\",\"value\":1}",
                                       "{\"key\":null,\"value\":\"\"}",
                                       "{\"key\":\"a\",\"value\":\"b\",\"more\":1}",
                                       "{\"key\":\"a\",\"value\":{\"hex\":\"0\"}}",
                                       "{\"key\":\"a\",\"value\":{\"hex\":\"0g\"}}",
                                       "{\"key\":\"a\",\"value\":{\"hex\":\"00\",\"x\":1}}",
                                       "{\"key\":\"a\",\"value\":\"b\"} x"};
  for (const std::string& line : lines) {
    const Json error = run_json({"load", store(), "-", "--format", "jsonl"}, 2,
                                "{\"key\":\"before\",\"value\":\"\"}\n" + line + "\n")["error"];
    EXPECT_EQ(error["line"], 2) << line;
    EXPECT_EQ(error["file"], "standard input");
    EXPECT_EQ(error["records_loaded"], 1);
  }
  EXPECT_EQ(run_ok({"scan", store()}), "before\t\n");
}

TEST_F(Cli, ALineWithAKeyThatIsTooLongIsNamed) {
  const std::string input = "a\t1\n" + std::string(65'536, 'k') + "\t2\n";
  const Json error = run_json({"load", store(), "-", "--format", "tsv"}, 2, input)["error"];
  EXPECT_EQ(error["line"], 2);
  EXPECT_EQ(run_ok({"scan", store()}), "a\t1\n");
}

// ---- options

TEST_F(Cli, SegmentSizeAndMergeDecideHowManySegmentsThereAre) {
  const std::string lines = numbered_lines(1000);  // 128 bytes per record: 125 KiB
  const Json off =
      run_json({"load", path("off"), "-", "--format", "tsv", "--segment-size", "8k", "--merge", "off"}, 0, lines);
  EXPECT_GE(off["segments"], 16);
  EXPECT_EQ(off["merges"], 0);
  const Json merged = run_json({"load", path("auto"), "-", "--format", "tsv", "--segment-size", "8k"}, 0, lines);
  EXPECT_LT(merged["segments"], off["segments"]);
  EXPECT_GT(merged["merges"], 0);
  EXPECT_EQ(run_ok({"scan", path("auto")}), run_ok({"scan", path("off")}));
  EXPECT_EQ(run({"load", store(), "-", "--format", "tsv", "--segment-size", "1"}, "a\t1\n").exit_code, 2);
}

// Which records of the active log say that something was synced before them.
std::size_t stamped(const Json& entries) {
  return static_cast<std::size_t>(std::count_if(entries.begin(), entries.end(), [](const Json& entry) {
    return entry["kind"] == "record" && entry["durable_upto"] > 32;
  }));
}

TEST_F(Cli, SyncOptionsDecideWhatIsDurable) {
  const std::string lines = numbered_lines(200);
  int runs = 0;
  for (const std::vector<std::string>& options :
       std::vector<std::vector<std::string>>{{"--sync", "never"}, {"--sync", "every"}, {"--sync-every", "10"}}) {
    std::filesystem::remove_all(store());
    start_load(lines, options)->kill();
    const Json entries = entries_of(only_segment());
    ASSERT_GT(entries.size(), 100U);
    if (options[1] == "never") {
      EXPECT_EQ(stamped(entries), 0U);
    } else {
      const std::size_t synced = options[1] == "every" ? 55 : 50;  // or the end of the tenth, twentieth ... record
      EXPECT_EQ(entries[55]["durable_upto"], entries[synced]["offset"]);
    }
    ++runs;
  }
  EXPECT_EQ(runs, 3);
}

TEST_F(Cli, AKilledLoadLeavesAStoreThatOpensAndHoldsAPrefix) {
  start_load(numbered_lines(1000), {"--segment-size", "8k"})->kill();
  run_ok({"verify", store()});
  const Json pairs = run_json({"scan", store()}, 0)["pairs"];
  ASSERT_GT(pairs.size(), 900U);
  EXPECT_EQ(pairs[0]["key"], "key0000");
  EXPECT_EQ(pairs.back()["key"], "key" + std::to_string(10'000 + pairs.size() - 1).substr(1));
  run_ok({"put", store(), "z", "after"});
  EXPECT_EQ(run_json({"scan", store()}, 0)["count"], pairs.size() + 1);
}

TEST_F(Cli, LoadSaysWhatItDidAndQuietKeepsOnlyThat) {
  const ProcessResult result = run({"load", store(), "-", "--format", "tsv", "--quiet"}, "a\t1\nb\t2\n");
  EXPECT_EQ(result.output.substr(0, 17), "loaded 2 records ");
  EXPECT_EQ(result.errors, "");
}

TEST_F(Cli, AWriteAfterATornTailSaysWhatWasCut) {
  const std::string segment = leave_active_log_of(numbered_lines(200));
  const std::uint64_t end = entries_of(segment).back()["offset"];
  overwrite(segment, end, "half a record, written when the power went");
  const std::string before = run_ok({"scan", store()});
  EXPECT_EQ(run_json({"verify", store()}, 0)["damaged"], 0);

  const ProcessResult result = run({"put", store(), "z", "after"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_NE(result.errors.find("42 bytes at the end of " + std::filesystem::path(segment).filename().string() +
                               ", from byte " + std::to_string(end)),
            std::string::npos)
      << result.errors;
  EXPECT_EQ(run_ok({"scan", store()}), before + "z\tafter\n");
  EXPECT_EQ(run({"put", store(), "z", "again"}).errors, "") << "once cut, it is gone";
}

}  // namespace
}  // namespace sediment::test
