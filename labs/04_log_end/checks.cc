// The checks of lab 4. A check writes a log piece by piece, asks the student's code about it, and compares with what the
// reference says about the same bytes.
#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "engine/log_end.h"
#include "engine/segment_header.h"
#include "labs/04_log_end/operations.h"
#include "labs/grader/checks.h"
#include "labs/grader/disk_server.h"
#include "labs/grader/remote_store.h"
#include "labs/wire/store_messages.h"
#include "sim/disk/crash.h"
#include "sim/disk/sim_disk.h"

namespace sediment::labs {

namespace {

using sim::Step;
using Operation = LogEndOperation;

constexpr std::string_view kName = "000001.log";

std::string any_word(CheckRun& run, std::size_t shortest, std::size_t longest) {
  std::string word(shortest + static_cast<std::size_t>(run.random.below(longest - shortest + 1)), 'a');
  for (char& letter : word) letter = static_cast<char>('a' + run.random.below(26));
  return word;
}

/// A log in the making. Each piece is a step of the check's story, with the bytes where it stands.
class Log {
 public:
  explicit Log(CheckRun& run) : run_(run), nonce_(run.random.next()) {
    run.begin_story();
    const auto header = encode_segment_header({nonce_, SegmentNumber{1}});
    bytes_.assign(header.data(), header.size());
  }

  std::uint64_t end() const { return bytes_.size(); }
  std::uint64_t nonce() const { return nonce_; }
  const std::string& bytes() const { return bytes_; }

  /// Each returns the offset of what it adds.
  std::uint64_t record(std::uint64_t durable_upto) {
    std::size_t padding = 0;
    const std::string bytes = any_record(durable_upto, &padding);
    const std::string last = padding == 1 ? "byte is" : std::to_string(padding) + " bytes are";
    return add(bytes, "a record, written when " + synced(durable_upto) +
                          (padding == 0 ? "" : "; its last " + last + " padding"));
  }
  std::uint64_t record_with_damaged_body(std::uint64_t durable_upto) {
    std::string damaged = any_record(durable_upto);
    damaged[kRecordHeaderSize] = static_cast<char>(damaged[kRecordHeaderSize] ^ 1);
    return add(damaged, "a record, written when " + synced(durable_upto) + "; a bit of its key has flipped");
  }
  std::uint64_t record_with_damaged_header(std::uint64_t durable_upto) {
    std::string damaged = any_record(durable_upto);
    damaged[record_field::kKeySize] = static_cast<char>(damaged[record_field::kKeySize] ^ 64);
    return add(damaged, "a record, written when " + synced(durable_upto) + "; a bit of its key's size has flipped");
  }
  /// The header reached the disk and the body did not. The header itself may end in zeros.
  std::uint64_t header_alone(std::uint64_t durable_upto) {
    return add(any_record(durable_upto).substr(0, kRecordHeaderSize),
               "the header of a record, written when " + synced(durable_upto));
  }
  /// Its header is good, and says that its body goes on beyond the end of the log.
  std::uint64_t header_of_a_long_record(std::uint64_t durable_upto) {
    const std::string value(1000, 'v');
    const EncodedRecord made = encode_record({nonce_, end()}, RecordType::kPut, "k", value, durable_upto);
    return add(std::string(made.header.data(), made.header.size()), "the header of a record of " +
                                                                        std::to_string(record_size(1, value.size())) +
                                                                        " bytes, written when " + synced(durable_upto));
  }
  std::uint64_t cut_record(std::uint64_t durable_upto, std::size_t size) {
    return add(any_record(durable_upto).substr(0, size), "the beginning of a record");
  }
  std::uint64_t zeros(std::uint64_t size) { return add(std::string(size, '\0'), "zeros"); }
  std::uint64_t garbage(std::size_t size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(1 + run_.random.below(255));
    return add(bytes, "garbage");
  }
  /// Zeros up to this offset.
  void zeros_up_to(std::uint64_t offset) {
    if (offset > end()) zeros(offset - end());
  }

 private:
  static std::string synced(std::uint64_t durable_upto) {
    return "the log was synced up to " + std::to_string(durable_upto);
  }

