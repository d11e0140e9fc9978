// The twin, the crash grid and the bit that rots: what the visualizer says about a run must match what the simulator's
// oracle says about it.
#include "viz/model/twin.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/store_helpers.h"
#include "viz/model/crash_grid.h"
#include "viz/model/session.h"

namespace sediment::test {
namespace {

using viz::CrashGrid;
using viz::Scene;
using viz::Session;
using viz::Twin;
using Verdict = viz::CrashGrid::Verdict;

std::unique_ptr<Session> session_of(const std::vector<std::string>& steps) {
  sim::Scenario scenario;
  scenario.snapshots = sim::Snapshots::kOff;
  for (const std::string& step : steps) scenario.steps.push_back(sim::step_of(step));
  std::unique_ptr<Session> session = Session::of_scenario(scenario);
  session->timeline().seek(session->timeline().size());
  return session;
}

const Scene& end_of(Session& session) { return session.timeline().scene(); }

TEST(Twin, KnowsWhatIsWrittenAndWhatIsDurable) {
  const auto session = session_of({"put a 1", "put b 2", "sync", "put a 3", "remove b"});
  const Twin& twin = end_of(*session).twin();
  EXPECT_EQ(twin.now(), (sim::Contents{{"a", "3"}}));
  EXPECT_EQ(twin.writes(), 4U);
  EXPECT_EQ(twin.durable(), 2U);
  ASSERT_EQ(twin.not_durable().size(), 2U);
  EXPECT_EQ(twin.not_durable()[1], (Twin::Write{"b", std::nullopt}));
}

TEST(Twin, AllowsEachPrefixThatHoldsWhatIsDurable) {
  const auto session = session_of({"put a 1", "sync", "put b 2", "put c 3"});
  const Twin& twin = end_of(*session).twin();
  EXPECT_EQ(twin.matching({{{"a", "1"}}, {}}), 1U);
  EXPECT_EQ(twin.matching({{{"a", "1"}, {"b", "2"}}, {}}), 2U);
  EXPECT_EQ(twin.matching({{{"a", "1"}, {"b", "2"}, {"c", "3"}}, {}}), 3U);
  EXPECT_EQ(twin.matching({{{"a", "1"}, {"c", "3"}}, {}}), std::nullopt) << "a hole";
  EXPECT_EQ(twin.matching({{}, {}}), std::nullopt) << "a synced write is lost";
  EXPECT_TRUE(twin.may_hold("b", std::nullopt));
  EXPECT_TRUE(twin.may_hold("b", "2"));
  EXPECT_FALSE(twin.may_hold("a", std::nullopt));
  EXPECT_FALSE(twin.may_hold("b", "7"));
}

TEST(Twin, ACrashInsideAStepTakesTheStepBack) {
  const auto session = session_of({"put a 1", "put b 2", "sync"});
  viz::Timeline& timeline = session->timeline();
  timeline.seek(timeline.previous_step(timeline.size()) + 1);  // the sync was requested, but has done nothing
  ASSERT_TRUE(is_ok(session->perform({"crash", "lose-unsynced"})));
  session->timeline().seek(session->timeline().size());
  EXPECT_TRUE(end_of(*session).twin().crashed());
  EXPECT_EQ(end_of(*session).twin().durable(), 0U);
  ASSERT_TRUE(is_ok(session->perform({"recover"})));
  session->timeline().seek(session->timeline().size());
  EXPECT_FALSE(end_of(*session).twin().contradicted());
  EXPECT_EQ(end_of(*session).twin().survived(), 0U);
}

TEST(Twin, ASyncThatFailsMakesNothingDurableAndARefusedWriteIsNone) {
  const auto session =
      session_of({"put a 1", "sync", "put b 2", "fail fsync-fails dropped 1", "sync", "put c 3", "sync"});
  const Twin& twin = end_of(*session).twin();
  EXPECT_EQ(twin.durable(), 1U);
  EXPECT_EQ(twin.now(), (sim::Contents{{"a", "1"}, {"b", "2"}}));
}

TEST(Twin, TableShowsTheDifferencesFirst) {
  const auto session = session_of({"put a 1", "put b 2", "sync", "put c 3"});
  const viz::TwinTable table = compare(end_of(*session).twin(), {{{"a", "1"}, {"b", "9"}}, {}}, 10);
  ASSERT_EQ(table.rows.size(), 3U);
  EXPECT_EQ(table.different, 1U);
  EXPECT_EQ(table.rows[0].key, "b");
  EXPECT_EQ(table.rows[0].state, viz::TwinRow::State::kDifferent);
  EXPECT_EQ(table.rows[1].key, "c");
  EXPECT_EQ(table.rows[1].state, viz::TwinRow::State::kUndecided) << "a crash may have taken it";
  EXPECT_EQ(table.rows[2].state, viz::TwinRow::State::kEqual);
}

TEST(CrashGrid, JudgesEveryDiskThatACrashMayLeave) {
  const auto session = session_of({"put a 1", "sync", "put b 2", "put c 3"});
  const Scene& scene = end_of(*session);
  CrashGrid grid;
  grid.look_at({scene.disk(), nullptr, scene.twin(), session->scenario()});
  ASSERT_GT(grid.disks().size(), 3U);
  while (grid.work(1)) {
  }
  EXPECT_EQ(grid.judged(), grid.disks().size());
  EXPECT_EQ(grid.count(Verdict::kNotYet), 0U);
  EXPECT_EQ(grid.count(Verdict::kForbidden), 0U);
  EXPECT_GT(grid.count(Verdict::kAll), 0U);
  EXPECT_GT(grid.count(Verdict::kAllowed), 0U);

  // A twin that believes everything to be durable must see broken promises on the same disks.
  const auto synced = session_of({"put a 1", "sync", "put b 2", "put c 3", "sync"});
  grid.look_at({scene.disk(), nullptr, end_of(*synced).twin(), session->scenario()});
  while (grid.work(1)) {
  }
  EXPECT_GT(grid.count(Verdict::kForbidden), 0U);
}

TEST(CrashGrid, DoesNotCountTooManyDisks) {
  std::vector<std::string> steps;
  for (int i = 0; i < 130; ++i) steps.push_back("put k" + std::to_string(i) + " 1");
  sim::Scenario scenario;
  scenario.segment_size = 1 << 20;
  for (const std::string& step : steps) scenario.steps.push_back(sim::step_of(step));
  const auto session = Session::of_scenario(scenario);
  session->timeline().seek(session->timeline().size());
  CrashGrid grid;
  grid.look_at({end_of(*session).disk(), nullptr, end_of(*session).twin(), scenario});
  EXPECT_TRUE(grid.too_many());
  EXPECT_TRUE(grid.disks().empty());
}

TEST(BitRot, IsNoticedInEveryBitOfADurableRecord) {
  const auto session = session_of({"put a 1", "roll", "put b 2"});
  const Scene& scene = end_of(*session);
  const viz::SegmentView& sealed = *scene.segments().back();
  const viz::RecordView& record = sealed.records.at(0);
  int flipped = 0;
  for (std::uint64_t offset = record.offset; offset < record.end(); ++offset) {
    const viz::BitRot rot =
        flip_bit(scene.disk(), segment_file_name(sealed.number), offset, offset % 8, scene.twin(), session->scenario());
    EXPECT_FALSE(rot.wrong) << offset << ": " << rot.what;
    const bool padding = offset >= record.offset + kRecordHeaderSize + record.key.size() + record.value.size();
    EXPECT_TRUE(rot.noticed || padding) << offset << ": " << rot.what;
    ++flipped;
  }
  EXPECT_EQ(flipped, 32);
}

}  // namespace
}  // namespace sediment::test
