// A store that does not open, and one that was only just opened: there is always something to do next.
#include <gtest/gtest.h>

#include <fstream>

#include "engine/posix/posix_disk.h"
#include "engine/store.h"
#include "tests/support/store_helpers.h"
#include "tests/viz/app_fixture.h"
#include "viz/draw/named_items.h"
#include "viz/model/session.h"

namespace sediment::test {
namespace {

using viz::Scene;
using viz::Session;

// Without snapshots the open reads the sealed segment, and finds the damage.
const std::vector<std::string> kRefused = {
    "put a 1", "put b 2", "sync", "roll", "put c 3", "crash bit-rot 000001.log 57 0", "recover"};

std::unique_ptr<Session> refused_session() {
  sim::Scenario scenario;
  scenario.snapshots = sim::Snapshots::kOff;
  for (const std::string& step : kRefused) scenario.steps.push_back(sim::step_of(step));
  std::unique_ptr<Session> session = Session::of_scenario(scenario);
  session->timeline().seek(session->timeline().size());
  return session;
}

class Refused : public ::testing::Test {
 protected:
  Status perform(const std::string& step) {
    Status status = session_->perform(sim::step_of(step));
    if (status.ok()) session_->timeline().seek(session_->timeline().size());
    return status;
  }
  const Scene& now() const { return session_->timeline().scene(); }