  std::string any_record(std::uint64_t durable_upto, std::size_t* padding = nullptr) {
    const std::string key = any_word(run_, 1, 8);
    const std::string value = any_word(run_, 1, 12);
    const EncodedRecord made = encode_record({nonce_, end()}, RecordType::kPut, key, value, durable_upto);
    if (padding != nullptr) *padding = made.padding_size;
    return std::string(made.header.data(), made.header.size()) + key + value + std::string(made.padding_size, '\0');
  }

  std::uint64_t add(const std::string& bytes, const std::string& what) {
    const std::uint64_t offset = end();
    bytes_ += bytes;
    run_.step("bytes " + std::to_string(offset) + " to " + std::to_string(end()) + ": " + what);
    return offset;
  }

  CheckRun& run_;
  std::uint64_t nonce_;
  std::string bytes_;
};

/// What a function has returned.
struct Answer {
  Status status;
  std::uint64_t number = 0;
  std::string why;
};

std::string name_of(Operation operation) {
  switch (operation) {
    case Operation::kJudgeEnd: return "judge_end";
    case Operation::kFindRecordHeader: return "find_record_header";
    case Operation::kProvenDurable: return "proven_durable";
    case Operation::kEndOfWrittenBytes: return "end_of_written_bytes";
  }
  return "";
}

std::string shown(Operation operation, const Answer& answer) {
  if (!answer.status.ok()) return "an error (" + std::string(describe(answer.status.code())) + ")";
  if (operation == Operation::kProvenDurable) return answer.number == 0 ? "false" : "true";
  if (operation != Operation::kJudgeEnd) return std::to_string(answer.number);
  return answer.number == 0 ? "a tail of 0 bytes" : "a torn tail of " + std::to_string(answer.number) + " bytes";
}

/// The functions in the student's process, with a log on a disk that the grader holds.
class LogEnd {
 public:
  LogEnd(CheckRun& run, const Log& log) : run_(run), log_(log), process_(run.build.with_addresses) {
    put_on(*disk_);
    put_on(reference_disk_);
  }

  /// Calls the function, and expects what the reference returns. `end`: where the log ends, if not where its file does.
  Answer must_agree(Operation operation, std::uint64_t offset, std::optional<std::uint64_t> end = {}) {
    const std::uint64_t log_end = end.value_or(log_.end());
    const Answer expected = of_the_reference(operation, offset, log_end);
    Answer got = ask(operation, offset, log_end);
    if (expected.status.code() != got.status.code() || (got.status.ok() && expected.number != got.number)) {
      CheckRun::fail(name_of(operation) + " should return " + shown(operation, expected) + "; yours returned " +
                     shown(operation, got));
    }
    if (got.status.is(StatusCode::kCorruption)) must_name_the_place(expected.status, got.status);
    if (got.number != 0 && expected.why != got.why) {
      CheckRun::fail("why should be \"" + expected.why + "\"; yours is \"" + got.why + "\"");
    }
    return got;
  }

  Answer ask(Operation operation, std::uint64_t offset) { return ask(operation, offset, log_.end()); }

  sim::SimDisk& disk() { return *disk_; }
  std::uint64_t bytes_read() const { return server_.bytes_read(); }

 private:
  void put_on(sim::SimDisk& disk) const {
    Result<std::unique_ptr<File>> file = disk.create(kName, 0);
    if (!file.ok() || !(*file)->append({log_.bytes()}).ok()) throw std::runtime_error("the log cannot be written");
  }

  static void must_name_the_place(const Status& expected, const Status& got) {
    if (got.file() != expected.file()) {
      CheckRun::fail("the corruption should name the file " + std::string(expected.file()) + "; yours names " +
                     (got.file().empty() ? "none" : std::string(got.file())));
    }
    if (got.offset() != expected.offset()) {
      CheckRun::fail("the corruption should name byte " + std::to_string(expected.offset()) + "; yours names " +
                     (got.offset() == Status::kNoOffset ? "none" : "byte " + std::to_string(got.offset())));
    }
  }

  RecordVerdict verdict_at(std::uint64_t offset, std::uint64_t end) const {
    const std::string_view bytes = std::string_view(log_.bytes()).substr(0, end);
    Record record;
    return decode_record({log_.nonce(), offset}, bytes.substr(std::min(offset, end)), &record);
  }

