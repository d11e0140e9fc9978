// The program sediment-viz, without a window, when everything goes wrong: odd files, closed streams, readers that go
// away, no memory. It reports what is wrong and ends with an exit status, never by a signal.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "sim/run/runner.h"
#include "tests/cli/run_process.h"
#include "tests/support/naive_store.h"
#include "tests/support/search_budget.h"
#include "tests/support/temporary_directory.h"

namespace sediment::test {
namespace {

constexpr int kFirstOfSignals = 126;  // a shell's status for a program that did not start, or that a signal ended

class VizProgram : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return (directory_.path() / name).string(); }
  // `command` is for a shell; $VIZ is the program.
  ProcessResult shell(const std::string& command) {
    return run_process({"/bin/bash", "-c", "VIZ=" SEDIMENT_BIN_DIR "/sediment-viz; " + command}, path("shell"));
  }
  std::string transcript_of(const std::string& what) const {
    return "$VIZ --headless " + what + " --transcript " + path("transcript");
  }

  TemporaryDirectory directory_;
};

TEST_F(VizProgram, RefusesTextsThatYieldNoTour) {
  std::string numbers;
  for (int i = 1; i <= 400; ++i) numbers += std::to_string(i) + "\n";
  write_text(path("numbers"), numbers);
  write_text(path("empty"), "");
  write_text(path("word"), "word");
  for (const char* text : {"numbers", "empty", "word", ".", "nothing"}) {
    const ProcessResult result = shell(transcript_of("--text " + path(text)));
    EXPECT_EQ(result.exit_code, 2) << text << "\n" << result.errors;
    EXPECT_TRUE(result.errors.starts_with("sediment-viz: ")) << result.errors;
  }
}

TEST_F(VizProgram, RefusesFilesOfNonsense) {
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  write_text(path("trace"), "{\"sediment_trace\":1}\n{\"input\":" + deep + "}\n");
  write_text(path("scenario"), R"({"options": {"a": )" + deep + R"(}, "steps": ["open"]})");
  write_text(path("bytes"), std::string("\xff\xfe\0{\0", 5));
  write_text(path("empty"), "");
  for (const char* file : {"trace", "scenario", "bytes", "empty", ".", "nothing"}) {
    for (const char* option : {"--trace ", "--scenario "}) {
      const ProcessResult result = shell(transcript_of(option + path(file)));
      EXPECT_EQ(result.exit_code, 2) << option << file << "\n" << result.errors;
      EXPECT_LT(result.errors.size(), 1000U) << option << file;
    }
  }
}

TEST_F(VizProgram, RefusesAScenarioForAStoreThatItDoesNotHaveAndShowsItsTrace) {
  sim::Scenario scenario;
  scenario.store = "naive";
  for (const char* step : {"put sky blue", "sync", "crash lose-unsynced"}) scenario.steps.push_back(sim::step_of(step));
  ASSERT_TRUE(sim::write_scenario(scenario, path("naive.json")).ok());
  const ProcessResult refused = shell(transcript_of("--scenario " + path("naive.json")));
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.errors.find(
                "this scenario is for the store \"naive\", which this program does not contain; record a trace "
                "with your own simulator (run FILE --trace out.jsonl) and open it with --trace"),
            std::string::npos)
      << refused.errors;
  EXPECT_FALSE(std::filesystem::exists(path("transcript"))) << "nothing is made";

  sim::Runner runner(scenario, naive_kind());
  runner.run();
  std::ofstream trace(path("naive.jsonl"), std::ios::binary);
  sim::save_trace(runner.trace(), trace);
  trace.close();
  EXPECT_EQ(shell(transcript_of("--trace " + path("naive.jsonl"))).exit_code, 0);
  EXPECT_NE(read_text(path("transcript")).find("9 bytes are written to 1.seg at 0"), std::string::npos);

  scenario.store = "text-log";
  ASSERT_TRUE(sim::write_scenario(scenario, path("text-log.json")).ok());
  EXPECT_EQ(shell(transcript_of("--scenario " + path("text-log.json"))).exit_code, 0);
  EXPECT_NE(read_text(path("transcript")).find("log.txt"), std::string::npos) << "it runs the text log, not the engine";
}

