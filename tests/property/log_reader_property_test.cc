// Logs read back: what was written comes back exactly, or, from a damaged log, exactly up to the damage. The three
// searches agree with loops that look at every place, and no value can make them find a record that was never written.
#include "engine/log_end.h"
#include "engine/log_reader.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <ostream>
#include <vector>

#include "engine/log_writer.h"
#include "tests/support/coverage.h"
#include "tests/support/damage.h"
#include "tests/support/generators.h"
#include "tests/support/rapidcheck_settings.h"
#include "tests/support/segment_helpers.h"
#include "tests/support/sim_helpers.h"

namespace sediment::test {
namespace {

constexpr std::string_view kName = "000001.log";

// ---- logs as LogWriter writes them

// What to write next.
struct LogStep {
  enum class Kind : std::uint8_t { kPut, kRemove, kSync, kTrap };

  Kind kind = Kind::kPut;
  std::string key;
  std::string value;
  std::uint64_t trap_offset = 0;  // kTrap: the value ends in a header made for this offset, with this file's nonce
};

std::ostream& operator<<(std::ostream& out, const LogStep& step) {
  const sim::Step words{std::vector<std::string>{"put", "remove", "sync", "trap"}[static_cast<std::size_t>(step.kind)],
                        step.key, step.value, std::to_string(step.trap_offset)};
  return out << sim::to_string(words);
}

rc::Gen<std::vector<LogStep>> log_steps(bool with_traps) {
  using Kind = LogStep::Kind;
  const Kind trap = with_traps ? Kind::kTrap : Kind::kPut;
  const auto step = rc::gen::apply(
      [](Kind kind, std::string key, std::string value, std::uint64_t units) {
        if (kind == Kind::kRemove) value.clear();
        return LogStep{kind, std::move(key), std::move(value), units * kAlignment};
      },
      rc::gen::element(Kind::kPut, Kind::kPut, Kind::kRemove, Kind::kSync, trap, trap), hostile_key(), hostile_value(),
      between<std::uint64_t>(0, 80));
  return rc::gen::scale(0.2, rc::gen::container<std::vector<LogStep>>(step));
}

struct LoggedRecord {
  RecordType type = RecordType::kPut;
  std::uint64_t offset = 0;
  std::uint64_t end = 0;
  std::uint64_t durable_upto = 0;
  std::string key;
  std::string value;

  bool operator==(const LoggedRecord&) const = default;
};

LoggedRecord logged(const Record& record) {
  return {record.type,         record.offset,           record.end(),
          record.durable_upto, std::string(record.key), std::string(record.value)};
}

struct Log {
  std::vector<LoggedRecord> records;
  std::string bytes;
  std::uint64_t nonce = 0;
  std::uint64_t end = 0;  // of the records

