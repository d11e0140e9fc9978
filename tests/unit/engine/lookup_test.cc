// All segments in order of age: the newest that knows the key answers.
#include "engine/lookup.h"

#include <gtest/gtest.h>

#include "tests/support/segment_helpers.h"
#include "tests/support/sim_helpers.h"

namespace sediment {
namespace {

using test::has_code;
using test::look_up;
using test::must;
using test::segment_of;

std::string answer(const SegmentList& set, std::string_view key) {
  std::string scratch;
  const test::Answer lookup = must(look_up(set, key, &scratch));
  switch (lookup.kind) {
    case Found::kNothing: return "absent";
    case Found::kTombstone: return "tombstone";
    case Found::kValue: return "value " + std::string(lookup.record.value);
    case Found::kFailure: break;
  }
  return "?";
}

TEST(Lookup, NoSegmentKnowsNothing) { EXPECT_EQ(answer(SegmentList({}), "a"), "absent"); }

TEST(Lookup, TheNewestSegmentThatKnowsTheKeyAnswers) {
  sim::SimDisk disk;
  // Number 9 is the oldest: age is the position in the list, and nothing else.
  const auto oldest = segment_of(disk, 9, {{"a", "old"}, {"b", "old"}, {"c", "old"}});
  const auto middle = segment_of(disk, 2, {{"b", "middle"}});
  const auto newest = segment_of(disk, 5, {{"a", "new"}});
  const SegmentList set({oldest, middle, newest});
  EXPECT_EQ(answer(set, "a"), "value new");
  EXPECT_EQ(answer(set, "b"), "value middle");
  EXPECT_EQ(answer(set, "c"), "value old");
  EXPECT_EQ(answer(set, "d"), "absent");
}

TEST(Lookup, ATombstoneEndsTheSearch) {
  sim::SimDisk disk;
  const auto older = segment_of(disk, 1, {{"a", "1"}, {"b", "2"}});
  const auto newer = segment_of(disk, 2, {{"a", std::nullopt}});
  EXPECT_EQ(answer(SegmentList({older}), "a"), "value 1");
  EXPECT_EQ(answer(SegmentList({older, newer}), "a"), "tombstone");
  EXPECT_EQ(answer(SegmentList({older, newer}), "b"), "value 2");
  EXPECT_EQ(answer(SegmentList({newer, older}), "a"), "value 1") << "an older tombstone hides nothing newer";
}

TEST(Lookup, TellsAnObserverHowItSearched) {
  sim::SimDisk disk;
  const SegmentList set(
      {segment_of(disk, 1, {{"a", "1"}}), segment_of(disk, 2, {{"b", std::nullopt}}), segment_of(disk, 3, {})});
  test::EventRecorder events;
  std::string scratch;
  must(look_up(set, "a", &scratch, &events));
  EXPECT_EQ(events.lines(), (std::vector<std::string>{"probed 3 a", "not-here 3 a", "probed 2 a", "not-here 2 a",
                                                      "probed 1 a", "found 1 a"}));
  events.events.clear();
  must(look_up(set, "b", &scratch, &events));
  EXPECT_EQ(events.lines(),
            (std::vector<std::string>{"probed 3 b", "not-here 3 b", "probed 2 b", "tombstone-stops 2 b"}));
}

TEST(Lookup, DamageInANewerSegmentIsNotAnsweredFromAnOlderOne) {
  sim::SimDisk whole_disk;
  const auto older = segment_of(whole_disk, 1, {{"a", "old"}});
  const auto newer = segment_of(whole_disk, 2, {{"a", "new"}});
  ASSERT_EQ(answer(SegmentList({older, newer}), "a"), "value new");

  std::string bytes = whole_disk.state().contents().at("000002.log");
  bytes[32 + kRecordHeaderSize + 1] ^= 1;
  const auto disk = test::disk_with({{"000002.log", bytes}});
  auto damaged =
      std::make_shared<Segment>(must(disk->open("000002.log")), SegmentHeader{newer->nonce(), SegmentNumber{2}});
  must(damaged->add({RecordType::kPut, 32, 32, 0, "a", "new"}, hash_key("a"), nullptr));
  std::string scratch;
  EXPECT_TRUE(has_code(look_up(SegmentList({older, damaged}), "a", &scratch), StatusCode::kCorruption));
}

}  // namespace
}  // namespace sediment
