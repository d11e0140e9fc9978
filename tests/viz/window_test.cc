// The real window: everything that a person does arrives, and the scene is what it should be.
#include "tests/viz/window_fixture.h"

namespace sediment::test {
namespace {

TEST_F(WindowTest, TypedOperationsStepsScrubsForksAndACrashInAMerge) {
  open_window("--empty");
  for (int i = 0; i < 2; ++i) key("equal");  // the fastest speed
  ASSERT_TRUE(becomes("speed", 4));
  key("End");
  ASSERT_TRUE(becomes("store", "open"));

  // Typed.
  type("put sky blue");
  ASSERT_TRUE(becomes("live", 1));
  type("put grass green");
  ASSERT_TRUE(becomes("live", 2));
  type("roll");
  ASSERT_TRUE(becomes("step", "roll"));
  EXPECT_EQ(state()["segments"].size(), 2U);
  type("put sky grey");
  ASSERT_TRUE(becomes("step", "put sky grey"));
  EXPECT_EQ(state()["live"], 2);
  EXPECT_EQ(state()["segments"][1]["superseded"], 1);
  type("get sky");
  ASSERT_TRUE(becomes("outcome", "\"grey\""));
  EXPECT_EQ(state()["lookup"]["asked"], 1);
  type("dance");
  ASSERT_TRUE(wait([&] { return !state()["message"].get<std::string>().empty(); }));
  take_picture("1-typed");

  // One event back and forward again.
  const auto end = state()["entries"].get<std::size_t>();
  key("Left");
  ASSERT_TRUE(becomes("position", end - 1));
  key("Left");
  ASSERT_TRUE(becomes("position", end - 2));
  key("Right");
  ASSERT_TRUE(becomes("position", end - 1));

  // Scrubbing, with the button held.
  move_to("scrubber", 0.9);
  ASSERT_TRUE(run(display() + "xdotool mousedown 1"));
  move_to("scrubber", 0.5);
  ASSERT_TRUE(wait([&] { return at_share(0.5); })) << state();
  take_picture("2-scrubbed");
  move_to("scrubber", 0.25);
  ASSERT_TRUE(wait([&] { return at_share(0.25); })) << state();
  ASSERT_TRUE(run(display() + "xdotool mouseup 1"));

  // A fork: something different happens before the roll.
  key("Home");
  ASSERT_TRUE(becomes("position", 0));
  while (state()["step"] != "put grass green") {
    const json before = state()["position"];
    key("shift+Right");
    ASSERT_TRUE(wait([&] { return state()["position"] != before; }));
  }
  type("remove sky");
  ASSERT_TRUE(becomes("branches_left", 1));
  ASSERT_TRUE(becomes("live", 1));
  EXPECT_EQ(state()["segments"].size(), 1U);
  take_picture("3-forked");
  click("return");
  ASSERT_TRUE(becomes("branches_left", 0));
  EXPECT_EQ(state()["entries"], end);

  // A crash in the middle of a merge, and recovery.
  key("End");
  ASSERT_TRUE(becomes("position", end));
  click("operation.Merge step");
  ASSERT_TRUE(wait([&] { return state()["merge"].is_object(); }));
  ASSERT_TRUE(becomes("step", "merge step"));
  key("m");
  ASSERT_TRUE(wait([&] { return state()["merge"]["kept"] == 1 && state()["playing"] == false; })) << state();
  EXPECT_EQ(state()["merge"]["phase"], "copying");
  take_picture("4-merging");
  key("c");
  ASSERT_TRUE(becomes("store", "crashed"));
  take_picture("5-crashed");
  key("r");
  ASSERT_TRUE(becomes("store", "open"));
  EXPECT_EQ(state()["live"], 2);
  EXPECT_EQ(state()["outcome"].get<std::string>().find("does not open"), std::string::npos);
  take_picture("6-recovered");
}

TEST_F(WindowTest, AQuestionIsAnsweredABitFlippedAndADiskOfTheGridHad) {
  open_window("--show torn-tail --no-play");
  for (int i = 0; i < 2; ++i) key("equal");
  ASSERT_TRUE(becomes("speed", 4));
  key("space");
  ASSERT_TRUE(wait([&] { return state().contains("question") && state()["playing"] == false; }));
  take_picture("question");
  click("answer.1");
  click("answer.2");
  key("Return");
  ASSERT_TRUE(wait([&] { return state()["question"]["revealed"] == true; }));
  EXPECT_EQ(state()["score"]["right"], 1);
  take_picture("answer");
  key("Home");
  ASSERT_TRUE(becomes("position", 0));

  // A crash chosen from the grid, and a torn byte, in the middle of a run.
  for (const char* step : {"open", "put rain 12mm", "put wind 40kmh", "sync", "put storm from-the-north-west"}) {
    key("shift+Right");
    ASSERT_TRUE(becomes("step", step));
  }
  click("view.Crash");
  ASSERT_TRUE(becomes("layout", "crash"));
  ASSERT_TRUE(wait([&] {  // the disks are counted one frame after the layout changes
    const json crashes = state()["crashes"];
    return crashes["disks"] > 4 && crashes["disks"] == crashes["recovered"];
  }));
  EXPECT_EQ(state()["crashes"]["forbidden"], 0);
  key("bracketright");
  for (int i = 0; i < 3; ++i) key("Down");
  ASSERT_TRUE(wait([&] { return state()["crashes"]["chosen"] == 3; }));
  take_picture("crash-desk");
  key("Return");
  ASSERT_TRUE(becomes("store", "crashed"));
  key("r");
  ASSERT_TRUE(becomes("store", "open"));

  // A bit of something durable.
  key("period");
  ASSERT_TRUE(wait([&] { return state().contains("selected"); }));
  click("bit.5");
  ASSERT_TRUE(wait([&] { return state().contains("rot"); }));
  EXPECT_EQ(state()["rot"]["noticed"], true) << state()["rot"];
  EXPECT_EQ(state()["rot"]["wrong"], false);
  take_picture("bit-rot");
}

TEST_F(WindowTest, AFailingRunIsOpenedAtItsStep) {
  const std::string trace = SEDIMENT_SOURCE_DIR "/viz/shows/tombstone_too_early.jsonl";
  open_window("--trace " + trace + " --at failure --layout all --theme light");
  ASSERT_TRUE(becomes("step", "get cat"));
  EXPECT_EQ(state()["theme"], "light");
  click("tab.Twin");
  ASSERT_TRUE(wait([&] { return state()["twin"]["different"] == 1; }));
  take_picture("failing-run");
  key("shift+Left");
  ASSERT_TRUE(becomes("position", 103));
  EXPECT_EQ(state()["twin"]["different"], 1) << "the merge has already lost the tombstone";
}

TEST_F(WindowTest, AStoresDirectoryIsShown) {
  const std::filesystem::path store = std::filesystem::path(::testing::TempDir()) / "sediment-window-store";
  std::filesystem::remove_all(store);
  ASSERT_TRUE(run("printf 'sky\\tblue\\nsun\\tlow\\nsky\\tgrey\\n' | " SEDIMENT_BIN_DIR "/sediment load " +
                  store.string() + " - --format tsv --quiet >/dev/null"));
  open_window("--store " + store.string());
  key("End");
  ASSERT_TRUE(becomes("store", "open"));
  EXPECT_EQ(state()["live"], 2);
  take_picture("store");
  std::filesystem::remove_all(store);
}

TEST_F(WindowTest, LettersAndRecordsBecomeLarger) {
  open_window("--show rotation --no-play");
  key("End");
  ASSERT_TRUE(wait([&] { return state()["position"] == state()["entries"]; }));
  for (int i = 0; i < 5; ++i) key("ctrl+equal");
  ASSERT_TRUE(becomes("text_size", 150));
  take_picture("large-letters");
  key("ctrl+0");
  ASSERT_TRUE(becomes("text_size", 100));
  key("z");
  ASSERT_TRUE(wait([&] { return state()["zoom"]["enlarged"] == 1; }));
  ASSERT_TRUE(run(display() + "xdotool mousemove 400 400 keydown ctrl click 4 keyup ctrl"));
  EXPECT_TRUE(wait([&] { return state()["zoom"]["enlarged"] == 2; })) << state()["zoom"];
  take_picture("large-records");
}

TEST_F(WindowTest, NoKeyIsLostHoweverShortItIsHeld) {
  open_window("--empty");  // at its end
  key("Home");
  ASSERT_TRUE(becomes("position", 0));
  constexpr int kTaps = 12;
  for (int i = 0; i < kTaps; ++i) key("Right");
  EXPECT_TRUE(becomes("position", kTaps));
}

}  // namespace
}  // namespace sediment::test
