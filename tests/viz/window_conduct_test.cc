// What people expect of any window, on the real one: keyboards of several countries, scripts of several alphabets, the
// clipboard, files, a display of 200 %, and menus that close.
#include <nlohmann/json.hpp>

#include "tests/viz/window_fixture.h"

namespace sediment::test {
namespace {

// ---- keyboards

struct Keyboard {
  const char* layout;  // as setxkbmap calls it
  const char* z;       // the key that has a Z printed on it, or the one in its place
  const char* w;
  const char* bracket;
  const char* question = "question";
};
void PrintTo(const Keyboard& keyboard, std::ostream* out) { *out << keyboard.layout; }

class KeyboardTest : public WindowTest, public ::testing::WithParamInterface<Keyboard> {};

TEST_P(KeyboardTest, EachCommandIsWhereItsSignIs) {
  use_keyboard(GetParam().layout);
  open_window("--empty");
  click("operation.Put");
  ASSERT_TRUE(becomes("live", 1));
  const json entries = state()["entries"];

  key(GetParam().question);
  EXPECT_TRUE(becomes("help", true));
  key(GetParam().question);
  EXPECT_TRUE(becomes("help", false));
  key("minus");
  EXPECT_TRUE(becomes("speed", 0.5));
  key("plus");
  EXPECT_TRUE(becomes("speed", 1));
  key("comma");
  EXPECT_TRUE(wait([&] { return state().contains("selected"); })) << state();
  key("Escape");
  EXPECT_TRUE(wait([&] { return !state().contains("selected"); })) << state();
  key(GetParam().bracket);
  EXPECT_TRUE(wait([&] { return state()["panels"][0]["focus"] == true || state()["panels"][1]["focus"] == true; }))
      << state()["panels"];
  key("Escape");
  key(GetParam().w);
  EXPECT_TRUE(becomes("key", "sky"));
  key("ctrl+plus");
  EXPECT_TRUE(becomes("text_size", 110));
  key("ctrl+minus");
  EXPECT_TRUE(becomes("text_size", 100));
  EXPECT_EQ(state()["entries"], entries) << "no key has done what another does on a US keyboard";
  key(std::string("ctrl+") + GetParam().z);
  EXPECT_TRUE(becomes("live", 0));
}

INSTANTIATE_TEST_SUITE_P(, KeyboardTest,
                         ::testing::Values(Keyboard{"us", "z", "w", "bracketleft"},
                                           Keyboard{"fr", "z", "w", "bracketleft"},
                                           Keyboard{"de", "z", "w", "bracketleft"},
                                           Keyboard{"ru", "Cyrillic_ya", "Cyrillic_tse", "Cyrillic_ha"}),
                         [](const auto& tested) { return tested.param.layout; });

// Elsewhere, digits need Shift; a key of that row answers in either way.
TEST_F(WindowTest, ADigitAnswersOnAFrenchKeyboard) {
  use_keyboard("fr");
  open_window("--show torn-tail --no-play");
  for (int i = 0; i < 2; ++i) key("equal");
  ASSERT_TRUE(becomes("speed", 4));
  key("space");
  ASSERT_TRUE(wait([&] { return state().contains("question") && state()["playing"] == false; }));
  key("ampersand");  // the key of the 1
  key("eacute");     // the key of the 2
  key("Return");     // these are all
  ASSERT_TRUE(wait([&] { return state()["question"]["revealed"] == true; }));
  EXPECT_EQ(state()["score"]["right"], 1);
}

TEST_F(WindowTest, TheLineKnowsTheShortcutsOfAFrenchKeyboard) {
  use_keyboard("fr");
  open_window("--empty");
  key("Return");
  ASSERT_TRUE(becomes("editing", true));
  ASSERT_TRUE(run(display() + "xdotool type --delay 15 zz"));
  key("ctrl+a");
  ASSERT_TRUE(run(display() + "xdotool type --delay 15 'put k v'"));
  key("Return");
  EXPECT_TRUE(becomes("step", "put k v"));
}

// ---- scripts

TEST_F(WindowTest, KeysOfOtherAlphabetsAreTyped) {
  use_keyboard("us,ru");
  open_window("--empty");
  type("put небо синее");
  ASSERT_TRUE(becomes("live", 1));
  type("where небо");
  EXPECT_TRUE(becomes("key", "небо"));
  put_on_clipboard("put 天空 ουρανός");
  click("operation.text");
  ASSERT_TRUE(becomes("editing", true));
  key("ctrl+v");
  key("Return");
  ASSERT_TRUE(becomes("live", 2));
  EXPECT_EQ(state()["step"], "put 天空 ουρανός");
  take_picture("scripts");
}

TEST_F(WindowTest, ACharacterThatTheLineCannotHoldIsRefused) {
  open_window("--empty");
  const json entries = state()["entries"];
  put_on_clipboard("put 😀 1");
  click("operation.text");
  ASSERT_TRUE(becomes("editing", true));
  key("ctrl+v");
  key("Return");
  ASSERT_TRUE(wait([&] { return state()["message"] != "" || state()["entries"] != entries; }));
  EXPECT_TRUE(state()["step"] == "put 😀 1" || state()["entries"] == entries) << state();
}

// ---- the clipboard

TEST_F(WindowTest, SeveralPastedLinesRun) {
  open_window("--empty");
  put_on_clipboard("put a 1\nput b \"light blue\"\nget a\n");
  click("operation.text");
  ASSERT_TRUE(becomes("editing", true));
  key("ctrl+v");
  ASSERT_TRUE(becomes("step", "get a"));
  EXPECT_EQ(state()["live"], 2);
  EXPECT_EQ(state()["editing"], false);
}

TEST_F(WindowTest, WhatIsOnTheScreenCanBeCopied) {
  open_window("--empty");
  type("put b \"light blue\"");
  ASSERT_TRUE(becomes("live", 1));
  move_to("scrubber");  // no text is there
  key("ctrl+c");
  ASSERT_TRUE(wait([&] { return state()["notice"] != ""; }));
  EXPECT_EQ(clipboard(), "put b \"light blue\"") << "the record, as it is typed";
  move_to("tab.Merge");
  key("ctrl+c");
  ASSERT_TRUE(becomes("notice", "copied: Merge"));
  EXPECT_EQ(clipboard(), "Merge");
  right_click("tab.Lookup");
  ASSERT_TRUE(appears("copy.2"));
  take_picture("copy-menu");
  click("copy.1");
  ASSERT_TRUE(becomes("notice", "copied: Lookup"));
  EXPECT_EQ(clipboard(), "Lookup");
  right_click("tab.Lookup");
  ASSERT_TRUE(appears("copy.2"));
  key("Escape");
  EXPECT_TRUE(disappears("copy.2"));
}

// ---- undo

TEST_F(WindowTest, AForkIsUndoneAndRedone) {
  open_window("--empty");
  for (const char* line : {"put a 1", "put b 2"}) type(line);
  ASSERT_TRUE(becomes("live", 2));
  key("shift+Left");
  ASSERT_TRUE(becomes("live", 1));
  key("f");
  ASSERT_TRUE(becomes("branches", 2));
  EXPECT_EQ(state()["branch"], 2);
  key("ctrl+z");
  ASSERT_TRUE(becomes("branch", 1));
  key("ctrl+y");
  ASSERT_TRUE(becomes("branch", 2));
  EXPECT_EQ(state()["live"], 1);
  EXPECT_EQ(state()["branches"], 2);
}

// ---- menus

TEST_F(WindowTest, TheButtonOfAMenuAlsoClosesIt) {
  open_window("--empty");
  const std::pair<const char*, const char*> menus[] = {{"operation.Crash …", "crash.clean-kill"},
                                                       {"operation.Shows …", "show.merge"},
                                                       {"operation.File …", "files.open"}};
  for (const auto& [button, line] : menus) {
    click(button);
    EXPECT_TRUE(appears(line));
    click(button);
    EXPECT_TRUE(disappears(line)) << button;
    click(button);
    EXPECT_TRUE(appears(line)) << button;
    key("Escape");
    EXPECT_TRUE(disappears(line)) << button;
  }
}

// ---- files

TEST_F(WindowTest, ARunIsSavedAndOpenedFromTheMenu) {
  open_window("--empty");
  for (const char* line : {"put a 1", "put b 2", "sync"}) type(line);
  ASSERT_TRUE(becomes("step", "sync"));
  const json entries = state()["entries"];
  const auto save = [&](const char* line, const std::string& name) {
    click("operation.File …");
    ASSERT_TRUE(appears(line));
    click(line);
    ASSERT_TRUE(becomes("dialog", true));
    ASSERT_TRUE(becomes("editing", true));
    key("ctrl+a");
    ASSERT_TRUE(run(display() + "xdotool type --delay 5 '" + (folder() / name).string() + "'"));
    key("Return");
  };
  save("files.save-scenario", "kept");
  ASSERT_TRUE(becomes("notice", "saved as " + (folder() / "kept.json").string()));
  EXPECT_EQ(json::parse(contents_of(folder() / "kept.json"))["steps"], (json{"put a 1", "put b 2", "sync"}));
  save("files.save-trace", "kept.jsonl");
  ASSERT_TRUE(becomes("notice", "saved as " + (folder() / "kept.jsonl").string()));
  save("files.save-picture", "kept.png");
  ASSERT_TRUE(becomes("notice", "saved as " + (folder() / "kept.png").string()));
  EXPECT_TRUE(run("test \"$(identify -format '%wx%h' " + (folder() / "kept.png").string() + ")\" = 1280x720"));

  save("files.save-scenario", "kept.json");
  ASSERT_TRUE(wait([&] { return state()["problem"] != ""; }));
  take_picture("save-again");
  key("Escape");
  ASSERT_TRUE(becomes("dialog", false));

  for (const char* name : {"kept.json", "kept.jsonl"}) {
    key("ctrl+o");
    ASSERT_TRUE(becomes("dialog", true));
    ASSERT_TRUE(becomes("editing", true));
    ASSERT_TRUE(run(display() + "xdotool type --delay 5 '" + (folder() / name).string() + "'"));
    key("Return");
    ASSERT_TRUE(becomes("dialog", false));
    ASSERT_TRUE(becomes("editing", false));
    EXPECT_TRUE(becomes("position", 0));
    EXPECT_EQ(state()["entries"], entries) << name;
  }
  EXPECT_TRUE(wait([&] { return now()["items"]["operation.Put"]["enabled"] == false; })) << "a trace is a recording";
}

// ---- a display of 200 %

class LargeDisplay : public WindowTest {
 protected:
  LargeDisplay() : WindowTest("2560x1440") {}
  double width_of(const std::string& item) {
    const json rect = now()["items"][item]["rect"];
    return rect[2].get<double>() - rect[0].get<double>();
  }
};

TEST_F(LargeDisplay, TheWindowIsTwiceAsLargeAtTwoHundredPercent) {
  ASSERT_TRUE(run(display() + "xprop -root -f RESOURCE_MANAGER 8s -set RESOURCE_MANAGER 'Xft.dpi:\t192\n'"));
  open_window("--empty");
  click("operation.Put");
  ASSERT_TRUE(becomes("live", 1));
  EXPECT_GT(width_of("scrubber"), 1280);
  EXPECT_NEAR(width_of("start"), 60, 2);
  take_picture("200-percent");
}

TEST_F(LargeDisplay, TheWindowHasItsSizeAtOneHundredPercent) {
  open_window("--empty");
  click("operation.Put");
  ASSERT_TRUE(becomes("live", 1));
  EXPECT_NEAR(width_of("start"), 30, 1);
}

}  // namespace
}  // namespace sediment::test
