// The checks of lab 3. Each makes the same calls to the student's writer and to the reference, on two disks that fail in the
// same way, and compares what the writers return and what is on the disks.
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "engine/segment_header.h"
#include "labs/03_appending/calls.h"
#include "labs/grader/checks.h"
#include "labs/grader/disk_server.h"
#include "labs/wire/store_messages.h"
#include "sim/disk/sim_disk.h"

namespace sediment::labs {

namespace {

using Operation = WriterOperation;
using sim::CallFault;
using Stamp = LogWriter::Stamp;

constexpr std::string_view kName = "000001.log";

std::string in_bytes(std::uint64_t count) { return std::to_string(count) + (count == 1 ? " byte" : " bytes"); }

std::string name_of(const WriterCall& call) {
  const std::string record = (call.type == RecordType::kPut ? "put " : "remove ") + in_bytes(call.key.size()) +
                             " of key" +
                             (call.type == RecordType::kPut ? ", " + in_bytes(call.value.size()) + " of value" : "");
  switch (call.what) {
    case Operation::kCreate: return call.stamp == Stamp::kZero ? "create, with zero stamps" : "create";
    case Operation::kCreateDurable: return "create_durable";
    case Operation::kMakeRoom: return "make_room for " + in_bytes(call.number);
    case Operation::kAppend: return "append: " + record;
    case Operation::kCopy: return "copy from " + std::to_string(call.number) + " of another log: " + record;
    case Operation::kSync: return "sync";
    case Operation::kBeginSync: return "take end() for a sync in two steps";
    case Operation::kEndSync: return "sync the file, and call note_sync with that end";
    case Operation::kSeal: return "seal";
  }
  return "";
}

/// What will happen to the next call of a kind.
std::string name_of(const CallFault& fault) {
  const std::string call = [&] {
    switch (fault.call) {
      case CallFault::Call::kAppend: return "write";
      case CallFault::Call::kReserve: return "reservation";
      case CallFault::Call::kTruncate: return "cut";
      case CallFault::Call::kSyncDirectory: return "sync of the directory";
      default: return "sync";
    }
  }();
  const std::string which =
      fault.n == 1 ? "the next " + call : call + " number " + std::to_string(fault.n) + " from here";
  switch (fault.effect) {
    case CallFault::Effect::kNoSpace: return which + " will find no space";
    case CallFault::Effect::kShortWrite: return which + " will find space for half of it";
    case CallFault::Effect::kDropped: return which + " will fail, and lose what it should have synced";
    default: return which + " will fail with an I/O error";
  }
}

std::string in_words(const Status& status) { return std::string(describe(status.code())); }

void must_equal(const std::string& what, std::uint64_t expected, std::uint64_t got) {
  if (expected == got) return;
  CheckRun::fail(what + " should be " + std::to_string(expected) + "; yours is " + std::to_string(got));
}

/// A writer in the student's process and one of the reference, each with a disk of the grader's. Each call is a step of
/// the check's story.
class Writers {
 public:
  explicit Writers(CheckRun& run) : run_(run), process_(run.build.with_addresses) { run.begin_story(); }

  // What is compared after each call, besides the status. The first checks look at little, so that each of them points
  // to one mistake.
  // NOLINTBEGIN(misc-non-private-member-variables-in-classes): options, whatever their values
  bool compares_offsets = true;
  bool compares_counts = true;
  bool compares_durable_ends = true;
  // NOLINTEND(misc-non-private-member-variables-in-classes)

  Status create(LogSpace space = 4096, Stamp stamp = Stamp::kDurableUpto) {
    return perform({.what = Operation::kCreate, .space = space, .stamp = stamp});
  }
  Status create_durable(LogSpace space = 4096) { return perform({.what = Operation::kCreateDurable, .space = space}); }
  Status put(const std::string& key, const std::string& value) {
    return perform({.what = Operation::kAppend, .key = key, .value = value});
  }
  Status remove(const std::string& key) {
    return perform({.what = Operation::kAppend, .type = RecordType::kTombstone, .key = key});
  }
  Status copy_put(std::uint64_t from, const std::string& key, const std::string& value) {
    return perform({.what = Operation::kCopy, .key = key, .value = value, .number = from});
  }
  Status make_room(std::uint64_t bytes) { return perform({.what = Operation::kMakeRoom, .number = bytes}); }
  Status sync() { return perform({.what = Operation::kSync}); }
  Status begin_sync() { return perform({.what = Operation::kBeginSync}); }
  Status end_sync() { return perform({.what = Operation::kEndSync}); }
  Status seal() { return perform({.what = Operation::kSeal}); }

