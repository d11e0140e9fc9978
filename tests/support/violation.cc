#include "tests/support/violation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "sim/explore/report.h"

namespace sediment::test {

std::string explain_violation(const std::string& sentence, const sim::Scenario& replay) {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  std::string name = test == nullptr ? "failure" : std::string(test->test_suite_name()) + "." + test->name();
  std::replace(name.begin(), name.end(), '/', '-');
  const char* directory = std::getenv("SEDIMENT_FAILURE_DIR");
  const std::string path = (directory == nullptr ? std::string(".") : std::string(directory)) + "/" + name + ".json";

  std::string text =
      sentence + "\n  Steps: " + sim::steps_of(replay.steps) + "\n  Seed: " + std::to_string(replay.seed);
  const Status saved = sim::write_scenario(replay, path);
  const std::string program = std::string(SEDIMENT_BIN_DIR) + "/sediment-sim";
  text += saved.ok() ? "\n  Replay: " + program + " replay " + path + "\n  Watch: " + sim::watch_command(program, path)
                     : "\n  The scenario could not be saved: " + saved.to_string();
  return text + "\n  Scenario: " + sim::to_json(replay).dump();
}

}  // namespace sediment::test