  Answer of_the_reference(Operation operation, std::uint64_t offset, std::uint64_t end) {
    const Result<std::unique_ptr<File>> file = reference_disk_.open(kName);
    if (!file.ok()) throw std::runtime_error(file.status().to_string());
    const LogExtent log{kName, log_.nonce(), end};
    const auto answer = [](const auto& result) {
      return Answer{result.status(), result.ok() ? std::uint64_t{*result} : 0, {}};
    };
    switch (operation) {
      case Operation::kFindRecordHeader: return answer(find_record_header(**file, log, offset));
      case Operation::kProvenDurable: return answer(proven_durable(**file, log, offset));
      case Operation::kEndOfWrittenBytes: return answer(end_of_written_bytes(**file, log, offset));
      case Operation::kJudgeEnd: break;
    }
    const Result<TornTail> tail = judge_end(**file, log, offset, verdict_at(offset, end));
    if (!tail.ok()) return {tail.status(), 0, {}};
    return {{}, tail->bytes, std::string(tail->why)};
  }

  Answer ask(Operation operation, std::uint64_t offset, std::uint64_t end) {
    const RecordVerdict verdict = verdict_at(offset, end);
    run_.step(
        name_of(operation) +
        (operation == Operation::kFindRecordHeader || operation == Operation::kEndOfWrittenBytes ? " from " : " at ") +
        std::to_string(offset) + (end == log_.end() ? "" : ", of a log that ends at " + std::to_string(end)) +
        (operation == Operation::kJudgeEnd ? " (" + std::string(describe(verdict)) + ")" : ""));
    MessageWriter request;
    request.number(static_cast<std::uint64_t>(Request::kComponent))
        .number(static_cast<std::uint64_t>(operation))
        .text(kName)
        .number(log_.nonce())
        .number(end)
        .number(offset)
        .number(static_cast<std::uint64_t>(verdict));
    Answer got;
    const auto disk = [&](std::string_view call) { return server_.serve(call); };
    read_answer(process_, process_.ask(request.bytes(), disk), [&](MessageReader& answer) {
      got.status = read_status(&answer);
      if (!got.status.ok()) return;
      got.number = answer.number();
      got.why = answer.text();
    });
    run_.reached(name_of(operation));
    return got;
  }

  CheckRun& run_;
  const Log& log_;
  StudentProcess process_;
  std::shared_ptr<sim::SimDisk> disk_ = std::make_shared<sim::SimDisk>();
  sim::SimDisk reference_disk_;
  DiskServer server_{disk_};
};

/// Asks about a finished log, in a new process.
void must_agree(CheckRun& run, const Log& log, Operation operation, const std::vector<std::uint64_t>& offsets) {
  LogEnd functions(run, log);
  const std::vector<std::string> begun = run.story;
  for (const std::uint64_t offset : offsets) {
    run.story = begun;
    functions.must_agree(operation, offset);
  }
}

// ---- the written bytes

void finds_the_last_written_byte(CheckRun& run) {
  for (std::size_t size = 1; size <= 2 * kAlignment; ++size) {
    Log log(run);
    const std::uint64_t from = log.record(kSegmentHeaderSize);
    log.zeros(run.random.below(40));
    log.garbage(size);
    log.zeros(run.random.below(100));
    must_agree(run, log, Operation::kEndOfWrittenBytes, {from});
  }
  Log log(run);
  const std::uint64_t from = log.record(kSegmentHeaderSize);
  const std::uint64_t blank = log.zeros(64);
  log.zeros(64);
  must_agree(run, log, Operation::kEndOfWrittenBytes, {from, blank, blank + 24, log.end()});
}

void finds_it_beyond_long_blanks(CheckRun& run) {
  {
    Log log(run);
    const std::uint64_t from = log.record(kSegmentHeaderSize);
    log.zeros(200'000 + run.random.below(100'000));
    log.garbage(5);
    log.zeros(100);
    must_agree(run, log, Operation::kEndOfWrittenBytes, {from});
  }
  Log log(run);
  const std::uint64_t from = log.record(kSegmentHeaderSize);
  log.zeros(200'000 + run.random.below(100'000));
  must_agree(run, log, Operation::kEndOfWrittenBytes, {from});
}

void stays_in_the_log(CheckRun& run) {
  Log log(run);
  const std::uint64_t from = log.record(kSegmentHeaderSize);
  const std::uint64_t end = log.zeros(40);
  log.garbage(40);
  LogEnd functions(run, log);
  functions.must_agree(Operation::kEndOfWrittenBytes, from, end + 16);
  functions.must_agree(Operation::kEndOfWrittenBytes, end, end + 16);
  functions.must_agree(Operation::kEndOfWrittenBytes, from, end + 43);
}

