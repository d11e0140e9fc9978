// The application as a person uses it, on a screen in memory: every key and every button, and then ten thousand of them
// at random.
#include "viz/app/app.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/base/random.h"
#include "sim/run/scenario.h"
#include "tests/support/coverage.h"
#include "tests/support/store_helpers.h"
#include "tests/viz/app_fixture.h"
#include "viz/draw/named_items.h"
#include "viz/platform/headless.h"

namespace sediment::test {
namespace {

using nlohmann::json;
using viz::App;
using viz::HeadlessScreen;
using viz::Key;

class AppTest : public AppFixture {
 protected:
  void open_empty_store() {
    open({});
    screen_.press(*app_, Key::kEnd);
  }
  void open_tour() { open({.texts = {std::string(SEDIMENT_SOURCE_DIR) + "/README.md"}}); }
  /// Types a line into the operation bar, then leaves it.
  void type(const std::string& text) {
    ASSERT_TRUE(screen_.click(*app_, "operation.text"));
    screen_.type(*app_, text);
    screen_.press(*app_, Key::kEnter);
    screen_.press(*app_, Key::kEscape);
    settle();
  }
};

TEST_F(AppTest, PerformsWhatIsTyped) {
  open_empty_store();
  type("put sky light blue");
  EXPECT_EQ(state()["step"], "put sky light blue");
  EXPECT_EQ(state()["live"], 1);
  EXPECT_EQ(state()["segments"][0]["records"], 1);
  EXPECT_EQ(state()["position"], state()["entries"]);
  type("get sky");
  EXPECT_EQ(state()["lookup"]["answer"], "\"light blue\"");
  type("del sky");
  EXPECT_EQ(state()["live"], 0);
}

TEST_F(AppTest, SaysWhatIsWrongWithWhatIsTyped) {
  open_empty_store();
  const json before = state();
  type("fly away");
  EXPECT_NE(state()["message"].get<std::string>().find("there is no operation \"fly\""), std::string::npos);
  type("put onlyakey");
  EXPECT_NE(state()["message"].get<std::string>().find("too few"), std::string::npos);
  type("recover");
  EXPECT_NE(state()["message"].get<std::string>().find("no crash"), std::string::npos);
  EXPECT_EQ(state()["entries"], before["entries"]);
}

TEST_F(AppTest, HasAButtonForEachOperation) {
  open_empty_store();
  EXPECT_TRUE(click("operation.Put"));
  EXPECT_TRUE(click("operation.Get"));
  EXPECT_EQ(state()["lookup"]["asked"], 1);
  EXPECT_TRUE(click("operation.Roll"));
  EXPECT_EQ(state()["segments"].size(), 2U);
  EXPECT_TRUE(click("operation.Remove"));
  EXPECT_EQ(state()["live"], 0);
  EXPECT_TRUE(click("operation.Sync"));
  EXPECT_EQ(state()["segments"][0]["durable"], state()["segments"][0]["written"]);
  EXPECT_TRUE(click("operation.Put"));
  EXPECT_TRUE(click("operation.Merge"));
  EXPECT_EQ(state()["merge"]["phase"], "over");
  EXPECT_GT(state()["merge"]["dropped"], 0);
  EXPECT_FALSE(click("operation.Recover")) << "there is nothing to recover from";
  EXPECT_TRUE(click("operation.?"));
  EXPECT_EQ(state()["help"], true);
}

TEST_F(AppTest, CrashesFromTheMenuAndRecovers) {
  open_steps({"put a 1", "sync", "put b 2"});
  screen_.press(*app_, Key::kEnd);
  ASSERT_TRUE(click("operation.Crash …"));
  ASSERT_TRUE(click("crash.torn-byte"));
  EXPECT_EQ(state()["store"], "crashed");
  EXPECT_EQ(state()["lost"], 1);
  EXPECT_EQ(state()["segments"][0]["torn"], 1);
  EXPECT_FALSE(click("operation.Put")) << "a crashed store takes no writes";
  EXPECT_TRUE(click("operation.Recover"));
  EXPECT_EQ(state()["store"], "open");
  EXPECT_EQ(state()["live"], 1);
}

TEST_F(AppTest, StepsForwardAndBackWithTheKeys) {
  open_steps({"put a 1", "put b 2"});
  press(Key::kHome);
  EXPECT_EQ(state()["position"], 0);
  press(Key::kRight);
  EXPECT_EQ(state()["position"], 1);
  press(Key::kRight);
  press(Key::kRight);
  press(Key::kLeft);
  EXPECT_EQ(state()["position"], 2);
  press(Key::kRight, true);
  const auto first_put = state()["position"].get<std::size_t>();
  press(Key::kRight, true);
  EXPECT_EQ(state()["step"], "put a 1");
  press(Key::kLeft, true);
  EXPECT_EQ(state()["position"], first_put);
  press(Key::kEnd);
  EXPECT_EQ(state()["position"], state()["entries"]);
}

TEST_F(AppTest, ForksWhenSomethingIsDoneInThePastAndReturns) {
  open_steps({"put a 1", "put b 2", "put c 3"});
  press(Key::kHome);
  for (int i = 0; i < 3; ++i) press(Key::kRight, true);
  EXPECT_EQ(state()["live"], 2);
  const json left = state();
  type("put d 4");
  EXPECT_EQ(state()["live"], 3);
  EXPECT_EQ(state()["branches_left"], 1);
  EXPECT_EQ(state()["position"], state()["entries"]);
  ASSERT_TRUE(click("return"));
  EXPECT_EQ(state()["branches_left"], 0);
  EXPECT_EQ(state()["entries"], left["entries"]);
  EXPECT_EQ(state()["position"], left["position"]);
  EXPECT_EQ(state()["live"], 2);
}

TEST_F(AppTest, CrashesInTheMiddleOfAMergeWithTheKeys) {
  open_steps({"put a 1", "roll", "put a 2", "put b 1", "roll", "merge begin"});
  press(Key::kEnd);
  press(Key::kM);
  press(Key::kM);
  EXPECT_EQ(state()["merge"]["phase"], "copying");
  EXPECT_EQ(state()["merge"]["dropped"], 1);
  EXPECT_EQ(state()["merge"]["kept"], 1);
  press(Key::kC);
  EXPECT_EQ(state()["store"], "crashed");
  press(Key::kR);
  EXPECT_EQ(state()["store"], "open");
  EXPECT_EQ(state()["live"], 2);
}

TEST_F(AppTest, AnInvisibleLetterIsNotACommand) {
  open_steps({"put a 1"});
  press(Key::kEnd);
  const json before = state();
  ASSERT_TRUE(screen_.click(*app_, "operation.text"));
  for (const Key key : {Key::kC, Key::kF, Key::kM, Key::kSpace}) screen_.press(*app_, key);
  EXPECT_EQ(state()["entries"], before["entries"]) << "keys go to the line while it is being edited";
}

TEST_F(AppTest, ScrubsWithTheMouse) {
  open_tour();
  screen_.drag(*app_, "scrubber", 0.1F, 0.6F);
  EXPECT_NEAR(state()["time"].get<double>() / state()["duration"].get<double>(), 0.6, 0.01);
  screen_.drag(*app_, "scrubber", 0.6F, 0.2F);
  EXPECT_NEAR(state()["time"].get<double>() / state()["duration"].get<double>(), 0.2, 0.01);
}

TEST_F(AppTest, RefusesAMissingOrTooShortFile) {
  EXPECT_TRUE(has_code(App::open({.scenario = "/nowhere.json"}, screen_.fonts()), StatusCode::kNotFound));
  EXPECT_TRUE(has_code(App::open({.trace = "/nowhere.jsonl"}, screen_.fonts()), StatusCode::kNotFound));
  EXPECT_TRUE(has_code(App::open({.texts = {"/nowhere.txt"}}, screen_.fonts()), StatusCode::kNotFound));
  const std::string path = directory_.path() / "short.txt";
  std::ofstream(path) << "only four words here";
  const auto tour = App::open({.texts = {path}}, screen_.fonts());
  EXPECT_TRUE(has_code(tour, StatusCode::kInvalidArgument));
  EXPECT_NE(tour.status().to_string().find("4 words"), std::string::npos);
}

// Anything that keyboard and mouse can do, at random, anywhere.
class Monkey {
 public:
  Monkey(App& app, HeadlessScreen& screen, Coverage& coverage)
      : app_(app), screen_(screen), coverage_(coverage), random_(7) {}

