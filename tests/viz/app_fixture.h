// The application on a screen in memory, for tests that use it as a person does.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/run/scenario.h"
#include "tests/support/store_helpers.h"
#include "tests/support/temporary_directory.h"
#include "viz/app/app.h"
#include "viz/platform/headless.h"

namespace sediment::test {

class AppFixture : public ::testing::Test {
 protected:
  void open(const viz::Input& input) {
    app_ = must(viz::App::open(input, screen_.fonts()));
    screen_.run(*app_, 2);
  }
  /// At the start of the show.
  void open_steps(const std::vector<std::string>& steps, sim::Snapshots snapshots = sim::Snapshots::kOn,
                  std::uint64_t segment_size = sim::Scenario().segment_size) {
    sim::Scenario scenario;
    scenario.title = "a test";
    scenario.segment_size = segment_size;
    scenario.snapshots = snapshots;
    for (const std::string& step : steps) scenario.steps.push_back(sim::step_of(step));
    const std::string path = directory_.path() / "scenario.json";
    ASSERT_TRUE(is_ok(sim::write_scenario(scenario, path)));
    open({.scenario = path});
  }

  nlohmann::json state() { return nlohmann::json::parse(app_->state_json()); }
  bool click(const std::string& name) {
    const bool clicked = screen_.click(*app_, name);
    settle();
    return clicked;
  }
  void press(viz::Key key, bool shift = false) {
    screen_.press(*app_, key, shift);
    settle();
  }
  /// Until the latest change has been shown, and the crash desk knows its disks.
  void settle() {
    int quiet_frames = 0;  // work begins in the frame that first needs its result
    for (int i = 0; i < 16'000 && quiet_frames < 2; ++i) {
      screen_.run(*app_);
      quiet_frames = busy() ? 0 : quiet_frames + 1;
    }
    EXPECT_EQ(quiet_frames, 2) << "still busy";
  }

  TemporaryDirectory directory_;
  viz::HeadlessScreen screen_{1280, 720};
  std::unique_ptr<viz::App> app_;

 private:
  bool busy() {
    const nlohmann::json now = state();
    const nlohmann::json crashes = now.value("crashes", nlohmann::json::object());
    const nlohmann::json atlas = now.value("atlas", nlohmann::json::object());
    return now["playing"] == true || now.contains("search") || atlas.value("known", 0) < atlas.value("columns", 0) ||
           crashes.value("recovered", 0) < crashes.value("disks", 0);
  }
};

}  // namespace sediment::test
