// Damage: what is corrupt is shown as corrupt, what is torn as torn, and a store that reports damage is not called
// wrong. What the twin believes never comes from the disk.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "engine/posix/posix_disk.h"
#include "engine/store.h"
#include "engine/tools/verify.h"
#include "tests/support/store_helpers.h"
#include "tests/viz/app_fixture.h"
#include "viz/draw/named_items.h"
#include "viz/draw/theme.h"
#include "viz/model/crash_grid.h"
#include "viz/model/directory.h"
#include "viz/model/narration.h"
#include "viz/model/session.h"

namespace sediment::test {
namespace {

using viz::CrashGrid;
using viz::LookupView;
using viz::RecordView;
using viz::Scene;
using viz::SegmentView;
using viz::Session;
using viz::Twin;
using viz::TwinRow;

using Keys = std::set<std::string>;
using Pairs = std::map<std::string, std::string>;

// A bit of the newer of two values rots, in a segment that is sealed.
const std::vector<std::string> kRotten = {"put dog 1", "put dog 2", "sync",
                                          "roll",      "put elk 1", "crash bit-rot 000001.log 66 3"};

std::vector<std::string> rotten_and(const std::vector<std::string>& steps) {
  std::vector<std::string> all = kRotten;
  all.insert(all.end(), steps.begin(), steps.end());
  return all;
}

std::unique_ptr<Session> session_of(const std::vector<std::string>& steps) {
  sim::Scenario scenario;
  for (const std::string& step : steps) scenario.steps.push_back(sim::step_of(step));
  std::unique_ptr<Session> session = Session::of_scenario(scenario);
  session->timeline().seek(session->timeline().size());
  return session;
}

// "a=1" valid, "corrupt(a)" if its key is known, "corrupt()" if not, "torn".
std::string text_of(const SegmentView& segment) {
  std::string text;
  for (const RecordView& record : segment.records) {
    const std::string each = record.corrupt  ? "corrupt(" + record.key + ")"
                             : record.torn() ? std::string("torn")
                                             : record.key + "=" + record.value;
    text += (text.empty() ? "" : " ") + each;
  }
  return text;
}

TEST(Damage, HidesTheOlderValueAndIsNotTorn) {
  const auto session = session_of(rotten_and({"recover"}));
  const Scene& scene = session->timeline().scene();
  EXPECT_EQ(scene.store(), Scene::Store::kOpen);
  const SegmentView& damaged = *scene.segment(SegmentNumber{1});
  EXPECT_EQ(text_of(damaged), "dog=1 corrupt(dog)");
  EXPECT_TRUE(damaged.records[0].superseded) << "a lookup of dog ends at the corrupt record";
  EXPECT_EQ(damaged.records[1].value, "2") << "what was there";
  EXPECT_EQ(scene.corrupt_places(), 1U);
  EXPECT_EQ(scene.live_records(), 1U);
  EXPECT_EQ(scene.answers().found, (Pairs{{"elk", "1"}}));
  EXPECT_EQ(scene.answers().corrupt, Keys{"dog"});
}

TEST(Damage, HasAMarkOfItsOwnOnTheTimeline) {
  const auto marks = [](const std::vector<std::string>& steps, viz::MarkKind kind) {
    const auto session = session_of(steps);
    const auto& all = session->timeline().marks();
    return std::count_if(all.begin(), all.end(), [&](const viz::Mark& mark) { return mark.kind == kind; });
  };
  EXPECT_EQ(marks(kRotten, viz::MarkKind::kDamage), 1);
  EXPECT_EQ(marks(kRotten, viz::MarkKind::kCrash), 0);
  EXPECT_EQ(marks({"put dog 1", "crash lose-unsynced"}, viz::MarkKind::kDamage), 0);
  EXPECT_EQ(marks({"put dog 1", "crash lose-unsynced"}, viz::MarkKind::kCrash), 1);
}

TEST(Damage, IsNotCountedAmongWhatTheCrashTook) {
  const auto session = session_of(kRotten);
  const Scene& scene = session->timeline().scene();
  ASSERT_TRUE(scene.crash());
  EXPECT_EQ(scene.crash()->corrupt, 1U);
  EXPECT_TRUE(scene.crash()->lost.empty());
}

TEST(Damage, TheTwinStillHoldsWhatWasSynced) {
  const auto session = session_of(rotten_and({"recover"}));
  const Scene& scene = session->timeline().scene();
  EXPECT_EQ(scene.twin().now(), (Pairs{{"dog", "2"}, {"elk", "1"}}));
  EXPECT_FALSE(scene.twin().contradicted());
  const viz::TwinTable table = compare(scene.twin(), scene.answers(), 10);
  EXPECT_EQ(table.detected, 1U);
  EXPECT_EQ(table.different, 0U);
  EXPECT_EQ(table.rows.at(0).key, "dog");
  EXPECT_EQ(table.rows.at(0).state, TwinRow::State::kDetected);
  EXPECT_EQ(table.rows.at(0).expected, "2");
}

TEST(Damage, AGetThatReportsItIsRight) {
  const auto session = session_of(rotten_and({"recover", "get dog"}));
  const Scene& scene = session->timeline().scene();
  EXPECT_TRUE(scene.outcome_ok()) << scene.outcome();
  EXPECT_TRUE(viz::reports_corruption(scene.outcome())) << scene.outcome();
  ASSERT_TRUE(scene.lookup());
  EXPECT_EQ(scene.lookup()->stops.back().verdict, LookupView::Verdict::kCorrupt);
  const auto told = viz::narrate(session->timeline().trace().entries().back());
  ASSERT_TRUE(told);
  EXPECT_EQ(told->tone, viz::Tone::kDetected);
}

TEST(Damage, TheStoreGoesOnAfterIt) {
  const auto session = session_of(rotten_and({"recover", "put fox 1", "close", "open", "get fox", "put dog 3",
                                              "get dog", "reopen", "crash lose-unsynced", "recover", "get dog"}));
  const Scene& scene = session->timeline().scene();
  EXPECT_EQ(scene.store(), Scene::Store::kOpen);
  EXPECT_EQ(sim::to_string(scene.step()), "get dog");
  EXPECT_EQ(scene.outcome(), "\"3\"");
  EXPECT_EQ(scene.answers().found, (Pairs{{"dog", "3"}, {"elk", "1"}, {"fox", "1"}}));
  EXPECT_TRUE(scene.answers().corrupt.empty()) << "nothing leads to the corrupt record any more";
  EXPECT_EQ(compare(scene.twin(), scene.answers(), 10).different, 0U);
}

TEST(Damage, InAnOpenLogIsCorruptIfALaterRecordProvesIt) {
  const auto session = session_of({"put a 1", "sync", "put b 2", "sync", "put c 3", "sync"});
  const std::uint64_t inside = session->timeline().scene().segments()[0]->records[0].offset + 25;
  ASSERT_TRUE(is_ok(session->perform({"crash", "bit-rot", "000001.log", std::to_string(inside), "0"})));
  session->timeline().seek(session->timeline().size());
  EXPECT_EQ(text_of(*session->timeline().scene().segments()[0]), "corrupt(a) b=2 c=3");
  session->timeline().seek(session->timeline().previous_step(session->timeline().size()));

  // The last record has nothing after it: for any store, its damage is a torn tail.
  const std::uint64_t last = session->timeline().scene().segments()[0]->records[2].offset + 25;
  ASSERT_TRUE(is_ok(session->perform({"crash", "bit-rot", "000001.log", std::to_string(last), "0"})));
  session->timeline().seek(session->timeline().size());
  EXPECT_EQ(text_of(*session->timeline().scene().segments()[0]), "a=1 b=2 torn");
  ASSERT_TRUE(is_ok(session->perform({"recover"})));
  session->timeline().seek(session->timeline().size());
  const Scene& scene = session->timeline().scene();
  EXPECT_EQ(scene.twin().now().at("c"), "3") << "it was synced, whatever is on the disk";
  EXPECT_EQ(compare(scene.twin(), scene.answers(), 10).different, 1U);
}

TEST(Damage, ToAHeaderLeavesTheRecordsReadable) {
  auto session = session_of({"put a 1", "put b 2", "roll", "crash bit-rot 000001.log 20 1"});
  EXPECT_EQ(text_of(*session->timeline().scene().segment(SegmentNumber{1})), "corrupt() a=1 b=2");
  session = session_of({"put a 1", "put b 2", "roll", "crash file-truncated 000001.log 64"});
  EXPECT_EQ(text_of(*session->timeline().scene().segment(SegmentNumber{1})), "a=1 corrupt(b)");
  session = session_of({"put a 1", "put b 2", "roll", "crash file-missing 000001.log"});
  EXPECT_EQ(session->timeline().scene().missing_segments(), std::vector<SegmentNumber>{SegmentNumber{1}});
  session = session_of({"put a 1", "put b 2", "roll", "put c 1", "roll", "crash file-swapped 000001.log 000002.log"});
  EXPECT_EQ(text_of(*session->timeline().scene().segment(SegmentNumber{2})).substr(0, 9), "corrupt()");
  EXPECT_TRUE(session->timeline().scene().answers().found.empty());
  session = session_of({"put a 1", "roll", "crash bit-rot MANIFEST 3 1"});
  EXPECT_TRUE(session->timeline().scene().unreadable_manifest());
  EXPECT_TRUE(session->timeline().scene().damaged());
}

// Told that the store holds what it never can: the map stays as it was.
TEST(Damage, TheTwinLearnsNothingFromTheDisk) {
  Twin twin;
  const auto step = [&](const char* text, const std::optional<viz::Answers>& opened = std::nullopt) {
    twin.on(sim::InputEntry{sim::step_of(text)}, false);
    twin.on(sim::OutcomeEntry{"ok", true}, 10, opened);
  };
  step("put a 1");
  step("put b 2");
  step("sync");
  step("put c 3");
  twin.on_crash({{.fault = sim::Fault::kLoseUnsynced}, 10});
  step("recover", viz::Answers{{{"a", "9"}, {"b", "2"}, {"c", "3"}}, {}});
  EXPECT_TRUE(twin.contradicted());
  EXPECT_EQ(twin.now(), (Pairs{{"a", "1"}, {"b", "2"}, {"c", "3"}})) << "of all prefixes, this differs least";
  EXPECT_EQ(compare(twin, {{{"a", "9"}, {"b", "2"}, {"c", "3"}}, {}}, 10).different, 1U);
  twin.on_crash({{.fault = sim::Fault::kBitRot}, 10});
  step("recover", viz::Answers{{{"a", "1"}, {"c", "3"}}, {"b"}});
  EXPECT_FALSE(twin.contradicted());
  EXPECT_EQ(twin.now().at("b"), "2");
}

TEST(Damage, IsDetectedInEveryDiskOfTheCrashDesk) {
  const auto session = session_of(rotten_and({"recover", "put fox 1"}));
  const Scene& scene = session->timeline().scene();
  const auto judged = [&](bool damaged) {
    CrashGrid grid;
    grid.look_at({scene.disk(), nullptr, scene.twin(), session->scenario(), damaged});
    while (grid.work(1)) {
    }
    return grid;
  };
  const CrashGrid grid = judged(scene.damaged());
  ASSERT_GT(grid.disks().size(), 1U);
  EXPECT_EQ(grid.count(CrashGrid::Verdict::kDetected), grid.disks().size()) << grid.disks()[0].what;
  EXPECT_EQ(judged(false).count(CrashGrid::Verdict::kForbidden), grid.disks().size())
      << "on a disk that was never damaged, no store may report corruption";

  // A twin that knows another value sees that the report is not the whole truth.
  const auto other = session_of({"put dog 2", "put elk 7", "sync"});
  CrashGrid wrong;
  wrong.look_at({scene.disk(), nullptr, other->timeline().scene().twin(), session->scenario(), true});
  while (wrong.work(1)) {
  }
  EXPECT_EQ(wrong.count(CrashGrid::Verdict::kForbidden), wrong.disks().size());
}

// ---- a directory

class DamagedDirectory : public AppFixture {
 protected:
  void make_store(const Options& options, int keys) {
    const auto store = must(Store::open(must(open_posix_disk(path_, true)), options));
    for (int i = 0; i < keys; ++i) ASSERT_TRUE(is_ok(store->put("key" + std::to_string(i), std::string(20, 'v'))));
  }
  void damage(const std::string& file, std::uint64_t offset) const {
    std::fstream stream(path_ + "/" + file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(offset));
    const auto byte = static_cast<char>(stream.get() ^ 1);
    stream.seekp(static_cast<std::streamoff>(offset));
    stream.put(byte);
    ASSERT_TRUE(stream.good());
  }
  Scene opened() const {
    const auto session = Session::of_trace(must(viz::trace_of_directory(path_)));
    session->timeline().seek(session->timeline().size());
    return session->timeline().scene();
  }