// ---- the search for a header

void finds_the_next_header(CheckRun& run) {
  Log log(run);
  std::vector<std::uint64_t> from{kSegmentHeaderSize};
  const auto and_after = [&](std::uint64_t offset) {
    from.push_back(offset);
    from.push_back(offset + kAlignment);
  };
  and_after(log.record(kSegmentHeaderSize));
  and_after(log.garbage(8 + 8 * run.random.below(6)));
  and_after(log.record(kSegmentHeaderSize));
  and_after(log.record_with_damaged_header(kSegmentHeaderSize));
  and_after(log.record(kSegmentHeaderSize));
  and_after(log.garbage(8 + 8 * run.random.below(6)));
  must_agree(run, log, Operation::kFindRecordHeader, from);
}

void passes_over_zeros(CheckRun& run) {
  for (const std::uint64_t size : {std::uint64_t{8}, std::uint64_t{24}, 32 + 8 * run.random.below(100)}) {
    Log log(run);
    log.record(kSegmentHeaderSize);
    const std::uint64_t blank = log.zeros(size);
    const std::uint64_t next = log.record(kSegmentHeaderSize);
    const std::uint64_t tail = log.zeros(size);
    must_agree(run, log, Operation::kFindRecordHeader, {blank, next, tail});
  }
}

void asks_for_headers_only(CheckRun& run) {
  Log log(run);
  const std::uint64_t garbage = log.garbage(40);
  const std::uint64_t damaged = log.record_with_damaged_body(kSegmentHeaderSize);
  const std::uint64_t next = log.record(kSegmentHeaderSize);
  must_agree(run, log, Operation::kFindRecordHeader, {garbage, damaged, damaged + 8, next});
}

void begins_at_a_multiple_of_8(CheckRun& run) {
  Log log(run);
  const std::uint64_t first = log.record(kSegmentHeaderSize);
  const std::uint64_t second = log.record(kSegmentHeaderSize);
  const std::uint64_t third = log.record(kSegmentHeaderSize);
  std::vector<std::uint64_t> from;
  for (std::uint64_t byte = 1; byte < kAlignment; ++byte) {
    for (const std::uint64_t offset : {first, second - 8, second, third - 8, third}) from.push_back(offset + byte);
  }
  must_agree(run, log, Operation::kFindRecordHeader, from);
}