TEST_F(VizProgram, SaysThatADirectoryHoldsNoStore) {
  std::filesystem::create_directory(path("empty"));
  std::filesystem::create_directory(path("foreign"));
  write_text(path("foreign/data.db"), "rows");
  std::filesystem::create_directory(path("large"));
  write_text(path("large/film"), "");
  std::filesystem::resize_file(path("large/film"), std::uint64_t{65} << 20);
  for (const char* directory : {"empty", "foreign", "large"}) {
    const ProcessResult result = shell(transcript_of("--store " + path(directory)));
    EXPECT_EQ(result.exit_code, 2) << directory;
    EXPECT_NE(result.errors.find(path(directory) + " holds no store: there is no MANIFEST in it"), std::string::npos)
        << result.errors;
  }
  for (const char* directory : {"nothing", "foreign/data.db"}) {
    const ProcessResult result = shell(transcript_of("--store " + path(directory)));
    EXPECT_EQ(result.exit_code, 2) << directory;
    EXPECT_NE(result.errors.find(path(directory) + " cannot be read: "), std::string::npos) << result.errors;
  }
}

TEST_F(VizProgram, MakesTheSameWhateverHappensToItsStreams) {
  const std::string command = transcript_of("--show first-append");
  ASSERT_EQ(shell(command).exit_code, 0);
  const std::string expected = read_text(path("transcript"));
  EXPECT_FALSE(expected.empty());
  for (const char* streams :
       {" 2>&-", " >&- 2>&-", " <&- >&- 2>&-", " 2>/dev/full", " 2>&1 | true; exit ${PIPESTATUS[0]}"}) {
    std::filesystem::remove(path("transcript"));
    const ProcessResult result = shell(command + streams);
    EXPECT_EQ(result.exit_code, 0) << streams << "\n" << result.errors;
    EXPECT_EQ(read_text(path("transcript")), expected) << streams;
  }
}

TEST_F(VizProgram, SaysOfEachOutputThatItIsLost) {
  const std::string narrated = "$VIZ --headless --show first-append --at 20 --narrate --png " + path("picture.png");
  ASSERT_NE(shell(narrated).output, "");
  EXPECT_EQ(shell(narrated + " >/dev/full").exit_code, 4);
  EXPECT_EQ(shell(narrated + " >&-").exit_code, 4);
  EXPECT_EQ(shell(narrated + " | true; exit ${PIPESTATUS[0]}").exit_code, 0) << "who stops reading has what it wanted";
  for (const char* output : {"--png", "--frames", "--video", "--transcript"}) {
    if (std::string(output) == "--video" && (kSanitized || shell("command -v ffmpeg").exit_code != 0)) continue;
    const ProcessResult result =
        shell("$VIZ --headless --size 200x200 --show first-append " + std::string(output) + " /dev/full");
    EXPECT_EQ(result.exit_code, 4) << output << ": " << result.errors;
    EXPECT_NE(result.errors.find("/dev/full"), std::string::npos) << output << ": " << result.errors;
  }
}

TEST_F(VizProgram, SaysThatItsOutputIsLostAndEndsQuietlyWhenItsReaderGoesAway) {
  for (const char* command : {"$VIZ --list-shows", "$VIZ --help"}) {
    EXPECT_EQ(shell(std::string(command) + " >/dev/full").exit_code, 4) << command;
    EXPECT_EQ(shell(std::string(command) + " >&-").exit_code, 4) << command;
    EXPECT_EQ(shell(std::string(command) + " | true; exit ${PIPESTATUS[0]}").exit_code, 0) << command;
  }
}

TEST_F(VizProgram, FinishesAVideoWithoutAReaderOfItsProgress) {
  if (kSanitized) GTEST_SKIP() << "a video takes too long there";
  if (shell("command -v ffmpeg").exit_code != 0) GTEST_SKIP() << "needs ffmpeg";
  const ProcessResult result = shell("$VIZ --headless --size 200x200 --show first-append --video " + path("v.mp4") +
                                     " 2>&1 | true; exit ${PIPESTATUS[0]}");
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  const std::string video = read_text(path("v.mp4"));
  EXPECT_NE(video.find("moov"), std::string::npos) << "its end is there, so it is complete";
}

TEST_F(VizProgram, WithoutMemoryItSaysSo) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer needs more than any limit";
  std::string texts = "--text";  // one takes too little
  for (int i = 0; i < 8; ++i) texts += " " SEDIMENT_SOURCE_DIR "/README.md";
  std::size_t said = 0;
  for (int mib = 40; mib <= 240; mib += 40) {
    const ProcessResult result = shell("ulimit -v " + std::to_string(mib * 1024) + "; " + transcript_of(texts));
    const bool not_started = result.exit_code == 127;  // the loader could not map its libraries
    EXPECT_TRUE(result.exit_code < kFirstOfSignals || not_started) << mib << " MiB\n" << result.errors;
    said += result.errors.find("memory") != std::string::npos ? 1U : 0U;
  }
  EXPECT_GT(said, 0U);
}

}  // namespace
}  // namespace sediment::test
