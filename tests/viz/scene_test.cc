// The scene after short runs, where it is clear by hand what it must show.
#include "viz/model/scene.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/support/store_helpers.h"
#include "viz/model/session.h"

namespace sediment::test {
namespace {

using viz::Fate;
using viz::LookupView;
using viz::MergeView;
using viz::RecordView;
using viz::Role;
using viz::Scene;
using viz::SegmentView;
using viz::Session;

std::unique_ptr<Session> session_of(const std::vector<std::string>& steps) {
  sim::Scenario scenario;
  for (const std::string& step : steps) scenario.steps.push_back(sim::step_of(step));
  std::unique_ptr<Session> session = Session::of_scenario(scenario);
  session->timeline().seek(session->timeline().size());
  return session;
}

// "a=1" a live put, "(a=1)" a superseded one, "!a" a tombstone, "torn".
std::string text_of(const SegmentView& segment) {
  std::string text;
  for (const RecordView& record : segment.records) {
    std::string each = record.key + "=" + record.value;
    if (record.type == RecordType::kTombstone) each = "!" + record.key;
    if (record.superseded) each = "(" + each + ")";
    if (record.verdict != RecordVerdict::kValid) each = "torn";
    text += (text.empty() ? "" : " ") + each;
  }
  return text;
}

std::vector<std::string> texts_of(const Scene& scene) {
  std::vector<std::string> texts;
  for (const SegmentView* segment : scene.segments()) texts.push_back(text_of(*segment));
  return texts;
}

using Texts = std::vector<std::string>;

TEST(Scene, DecodesRecordsFromTheBytesOnTheDisk) {
  const auto session = session_of({"put a 1", "put b 2", "put a 3", "remove b"});
  const Scene& scene = session->timeline().scene();
  EXPECT_EQ(texts_of(scene), Texts{"(a=1) (b=2) a=3 !b"});
  EXPECT_EQ(scene.answers().found, (std::map<std::string, std::string>{{"a", "3"}}));
  EXPECT_EQ(scene.live_records(), 1U);
  EXPECT_EQ(scene.all_records(), 4U);
  EXPECT_EQ(scene.store(), Scene::Store::kOpen);
}

TEST(Scene, ShowsTheNewestSegmentFirstAndWhatIsSealed) {
  const auto session = session_of({"put a 1", "roll", "put a 2", "roll", "put b 3"});
  const Scene& scene = session->timeline().scene();
  EXPECT_EQ(texts_of(scene), (Texts{"b=3", "a=2", "(a=1)"}));
  EXPECT_EQ(scene.role(*scene.segments()[0]), Role::kActive);
  EXPECT_EQ(scene.role(*scene.segments()[1]), Role::kSealed);
}

TEST(Scene, AMergesInputsGoToTheBottomWhenTheManifestNamesItsOutput) {
  const auto session = session_of({"put a 1", "roll", "put a 2", "roll", "put b 3", "merge 1..2"});
  viz::Timeline& timeline = session->timeline();
  const auto files = [&] {
    std::vector<std::uint64_t> numbers;
    for (const SegmentView* segment : timeline.scene().segments()) numbers.push_back(value_of(segment->number));
    return numbers;
  };
  std::set<std::vector<std::uint64_t>> seen;
  for (std::size_t i = 0; i <= timeline.size(); ++i) {
    timeline.seek(i);
    seen.insert(files());
  }
  EXPECT_TRUE(seen.contains({4, 3, 2, 1})) << "the output, which no manifest names yet, on top";
  EXPECT_TRUE(seen.contains({3, 4, 2, 1})) << "in its place, the inputs after all others";
  EXPECT_FALSE(seen.contains({2, 1, 3, 4}));
  EXPECT_EQ(files(), (std::vector<std::uint64_t>{3, 4}));
}

TEST(Scene, EachLookupStartsOver) {
  const auto session = session_of({"put a 1", "get a", "expect get a 1", "expect get b missing"});
  viz::Timeline& timeline = session->timeline();
  ASSERT_TRUE(timeline.scene().lookup());
  EXPECT_EQ(timeline.scene().lookup()->key, "b");
  EXPECT_EQ(timeline.scene().lookup()->stops.size(), 1U);
  timeline.seek(timeline.previous_step(timeline.size()));
  EXPECT_EQ(timeline.scene().lookup()->key, "a");
  EXPECT_EQ(timeline.scene().lookup()->stops.size(), 1U);
  EXPECT_TRUE(timeline.scene().lookup()->over);
}

TEST(Scene, ShowsWhatIsDurable) {
  const auto session = session_of({"put a 1", "sync", "put b 2"});
  const Scene& scene = session->timeline().scene();
  const SegmentView& log = *scene.segments()[0];
  EXPECT_GE(scene.durable_end(log), log.records[0].end());
  EXPECT_LT(scene.durable_end(log), log.records[1].end());
  EXPECT_TRUE(scene.name_durable(log));
}

TEST(Scene, WhatAFailedSyncHasDroppedIsNotDurable) {
  const auto session = session_of({"put a 1", "sync", "put b 2", "fail fsync-fails dropped 1", "sync"});
  const Scene& scene = session->timeline().scene();
  const SegmentView& segment = *scene.segments().at(0);
  EXPECT_EQ(texts_of(scene), Texts{"a=1 b=2"}) << "it can still be read";
  const std::uint64_t end = scene.durable_end(segment);
  EXPECT_GE(end, segment.records.at(0).end());
  EXPECT_LT(end, segment.records.at(1).end());
}

TEST(Scene, FollowsALookupThroughTheSegments) {
  const auto session = session_of({"put a 1", "roll", "put b 2", "roll", "get a"});
  const Scene& scene = session->timeline().scene();
  ASSERT_TRUE(scene.lookup());
  EXPECT_EQ(scene.lookup()->answer, "\"1\"");
  ASSERT_EQ(scene.lookup()->stops.size(), 3U);
  EXPECT_EQ(scene.lookup()->stops[0].verdict, LookupView::Verdict::kNotHere);
  EXPECT_EQ(scene.lookup()->stops[1].verdict, LookupView::Verdict::kNotHere);
  EXPECT_EQ(scene.lookup()->stops[2].verdict, LookupView::Verdict::kFound);
  EXPECT_EQ(scene.lookup()->stops[2].segment, SegmentNumber{1});
}

TEST(Scene, StopsALookupAtATombstone) {
  const auto session = session_of({"put a 1", "roll", "remove a", "get a"});
  const Scene& scene = session->timeline().scene();
  ASSERT_EQ(scene.lookup()->stops.size(), 1U);
  EXPECT_EQ(scene.lookup()->stops[0].verdict, LookupView::Verdict::kTombstone);
  EXPECT_EQ(scene.lookup()->answer, "not found");
}

TEST(Scene, FollowsAMergeRecordByRecord) {
  const auto session =
      session_of({"put a 1", "put b 1", "roll", "put a 2", "roll", "merge begin 1..2", "merge step", "merge step"});
  const Scene& scene = session->timeline().scene();
  ASSERT_TRUE(scene.merge());
  EXPECT_EQ(scene.merge()->inputs, (std::vector<SegmentNumber>{SegmentNumber{1}, SegmentNumber{2}}));
  EXPECT_EQ(scene.merge()->dropped, 1U);
  EXPECT_EQ(scene.merge()->kept, 1U);
  EXPECT_EQ(scene.merge()->phase, MergeView::Phase::kCopying);
  const SegmentView& input = *scene.segment(SegmentNumber{1});
  EXPECT_EQ(input.records[0].fate, Fate::kDropped);
  EXPECT_EQ(input.records[0].why, "superseded by a record in a newer segment");
  EXPECT_EQ(input.records[1].fate, Fate::kKept);
  const SegmentView& output = *scene.segment(scene.merge()->output);
  EXPECT_EQ(scene.role(output), Role::kMergeOutput);
  EXPECT_EQ(text_of(output), "b=1");
}

TEST(Scene, FollowsAMergeToItsEnd) {
  const auto session = session_of({"put a 1", "roll", "put a 2", "roll", "merge begin 1..2"});
  std::vector<MergeView::Phase> phases;
  while (session->timeline().scene().merge()->phase != MergeView::Phase::kOver) {
    ASSERT_TRUE(is_ok(session->perform({"merge", "step"})));
    for (std::size_t i = session->timeline().position(); i <= session->timeline().size(); ++i) {
      session->timeline().seek(i);
      const auto& merge = session->timeline().scene().merge();
      if (merge && (phases.empty() || phases.back() != merge->phase)) phases.push_back(merge->phase);
    }
  }
  using Phase = MergeView::Phase;
  EXPECT_EQ(phases, (std::vector<Phase>{Phase::kCopying, Phase::kFileSynced, Phase::kDirectorySynced, Phase::kSwitched,
                                        Phase::kOver}));
  EXPECT_EQ(texts_of(session->timeline().scene()), (Texts{"", "a=2"}));
}

TEST(Scene, KeepsWhatACrashTookAndForgetsMemory) {
  const auto session = session_of({"put a 1", "sync", "put b 2", "crash lose-unsynced"});
  const Scene& scene = session->timeline().scene();
  EXPECT_EQ(scene.store(), Scene::Store::kCrashed);
  EXPECT_EQ(texts_of(scene), Texts{"a=1"});
  ASSERT_TRUE(scene.crash());
  ASSERT_EQ(scene.crash()->lost.size(), 1U);
  EXPECT_EQ(scene.crash()->lost[0].record.key, "b");
  EXPECT_EQ(scene.index(SegmentNumber{1}), nullptr);
}

TEST(Scene, ShowsATornRecordAndWhatRecoveryMakesOfIt) {
  const auto session = session_of({"put a 1", "sync", "put b 2"});
  const std::uint64_t middle = session->timeline().scene().segments()[0]->records[1].offset + 20;
  ASSERT_TRUE(is_ok(session->perform({"crash", "torn-byte", "000001.log", std::to_string(middle)})));
  session->timeline().seek(session->timeline().size());
  EXPECT_EQ(texts_of(session->timeline().scene()), Texts{"a=1 torn"});
  ASSERT_TRUE(is_ok(session->perform({"recover"})));
  bool cut = false;
  for (std::size_t i = session->timeline().position(); i <= session->timeline().size(); ++i) {
    session->timeline().seek(i);
    const Scene& scene = session->timeline().scene();
    if (scene.recovery().bytes_cut > 0 && !cut) {
      cut = true;
      EXPECT_TRUE(scene.segment(SegmentNumber{1})->records[0].recovered);
      EXPECT_EQ(scene.recovery().cut_offset, scene.segment(SegmentNumber{1})->records[1].offset);
    }
  }
  EXPECT_TRUE(cut);
  EXPECT_EQ(texts_of(session->timeline().scene()), (Texts{"", "a=1"}));
  EXPECT_EQ(session->timeline().scene().store(), Scene::Store::kOpen);
}

TEST(Session, RefusesWhatCannotBeDoneHereAndChangesNothing) {
  const auto session = session_of({"put a 1"});
  const std::size_t entries = session->timeline().size();
  for (const char* step : {"recover", "open", "dance", "put a", "merge a b c d", "crash", "crash fire",
                           "crash torn-byte 000001.log 9999", "crash lost-rename nothing"}) {
    EXPECT_TRUE(has_code(session->perform(sim::step_of(step)), StatusCode::kInvalidArgument)) << step;
  }
  EXPECT_EQ(session->timeline().size(), entries);
}

TEST(Session, OnlyWatchesARecordedTrace) {
  const auto recorded = session_of({"put a 1", "roll", "put b 2"});
  const auto session = Session::of_trace(recorded->timeline().trace());
  session->timeline().seek(session->timeline().size());
  EXPECT_EQ(session->timeline().scene(), recorded->timeline().scene());
  EXPECT_TRUE(has_code(session->perform({"sync"}), StatusCode::kInvalidArgument));
  EXPECT_TRUE(has_code(session->fork(), StatusCode::kInvalidArgument));
}

TEST(Session, UnderstandsWhatPeopleType) {
  const auto typed = [](const char* text) { return sim::to_string(must(viz::parse_typed(text))); };
  EXPECT_EQ(must(viz::parse_typed("  put  sky   light blue ")), (sim::Step{"put", "sky", "light blue"}));
  EXPECT_EQ(typed("set a 1"), "put a 1");
  EXPECT_EQ(typed("delete a"), "remove a");
  EXPECT_EQ(typed("crash"), "crash lose-unsynced");
  EXPECT_TRUE(has_code(viz::parse_typed(""), StatusCode::kInvalidArgument));
  EXPECT_TRUE(has_code(viz::parse_typed("dance"), StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace sediment::test