  /// A call after a failure: it changes nothing.
  void perform_failed(const WriterCall& call) {
    const std::string before = file().cached;
    (void)perform(call);
    if (file().cached == before) return;
    const std::string size = file().cached.size() == before.size()
                                 ? ""
                                 : ", from " + in_bytes(before.size()) + " to " + std::to_string(file().cached.size());
    CheckRun::fail("after a failure no call should change the file; yours has changed it" + size);
  }

  Status perform(const WriterCall& call) {
    run_.step(name_of(call));
    const WriterAnswer expected = reference_.perform(call);
    const WriterAnswer got = ask(call);
    if (expected.status.code() != got.status.code()) {
      CheckRun::fail("the call should return " + in_words(expected.status) + "; yours returned " +
                     in_words(got.status));
    }
    if (compares_offsets) must_equal("the offset", expected.offset, got.offset);
    if (!got.same_record)
      CheckRun::fail("type, key, value and size of the record should be as they were; yours have changed");
    if (compares_offsets) must_equal("end()", expected.end, got.end);
    if (compares_counts) must_equal("record_count()", expected.record_count, got.record_count);
    if (compares_durable_ends) must_equal("durable_end()", expected.durable_end, got.durable_end);
    last_ = expected;
    return expected.status;
  }

  /// Of both disks.
  void fail(const CallFault& fault) {
    run_.step("(" + name_of(fault) + ")");
    disk_->fail(fault);
    reference_disk_->fail(fault);
  }
  void limit_space(std::uint64_t bytes) {
    run_.step(bytes == 0 ? "(the disk has space again)" : "(the disk has space for " + in_bytes(bytes) + " in all)");
    disk_->limit_space(bytes);
    reference_disk_->limit_space(bytes);
  }

  /// The file holds the records of the reference's, one after the other.
  void records_must_be_right(bool with_stamps = false) const {
    const std::string& bytes = file(*disk_).cached;
    const std::string& expected_bytes = file(*reference_disk_).cached;
    const std::uint64_t nonce = nonce_of(bytes);
    const std::uint64_t expected_nonce = nonce_of(expected_bytes);
    for (std::uint64_t offset = kSegmentHeaderSize; offset < last_.end;) {
      const std::string at = "at byte " + std::to_string(offset) + " of the file ";
      Record expected;
      if (decode_record({expected_nonce, offset}, std::string_view(expected_bytes).substr(offset), &expected) !=
          RecordVerdict::kValid) {
        throw std::runtime_error("the reference has written no record");
      }
      Record record;
      const std::string_view rest = std::string_view(bytes).substr(std::min<std::size_t>(offset, bytes.size()));
      const RecordVerdict verdict = decode_record({nonce, offset}, rest, &record);
      if (verdict != RecordVerdict::kValid) {
        CheckRun::fail(at + "there should be a record; of yours, " + std::string(describe(verdict)));
      }
      if (record.type != expected.type || record.key != expected.key || record.value != expected.value) {
        CheckRun::fail(at + "there should be the record that was appended; yours is another");
      }
      if (with_stamps) {
        must_equal("durable_upto of the record at " + std::to_string(offset), expected.durable_upto,
                   record.durable_upto);
      }
      offset = expected.end();
    }
  }

  const sim::FileState& file() const { return file(*disk_); }
  const sim::FileState& expected_file() const { return file(*reference_disk_); }
  const sim::SimDisk& disk() const { return *disk_; }
  std::uint64_t end() const { return last_.end; }

 private:
  static const sim::FileState& file(const sim::SimDisk& disk) {
    const sim::FileState* found = disk.state().find(kName);
    if (found == nullptr) CheckRun::fail("there should be a file " + std::string(kName) + "; there is none");
    return *found;
  }