  const std::unique_ptr<Session> session_ = refused_session();
};

TEST_F(Refused, SaysSoAndIsNotWrong) {
  EXPECT_EQ(now().store(), Scene::Store::kRefused);
  EXPECT_TRUE(now().outcome_ok());
  EXPECT_FALSE(now().recovery().under_way);
  EXPECT_TRUE(now().twin().crashed()) << "nothing was recovered";
  EXPECT_EQ(now().twin().now().size(), 3U);
  const Status put = perform("put d 4");
  EXPECT_TRUE(has_code(put, StatusCode::kInvalidArgument));
  EXPECT_NE(put.message().find("did not open"), std::string::npos) << put.message();
}

TEST_F(Refused, IsOpenedAgainInEitherWord) {
  for (const char* word : {"open", "recover"}) {
    ASSERT_TRUE(is_ok(perform(word))) << word;
    EXPECT_EQ(now().store(), Scene::Store::kRefused);
    EXPECT_EQ(sim::to_string(now().step()), "recover") << "which is what it is for the run";
    EXPECT_TRUE(now().outcome_ok()) << now().outcome();
  }
  EXPECT_EQ(session_->branches_left(), 0U);
}

TEST_F(Refused, CrashesAgain) {
  ASSERT_TRUE(is_ok(perform("crash lose-unsynced")));
  EXPECT_EQ(now().store(), Scene::Store::kCrashed);
  ASSERT_TRUE(is_ok(perform("open")));
  EXPECT_EQ(now().store(), Scene::Store::kRefused);
  EXPECT_TRUE(now().outcome_ok()) << "the damage is still there: " << now().outcome();
}

TEST_F(Refused, OpensWhenTheSameBitFlipsBack) {
  ASSERT_TRUE(is_ok(perform("crash bit-rot 000001.log 57 0")));
  EXPECT_EQ(now().corrupt_places(), 0U);
  ASSERT_TRUE(is_ok(perform("open")));
  EXPECT_EQ(now().store(), Scene::Store::kOpen);
  EXPECT_EQ(now().answers().found, now().twin().now());
  ASSERT_TRUE(is_ok(perform("put d 4")));
}

TEST_F(Refused, IsUndoneByGoingBack) {
  session_->timeline().seek(session_->timeline().previous_step(session_->timeline().previous_step(now().position())));
  ASSERT_TRUE(is_ok(perform("put d 4")));
  EXPECT_EQ(now().store(), Scene::Store::kOpen);
  EXPECT_EQ(session_->branches_left(), 1U);
}

TEST(StoreHere, IsTheStateAtTheEndOfEachStep) {
  const std::unique_ptr<Session> session = refused_session();
  viz::Timeline& timeline = session->timeline();
  for (std::size_t i = 0; i <= timeline.size(); ++i) {
    timeline.seek(timeline.end_of_step(std::max<std::size_t>(1, i)));
    const Scene::Store at_end = timeline.scene().store();
    timeline.seek(i);
    ASSERT_EQ(session->store_here(), at_end) << i;
  }
}

class RefusedInTheWindow : public AppFixture {
 protected:
  void open_refused() {
    open_steps(kRefused, sim::Snapshots::kOff);
    press(viz::Key::kEnd);
    ASSERT_EQ(state()["store"], "refused");
  }
  void type(const std::string& text) {
    ASSERT_TRUE(screen_.click(*app_, "operation.text"));
    screen_.type(*app_, text);
    screen_.press(*app_, viz::Key::kEnter);
    screen_.press(*app_, viz::Key::kEscape);
    settle();
  }
  static bool shows(const char* item) { return viz::named_items().find(item) != nullptr; }
};

TEST_F(RefusedInTheWindow, HasACardWithAWayOn) {
  open_refused();
  EXPECT_TRUE(shows("refusal"));
  EXPECT_FALSE(click("operation.Put"));
  const int entries = state()["entries"];
  ASSERT_TRUE(click("refusal.open"));
  EXPECT_GT(state()["entries"], entries);
  EXPECT_EQ(state()["store"], "refused");
  ASSERT_TRUE(click("operation.Open"));
  EXPECT_EQ(state()["message"], "");
  type("open");
  EXPECT_EQ(state()["message"], "");
  EXPECT_EQ(state()["branches_left"], 0);
  ASSERT_TRUE(click("refusal.back"));
  EXPECT_EQ(state()["store"], "open");
  EXPECT_FALSE(shows("refusal"));
  ASSERT_TRUE(click("operation.Put"));
  EXPECT_EQ(state()["live"], 4);
}

TEST_F(RefusedInTheWindow, CanBeCrashedAndEdited) {
  open_refused();
  ASSERT_TRUE(click("operation.Crash …"));
  ASSERT_TRUE(click("crash.lose-unsynced"));
  EXPECT_EQ(state()["store"], "crashed");
  press(viz::Key::kR);
  EXPECT_EQ(state()["store"], "refused");
  type("crash bit-rot 000001.log 57 0");
  press(viz::Key::kR);
  EXPECT_EQ(state()["store"], "open");
  EXPECT_EQ(state()["twin"].is_null() ? 0 : state()["twin"]["different"].get<int>(), 0);
}

TEST_F(RefusedInTheWindow, ADirectoryThatIsRefusedHasTheCardToo) {
  const std::string path = directory_.path() / "store";
  {
    const auto store = must(Store::open(must(open_posix_disk(path, true)), Options()));
    ASSERT_TRUE(is_ok(store->put("a", "1")));
  }
  std::ofstream(path + "/MANIFEST", std::ios::binary) << "no manifest";
  open({.store = path});
  press(viz::Key::kEnd);
  EXPECT_EQ(state()["store"], "refused");
  EXPECT_TRUE(shows("refusal"));
  EXPECT_FALSE(shows("refusal.open")) << "it can only be watched";
}

// ---- an empty store

TEST_F(RefusedInTheWindow, AnEmptyStoreIsReadyForTheFirstPut) {
  open({});
  EXPECT_EQ(state()["store"], "open");
  EXPECT_EQ(state()["position"], state()["entries"]);
  ASSERT_TRUE(click("operation.Put"));
  EXPECT_EQ(state()["live"], 1);
  EXPECT_EQ(state()["branches_left"], 0);
}

TEST_F(RefusedInTheWindow, ThereIsNothingToForkBeforeTheFirstOperation) {
  open({});
  press(viz::Key::kHome);
  EXPECT_EQ(state()["position"], 0);
  ASSERT_TRUE(click("operation.Put")) << "the store is opened before anything else happens";
  EXPECT_EQ(state()["live"], 1);
  EXPECT_EQ(state()["branches_left"], 0);
  press(viz::Key::kHome);
  ASSERT_TRUE(click("operation.Put"));
  EXPECT_EQ(state()["live"], 1) << "here the first put is left out";
  EXPECT_EQ(state()["branches_left"], 1);
}

}  // namespace
}  // namespace sediment::test
