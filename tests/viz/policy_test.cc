// The slider of the merge policy: what each rule costs, and that it is moved by the mouse and by keys.
#include <algorithm>

#include "engine/options.h"
#include "tests/viz/app_fixture.h"
#include "viz/model/policy_costs.h"

namespace sediment::test {

namespace {

using viz::Key;
using viz::PolicyCost;

class Policy : public AppFixture {
 protected:
  void open_panel() {
    open({});
    ASSERT_TRUE(click("tab.Policy"));
    ASSERT_TRUE(state().contains("policy"));
  }
  std::size_t rule() { return state()["policy"]["rule"]; }
};

}  // namespace

TEST(PolicyCosts, RarerMergesSaveWritesAndCostSpaceAndReads) {
  const std::vector<PolicyCost> costs = viz::measure_policies();
  ASSERT_EQ(costs.size(), viz::kGrowthFactors.size());
  for (std::size_t i = 1; i < costs.size(); ++i) {
    SCOPED_TRACE(i);
    // Neighbours may cost nearly the same, but never clearly the wrong way round.
    EXPECT_LE(costs[i].write, costs[i - 1].write * 1.02);
    EXPECT_GE(costs[i].space, costs[i - 1].space * 0.98);
    EXPECT_GE(costs[i].read, costs[i - 1].read * 0.98);
  }
  for (const PolicyCost& cost : costs) {
    EXPECT_GE(cost.write, 1);
    EXPECT_GE(cost.space, 1);
    EXPECT_GE(cost.read, 1);
  }
  EXPECT_GT(costs.front().write, costs.back().write * 2);
  EXPECT_GT(costs.back().space, costs.front().space * 2);
  EXPECT_GT(costs.back().read, costs.front().read * 2);
}

TEST(PolicyCosts, TheStoresOwnRuleIsTheDefault) {
  EXPECT_EQ(viz::kGrowthFactors.at(viz::kStoresOwnRule), MergePolicy().growth_factor);
}

TEST_F(Policy, TheSliderIsDragged) {
  open_panel();
  EXPECT_EQ(rule(), viz::kStoresOwnRule);
  EXPECT_EQ(state()["policy"]["rules"], viz::kGrowthFactors.size());
  ASSERT_TRUE(screen_.drag(*app_, "policy.slider", 0.5F, 0.99F));
  EXPECT_EQ(rule(), viz::kGrowthFactors.size() - 1);
  ASSERT_TRUE(screen_.drag(*app_, "policy.slider", 0.5F, 0.01F));
  EXPECT_EQ(rule(), 0U);
}

TEST_F(Policy, TheSliderIsMovedByKeys) {
  open_panel();
  for (int i = 0; i < 20 && state()["panels"][1]["focus"] == false; ++i) screen_.type(*app_, "]");
  ASSERT_EQ(state()["panels"][1]["focus"], true);
  press(Key::kDown);
  EXPECT_EQ(rule(), viz::kStoresOwnRule + 1);
  for (std::size_t i = 0; i < viz::kGrowthFactors.size(); ++i) press(Key::kDown);
  EXPECT_EQ(rule(), viz::kGrowthFactors.size() - 1) << "it stops at the end";
  press(Key::kUp);
  EXPECT_EQ(rule(), viz::kGrowthFactors.size() - 2);
}

}  // namespace sediment::test
