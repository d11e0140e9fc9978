// Large runs: memory grows with the number of entries, what counts is right after every merge, and what is too large is
// refused in words.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>

#include "tests/support/store_helpers.h"
#include "tests/support/temporary_directory.h"
#include "viz/shows/tour.h"

namespace sediment::test {
namespace {

using viz::Scene;
using viz::Session;

// So many words, half of them new ones.
std::string text_of(std::size_t words) {
  std::string text;
  for (std::size_t i = 0; i < words; ++i) {
    text += "word";
    text += std::to_string(i % 2 == 0 ? i : i / 4);
    text += ' ';
  }
  return text;
}

TEST(Scale, CheckpointsTakeNoMoreThanTheTrace) {
  for (const std::size_t words : {2'000U, 4'000U, 8'000U}) {
    const std::unique_ptr<Session> tour = must(viz::make_tour(text_of(words)));
    const viz::Timeline& timeline = tour->timeline();
    EXPECT_GT(timeline.size(), words);
    EXPECT_LE(timeline.size(), 20 * words);
    EXPECT_GT(timeline.weight_of_checkpoints(), 0U);
    EXPECT_LE(timeline.weight_of_checkpoints(), timeline.size());
  }
}

TEST(Scale, TheRunKeepsOneMapAndALogOfItsWrites) {
  const std::unique_ptr<Session> tour = must(viz::make_tour(text_of(2'000)));
  tour->timeline().seek(tour->timeline().size());
  // Its twin holds the keys, and the writes that no sync has covered.
  EXPECT_LE(tour->timeline().scene().twin().weight(), 1'500 + 1'600U);
  EXPECT_GE(tour->timeline().scene().twin().weight(), 1'000U);
}

TEST(Scale, AStepForwardCopiesNoSegment) {
  const std::unique_ptr<Session> tour = must(viz::make_tour(text_of(1'000)));
  viz::Timeline& timeline = tour->timeline();
  const std::size_t middle = timeline.size() / 2;
  timeline.seek(middle);
  std::size_t copied = 0;
  std::size_t segments = 0;
  std::map<SegmentNumber, const viz::SegmentView*> known;
  for (std::size_t position = middle; position < middle + 400; ++position) {
    timeline.seek(position);
    for (const viz::SegmentView* segment : timeline.scene().segments()) {
      const auto [place, is_new] = known.try_emplace(segment->number, segment);
      ++segments;
      if (!is_new && place->second != segment) ++copied;
      place->second = segment;
    }
  }
  EXPECT_GT(segments, 1'000U);
  EXPECT_LE(copied, known.size()) << "each may be copied once, when the scene leaves its checkpoint";
}

// Which records count, from all records again.
void expect_right_counts(const Scene& scene, const std::string& where) {
  std::map<std::string, const viz::RecordView*> newest;
  std::map<const viz::RecordView*, bool> superseded;
  const std::vector<const viz::SegmentView*> segments = scene.segments();  // newest first
  for (auto segment = segments.rbegin(); segment != segments.rend(); ++segment) {
    const viz::Role role = scene.role(**segment);
    if (role != viz::Role::kActive && role != viz::Role::kSealed) continue;
    for (const viz::RecordView& record : (*segment)->records) {
      superseded[&record] = false;
      const auto [place, is_new] = newest.try_emplace(record.key, &record);
      if (is_new) continue;
      superseded[place->second] = true;
      place->second = &record;
    }
  }
  for (const auto& [record, is_superseded] : superseded) {
    ASSERT_EQ(record->superseded, is_superseded) << where << ": " << record->key << " at " << record->offset;
  }
  std::size_t live = 0;
  for (const auto& [key, record] : newest) live += record->type == RecordType::kPut ? 1 : 0;
  ASSERT_EQ(scene.live_records(), live) << where;
}

TEST(Scale, AMergeChangesWhichRecordsCountAsAFullCountWould) {
  const std::unique_ptr<Session> tour = must(viz::make_tour(text_of(700)));
  viz::Timeline& timeline = tour->timeline();
  std::size_t switches = 0;
  for (const viz::Mark& mark : timeline.marks()) {
    if (mark.kind != viz::MarkKind::kMerge) continue;
    ++switches;
    timeline.seek(mark.position);
    expect_right_counts(timeline.scene(), "at " + std::to_string(mark.position));
  }
  EXPECT_GE(switches, 10U);
  timeline.seek(timeline.size());
  expect_right_counts(timeline.scene(), "at the end");
}

TEST(Scale, AMergeOfNewerSegmentsMayBringNothingBack) {
  sim::Scenario scenario;
  scenario.segment_size = 256;
  scenario.snapshots = sim::Snapshots::kOff;
  for (const char* step : {"put a 1", "put b 1", "roll", "put a 2", "remove b", "roll", "put c 1", "remove a", "roll",
                           "put c 2", "merge 2..3", "put b 3", "roll", "merge", "remove c", "merge"}) {
    scenario.steps.push_back(sim::step_of(step));
  }
  const std::unique_ptr<Session> session = Session::of_scenario(scenario);
  for (std::size_t position = 0; position <= session->timeline().size(); ++position) {
    session->timeline().seek(position);
    expect_right_counts(session->timeline().scene(), "at " + std::to_string(position));
  }
  EXPECT_TRUE(session->timeline().scene().outcome_ok());
}

TEST(Scale, ATextThatIsTooLargeIsRefusedInWords) {
  const TemporaryDirectory dir;
  const std::string path = (dir.path() / "large.txt").string();
  std::ofstream(path) << std::string(viz::kMostTextBytes, 'a') << " b";
  const auto large = viz::make_tour_of({path});
  ASSERT_TRUE(large.status().is(StatusCode::kInvalidArgument));
  EXPECT_EQ(std::string(large.status().message()).find(path + " "), 0U) << large.status().message();
  EXPECT_NE(std::string(large.status().message()).find("1,048,576 bytes"), std::string::npos)
      << large.status().message();
  EXPECT_NE(std::string(large.status().message()).find("try: head -c 1M"), std::string::npos);

  std::string words;
  for (std::size_t i = 0; i <= viz::kMostWords; ++i) words += i % 2 == 0 ? "a " : "b ";
  const auto many = viz::make_tour(words);
  ASSERT_TRUE(many.status().is(StatusCode::kInvalidArgument));
  EXPECT_NE(std::string(many.status().message()).find("200,001 words"), std::string::npos) << many.status().message();
  const auto different = viz::make_tour(text_of(3 * viz::kMostDifferentWords));
  ASSERT_TRUE(different.status().is(StatusCode::kInvalidArgument));
  EXPECT_NE(std::string(different.status().message()).find("different words"), std::string::npos);
  EXPECT_TRUE(viz::make_tour_of({(dir.path() / "none").string()}).status().is(StatusCode::kNotFound));
}

}  // namespace
}  // namespace sediment::test