  void act() {
    switch (random_.below(8)) {
      case 0:
      case 1: press_a_key(); break;
      case 2:
      case 3: click_something(); break;
      case 4: type_something(); break;
      case 5: click_anywhere(); break;
      case 6: drag_the_scrubber(); break;
      default: roll_the_wheel();
    }
  }

 private:
  void press_a_key() {
    static constexpr Key kKeys[] = {Key::kSpace,  Key::kLeft,   Key::kRight,       Key::kHome,        Key::kEnd,
                                    Key::kDigit1, Key::kDigit5, Key::kC,           Key::kR,           Key::kM,
                                    Key::kF,      Key::kSlash,  Key::kEscape,      Key::kEnter,       Key::kTab,
                                    Key::kR,      Key::kM,      Key::kBackspace,   Key::kL,           Key::kT,
                                    Key::kW,      Key::kP,      Key::kUp,          Key::kDown,        Key::kComma,
                                    Key::kPeriod, Key::kPageUp, Key::kLeftBracket, Key::kRightBracket};
    const Key key = kKeys[random_.below(std::size(kKeys))];
    screen_.press(app_, key, random_.below(3) == 0);
    coverage_.count("keys");
  }

  void click_something() {
    const json items = json::parse(viz::named_items().json());
    auto item = items.begin();
    std::advance(item, random_.below(items.size()));
    if (screen_.click(app_, item.key())) coverage_.count("clicks");
  }