void searches_far(CheckRun& run) {
  {
    Log log(run);
    const std::uint64_t from = log.garbage(32);
    log.zeros_up_to(from + 100'000 + 64 * run.random.below(30));
    log.record(kSegmentHeaderSize);
    must_agree(run, log, Operation::kFindRecordHeader, {from});
  }
  // Where a search that reads so many bytes at a time reaches the end of what it has read.
  for (const std::uint64_t window : {512U, 4096U, 65'536U}) {
    for (const std::uint64_t counted_from : {std::uint64_t{0}, std::uint64_t{kSegmentHeaderSize}}) {
      for (const std::uint64_t before : {16U, 8U}) {
        Log log(run);
        log.zeros_up_to(counted_from + window - before);
        log.record(kSegmentHeaderSize);
        must_agree(run, log, Operation::kFindRecordHeader, {kSegmentHeaderSize});
        run.reached("headers between two windows");
      }
    }
  }
}

void stops_at_the_end_of_the_log(CheckRun& run) {
  Log log(run);
  log.record(kSegmentHeaderSize);
  const std::uint64_t garbage = log.garbage(8 + 8 * run.random.below(6));
  const std::uint64_t last = log.record(kSegmentHeaderSize);
  LogEnd functions(run, log);
  const std::vector<std::string> begun = run.story;
  for (std::uint64_t end = garbage; end <= log.end(); ++end) {
    run.story = begun;
    functions.must_agree(Operation::kFindRecordHeader, garbage, end);
    run.reached(end >= last + kRecordHeaderSize ? "headers that fit" : "ends before a header does");
  }
}

// ---- the proof

void hears_a_witness(CheckRun& run) {
  Log log(run);
  log.record(kSegmentHeaderSize);
  const std::uint64_t damaged = log.record_with_damaged_body(kSegmentHeaderSize);
  log.record(log.end());
  must_agree(run, log, Operation::kProvenDurable, {damaged});
  {
    Log unproven(run);
    unproven.record(kSegmentHeaderSize);
    const std::uint64_t torn = unproven.record_with_damaged_body(kSegmentHeaderSize);
    unproven.record(kSegmentHeaderSize);
    unproven.garbage(48);
    must_agree(run, unproven, Operation::kProvenDurable, {torn});
  }
  Log last(run);
  const std::uint64_t torn = last.garbage(40);
  last.zeros(64);
  must_agree(run, last, Operation::kProvenDurable, {torn});
}

void asks_all_later_records(CheckRun& run) {
  for (std::uint64_t between = 1; between <= 4; ++between) {
    Log log(run);
    log.record(kSegmentHeaderSize);
    const std::uint64_t damaged = log.record_with_damaged_body(kSegmentHeaderSize);
    const std::uint64_t synced = log.end();
    for (std::uint64_t i = 0; i < between; ++i) log.record(kSegmentHeaderSize);
    log.record(synced);
    log.record(synced);
    must_agree(run, log, Operation::kProvenDurable, {damaged});
  }
}

void up_to_is_not_past(CheckRun& run) {
  Log log(run);
  log.record(kSegmentHeaderSize);
  const std::uint64_t torn = log.record_with_damaged_header(kSegmentHeaderSize);
  log.record(torn);
  log.record(torn);
  must_agree(run, log, Operation::kProvenDurable, {torn});
  Log other(run);
  other.record(kSegmentHeaderSize);
  const std::uint64_t damaged = other.record_with_damaged_header(kSegmentHeaderSize);
  other.record(damaged + kAlignment);
  must_agree(run, other, Operation::kProvenDurable, {damaged});
}

void a_witness_may_be_hurt(CheckRun& run) {
  for (const bool cut : {false, true}) {
    Log log(run);
    log.record(kSegmentHeaderSize);
    const std::uint64_t damaged = log.garbage(40);
    const std::uint64_t synced = log.end();
    if (cut) {
      log.header_alone(synced);
      log.zeros(48);
    } else {
      log.record_with_damaged_body(synced);
    }
    must_agree(run, log, Operation::kProvenDurable, {damaged});
  }
}

// ---- the judgement

void cuts_a_torn_tail(CheckRun& run) {
  for (const std::size_t size : {std::size_t{19}, std::size_t{25}, std::size_t{26}}) {
    Log log(run);
    const std::uint64_t first = log.record(kSegmentHeaderSize);
    const std::uint64_t torn = log.cut_record(first, size);
    must_agree(run, log, Operation::kJudgeEnd, {torn});
  }
}

void cuts_it_before_reserved_space(CheckRun& run) {
  for (const std::size_t size : {std::size_t{19}, std::size_t{20}, std::size_t{25}}) {
    Log log(run);
    const std::uint64_t first = log.record(kSegmentHeaderSize);
    const std::uint64_t torn = log.cut_record(first, size);
    log.zeros(8 * (10 + run.random.below(20)));
    must_agree(run, log, Operation::kJudgeEnd, {torn});
  }
  // Records after it that were not synced, either.
  Log log(run);
  const std::uint64_t first = log.record(kSegmentHeaderSize);
  const std::uint64_t torn = log.record_with_damaged_body(first);
  log.record(first);
  log.garbage(24);
  log.record(torn);
  log.zeros(100);
  must_agree(run, log, Operation::kJudgeEnd, {torn});
}

void cuts_nothing_from_blanks(CheckRun& run) {
  Log log(run);
  log.record(kSegmentHeaderSize);
  const std::uint64_t end = log.end();
  must_agree(run, log, Operation::kJudgeEnd, {end});
  log.zeros(8 * (1 + run.random.below(30)));
  must_agree(run, log, Operation::kJudgeEnd, {end});
  run.reached("blank ends");
}

void refuses_rot(CheckRun& run) {
  for (int way = 0; way < 4; ++way) {
    Log log(run);
    const std::uint64_t first = log.record(kSegmentHeaderSize);
    const std::uint64_t damaged = way == 0   ? log.record_with_damaged_body(first)
                                  : way == 1 ? log.record_with_damaged_header(first)
                                  : way == 2 ? log.garbage(40)
                                             : log.header_of_a_long_record(first);
    const std::uint64_t second = log.record(first);
    log.record(second);
    log.zeros(64);
    must_agree(run, log, Operation::kJudgeEnd, {damaged});
  }
}

void judges_holes(CheckRun& run) {
  for (const bool synced : {true, false}) {
    Log log(run);
    const std::uint64_t first = log.record(kSegmentHeaderSize);
    const std::uint64_t hole = log.zeros(40);
    const std::uint64_t second = log.record(first);
    log.record(synced ? second : hole);
    log.zeros(64);
    must_agree(run, log, Operation::kJudgeEnd, {hole});
    run.reached("holes");
  }
}

void hears_a_witness_that_ends_in_zeros(CheckRun& run) {
  Log log(run);
  const std::uint64_t first = log.record(kSegmentHeaderSize);
  const std::uint64_t damaged = log.record_with_damaged_body(first);
  const std::uint64_t synced = log.end();
  log.header_alone(synced);
  log.zeros(64);
  must_agree(run, log, Operation::kJudgeEnd, {damaged});
}

// ---- reads

// Damage that is rot, and damage that is not.
std::vector<std::pair<Log, std::uint64_t>> small_logs(CheckRun& run) {
  std::vector<std::pair<Log, std::uint64_t>> logs;
  for (const bool rot : {true, false}) {
    Log log(run);
    const std::uint64_t first = log.record(kSegmentHeaderSize);
    const std::uint64_t damaged = log.record_with_damaged_body(first);
    log.garbage(48);
    log.record(rot ? damaged + kAlignment : damaged);
    log.zeros(40);
    logs.emplace_back(std::move(log), damaged);
  }
  return logs;
}

constexpr std::array<Operation, 4> kOperations{Operation::kEndOfWrittenBytes, Operation::kFindRecordHeader,
                                               Operation::kProvenDurable, Operation::kJudgeEnd};

void takes_short_reads(CheckRun& run) {
  for (const auto& [log, damaged] : small_logs(run)) {
    for (const std::size_t most :
         {std::size_t{1}, std::size_t{7}, 8 + static_cast<std::size_t>(run.random.below(60))}) {
      for (const Operation operation : kOperations) {
        LogEnd functions(run, log);
        run.begin_story();
        run.step("a log with a damaged record at " + std::to_string(damaged) + "; each read returns at most " +
                 std::to_string(most) + (most == 1 ? " byte" : " bytes"));
        functions.disk().limit_reads(most);
        functions.must_agree(operation, operation == Operation::kFindRecordHeader ? damaged + 8 : damaged);
        run.reached("short reads");
      }
    }
  }
}

void reports_read_errors(CheckRun& run) {
  constexpr std::uint64_t kMostReads = 200;
  for (const auto& [log, damaged] : small_logs(run)) {
    for (const Operation operation : kOperations) {
      LogEnd functions(run, log);
      for (std::uint64_t n = 1;; ++n) {
        run.begin_story();
        run.step("a log with a damaged record at " + std::to_string(damaged) + "; read number " + std::to_string(n) +
                 " will fail");
        const std::uint64_t struck = functions.disk().failed_calls();
        functions.disk().fail({.call = sim::CallFault::Call::kRead, .n = n});
        const Answer answer =
            functions.ask(operation, operation == Operation::kFindRecordHeader ? damaged + 8 : damaged);
        if (functions.disk().failed_calls() == struck) break;
        if (!answer.status.is(StatusCode::kIoError)) {
          CheckRun::fail(name_of(operation) + " should return an error (" +
                         std::string(describe(StatusCode::kIoError)) + "); yours returned " + shown(operation, answer));
        }
        run.reached("reads that failed");
        if (n > kMostReads) CheckRun::fail("a log of some hundred bytes should need fewer reads");
      }
      functions.disk().heal();
    }
  }
}

void reads_a_log_a_few_times(CheckRun& run) {
  Log log(run);
  const std::uint64_t damaged = log.record_with_damaged_body(kSegmentHeaderSize);
  for (int i = 0; i < 20; ++i) {
    log.garbage(500 + run.random.below(1000));
    log.zeros(500 + run.random.below(1000));
  }
  log.zeros_up_to(round_up(log.end()));
  log.record(damaged);
  for (const Operation operation : kOperations) {
    LogEnd functions(run, log);
    run.begin_story();
    run.step("a log of " + std::to_string(log.end()) + " bytes, with a damaged record at " + std::to_string(damaged));
    functions.must_agree(operation, operation == Operation::kFindRecordHeader ? damaged + 8 : damaged);
    constexpr std::uint64_t kMostTimes = 10;
    if (functions.bytes_read() > kMostTimes * log.end()) {
      CheckRun::fail("at most " + std::to_string(kMostTimes * log.end()) + " bytes should be read, so each byte " +
                     std::to_string(kMostTimes) + " times; you read " + std::to_string(functions.bytes_read()));
    }
    run.reached("long logs");
  }
}

// ---- everything

// Any pieces. Like in a real log, no record says that more was synced than there was before it.
Log any_log(CheckRun& run, std::vector<std::uint64_t>* places) {
  Log log(run);
  const std::uint64_t pieces = 1 + run.random.below(10);
  std::uint64_t durable = kSegmentHeaderSize;
  for (std::uint64_t i = 0; i < pieces; ++i) {
    log.zeros_up_to(round_up(log.end()));
    if (run.random.below(3) == 0) durable = log.end();
    places->push_back(log.end());
    switch (run.random.below(9)) {
      case 0: log.record_with_damaged_body(durable); break;
      case 1: log.record_with_damaged_header(durable); break;
      case 2: log.header_alone(durable); break;
      case 3: log.zeros(8 * (1 + run.random.below(10))); break;
      case 4: log.garbage(1 + static_cast<std::size_t>(run.random.below(50))); break;
      case 5: log.cut_record(durable, 1 + static_cast<std::size_t>(run.random.below(32))); break;
      default: log.record(durable);
    }
  }
  if (run.random.below(2) == 0) log.zeros(1 + run.random.below(100));
  return log;
}

void agrees_with_the_reference(CheckRun& run) {
  for (int round = 0; round < 60; ++round) {
    std::vector<std::uint64_t> places;
    const Log log = any_log(run, &places);
    LogEnd functions(run, log);
    const std::vector<std::string> begun = run.story;
    places.push_back(kSegmentHeaderSize + run.random.below(log.end() - kSegmentHeaderSize));
    for (const std::uint64_t place : places) {
      for (const Operation operation : {Operation::kEndOfWrittenBytes, Operation::kFindRecordHeader}) {
        run.story = begun;
        functions.must_agree(operation, place);
      }
    }
    // The first place that holds no valid record, as in a recovery.
    std::uint64_t at = kSegmentHeaderSize;
    Record record;
    while (decode_record({log.nonce(), at}, std::string_view(log.bytes()).substr(at), &record) ==
           RecordVerdict::kValid) {
      at = record.end();
    }
    for (const Operation operation : {Operation::kProvenDurable, Operation::kJudgeEnd}) {
      run.story = begun;
      const Answer answer = functions.must_agree(operation, at);
      if (operation == Operation::kJudgeEnd) {
        run.reached(!answer.status.ok() ? "rot" : answer.number == 0 ? "clean ends" : "torn tails");
      }
    }
  }
}

// ---- a whole store

// The records of the only log of this scenario.
std::vector<Record> records_of(const sim::Runner& runner) {
  std::vector<Record> records;
  const sim::FileState* file = runner.disk()->state().find(kName);
  if (file == nullptr) throw std::runtime_error("the scenario has no log");
  const std::string_view bytes = file->cached;
  const Result<SegmentHeader> header = decode_segment_header(kName, bytes.substr(0, kSegmentHeaderSize));
  if (!header.ok()) throw std::runtime_error(header.status().to_string());
  Record record;
  for (std::uint64_t at = kSegmentHeaderSize;
       decode_record({header->nonce, at}, bytes.substr(at), &record) == RecordVerdict::kValid; at = record.end()) {
    records.push_back(record);
  }
  return records;
}

void tells_rot_from_a_tear(CheckRun& run) {
  const sim::StoreKind kind = remote_kind(*run.kind, run.build.plain());
  for (int round = 0; round < 2; ++round) {
    sim::Scenario scenario;
    scenario.segment_size = 1024;  // all records are in one log
    scenario.seed = run.random.below(1'000'000) + 1;
    for (int i = 0; i < 5; ++i) {
      scenario.steps.push_back({"put", "k" + std::to_string(run.random.below(4)), any_word(run, 1, 12)});
      if (i == 1 || run.random.below(2) == 0) scenario.steps.push_back({"sync"});
    }
    sim::Runner undamaged(scenario);
    if (!undamaged.run().passed) throw std::runtime_error("the grader's own scenario fails");
    for (const Record& record : records_of(undamaged)) {
      sim::Scenario damaged = scenario;
      damaged.steps.push_back({"crash", "bit-rot", std::string(kName),
                               std::to_string(record.offset + run.random.below(kRecordHeaderSize + record.key.size())),
                               std::to_string(run.random.below(8))});
      damaged.steps.push_back({"recover"});
      sim::Scenario refused = damaged;
      refused.steps.push_back({"expect", "open", "corruption"});
      const bool rot = sim::Runner(refused).run().passed;
      if (rot) {
        run_scenario(run, kind, refused);
      } else {
        damaged.steps.push_back({"expect", "open", "ok"});
        run_scenario(run, kind, damaged);
      }
      run.reached(rot ? "stores with rot" : "stores that may be torn");
    }
  }
}

}  // namespace

std::vector<Check> log_end_checks() {
  return {
      {"L4.1", {}, {}, 0, finds_the_last_written_byte, {"end_of_written_bytes"}},
      {"L4.2", {}, {}, 0, finds_it_beyond_long_blanks, {"end_of_written_bytes"}},
      {"L4.3", {}, {}, 0, stays_in_the_log, {"end_of_written_bytes"}},
      {"L4.4", {}, {}, 0, finds_the_next_header, {"find_record_header"}},
      {"L4.5", {}, {}, 0, passes_over_zeros, {"find_record_header"}},
      {"L4.6", {}, {}, 0, asks_for_headers_only, {"find_record_header"}},
      {"L4.7", {}, {}, 0, begins_at_a_multiple_of_8, {"find_record_header"}},
      {"L4.8", {}, {}, 0, searches_far, {"headers between two windows"}},
      {"L4.9", {}, {}, 0, stops_at_the_end_of_the_log, {"headers that fit", "ends before a header does"}},
      {"L4.10", {}, {}, 0, hears_a_witness, {"proven_durable"}},
      {"L4.11", {}, {}, 0, asks_all_later_records, {"proven_durable"}},
      {"L4.12", {}, {}, 0, up_to_is_not_past, {"proven_durable"}},
      {"L4.13", {}, {}, 0, a_witness_may_be_hurt, {"proven_durable"}},
      {"L4.14", {}, {}, 0, cuts_a_torn_tail, {"judge_end"}},
      {"L4.15", {}, {}, 0, cuts_it_before_reserved_space, {"judge_end"}},
      {"L4.16", {}, {}, 0, cuts_nothing_from_blanks, {"blank ends"}},
      {"L4.17", {}, {}, 0, refuses_rot, {"judge_end"}},
      {"L4.18", {}, {}, 0, judges_holes, {"holes"}},
      {"L4.19", {}, {}, 0, hears_a_witness_that_ends_in_zeros, {"judge_end"}},
      {"L4.20", {}, {}, 0, takes_short_reads, {"short reads"}},
      {"L4.21",
       {},
       {},
       0,
       reports_read_errors,
       {"reads that failed"},
       false,
       "your functions returned before the read that should fail"},
      {"L4.22", {}, {}, 0, reads_a_log_a_few_times, {"long logs"}},
      {"L4.23", {}, {}, 0, agrees_with_the_reference, {"rot", "torn tails", "clean ends"}},
      {"L4.24", {}, {}, 0, runs_in_a_store, {"reopens", "merges", "gets"}, true},
      {"L4.25", {}, {}, 0, survives_crashes, {"crash points", "audited disks"}, true},
      {"L4.26", {}, {}, 0, tells_rot_from_a_tear, {"stores with rot", "stores that may be torn"}, true},
      {"L4.27",
       {},
       {},
       0,
       [](CheckRun& run) { breaks(run, "next_record_is_the_witness"); },
       {"wrong solutions that fail"}},
      {"L4.28", {}, {}, 0, [](CheckRun& run) { breaks(run, "up_to_is_past"); }, {"wrong solutions that fail"}},
  };
}

}  // namespace sediment::labs
