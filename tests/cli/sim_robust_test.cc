// The command sediment-sim when everything goes wrong: nonsense files, closed streams, readers that go away, no memory.
// It reports what is wrong and ends with an exit status, never by a signal.
#include <gtest/gtest.h>
#include <sstream>

#include "tests/cli/cli_fixture.h"
#include "tests/support/search_budget.h"

namespace sediment::test {
namespace {

constexpr int kFirstOfSignals = 126;  // a shell's status for a program that did not start, or that a signal ended

class SimProcess : public Cli {
 protected:
  // `command` is for a shell; $SIM is the program.
  ProcessResult shell(const std::string& command) {
    return run_process({"/bin/bash", "-c", "SIM=" SEDIMENT_BIN_DIR "/sediment-sim; " + command}, path("shell"));
  }
  static std::string scenario() { return SEDIMENT_SOURCE_DIR "/tests/crash/scenarios/overwrite_and_roll.json"; }
  static std::vector<std::string> commands() {
    return {"run " + scenario(),
            "replay " + scenario() + " --json",
            "trace " + scenario(),
            "explore --tier exhaustive --operations 1 --budget 2 --jobs 1",
            "explore --tier errors --operations 1 --budget 1 --jobs 2 --json",
            "crash-model",
            std::string("demo ") + SEDIMENT_SOURCE_DIR + "/LICENSE",
            "--help",
            "run /nowhere"};
  }
};

TEST_F(SimProcess, RefusesFilesOfNonsenseWithAMessage) {
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  write_text(path("deep"), deep);
  write_text(path("option"), R"({"options": {"a": )" + deep + R"(}, "steps": ["open"]})");
  write_text(path("step"), R"({"steps": [)" + deep + "]}");
  write_text(path("report"), R"({"sediment_report": 1, "shard": "0/1", "most_violations": 1, "report": )" + deep + "}");
  write_text(path("number"), R"({"seed": 1e999, "steps": ["open"]})");
  write_text(path("segment"), R"({"options": {"segment_size": 18446744073709551615}, "steps": ["put a 1"]})");
  write_text(path("text"), R"({"steps": [{"hex": ")" + std::string(1'000'000, '0') + R"("}]})");
  write_text(path("bytes"), std::string("\xff\xfe\0{\0", 5));
  write_text(path("empty"), "");
  std::size_t tried = 0;
  for (const char* file : {"deep", "option", "step", "report", "number", "segment", "text", "bytes", "empty", "."}) {
    for (const char* command : {"run", "replay", "trace", "shrink", "explore", "report"}) {
      const ProcessResult result = shell(std::string("$SIM ") + command + " " + path(file));
      EXPECT_EQ(result.exit_code, 2) << command << " " << file << "\n" << result.errors;
      EXPECT_LT(result.errors.size(), 1000U) << command << " " << file;
      EXPECT_NE(result.errors.find(path(file)), std::string::npos) << "which file? " << result.errors;
      ++tried;
    }
  }
  EXPECT_EQ(tried, 60U);
}

TEST_F(SimProcess, AStepThatDoesNotExistIsAnsweredWithThoseThatDo) {
  write_text(path("step.json"), R"({"seed":1,"steps":["putt a 1"]})");
  const ProcessResult result = shell("$SIM run " + path("step.json"));
  EXPECT_EQ(result.exit_code, 1);
  for (const char* step : {"there is no step \"putt a 1\"", "put KEY VALUE", "merge", "crash", "expect", "ask"}) {
    EXPECT_NE(result.output.find(step), std::string::npos) << result.output;
  }
}

// An index of the demonstration's store is not "the list of segments that count": that is the manifest.
TEST_F(SimProcess, TheDemoNamesEachFileForWhatItIs) {
  std::string text;
  for (int i = 0; i < 3'000; ++i) text += "word" + std::to_string(i % 400) + " ";
  write_text(path("words.txt"), text);
  const ProcessResult result = shell("$SIM demo " + path("words.txt"));
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  int indexes = 0;
  int manifests = 0;
  std::istringstream lines(result.output);
  for (std::string line; std::getline(lines, line);) {
    const bool is_list = line.find("the list of segments that count") != std::string::npos;
    EXPECT_EQ(is_list, is_list && line.find("MANIFEST") != std::string::npos) << line;
    manifests += is_list ? 1 : 0;
    indexes +=
        line.find(".idx ") != std::string::npos && line.find("a segment's index, saved") != std::string::npos ? 1 : 0;
  }
  EXPECT_GE(manifests, 1) << result.output;
  EXPECT_GE(indexes, 1) << result.output;
}

TEST_F(SimProcess, SaysThatItsOutputIsLost) {
  for (const std::string& command : commands()) {
    for (const char* lost : {" >/dev/full", " >&-"}) {
      const ProcessResult result = shell("$SIM " + command + lost);
      const bool prints_nothing = command == "run /nowhere";
      EXPECT_EQ(result.exit_code, prints_nothing ? 2 : 4) << command << lost << "\n" << result.errors;
    }
  }
}

TEST_F(SimProcess, EndsQuietlyWhenItsReaderGoesAway) {
  for (const std::string& command : commands()) {
    const ProcessResult whole = shell("$SIM " + command + " >/dev/null");
    const ProcessResult result = shell("$SIM " + command + " | true; exit ${PIPESTATUS[0]}");
    EXPECT_EQ(result.exit_code, whole.exit_code) << command << "\n" << result.errors;
  }
}

TEST_F(SimProcess, DoesItsWorkWithoutStandardErrorOrInput) {
  for (const std::string& command : commands()) {
    const ProcessResult whole = shell("$SIM " + command);
    for (const char* without : {" 2>&-", " 2>/dev/full", " <&-"}) {
      const ProcessResult result = shell("$SIM " + command + without);
      EXPECT_EQ(result.exit_code, whole.exit_code) << command << without;
      EXPECT_EQ(result.output, whole.output) << command << without;
    }
  }
}

TEST_F(SimProcess, ItsOwnFileIsNeverMistakenForAClosedStream) {
  const std::string out = path("trace.jsonl");
  EXPECT_EQ(shell("$SIM trace " + scenario() + " --out " + out + " >&- 2>&-").exit_code, 0);
  EXPECT_EQ(read_text(out), shell("$SIM trace " + scenario()).output);
}

TEST_F(SimProcess, WithoutMemoryItSaysSo) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer needs more than any limit";
  std::string large_value;
  large_value.resize(60'000'000, 'x');
  write_text(path("large.json"), R"({"steps": ["put a )" + large_value + R"(", "roll", "put b 2"]})");
  std::size_t refused = 0;
  for (const char* command : {"run", "trace", "shrink", "explore"}) {
    const ProcessResult result = shell(std::string("ulimit -v 200000; $SIM ") + command + " " + path("large.json"));
    EXPECT_LT(result.exit_code, kFirstOfSignals) << command << "\n" << result.errors;
    EXPECT_NE(result.exit_code, 0) << command;
    refused += (result.errors + result.output).find("memory") != std::string::npos ? 1U : 0U;
  }
  EXPECT_EQ(refused, 4U);
  for (const int kib : {40'000, 60'000, 80'000, 120'000}) {
    for (const std::string& command : commands()) {
      const ProcessResult result = shell("ulimit -v " + std::to_string(kib) + "; $SIM " + command);
      const bool not_started = result.exit_code == 127;  // the loader could not map its libraries
      EXPECT_TRUE(result.exit_code < kFirstOfSignals || not_started) << kib << " " << command << "\n" << result.errors;
    }
  }
}

}  // namespace
}  // namespace sediment::test
