// The figures of the book: what a description makes, what it may not say, and what the engine answers.
#include "viz/shows/figure.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/sim_helpers.h"
#include "viz/app/app.h"
#include "viz/draw/layout.h"
#include "viz/platform/headless.h"
#include "viz/shows/shows.h"

namespace sediment::test {
namespace {

using nlohmann::json;
using viz::App;
using viz::Figure;
using viz::HeadlessScreen;
using viz::Key;

Figure figure_of(const json& description) { return must(viz::make_figure(description.dump())); }

std::string answer_to(const std::string& question, const std::string& steps, json more = json::object()) {
  more["steps"] = steps;
  more["answer"] = question;
  return must(viz::answer_of_figure(more.dump()));
}

// ---- what it makes

TEST(Figures, APartOfAShowBeginsAndEndsWithItsChapters) {
  const Figure part = figure_of({{"show", "torn-tail"},
                                 {"from", "The power fails during the write"},
                                 {"to", "A torn tail"},
                                 {"hero", "Recovery"}});
  const std::vector<viz::Chapter>& chapters = part.session->chapters();
  EXPECT_EQ(part.from, part.session->begin_of(chapters.at(2)));
  EXPECT_EQ(part.to, part.session->begin_of(chapters.at(4)));
  EXPECT_EQ(part.at, part.from);
  EXPECT_EQ(part.hero, "Recovery");
  const Figure last = figure_of({{"show", "torn-tail"}, {"from", "In one sentence"}});
  EXPECT_EQ(last.to, last.session->pace().duration());
  const Figure whole = figure_of({{"show", "torn-tail"}, {"hero", "stage"}});
  EXPECT_EQ(whole.from, 0);
  EXPECT_EQ(whole.hero, "");
}

TEST(Figures, OperationsAreRunAsTheyAreTyped) {
  const Figure run = figure_of({{"steps", "put \"a;b\" 1; set rain 12 mm;; sync;\n crash; recover; get rain"},
                                {"start", "2"},
                                {"segment", "512"},
                                {"sync", "every-write"},
                                {"without", "log-sync,directory-sync"},
                                {"seed", "7"},
                                {"reserve", "off"}});
  const sim::Scenario scenario = must(run.session->as_scenario());
  ASSERT_EQ(scenario.steps.size(), 6U);
  EXPECT_EQ(scenario.steps[0], (sim::Step{"put", "a;b", "1"}));
  EXPECT_EQ(scenario.steps[1], (sim::Step{"put", "rain", "12 mm"}));
  EXPECT_EQ(scenario.steps[3], (sim::Step{"crash", "lose-unsynced"}));
  EXPECT_EQ(scenario.segment_size, 512U);
  EXPECT_EQ(scenario.sync, SyncPolicy::kEveryWrite);
  EXPECT_EQ(scenario.without.size(), 2U);
  EXPECT_EQ(scenario.seed, 7U);
  EXPECT_FALSE(scenario.reserve_space);
  EXPECT_LT(run.from, run.at);
  EXPECT_LT(run.at, run.to);
  EXPECT_EQ(run.to, run.session->pace().duration());
  EXPECT_EQ(figure_of({{"steps", "put a 1"}, {"store", "text-log"}}).session->format(), viz::StoreFormat::kTextLog);
}

TEST(Figures, ALinkMakesTheSameTrace) {
  for (const json& description :
       {json{{"steps", "put a 1; put \"\" \"b c\"; crash torn-byte 000001.log 70; recover; get a"}},
        json{{"show", "torn-tail"}}, json{{"show", "merge"}}, json{{"steps", "put a 1"}, {"store", "text-log"}}}) {
    const Figure first = figure_of(description);
    const std::string link = viz::describe_figure(must(first.session->as_scenario()), 5);
    const Figure again = must(viz::make_figure(link));
    EXPECT_EQ(again.session->timeline().trace(), first.session->timeline().trace()) << link.substr(0, 300);
    EXPECT_EQ(again.at, again.session->pace().end_of(5));
  }
}

TEST(Figures, TheEngineAnswers) {
  const std::string steps = "put rain 12mm; put wind 40kmh; put rain 3mm; roll; sync; put storm x; crash; recover";
  const std::pair<const char*, const char*> table[] = {
      {"get rain", "3mm"}, {"get storm", "not found"}, {"segments", "2"}, {"open", "opens"},
      {"records", "3"},    {"asked rain", "2"},        {"files", "3"},    {"asked nothing", "2"}};
  for (const auto& [question, answer] : table) EXPECT_EQ(answer_to(question, steps), answer) << question;
  EXPECT_EQ(answer_to("open", "put a 1; sync; crash"), "opens") << "it recovers first";
  const std::string rot = "put a 1; sync; roll; close; crash bit-rot 000001.log 56 0; recover";
  EXPECT_EQ(answer_to("get a", rot), "an error");
  EXPECT_EQ(answer_to("open", rot), "refuses");
  EXPECT_EQ(answer_to("get a", rot, {{"snapshots", "on"}}), "an error") << "it opens, and the record is read then";
  EXPECT_EQ(answer_to("size 000001.log", "put a 1"), "64");
  EXPECT_EQ(answer_to("get a", "put a 1; put a 2", {{"store", "text-log"}}), "2");
}

// ---- what it may not say

TEST(Figures, WhatMakesNoSenseIsNamed) {
  const std::pair<const char*, const char*> table[] = {
      {"", "JSON"},
      {"[]", "a JSON object"},
      {"{\"steps\":1}", "\"steps\" of a figure is not a text"},
      {"{\"stepz\":\"put a 1\"}", "a figure has no \"stepz\"; it has show"},
      {"{\"show\":\"nothing\"}", "there is no show \"nothing\"; there are: "},
      {"{\"show\":\"merge\",\"from\":\"nothing\"}", "has no chapter \"nothing\"; it has \""},
      {"{\"show\":\"torn-tail\",\"from\":\"A torn tail\",\"to\":\"What a record holds\"}", "ends before it begins"},
      {"{\"show\":\"merge\",\"to\":\"x\"}", "\"to\" of a figure needs \"from\""},
      {"{\"show\":\"merge\",\"steps\":\"put a 1\"}", "\"steps\" of a figure does not go with \"show\""},
      {"{\"steps\":\"put a 1\",\"from\":\"x\"}", "\"from\" of a figure needs \"show\""},
      {"{\"steps\":\"put a 1; fly\"}", "step 2, \"fly\": there is no operation \"fly\""},
      {"{\"steps\":\"put a 1; crash nothing\"}", "step 2, \"crash nothing\": "},
      {"{\"steps\":\"recover\"}", "step 1, \"recover\": "},
      {"{\"steps\":\"put \\\"a 1\"}", "step 1"},
      {"{\"steps\":\"put a 1\",\"start\":\"2\"}", "\"start\" of a figure is a number from 0 to 1"},
      {"{\"steps\":\"put a 1\",\"segment\":\"9\"}", "\"segment\" of a figure is a number from 64"},
      {"{\"steps\":\"put a 1\",\"sync\":\"yes\"}", "\"sync\" of a figure is \"every-write\" or \"never\""},
      {"{\"steps\":\"put a 1\",\"without\":\"luck\"}", "names no guarantee \"luck\""},
      {"{\"steps\":\"put a 1\",\"at\":\"99999\"}", "\"at\" of a figure is a number"},
  };
  for (const auto& [description, said] : table) {
    const Result<Figure> figure = viz::make_figure(description);
    ASSERT_FALSE(figure.ok()) << description;
    EXPECT_NE(figure.status().message().find(said), std::string::npos)
        << description << ": " << figure.status().message();
  }
  EXPECT_FALSE(viz::answer_of_figure("{\"steps\":\"put a 1\",\"answer\":\"why\"}").ok());
  EXPECT_FALSE(viz::answer_of_figure("{\"steps\":\"put a 1\"}").ok());
  EXPECT_FALSE(viz::answer_of_figure("{\"steps\":\"put a 1\",\"answer\":\"size 000009.log\"}").ok());
}

// ---- in a page

class ShownFigure {
 public:
  explicit ShownFigure(const json& description, int width = 1400, int height = 800)
      : screen_(width, height, 2), app_(must(App::open(figure_of(description), screen_.fonts()))) {}
  ShownFigure(const ShownFigure&) = delete;
  ShownFigure& operator=(const ShownFigure&) = delete;

