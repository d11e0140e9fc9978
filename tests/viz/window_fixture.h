// The real window on a virtual X display, driven by real keys and a real mouse (XTEST, by xdotool). Screenshots are left in
// window-test/ of the build.
#pragma once

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
using nlohmann::json;
using sim::ChildProcess;

constexpr std::chrono::seconds kPatience{20};  // a loaded machine with sanitizers is slow

inline bool run(const std::string& command) {
  return std::system(command.c_str()) == 0;  // NOLINT(cert-env33-c,concurrency-mt-unsafe): our own command, one thread
}

inline std::string contents_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class WindowTest : public ::testing::Test {
 protected:
  explicit WindowTest(std::string screen = "1280x720") : screen_(std::move(screen)) {}

  void SetUp() override {
    if (!run("command -v Xvfb xdotool import setxkbmap xprop xclip >/dev/null")) {
      GTEST_SKIP() << "needs the programs that ./dev test installs for it: Xvfb, xdotool, ImageMagick, xclip …";
    }
    pictures_ = std::filesystem::path(SEDIMENT_BIN_DIR).parent_path() / "window-test";
    std::filesystem::create_directories(pictures_);
    const std::filesystem::path number = directory_.path() / "display";
    start("exec Xvfb -displayfd 3 3>" + number.string() + " -screen 0 " + screen_ +
          "x24 -noreset -nolisten tcp 2>/dev/null");
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
    // What was refused stays in the line, to be corrected.
    ASSERT_TRUE(wait([&] {
      if (state()["editing"] == true && !state()["message"].get<std::string>().empty()) key("Escape");
      return state()["editing"] == false;
    }));
  }
  bool at_share(double share) {
    return std::abs(state()["time"].get<double>() / state()["duration"].get<double>() - share) < 0.03;
  }
  void right_click(const std::string& item) {
    move_to(item);
    ASSERT_TRUE(run(display_ + "xdotool click 3"));
  }
  bool is_shown(const std::string& item) { return now()["items"].contains(item); }
  bool appears(const std::string& item) {
    return wait([&] { return is_shown(item); });
  }
  bool disappears(const std::string& item) {
    return wait([&] { return now().contains("items") && !is_shown(item); });
  }
  /// The layout of the keyboard, as setxkbmap calls it.
  void use_keyboard(const std::string& layout) { ASSERT_TRUE(run(display_ + "setxkbmap " + layout)); }
  void put_on_clipboard(const std::string& text) {
    const std::filesystem::path file = directory_.path() / "clipboard";
    std::ofstream(file) << text;
    ASSERT_TRUE(run(display_ + "xclip -selection clipboard -in " + file.string() + " >/dev/null 2>&1"));
  }
  std::string clipboard() {
    const std::filesystem::path file = directory_.path() / "copied";
    if (!run(display_ + "timeout 5 xclip -selection clipboard -out >" + file.string() + " 2>/dev/null")) return "";
    return contents_of(file);
  }
  std::filesystem::path folder() const { return directory_.path(); }
  const std::string& display() const { return display_; }
  void take_picture(const std::string& name) {
    const std::string file = (pictures_ / (name + ".png")).string();
    EXPECT_TRUE(run(display_ + "import -window root " + file));
    EXPECT_TRUE(run("test $(identify -format '%[fx:mean > 0.02]' " + file + ") = 1")) << file << " is black";
  }

 private:
  void start(const std::string& command) { processes_.push_front(must(ChildProcess::start({"sh", "-c", command}))); }
  std::filesystem::path state_file() const { return directory_.path() / "state.json"; }

  std::string screen_;
  TemporaryDirectory directory_;
  std::filesystem::path pictures_;
  std::string display_;
  std::deque<ChildProcess> processes_;  // the newest first: the window ends before its display
};

}  // namespace sediment::test
