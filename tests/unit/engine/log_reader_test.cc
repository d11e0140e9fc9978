// Reading a log: step by step, and at one offset.
#include "engine/log_reader.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/log_helpers.h"
#include "tests/support/segment_helpers.h"
#include "tests/support/sim_helpers.h"

namespace sediment {
namespace {

using test::BadSector;
using test::disk_with;
using test::file_with;
using test::flip;
using test::has_code;
using test::Log;
using test::log_of;
using test::must;
using test::record_at;

struct Outcome {
  std::vector<std::string> keys;
  RecordVerdict verdict = RecordVerdict::kValid;
  std::uint64_t offset = 0;
};

Outcome read_all(const File& file, const LogExtent& extent) {
  LogReader reader(file, extent);
  Outcome outcome;
  while (true) {
    const LogReader::Step step = must(reader.next());
    outcome.verdict = step.verdict;
    outcome.offset = step.offset;
    if (step.verdict != RecordVerdict::kValid) return outcome;
    outcome.keys.emplace_back(step.record.key);
  }
}

TEST(LogReader, StepsThroughAllRecordsToTheEnd) {
  const Log log = log_of({{"a", "1"}, {"", ""}, {"c", std::string(100, 'v')}});
  const Outcome outcome = read_all(*file_with(log.bytes), log.extent());
  EXPECT_EQ(outcome.keys, (std::vector<std::string>{"a", "", "c"}));
  EXPECT_EQ(outcome.verdict, RecordVerdict::kEnd);
  EXPECT_EQ(outcome.offset, log.bytes.size());
}

TEST(LogReader, AnEmptyLogEndsAfterItsHeader) {
  const Log log = log_of({});
  const Outcome outcome = read_all(*file_with(log.bytes), log.extent());
  EXPECT_TRUE(outcome.keys.empty());
  EXPECT_EQ(outcome.verdict, RecordVerdict::kEnd);
}

TEST(LogReader, ReservedSpaceIsBlank) {
  const Log log = log_of({{"a", "1"}}, 256);
  ASSERT_EQ(log.bytes.size(), 256U);
  const Outcome outcome = read_all(*file_with(log.bytes), log.extent());
  EXPECT_EQ(outcome.keys, (std::vector<std::string>{"a"}));
  EXPECT_EQ(outcome.verdict, RecordVerdict::kBlank);
  EXPECT_EQ(outcome.offset, 64U);
}

TEST(LogReader, StopsAtDamageAndStaysThere) {
  Log log = log_of({{"a", "1"}, {"b", "2"}, {"c", "3"}});
  flip(log.bytes, log.offsets[1]);
  const auto file = file_with(log.bytes);
  LogReader reader(*file, log.extent());
  EXPECT_EQ(must(reader.next()).verdict, RecordVerdict::kValid);
  for (int time = 0; time < 3; ++time) {
    const LogReader::Step step = must(reader.next());
    EXPECT_EQ(step.verdict, RecordVerdict::kHeaderInvalid);
    EXPECT_EQ(step.offset, log.offsets[1]);
  }
}

TEST(LogReader, BytesAfterTheEndOfTheExtentAreNotTheLogs) {
  const Log log = log_of({{"a", "1"}, {"b", "2"}});
  const auto file = file_with(log.bytes);
  EXPECT_EQ(read_all(*file, {"f", log.nonce, log.offsets[1]}).keys.size(), 1U);
  EXPECT_EQ(read_all(*file, {"f", log.nonce, log.offsets[1]}).verdict, RecordVerdict::kEnd);
  EXPECT_EQ(read_all(*file, {"f", log.nonce, log.offsets[1] + 10}).verdict, RecordVerdict::kHeaderCut);
  EXPECT_EQ(read_all(*file, {"f", log.nonce, log.offsets[1] + 24}).verdict, RecordVerdict::kBodyCut);
}

TEST(LogReader, ReadsRecordsLargerThanItsWindow) {
  const std::string large(200'000, 'x');
  std::vector<test::Pairs::value_type> pairs{{"large", large}};
  for (int i = 0; i < 3000; ++i) pairs.emplace_back("key" + std::to_string(i), "value");
  pairs.emplace_back("large again", large);
  const Log log = log_of(pairs);
  const auto file = file_with(log.bytes);
  LogReader reader(*file, log.extent());
  for (const auto& [key, value] : pairs) {
    const LogReader::Step step = must(reader.next());
    ASSERT_EQ(step.verdict, RecordVerdict::kValid);
    ASSERT_EQ(step.record.key, key);
    ASSERT_EQ(step.record.value, value);
  }
  EXPECT_EQ(must(reader.next()).verdict, RecordVerdict::kEnd);
}

TEST(LogReader, ReadsThroughShortReads) {
  const Log log = log_of({{"a", "1"}, {"b", std::string(1000, 'v')}, {"c", "3"}});
  for (const std::size_t limit : std::vector<std::size_t>{1, 7, 24, 33}) {
    const auto disk = disk_with({{"000001.log", log.bytes}});
    disk->limit_reads(limit);
    const auto file = must(disk->open("000001.log"));
    EXPECT_EQ(read_all(*file, log.extent()).keys.size(), 3U);
    std::string scratch;
    EXPECT_EQ(must(record_at(*file, log.extent(), log.offsets[1], &scratch)).value, std::string(1000, 'v'));
  }
}

TEST(LogReader, ABatchThatEndsWhereItsWindowEndsIsNotTheLast) {
  constexpr std::uint64_t kWindow = std::uint64_t{64} << 10;
  int at_the_edge = 0;
  // Records of this size, so that some batch ends exactly at a window's edge, or just before or after it.
  for (std::uint64_t power = 32; power <= 2 * kWindow; power *= 2) {
    for (const std::uint64_t size : {power - 8, power, power + 8}) {
      const std::size_t count = static_cast<std::size_t>(3 * kWindow / size + 40);
      std::vector<test::Pairs::value_type> pairs;
      for (std::size_t i = 0; i < count; ++i) pairs.emplace_back("", std::string(size - kRecordHeaderSize, 'v'));
      const Log log = log_of(pairs);
      const auto file = file_with(log.bytes);
      LogReader reader(*file, log.extent());
      LogReader::Batch batch;
      std::size_t records = 0;
      do {
        must(reader.next_batch(&batch));
        for (std::size_t i = 0; i < batch.count; ++i) {
          ASSERT_EQ(batch.records[i].offset, log.offsets[records]) << size;
          ASSERT_EQ(batch.records[i].value, pairs[records].second) << size;
          ++records;
        }
        const std::uint64_t end = kSegmentHeaderSize + records * size;
        at_the_edge += batch.end == RecordVerdict::kValid && (end - kSegmentHeaderSize) % kWindow == 0 ? 1 : 0;
      } while (batch.end == RecordVerdict::kValid);
      EXPECT_EQ(batch.end, RecordVerdict::kEnd) << size;
      EXPECT_EQ(records, count) << size;
    }
  }
  EXPECT_GE(at_the_edge, 20);
}

TEST(LogReader, ABadSectorIsAnErrorAndNotTheEnd) {
  const Log log = log_of({{"a", "1"}, {"b", "2"}});
  const BadSector file(file_with(log.bytes), log.offsets[1]);
  LogReader reader(file, log.extent());
  EXPECT_TRUE(has_code(reader.next(), StatusCode::kIoError));
  std::string scratch;
  EXPECT_TRUE(has_code(record_at(file, log.extent(), log.offsets[1], &scratch), StatusCode::kIoError));
  const BadSector unreadable(file_with(log.bytes), 0);
  EXPECT_TRUE(has_code(read_segment_header(unreadable, "000001.log"), StatusCode::kIoError));
}

TEST(ReadRecord, FindsEachRecordAtItsOffset) {
  const Log log = log_of({{"a", "1"}, {"b", std::string(5000, 'v')}});
  const auto file = file_with(log.bytes);
  std::string scratch;
  EXPECT_EQ(must(record_at(*file, log.extent(), log.offsets[0], &scratch)).key, "a");
  EXPECT_EQ(must(record_at(*file, log.extent(), log.offsets[1], &scratch)).value, std::string(5000, 'v'));
}

TEST(ReadRecord, NamesFileAndOffsetOfWhatDoesNotVerify) {
  Log log = log_of({{"a", "1"}, {"b", "2"}});
  flip(log.bytes, log.offsets[1] + kRecordHeaderSize);
  const auto file = file_with(log.bytes);
  std::string scratch;
  const Result<Record> record = record_at(*file, log.extent(), log.offsets[1], &scratch);
  ASSERT_TRUE(has_code(record, StatusCode::kCorruption));
  EXPECT_EQ(record.status().file(), "000001.log");
  EXPECT_EQ(record.status().offset(), log.offsets[1]);
  EXPECT_EQ(record.status().message(), "the body's checksum does not match");
}

TEST(ReadRecord, OffsetsOutsideTheLogAreCorruption) {
  const Log log = log_of({{"a", "1"}});
  const auto file = file_with(log.bytes);
  std::string scratch;
  for (const std::uint64_t offset :
       {std::uint64_t{0}, std::uint64_t{33}, std::uint64_t{log.bytes.size()}, std::uint64_t{1} << 40, UINT64_MAX}) {
    EXPECT_TRUE(has_code(record_at(*file, log.extent(), offset, &scratch), StatusCode::kCorruption)) << offset;
  }
}

}  // namespace
}  // namespace sediment