  const std::string path_ = directory_.path() / "store";
};

TEST_F(DamagedDirectory, IsDecodedAsVerifyReadsIt) {
  make_store(Options(), 300);
  for (const std::uint64_t offset : {1000U, 5000U, 9005U}) damage("000001.log", offset);
  const auto disk = must(open_posix_disk(path_, false));
  const tools::VerifyReport report = must(tools::verify(*disk));
  ASSERT_EQ(report.count(tools::Finding::Kind::kDamage), 3U);
  ASSERT_EQ(report.records(), 297U);

  const Scene scene = opened();
  std::size_t records = 0;
  for (const SegmentView* segment : scene.segments()) records += segment->valid_records();
  EXPECT_EQ(records, 297U);
  EXPECT_EQ(scene.corrupt_places(), 3U);
  EXPECT_EQ(scene.answers().found.size(), 297U);
  for (const SegmentView* segment : scene.segments()) {
    for (const RecordView& record : segment->records) EXPECT_FALSE(record.torn()) << record.offset;
  }
}

TEST_F(DamagedDirectory, HasNoTwinToCompareItWith) {
  make_store(Options(), 20);
  const Scene scene = opened();
  EXPECT_TRUE(scene.twin().came_late());
  EXPECT_EQ(compare(scene.twin(), scene.answers(), 10).different, 0U);
  EXPECT_FALSE(session_of({"put a 1", "reopen"})->timeline().scene().twin().came_late());
}

// The key itself is what rots. The snapshot has the hash of the key that was there.
TEST_F(DamagedDirectory, ASnapshotTellsWhoseRecordWasThere) {
  const auto session = session_of({"put dog 1", "roll", "put dog 2", "roll"});
  const sim::DiskState& disk = session->timeline().scene().disk();
  std::filesystem::create_directory(path_);
  for (const auto& [name, id] : disk.names()) {
    std::ofstream(path_ + "/" + name, std::ios::binary) << disk.file(id).cached;
  }
  damage("000002.log", kSegmentHeaderSize + kRecordHeaderSize);  // the first letter of "dog"
  const Scene scene = opened();
  ASSERT_EQ(scene.store(), Scene::Store::kOpen);
  EXPECT_EQ(scene.answers().corrupt, Keys{"dog"});
  EXPECT_TRUE(scene.answers().found.empty()) << "the older value is hidden";
  EXPECT_EQ(text_of(*scene.segment(SegmentNumber{2})), "corrupt(dog)");
}

// ---- the picture

class DamagedPicture : public AppFixture {
 protected:
  // How many pixels of a lane have a colour.
  std::ptrdiff_t pixels_of(const std::string& item, ImU32 colour) {
    const viz::NamedItem area = *viz::named_items().find(item);
    const std::vector<std::uint32_t>& pixels = screen_.draw().pixels();
    std::ptrdiff_t count = 0;
    for (auto y = static_cast<std::size_t>(area.min.y); y < static_cast<std::size_t>(area.max.y); ++y) {
      const auto row = pixels.begin() + static_cast<std::ptrdiff_t>(y * 1280);
      count += std::count(row + static_cast<std::ptrdiff_t>(area.min.x), row + static_cast<std::ptrdiff_t>(area.max.x),
                          colour);
    }
    return count;
  }
};

TEST_F(DamagedPicture, ShowsCorruptUnlikeTorn) {
  open_steps(rotten_and({"recover"}));
  press(viz::Key::kEnd);
  EXPECT_EQ(state()["segments"].back()["corrupt"], 1);
  EXPECT_EQ(state()["segments"].back()["torn"], 0);
  EXPECT_GT(pixels_of("lane.000001.log", viz::colours().damage), 50);
  app_->set_layout(viz::LayoutId::kCrash);
  screen_.run(*app_, 2);
  ASSERT_TRUE(click("tab.Twin"));
  EXPECT_EQ(state()["twin"]["detected"], 1);
  EXPECT_EQ(state()["twin"]["different"], 0);
  ASSERT_TRUE(click("tab.Crash desk"));
  EXPECT_EQ(state()["crashes"]["detected"], state()["crashes"]["disks"]);

  open_steps({"put a 1", "sync", "put b 2", "crash torn-byte 000001.log 70"});
  press(viz::Key::kEnd);
  EXPECT_EQ(state()["segments"].back()["corrupt"], 0);
  EXPECT_EQ(state()["segments"].back()["torn"], 1);
  EXPECT_EQ(pixels_of("lane.000001.log", viz::colours().damage), 0);
}

}  // namespace
}  // namespace sediment::test
