// The crash atlas, the runs without a guarantee, and the search for the shortest script that loses data.
#include "viz/model/atlas.h"

#include <gtest/gtest.h>

#include "tests/support/store_helpers.h"
#include "tests/viz/app_fixture.h"
#include "viz/draw/layout.h"
#include "viz/draw/named_items.h"
#include "viz/model/script_search.h"
#include "viz/model/session.h"
#include "viz/shows/shows.h"

namespace sediment::test {
namespace {

using viz::Atlas;
using viz::CrashGrid;
using viz::Session;
using Verdict = CrashGrid::Verdict;

constexpr double kAtOnce = 1e9;              // seconds
constexpr std::uint64_t kOneSegment = 8192;  // bytes; so nothing is synced by a roll

Atlas whole_atlas(const Session& session) {
  Atlas atlas;
  atlas.work(session.timeline(), session.scenario(), kAtOnce);
  EXPECT_EQ(atlas.known(), session.timeline().size() + 1);
  return atlas;
}

std::unique_ptr<Session> session_of(const std::vector<std::string>& steps, std::uint64_t segment_size = 256) {
  sim::Scenario scenario;
  scenario.segment_size = segment_size;
  scenario.snapshots = sim::Snapshots::kOff;
  for (const std::string& step : steps) scenario.steps.push_back(sim::step_of(step));
  return Session::of_scenario(scenario);
}

TEST(Atlas, NoCrashInAnyShowBreaksAPromise) {
  std::size_t shows = 0;
  for (const viz::ShowInfo& show : viz::shows()) {
    const std::unique_ptr<Session> session = must(viz::make_show(show.name));
    if (session->is_recorded()) continue;
    ++shows;
    const Atlas atlas = whole_atlas(*session);
    // At its end a bit flips in the last synced record. No store could notice: a promise is broken there.
    const bool is_rot = show.name == "rot-or-tear";
    EXPECT_EQ(atlas.count(Verdict::kForbidden) > 0, is_rot) << show.name;
    EXPECT_EQ(atlas.count(Verdict::kNotYet), 0U) << show.name;
    EXPECT_GT(atlas.count(Verdict::kAll), 0U) << show.name;
    EXPECT_GT(atlas.count(Verdict::kAllowed), 0U) << show.name;
  }
  EXPECT_GE(shows, 16U);
}

TEST(Atlas, AColumnIsTheCrashGridOfItsMoment) {
  const auto session =
      session_of({"put a 1", "put b 2", "sync", "roll", "put a 3", "merge", "crash lose-unsynced", "recover"});
  const Atlas atlas = whole_atlas(*session);
  viz::Timeline& timeline = session->timeline();
  std::size_t disks = 0;
  std::size_t without_disks = 0;
  for (std::size_t i = 0; i <= timeline.size(); ++i) {
    timeline.seek(i);
    const Atlas::Column& column = *atlas.column(i);
    if (timeline.scene().store() == viz::Scene::Store::kCrashed) {
      EXPECT_TRUE(column.disks.empty()) << i;
      ++without_disks;
      continue;
    }
    const auto* event = i == 0 ? nullptr : std::get_if<sim::EventEntry>(&timeline.trace().entries()[i - 1]);
    if (event != nullptr) {
      EXPECT_EQ(&column, atlas.column(i - 1)) << "an event changes no disk: " << i;
      continue;
    }
    CrashGrid grid;
    const auto& scene = timeline.scene();
    grid.look_at({scene.disk(), timeline.last_in_step<sim::DiskOperation>(), scene.twin(), session->scenario(),
                  may_report_corruption(scene, session->scenario())});
    grid.work(kAtOnce);
    ASSERT_EQ(column.disks.size(), grid.disks().size()) << i;
    for (const Verdict verdict : {Verdict::kAll, Verdict::kAllowed, Verdict::kDetected, Verdict::kForbidden}) {
      EXPECT_EQ(column.count(verdict), grid.count(verdict)) << i;
    }
    for (const Atlas::Column::Disk& disk : column.disks) {
      EXPECT_EQ(disk.verdict, grid.disks()[disk.number].verdict) << i;
      ++disks;
    }
    if (column.disks.empty()) continue;
    const CrashGrid::Disk last = Atlas::disk_of(timeline, session->scenario(), i, column.disks.back());
    EXPECT_EQ(last.verdict, column.disks.back().verdict);
    EXPECT_EQ(last.choice, grid.disks()[column.disks.back().number].choice);
    EXPECT_FALSE(last.what.empty());
  }
  EXPECT_GT(disks, 100U);
  EXPECT_GT(without_disks, 0U);
}

TEST(Atlas, BeginsWithTheMomentOnTheScreen) {
  const auto session = session_of({"put a 1", "put b 2", "sync", "put c 3"});
  session->timeline().seek(session->timeline().size());
  Atlas atlas;
  atlas.work(session->timeline(), session->scenario(), 0);
  while (atlas.known() == 0) atlas.work(session->timeline(), session->scenario(), 0);
  EXPECT_NE(atlas.column(session->timeline().size()), nullptr);
  EXPECT_EQ(atlas.column(0), nullptr);
}

TEST(Atlas, TakesInWhatIsAddedToTheRun) {
  const auto session = session_of({"put a 1", "sync"});
  Atlas atlas = whole_atlas(*session);
  session->timeline().seek(session->timeline().size());
  ASSERT_TRUE(is_ok(session->perform({"put", "b", "2"})));
  ASSERT_EQ(session->branch_number(), 0U);
  EXPECT_LT(atlas.known(), session->timeline().size() + 1);
  atlas.work(session->timeline(), session->scenario(), kAtOnce);
  const Atlas fresh = whole_atlas(*session);
  for (std::size_t i = 0; i <= session->timeline().size(); ++i) EXPECT_EQ(*atlas.column(i), *fresh.column(i)) << i;
}

TEST(Atlas, AColumnOfManyDisksShowsSomeAndSaysSo) {
  std::vector<std::string> steps;
  for (int i = 0; i < 40; ++i) steps.push_back("put key" + std::to_string(i) + " value");
  const auto session = session_of(steps, kOneSegment);
  const Atlas atlas = whole_atlas(*session);
  const Atlas::Column& last = *atlas.column(session->timeline().size());
  EXPECT_EQ(last.disks.size(), Atlas::kMostDisks);
  EXPECT_GT(last.more, 0U);
  EXPECT_EQ(last.count(Verdict::kForbidden), 0U);
}

TEST(Atlas, EvenWithoutCountingThereAreSomeDisks) {
  std::vector<std::string> steps;
  for (int i = 0; i < 150; ++i) steps.push_back("put key" + std::to_string(i) + " v");
  const auto session = session_of(steps, kOneSegment);
  session->timeline().seek(session->timeline().size());
  Atlas atlas;
  while (atlas.known() == 0) atlas.work(session->timeline(), session->scenario(), 0);
  const Atlas::Column& last = *atlas.column(session->timeline().size());
  EXPECT_GE(last.disks.size(), 2U);
  EXPECT_GT(last.more, 0U);
}

// ---- without a guarantee

TEST(WithoutAGuarantee, TheAtlasOfAShowTurnsRed) {
  for (const sim::Guarantee guarantee : sim::kGuarantees) {
    const std::unique_ptr<Session> session = must(viz::make_show("crash-in-publish"));
    ASSERT_TRUE(is_ok(session->run_without({guarantee})));
    EXPECT_EQ(session->scenario().without, sim::Guarantees{guarantee});
    EXPECT_GT(whole_atlas(*session).count(Verdict::kForbidden), 0U) << name_of(guarantee);
  }
}

TEST(WithoutAGuarantee, AManifestInPlaceIsStillTheManifest) {
  const auto session = session_of({"put a 1", "roll", "put b 2", "sync"});
  ASSERT_TRUE(is_ok(session->run_without({sim::Guarantee::kManifestRename})));
  viz::Timeline& timeline = session->timeline();
  timeline.seek(timeline.size());
  const viz::Scene& scene = timeline.scene();
  ASSERT_TRUE(scene.manifest());
  EXPECT_EQ(scene.manifest()->sealed.size(), 1U);
  EXPECT_EQ(compare(scene.twin(), scene.answers(), 10).different, 0U);
  EXPECT_FALSE(scene.damaged());
}

TEST(WithoutAGuarantee, AnEmptyManifestIsALossAndNoDamage) {
  const auto session = session_of({"put a 1", "sync", "roll"});
  ASSERT_TRUE(is_ok(session->run_without({sim::Guarantee::kManifestRename})));
  const Atlas atlas = whole_atlas(*session);
  const auto& entries = session->timeline().trace().entries();
  std::size_t emptied = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto* operation = std::get_if<sim::DiskOperation>(&entries[i]);
    if (operation == nullptr || operation->kind != sim::DiskOperation::Kind::kTruncate) continue;
    if (operation->name != kManifestName) continue;
    ++emptied;
    EXPECT_GT(atlas.column(i + 1)->count(Verdict::kForbidden), 0U) << i;
    EXPECT_EQ(atlas.column(i + 1)->count(Verdict::kDetected), 0U) << i;
  }
  EXPECT_GT(emptied, 0U);
}

TEST(WithoutAGuarantee, OnesOwnStepsAreKept) {
  const auto session = session_of({"put a 1", "sync"});
  ASSERT_TRUE(is_ok(session->run_without({sim::Guarantee::kLogSync})));
  session->timeline().seek(session->timeline().size());
  ASSERT_TRUE(is_ok(session->perform({"put", "x", "1"})));
  ASSERT_TRUE(is_ok(session->run_without({})));
  session->timeline().seek(session->timeline().size());
  EXPECT_EQ(session->timeline().scene().answers().found.count("x"), 1U);
}

TEST(WithoutAGuarantee, TheColumnAfterASyncIsRed) {
  const auto session = session_of({"put a 1", "sync"});
  session->timeline().seek(session->timeline().size());
  ASSERT_TRUE(is_ok(session->run_without({sim::Guarantee::kLogSync})));
  EXPECT_EQ(session->timeline().position(), session->timeline().size()) << "at the same place";
  const Atlas::Column column = *whole_atlas(*session).column(session->timeline().position());
  EXPECT_GT(column.count(Verdict::kForbidden), 0U);
}

TEST(WithoutAGuarantee, EachRunIsMadeOnceAndNoneIsLost) {
  const auto session = session_of({"put a 1", "sync", "roll", "put b 2"});
  ASSERT_TRUE(is_ok(session->run_without({sim::Guarantee::kLogSync})));
  EXPECT_EQ(session->branches(), 2U);
  ASSERT_TRUE(is_ok(session->run_without({})));
  EXPECT_EQ(session->branch_number(), 0U);
  ASSERT_TRUE(is_ok(session->run_without({sim::Guarantee::kLogSync})));
  EXPECT_EQ(session->branch_number(), 1U);
  EXPECT_EQ(session->branches(), 2U) << "the same run again";
  ASSERT_TRUE(is_ok(session->run_without({sim::Guarantee::kDirectorySync})));
  EXPECT_EQ(session->branches(), 3U);
  ASSERT_TRUE(is_ok(session->undo()));
  EXPECT_EQ(session->branch_number(), 1U);
}

TEST(WithoutAGuarantee, ACrashStrikesAtTheSamePlaceOfItsStep) {
  // The third operation of the roll, counted over the whole run.
  const auto operations = [](const Session& run) {
    std::vector<std::uint64_t> before;  // of each input
    std::uint64_t count = 0;
    for (const sim::TraceEntry& entry : run.timeline().trace().entries()) {
      if (std::holds_alternative<sim::InputEntry>(entry)) before.push_back(count);
      if (std::holds_alternative<sim::DiskOperation>(entry)) ++count;
    }
    return before;
  };
  const std::uint64_t before_roll = operations(*session_of({"put a 1", "sync", "roll"}))[3];
  const auto session = session_of(
      {"put a 1", "sync", "roll", "crash lose-unsynced after " + std::to_string(before_roll + 3), "recover"});
  ASSERT_TRUE(is_ok(session->run_without({sim::Guarantee::kLogSync})));
  const auto crash = [](const Session& run) {
    for (const sim::TraceEntry& entry : run.timeline().trace().entries()) {
      const auto* input = std::get_if<sim::InputEntry>(&entry);
      if (input != nullptr && input->step[0] == "crash") return input->step.back();
    }
    return std::string();
  };
  EXPECT_EQ(crash(*session), std::to_string(operations(*session)[3] + 3));
  EXPECT_NE(crash(*session), std::to_string(before_roll + 3)) << "the sync before it did nothing to the disk";
  const auto& entries = session->timeline().trace().entries();
  const auto last = std::find_if(entries.rbegin(), entries.rend(), [](const sim::TraceEntry& entry) {
    return std::holds_alternative<sim::OutcomeEntry>(entry);
  });
  ASSERT_NE(last, entries.rend());
  EXPECT_FALSE(std::get<sim::OutcomeEntry>(*last).ok) << "the recovery shows what was lost";
}

TEST(WithoutAGuarantee, EveryMomentHasAPlaceInTheOtherRun) {
  for (const sim::Guarantee guarantee : sim::kGuarantees) {
    const auto session = session_of({"put a 1", "sync", "roll", "put b 2", "merge", "sync"});
    const std::size_t size = session->timeline().size();
    for (std::size_t i = 0; i <= size; ++i) {
      session->timeline().seek(i);
      const std::size_t inputs = session->timeline().inputs_before(i);
      ASSERT_TRUE(is_ok(session->run_without({guarantee})));
      EXPECT_EQ(session->timeline().inputs_before(session->timeline().position()), inputs) << i;
      ASSERT_TRUE(is_ok(session->run_without({})));
      ASSERT_EQ(session->branch_number(), 0U);
    }
  }
}

// ---- the shortest script

TEST(ScriptSearch, FindsAScriptForEachGuarantee) {
  for (const sim::Guarantee guarantee : sim::kGuarantees) {
    viz::ScriptSearch search({guarantee});
    search.work(kAtOnce);
    ASSERT_TRUE(search.found()) << name_of(guarantee);
    EXPECT_FALSE(search.sentence().empty());
    const sim::Scenario& script = *search.found();
    EXPECT_EQ(script.without, sim::Guarantees{guarantee});
    sim::Runner runner(script);
    EXPECT_FALSE(runner.run().passed) << "its own replay loses the data: " << name_of(guarantee);
    std::size_t crashes = 0;
    for (const sim::Step& step : script.steps) crashes += step[0] == "crash" ? 1 : 0;
    EXPECT_EQ(crashes, 1U) << name_of(guarantee);
    EXPECT_EQ(script.steps.back(), sim::Step{"recover"}) << "it ends with what is lost: " << name_of(guarantee);
    EXPECT_LE(script.steps.size(), 2 + viz::ScriptSearch::kMostOperations) << name_of(guarantee);
    const auto probe = [](const sim::Step& step) { return step.size() > 1 && step[1] == "probe-key"; };
    EXPECT_TRUE(std::none_of(script.steps.begin(), script.steps.end(), probe)) << name_of(guarantee);
  }
}

TEST(ScriptSearch, FindsNothingIfNothingIsTakenAway) {
  viz::ScriptSearch search({});
  while (search.done() < 200) search.work(0);
  EXPECT_FALSE(search.found());
  EXPECT_EQ(search.of(), 8U + 64 + 512 + 4096);
}

// ---- in the window

class AtlasInTheWindow : public AppFixture {};

TEST_F(AtlasInTheWindow, AStripAndAFullPictureByKeys) {
  open_steps({"put a 1", "put b 2", "sync", "put c 3"});
  EXPECT_EQ(state().count("atlas"), 0U);
  press(viz::Key::kA);
  settle();
  const nlohmann::json strip = state()["atlas"];
  EXPECT_EQ(strip["size"], "strip");
  EXPECT_EQ(strip["known"], strip["columns"]);
  EXPECT_EQ(strip["wrong"], 0);
  EXPECT_GT(strip["allowed"], 0);
  press(viz::Key::kA, true);
  EXPECT_EQ(state()["atlas"]["size"], "full");
  press(viz::Key::kEscape);
  EXPECT_EQ(state().count("atlas"), 0U);
}

TEST_F(AtlasInTheWindow, TheKeyboardEntersADisk) {
  open_steps({"put a 1", "put b 2"});
  press(viz::Key::kEnd);
  press(viz::Key::kA, true);
  settle();
  press(viz::Key::kUp);
  press(viz::Key::kEnter);
  settle();
  EXPECT_EQ(state()["store"], "crashed");
  EXPECT_EQ(state().count("atlas"), 0U) << "what happens is on the stage";
}

TEST_F(AtlasInTheWindow, AClickOnADiskHasTheCrashHappen) {
  open_steps({"put a 1", "put b 2"});
  press(viz::Key::kEnd);
  press(viz::Key::kA, true);
  settle();
  const viz::NamedItem plot = *viz::named_items().find("atlas");
  // The lowest square of the first column.
  screen_.input().mouse_position({plot.min.x + 3, plot.max.y - 4});
  screen_.run(*app_, 2);
  screen_.input().mouse_button(0, true);
  screen_.run(*app_, 2);
  screen_.input().mouse_button(0, false);
  screen_.run(*app_, 2);
  settle();
  EXPECT_EQ(state()["store"], "crashed");
}

TEST_F(AtlasInTheWindow, ASwitchMakesTheRunAgainAndTheColumnRed) {
  open_steps({"put a 1", "sync"});
  app_->set_layout(viz::LayoutId::kCrash);
  press(viz::Key::kEnd);
  ASSERT_TRUE(click("guarantee.log-sync"));
  settle();
  EXPECT_EQ(state()["without"], nlohmann::json::array({"log-sync"}));
  EXPECT_GT(state()["atlas"]["here"]["wrong"], 0);
  ASSERT_TRUE(click("guarantee.log-sync"));
  settle();
  EXPECT_EQ(state()["without"], nlohmann::json::array());
  EXPECT_EQ(state()["atlas"]["here"]["wrong"], 0);
}

TEST_F(AtlasInTheWindow, TheShortestScriptIsFoundAndPlayed) {
  open_steps({"put a 1", "put b 2", "sync"});
  app_->set_layout(viz::LayoutId::kCrash);
  settle();
  ASSERT_TRUE(click("tab.Guarantees"));
  ASSERT_TRUE(click("guarantee.directory-sync"));
  ASSERT_TRUE(click("shortest-script"));
  settle();
  EXPECT_EQ(state()["branches"], 2) << "the run is still there";
  ASSERT_TRUE(click("play-script"));
  settle();
  EXPECT_EQ(state()["without"], nlohmann::json::array({"directory-sync"}));
  EXPECT_EQ(state()["branches"], 1) << "a run of its own";
  press(viz::Key::kEnd);
  EXPECT_EQ(state()["store"], "refused") << "without its directory entry, a segment that MANIFEST names is not there"
                                         << state().dump();
}

TEST_F(AtlasInTheWindow, WhatTheEngineKeepsIsWatchedAsARecordedRun) {
  open_steps({"put a 1", "sync"});
  app_->set_layout(viz::LayoutId::kCrash);
  settle();
  ASSERT_TRUE(click("tab.Guarantees"));
  ASSERT_TRUE(click("recorded.inputs-removed-first"));
  press(viz::Key::kEnd);
  EXPECT_EQ(state()["store"], "refused");
  ASSERT_TRUE(click("tab.Guarantees"));
  ASSERT_TRUE(click("recorded.body-not-checked"));
  press(viz::Key::kEnd);
  EXPECT_NE(state()["outcome"].get<std::string>().find("get(sky) finds \"clue\""), std::string::npos);
}

// By the keyboard alone, in a run that cannot be made again.
TEST_F(AtlasInTheWindow, ARecordedRunLeadsToTheOthers) {
  open({.show = "tombstone-too-early"});
  app_->set_layout(viz::LayoutId::kCrash);
  settle();
  for (int i = 0; i < 2; ++i) press(viz::Key::kRightBracket);
  ASSERT_TRUE(click("tab.Guarantees"));
  for (int i = 0; i < 3; ++i) press(viz::Key::kDown);
  press(viz::Key::kEnter);
  EXPECT_EQ(state()["entries"], must(viz::make_show("inputs-removed-first"))->timeline().size());
}

TEST_F(AtlasInTheWindow, TheGuaranteesAreWholeInBothLayouts) {
  open_steps({"put a 1"});
  for (const viz::LayoutId layout : {viz::LayoutId::kAll, viz::LayoutId::kCrash}) {
    app_->set_layout(layout);
    settle();
    ASSERT_TRUE(click("tab.Guarantees")) << name_of(layout);
    if (layout == viz::LayoutId::kAll) {
      ASSERT_TRUE(click("guarantee.manifest-sync"));
      ASSERT_TRUE(click("shortest-script"));
    }
    const float bottom =
        viz::lay_out_screen(layout, {0, 0, 1280, 720}, viz::PanelSet::kAll, true).docks[1].area.bottom();
    for (const char* const name : {"guarantee.log-sync", "guarantee.manifest-rename", "play-script"}) {
      const viz::NamedItem* item = viz::named_items().find(name);
      ASSERT_NE(item, nullptr) << name;
      EXPECT_LE(item->max.y, bottom - 8) << name << " in " << name_of(layout);
    }
  }
}

TEST_F(AtlasInTheWindow, AnotherShowEndsTheSearch) {
  open_steps({"put a 1"});
  app_->set_layout(viz::LayoutId::kCrash);
  settle();
  ASSERT_TRUE(click("tab.Guarantees"));
  ASSERT_TRUE(click("guarantee.manifest-sync"));
  settle();
  screen_.click(*app_, "shortest-script");
  press(viz::Key::kZ);  // without Ctrl: nothing
  app_->set_layout(viz::LayoutId::kAll);
  screen_.run(*app_, 3);
  ASSERT_TRUE(screen_.click(*app_, "operation.Shows …"));
  ASSERT_TRUE(screen_.click(*app_, "show.rotation"));
  screen_.run(*app_, 3);
  EXPECT_EQ(state().count("search"), 0U);
  EXPECT_EQ(state()["without"], nlohmann::json::array());
}

TEST_F(AtlasInTheWindow, TheLargeOneHasTheKeysFirst) {
  open_steps({"put a 1", "put b 2"});
  app_->set_layout(viz::LayoutId::kCrash);
  press(viz::Key::kEnd);
  ASSERT_TRUE(click("tab.Twin"));
  press(viz::Key::kA, true);
  settle();
  press(viz::Key::kEnter);
  EXPECT_EQ(state()["store"], "open") << "no disk is chosen yet";
  press(viz::Key::kUp);
  press(viz::Key::kEnter);
  settle();
  EXPECT_EQ(state()["store"], "crashed");
}

TEST_F(AtlasInTheWindow, TheStageAndThePanelsAreUnderNoMouse) {
  open_steps({"put a 1", "put b 2"});
  press(viz::Key::kA, true);
  settle();
  EXPECT_EQ(viz::named_items().find("lane.000001.log"), nullptr);
  EXPECT_EQ(viz::named_items().find("tab.Lookup"), nullptr);
}

}  // namespace
}  // namespace sediment::test
