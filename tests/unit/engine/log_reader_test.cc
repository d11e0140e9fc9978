// Reading a log: step by step, at one offset, and searching for what still verifies.
#include "engine/log_reader.h"

#include <gtest/gtest.h>

#include <vector>

#include "engine/log_writer.h"
#include "tests/support/segment_helpers.h"
#include "tests/support/sim_helpers.h"

namespace sediment {
namespace {

using test::disk_with;
using test::file_with;
using test::has_code;
using test::must;
using test::record_at;

// A log with these records, synced before each record whose value begins with "synced".
struct Log {
  std::string bytes;
  std::uint64_t nonce = 0;
  std::vector<std::uint64_t> offsets;

  LogExtent extent() const { return {"000001.log", nonce, bytes.size()}; }
};

Log log_of(const std::vector<test::Pairs::value_type>& pairs, std::uint64_t capacity = 0) {
  const auto disk = disk_with({});
  const auto writer = must(LogWriter::create_durable(*disk, SegmentNumber{1}, capacity));
  Log log;
  for (const auto& [key, value] : pairs) {
    if (value.starts_with("synced")) must(writer->sync());
    log.offsets.push_back(must(writer->append(RecordType::kPut, key, value)));
  }
  log.bytes = disk->state().contents().at("000001.log");
  log.nonce = writer->nonce();
  return log;
}

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

void flip(std::string& bytes, std::uint64_t at) { bytes[at] = static_cast<char>(bytes[at] ^ 1); }

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
    EXPECT_EQ(must(find_record_header(*file, log.extent(), log.offsets[2])), log.offsets[2]);
    EXPECT_EQ(must(end_of_written_bytes(*file, log.extent(), 0)), log.offsets[2] + 26);
  }
}

// A file whose reads fail from some offset on.
class BadSector final : public File {
 public:
  BadSector(std::unique_ptr<File> file, std::uint64_t bad_from) : file_(std::move(file)), bad_from_(bad_from) {}
  Status append(std::initializer_list<std::string_view>) override { return Status::io_error("bad", "no"); }
  Result<std::string_view> read(std::uint64_t offset, std::size_t size, std::string* scratch) const override {
    if (offset + size > bad_from_) return Status::io_error("bad", "bad sector");
    return file_->read(offset, size, scratch);
  }
  Status sync() override { return Status::io_error("bad", "no"); }
  Status truncate(std::uint64_t) override { return Status::io_error("bad", "no"); }
  std::uint64_t size() const override { return file_->size(); }

 private:
  std::unique_ptr<File> file_;
  std::uint64_t bad_from_;
};

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
  EXPECT_TRUE(has_code(find_record_header(file, log.extent(), log.offsets[1]), StatusCode::kIoError));
  EXPECT_TRUE(has_code(proven_durable(file, log.extent(), log.offsets[1]), StatusCode::kIoError));
  EXPECT_TRUE(has_code(end_of_written_bytes(file, log.extent(), log.offsets[1]), StatusCode::kIoError));
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

TEST(FindRecordHeader, FindsTheNextHeaderAfterDamageAndBlanks) {
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

TEST(FindRecordHeader, DoesNotMistakeARecordInsideAValueForOne) {
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
  // b was written before the sync and c after it: only c is a witness for a.
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
