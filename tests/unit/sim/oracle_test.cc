// The oracle "prefix and floor": what each step promises, which contents are a prefix, and what it says about contents
// that are not.
#include "sim/run/oracle.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace sediment::sim {
namespace {

using Outcome = Ledger::Outcome;

void perform(Ledger& ledger, const std::string& step, std::uint64_t operations, Outcome outcome = Outcome::kDone) {
  ledger.begin(step_of(step), operations);
  ledger.end(step_of(step), outcome, operations + 1);
}

// put a 1, put b 2, remove a: each is one disk operation.
Ledger three_writes(SyncPolicy policy) {
  Ledger ledger(policy);
  perform(ledger, "put a 1", 0);
  perform(ledger, "put b 2", 1);
  perform(ledger, "remove a", 2);
  return ledger;
}

TEST(Promises, AreMadeByEachStepThatSyncs) {
  for (const char* step : {"sync", "roll", "close", "reopen", "merge", "merge begin"}) {
    EXPECT_TRUE(makes_durable(step_of(step))) << step;
    Ledger ledger = three_writes(SyncPolicy::kNever);
    EXPECT_EQ(ledger.bounds_after(3), (Bounds{0, 3, false}));
    perform(ledger, step, 3);
    EXPECT_EQ(ledger.bounds_after(4), (Bounds{3, 3, false})) << step;
    EXPECT_EQ(ledger.bounds_after(3).floor, 0U) << step << " promises nothing before it is done";
  }
  for (const char* step : {"merge step", "merge 1..2", "merge begin 1..2", "put a 1", "remove a", "get a", "check"}) {
    EXPECT_FALSE(makes_durable(step_of(step))) << step;
  }
}

TEST(Promises, UnderEveryWriteAreMadeByEachWrite) {
  const Ledger ledger = three_writes(SyncPolicy::kEveryWrite);
  for (std::size_t n = 0; n <= 3; ++n) EXPECT_EQ(ledger.bounds_after(n).floor, n);
}

TEST(Promises, AreNotMadeByAStepThatFails) {
  for (const Outcome outcome : {Outcome::kFailed, Outcome::kRefused}) {
    Ledger ledger = three_writes(SyncPolicy::kNever);
    perform(ledger, "sync", 3, outcome);
    EXPECT_EQ(ledger.bounds_after(4).floor, 0U);
  }
}

TEST(Promises, AreNotBelievedOnceTheDiskHasLied) {
  Ledger ledger = three_writes(SyncPolicy::kNever);
  ledger.distrust_syncs();
  perform(ledger, "sync", 3);
  EXPECT_EQ(ledger.bounds_after(4).floor, 0U);
  ledger.trust_syncs_again();
  perform(ledger, "sync", 4);
  EXPECT_EQ(ledger.bounds_after(5).floor, 3U);
}

TEST(Ledger, AWriteIsUnderWayUntilItIsAcknowledgedAndForGoodIfItFails) {
  Ledger ledger(SyncPolicy::kNever);
  ledger.begin(step_of("put a 1"), 5);
  EXPECT_EQ(ledger.bounds_after(4), (Bounds{0, 0, false}));
  EXPECT_EQ(ledger.bounds_after(5), (Bounds{0, 0, true}));
  ledger.end(step_of("put a 1"), Outcome::kFailed, 7);
  EXPECT_EQ(ledger.bounds_after(7), (Bounds{0, 0, true}));
  perform(ledger, "put b 2", 8);
  EXPECT_EQ(ledger.bounds_after(9), (Bounds{0, 0, true})) << "nothing is written after it";
}

TEST(Ledger, ARefusedWriteIsNowhere) {
  Ledger ledger(SyncPolicy::kNever);
  perform(ledger, "put a 1", 0, Outcome::kRefused);
  perform(ledger, "put b 2", 1);
  EXPECT_EQ(ledger.bounds_after(2), (Bounds{0, 1, false}));
  EXPECT_EQ(ledger.after(1), (Contents{{"b", "2"}}));
}

TEST(Ledger, StartsOverWithWhatWasRecovered) {
  Ledger ledger = three_writes(SyncPolicy::kNever);
  ledger.restart(1, 10);
  EXPECT_EQ(ledger.bounds_after(10), (Bounds{1, 1, false}));
  perform(ledger, "put c 3", 10);
  EXPECT_EQ(ledger.after(2), (Contents{{"a", "1"}, {"c", "3"}}));
}

// ---- prefixes

TEST(MatchingPrefix, IsTheLongestAllowedOne) {
  const Ledger ledger = three_writes(SyncPolicy::kNever);
  EXPECT_EQ(matching_prefix(ledger, {0, 3, false}, {}), 0U);
  EXPECT_EQ(matching_prefix(ledger, {0, 3, false}, {{"a", "1"}}), 1U);
  EXPECT_EQ(matching_prefix(ledger, {0, 3, false}, {{"a", "1"}, {"b", "2"}}), 2U);
  EXPECT_EQ(matching_prefix(ledger, {0, 3, false}, {{"b", "2"}}), 3U);

  Ledger same(SyncPolicy::kNever);
  perform(same, "put a 1", 0);
  perform(same, "put a 1", 1);
  EXPECT_EQ(matching_prefix(same, {0, 2, false}, {{"a", "1"}}), 2U) << "the longer of two equal ones";
}

TEST(MatchingPrefix, IsNeverShorterThanTheFloorNorLongerThanWhatWasWritten) {
  const Ledger ledger = three_writes(SyncPolicy::kNever);
  EXPECT_EQ(matching_prefix(ledger, {2, 3, false}, {{"a", "1"}}), std::nullopt);
  EXPECT_EQ(matching_prefix(ledger, {0, 1, false}, {{"a", "1"}, {"b", "2"}}), std::nullopt);
  EXPECT_EQ(matching_prefix(ledger, {0, 1, true}, {{"a", "1"}, {"b", "2"}}), 2U) << "the write under way may be in";
  EXPECT_EQ(matching_prefix(ledger, {0, 1, true}, {{"a", "1"}}), 1U) << "or out";
}

TEST(MatchingPrefix, IsNoneOfContentsWithAHoleOrWithMore) {
  Ledger ledger(SyncPolicy::kNever);
  perform(ledger, "put a 1", 0);
  perform(ledger, "put b 2", 1);
  EXPECT_EQ(matching_prefix(ledger, {0, 2, false}, {{"b", "2"}}), std::nullopt);
  EXPECT_EQ(matching_prefix(ledger, {0, 2, false}, {{"a", "1"}, {"x", "9"}}), std::nullopt);
  EXPECT_EQ(matching_prefix(ledger, {0, 2, false}, {{"a", "2"}}), std::nullopt);
}

TEST(Mismatch, SaysHowContentsAreWrong) {
  Ledger ledger(SyncPolicy::kNever);
  for (const char* step : {"put a 1", "put b 2", "put a 3"}) perform(ledger, step, 0);
  const Bounds all{3, 3, false};
  EXPECT_EQ(mismatch_of(ledger, all, {{"a", "3"}}).kinds, unsigned{Mismatch::kLost});
  EXPECT_EQ(mismatch_of(ledger, all, {{"a", "1"}, {"b", "2"}}).kinds, unsigned{Mismatch::kOld});
  EXPECT_EQ(mismatch_of(ledger, all, {{"a", "3"}, {"b", "9"}}).kinds, unsigned{Mismatch::kInvented});
  EXPECT_EQ(mismatch_of(ledger, all, {{"a", "9"}}).kinds, unsigned{Mismatch::kLost | Mismatch::kInvented});
  EXPECT_EQ(mismatch_of(ledger, {0, 3, false}, {{"b", "2"}}).kinds, unsigned{Mismatch::kHole});
  EXPECT_EQ(mismatch_of(ledger, all, {{"b", "9"}}, {"a"}).kinds, unsigned{Mismatch::kInvented})
      << "a key that answers with corruption contradicts nothing";
}

TEST(Ledger, KnowsWhatARecoveryHasUndoneUntilTheNextWrite) {
  Ledger ledger(SyncPolicy::kNever);
  perform(ledger, "put a 1", 1);
  perform(ledger, "put a 2", 3);
  ledger.restart(1, 10);
  const Bounds before = ledger.bounds_after(9);
  EXPECT_EQ(before.most(), 2U);
  EXPECT_EQ(matching_prefix(ledger, before, {{"a", "2"}}), 2U) << "a second crash strikes within the recovery";
  EXPECT_EQ(ledger.history_begins(), 0U);

  perform(ledger, "put a 3", 11);
  EXPECT_EQ(ledger.history_begins(), 10U);
  EXPECT_EQ(matching_prefix(ledger, ledger.bounds_after(12), {{"a", "3"}}), 2U);
}

// One map for each write, as the ledger would be with memory without end.
TEST(Ledger, KnowsTheMapAfterEachWriteFromALogOfChanges) {
  Ledger ledger(SyncPolicy::kNever);
  std::vector<Contents> maps = {{}};
  std::uint64_t random = 7;
  const auto choose = [&random](std::uint64_t below) {
    random = random * 6364136223846793005 + 1442695040888963407;
    return (random >> 33) % below;
  };
  for (std::uint64_t operation = 0; operation < 300; ++operation) {
    if (choose(40) == 0) {  // a crash has taken the last writes
      const std::size_t left = maps.size() - std::min<std::size_t>(maps.size(), 1 + choose(5));
      ledger.restart(left, operation);
      maps.resize(left + 1);
      continue;
    }
    const std::string key(1, static_cast<char>('a' + choose(6)));
    const bool removes = choose(4) == 0;
    const bool refused = choose(10) == 0;
    perform(ledger, removes ? "remove " + key : "put " + key + " " + std::to_string(operation), operation,
            refused ? Outcome::kRefused : Outcome::kDone);
    if (refused) continue;
    maps.push_back(maps.back());
    if (removes) maps.back().erase(key);
    if (!removes) maps.back()[key] = std::to_string(operation);

    const std::size_t newest = maps.size() - 1;
    ASSERT_EQ(ledger.bounds_after(operation + 1).acknowledged, newest);
    for (std::size_t n = 0; n <= newest; n += 1 + choose(20)) {
      ASSERT_EQ(ledger.after(n), maps[n]) << n << " of " << newest;
      ASSERT_EQ(ledger.keys_after(n), maps[n].size());
      const auto value = maps[n].find("c");
      ASSERT_EQ(ledger.value_after(n, "c"), value == maps[n].end() ? std::nullopt : std::optional(value->second));
      const std::size_t floor = choose(newest + 1);
      std::optional<std::size_t> longest;
      for (std::size_t i = floor; i <= newest; ++i) {
        if (maps[i] == maps[n]) longest = i;
      }
      ASSERT_EQ(matching_prefix(ledger, {floor, newest, false}, maps[n]), longest);
    }
  }
  EXPECT_GT(maps.size(), 100U);
}

TEST(Contents, DifferAtTheirFirstKeyInOrder) {
  const Contents pairs{{"a", "1"}, {"b", "2"}};
  EXPECT_EQ(first_difference(pairs, pairs), "");
  EXPECT_EQ(first_difference({{"b", "2"}}, pairs), "a is missing");
  EXPECT_EQ(first_difference({{"a", "1"}, {"b", ""}}, pairs), "b is \"\" instead of \"2\"");
  EXPECT_EQ(first_difference({{"a", "1"}, {"aa", "x"}, {"b", "3"}}, pairs), "aa is \"x\", which must not be there");
}

}  // namespace
}  // namespace sediment::sim
