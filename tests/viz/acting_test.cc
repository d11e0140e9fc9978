// How one acts in the window: the line for operations, undo and redo, menus, digits, and what a run that can only be
// watched offers.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "engine/posix/posix_disk.h"
#include "engine/store.h"
#include "tests/support/store_helpers.h"
#include "tests/viz/app_fixture.h"
#include "viz/draw/characters.h"
#include "viz/draw/named_items.h"
#include "viz/model/session.h"
#include "viz/shows/shows.h"

namespace sediment::test {
namespace {

using viz::Key;

class Acting : public AppFixture {
 protected:
  /// Types a line and presses Enter, and nothing else.
  void enter(const std::string& text) {
    ASSERT_TRUE(screen_.click(*app_, "operation.text"));
    screen_.type(*app_, text);
    press(Key::kEnter);
  }
  void press_with_control(Key key, bool shift = false) {
    screen_.input().key(static_cast<int>(Key::kLeftControl), true);
    press(key, shift);
    screen_.input().key(static_cast<int>(Key::kLeftControl), false);
    screen_.run(*app_, 2);
  }
  void paste(const std::string& text) {
    ASSERT_TRUE(screen_.click(*app_, "operation.text"));
    ImGui::SetClipboardText(text.c_str());
    press_with_control(Key::kV);
  }
  std::string message() { return state()["message"]; }
  static bool is_shown(const char* item) { return viz::named_items().find(item) != nullptr; }
  static bool enabled(const char* item) {
    const viz::NamedItem* found = viz::named_items().find(item);
    return found != nullptr && found->enabled;
  }
  std::string make_store() {
    const std::string path = directory_.path() / "store";
    const auto store = must(Store::open(must(open_posix_disk(path, true)), Options()));
    EXPECT_TRUE(is_ok(store->put("a", "1")));
    EXPECT_TRUE(is_ok(store->put("b", "2")));
    return path;
  }
  std::string write(const char* name, const std::string& text) {
    const std::string path = directory_.path() / name;
    std::ofstream(path) << text;
    return path;
  }
};

// ---- the first operation

TEST_F(Acting, TheFirstTypedPutIsNoFork) {
  open({});
  EXPECT_EQ(state()["store"], "open");
  press(Key::kHome);
  enter("put sky blue");
  EXPECT_EQ(state()["live"], 1);
  EXPECT_EQ(state()["branches"], 1);
  EXPECT_FALSE(is_shown("return"));
}

// ---- a run that can only be watched

TEST_F(Acting, AStoreIsShownAsItIsNow) {
  open({.store = make_store()});
  EXPECT_EQ(state()["position"], state()["entries"]);
  EXPECT_EQ(state()["store"], "open");
  EXPECT_EQ(state()["live"], 2);
}

TEST_F(Acting, WhatCanOnlyBeWatchedOffersNoOperations) {
  open({.store = make_store()});
  for (const char* name :
       {"Put", "Get", "Remove", "Sync", "Roll", "Merge", "Merge step", "Crash …", "Recover", "Fork"}) {
    EXPECT_FALSE(enabled((std::string("operation.") + name).c_str())) << name;
  }
  EXPECT_TRUE(enabled("operation.Shows …"));
  app_->set_layout(viz::LayoutId::kCrash);
  settle();
  EXPECT_FALSE(enabled("crash.so"));
  enter("where a");
  EXPECT_EQ(state()["key"], "a") << "to ask where a key is changes nothing";
}

// ---- captions

TEST_F(Acting, TheCaptionOfAShowGivesWayToOperationsOfYourOwn) {
  open({.show = "first-append"});
  press(Key::kEnd);
  EXPECT_NE(state()["chapter"], "");
  enter("put own operation");
  EXPECT_EQ(state()["branches"], 1) << "the show has ended here: nothing is left out";
  EXPECT_EQ(state()["chapter"], "");
  press(Key::kLeft, true);
  EXPECT_NE(state()["chapter"], "") << "this is still the show";
}

TEST_F(Acting, NoCaptionTellsOfWhatAForkLeftOut) {
  open({.show = "first-append"});
  app_->seek_time(app_->duration() / 2);
  screen_.run(*app_, 2);
  ASSERT_NE(state()["chapter"], "");
  press(Key::kF);
  EXPECT_EQ(state()["branches"], 2);
  EXPECT_EQ(state()["chapter"], "");
  ASSERT_TRUE(click("return"));
  EXPECT_NE(state()["chapter"], "");
}

// ---- undo, redo, branches

TEST_F(Acting, UndoAndRedoLoseNothing) {
  open({});
  enter("put a 1");
  enter("put b 2");
  const auto both = state()["entries"];
  press_with_control(Key::kZ);
  EXPECT_EQ(state()["live"], 1);
  press_with_control(Key::kZ);
  EXPECT_EQ(state()["live"], 0);
  press_with_control(Key::kZ);
  EXPECT_NE(message().find("nothing to undo"), std::string::npos) << message();
  press_with_control(Key::kY);
  press_with_control(Key::kZ, true);
  EXPECT_EQ(state()["live"], 2);
  EXPECT_EQ(state()["position"], both);
  press_with_control(Key::kY);
  EXPECT_NE(message().find("nothing to redo"), std::string::npos) << message();
  EXPECT_EQ(state()["branches"], 1);
}

TEST_F(Acting, UndoLeavesAForkAndRedoReturnsToIt) {
  open_steps({"put a 1", "put b 2", "put c 3"});
  press(Key::kHome);
  for (int i = 0; i < 3; ++i) press(Key::kRight, true);
  enter("put d 4");
  EXPECT_EQ(state()["live"], 3);
  press_with_control(Key::kZ);
  EXPECT_EQ(state()["branch"], 1);
  EXPECT_EQ(state()["live"], 2);
  press_with_control(Key::kY);
  EXPECT_EQ(state()["branch"], 2);
  EXPECT_EQ(state()["live"], 3);
  EXPECT_EQ(state()["step"], "put d 4");
}

// A crash inside a step undoes the rest of it. In a fork without the crash, the rest happens again, and takes its time.
TEST_F(Acting, AForkBeforeACrashTakesTheTimeOfWhatTheCrashUndid) {
  open_steps({"put a 1", "roll"});
  const double duration = app_->duration();
  const std::size_t entries = state()["entries"];
  const std::size_t inside = entries - 12;
  app_->seek(inside);
  settle();
  ASSERT_EQ(state()["step"], "roll");
  press(Key::kC);
  ASSERT_EQ(state()["store"], "crashed");
  app_->seek(inside);
  settle();
  press(Key::kF);
  ASSERT_EQ(state()["entries"], entries);
  EXPECT_NEAR(app_->duration(), duration, 1e-6);
}

TEST_F(Acting, AForkThatOneReturnsFromStays) {
  open_steps({"put a 1", "put b 2", "put c 3"});
  press(Key::kHome);
  for (int i = 0; i < 2; ++i) press(Key::kRight, true);
  enter("put d 4");
  EXPECT_EQ(state()["branches"], 2);
  ASSERT_TRUE(click("return"));
  EXPECT_EQ(state()["branches"], 2);
  EXPECT_EQ(state()["branch"], 1);
  enter("put e 5");
  EXPECT_EQ(state()["branches"], 3);
  ASSERT_TRUE(click("branches"));
  ASSERT_TRUE(click("branch.2"));
  EXPECT_EQ(state()["step"], "put d 4");
  EXPECT_EQ(state()["branches_left"], 1);
  ASSERT_TRUE(click("return"));
  EXPECT_EQ(state()["branch"], 1);
}

TEST(Branches, AreKeptAndALimitIsSaid) {
  sim::Scenario scenario;
  scenario.steps = {sim::step_of("put a 1"), sim::step_of("put b 2")};
  const std::unique_ptr<viz::Session> session = viz::Session::of_scenario(scenario);
  std::size_t forks = 0;
  Status refused;
  for (; forks < 1000; ++forks) {
    session->timeline().seek(session->timeline().next_step(session->timeline().next_step(0)));
    refused = session->perform(sim::step_of("put c " + std::to_string(forks)));
    if (!refused.ok()) break;
    session->return_to_branch();
  }
  EXPECT_GT(forks, 12U);
  ASSERT_TRUE(has_code(refused, StatusCode::kInvalidArgument));
  EXPECT_NE(refused.message().find("branches"), std::string::npos) << refused.message();
  EXPECT_EQ(session->branches(), forks + 1);
  session->show_branch(1);
  EXPECT_EQ(
      sim::to_string(
          std::get<sim::InputEntry>(
              session->timeline().trace().entries()[session->timeline().previous_step(session->timeline().size())])
              .step),
      "put c 0")
      << "the oldest is still there";
  session->timeline().seek(session->timeline().size());
  EXPECT_TRUE(is_ok(session->perform(sim::step_of("sync")))) << "at the end of a branch one can always go on";
}

TEST(Branches, KnowTheirNamesOnceTheyAreMade) {
  sim::Scenario scenario;
  scenario.segment_size = 4096;
  for (int i = 0; i < 3000; ++i) scenario.steps.push_back({"put", "key" + std::to_string(i % 7), std::to_string(i)});
  const std::unique_ptr<viz::Session> session = viz::Session::of_scenario(scenario);
  session->timeline().seek(session->timeline().previous_step(session->timeline().size()));
  ASSERT_TRUE(is_ok(session->perform({"put", "own", "1"})));
  const auto seconds_of = [&](int calls) {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < calls; ++i) EXPECT_NE(session->name_of_branch(1).find("put own"), std::string::npos);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  const double first = seconds_of(1);
  EXPECT_LT(seconds_of(1000), 200 * first) << "a menu of 100 branches asks for 100 names in each frame";
  ASSERT_TRUE(is_ok(session->perform({"sync"})));
  EXPECT_EQ(session->name_of_branch(1).find("sync"), std::string::npos) << "its first difference is still the put";
  EXPECT_EQ(session->name_of_branch(0), session->title());
}

TEST(Branches, AreSavedAsScenariosThatGiveTheSameRun) {
  sim::Scenario scenario;
  scenario.steps = {sim::step_of("fail eio-read 1000"), sim::step_of("put a 1"), sim::step_of("put b 2"),
                    sim::step_of("roll")};
  const std::unique_ptr<viz::Session> session = viz::Session::of_scenario(scenario);
  session->timeline().seek(session->timeline().previous_step(session->timeline().size()));
  ASSERT_TRUE(is_ok(session->perform({"put", "c d", ""})));
  ASSERT_EQ(session->branches(), 2U) << "a fork";
  session->timeline().seek(session->timeline().size() - 2);
  ASSERT_TRUE(is_ok(session->perform({"crash", "lose-unsynced"})));
  const sim::Scenario saved = must(session->as_scenario());
  EXPECT_EQ(saved.steps.front(), scenario.steps.front());
  const std::unique_ptr<viz::Session> again = viz::Session::of_scenario(saved);
  EXPECT_TRUE(again->timeline().trace() == session->timeline().trace());
}

// ---- the line

TEST_F(Acting, TheLineGivesTheKeyboardBackAfterAnOperation) {
  open({});
  enter("put a 1");
  EXPECT_EQ(state()["editing"], false);
  press(Key::kC);
  EXPECT_EQ(state()["store"], "crashed");
}

TEST_F(Acting, TheLineKeepsWhatWasRefused) {
  open({});
  enter("ptu a 1");
  EXPECT_EQ(state()["editing"], true);
  EXPECT_NE(message().find("there is no operation \"ptu\""), std::string::npos) << message();
  const auto entries = state()["entries"];
  for (const char* wrong : {"merge setp", "merge begin setp", "merge 1..", "merge step 1..2"}) {
    press(Key::kEscape);
    enter(wrong);
    EXPECT_NE(message().find("merge"), std::string::npos) << wrong << ": " << message();
    EXPECT_EQ(state()["entries"], entries) << wrong;
  }
}

TEST_F(Acting, TheLineKnowsQuotes) {
  open({});
  enter(R"(put "a key" "light  blue")");
  EXPECT_EQ(state()["live"], 1);
  enter(R"(get "a key")");
  EXPECT_EQ(state()["lookup"]["answer"], "\"light  blue\"");
  enter(R"(put q "say \"hi\" \\")");
  enter("get q");
  EXPECT_EQ(state()["lookup"]["answer"], R"("say "hi" \")");
  const auto entries = state()["entries"];
  enter(R"(put "a 1)");
  EXPECT_NE(message().find("quotation mark"), std::string::npos) << message();
  EXPECT_EQ(state()["entries"], entries);
}

TEST_F(Acting, WhatCannotBeDoneNowStaysInTheLineToo) {
  open({});
  enter("recover");
  EXPECT_NE(message(), "");
  EXPECT_EQ(state()["editing"], true);
  screen_.type(*app_, "sync");  // in place of all of it
  press(Key::kEnter);
  EXPECT_EQ(state()["step"], "sync");
}

TEST_F(Acting, AnEmptyValueIsShownAsTwoQuotationMarks) {
  open({});
  enter(R"(put a "")");
  EXPECT_EQ(state()["live"], 1);
  enter("get a");
  EXPECT_EQ(state()["lookup"]["answer"], "\"\"");
}

TEST_F(Acting, TheLineRemembersWhatWasTyped) {
  open({});
  enter("put a 1");
  enter("put b 2");
  ASSERT_TRUE(screen_.click(*app_, "operation.text"));
  press(Key::kUp);
  press(Key::kUp);
  press(Key::kEnter);
  EXPECT_EQ(state()["step"], "put a 1");
  ASSERT_TRUE(screen_.click(*app_, "operation.text"));
  screen_.type(*app_, "get b");
  press(Key::kUp);
  press(Key::kUp);
  press(Key::kDown);
  press(Key::kDown);
  press(Key::kEnter);
  EXPECT_EQ(state()["step"], "get b") << "what was being typed comes back";
}

// ImGui keeps a text's undo steps, and aborts if they no longer fit it.
TEST_F(Acting, UndoInTheLineNeverMeetsAnotherText) {
  open({});
  enter("put apple 1");
  enter("put pear 2");
  ASSERT_TRUE(screen_.click(*app_, "operation.text"));
  for (int i = 0; i < 3; ++i) press_with_control(Key::kZ);
  for (int i = 0; i < 3; ++i) press_with_control(Key::kY);
  press(Key::kEscape);
  EXPECT_EQ(state()["live"], 2) << "in the line it undoes typing, and no operation";
  ASSERT_TRUE(screen_.click(*app_, "operation.text"));
  screen_.type(*app_, "a rather long text that becomes a short one");
  press(Key::kUp);
  for (int i = 0; i < 3; ++i) press_with_control(Key::kZ);
  for (int i = 0; i < 3; ++i) press_with_control(Key::kY);
  press(Key::kDown);
  press_with_control(Key::kZ);
  press(Key::kEscape);
  enter("recover");
  for (int i = 0; i < 3; ++i) press_with_control(Key::kZ);
  press(Key::kEscape);
  ASSERT_TRUE(screen_.click(*app_, "operation.text"));
  paste("sync\nsync\n");
  ASSERT_TRUE(screen_.click(*app_, "operation.text"));
  for (int i = 0; i < 3; ++i) press_with_control(Key::kZ);
  EXPECT_EQ(state()["live"], 2);
}

TEST_F(Acting, WhereSaysIfThereIsNoSuchKey) {
  open({});
  enter("put a 1");
  enter("where nosuch");
  EXPECT_NE(message().find("\"nosuch\""), std::string::npos) << message();
  EXPECT_EQ(state()["key"], "");
  press(Key::kEscape);
  enter("where a");
  EXPECT_EQ(state()["key"], "a");
  EXPECT_EQ(message(), "");
}

TEST_F(Acting, AShowIsOpenedByItsName) {
  open({});
  enter("show nosuch");
  EXPECT_NE(message().find("first-append"), std::string::npos) << "it lists them: " << message();
  press(Key::kEscape);
  enter("show merge");
  EXPECT_EQ(message(), "");
  EXPECT_EQ(state()["entries"], must(viz::make_show("merge"))->timeline().size());
}

TEST_F(Acting, PastedLinesRunOneAfterAnother) {
  open({});
  paste("put a 1\r\n\nput b 2\nget a\n");
  EXPECT_EQ(state()["live"], 2);
  EXPECT_EQ(state()["step"], "get a");
  EXPECT_EQ(state()["branches"], 1);
  EXPECT_EQ(state()["editing"], false);
  paste("put c 3\nptu d 4\nput e 5\n");
  EXPECT_EQ(state()["live"], 3) << "it ends where it makes no sense";
  EXPECT_NE(message().find("line 2"), std::string::npos) << message();
  paste("sync");  // a single line is text as any other
  EXPECT_EQ(state()["editing"], true);
  press(Key::kEnter);
  EXPECT_EQ(state()["step"], "sync");
}

TEST_F(Acting, AnyPastedTextIsTakenOrRefusedInAShortSentence) {
  const std::string long_word(1'000'000, 'x');
  std::string many_lines;
  while (many_lines.size() < 1'000'000) many_lines += "put a 1\n";
  struct Case {
    const char* name;
    std::string text;
    int live;          // records after it and, if the line holds something then, Enter
    const char* said;  // a part of the message; empty: there is none
  };
  const Case kTable[] = {
      {"nothing", "", 0, ""},
      {"newlines", "\n\r\n\n", 0, ""},
      {"a line", "put a 1", 1, ""},
      {"a line that ends", "put a 1\n", 1, ""},
      {"two lines", "put a 1\nput b 2", 2, ""},
      {"two lines of Windows", "put a 1\r\nput b 2\r\n", 2, ""},
      {"old Macintosh lines", "put a 1\rput b 2", 1, ""},
      {"a tab", "put\ta\t1\nput b 2", 2, ""},
      {"a NUL", std::string("put a 1\0put b 2", 15), 1, ""},
      {"an escape sequence", "put \x1b[31mred 1", 1, ""},
      {"escape sequences in lines", "put \x1b[31mred 1\nput \x1b]0;t\x07 2", 2, ""},
      {"control characters", "put \x01\x02\x7f\xc2\x85 1\nput b 2", 2, ""},
      {"what is not UTF-8", "put caf\xe9 1\nput \xff\xfe 2", 2, ""},
      {"half a character", "put caf\xc3\nput b 2", 0, "line 1"},
      {"right to left", "put \xe2\x80\xae \xd7\xa9\nput b 2", 2, ""},
      {"an emoji in lines", "put \xf0\x9f\x98\x80 1\nput b 2", 2, ""},
      {"an open quotation mark", "put \"a 1", 0, "quotation mark"},
      {"an open quotation mark in lines", "put \"a 1\nput b 2", 0, "line 1"},
      {"nonsense", "ptu a 1", 0, "there is no operation"},
      {"a word of 1 MB", long_word, 0, "there is no operation"},
      {"lines of 1 MB each", long_word + "\n" + long_word, 0, "line 1"},
      {"a value of 1 MB", "put a " + long_word + "\nput b 2", 2, ""},
      {"1 MB of lines", many_lines, 0, "lines"},
  };
  for (const Case& each : kTable) {
    SCOPED_TRACE(each.name);
    open({});
    paste(each.text);
    if (state()["editing"] == true) press(Key::kEnter);
    EXPECT_EQ(state()["live"], each.live);
    EXPECT_EQ(message().empty(), std::string(each.said).empty()) << message().substr(0, 300);
    EXPECT_NE(message().find(each.said), std::string::npos) << message().substr(0, 300);
    EXPECT_LT(message().size(), 400U);
    EXPECT_EQ(state()["store"], "open");
  }
}

TEST(TypedLines, AStepIsReadAsItWasWritten) {
  for (const sim::Step& step : {sim::Step{"put", "a key", ""}, sim::Step{"put", "say \"hi\"", "\\"},
                                sim::Step{"remove", "\\\""}, sim::Step{"sync"}}) {
    EXPECT_EQ(must(viz::words_of(viz::as_typed(step))), step) << viz::as_typed(step);
  }
}

// ---- other scripts

TEST_F(Acting, KeysOfOtherScriptsAreShown) {
  open({});
  for (const char* text : {"небо", "ουρανός", "žluťoučký"}) {
    viz::readable(text, screen_.fonts().mono);
    screen_.run(*app_, 1);  // loads their letters
    for (const ImFont* font : {screen_.fonts().mono, screen_.fonts().text, screen_.fonts().title}) {
      EXPECT_EQ(viz::readable(text, font), text);
    }
  }
}

TEST_F(Acting, WhatNoFontHasIsShownAsItsCodePoint) {
  open({});
  EXPECT_EQ(viz::readable("a😀b", screen_.fonts().text), "a[U+1F600]b");
  viz::readable("\u1400\u5929", screen_.fonts().text);
  screen_.run(*app_, 1);
  EXPECT_EQ(viz::readable("\uE000", screen_.fonts().text), "[U+E000]");
  const std::string sky = viz::readable("\u5929", screen_.fonts().text);
  bool has_font = false;
  for (const char* file : {"opentype/noto/NotoSansCJK-Regular.ttc", "truetype/wqy/wqy-microhei.ttc",
                           "truetype/droid/DroidSansFallbackFull.ttf"}) {
    has_font = has_font || std::filesystem::exists(std::string("/usr/share/fonts/") + file);
  }
  EXPECT_EQ(sky, has_font ? "\u5929" : "[U+5929]");
}

TEST(CodePoints, AreRead) {
  const auto read = [](std::string_view text) {
    std::vector<char32_t> points;
    for (std::size_t at = 0; at < text.size();) {
      const viz::CodePoint point = viz::code_point_at(text, at);
      points.push_back(point.value);
      at += point.bytes;
    }
    return points;
  };
  EXPECT_EQ(read("aй天😀"), (std::vector<char32_t>{'a', 0x439, 0x5929, 0x1F600}));
  EXPECT_EQ(read(std::string_view("й", 1)), (std::vector<char32_t>{0xd0})) << "cut off";
  EXPECT_EQ(read("\xd0z\x80"), (std::vector<char32_t>{0xd0, 'z', 0x80})) << "no UTF-8";
}

// ---- files

TEST_F(Acting, ADialogSaysWhatItCannotDo) {
  open({});
  enter("put a 1");
  const auto ask = [&](const char* line) {
    ASSERT_TRUE(click("operation.File …"));
    ASSERT_TRUE(click(line));
    ASSERT_EQ(state()["dialog"], true);
  };
  const auto name = [&](const std::string& text) {
    press_with_control(Key::kA);
    screen_.type(*app_, text);
    press(Key::kEnter);
  };
  ask("files.open");
  name((directory_.path() / "nothing.json").string());
  EXPECT_NE(state()["problem"].get<std::string>().find("nothing.json"), std::string::npos) << state()["problem"];
  EXPECT_EQ(state()["dialog"], true);
  press(Key::kM);
  EXPECT_EQ(state()["step"], "put a 1") << "no key in the dialog is a command";
  ASSERT_TRUE(click("file.cancel"));
  EXPECT_EQ(state()["dialog"], false);

  const std::string kept = write("kept.json", "precious");
  ask("files.save-scenario");
  name(kept);
  EXPECT_NE(state()["problem"].get<std::string>().find("there already"), std::string::npos) << state()["problem"];
  press(Key::kEscape);
  press(Key::kEscape);
  EXPECT_EQ(state()["dialog"], false);
  std::string contents;
  std::getline(std::ifstream(kept) >> std::ws, contents);
  EXPECT_EQ(contents, "precious");

  ask("files.save-scenario");
  name(kept);
  ASSERT_TRUE(click("file.use"));
  EXPECT_EQ(state()["dialog"], false);
  EXPECT_EQ(must(sim::read_scenario(kept)).steps, (std::vector<sim::Step>{{"put", "a", "1"}}));

  ask("files.save-trace");
  name((directory_.path() / "no-folder" / "x").string());
  EXPECT_NE(state()["problem"], "");
  press(Key::kEscape);
  press(Key::kEscape);
  EXPECT_EQ(state()["live"], 1) << "no key in the dialog was a command";
}

TEST_F(Acting, ARecordingIsSavedAsATraceOnly) {
  open({.store = make_store()});
  ASSERT_TRUE(click("operation.File …"));
  EXPECT_FALSE(enabled("files.save-scenario"));
  EXPECT_TRUE(enabled("files.save-trace"));
}

TEST_F(Acting, AFolderIsSearched) {
  const std::string store = make_store();
  write("a.json", R"({"title": "t", "steps": ["put a 1"]})");
  write("b.txt", "");
  open({});
  ASSERT_TRUE(click("operation.File …"));
  ASSERT_TRUE(click("files.open"));
  press_with_control(Key::kA);
  screen_.type(*app_, directory_.path().string());
  press(Key::kEnter);
  ASSERT_TRUE(is_shown("file.store/")) << "a folder that is no store is entered";
  EXPECT_TRUE(is_shown("file.a.json"));
  EXPECT_FALSE(is_shown("file.b.txt"));
  ASSERT_TRUE(click("file.store/"));
  ASSERT_TRUE(click("file.folder"));
  EXPECT_EQ(state()["dialog"], false);
  EXPECT_EQ(state()["live"], 2);
  EXPECT_FALSE(enabled("operation.Put"));
}

// ---- tooltips

TEST_F(Acting, EveryButtonSaysWhatItDoes) {
  open_steps({"put a 1", "put b 2", "roll", "put c 3"});
  press(Key::kEnd);
  press(Key::kF);
  press(Key::kLeft, true);
  press(Key::kF);
  app_->set_layout(viz::LayoutId::kAll);
  settle();
  std::size_t buttons = 0;
  const nlohmann::json items = nlohmann::json::parse(viz::named_items().json());
  for (const auto& [name, item] : items.items()) {
    static constexpr const char* kNoButtons[] = {"operation.text", "scrubber",   "segment.",    "stage.",
                                                 "index.",         "bytes.dump", "crash.disks", "lane."};
    const std::string& named = name;
    const auto begins = [&](const char* no) { return named.starts_with(no); };
    if (std::any_of(std::begin(kNoButtons), std::end(kNoButtons), begins)) continue;
    screen_.input().mouse_position({item["x"], item["y"]});
    screen_.run(*app_, 40);  // newer versions of Dear ImGui wait a moment
    const ImGuiWindow* tooltip = ImGui::FindWindowByName("##Tooltip_00");
    EXPECT_TRUE(tooltip != nullptr && tooltip->Active) << name;
    screen_.input().mouse_position({-1, -1});
    screen_.run(*app_, 2);
    ++buttons;
  }
  EXPECT_GT(buttons, 35U);
}

// ---- menus and digits

TEST_F(Acting, TheButtonOfAMenuAlsoClosesIt) {
  open({});
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(click("operation.Crash …"));
    EXPECT_TRUE(is_shown("crash.clean-kill"));
    ASSERT_TRUE(click("operation.Crash …"));
    EXPECT_FALSE(is_shown("crash.clean-kill"));
  }
}

TEST_F(Acting, LettersWithAltGrAreNoCommands) {
  open({});
  enter("put a 1");
  screen_.input().key(static_cast<int>(Key::kRightAlt), true);
  press(Key::kM);
  screen_.input().key(static_cast<int>(Key::kRightAlt), false);
  screen_.run(*app_, 2);
  EXPECT_EQ(state()["step"], "put a 1");
}

TEST_F(Acting, EscapeClosesAMenu) {
  open({});
  for (const char* menu : {"operation.Crash …", "operation.Shows …"}) {
    const char* item = std::string(menu) == "operation.Crash …" ? "crash.clean-kill" : "show.merge";
    ASSERT_TRUE(click(menu));
    ASSERT_TRUE(is_shown(item));
    press(Key::kEscape);
    EXPECT_FALSE(is_shown(item));
  }
}

TEST_F(Acting, AClickBesideAMenuCounts) {
  open({});
  ASSERT_TRUE(click("operation.Crash …"));
  ASSERT_TRUE(click("operation.Put"));
  EXPECT_FALSE(is_shown("crash.clean-kill"));
  EXPECT_EQ(state()["live"], 1);
}

TEST_F(Acting, DigitsOnlyAnswer) {
  open({});
  press(Key::kDigit5);
  EXPECT_EQ(state()["speed"], 1);
  press(Key::kEqual);
  EXPECT_EQ(state()["speed"], 2);
  press(Key::kEqual);
  press(Key::kEqual);
  EXPECT_EQ(state()["speed"], 4);
  press(Key::kMinus);
  EXPECT_EQ(state()["speed"], 2);
}

// ---- files

TEST_F(Acting, AScenarioWithAnUnknownStepIsRefusedInWords) {
  const std::string path = write("s.json", R"({"title": "t", "steps": ["put a 1", "fly away", "put b 2"]})");
  const auto app = viz::App::open({.scenario = path}, screen_.fonts());
  ASSERT_TRUE(has_code(app, StatusCode::kInvalidArgument));
  EXPECT_NE(app.status().message().find(path + ": step 2: there is no step \"fly away\""), std::string::npos)
      << app.status().message();
}

TEST_F(Acting, NoTextOfALibraryReachesTheUser) {
  for (const char* text : {"{\"title\": ", "{\"title\": fly}", "\"a\xff\"", "[1e999]", "{\"a\": \"\\q\"}", ""}) {
    const auto app = viz::App::open({.scenario = write("s.json", text)}, screen_.fonts());
    ASSERT_TRUE(has_code(app, StatusCode::kInvalidArgument)) << text;
    const std::string said(app.status().message());
    for (const char* word : {"syntax error", "while parsing", "last read", "json.exception", "ill-formed", "<U+"}) {
      EXPECT_EQ(said.find(word), std::string::npos) << said;
    }
    EXPECT_NE(said.find("this is not JSON"), std::string::npos) << said;
  }
}

}  // namespace
}  // namespace sediment::test