  LogExtent extent() const { return {kName, nonce, bytes.size()}; }
};

// A record's key and value for a trap: the value contains, at a multiple of 8 in the file, a good header which claims
// that everything was durable. Only its offset is wrong.
std::string trap_value(const LogStep& step, const LogWriter& writer, Coverage& coverage) {
  std::string value = step.value;
  const std::uint64_t value_at = writer.end() + kRecordHeaderSize + step.key.size();
  value.append(round_up(value_at + value.size()) - value_at - value.size(), 't');
  const std::uint64_t stands_at = value_at + value.size();
  const bool right = step.trap_offset == stands_at;  // writing such a value takes the file's nonce
  const RecordPlace place{writer.nonce(), step.trap_offset + (right ? kAlignment : 0)};
  coverage.count("traps");
  if (place.offset + kAlignment == stands_at || place.offset == stands_at + kAlignment)
    coverage.count("traps-one-place-beside");
  return value + record_bytes(place, RecordType::kPut, step.key, "", std::uint64_t{1} << 30);
}

Log write_log(const std::vector<LogStep>& steps, std::uint64_t capacity, bool seal, std::uint64_t seed,
              Coverage& coverage) {
  sim::SimDisk disk({}, {.seed = seed});
  const auto writer = must(LogWriter::create_durable(disk, SegmentNumber{1}, capacity));
  Log log;
  log.nonce = writer->nonce();
  for (const LogStep& step : steps) {
    if (step.kind == LogStep::Kind::kSync) {
      must(writer->sync());
      continue;
    }
    const RecordType type = step.kind == LogStep::Kind::kRemove ? RecordType::kTombstone : RecordType::kPut;
    const std::string value =
        step.kind == LogStep::Kind::kTrap ? trap_value(step, *writer, coverage) : std::string(step.value);
    const std::uint64_t durable_end = writer->durable_end();
    const std::uint64_t offset = must(writer->append(type, step.key, value));
    log.records.push_back({type, offset, writer->end(), durable_end, step.key, value});
  }
  log.end = writer->end();
  if (seal) must(writer->seal());
  log.bytes = disk.state().contents().at(std::string(kName));
  return log;
}

Log any_log(Coverage& coverage) {
  const auto steps = *log_steps(true);
  const auto capacity = *rc::gen::element<std::uint64_t>(0, 500, 4096);
  const auto seal = *rc::gen::element(false, false, true);
  return write_log(steps, capacity, seal, 1, coverage);
}

// A file with these bytes, on a disk that returns at most this many at a time (0: all).
std::unique_ptr<File> file_with_short_reads(const std::string& bytes, std::size_t limit) {
  const auto disk = disk_with({{std::string(kName), bytes}});
  disk->limit_reads(limit);
  return must(disk->open(kName));
}

std::size_t any_read_limit() { return *rc::gen::element<std::size_t>(0, 0, 1, 7, 24, 33, 100); }

struct ReadLog {
  std::vector<LoggedRecord> records;
  LogReader::Step last;
};

ReadLog read_log(const File& file, const LogExtent& extent) {
  LogReader reader(file, extent);
  ReadLog read;
  while (true) {
    read.last = must(reader.next());
    if (read.last.verdict != RecordVerdict::kValid) return read;
    read.records.push_back(logged(read.last.record));
    RC_ASSERT(read.last.offset == read.records.back().offset);
  }
}

TEST(LogReaderProperty, ReadsBackWhatWasWritten) {
  try_more_cases();
  Coverage coverage("log_reads_back");
  const bool holds = rc::check("every record comes back, by reader and by offset, and then the log ends", [&] {
    const Log log = any_log(coverage);
    const std::size_t limit = any_read_limit();
    const auto file = file_with_short_reads(log.bytes, limit);
    const ReadLog read = read_log(*file, log.extent());
    RC_ASSERT(read.records == log.records);
    RC_ASSERT(read.last.offset == log.end);
    const bool blank = log.end < log.bytes.size();
    RC_ASSERT(read.last.verdict == (blank ? RecordVerdict::kBlank : RecordVerdict::kEnd));
    RC_ASSERT(must(read_segment_header(*file, kName)).nonce == log.nonce);

    std::string scratch;
    for (const LoggedRecord& record : log.records) {
      RC_ASSERT(logged(must(record_at(*file, log.extent(), record.offset, &scratch))) == record);
      // A record that reaches past the end of the log is invalid, however good its bytes are.
      RC_ASSERT(record_at(*file, {kName, log.nonce, record.end - 8}, record.offset, &scratch)
                    .status()
                    .is(StatusCode::kCorruption));
      if (record.durable_upto > kSegmentHeaderSize) coverage.count("records-after-a-sync");
    }
    coverage.count("records", log.records.size());
    coverage.count(blank ? "blank-ends" : "exact-ends");
    if (limit > 0 && limit < kRecordHeaderSize) coverage.count("short-reads");
  });
  ASSERT_TRUE(holds);
  for (const char* counter : {"records", "records-after-a-sync", "blank-ends", "exact-ends", "short-reads", "traps"})
    coverage.require_at_least(counter, 100);
}

// ---- in batches

// Writes that fill the reader's window several times, with one record that is larger than the window.
std::vector<LogStep> large_steps() {
  std::vector<LogStep> steps;
  const auto count = *between<std::size_t>(30, 120);
  for (std::size_t i = 0; i < count; ++i) {
    const auto size = *rc::gen::element<std::size_t>(0, 100, 3'000, 8'000);
    steps.push_back({LogStep::Kind::kPut, "key" + std::to_string(i), std::string(size, 'v')});
  }
  steps[*between<std::size_t>(0, count - 1)].value.assign(70'000, 'L');
  return steps;
}

const char* to_word(RecordVerdict verdict) {
  if (verdict == RecordVerdict::kEnd) return "end";
  return verdict == RecordVerdict::kBlank ? "blank" : "damaged";
}

TEST(LogReaderProperty, BatchesGiveWhatStepsGive) {
  try_more_cases();
  Coverage coverage("log_batches");
  const bool holds = rc::check("next_batch and next read the same records, in any order of calls", [&] {
    const bool large = *between(0, 7) == 0;
    const auto steps = large ? large_steps() : *rc::gen::scale(*rc::gen::element(1.0, 1.0, 4.0), log_steps(true));
    const auto capacity = *rc::gen::element<std::uint64_t>(0, 500, 4096, 1 << 20);
    Log log = write_log(steps, capacity, *rc::gen::element(false, false, true), 1, coverage);
    const bool damages = *between(0, 2) == 0 && log.bytes.size() > kSegmentHeaderSize;
    if (damages) {
      const auto at = *between<std::uint64_t>(kSegmentHeaderSize, log.bytes.size() - 1);
      log.bytes = with_bit_flipped(log.bytes, 8 * at);
    }
    const std::size_t limit = large ? *rc::gen::element<std::size_t>(0, 5000) : any_read_limit();
    const auto file = file_with_short_reads(log.bytes, limit);
    const ReadLog expected = read_log(*file, log.extent());

    LogReader reader(*file, log.extent());
    LogReader::Batch batch;
    std::size_t read = 0;
    bool ended = false;
    const auto must_be_next = [&](const Record& record) {
      RC_ASSERT(read < expected.records.size());
      RC_ASSERT(logged(record) == expected.records[read]);
      ++read;
    };
    while (!ended) {
      if (*between(0, 4) == 0) {  // a step in between
        const LogReader::Step step = must(reader.next());
        if (step.verdict == RecordVerdict::kValid) must_be_next(step.record);
        coverage.count("steps-in-between");
      }
      must(reader.next_batch(&batch));
      // Only now, when all of them have been read: each must still be valid.
      for (std::size_t i = 0; i < batch.count; ++i) must_be_next(batch.records[i]);
      ended = batch.count == 0;
      if (batch.end != RecordVerdict::kValid) {
        RC_ASSERT(read == expected.records.size());
        RC_ASSERT(batch.end == expected.last.verdict);
        RC_ASSERT(batch.end_offset == expected.last.offset);
        coverage.count(batch.count == 0 ? "ends-alone" : "ends-with-records");
      } else {
        RC_ASSERT(batch.count > 0);  // at least one if one is left
      }
      if (batch.count == LogReader::Batch::kMostRecords) coverage.count("full-batches");
      if (batch.count > 1 && batch.count < LogReader::Batch::kMostRecords && batch.end == RecordVerdict::kValid) {
        coverage.count("batches-that-end-with-the-window");
      }
      if (batch.count > 1 && limit > 0) coverage.count("batches-of-several-with-short-reads");
    }
    must(reader.next_batch(&batch));
    RC_ASSERT(batch.count == 0 && batch.end == expected.last.verdict);  // the reader stays where it is
    coverage.count(to_word(expected.last.verdict));
    coverage.count("records", read);
  });
  ASSERT_TRUE(holds);
  coverage.require_at_least("full-batches", 50);
  for (const char* counter : {"records", "batches-of-several-with-short-reads", "steps-in-between", "ends-alone",
                              "ends-with-records", "end", "blank"})
    coverage.require_at_least(counter, 100);
  for (const char* counter : {"damaged", "batches-that-end-with-the-window"}) coverage.require_at_least(counter, 20);
}

// ---- damage

// The beginning of one of its records, or the end of all of them.
std::uint64_t any_seam(const Log& log) {
  const auto which = *between<std::size_t>(0, log.records.size());
  return which == log.records.size() ? log.end : log.records[which].offset;
}

// The bytes of a log with one more kind of damage. `other` is the log of another file.
std::string damaged(const std::string& bytes, const Log& log, const Log& other, Coverage& coverage) {
  const auto at = *between<std::size_t>(kSegmentHeaderSize, bytes.size() - 1);
  const std::size_t length = std::min(*between<std::size_t>(1, 150), bytes.size() - at);
  const auto kind = *between(0, 4);
  std::string result = bytes;
  if (kind == 0) {
    coverage.count("bits-flipped");
    return with_bit_flipped(bytes, 8 * at + *between<std::uint64_t>(0, 7));
  }
  if (kind == 1) {
    coverage.count("cuts");
    result.resize(at);
  }
  if (kind == 2) {
    coverage.count("zeroed");
    result.replace(at, length, length, '\0');
  }
  if (kind == 3) {  // a whole record moves
    coverage.count("moved");
    const std::uint64_t from = any_seam(log);
    const std::string_view moved = std::string_view(log.bytes).substr(from, round_up(length));
    result.replace(std::min<std::uint64_t>(any_seam(log), result.size()), moved.size(), moved);
  }
  if (kind == 4) {  // as in a reused file: whole old records, at their own offsets
    coverage.count("left-over-from-another-file");
    const std::uint64_t from = any_seam(other);
    result.resize(std::max<std::uint64_t>(result.size(), from));
    result.replace(from, std::string::npos, other.bytes.substr(from));
  }
  return result;
}

TEST(LogReaderProperty, ReadsADamagedLogExactlyUpToTheDamage) {
  try_more_cases();
  Coverage coverage("log_damaged");
  const bool holds = rc::check("what is read is what was written, up to the record with the first wrong byte", [&] {
    const auto steps = *rc::gen::nonEmpty(log_steps(false));
    const auto capacity = *rc::gen::element<std::uint64_t>(0, 500, 4096);
    const Log log = write_log(steps, capacity, false, 1, coverage);
    const Log other = write_log(*log_steps(false), capacity, false, 2, coverage);
    RC_ASSERT(other.nonce != log.nonce);
    std::string bytes = damaged(log.bytes, log, other, coverage);
    const auto twice = *rc::gen::arbitrary<bool>();
    if (twice && bytes.size() > kSegmentHeaderSize) bytes = damaged(bytes, log, other, coverage);

    const auto [first_wrong, unused] = std::mismatch(bytes.begin(), bytes.end(), log.bytes.begin(), log.bytes.end());
    const auto good_bytes = static_cast<std::uint64_t>(first_wrong - bytes.begin());
    std::vector<LoggedRecord> expected;
    for (const LoggedRecord& record : log.records) {
      if (record.end <= good_bytes) expected.push_back(record);
    }

    const auto file = file_with_short_reads(bytes, any_read_limit());
    const LogExtent extent{kName, log.nonce, bytes.size()};
    const ReadLog read = read_log(*file, extent);
    RC_ASSERT(read.records == expected);
    RC_ASSERT(read.last.offset == (expected.empty() ? kSegmentHeaderSize : expected.back().end));

    // At every place nothing is found but an undamaged record that was written there.
    const auto whole_reads = file_with(bytes);
    std::string scratch;
    for (std::uint64_t offset = kSegmentHeaderSize; offset < bytes.size(); offset += kAlignment) {
      const Result<Record> record = record_at(*whole_reads, extent, offset, &scratch);
      if (!record.ok()) {
        RC_ASSERT(record.status().is(StatusCode::kCorruption) && record.status().offset() == offset);
        continue;
      }
      RC_ASSERT(std::find(log.records.begin(), log.records.end(), logged(*record)) != log.records.end());
      if (offset >= read.last.offset) coverage.count("good-records-after-the-damage");
    }
    coverage.count(expected.size() < log.records.size() ? "records-lost" : "harmless");
    coverage.count(std::string("ends-in-") + (bytes.size() == read.last.offset ? "nothing" : "something"));
    if (!expected.empty() && expected.size() < log.records.size()) coverage.count("prefixes");
  });
  ASSERT_TRUE(holds);
  for (const char* counter :
       {"bits-flipped", "cuts", "zeroed", "moved", "left-over-from-another-file", "records-lost", "harmless",
        "prefixes", "good-records-after-the-damage", "ends-in-nothing", "ends-in-something"})
    coverage.require_at_least(counter, 20);
}

// ---- searches

// The places at or after `from` with a valid header, found by looking at every multiple of 8.
struct Found {
  std::uint64_t offset = 0;
  std::uint64_t durable_upto = 0;
};
std::vector<Found> naive_headers(const std::string& bytes, const LogExtent& log, std::uint64_t from) {
  std::vector<Found> found;
  const std::uint64_t end = std::min<std::uint64_t>(log.end, bytes.size());
  for (std::uint64_t offset = 0; offset + kRecordHeaderSize <= end; offset += kAlignment) {
    if (offset < from) continue;
    RecordHeader header;
    const auto place_bytes = std::string_view(bytes).substr(offset, kRecordHeaderSize);
    if (decode_record_header({log.nonce, offset}, place_bytes, &header) == RecordVerdict::kValid)
      found.push_back({offset, header.durable_upto});
  }
  return found;
}

std::uint64_t naive_end_of_written_bytes(const std::string& bytes, const LogExtent& log, std::uint64_t from) {
  std::uint64_t end = from;
  for (std::uint64_t at = from; at < std::min<std::uint64_t>(log.end, bytes.size()); ++at) {
    if (bytes[at] != '\0') end = at + 1;
  }
  return end;
}

// A part of a file that no writer would write as a whole.
struct Piece {
  enum class Kind : std::uint8_t { kRecord, kRecordAtNoMultipleOf8, kMovedRecord, kZeros, kJunk, kWindow };

  Kind kind = Kind::kRecord;
  std::uint64_t size = 0;  // of the value, the zeros, the junk
  std::uint64_t durable_units = 0;
};

std::ostream& operator<<(std::ostream& out, const Piece& piece) {
  return out << "piece of kind " << static_cast<int>(piece.kind) << ", " << piece.size << " bytes, durable up to "
             << 8 * piece.durable_units;
}

rc::Gen<std::vector<Piece>> any_pieces() {
  using Kind = Piece::Kind;
  const auto kind = rc::gen::weightedOneOf<Kind>({{8, rc::gen::just(Kind::kRecord)},
                                                  {2, rc::gen::just(Kind::kRecordAtNoMultipleOf8)},
                                                  {3, rc::gen::just(Kind::kMovedRecord)},
                                                  {3, rc::gen::just(Kind::kZeros)},
                                                  {3, rc::gen::just(Kind::kJunk)}});
  const auto piece = rc::gen::apply(
      [](Kind k, std::uint64_t size, std::uint64_t units) {
        return Piece{k, size, units};
      },
      kind, between<std::uint64_t>(0, 60),
      rc::gen::oneOf(rc::gen::just(std::uint64_t{0}), between<std::uint64_t>(0, 100)));
  return rc::gen::scale(0.15, rc::gen::container<std::vector<Piece>>(piece));
}

std::string file_of(const std::vector<Piece>& pieces, std::uint64_t nonce) {
  std::string bytes(kSegmentHeaderSize, 'h');
  for (const Piece& piece : pieces) {
    const auto record_for = [&](std::uint64_t offset) {
      const std::string value(piece.size, 'v');
      return record_bytes({nonce, offset}, RecordType::kPut, "key", value, piece.durable_units * kAlignment);
    };
    switch (piece.kind) {
      case Piece::Kind::kRecord:
        bytes.resize(round_up(bytes.size()), '\0');
        bytes += record_for(bytes.size());
        break;
      case Piece::Kind::kRecordAtNoMultipleOf8:
        bytes.resize(round_up(bytes.size()) + 1 + piece.size % 7, '\0');
        bytes += record_for(bytes.size());
        break;
      case Piece::Kind::kMovedRecord:
        bytes.resize(round_up(bytes.size()), '\0');
        bytes += record_for(bytes.size() + kAlignment * (1 + piece.durable_units));
        break;
      case Piece::Kind::kZeros: bytes.append(piece.size, '\0'); break;
      case Piece::Kind::kJunk: bytes.append(piece.size, 'j'); break;
      case Piece::Kind::kWindow: bytes.append(65'536 - 64 + piece.size, piece.durable_units % 2 == 0 ? '\0' : 'j');
    }
  }
  return bytes;
}

TEST(LogReaderProperty, SearchesAgreeWithLoopsOverEveryPlace) {
  try_more_cases();
  Coverage coverage("log_searches");
  const bool holds = rc::check("find_record_header, proven_durable, end_of_written_bytes: same as naive loops", [&] {
    std::vector<Piece> pieces = *any_pieces();
    const bool large = *between(0, 15) == 0;  // larger than the engine's read window
    if (large) {
      const auto units = *between<std::uint64_t>(0, 10);
      const auto fill = *between<std::uint64_t>(0, 1);
      pieces.insert(pieces.begin(), {{Piece::Kind::kWindow, units * kAlignment, fill}, Piece()});
    }
    const auto nonce = (*any_place()).nonce;
    const std::string bytes = file_of(pieces, nonce);
    const auto cut = *rc::gen::element<std::uint64_t>(0, 0, 8, 20, 100);
    const LogExtent log{kName, nonce, bytes.size() - std::min<std::uint64_t>(cut, bytes.size())};
    const auto from = large ? *rc::gen::element<std::uint64_t>(0, 32)
                            : *between<std::uint64_t>(0, std::min<std::uint64_t>(bytes.size(), 700) + 10);
    const auto file = file_with_short_reads(bytes, large ? *rc::gen::element<std::size_t>(0, 1000) : any_read_limit());

    const std::vector<Found> headers = naive_headers(bytes, log, from);
    const std::uint64_t found = must(find_record_header(*file, log, from));
    RC_ASSERT(found == (headers.empty() ? log.end : headers.front().offset));
    const bool proven =
        std::any_of(headers.begin(), headers.end(), [&](const Found& header) { return header.durable_upto > from; });
    RC_ASSERT(must(proven_durable(*file, log, from)) == proven);
    const std::uint64_t written_end = must(end_of_written_bytes(*file, log, from));
    RC_ASSERT(written_end == naive_end_of_written_bytes(bytes, log, from));

    coverage.count(headers.empty() ? "none" : "found");
    coverage.count(proven ? "proven" : "not-proven");
    if (proven && headers.front().durable_upto <= from) coverage.count("proven-by-a-later-record-only");
    if (!proven && !headers.empty()) coverage.count("not-proven-by-any-record");
    coverage.count(written_end == from ? "only-zeros" : "bytes-written");
    if (large && found > 65'000 && found < log.end) coverage.count("found-after-a-window");
  });
  ASSERT_TRUE(holds);
  for (const char* counter : {"none", "found", "proven", "not-proven", "proven-by-a-later-record-only",
                              "not-proven-by-any-record", "only-zeros", "bytes-written"})
    coverage.require_at_least(counter, 20);
  coverage.require_at_least("found-after-a-window", 5);
}

TEST(LogReaderProperty, NoValueFoolsASearch) {
  try_more_cases();
  Coverage coverage("log_traps");
  const bool holds = rc::check("the headers found are those of the records written", [&] {
    const Log log = any_log(coverage);
    const auto file = file_with_short_reads(log.bytes, *rc::gen::element<std::size_t>(0, 100));
    std::uint64_t from = 0;
    for (const LoggedRecord& record : log.records) {
      from = must(find_record_header(*file, log.extent(), from));
      RC_ASSERT(from == record.offset);
      from += kAlignment;

      // What was durable at that time, according to the writer.
      const bool proven = std::any_of(log.records.begin(), log.records.end(), [&](const LoggedRecord& witness) {
        return witness.offset >= record.offset && witness.durable_upto > record.offset;
      });
      RC_ASSERT(must(proven_durable(*file, log.extent(), record.offset)) == proven);
      coverage.count(proven ? "proven" : "not-proven");
    }
    RC_ASSERT(must(find_record_header(*file, log.extent(), from)) == log.bytes.size());
  });
  ASSERT_TRUE(holds);
  coverage.require_at_least("traps", 500);
  coverage.require_at_least("traps-one-place-beside", 20);
  for (const char* counter : {"proven", "not-proven"}) coverage.require_at_least(counter, 100);
}

}  // namespace
}  // namespace sediment::test