  static std::uint64_t nonce_of(std::string_view bytes) {
    const Result<SegmentHeader> header = decode_segment_header(kName, bytes.substr(0, kSegmentHeaderSize));
    if (!header.ok()) CheckRun::fail(header.status().to_string());
    return header->nonce;
  }

  WriterAnswer ask(const WriterCall& call) {
    MessageWriter request;
    request.number(static_cast<std::uint64_t>(Request::kComponent))
        .number(static_cast<std::uint64_t>(call.what))
        .number(call.space.first)
        .number(call.space.largest)
        .number(call.stamp == Stamp::kDurableUpto ? 1 : 0)
        .number(static_cast<std::uint64_t>(call.type))
        .text(call.key)
        .text(call.value)
        .number(call.number);
    WriterAnswer got;
    const auto disk = [&](std::string_view disk_call) { return server_.serve(disk_call); };
    read_answer(process_, process_.ask(request.bytes(), disk), [&](MessageReader& answer) {
      got.status = read_status(&answer);
      got.offset = answer.number();
      got.same_record = answer.flag();
      got.end = answer.number();
      got.durable_end = answer.number();
      got.record_count = answer.number();
    });
    return got;
  }

  CheckRun& run_;
  StudentProcess process_;
  std::shared_ptr<sim::SimDisk> disk_ = std::make_shared<sim::SimDisk>();
  std::shared_ptr<sim::SimDisk> reference_disk_ = std::make_shared<sim::SimDisk>();
  DiskServer server_{disk_};
  WriterCalls reference_{reference_disk_};
  WriterAnswer last_;
};

std::string any_word(CheckRun& run, std::size_t shortest, std::size_t longest) {
  std::string word(shortest + static_cast<std::size_t>(run.random.below(longest - shortest + 1)), 'a');
  for (char& letter : word) letter = static_cast<char>('a' + run.random.below(26));
  return word;
}

// ---- records, one after the other

void returns_where_the_record_begins(CheckRun& run) {
  Writers writers(run);
  writers.compares_counts = false;
  writers.compares_durable_ends = false;
  (void)writers.create();
  for (std::size_t size = 1; size <= 9; ++size) {
    (void)writers.put(std::string(size, 'k'), any_word(run, 1, 9));
    run.reached("appends");
  }
  (void)writers.remove(any_word(run, 1, 9));
}

void writes_whole_records(CheckRun& run) {
  Writers writers(run);
  writers.compares_counts = false;
  writers.compares_durable_ends = false;
  (void)writers.create();
  for (std::size_t size = 1; size <= 9; ++size) {
    (void)writers.put("k", std::string(size, 'v'));
    writers.records_must_be_right();
    run.reached("records");
  }
  (void)writers.remove(any_word(run, 3, 9));
  (void)writers.put("k", "v");
  writers.records_must_be_right();
}

void counts_records(CheckRun& run) {
  Writers writers(run);
  writers.compares_durable_ends = false;
  (void)writers.create();
  for (int i = 0; i < 6; ++i) {
    (void)(i % 3 == 1 ? writers.remove(any_word(run, 1, 9)) : writers.put(any_word(run, 1, 9), any_word(run, 1, 9)));
    run.reached("appends");
  }
}

// ---- what is durable

void creates_a_durable_header(CheckRun& run) {
  Writers writers(run);
  writers.compares_durable_ends = false;
  (void)writers.create_durable();
  const std::string_view durable = writers.file().durable;
  if (durable.substr(0, kSegmentHeaderSize) != std::string_view(writers.file().cached).substr(0, kSegmentHeaderSize) ||
      durable.size() < kSegmentHeaderSize) {
    CheckRun::fail("after a power cut the file should have its header; yours has " + in_bytes(durable.size()));
  }
  run.reached("durable headers");
}

void creates_a_durable_name(CheckRun& run) {
  Writers writers(run);
  writers.compares_durable_ends = false;
  (void)writers.create_durable();
  if (!writers.disk().state().durable_names().contains(kName)) {
    CheckRun::fail("after a power cut there should be a file " + std::string(kName) + "; yours may be gone");
  }
  run.reached("durable names");
}

void syncs(CheckRun& run) {
  Writers writers(run);
  (void)writers.create_durable();
  for (int i = 0; i < 3; ++i) {
    for (int puts = 0; puts <= i; ++puts) (void)writers.put(any_word(run, 1, 9), any_word(run, 1, 9));
    (void)writers.sync();
    if (!writers.file().all_durable()) CheckRun::fail("a sync should make all bytes durable; yours has left some");
    run.reached("syncs");
  }
}

void stamps_what_is_durable(CheckRun& run) {
  Writers writers(run);
  (void)writers.create_durable();
  for (int i = 0; i < 4; ++i) {
    for (int puts = 0; puts < 2; ++puts) (void)writers.put(any_word(run, 1, 9), any_word(run, 1, 9));
    writers.records_must_be_right(true);
    (void)writers.sync();
    run.reached("syncs");
  }
}

void stamps_zero_if_told_to(CheckRun& run) {
  Writers writers(run);
  (void)writers.create(4096, Stamp::kZero);
  for (int i = 0; i < 3; ++i) {
    (void)writers.put(any_word(run, 1, 9), any_word(run, 1, 9));
    (void)writers.sync();
  }
  writers.records_must_be_right(true);
  run.reached("logs without stamps");
}

void notes_the_end_from_before(CheckRun& run) {
  Writers writers(run);
  (void)writers.create_durable();
  for (int i = 0; i < 3; ++i) {
    (void)writers.put(any_word(run, 1, 9), any_word(run, 1, 9));
    (void)writers.begin_sync();
    for (int puts = 0; puts <= i; ++puts) (void)writers.put(any_word(run, 1, 9), any_word(run, 1, 9));
    (void)writers.end_sync();
    (void)writers.put(any_word(run, 1, 9), any_word(run, 1, 9));
    run.reached("syncs in two steps");
  }
  writers.records_must_be_right(true);
  // One that ends after a later one.
  (void)writers.begin_sync();
  (void)writers.put(any_word(run, 1, 9), any_word(run, 1, 9));
  (void)writers.sync();
  (void)writers.end_sync();
}

// ---- what fails

constexpr std::array<CallFault, 3> kFailedAppends{
    {{.call = CallFault::Call::kAppend},
     {.call = CallFault::Call::kAppend, .effect = CallFault::Effect::kNoSpace},
     {.call = CallFault::Call::kAppend, .effect = CallFault::Effect::kShortWrite}}};

void leaves_the_end_at_a_failed_append(CheckRun& run) {
  for (const CallFault& way : kFailedAppends) {
    Writers writers(run);
    (void)writers.create_durable();
    (void)writers.put(any_word(run, 1, 9), any_word(run, 1, 9));
    writers.fail(way);
    (void)writers.put(any_word(run, 1, 9), any_word(run, 1, 9));
    run.reached("appends that failed");
  }
}

void repeats_the_error_of_an_append(CheckRun& run) {
  for (const CallFault& way : kFailedAppends) {
    for (const Operation then :
         {Operation::kAppend, Operation::kSync, Operation::kSeal, Operation::kMakeRoom, Operation::kCopy}) {
      Writers writers(run);
      (void)writers.create_durable();
      (void)writers.put(any_word(run, 1, 9), any_word(run, 1, 9));
      writers.fail(way);
      (void)writers.put(any_word(run, 1, 9), any_word(run, 1, 9));
      writers.perform_failed({.what = then, .key = any_word(run, 1, 9), .value = any_word(run, 1, 9), .number = 64});
      run.reached("calls after a failure");
    }
  }
}

void never_retries_a_sync(CheckRun& run) {
  for (const CallFault::Effect effect : {CallFault::Effect::kError, CallFault::Effect::kDropped}) {
    Writers writers(run);
    (void)writers.create_durable();
    (void)writers.put(any_word(run, 1, 9), any_word(run, 1, 9));
    writers.fail({.call = CallFault::Call::kSync, .effect = effect});
    (void)writers.sync();
    (void)writers.sync();
    writers.perform_failed({.what = Operation::kSeal});
    run.reached("syncs that failed");
  }
  for (const CallFault::Call call : {CallFault::Call::kSync, CallFault::Call::kSyncDirectory}) {
    Writers failing(run);
    failing.fail({.call = call});
    (void)failing.create_durable();
    run.reached("creations that failed");
  }
}

void appends_nothing_after_a_failed_sync(CheckRun& run) {
  for (const bool two_steps : {false, true}) {
    Writers writers(run);
    (void)writers.create_durable();
    (void)writers.put(any_word(run, 1, 9), any_word(run, 1, 9));
    writers.fail({.call = CallFault::Call::kSync});
    if (two_steps) {
      (void)writers.begin_sync();
      (void)writers.end_sync();
    } else {
      (void)writers.sync();
    }
    (void)writers.put(any_word(run, 1, 9), any_word(run, 1, 9));
    (void)writers.make_room(5000);
    run.reached("syncs that failed");
  }
}

void remembers_the_first_failure(CheckRun& run) {
  for (const bool sync_fails_too : {false, true}) {
    Writers writers(run);
    (void)writers.create_durable();
    (void)writers.put(any_word(run, 1, 9), any_word(run, 1, 9));
    (void)writers.begin_sync();
    writers.fail(kFailedAppends[1]);
    (void)writers.put(any_word(run, 1, 9), any_word(run, 1, 9));
    if (sync_fails_too) writers.fail({.call = CallFault::Call::kSync});
    (void)writers.end_sync();
    (void)writers.put(any_word(run, 1, 9), any_word(run, 1, 9));
    (void)writers.sync();
    run.reached("syncs after a failure");
  }
}

// ---- space

void reserves_before_it_is_needed(CheckRun& run) {
  Writers writers(run);
  (void)writers.create_durable(256);
  for (int i = 0; i < 12; ++i) {
    const std::string key = any_word(run, 1, 9);
    const std::string value = any_word(run, 1, 200);
    const std::uint64_t size = record_size(key.size(), value.size());
    (void)writers.make_room(size);
    if (writers.file().cached.size() < writers.end() + size) {
      CheckRun::fail("the file should have space up to byte " + std::to_string(writers.end() + size) +
                     "; yours ends at " + std::to_string(writers.file().cached.size()));
    }
    (void)writers.put(key, value);
    run.reached("records with room");
  }
}

void reserves_in_steps(CheckRun& run) {
  Writers writers(run);
  constexpr std::uint64_t kLargest = 10'000;
  (void)writers.create_durable({64, kLargest});
  for (int i = 0; i < 300; ++i) {
    (void)writers.make_room(32);
    (void)writers.put("k", "v");
    if (i > 4) run.story.resize(3);
    run.step("... until " + std::to_string(i + 1) + " records have been appended, each with a make_room before it");
    const std::uint64_t size = writers.file().cached.size();
    if (size > std::max(kLargest, writers.end())) {
      CheckRun::fail("the log should have at most " + in_bytes(kLargest) + "; yours has reserved " + in_bytes(size));
    }
    if (size > std::max<std::uint64_t>(64, 3 * writers.end())) {
      CheckRun::fail("a log of " + in_bytes(writers.end()) + " should reserve as much again; yours has " +
                     in_bytes(size));
    }
  }
  constexpr std::uint64_t kMostSteps = 20;
  const std::uint64_t steps = writers.disk().calls(CallFault::Call::kReserve);
  if (steps > kMostSteps) {
    CheckRun::fail("300 records should need at most 20 steps of reserved space; yours needed " + std::to_string(steps));
  }
  run.reached("steps", steps);
}

void takes_what_there_is(CheckRun& run) {
  Writers writers(run);
  (void)writers.create_durable({512, 100'000});
  for (int i = 0; i < 15; ++i) (void)writers.put("k", "v");  // up to byte 512
  writers.limit_space(700);
  (void)writers.make_room(32);
  (void)writers.put("k", "v");
  (void)writers.make_room(100);
  (void)writers.put("k", std::string(70, 'v'));
  writers.records_must_be_right();
  run.reached("small steps");
}

void asks_again_for_space(CheckRun& run) {
  Writers writers(run);
  (void)writers.create_durable({256, 100'000});
  for (int i = 0; i < 7; ++i) (void)writers.put("k", "v");  // up to byte 256
  writers.limit_space(256);
  (void)writers.make_room(32);
  (void)writers.make_room(32);
  run.reached("refused steps", 2);
  writers.limit_space(0);
  (void)writers.make_room(32);
  if (writers.file().cached.size() < writers.end() + 32) CheckRun::fail("now there should be room; there is none");
  (void)writers.put("k", "v");
  (void)writers.sync();
}

void remembers_a_failed_reservation(CheckRun& run) {
  Writers writers(run);
  (void)writers.create_durable({256, 100'000});
  (void)writers.put("k", "v");
  writers.fail({.call = CallFault::Call::kReserve});
  (void)writers.make_room(500);
  (void)writers.make_room(500);
  (void)writers.put("k", "v");
  run.reached("reservations that failed");
  // The first step is too large for the disk, and the smaller one fails.
  Writers smaller(run);
  (void)smaller.create_durable({256, 100'000});
  for (int i = 0; i < 7; ++i) (void)smaller.put("k", "v");  // up to byte 256
  smaller.limit_space(300);
  smaller.fail({.call = CallFault::Call::kReserve, .n = 2});
  (void)smaller.make_room(32);
  (void)smaller.put("k", "v");
  run.reached("reservations that failed");
}

// ---- the end of a log

void seals_with_a_cut(CheckRun& run) {
  Writers writers(run);
  (void)writers.create_durable();
  for (int i = 0; i < 3; ++i) (void)writers.put(any_word(run, 1, 9), any_word(run, 1, 9));
  (void)writers.seal();
  must_equal("the size of the file", writers.end(), writers.file().cached.size());
  writers.records_must_be_right(true);
  run.reached("sealed logs");
}

void seals_durably(CheckRun& run) {
  Writers writers(run);
  (void)writers.create_durable();
  (void)writers.put(any_word(run, 1, 9), any_word(run, 1, 9));
  (void)writers.sync();
  (void)writers.put(any_word(run, 1, 9), any_word(run, 1, 9));
  (void)writers.seal();
  must_equal("the size of the file after a power cut", writers.end(), writers.file().durable.size());
  if (!writers.file().all_durable()) CheckRun::fail("a sealed log should be durable; yours is not");
  run.reached("sealed logs");
  {
    Writers synced(run);  // only the cut is left to be synced
    (void)synced.create_durable();
    (void)synced.put(any_word(run, 1, 9), any_word(run, 1, 9));
    (void)synced.sync();
    (void)synced.seal();
    must_equal("the size of the file after a power cut", synced.end(), synced.file().durable.size());
    run.reached("sealed logs");
  }
  for (const CallFault::Call call : {CallFault::Call::kTruncate, CallFault::Call::kSync}) {
    Writers failing(run);
    (void)failing.create_durable();
    (void)failing.put(any_word(run, 1, 9), any_word(run, 1, 9));
    failing.fail({.call = call});
    (void)failing.seal();
    (void)failing.seal();
    (void)failing.put("k", "v");
    run.reached("seals that failed");
  }
}

void copies_to_a_new_place(CheckRun& run) {
  Writers writers(run);
  (void)writers.create(4096, Stamp::kZero);
  for (int i = 0; i < 4; ++i) {
    (void)writers.copy_put(1000 + 8 * run.random.below(100), any_word(run, 1, 9), any_word(run, 1, 9));
    run.reached("copies");
  }
  (void)writers.perform(
      {.what = Operation::kCopy, .type = RecordType::kTombstone, .key = any_word(run, 1, 9), .number = 2000});
  writers.records_must_be_right();
}

void makes_room_for_copies(CheckRun& run) {
  Writers writers(run);
  (void)writers.create({256, 100'000}, Stamp::kZero);
  const std::string value(300, 'v');
  (void)writers.copy_put(1000, "k", value);
  if (writers.disk().calls(CallFault::Call::kReserve) == 0) {
    CheckRun::fail("space should be reserved before the copy is appended; yours reserved none");
  }
  writers.limit_space(writers.expected_file().cached.size());
  for (int i = 0; i < 3; ++i) {
    (void)writers.copy_put(1000, "k", value);  // at the latest the second finds no space, and leaves nothing
    run.reached("copies");
  }
  writers.limit_space(0);
  (void)writers.copy_put(1000, "k", value);
  writers.records_must_be_right();
}

// ---- everything

void agrees_with_the_reference(CheckRun& run) {
  for (int round = 0; round < 25; ++round) {
    Writers writers(run);
    const LogSpace space{64 + 8 * run.random.below(60), 1'000'000};
    (void)(run.random.below(3) == 0 ? writers.create(space, Stamp::kZero) : writers.create_durable(space));
    bool begun = false;
    for (int calls = 0; calls < 25; ++calls) {
      switch (run.random.below(12)) {
        case 0: (void)writers.remove(any_word(run, 1, 20)); break;
        case 1:
          if (!begun) (void)writers.sync();  // never inside a sync in two steps
          break;
        case 2:
          (void)(begun ? writers.end_sync() : writers.begin_sync());
          begun = !begun;
          break;
        case 3: (void)writers.copy_put(8 * run.random.below(1000), any_word(run, 1, 20), any_word(run, 1, 60)); break;
        case 4:
        case 5: (void)writers.make_room(8 * run.random.below(60)); break;
        case 6:
          if (run.random.below(6) == 0) {
            (void)writers.put("k", "v");  // so that the next sync has something to do
            writers.fail({.call = run.random.below(2) == 0 ? CallFault::Call::kAppend : CallFault::Call::kSync});
            run.reached("failures");
          }
          break;
        default: (void)writers.put(any_word(run, 1, 20), any_word(run, 1, 60));
      }
      run.reached("calls");
    }
    writers.records_must_be_right(true);
    (void)writers.seal();
  }
}

}  // namespace

std::vector<Check> log_writer_checks() {
  return {
      {"L3.1", {}, {}, 0, returns_where_the_record_begins, {"appends"}},
      {"L3.2", {}, {}, 0, writes_whole_records, {"records"}},
      {"L3.3", {}, {}, 0, counts_records, {"appends"}},
      {"L3.4", {}, {}, 0, creates_a_durable_header, {"durable headers"}},
      {"L3.5", {}, {}, 0, creates_a_durable_name, {"durable names"}},
      {"L3.6", {}, {}, 0, syncs, {"syncs"}},
      {"L3.7", {}, {}, 0, stamps_what_is_durable, {"syncs"}},
      {"L3.8", {}, {}, 0, stamps_zero_if_told_to, {"logs without stamps"}},
      {"L3.9", {}, {}, 0, notes_the_end_from_before, {"syncs in two steps"}},
      {"L3.10", {}, {}, 0, leaves_the_end_at_a_failed_append, {"appends that failed"}},
      {"L3.11", {}, {}, 0, repeats_the_error_of_an_append, {"calls after a failure"}},
      {"L3.12", {}, {}, 0, never_retries_a_sync, {"syncs that failed", "creations that failed"}},
      {"L3.13", {}, {}, 0, appends_nothing_after_a_failed_sync, {"syncs that failed"}},
      {"L3.14", {}, {}, 0, remembers_the_first_failure, {"syncs after a failure"}},
      {"L3.15", {}, {}, 0, reserves_before_it_is_needed, {"records with room"}},
      {"L3.16", {}, {}, 0, reserves_in_steps, {"steps"}, false, "your code should call File::reserve; it never does"},
      {"L3.17", {}, {}, 0, takes_what_there_is, {"small steps"}},
      {"L3.18", {}, {}, 0, asks_again_for_space, {"refused steps"}},
      {"L3.19", {}, {}, 0, remembers_a_failed_reservation, {"reservations that failed"}},
      {"L3.20", {}, {}, 0, seals_with_a_cut, {"sealed logs"}},
      {"L3.21", {}, {}, 0, seals_durably, {"sealed logs", "seals that failed"}},
      {"L3.22", {}, {}, 0, copies_to_a_new_place, {"copies"}},
      {"L3.23", {}, {}, 0, makes_room_for_copies, {"copies"}},
      {"L3.24", {}, {}, 0, agrees_with_the_reference, {"calls", "failures"}},
      {"L3.25", {}, {}, 0, runs_in_a_store, {"reopens", "merges", "gets"}, true},
      {"L3.26", {}, {}, 0, survives_crashes, {"crash points", "audited disks"}, true},
      {"L3.27", {}, {}, 0, [](CheckRun& run) { breaks(run, "header_not_synced"); }, {"wrong solutions that fail"}},
      {"L3.28",
       {},
       {},
       0,
       [](CheckRun& run) { breaks(run, "stamp_says_all_is_synced"); },
       {"wrong solutions that fail"}},
  };
}

}  // namespace sediment::labs
