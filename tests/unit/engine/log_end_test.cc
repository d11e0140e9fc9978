// Where a log ends: what is a torn tail, what is rot, and the searches that tell.
#include "engine/log_end.h"

#include <gtest/gtest.h>

#include "tests/support/log_helpers.h"
#include "tests/support/segment_helpers.h"
#include "tests/support/sim_helpers.h"

namespace sediment {
namespace {

using test::BadSector;
using test::file_with;
using test::flip;
using test::has_code;
using test::Log;
using test::log_of;
using test::must;

// The verdict on what stands where the valid records of these bytes end.
Result<TornTail> end_of(const std::string& bytes, const Log& log) {
  const auto file = file_with(bytes);
  const LogExtent extent{"000001.log", log.nonce, bytes.size()};
  LogReader reader(*file, extent);
  LogReader::Step step = must(reader.next());
  while (step.verdict == RecordVerdict::kValid) step = must(reader.next());
  return judge_end(*file, extent, step.offset, step.verdict);
}

TEST(JudgeEnd, NothingIsCutWhereTheRecordsFillTheLogOrOnlyReservedSpaceFollows) {
  const Log log = log_of({{"a", "1"}, {"b", "2"}});
  EXPECT_EQ(must(end_of(log.bytes, log)).bytes, 0U);
  EXPECT_EQ(must(end_of(log.bytes, log)).why, "");
  EXPECT_EQ(must(end_of(log.bytes + std::string(100'000, '\0'), log)).bytes, 0U);
}

TEST(JudgeEnd, DamageToWhatWasNeverSyncedIsATornTailUpToItsLastByte) {
  Log log = log_of({{"a", "1"}, {"b", "2"}, {"c", "3"}});
  flip(log.bytes, log.offsets[1]);
  const TornTail tail = must(end_of(log.bytes + std::string(4096, '\0'), log));
  EXPECT_EQ(tail.bytes, log.offsets[2] + kRecordHeaderSize + 2 - log.offsets[1]);
  EXPECT_EQ(tail.why, describe(RecordVerdict::kHeaderInvalid));
  // The file ends inside of a record.
  const Log whole = log_of({{"a", "1"}, {"b", "2"}});
  const TornTail cut = must(end_of(whole.bytes.substr(0, whole.offsets[1] + 7), whole));
  EXPECT_EQ(cut.bytes, 7U);
  EXPECT_EQ(cut.why, describe(RecordVerdict::kHeaderCut));
}

TEST(JudgeEnd, DamageThatALaterRecordProvesToHaveBeenSyncedIsRot) {
  Log log = log_of({{"a", "1"}, {"b", "2"}, {"c", "synced before"}, {"d", "4"}});
  flip(log.bytes, log.offsets[1]);
  const Result<TornTail> rot = end_of(log.bytes, log);
  ASSERT_TRUE(has_code(rot, StatusCode::kCorruption));
  EXPECT_EQ(rot.status().file(), "000001.log");
  EXPECT_EQ(rot.status().offset(), log.offsets[1]);
  EXPECT_NE(rot.status().message().find("had been synced"), std::string_view::npos);
  // The witnesses, c and d, are damaged as well: nothing proves it any more.
  flip(log.bytes, log.offsets[2]);
  flip(log.bytes, log.offsets[3]);
  EXPECT_GT(must(end_of(log.bytes, log)).bytes, 0U);
}

TEST(JudgeEnd, AWitnessWhoseHeaderEndsInZerosCounts) {
  // The last header of the log is the witness, and the bytes after its last nonzero byte belong to it.
  Log log = log_of({{"a", "1"}, {"", "synced"}});
  const std::string witness_only = log.bytes.substr(0, log.offsets[1] + kRecordHeaderSize);
  std::string bytes = witness_only + std::string(64, '\0');
  flip(bytes, log.offsets[0]);
  EXPECT_TRUE(has_code(end_of(bytes, log), StatusCode::kCorruption));
}

TEST(JudgeEnd, ABadSectorIsAnError) {
  const Log log = log_of({{"a", "1"}, {"b", "2"}});
  const BadSector file(file_with(log.bytes), log.offsets[1]);
  const auto judged = judge_end(file, log.extent(), log.offsets[1], RecordVerdict::kHeaderInvalid);
  EXPECT_TRUE(has_code(judged, StatusCode::kIoError));
  EXPECT_TRUE(has_code(find_record_header(file, log.extent(), log.offsets[1]), StatusCode::kIoError));
  EXPECT_TRUE(has_code(proven_durable(file, log.extent(), log.offsets[1]), StatusCode::kIoError));
  EXPECT_TRUE(has_code(end_of_written_bytes(file, log.extent(), log.offsets[1]), StatusCode::kIoError));
}

TEST(LogEnd, SearchesThroughShortReads) {
  const Log log = log_of({{"a", "1"}, {"b", std::string(1000, 'v')}, {"c", "3"}});
  for (const std::size_t limit : std::vector<std::size_t>{1, 7, 24, 33}) {
    const auto disk = test::disk_with({{"000001.log", log.bytes}});
    disk->limit_reads(limit);
    const auto file = must(disk->open("000001.log"));
    EXPECT_EQ(must(find_record_header(*file, log.extent(), log.offsets[2])), log.offsets[2]);
    EXPECT_EQ(must(end_of_written_bytes(*file, log.extent(), 0)), log.offsets[2] + 26);
  }
}

TEST(FindRecordHeader, FindsTheNextHeaderBehindDamageAndBlanks) {
  Log log = log_of({{"a", "1"}, {"b", "2"}, {"c", "3"}});
  const auto find = [&](std::uint64_t from) {
    return must(find_record_header(*file_with(log.bytes), log.extent(), from));
  };
  EXPECT_EQ(find(0), log.offsets[0]);
  EXPECT_EQ(find(log.offsets[0] + 1), log.offsets[1]);
  flip(log.bytes, log.offsets[1]);
  EXPECT_EQ(find(log.offsets[0] + 1), log.offsets[2]) << "through damage";
  log.bytes.replace(log.offsets[0], log.offsets[2] - log.offsets[0], log.offsets[2] - log.offsets[0], '\0');
  EXPECT_EQ(find(0), log.offsets[2]) << "through blanks";
  EXPECT_EQ(find(log.offsets[2] + 8), log.bytes.size()) << "there is none";
}

TEST(FindRecordHeader, FollowsNoLengthIntoADamagedBody) {
  Log log = log_of({{"a", std::string(1000, 'v')}, {"b", "2"}});
  flip(log.bytes, log.offsets[0] + kRecordHeaderSize + 10);
  EXPECT_EQ(must(find_record_header(*file_with(log.bytes), log.extent(), log.offsets[0])), log.offsets[0])
      << "its header is still good";
  EXPECT_EQ(must(find_record_header(*file_with(log.bytes), log.extent(), log.offsets[0] + 8)), log.offsets[1]);
}

TEST(FindRecordHeader, DoesNotTakeARecordInsideOfAValueForOne) {
  const Log inner = log_of({{"inner", "value"}});
  // At a multiple of 8 in the outer log, with the bytes of a real record of another file.
  const std::string embedded = inner.bytes.substr(inner.offsets[0]);
  const Log outer = log_of({{"12345678", embedded}});
  EXPECT_EQ(must(find_record_header(*file_with(outer.bytes), outer.extent(), outer.offsets[0] + 8)),
            outer.bytes.size());
}

TEST(FindRecordHeader, FindsAHeaderOnEitherSideOfAWindowsEnd) {
  constexpr std::uint64_t kWindow = 65'536;
  int places = 0;
  for (std::uint64_t at = kWindow - 64; at <= kWindow + 64; at += 8) {
    std::string bytes(at, '\x5a');
    const EncodedRecord record = encode_record({7, at}, RecordType::kPut, "k", "v", 0);
    bytes.append(record.header.data(), record.header.size()).append("kv").append(record.padding_size, '\0');
    EXPECT_EQ(must(find_record_header(*file_with(bytes), {"f", 7, bytes.size()}, 0)), at);
    ++places;
  }
  EXPECT_EQ(places, 17);
}

TEST(ProvenDurable, NeedsALaterRecordThatSaysSo) {
  const Log unsynced = log_of({{"a", "1"}, {"b", "2"}, {"c", "3"}});
  const auto proven = [](const Log& log, std::uint64_t offset) {
    return must(proven_durable(*file_with(log.bytes), log.extent(), offset));
  };
  EXPECT_FALSE(proven(unsynced, unsynced.offsets[0]));
  EXPECT_FALSE(proven(unsynced, unsynced.offsets[1]));

  const Log synced = log_of({{"a", "1"}, {"b", "2"}, {"c", "synced before"}, {"d", "4"}});
  EXPECT_TRUE(proven(synced, synced.offsets[0]));
  EXPECT_TRUE(proven(synced, synced.offsets[1]));
  EXPECT_FALSE(proven(synced, synced.offsets[2])) << "synced up to it is not synced past it";
  EXPECT_FALSE(proven(synced, synced.offsets[3]));
}

TEST(ProvenDurable, AsksEveryLaterRecordAndNotOnlyTheNext) {
  // b was written before the sync and c after it: c alone is the witness for a.
  Log log = log_of({{"a", "1"}, {"b", "2"}, {"c", "synced before"}});
  flip(log.bytes, log.offsets[0]);
  EXPECT_TRUE(must(proven_durable(*file_with(log.bytes), log.extent(), log.offsets[0])));
  flip(log.bytes, log.offsets[2]);
  EXPECT_FALSE(must(proven_durable(*file_with(log.bytes), log.extent(), log.offsets[0]))) << "the witness is gone";
}

TEST(EndOfWrittenBytes, IsAfterTheLastByteThatIsNotZero) {
  const auto end = [](const std::string& bytes, std::uint64_t from) {
    return must(end_of_written_bytes(*file_with(bytes), {"f", 0, bytes.size()}, from));
  };
  EXPECT_EQ(end(std::string(100, '\0'), 40), 40U);
  EXPECT_EQ(end(std::string(100, '\0') + "x", 40), 101U);
  EXPECT_EQ(end("x" + std::string(200'000, '\0'), 1), 1U);
  EXPECT_EQ(end("x" + std::string(200'000, '\0') + "y" + std::string(200'000, '\0'), 1), 200'002U);
  EXPECT_EQ(end("", 0), 0U);
}

}  // namespace
}  // namespace sediment
