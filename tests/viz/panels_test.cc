// The panels, the layouts and the themes, used as a person does: with the mouse, and with the keyboard alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "engine/posix/posix_disk.h"
#include "engine/store.h"
#include "sim/run/runner.h"
#include "tests/support/store_helpers.h"
#include "tests/viz/app_fixture.h"
#include "viz/app/app.h"
#include "viz/draw/named_items.h"
#include "viz/draw/theme.h"
#include "viz/panels/colours.h"
#include "viz/platform/headless.h"
#include "viz/shows/shows.h"

namespace sediment::test {
namespace {

using nlohmann::json;
using viz::App;
using viz::HeadlessScreen;
using viz::Key;
using viz::LayoutId;

class PanelsTest : public AppFixture {
 protected:
  void open_end_of(const std::vector<std::string>& steps) {
    open_steps(steps, sim::Snapshots::kOff);
    press(Key::kEnd);
  }
  std::vector<std::string> titles() {
    std::vector<std::string> titles;
    const json panels = state()["panels"];
    for (const json& panel : panels) titles.push_back(panel["title"]);
    return titles;
  }
  std::string focused() {
    const json panels = state()["panels"];
    for (const json& panel : panels) {
      if (panel["focus"] == true) return panel["title"];
    }
    return {};
  }
};

TEST_F(PanelsTest, EveryPanelIsReachedAndDrawnFromTheKeyboard) {
  open_end_of({"put a 1", "put b 2", "roll", "put a 3", "merge begin", "merge step", "merge step"});
  std::set<std::string> seen;
  for (const LayoutId layout : viz::kLayouts) {
    EXPECT_EQ(state()["layout"], name_of(layout));
    for (int i = 0; i < 20; ++i) {
      press(Key::kRightBracket);
      if (focused().empty()) break;
      seen.insert(focused());
      for (const Key key : {Key::kDown, Key::kUp, Key::kPageDown, Key::kPageUp}) press(key);
      screen_.draw();
    }
    EXPECT_EQ(focused(), "") << "after the last panel none has the keyboard";
    press(Key::kLeftBracket);
    EXPECT_NE(focused(), "");
    for (int i = 0; i < 3; ++i) press(Key::kEscape);
    EXPECT_EQ(focused(), "");
    press(layout == LayoutId::kAll ? Key::kV : Key::kL);
  }
  EXPECT_EQ(seen, (std::set<std::string>{"Lookup", "Index", "Merge", "Recovery", "Counters", "What happens", "Code",
                                         "Twin", "Bytes", "Crash desk", "Guarantees", "Policy"}));
}

TEST_F(PanelsTest, ATabFollowsWhatHappensUntilOneIsChosen) {
  open_end_of({"put a 1", "get a"});
  EXPECT_EQ(titles()[0], "Lookup");
  ASSERT_TRUE(click("operation.Put"));
  EXPECT_EQ(titles()[0], "Index");
  ASSERT_TRUE(click("tab.Merge"));
  ASSERT_TRUE(click("operation.Get"));
  EXPECT_EQ(titles()[0], "Merge") << "it was chosen";
}

TEST_F(PanelsTest, ACrashIsChosenFromTheGridAndHappens) {
  open_end_of({"put a 1", "sync", "put b 2"});
  ASSERT_TRUE(click("view.Crash"));
  const json crashes = state()["crashes"];
  EXPECT_GT(crashes["disks"], 2);
  EXPECT_EQ(crashes["recovered"], crashes["disks"]);
  EXPECT_EQ(crashes["forbidden"], 0);
  EXPECT_EQ(crashes["all"].get<int>() + crashes["allowed"].get<int>(), crashes["disks"].get<int>());
  press(Key::kRightBracket);
  ASSERT_EQ(focused(), "Crash desk");
  for (int i = 0; i < 2; ++i) press(Key::kDown);
  EXPECT_EQ(state()["crashes"]["chosen"], 2);
  press(Key::kEnter);
  EXPECT_EQ(state()["store"], "crashed");
  press(Key::kR);
  EXPECT_EQ(state()["store"], "open");
  ASSERT_TRUE(click("tab.Twin"));
  EXPECT_EQ(state()["twin"]["different"], 0);
}

TEST_F(PanelsTest, ChangesOfTheDirectoryAreTickedOneByOne) {
  open_end_of({"put a 1", "roll", "put b 2"});
  ASSERT_TRUE(click("view.Crash"));
  EXPECT_EQ(viz::named_items().find("change.1"), nullptr) << "all changes are synced";
  for (int i = 0; i < 40 && viz::named_items().find("change.2") == nullptr; ++i) press(Key::kLeft);
  ASSERT_NE(viz::named_items().find("change.2"), nullptr) << "MANIFEST.tmp was created and renamed, but nothing synced";
  ASSERT_EQ(state()["crashes"]["choice"], "clean-kill");
  const int disks = state()["crashes"]["disks"];
  ASSERT_TRUE(click("change.2"));
  EXPECT_EQ(state()["crashes"]["choice"], "lost-rename MANIFEST");
  ASSERT_TRUE(click("change.1"));
  const std::string neither = state()["crashes"]["choice"];
  EXPECT_TRUE(neither.starts_with("lose-unsynced")) << neither;
  ASSERT_TRUE(click("change.1"));
  EXPECT_EQ(state()["crashes"]["choice"], "lost-rename MANIFEST");
  EXPECT_EQ(state()["crashes"]["disks"], disks) << "every subset was already in the grid";
  EXPECT_EQ(state()["crashes"]["forbidden"], 0);
  ASSERT_TRUE(click("crash.so"));
  EXPECT_EQ(state()["store"], "crashed");
  press(Key::kR);
  EXPECT_EQ(state()["store"], "open");
}

TEST_F(PanelsTest, ABitIsFlippedAndNoticed) {
  open_end_of({"put sky blue", "roll", "put sun low"});
  ASSERT_TRUE(click("view.Crash"));
  press(Key::kPeriod);  // the oldest segment, its first record
  EXPECT_EQ(state()["selected"]["file"], "000001.log");
  ASSERT_TRUE(click("bit.3"));
  EXPECT_EQ(state()["rot"]["noticed"], true) << state()["rot"];
  EXPECT_EQ(state()["rot"]["wrong"], false);
  EXPECT_NE(state()["rot"]["what"].get<std::string>().find("corrupt"), std::string::npos) << state()["rot"];
  EXPECT_EQ(state()["store"], "open") << "the disk itself is unchanged";
}

TEST_F(PanelsTest, ARecordIsSelectedWithTheMouseAndItsKeyShownEverywhere) {
  open_end_of({"put sky blue", "put sun low", "put sky grey"});
  const viz::NamedItem lane = *viz::named_items().find("lane.000001.log");
  screen_.input().mouse_position({lane.min.x + 150, lane.centre().y});
  screen_.run(*app_, 2);
  screen_.input().mouse_button(0, true);
  screen_.run(*app_, 2);
  screen_.input().mouse_button(0, false);
  screen_.run(*app_, 2);
  EXPECT_EQ(state()["selected"]["offset"], 32);
  press(Key::kW);
  EXPECT_EQ(state()["key"], "sky");
  press(Key::kEscape);
  EXPECT_FALSE(state().contains("selected"));
  EXPECT_EQ(state()["key"], "");
}

TEST_F(PanelsTest, TheSlotOfTheSelectedRecordIsLinkedToItsBytes) {
  open_end_of({"put sky blue", "put sun low"});
  const auto between_memory_and_disk = [&] {
    const float top = viz::named_items().find("index.1")->max.y + 2;
    const float bottom = viz::named_items().find("lane.000001.log")->min.y - 2;
    const std::vector<std::uint32_t>& pixels = screen_.draw().pixels();
    return std::vector<std::uint32_t>(pixels.begin() + static_cast<std::ptrdiff_t>(top) * 1280,
                                      pixels.begin() + static_cast<std::ptrdiff_t>(bottom) * 1280);
  };
  press(Key::kHome);
  press(Key::kEnd);  // nothing is happening any more
  ASSERT_TRUE(click("operation.Sync"));
  const auto without = between_memory_and_disk();
  press(Key::kPeriod);
  ASSERT_TRUE(state().contains("selected"));
  EXPECT_NE(between_memory_and_disk(), without);
  press(Key::kEscape);
  EXPECT_EQ(between_memory_and_disk(), without);
}

TEST_F(PanelsTest, AGrowingIndexGlidesUnlessMotionIsReduced) {
  open_end_of({"put a 1", "put b 2", "put c 3", "put d 4", "put e 5", "put f 6", "put g 7"});
  ASSERT_EQ(titles()[0], "Index");
  const double end = state()["time"];
  const auto pictures = [&] {
    std::set<std::vector<std::uint32_t>> different;
    for (double time = end - 0.8; time <= end; time += 0.1) {
      app_->seek_time(time);
      screen_.run(*app_, 2);
      const viz::NamedItem slots = *viz::named_items().find("index.slots");
      const std::vector<std::uint32_t>& pixels = screen_.draw().pixels();
      std::vector<std::uint32_t> inside;
      for (auto y = static_cast<std::size_t>(slots.min.y); y < static_cast<std::size_t>(slots.max.y); ++y) {
        const auto row = pixels.begin() + static_cast<std::ptrdiff_t>(y * 1280);
        inside.insert(inside.end(), row + static_cast<std::ptrdiff_t>(slots.min.x),
                      row + static_cast<std::ptrdiff_t>(slots.max.x));
      }
      different.insert(std::move(inside));
    }
    return different.size();
  };
  EXPECT_GT(pictures(), 4U);
  app_->reduce_motion(true);
  EXPECT_LE(pictures(), 2U) << "before and after";
}

TEST_F(PanelsTest, ATearIsPlacedByDraggingAlongTheBytes) {
  open_end_of({"put sky blue", "sync", "put sun low"});
  ASSERT_TRUE(click("view.Crash"));
  // From the first byte of the last record to the middle of its second row.
  const viz::NamedItem dump = *viz::named_items().find("bytes.dump");
  EXPECT_EQ(viz::named_items().find("bytes.tear"), nullptr) << "a write that is missing entirely is not torn";
  screen_.input().mouse_position({dump.min.x + 5, dump.min.y + 5});
  screen_.run(*app_, 2);
  screen_.input().mouse_button(0, true);
  screen_.run(*app_, 2);
  EXPECT_EQ(state()["selected"]["offset"], 64);
  screen_.input().mouse_position({dump.centre().x, dump.min.y + 25});
  screen_.run(*app_, 2);
  screen_.input().mouse_button(0, false);
  screen_.run(*app_, 2);
  EXPECT_EQ(state()["selected"]["offset"], 88);
  ASSERT_TRUE(click("bytes.tear"));
  EXPECT_EQ(state()["store"], "crashed");
  EXPECT_EQ(state()["segments"][0]["torn"], 1);
}

TEST_F(PanelsTest, ACrashWithAFlippedBitIsNoticedByRecovery) {
  open_end_of({"put sky blue", "roll", "put sun low"});
  ASSERT_TRUE(click("view.Crash"));
  press(Key::kPeriod);
  ASSERT_TRUE(click("bit.0"));
  ASSERT_TRUE(click("bytes.rot"));
  EXPECT_EQ(state()["store"], "crashed");
  press(Key::kR);
  EXPECT_NE(state()["outcome"].get<std::string>().find("checksum"), std::string::npos) << state()["outcome"];
}

TEST_F(PanelsTest, RunsUntilTheNextMarkAndBetweenBookmarks) {
  open_end_of({"put a 1", "sync", "put b 2", "roll", "put c 3"});
  press(Key::kHome);
  press(Key::kN);
  const int first = state()["position"];
  EXPECT_GT(first, 0);
  ASSERT_TRUE(click("until.roll"));
  EXPECT_EQ(state()["step"], "roll");
  const int roll = state()["position"];
  press(Key::kB);
  screen_.press(*app_, Key::kN, true);
  EXPECT_LT(state()["position"], roll);
  press(Key::kB);
  EXPECT_EQ(state()["bookmarks"].size(), 2U);
  press(Key::kG);
  EXPECT_EQ(state()["position"], roll);
  press(Key::kB);
  EXPECT_EQ(state()["bookmarks"].size(), 1U);
  press(Key::kEnd);
  ASSERT_TRUE(click("until.crash"));
  EXPECT_NE(state()["message"], "");
}

TEST_F(PanelsTest, TwoBranchesAreComparedAtTheirFirstDifference) {
  open_end_of({"put a 1", "put b 2", "put c 3"});
  press(Key::kD);
  EXPECT_NE(state()["message"].get<std::string>().find("one branch"), std::string::npos);
  press(Key::kHome);
  for (int i = 0; i < 2; ++i) screen_.press(*app_, Key::kRight, true);
  const int fork = state()["position"];
  press(Key::kR);
  ASSERT_TRUE(click("operation.Put"));
  EXPECT_EQ(state()["branches_left"], 1);
  press(Key::kD);
  EXPECT_EQ(state()["position"], fork);
  const std::string message = state()["message"];
  EXPECT_NE(message.find("put sky = blue"), std::string::npos) << message;
  EXPECT_NE(message.find("put b = 2"), std::string::npos) << message;
}

TEST_F(PanelsTest, AQuestionStopsTheShowAndIsAnswered) {
  open({.show = "first-append"});
  app_->ask_questions(true);
  press(Key::kSpace);
  ASSERT_TRUE(state().contains("question"));
  const auto first = state()["question"]["text"];
  EXPECT_EQ(state()["question"]["revealed"], false);
  EXPECT_EQ(state()["playing"], false);
  screen_.press(*app_, Key::kDigit1);
  EXPECT_EQ(state()["question"]["revealed"], true);
  EXPECT_EQ(state()["playing"], false) << "the answers stay";
  EXPECT_EQ(state()["score"]["asked"], 1);
  EXPECT_EQ(state()["score"]["right"], 1);
  press(Key::kSpace);
  const auto second = state()["question"]["text"];
  EXPECT_NE(second, first);

  press(Key::kHome);
  press(Key::kSpace);
  EXPECT_EQ(state()["question"]["text"], second) << "each is asked only once";
}

TEST_F(PanelsTest, AWrongAnswerCountsAsOne) {
  open({.show = "overwrite"});
  app_->ask_questions(true);
  press(Key::kSpace);
  ASSERT_TRUE(screen_.click(*app_, "answer.1"));
  EXPECT_EQ(state()["score"]["asked"], 1);
  EXPECT_EQ(state()["score"]["right"], 0);
}

TEST_F(PanelsTest, AShowIsChosenFromTheMenu) {
  open_end_of({"put a 1"});
  ASSERT_TRUE(click("operation.Shows …"));
  ASSERT_TRUE(screen_.click(*app_, "show.lookup"));
  EXPECT_EQ(state()["playing"], true);
  press(Key::kEnd);
  EXPECT_EQ(state()["lookup"]["key"], "ant");
}

TEST_F(PanelsTest, AStoresDirectoryIsShownAndNotTouched) {
  const std::string path = directory_.path() / "store";
  Options options;
  options.segment_size_bytes = 256;
  options.background_merge = false;
  {
    const auto store = must(Store::open(must(open_posix_disk(path, true)), options));
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(is_ok(store->put("key" + std::to_string(i), "value")));
    ASSERT_TRUE(is_ok(store->remove("key3")));
  }
  const auto contents = [&] {
    std::map<std::string, std::string> files;
    for (const auto& file : std::filesystem::directory_iterator(path)) {
      std::ifstream stream(file.path(), std::ios::binary);
      files[file.path().filename()] = std::string(std::istreambuf_iterator<char>(stream), {});
    }
    return files;
  };
  const auto before = contents();
  open({.store = path});
  press(Key::kEnd);
  EXPECT_EQ(state()["store"], "open");
  EXPECT_EQ(state()["live"], 19);
  EXPECT_EQ(contents(), before);

  EXPECT_TRUE(has_code(App::open({.store = directory_.path() / "none"}, screen_.fonts()), StatusCode::kNotFound));
  EXPECT_TRUE(has_code(App::open({.store = directory_.path()}, screen_.fonts()), StatusCode::kInvalidArgument));
  std::ofstream(path + "/MANIFEST", std::ios::binary) << "no manifest";
  open({.store = path});
  press(Key::kEnd);
  EXPECT_NE(state()["outcome"], "ok") << "damage is shown too";
}

TEST_F(PanelsTest, ThousandsOfRecordsAreShownAsABand) {
  const std::string path = directory_.path() / "store";
  {
    const auto store = must(Store::open(must(open_posix_disk(path, true)), Options()));
    for (int i = 0; i < 6000; ++i) ASSERT_TRUE(is_ok(store->put("key" + std::to_string(i % 5000), "value")));
  }
  open({.store = path});
  press(Key::kEnd);
  EXPECT_EQ(state()["live"], 5000);
  EXPECT_EQ(state()["segments"].back()["superseded"], 1000);
  const auto colour_at = [&](const char* item, float right, float down) {
    const viz::NamedItem* area = viz::named_items().find(item);
    const viz::SoftwareRenderer& picture = screen_.draw();
    const auto x = static_cast<int>(area->min.x + (area->max.x - area->min.x) * right);
    const auto y = static_cast<int>(area->min.y + (area->max.y - area->min.y) * down);
    return picture.pixels().at(static_cast<std::size_t>(y) * 1280 + static_cast<std::size_t>(x));
  };
  // The first thousand of six were overwritten, and are grey; the others count, and the newer they are the bluer.
  const auto blueness_at = [&](float right) {
    const std::uint32_t colour = colour_at("lane.000001.log", right, 0.5F);
    return static_cast<int>(colour >> 16 & 0xff) - static_cast<int>(colour & 0xff);
  };
  EXPECT_LT(blueness_at(0.2F), 30);
  EXPECT_GT(blueness_at(0.4F), 60);
  EXPECT_GT(blueness_at(0.9F), blueness_at(0.4F));
  // No comb: pixels side by side are alike, all along what counts.
  for (float right = 0.4F; right < 0.98F; right += 0.001F) {
    EXPECT_NEAR(blueness_at(right), blueness_at(right + 0.001F), 12) << right;
  }
  for (int i = 0; i < 2; ++i) press(Key::kL);
  screen_.draw();
}

TEST_F(PanelsTest, AMergeOfBandsIsAFlow) {
  constexpr int kRecords = 300;  // of each segment, all equally long
  std::vector<std::string> steps;
  for (int i = 0; i < kRecords; ++i) steps.push_back("put key" + std::to_string(100 + i) + " value");
  steps.emplace_back("roll");
  for (int i = 0; i < kRecords; ++i) steps.push_back("put key" + std::to_string(100 + i / 3 * 3) + " value");
  for (const char* const step : {"roll", "merge"}) steps.emplace_back(step);
  open_steps(steps, sim::Snapshots::kOff, 1 << 20);
  const auto item = [](const std::string& name) { return viz::named_items().find(name); };
  const auto width_of = [](const viz::NamedItem* area) { return area == nullptr ? 0 : area->max.x - area->min.x; };
  const auto decided = [&] {
    const json now = state();
    return now.contains("merge") ? now["merge"]["kept"].get<int>() + now["merge"]["dropped"].get<int>() : -1;
  };
  const auto go_to = [&](int decisions) {
    std::size_t first = 0;
    for (std::size_t end = state()["entries"]; first < end;) {
      const std::size_t middle = first + (end - first) / 2;
      app_->seek(middle);
      decided() < decisions ? first = middle + 1 : end = middle;
    }
    app_->seek(first);
    screen_.run(*app_, 2);
    ASSERT_EQ(decided(), decisions);
  };
  const auto brightness_of_read = [&] {
    const viz::NamedItem* lane = item("lane.000001.log");
    const auto x = static_cast<std::size_t>(lane->min.x + 150);
    const auto y = static_cast<std::size_t>(lane->max.y - 10);
    const std::uint32_t colour = screen_.draw().pixels().at(y * 1280 + x);
    return static_cast<int>((colour & 0xff) + (colour >> 8 & 0xff) + (colour >> 16 & 0xff));
  };
  float end = 0;
  for (const int decisions : {100, 200, 450}) {
    SCOPED_TRACE(decisions);
    go_to(decisions);
    const float kept = state()["merge"]["kept"];
    const float dropped = state()["merge"]["dropped"];
    ASSERT_NE(item("merge.kept"), nullptr);
    ASSERT_NE(item("merge.dropped"), nullptr);
    EXPECT_NEAR(width_of(item("merge.kept")) / width_of(item("merge.dropped")), kept / dropped, 0.05);
    EXPECT_GT(item("merge.end")->min.x, end) << "the output grows";
    end = item("merge.end")->min.x;

    // The part of the input that has been read ends where the flow begins.
    const std::string input = decisions > kRecords ? "000002.log" : "000001.log";
    const int read = decisions > kRecords ? decisions - kRecords : decisions;
    const viz::NamedItem* part = item("merge.read." + input);
    ASSERT_NE(part, nullptr);
    const float whole = item("lane." + input)->max.x - part->min.x;
    EXPECT_NEAR(width_of(part) / whole, static_cast<float>(read) / kRecords, 0.02);
    EXPECT_NEAR(item("merge.kept")->centre().x, part->max.x, 1.5);
    EXPECT_GT(item("merge.kept")->max.y, item("lane." + input)->min.y);
    EXPECT_LT(item("merge.kept")->max.y, item("lane." + input)->max.y);
    EXPECT_LE(item("merge.kept")->min.y, item("lane.000004.log")->max.y) << "up to the output";
    EXPECT_GT(item("merge.dropped")->max.y, item("lane." + input)->max.y) << "down";
  }
  const int while_merging = brightness_of_read();
  go_to(0);
  EXPECT_EQ(item("merge.kept"), nullptr);
  EXPECT_LT(while_merging, brightness_of_read() * 3 / 4) << "what has been read is dimmed";

  open_steps({"put a 1", "put a 2", "roll", "merge begin", "merge step"}, sim::Snapshots::kOff);
  press(Key::kEnd);
  ASSERT_TRUE(state().contains("merge"));
  EXPECT_EQ(item("merge.dropped"), nullptr) << "block by block, it needs no flow";
}

TEST_F(PanelsTest, AStageOfManyRecordsIsEnlargedAndScrolled) {
  std::vector<std::string> steps;
  for (int i = 0; i < 400; ++i) steps.push_back("put key" + std::to_string(i) + " value");
  open_end_of(steps);
  const auto lane = [] { return *viz::named_items().find("lane.000001.log"); };
  const auto lane_height = [&] { return lane().max.y - lane().min.y; };
  const float fitting = lane_height();
  ASSERT_GT(lane().min.y, 720) << "there are more segments than fit the stage";
  ASSERT_TRUE(click("stage.larger"));
  for (int i = 0; i < 3; ++i) press(Key::kZ);
  EXPECT_EQ(state()["zoom"]["enlarged"], 4);
  EXPECT_GT(lane_height(), 1.5F * fitting);
  EXPECT_EQ(state()["zoom"]["scroll"], 0) << "the record that was just written is on top";
  press(Key::kPeriod);  // selects the oldest segment, which scrolls into view
  EXPECT_GT(state()["zoom"]["scroll"], 1000);
  EXPECT_LT(lane().min.y, 600);

  // The wheel scrolls, and with Ctrl it makes the records larger or smaller.
  screen_.input().mouse_position({400, 400});
  screen_.run(*app_, 2);
  for (int i = 0; i < 100; ++i) {
    screen_.input().wheel({0, 1});
    screen_.run(*app_);
  }
  EXPECT_EQ(state()["zoom"]["scroll"], 0);
  screen_.input().key(static_cast<int>(Key::kLeftControl), true);
  screen_.run(*app_);
  screen_.input().wheel({0, -1});
  screen_.run(*app_, 2);
  screen_.input().key(static_cast<int>(Key::kLeftControl), false);
  screen_.run(*app_, 2);
  EXPECT_EQ(state()["zoom"]["enlarged"], 3);
  for (int i = 0; i < 3; ++i) screen_.press(*app_, Key::kZ, true);
  settle();
  EXPECT_EQ(state()["zoom"]["enlarged"], 0);
  EXPECT_EQ(lane_height(), fitting);
  for (int i = 0; i < 30; ++i) press(Key::kZ);
  EXPECT_LT(state()["zoom"]["enlarged"], 10) << "no more than the number of sizes";
}

TEST_F(PanelsTest, LettersBecomeLargerAndPanelsGiveWay) {
  open_end_of({"put a 1", "put b 2"});
  const auto press_control = [&](Key key) {
    screen_.input().key(static_cast<int>(Key::kLeftControl), true);
    screen_.run(*app_);
    press(key);
    screen_.input().key(static_cast<int>(Key::kLeftControl), false);
    screen_.run(*app_, 2);
  };
  press_control(Key::kC);
  EXPECT_EQ(state()["store"], "open") << "Ctrl C does not crash the store";
  EXPECT_EQ(titles().size(), 2U);
  for (int i = 0; i < 5; ++i) press_control(Key::kEqual);
  EXPECT_EQ(state()["text_size"], 150);
  EXPECT_FLOAT_EQ(screen_.fonts().scale, 1.5F);
  EXPECT_TRUE(titles().empty()) << "the stage takes all the room";
  screen_.draw();
  press(Key::kRightBracket);
  EXPECT_NE(state()["message"], "");
  ASSERT_TRUE(click("operation.Put")) << "everything else works as before";
  EXPECT_EQ(state()["live"], 3);
  press_control(Key::kMinus);
  EXPECT_EQ(state()["text_size"], 125);
  EXPECT_EQ(titles().size(), 2U);
  press_control(Key::kDigit0);
  EXPECT_EQ(state()["text_size"], 100);
  EXPECT_FLOAT_EQ(screen_.fonts().scale, 1);
  EXPECT_FALSE(app_->set_text_size(101));
}

TEST_F(PanelsTest, AFailingRunIsOpenedAtItsStep) {
  open_end_of({"put a 1"});
  EXPECT_FALSE(app_->seek_failure()) << "nothing fails here";
  const std::string trace = std::string(SEDIMENT_SOURCE_DIR) + "/viz/shows/tombstone_too_early.jsonl";
  open({.trace = trace});
  EXPECT_EQ(state()["position"], 0);
  EXPECT_TRUE(app_->seek_failure());
  settle();
  EXPECT_EQ(state()["step"], "get cat");
  EXPECT_NE(state()["outcome"].get<std::string>().find("tabby"), std::string::npos);
  EXPECT_EQ(state()["lookup"]["asked"], 3);
  app_->set_layout(LayoutId::kAll);
  screen_.run(*app_, 2);
  ASSERT_TRUE(click("tab.Twin"));
  EXPECT_EQ(state()["twin"]["different"], 1) << "the map has no cat";
  EXPECT_FALSE(click("operation.Put")) << "it can only be watched";
  press(Key::kC);
  EXPECT_NE(state()["message"].get<std::string>().find("recorded"), std::string::npos);
}

TEST_F(PanelsTest, BothThemesHaveTheContrastThatTheyPromise) {
  using viz::contrast;
  EXPECT_NEAR(contrast(viz::rgb(0x000000), viz::rgb(0xffffff)), 21, 0.01);
  EXPECT_NEAR(contrast(viz::rgb(0x767676), viz::rgb(0xffffff)), 4.54, 0.01);
  for (const viz::Theme theme : {viz::Theme::kDark, viz::Theme::kLight}) {
    viz::apply_theme(theme, 1);
    const viz::Palette& palette = viz::colours();
    for (const ImU32 ground : {palette.background, palette.panel, palette.raised}) {
      for (const ImU32 text :
           {palette.text, palette.text_muted, palette.accent, palette.good, palette.warning, palette.bad}) {
        EXPECT_GE(contrast(text, ground), 4.5) << std::hex << text << " on " << ground;
      }
      EXPECT_GE(contrast(palette.outline_strong, ground), 3) << std::hex << ground;
    }
    std::set<ImU32> seen;
    for (int i = 0; i < 200; ++i) {
      const std::string key = "key" + std::to_string(i);
      const viz::KeyShades& shades = viz::shades_of(key);
      if (!seen.insert(shades.fill).second) continue;
      EXPECT_GE(contrast(shades.text, shades.fill), 4.5) << key;
      EXPECT_GE(contrast(shades.cached_text, shades.cached_fill), 4.5) << key;
      EXPECT_GE(contrast(shades.old_text, shades.old_fill), 4.5) << key;
      EXPECT_GE(contrast(shades.old_text, shades.old_cached_fill), 4.5) << key;
      EXPECT_GE(contrast(shades.line, palette.panel), 3) << key;
    }
    EXPECT_EQ(seen.size(), 14U) << "every colour was checked";
  }
}

TEST(WindowSizes, OfAnyKindGiveAPicture) {
  for (const auto& [width, height] : {std::pair{200, 200}, {300, 900}, {2000, 200}, {400, 300}, {1280, 720}}) {
    HeadlessScreen screen(width, height);
    const auto app = must(App::open({.show = "crash-in-publish"}, screen.fonts()));
    for (const int percent : viz::kTextSizes) {
      ASSERT_TRUE(app->set_text_size(percent));
      for (const LayoutId layout : viz::kLayouts) {
        app->set_layout(layout);
        for (const double time : {0.0, 30.0, 50.0, 64.0, 90.0}) {
          app->seek_time(time);
          screen.run(*app, 2);
        }
        const std::vector<std::uint32_t>& pixels = screen.draw().pixels();
        EXPECT_EQ(pixels.size(), static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
        EXPECT_NE(std::adjacent_find(pixels.begin(), pixels.end(), std::not_equal_to<>()), pixels.end())
            << "nothing is drawn at " << width << "x" << height << ", " << percent << " %";
      }
    }
  }
}

TEST_F(PanelsTest, AThemeIsChosenWithAKeyOrTheMouse) {
  open_end_of({"put a 1"});
  EXPECT_EQ(state()["theme"], "dark");
  press(Key::kT);
  EXPECT_EQ(state()["theme"], "light");
  ASSERT_TRUE(click("view.Dark"));
  EXPECT_EQ(state()["theme"], "dark");
}

}  // namespace
}  // namespace sediment::test
