// A power cut under a mapped file: of all unsynced bytes, not only those of the last record, the disk may have any
// words, sectors or pages, in any order. Recovery must keep every record before the first one that is not whole.
//
// The search (sim/disk/crash.h) tears the last write into words and takes any sectors of several writes. Here all
// unsynced writes are torn into words at once.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "engine/store.h"
#include "sim/base/random.h"
#include "sim/disk/sim_disk.h"
#include "tests/support/coverage.h"
#include "tests/support/sim_helpers.h"

namespace sediment::test {
namespace {

using sim::Random;

constexpr std::uint64_t kWord = 8;
const std::string kLog = "000001.log";

// A store with synced records, followed by unsynced ones.
struct Tail {
  Files files;                      // as if nothing were lost
  std::uint64_t begin = 0;          // of the first unsynced record
  std::vector<std::uint64_t> ends;  // of each unsynced record
  std::vector<Pairs> states;        // before the first of them, and after each

  std::uint64_t written_end() const { return ends.back(); }
};

Tail tail_of(const Pairs& synced, const std::vector<std::pair<std::string, std::string>>& unsynced,
             bool reserve_space) {
  const auto disk = disk_with({}, {.seed = 3, .reserve_space = reserve_space});
  Options options = manual_merges();
  options.segment_size_bytes = 64 << 10;
  options.sync_policy = SyncPolicy::kNever;
  const auto store = open_store(disk, options);
  for (const auto& [key, value] : synced) must(store->put(key, value));
  must(store->sync());
  Tail tail;
  tail.begin = store->stats().segments.back().size_bytes;
  tail.states.push_back(synced);
  for (const auto& [key, value] : unsynced) {
    must(store->put(key, value));
    Pairs next = tail.states.back();
    next[key] = value;
    tail.states.push_back(std::move(next));
    tail.ends.push_back(store->stats().segments.back().size_bytes);
  }
  tail.files = disk->state().contents();
  return tail;
}

// How many of the unsynced records in these bytes of the log are whole, counting from the first one.
std::size_t whole_records(const Tail& tail, const std::string& bytes) {
  const std::string& written = tail.files.at(kLog);
  std::size_t count = 0;
  for (std::uint64_t begin = tail.begin; count < tail.ends.size(); begin = tail.ends[count++]) {
    const std::uint64_t size = tail.ends[count] - begin;
    if (bytes.size() < tail.ends[count] || bytes.compare(begin, size, written, begin, size) != 0) break;
  }
  return count;
}

// Opens what is left, twice, with a write in between. Returns how many unsynced records came back.
std::size_t must_be_exactly_what_is_whole(const Tail& tail, const std::string& bytes) {
  Files files = tail.files;
  files.at(kLog) = bytes;
  const auto disk = disk_with(files);
  const std::size_t whole = whole_records(tail, bytes);
  {
    const auto store = open_store(disk, manual_merges());
    EXPECT_EQ(dump(*store), tail.states[whole]);
    must(store->put("afterwards", "1"));
    must(store->close());
  }
  Pairs expected = tail.states[whole];
  expected["afterwards"] = "1";
  EXPECT_EQ(dump(*open_store(disk, manual_merges())), expected);
  return whole;
}

// The log with only those words of its unsynced part for which keep(offset) is true; the others are zeros, like
// reserved space.
template <typename Keep>
std::string with_words(const Tail& tail, Keep keep) {
  std::string bytes = tail.files.at(kLog);
  for (std::uint64_t at = tail.begin; at < tail.written_end(); at += kWord) {
    if (!keep(at)) bytes.replace(at, kWord, kWord, '\0');
  }
  return bytes;
}

TEST(TornTail, EverySubsetOfTheWordsOfThreeRecordsLeavesTheOnesThatAreWhole) {
  Coverage coverage("torn_tail_every_subset");
  // The keys are overwritten, so that a record that came back alone would show.
  const Tail tail = tail_of({{"a", "0"}, {"b", "0"}}, {{"a", "1"}, {"b", "2"}, {"a", "3"}}, true);
  const std::uint64_t words = (tail.written_end() - tail.begin) / kWord;
  ASSERT_EQ(words, 3U * 4) << "three records of 32 bytes";
  for (std::uint64_t kept = 0; kept < std::uint64_t{1} << words; ++kept) {
    const std::string bytes =
        with_words(tail, [&](std::uint64_t at) { return (kept >> ((at - tail.begin) / kWord) & 1) != 0; });
    const std::size_t whole = must_be_exactly_what_is_whole(tail, bytes);
    ASSERT_FALSE(testing::Test::HasFailure()) << "kept words " << kept;
    coverage.count("whole-" + std::to_string(whole));
    const bool last_is_whole = kept >> 8 == 0xf;
    if (last_is_whole && whole < 2) coverage.count("a-whole-record-after-a-torn-one");
  }
  coverage.require_at_least("whole-0", 3000);
  coverage.require_at_least("whole-1", 200);
  coverage.require_at_least("whole-2", 10);
  coverage.require_at_least("whole-3", 1);
  coverage.require_at_least("a-whole-record-after-a-torn-one", 200);
}

TEST(TornTail, AnyWordsSectorsOrPagesOfALongTailLeaveTheRecordsThatAreWhole) {
  Coverage coverage("torn_tail_any_pieces");
  Random random(1);
  for (int round = 0; round < 400; ++round) {
    std::vector<std::pair<std::string, std::string>> unsynced;
    const std::uint64_t records = 1 + random.below(12);
    for (std::uint64_t i = 0; i < records; ++i) {
      const std::uint64_t size = random.below(random.below(8) == 0 ? 9000 : 120);
      unsynced.emplace_back("k" + std::to_string(random.below(5)),
                            std::string(size, static_cast<char>('a' + random.below(26))));
    }
    const bool reserved = random.below(3) != 0;
    const Tail tail = tail_of({{"k0", "synced"}, {"k1", "synced"}}, unsynced, reserved);
    for (const std::uint64_t piece : {kWord, std::uint64_t{512}, std::uint64_t{4096}}) {
      const std::uint64_t lost_of_ten = 1 + random.below(9);
      std::vector<bool> lost(tail.files.at(kLog).size() / piece + 1);
      // Mostly few pieces are lost; otherwise hardly any record would come back.
      for (std::size_t i = 0; i < lost.size(); ++i) {
        const bool few = random.below(2) == 0;
        lost[i] = few ? random.below(lost.size()) == 0 : random.below(10) < lost_of_ten;
      }
      if (random.below(2) == 0) {
        std::fill(lost.begin(), lost.end(), false);
        lost[random.below(lost.size())] = true;
      }
      std::string bytes = with_words(tail, [&](std::uint64_t at) { return !lost[at / piece]; });
      // Without reserved space the file's size may be old, too.
      if (!reserved && random.below(2) == 0) bytes.resize(tail.begin + random.below(bytes.size() - tail.begin + 1));
      const std::size_t whole = must_be_exactly_what_is_whole(tail, bytes);
      ASSERT_FALSE(testing::Test::HasFailure()) << "round " << round << ", pieces of " << piece << " bytes";
      coverage.count(whole == 0 ? "none" : whole == records ? "all" : "some");
      if (whole + 1 < records) coverage.count("several-lost");
    }
  }
  for (const char* counter : {"none", "some", "all", "several-lost"}) coverage.require_at_least(counter, 50);
}

}  // namespace
}  // namespace sediment::test