  void type_something() {
    static constexpr const char* kTexts[] = {
        "put a 1",    "get a",   "remove a", "sync",      "roll", "merge step",
        "merge",      "recover", "crash",    "close",     "open", "put b 22",
        "merge 1..2", "where a", "%s%n {}",  "put \"\" ", "   ",  "crash torn-byte 000001.log 40",
        "put c 333"};
    if (!screen_.click(app_, "operation.text")) return;
    screen_.type(app_, kTexts[random_.below(std::size(kTexts))]);
    screen_.press(app_, Key::kEnter);
    if (random_.below(2) == 0) screen_.press(app_, Key::kEscape);
    coverage_.count("texts");
  }

  void click_anywhere() {
    const auto x = static_cast<float>(random_.below(1400)) - 50;
    const auto y = static_cast<float>(random_.below(800)) - 50;
    screen_.input().mouse_position({x, y});
    const auto button = static_cast<int>(random_.below(3));
    screen_.input().mouse_button(button, true);
    screen_.run(app_, static_cast<int>(random_.below(3)) + 1);
    screen_.input().mouse_button(button, false);
    screen_.run(app_);
    coverage_.count("clicks-anywhere");
  }

  void drag_the_scrubber() {
    const auto from = static_cast<float>(random_.below(100)) / 100;
    const auto to = static_cast<float>(random_.below(140)) / 100 - 0.2F;
    if (screen_.drag(app_, "scrubber", from, to)) coverage_.count("drags");
  }

  void roll_the_wheel() {
    screen_.input().wheel({0, static_cast<float>(random_.below(7)) - 3});
    screen_.run(app_, static_cast<int>(random_.below(20)), static_cast<double>(random_.below(500)) / 1000);
    coverage_.count("waits");
  }

  App& app_;
  HeadlessScreen& screen_;
  Coverage& coverage_;
  sim::Random random_;
};

TEST_F(AppTest, SurvivesTenThousandRandomEvents) {
  Coverage coverage("app_random_events");
  open_steps({"put a 1", "put b 2", "roll", "put a 3", "remove b", "roll", "merge begin", "merge step"});
  Monkey monkey(*app_, screen_, coverage);
  // What it saves, it saves in a folder of its own.
  const std::filesystem::path before = std::filesystem::current_path();
  const std::filesystem::path own = std::filesystem::canonical(directory_.path());
  std::filesystem::current_path(own);
  for (int i = 0; i < 10'000; ++i) {
    monkey.act();
    json now = state();
    for (int tries = 0; now["dialog"] == true && now["folder"] != own.string(); ++tries) {
      ASSERT_LT(tries, 3);
      screen_.press(*app_, Key::kEscape);
      now = state();
    }
    ASSERT_LE(now["position"], now["entries"]);
    ASSERT_LE(now["time"], now["duration"]);
    if (now["store"] == "crashed") coverage.count("crashed");
    if (now["branches_left"] > 0) coverage.count("forked");
    if (now.contains("merge")) coverage.count("merging");
    if (i % 500 == 0) screen_.draw();
    if (now["layout"] != "learn") coverage.count("other-layouts");
    if (i % 20 == 0) app_->set_layout(viz::LayoutId::kLearn);  // the crash desk is slow
  }
  std::filesystem::current_path(before);
  for (const char* counter : {"keys", "clicks", "texts", "clicks-anywhere", "drags", "waits"}) {
    coverage.require_at_least(counter, 500);
  }
  for (const char* counter : {"crashed", "forked", "merging", "other-layouts"}) coverage.require_at_least(counter, 100);
}

}  // namespace
}  // namespace sediment::test
