// The real window on a virtual X display, driven by real keys and a real mouse (XTEST, by xdotool): everything that a
// person does arrives, and the scene is what it should be. Screenshots are left in window-test/ of the build.
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "sim/demo/child_process.h"
#include "tests/support/store_helpers.h"
#include "tests/support/temporary_directory.h"

namespace sediment::test {
namespace {

using nlohmann::json;
using sim::ChildProcess;

constexpr std::chrono::seconds kPatience{20};  // a loaded machine with sanitizers is slow

bool run(const std::string& command) {
  return std::system(command.c_str()) == 0;  // NOLINT(cert-env33-c,concurrency-mt-unsafe): our own command, one thread
}

std::string contents_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class WindowTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!run("command -v Xvfb xdotool import >/dev/null")) GTEST_SKIP() << "needs Xvfb, xdotool and ImageMagick";
    pictures_ = std::filesystem::path(SEDIMENT_BIN_DIR).parent_path() / "window-test";
    std::filesystem::create_directories(pictures_);
    const std::filesystem::path number = directory_.path() / "display";
    start("exec Xvfb -displayfd 3 3>" + number.string() + " -screen 0 1280x720x24 -nolisten tcp 2>/dev/null");
    ASSERT_TRUE(wait([&] { return contents_of(number).ends_with("\n"); })) << "Xvfb does not start";
    display_ = "DISPLAY=:" + contents_of(number).substr(0, contents_of(number).find('\n')) + " ";
  }

  void open_window(const std::string& arguments) {
    start("exec env " + display_ + "LIBGL_ALWAYS_SOFTWARE=1 " + SEDIMENT_BIN_DIR + "/sediment-viz " + arguments +
          " --state " + state_file().string() + " 2>" + (directory_.path() / "errors").string());
    ASSERT_TRUE(wait([&] { return now().contains("items") && !now()["items"].empty(); }))
        << "the window does not come up: " << contents_of(directory_.path() / "errors");
    ASSERT_TRUE(run(display_ + "xdotool search --sync --onlyvisible --name Sediment windowfocus >/dev/null 2>&1"));
  }

  /// What the window shows, as last reported.
  json now() { return json::parse(contents_of(state_file()), nullptr, false); }
  json state() { return now()["state"]; }
  bool wait(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < end) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return false;
  }
  /// Waits until the window says so and shows that nothing more is happening.
  ::testing::AssertionResult becomes(const std::string& what, const json& value) {
    const bool came =
        wait([&] { return state().is_object() && state()["playing"] == false && state()[what] == value; });
    if (came) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << what << " is " << state()[what] << ", not " << value << "; " << state();
  }

  void key(const std::string& name) { ASSERT_TRUE(run(display_ + "xdotool key --clearmodifiers " + name)); }
  void move_to(const std::string& item, double part = 0.5) {
    const json found = now()["items"][item];
    ASSERT_TRUE(found.is_object()) << item << " is not on the screen";
    const json& rect = found["rect"];
    const double x = rect[0].get<double>() + (rect[2].get<double>() - rect[0].get<double>()) * part;
    ASSERT_TRUE(run(display_ + "xdotool mousemove " + std::to_string(static_cast<int>(x)) + " " +
                    std::to_string(found["y"].get<int>())));
  }
  void click(const std::string& item) {
    move_to(item);
    ASSERT_TRUE(run(display_ + "xdotool click 1"));
  }
  void type(const std::string& line) {
    click("operation.text");
    ASSERT_TRUE(wait([&] { return state()["editing"] == true; }));
    ASSERT_TRUE(run(display_ + "xdotool type --delay 15 '" + line + "'"));
    key("Return");
    // The line accepts the next operation at once, a frame later, until it is left: so it must be seen left twice.
    int seen_left = 0;
    ASSERT_TRUE(wait([&] {
      key("Escape");
      seen_left = state()["editing"] == false ? seen_left + 1 : 0;
      return seen_left == 2;
    }));
  }
  bool at_share(double share) {
    return std::abs(state()["time"].get<double>() / state()["duration"].get<double>() - share) < 0.03;
  }
  const std::string& display() const { return display_; }
  void take_picture(const std::string& name) {
    const std::string file = (pictures_ / (name + ".png")).string();
    EXPECT_TRUE(run(display_ + "import -window root " + file));
    EXPECT_TRUE(run("test $(identify -format '%[fx:mean > 0.02]' " + file + ") = 1")) << file << " is black";
  }

 private:
  void start(const std::string& command) { processes_.push_front(must(ChildProcess::start({"sh", "-c", command}))); }
  std::filesystem::path state_file() const { return directory_.path() / "state.json"; }

  TemporaryDirectory directory_;
  std::filesystem::path pictures_;
  std::string display_;
  std::deque<ChildProcess> processes_;  // the newest first: the window ends before its display
};