  App& app() { return *app_; }
  json state() { return json::parse(app_->state_json()); }
  void run(double seconds) { screen_.run(*app_, static_cast<int>(seconds / HeadlessScreen::kFrameSeconds)); }

 private:
  HeadlessScreen screen_;
  std::unique_ptr<App> app_;
};

TEST(Figures, AReaderStepsBackAndForwardAndPlaysToTheEnd) {
  ShownFigure figure({{"steps", "put a 1; sync; put b 2"}, {"start", "1"}, {"hero", "Index"}});
  figure.run(0.2);
  EXPECT_EQ(figure.state()["layout"], "figure");
  EXPECT_EQ(figure.state()["panels"], json::parse(R"([{"title":"Index","focus":false}])"));
  const double begin = figure.app().range().now;
  figure.app().step(true);
  EXPECT_GT(figure.app().range().now, begin);
  figure.app().step(false);
  EXPECT_DOUBLE_EQ(figure.app().range().now, begin);
  for (int i = 0; i < 5; ++i) figure.app().step(false);
  EXPECT_DOUBLE_EQ(figure.app().range().now, figure.app().range().from) << "not before its beginning";
  figure.app().play();
  EXPECT_TRUE(figure.app().playing());
  figure.run(30);
  EXPECT_FALSE(figure.app().playing());
  EXPECT_FALSE(figure.app().animating()) << "a page where nothing moves draws nothing";
  EXPECT_DOUBLE_EQ(figure.app().range().now, figure.app().range().to);
  EXPECT_EQ(figure.state()["live"], 2);
  figure.app().play();
  EXPECT_LT(figure.app().range().now, 1.0 + figure.app().range().from) << "it plays again from its beginning";
}

TEST(Figures, APartOfAShowEndsThereUntilTheReaderGoesOn) {
  ShownFigure figure({{"show", "torn-tail"}, {"from", "Two writes are synced, a third is not"}});
  figure.app().play();
  figure.run(60);
  EXPECT_DOUBLE_EQ(figure.app().range().now, figure.app().range().to);
  EXPECT_EQ(figure.state()["store"], "open");
  EXPECT_FALSE(figure.state().contains("question")) << "the page asks, not the figure";
  EXPECT_EQ(figure.app().perform("crash"), "");
  figure.run(20);
  EXPECT_EQ(figure.state()["store"], "crashed");
  EXPECT_NE(figure.app().perform("put a 1"), "") << "a crashed store takes no writes";
  EXPECT_EQ(figure.app().perform("recover"), "");
  figure.run(60);
  EXPECT_EQ(figure.state()["store"], "open");
  EXPECT_NE(figure.app().perform("fly"), "");
}

// Keys are pressed in a figure by a reader who knows none of the application's.
TEST(Figures, KeysOfTheApplicationDoNothingInAFigure) {
  const json part{{"show", "torn-tail"}, {"from", "The power fails during the write"}, {"to", "A torn tail"}};
  HeadlessScreen screen(1400, 800, 2);
  const std::unique_ptr<App> app = must(App::open(figure_of(part), screen.fonts()));
  screen.run(*app, 5);
  const auto state = [&] { return json::parse(app->state_json()); };
  const auto press_with_control = [&](Key key) {
    screen.input().key(static_cast<int>(Key::kLeftControl), true);
    screen.press(*app, key);
    screen.input().key(static_cast<int>(Key::kLeftControl), false);
    screen.run(*app, 2);
  };
  const json before = state();
  for (const Key key :
       {Key::kL,     Key::kV,      Key::kT,  Key::kA,        Key::kP,           Key::kF,     Key::kC,     Key::kR,
        Key::kM,     Key::kB,      Key::kN,  Key::kZ,        Key::kW,           Key::kSlash, Key::kEqual, Key::kMinus,
        Key::kEnter, Key::kEscape, Key::kUp, Key::kPageDown, Key::kLeftBracket, Key::kPeriod}) {
    screen.press(*app, key);
    EXPECT_EQ(state(), before) << static_cast<int>(key);
  }
  for (const char sign : {'?', '+', '-', '1', '[', '.'}) {
    screen.type(*app, std::string(1, sign));
    EXPECT_EQ(state(), before) << sign;
  }
  for (const Key key : {Key::kO, Key::kS, Key::kZ, Key::kEqual}) {
    press_with_control(key);
    EXPECT_EQ(state(), before) << "with Ctrl: " << static_cast<int>(key);
  }
}

TEST(Figures, KeysMoveBetweenTheBeginningAndTheEndOfAFigure) {
  const json part{{"show", "torn-tail"}, {"from", "The power fails during the write"}, {"to", "A torn tail"}};
  HeadlessScreen screen(1400, 800, 2);
  const std::unique_ptr<App> app = must(App::open(figure_of(part), screen.fonts()));
  const App::Range range = app->range();
  screen.press(*app, Key::kEnd);
  EXPECT_DOUBLE_EQ(app->range().now, range.to);
  screen.press(*app, Key::kRight);
  screen.run(*app, 60);
  EXPECT_DOUBLE_EQ(app->range().now, range.to) << "not beyond its end";
  screen.press(*app, Key::kHome);
  EXPECT_DOUBLE_EQ(app->range().now, range.from);
  screen.press(*app, Key::kLeft);
  screen.press(*app, Key::kLeft, true);
  EXPECT_DOUBLE_EQ(app->range().now, range.from) << "not before its beginning";
  screen.press(*app, Key::kRight, true);
  EXPECT_GT(app->range().now, range.from);
  screen.press(*app, Key::kSpace);
  EXPECT_TRUE(app->playing());
  screen.run(*app, 3000);
  EXPECT_FALSE(app->playing());
  EXPECT_DOUBLE_EQ(app->range().now, range.to);
}

TEST(Figures, AFlippedBitIsFoundByTheNextOpen) {
  ShownFigure figure(json{{"steps", "put rain 12mm; sync; roll"}});
  EXPECT_EQ(figure.app().flip_a_bit(), "");
  EXPECT_EQ(figure.app().perform("recover"), "");
  figure.run(60);
  EXPECT_EQ(figure.state()["store"], "refused");
  ShownFigure empty(json{{"steps", ""}});
  EXPECT_NE(empty.app().flip_a_bit(), "");
}

TEST(Figures, EveryPanelCanBeTheHeroAndOthersAreRefused) {
  for (std::size_t i = 0; i < viz::kPanelCount; ++i) {
    const std::string title(title_of(static_cast<viz::PanelId>(i)));
    EXPECT_EQ(viz::panel_titled(title), static_cast<viz::PanelId>(i));
    ShownFigure figure({{"steps", "put a 1; get a"}, {"hero", title}}, 720, 1000);  // narrow: below the stage
    figure.run(0.2);
    EXPECT_EQ(figure.state()["panels"][0]["title"], title);
  }
  ShownFigure atlas({{"steps", "put a 1; sync"}, {"hero", "Crash atlas"}});
  atlas.run(2);
  EXPECT_GT(atlas.state()["atlas"]["known"], 0);
  const HeadlessScreen screen(400, 300, 1);
  const Result<std::unique_ptr<App>> none = App::open(figure_of({{"steps", ""}, {"hero", "Nothing"}}), screen.fonts());
  ASSERT_FALSE(none.ok());
  EXPECT_NE(none.status().message().find("there are \"stage\""), std::string::npos);
}

// Each show, from its first chapter on, in a page: the numbers of all of its chapters work.
TEST(Figures, EveryChapterOfEveryShowCanBeAFigure) {
  for (const viz::ShowInfo& show : viz::shows()) {
    const std::unique_ptr<viz::Session> session = must(viz::make_show(show.name));
    std::size_t found = 0;
    for (const viz::Chapter& chapter : session->chapters()) {
      const Result<Figure> part = viz::make_figure(json{{"show", show.name}, {"from", chapter.title}}.dump());
      ASSERT_TRUE(part.ok()) << part.status().message();
      EXPECT_LE(part->from, part->to) << show.name << ": " << chapter.title;
      ++found;
    }
    EXPECT_GT(found, 2U) << show.name;
  }
}

}  // namespace
}  // namespace sediment::test
