// A damaged log: a reader gets the right records in order, and then a verdict. Never anything else.
#include <gtest/gtest.h>

#include "engine/log_end.h"
#include "engine/log_reader.h"
#include "engine/log_writer.h"
#include "tests/support/damage.h"
#include "tests/support/segment_helpers.h"
#include "tests/support/sim_helpers.h"

namespace sediment {
namespace {

using test::must;
using test::record_at;

struct Written {
  RecordType type = RecordType::kPut;
  std::string key;
  std::string value;
  std::uint64_t offset = 0;
};

// A small log with records of every shape, each synced, and a little reserved space after the last one.
struct Log {
  Log() {
    sim::SimDisk disk;
    const auto writer = must(LogWriter::create_durable(disk, SegmentNumber{1}, 400));
    const std::string zeros(5, '\0');
    for (const auto& [key, value] : std::vector<std::pair<std::string, std::string>>{{"a", "1"},
                                                                                     {"", "empty key"},
                                                                                     {"empty value", ""},
                                                                                     {zeros, zeros},
                                                                                     {"a", "2"},
                                                                                     {"long", std::string(50, 'v')}}) {
      records.push_back({RecordType::kPut, key, value, must(writer->append(RecordType::kPut, key, value))});
      must(writer->sync());
    }
    records.push_back({RecordType::kTombstone, "a", "", must(writer->append(RecordType::kTombstone, "a", ""))});
    end = writer->end();
    nonce = writer->nonce();
    bytes = disk.state().contents().at("000001.log");
  }

  LogExtent extent_of(const std::string& text) const { return {"000001.log", nonce, text.size()}; }

  // The index of the record that the byte belongs to; none in the header and after the last record.
  std::optional<std::size_t> record_at(std::uint64_t byte) const {
    if (byte < kSegmentHeaderSize || byte >= end) return std::nullopt;
    std::size_t at = records.size() - 1;
    while (records[at].offset > byte) --at;
    return at;
  }

  std::vector<Written> records;
  std::string bytes;
  std::uint64_t end = 0;
  std::uint64_t nonce = 0;
};

bool same(const Record& record, const Written& written) {
  return record.type == written.type && record.key == written.key && record.value == written.value &&
         record.offset == written.offset;
}

// Reads the log, fails the test at a wrong record, and returns the number of right ones before the end.
std::size_t right_records(const Log& log, const std::string& bytes) {
  const auto file = test::file_with(bytes);
  LogReader reader(*file, log.extent_of(bytes));
  for (std::size_t count = 0;; ++count) {
    const LogReader::Step step = must(reader.next());
    if (step.verdict != RecordVerdict::kValid) return count;
    if (count >= log.records.size() || !same(step.record, log.records[count])) {
      ADD_FAILURE() << "record " << count << " at " << step.offset << " is not what was written";
      return count;
    }
  }
}

TEST(LogCorruption, AWholeLogIsReadWhole) {
  const Log log;
  EXPECT_EQ(right_records(log, log.bytes), 7U);
  EXPECT_GT(log.bytes.size(), log.end) << "there is reserved space";
}

TEST(LogCorruption, AnyFlippedBitEndsTheLogAtItsRecordAndNowhereElse) {
  const Log log;
  const std::uint64_t cases = test::for_each_bit_flip(log.bytes, [&](const std::string& damaged, std::uint64_t bit) {
    const std::size_t expected = log.record_at(bit / 8).value_or(log.records.size());
    EXPECT_EQ(right_records(log, damaged), expected) << "bit " << bit;
  });
  EXPECT_EQ(cases, 8U * 400);
}

TEST(LogCorruption, AnyCutEndsTheLogBehindTheLastWholeRecord) {
  const Log log;
  const std::uint64_t cases = test::for_each_cut(log.bytes, [&](const std::string& cut, std::uint64_t size) {
    std::size_t expected = 0;
    while (expected < log.records.size() &&
           (expected + 1 < log.records.size() ? log.records[expected + 1].offset : log.end) <= size) {
      ++expected;
    }
    EXPECT_EQ(right_records(log, cut), expected) << "cut to " << size;
  });
  EXPECT_EQ(cases, 400U);
}

TEST(LogCorruption, AReadAtAnOffsetGivesTheRightRecordOrCorruption) {
  const Log log;
  std::uint64_t right = 0;
  std::uint64_t corrupt = 0;
  const auto check = [&](const std::string& bytes, const std::string& what) {
    const auto file = test::file_with(bytes);
    for (const Written& written : log.records) {
      std::string scratch;
      const Result<Record> record = record_at(*file, log.extent_of(bytes), written.offset, &scratch);
      if (record.ok()) {
        EXPECT_TRUE(same(*record, written)) << what;
        ++right;
      } else {
        EXPECT_TRUE(record.status().is(StatusCode::kCorruption)) << what << ": " << record.status().to_string();
        ++corrupt;
      }
    }
  };
  test::for_each_bit_flip(
      log.bytes, [&](const std::string& bytes, std::uint64_t bit) { check(bytes, "bit " + std::to_string(bit)); });
  EXPECT_EQ(corrupt, 8 * (log.end - kSegmentHeaderSize)) << "each bit of the records belongs to exactly one";
  EXPECT_EQ(right, std::uint64_t{8} * 400 * 7 - corrupt);
  test::for_each_cut(
      log.bytes, [&](const std::string& bytes, std::uint64_t size) { check(bytes, "cut to " + std::to_string(size)); });
  EXPECT_EQ(right + corrupt, (8 * 400 + 400) * 7U);
}

TEST(LogCorruption, AnyDamageToASyncedRecordIsProvenByALaterOne) {
  const Log log;
  std::uint64_t proven = 0;
  test::for_each_bit_flip(log.bytes, [&](const std::string& damaged, std::uint64_t bit) {
    const auto at = log.record_at(bit / 8);
    if (!at) return;
    const bool expected = *at + 1 < log.records.size();  // the last record has no later one
    EXPECT_EQ(must(proven_durable(*test::file_with(damaged), log.extent_of(damaged), log.records[*at].offset)),
              expected)
        << "bit " << bit;
    proven += expected ? 1 : 0;
  });
  EXPECT_EQ(proven, 8 * (log.records.back().offset - kSegmentHeaderSize));
}

TEST(LogCorruption, ASearchFindsOnlyRealHeaders) {
  const Log log;
  std::uint64_t searches = 0;
  test::for_each_bit_flip(log.bytes, [&](const std::string& damaged, std::uint64_t bit) {
    const auto file = test::file_with(damaged);
    for (std::size_t i = 0; i < log.records.size(); ++i) {
      const std::uint64_t from = i == 0 ? 0 : log.records[i - 1].offset + 1;
      const std::uint64_t found = must(find_record_header(*file, log.extent_of(damaged), from));
      const bool here = found == log.records[i].offset;
      const bool header_damaged =
          bit / 8 >= log.records[i].offset && bit / 8 < log.records[i].offset + kRecordHeaderSize;
      EXPECT_EQ(here, !header_damaged) << "bit " << bit << ", record " << i;
      ++searches;
    }
  });
  EXPECT_EQ(searches, 8U * 400 * 7);
}

}  // namespace
}  // namespace sediment