TEST_F(WindowTest, TypedOperationsStepsScrubsForksAndACrashInAMerge) {
  open_window("--empty");
  key("5");  // the fastest speed
  ASSERT_TRUE(becomes("speed", 4));
  key("End");
  ASSERT_TRUE(becomes("store", "open"));

  // Typed.
  type("put sky blue");
  ASSERT_TRUE(becomes("live", 1));
  type("put grass green");
  ASSERT_TRUE(becomes("live", 2));
  type("roll");
  ASSERT_TRUE(becomes("step", "roll"));
  EXPECT_EQ(state()["segments"].size(), 2U);
  type("put sky grey");
  ASSERT_TRUE(becomes("step", "put sky grey"));
  EXPECT_EQ(state()["live"], 2);
  EXPECT_EQ(state()["segments"][1]["superseded"], 1);
  type("get sky");
  ASSERT_TRUE(becomes("outcome", "\"grey\""));
  EXPECT_EQ(state()["lookup"]["asked"], 1);
  type("dance");
  ASSERT_TRUE(wait([&] { return !state()["message"].get<std::string>().empty(); }));
  take_picture("1-typed");

  // One event back and forward again.
  const auto end = state()["entries"].get<std::size_t>();
  key("Left");
  ASSERT_TRUE(becomes("position", end - 1));
  key("Left");
  ASSERT_TRUE(becomes("position", end - 2));
  key("Right");
  ASSERT_TRUE(becomes("position", end - 1));

  // Scrubbing, with the button held.
  move_to("scrubber", 0.9);
  ASSERT_TRUE(run(display() + "xdotool mousedown 1"));
  move_to("scrubber", 0.5);
  ASSERT_TRUE(wait([&] { return at_share(0.5); })) << state();
  take_picture("2-scrubbed");
  move_to("scrubber", 0.25);
  ASSERT_TRUE(wait([&] { return at_share(0.25); })) << state();
  ASSERT_TRUE(run(display() + "xdotool mouseup 1"));

  // A fork: something different happens before the roll.
  key("Home");
  ASSERT_TRUE(becomes("position", 0));
  while (state()["step"] != "put grass green") {
    const json before = state()["position"];
    key("shift+Right");
    ASSERT_TRUE(wait([&] { return state()["position"] != before; }));
  }
  type("remove sky");
  ASSERT_TRUE(becomes("branches_left", 1));
  ASSERT_TRUE(becomes("live", 1));
  EXPECT_EQ(state()["segments"].size(), 1U);
  take_picture("3-forked");
  click("return");
  ASSERT_TRUE(becomes("branches_left", 0));
  EXPECT_EQ(state()["entries"], end);

  // A crash in the middle of a merge, and recovery.
  key("End");
  ASSERT_TRUE(becomes("position", end));
  click("operation.Merge step");
  ASSERT_TRUE(wait([&] { return state()["merge"].is_object(); }));
  ASSERT_TRUE(becomes("step", "merge step"));
  key("m");
  ASSERT_TRUE(wait([&] { return state()["merge"]["kept"] == 1 && state()["playing"] == false; })) << state();
  EXPECT_EQ(state()["merge"]["phase"], "copying");
  take_picture("4-merging");
  key("c");
  ASSERT_TRUE(becomes("store", "crashed"));
  take_picture("5-crashed");
  key("r");
  ASSERT_TRUE(becomes("store", "open"));
  EXPECT_EQ(state()["live"], 2);
  EXPECT_EQ(state()["outcome"].get<std::string>().find("does not open"), std::string::npos);
  take_picture("6-recovered");
}

