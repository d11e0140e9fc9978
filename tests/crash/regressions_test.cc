// Scenarios that are run as they are: bugs of this store and of others, each with the crash that shows it.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "sim/run/runner.h"
#include "tests/support/violation.h"

namespace sediment::test {
namespace {

const std::filesystem::path kRegressions = std::filesystem::path(SEDIMENT_SOURCE_DIR) / "tests/crash/regressions";

std::vector<std::string> regression_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kRegressions))
    names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

class Regression : public testing::TestWithParam<std::string> {};

TEST_P(Regression, StaysFixed) {
  const auto scenario = sim::read_scenario((kRegressions / (GetParam() + ".json")).string());
  ASSERT_TRUE(scenario.ok()) << scenario.status().to_string();
  const auto expects = [](const sim::Step& step) { return step[0] == "expect" || step[0] == "recover"; };
  ASSERT_TRUE(std::any_of(scenario->steps.begin(), scenario->steps.end(), expects)) << "it checks nothing";
  sim::Runner runner(*scenario);
  const sim::StepReport last = runner.run();
  EXPECT_TRUE(last.passed) << explain_violation("step \"" + sim::to_string(last.step) + "\": " + last.outcome,
                                                *scenario);
}

INSTANTIATE_TEST_SUITE_P(Scenario, Regression, testing::ValuesIn(regression_names()),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace sediment::test