TEST_F(WindowTest, AQuestionIsAnsweredABitFlippedAndADiskOfTheGridHad) {
  open_window("--show torn-tail --no-play");
  key("5");
  ASSERT_TRUE(becomes("speed", 4));
  key("space");
  ASSERT_TRUE(wait([&] { return state().contains("question") && state()["playing"] == false; }));
  take_picture("question");
  click("answer.2");
  ASSERT_TRUE(wait([&] { return state()["question"]["revealed"] == true; }));
  EXPECT_EQ(state()["score"]["right"], 1);
  take_picture("answer");
  key("Home");
  ASSERT_TRUE(becomes("position", 0));

  // A crash chosen from the grid, and a torn byte, in the middle of a run.
  for (const char* step : {"open", "put rain 12mm", "put wind 40kmh", "sync", "put storm from-the-north-west"}) {
    key("shift+Right");
    ASSERT_TRUE(becomes("step", step));
  }
  click("view.Crash");
  ASSERT_TRUE(becomes("layout", "crash"));
  ASSERT_TRUE(wait([&] {  // the disks are counted one frame after the layout changes
    const json crashes = state()["crashes"];
    return crashes["disks"] > 4 && crashes["disks"] == crashes["recovered"];
  }));
  EXPECT_EQ(state()["crashes"]["forbidden"], 0);
  key("bracketright");
  for (int i = 0; i < 3; ++i) key("Down");
  ASSERT_TRUE(wait([&] { return state()["crashes"]["chosen"] == 3; }));
  take_picture("crash-desk");
  key("Return");
  ASSERT_TRUE(becomes("store", "crashed"));
  key("r");
  ASSERT_TRUE(becomes("store", "open"));

  // A bit of something durable.
  key("period");
  ASSERT_TRUE(wait([&] { return state().contains("selected"); }));
  click("bit.5");
  ASSERT_TRUE(wait([&] { return state().contains("rot"); }));
  EXPECT_EQ(state()["rot"]["noticed"], true) << state()["rot"];
  EXPECT_EQ(state()["rot"]["wrong"], false);
  take_picture("bit-rot");
}

TEST_F(WindowTest, AFailingRunIsOpenedAtItsStep) {
  const std::string trace = SEDIMENT_SOURCE_DIR "/viz/shows/tombstone_too_early.jsonl";
  open_window("--trace " + trace + " --at failure --layout all --theme light");
  ASSERT_TRUE(becomes("step", "get cat"));
  EXPECT_EQ(state()["theme"], "light");
  click("tab.Twin");
  ASSERT_TRUE(wait([&] { return state()["twin"]["different"] == 1; }));
  take_picture("failing-run");
  key("shift+Left");
  ASSERT_TRUE(becomes("position", 103));
  EXPECT_EQ(state()["twin"]["different"], 1) << "the merge has already lost the tombstone";
}

TEST_F(WindowTest, AStoresDirectoryIsShown) {
  const std::filesystem::path store = std::filesystem::path(::testing::TempDir()) / "sediment-window-store";
  std::filesystem::remove_all(store);
  ASSERT_TRUE(run("printf 'sky\\tblue\\nsun\\tlow\\nsky\\tgrey\\n' | " SEDIMENT_BIN_DIR "/sediment load " +
                  store.string() + " - --format tsv --quiet >/dev/null"));
  open_window("--store " + store.string());
  key("End");
  ASSERT_TRUE(becomes("store", "open"));
  EXPECT_EQ(state()["live"], 2);
  take_picture("store");
  std::filesystem::remove_all(store);
}

TEST_F(WindowTest, LettersAndRecordsBecomeLarger) {
  open_window("--show rotation --no-play");
  key("End");
  ASSERT_TRUE(wait([&] { return state()["position"] == state()["entries"]; }));
  for (int i = 0; i < 5; ++i) key("ctrl+equal");
  ASSERT_TRUE(becomes("text_size", 150));
  take_picture("large-letters");
  key("ctrl+0");
  ASSERT_TRUE(becomes("text_size", 100));
  key("z");
  ASSERT_TRUE(wait([&] { return state()["zoom"]["enlarged"] == 1; }));
  ASSERT_TRUE(run(display() + "xdotool mousemove 400 400 keydown ctrl click 4 keyup ctrl"));
  EXPECT_TRUE(wait([&] { return state()["zoom"]["enlarged"] == 2; })) << state()["zoom"];
  take_picture("large-records");
}

TEST_F(WindowTest, NoKeyIsLostHoweverShortItIsHeld) {
  open_window("--empty");  // at its end
  key("Home");
  ASSERT_TRUE(becomes("position", 0));
  constexpr int kTaps = 12;
  for (int i = 0; i < kTaps; ++i) key("Right");
  EXPECT_TRUE(becomes("position", kTaps));
}

}  // namespace
}  // namespace sediment::test
