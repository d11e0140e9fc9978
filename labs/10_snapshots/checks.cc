// The checks of lab 10. The reference is linked here, and there is one right snapshot of a log, so what the student's code
// writes is compared with the reference's bytes. Reading is judged with those bytes, whole and damaged.
#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "engine/fitted_index.h"
#include "engine/log_writer.h"
#include "engine/segment.h"
#include "engine/snapshot.h"
#include "labs/10_snapshots/operations.h"
#include "labs/grader/checks.h"
#include "labs/grader/disk_server.h"
#include "labs/grader/remote_store.h"
#include "labs/wire/store_messages.h"
#include "sim/disk/crash.h"
#include "sim/disk/sim_disk.h"
#include "sim/disk/trace.h"
#include "sim/run/judge.h"

namespace sediment::labs {

namespace {

using Call = sim::CallFault::Call;
using Effect = sim::CallFault::Effect;
using sim::Step;

// ---- a log and its snapshot

std::string shown(const Record& record) {
  return (record.type == RecordType::kPut ? "put " : "remove ") + std::string(record.key);
}

std::string in_hex(std::uint64_t value, int digits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(static_cast<std::size_t>(digits), '0');
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, value >>= 4) *digit = kDigits[value & 15];
  return text;
}

std::string shown_slot(std::string_view slots, std::size_t slot) {
  const Slot entry = Slot::of_word(load_u64(slots.data() + slot * kSlotSize));
  if (entry == Slot()) return "empty";
  return "tag " + in_hex(entry.tag, 8) + ", byte " + std::to_string(entry.offset());
}

struct Entry {
  std::string key;
  bool tombstone = false;
};
using Entries = std::vector<Entry>;

// What the grader may rely on: its own disk.
template <typename T>
T must(Result<T> result) {
  if (!result.ok()) throw std::runtime_error("the grader's own log: " + result.status().to_string());
  return std::move(*result);
}

/// A sealed log, and what the reference makes of it.
struct Log {
  Log(std::uint64_t number, const Entries& entries, std::uint64_t seed) {
    sim::SimDisk disk({}, {.seed = seed});
    const auto writer = must(LogWriter::create_durable(disk, SegmentNumber{number}, 0));
    auto segment = std::make_shared<Segment>(*writer);
    for (const Entry& each : entries) {
      const RecordType type = each.tombstone ? RecordType::kTombstone : RecordType::kPut;
      const std::string_view value = each.tombstone ? "" : "value";
      const std::uint64_t offset = must(writer->append(type, each.key, value));
      const Record record{type, offset, record_size(each.key.size(), value.size()), 0, each.key, value};
      if (Status s = segment->add(record, hash_key(each.key), nullptr); !s.ok())
        throw std::runtime_error(s.to_string());
      story += (story.empty() ? "" : ", ") + shown(record);
    }
    if (entries.size() > 8) story = std::to_string(entries.size()) + " records";
    if (Status s = writer->seal(); !s.ok()) throw std::runtime_error(s.to_string());
    const auto settled = segment->settled_copy();
    if (Status s = write_snapshot(disk, *settled); !s.ok()) throw std::runtime_error(s.to_string());
    entry = segment->sealed_entry();
    log_name = segment_file_name(entry.number);
    name = snapshot_file_name(entry.number);
    log_bytes = disk.state().contents().at(log_name);
    bytes = disk.state().contents().at(name);
    for (const Entry& each : entries) newest[each.key] = each.tombstone;
  }

  std::string_view slots() const { return std::string_view(bytes).substr(kSnapshotHeaderSize); }
  std::string temporary_name() const { return name + std::string(kTemporarySuffix); }

  Manifest::Sealed entry;
  std::string log_name;
  std::string log_bytes;
  std::string name;
  std::string bytes;                   // of the snapshot
  std::map<std::string, bool> newest;  // each key, and whether its newest record is a tombstone
  std::string story;
};

std::uint64_t any_seed(CheckRun& run) { return run.random.below(1'000'000) + 1; }

// A key that a person can read.
std::string any_key(CheckRun& run) {
  std::string key(1 + static_cast<std::size_t>(run.random.below(5)), 'a');
  for (char& letter : key) letter = static_cast<char>('a' + run.random.below(26));
  return key;
}

Entries any_puts(CheckRun& run, std::size_t keys) {
  std::set<std::string> different;
  while (different.size() < keys) different.insert(any_key(run));
  Entries entries;
  for (const std::string& key : different) entries.push_back({key});
  return entries;
}

Log log_of_puts(CheckRun& run, std::size_t keys) {
  const Entries entries = any_puts(run, keys);
  return Log(7, entries, any_seed(run));
}

// Puts, one of them superseded, and a tombstone.
Log ordinary_log(CheckRun& run) {
  Entries entries = any_puts(run, 3);
  entries.push_back(entries.front());
  entries.push_back({entries[1].key, true});
  return Log(7, entries, any_seed(run));
}

std::string with_a_flipped_bit(std::string bytes, std::size_t byte, unsigned bit) {
  bytes[byte] = static_cast<char>(bytes[byte] ^ (1 << bit));
  return bytes;
}

// With a header's checksum as it should be.
std::string with_good_header(std::string bytes) {
  const std::string_view header = std::string_view(bytes).substr(0, kSnapshotHeaderSize);
  store_u32(&bytes[file_field::kChecksum], file_header_checksum(header, kSnapshotMagic));
  return bytes;
}

// With both checksums as they should be: what no accident makes.
std::string with_good_checksums(std::string bytes, std::uint64_t nonce) {
  const std::string_view slots = std::string_view(bytes).substr(kSnapshotHeaderSize);
  store_u64(&bytes[snapshot_field::kSlotsChecksum], checksum64(slots, nonce));
  return with_good_header(std::move(bytes));
}

struct Field {
  std::size_t offset;
  std::size_t size;
  const char* name;
};

// The header's checksum comes last: it differs whenever another field does.
constexpr std::array<Field, 9> kFields{{{file_field::kMagic, 8, "the magic"},
                                        {file_field::kVersion, 4, "the version"},
                                        {file_field::kNonce, 8, "the nonce of the log"},
                                        {file_field::kNumber, 8, "the number of the log"},
                                        {snapshot_field::kLogBytes, 8, "the bytes of the log"},
                                        {snapshot_field::kRecords, 8, "the records of the log"},
                                        {snapshot_field::kSlots, 8, "the number of slots"},
                                        {snapshot_field::kSlotsChecksum, 8, "the checksum of the slots"},
                                        {file_field::kChecksum, 4, "the header's checksum"}}};

std::string part_of(std::size_t byte) {
  for (const Field& field : kFields) {
    if (byte >= field.offset && byte < field.offset + field.size) return field.name;
  }
  return "slot " + std::to_string((byte - kSnapshotHeaderSize) / kSlotSize);
}

// ---- the functions in the student's process

/// A disk, and one process that writes and reads snapshots on it. Each call is a step of the check's story.
class Snapshots {
 public:
  explicit Snapshots(CheckRun& run) : run_(run), process_(run.build.with_addresses) {}

  /// A log, and nothing else.
  void disk_has(const Log& log) {
    run_.step("the disk has " + log.log_name + ": " + log.story);
    files_ = {{log.log_name, log.log_bytes}};
    put_on_disk();
  }
  /// One file more.
  void disk_also_has(const std::string& name, const std::string& bytes, const std::string& what) {
    run_.step("the disk has " + name + ": " + what);
    files_[name] = bytes;
    put_on_disk();
  }
  /// Nothing but this snapshot.
  void disk_has_snapshot(const std::string& name, const std::string& bytes, const std::string& what) {
    files_.clear();
    disk_also_has(name, bytes, what);
  }
  sim::SimDisk& disk() { return *disk_; }

  Status write(const Log& log) {
    run_.step("write_snapshot, of segment " + std::to_string(value_of(log.entry.number)));
    Status status;
    ask(request(SnapshotOperation::kWrite, log.entry), [&](MessageReader& answer) { status = read_status(&answer); });
    run_.reached("snapshots written");
    return status;
  }
  void must_write(const Log& log) {
    if (const Status s = write(log); !s.ok()) CheckRun::fail("it should return ok; it returned " + s.to_string());
  }

  /// The snapshot is there, as the reference writes it.
  void must_hold(const Log& log) const {
    const std::string* bytes = now_in(log.name);
    if (bytes == nullptr) {
      std::string names;
      for (const auto& [name, id] : disk_->state().names()) names += (names.empty() ? "" : ", ") + name;
      CheckRun::fail(log.name + " should be on the disk now; there is only " + names);
    }
    if (bytes->size() < kSnapshotHeaderSize || (bytes->size() - kSnapshotHeaderSize) % kSlotSize != 0) {
      CheckRun::fail(log.name + " should have a header of 64 bytes and slots of 8; yours has " +
                     std::to_string(bytes->size()) + " bytes");
    }
    const std::string_view slots = std::string_view(*bytes).substr(kSnapshotHeaderSize);
    for (std::size_t slot = 0; slot < log.slots().size() / kSlotSize; ++slot) {
      const std::string_view word = log.slots().substr(slot * kSlotSize, kSlotSize);
      if (load_u64(word.data()) == 0) continue;
      bool there = false;
      for (std::size_t at = 0; at < slots.size(); at += kSlotSize) there = there || slots.substr(at, kSlotSize) == word;
      if (!there) {
        CheckRun::fail("the snapshot should have an entry for " + name_of_entry(log, load_u32(word.data())) + " (" +
                       shown_slot(log.slots(), slot) + "); yours has none");
      }
    }
    must_be_equal("the snapshot", log.slots(), slots);
    for (const Field& field : kFields) {
      const std::string_view wanted = std::string_view(log.bytes).substr(field.offset, field.size);
      const std::string_view got = std::string_view(*bytes).substr(field.offset, field.size);
      if (wanted == got) continue;
      CheckRun::fail("in the header, " + std::string(field.name) + " (at byte " + std::to_string(field.offset) +
                     ") should be " + shown_field(wanted) + "; yours is " + shown_field(got));
    }
  }
  /// The log, the snapshot, and nothing else.
  void must_have_no_other_file(const Log& log) const {
    for (const auto& [name, id] : disk_->state().names()) {
      if (name != log.log_name && name != log.name) CheckRun::fail(name + " should be gone; it is still on the disk");
    }
    const std::string* bytes = now_in(log.log_name);
    if (bytes == nullptr || *bytes != log.log_bytes) CheckRun::fail(log.log_name + " should be as it was");
  }
  bool has(const std::string& name) const { return now_in(name) != nullptr; }

  /// At every crash that was possible since the last write began, the name leads to a whole snapshot, or to what was there
  /// before.
  void must_have_survived(const Log& log) {
    sim::DiskState state = before_;
    std::uint64_t done = 0;
    for (const sim::TraceEntry& entry : trace_->entries()) {
      const auto* operation = std::get_if<sim::DiskOperation>(&entry);
      if (operation == nullptr) continue;
      state.apply(*operation);
      ++done;
      run_.step("operation " + std::to_string(done) + " of the disk: " + sim::describe(*operation));
      for (const sim::CrashChoice& choice : sim::possible_crashes(state, operation)) must_survive(log, state, choice);
      must_survive(log, state, {.fault = sim::Fault::kLoseUnsynced});  // also of what a failed sync has dropped
      run_.story.pop_back();
    }
  }

  /// Reads the snapshot of a segment.
  Status read(const Manifest::Sealed& segment, Files files = Files::kCopied, std::uint64_t index = 1) {
    run_.step("read_snapshot, of segment " + std::to_string(value_of(segment.number)) + " with nonce " +
              in_hex(segment.nonce, 16) + ", " + std::to_string(segment.size_bytes) + " bytes, " +
              std::to_string(segment.record_count) + (segment.record_count == 1 ? " record" : " records"));
    Status status;
    MessageWriter message = request(SnapshotOperation::kRead, segment);
    message.number(index).number(static_cast<std::uint64_t>(files));
    ask(message, [&](MessageReader& answer) { status = read_status(&answer); });
    return status;
  }
  void must_read(const Log& log, Files files = Files::kCopied, std::uint64_t index = 1) {
    must_have_read(read(log.entry, files, index));
  }
  /// Reads two snapshots at the same time. Their indexes are 1 and 2.
  void must_read_both(const Log& first, const Log& second) {
    run_.step("read_snapshot, of segments " + std::to_string(value_of(first.entry.number)) + " and " +
              std::to_string(value_of(second.entry.number)) + " in two threads at the same time");
    Status of_first;
    Status of_second;
    MessageWriter message = request(SnapshotOperation::kReadBoth, first.entry);
    ask(add(second.entry, &message), [&](MessageReader& answer) {
      of_first = read_status(&answer);
      of_second = read_status(&answer);
    });
    must_have_read(of_first);
    must_have_read(of_second);
  }
  /// An index that was read has the entries of the log.
  void must_have_index(const Log& log, std::uint64_t index = 1) {
    run_.step("look at the index of segment " + std::to_string(value_of(log.entry.number)));
    std::uint64_t entries = 0;
    std::string slots;
    ask(request(SnapshotOperation::kSlots).number(index), [&](MessageReader& answer) {
      entries = answer.number();
      slots = answer.text();
    });
    if (entries != log.newest.size()) {
      CheckRun::fail("the index should have " + std::to_string(log.newest.size()) + " entries; yours has " +
                     std::to_string(entries));
    }
    must_be_equal("the index", log.slots(), slots);
  }
  /// The process has no file open on this disk. `since`: why there should be none.
  void must_have_closed(const std::string& since) const {
    if (disk_->open_files() == 0) return;
    CheckRun::fail(since + ", so the file should be closed; it is still open");
  }
  /// The last read has changed nothing, and cannot have wanted to.
  void must_have_changed_nothing() const {
    for (const sim::TraceEntry& entry : trace_->entries()) {
      const auto* operation = std::get_if<sim::DiskOperation>(&entry);
      if (operation == nullptr) continue;
      CheckRun::fail("read_snapshot should change nothing on the disk, which may be read-only; your code did: " +
                     sim::describe(*operation));
    }
    if (server_->opened_to_append() == 0) return;
    CheckRun::fail(
        "read_snapshot should open the file with Disk::open: the disk may be read-only; your code called "
        "Disk::open_to_append");
  }

  /// It must not be used, and that is an error like any other.
  void must_refuse(const Manifest::Sealed& segment, Files files = Files::kCopied) {
    const Status status = read(segment, files);
    if (status.ok()) CheckRun::fail("the snapshot should be refused; your code returned an index");
    if (status.is(StatusCode::kNotFound)) {
      CheckRun::fail("there is a snapshot, and it should be refused with kCorruption; your code returned kNotFound");
    }
    const bool allowed = status.is(StatusCode::kCorruption) || status.is(StatusCode::kIoError) ||
                         status.is(StatusCode::kInvalidArgument);
    if (!allowed) CheckRun::fail("it should return kCorruption; it returned " + status.to_string());
    run_.reached("snapshots refused");
  }

 private:
  static MessageWriter request(SnapshotOperation what) {
    MessageWriter message;
    message.number(static_cast<std::uint64_t>(Request::kComponent)).number(static_cast<std::uint64_t>(what));
    return message;
  }
  static MessageWriter request(SnapshotOperation what, const Manifest::Sealed& segment) {
    MessageWriter message = request(what);
    return add(segment, &message);
  }
  static MessageWriter& add(const Manifest::Sealed& segment, MessageWriter* message) {
    return message->number(value_of(segment.number))
        .number(segment.nonce)
        .number(segment.size_bytes)
        .number(segment.record_count);
  }

  void must_have_read(const Status& status) {
    if (!status.ok()) CheckRun::fail("it should return the index; it returned " + status.to_string());
    run_.reached("snapshots read");
  }

  template <typename Read>
  void ask(const MessageWriter& message, Read read) {
    read_answer(process_, process_.ask(message.bytes(), [&](std::string_view call) { return server_->serve(call); }),
                read);
  }

  // A new disk. What the process still has open is on the old one, which the server of that one knows.
  void put_on_disk() {
    before_ = sim::DiskState::with_files(files_);
    trace_ = std::make_shared<sim::Trace>();
    disk_ = std::make_shared<sim::SimDisk>(before_, sim::SimDiskOptions{}, trace_.get());
    server_->use(disk_);
  }

  const std::string* now_in(const std::string& name) const {
    const sim::FileState* file = disk_->state().find(name);
    return file == nullptr ? nullptr : &file->cached;
  }

  static std::string name_of_entry(const Log& log, std::uint32_t tag) {
    for (const auto& [key, tombstone] : log.newest) {
      if (hash_key(key).tag == tag) return (tombstone ? "remove " : "put ") + key;
    }
    return "a record";
  }

  static std::string shown_field(std::string_view bytes) {
    return bytes.size() == 4 ? in_hex(load_u32(bytes.data()), 8) : in_hex(load_u64(bytes.data()), 16);
  }

  static void must_be_equal(const std::string& what, std::string_view expected, std::string_view got) {
    if (expected.size() != got.size()) {
      CheckRun::fail(what + " should have " + std::to_string(expected.size() / kSlotSize) + " slots; yours has " +
                     std::to_string(got.size() / kSlotSize));
    }
    for (std::size_t slot = 0; slot < expected.size() / kSlotSize; ++slot) {
      if (expected.substr(slot * kSlotSize, kSlotSize) == got.substr(slot * kSlotSize, kSlotSize)) continue;
      CheckRun::fail("slot " + std::to_string(slot) + " of " + what + " should be " + shown_slot(expected, slot) +
                     "; yours is " + shown_slot(got, slot));
    }
  }

  void must_survive(const Log& log, const sim::DiskState& state, const sim::CrashChoice& choice) {
    const Result<sim::DiskState> image = sim::crash_image(state, choice);
    if (!image.ok()) return;
    run_.reached("crashes");
    const sim::FileState* file = image->find(log.name);
    const auto old = files_.find(log.name);
    const bool whole =
        file == nullptr || file->cached == log.bytes || (old != files_.end() && file->cached == old->second);
    if (whole) return;
    run_.step("crash " + sim::to_string(choice) + ", at this operation");
    CheckRun::fail(log.name + " should not be there, or hold a whole snapshot; it holds " +
                   std::to_string(file->cached.size()) + " bytes that are none");
  }

  // Closes nothing when the disk changes: files that are open stay open.
  class Server {
   public:
    void use(std::shared_ptr<Disk> disk) {
      current_->disk = std::move(disk);
      current_->opened_to_append = 0;
    }
    /// How many files the process has opened so that it can write to them, on this disk.
    std::uint64_t opened_to_append() const { return current_->opened_to_append; }
    std::string serve(std::string_view call) { return server_.serve(call); }

   private:
    // The disk of the moment.
    class Current final : public Disk {
     public:
      Result<std::unique_ptr<File>> create(std::string_view name, std::uint64_t capacity) override {
        return disk->create(name, capacity);
      }
      Result<std::unique_ptr<File>> open(std::string_view name) override { return disk->open(name); }
      Result<std::unique_ptr<File>> open_to_append(std::string_view name) override {
        ++opened_to_append;
        return disk->open_to_append(name);
      }
      Result<std::vector<std::string>> list() override { return disk->list(); }
      Status rename(std::string_view from, std::string_view to) override { return disk->rename(from, to); }
      Status remove(std::string_view name) override { return disk->remove(name); }
      Status sync_directory() override { return disk->sync_directory(); }
      Result<std::unique_ptr<DiskLock>> lock(LockMode mode) override { return disk->lock(mode); }
      std::uint64_t random() override { return disk->random(); }
      std::uint64_t now_nanoseconds() override { return disk->now_nanoseconds(); }

      std::shared_ptr<Disk> disk = std::make_shared<sim::SimDisk>();
      std::uint64_t opened_to_append = 0;
    };

    std::shared_ptr<Current> current_ = std::make_shared<Current>();
    DiskServer server_{current_};
  };

  CheckRun& run_;
  std::map<std::string, std::string> files_;
  sim::DiskState before_;
  std::shared_ptr<sim::Trace> trace_ = std::make_shared<sim::Trace>();
  std::shared_ptr<sim::SimDisk> disk_ = std::make_shared<sim::SimDisk>();
  std::unique_ptr<Server> server_ = std::make_unique<Server>();
  StudentProcess process_;
};

// ---- writing

void writes_the_index(CheckRun& run) {
  for (const std::size_t keys : {1U, 3U, 40U}) {
    run.begin_story();
    Snapshots snapshots(run);
    Entries entries = any_puts(run, keys);
    if (keys == 3) entries.push_back(entries.front());  // superseded by its own segment
    const Log log(1 + run.random.below(2000), entries, any_seed(run));
    snapshots.disk_has(log);
    snapshots.must_write(log);
    snapshots.must_hold(log);
  }
}

void writes_tombstones(CheckRun& run) {
  for (const std::size_t tombstones : {1U, 3U}) {
    run.begin_story();
    Snapshots snapshots(run);
    Entries entries = any_puts(run, 4);
    for (std::size_t i = 0; i < tombstones; ++i) entries[i].tombstone = true;
    entries.push_back({entries.back().key, true});
    const Log log(7, entries, any_seed(run));
    snapshots.disk_has(log);
    snapshots.must_write(log);
    snapshots.must_hold(log);
    run.reached("tombstones", tombstones + 1);
  }
}

constexpr const char* kOldSnapshot = "an older snapshot, of no use";

void leads_to_whole_files(CheckRun& run) {
  for (const bool old : {false, true}) {
    run.begin_story();
    Snapshots snapshots(run);
    const Log log = ordinary_log(run);
    snapshots.disk_has(log);
    if (old) snapshots.disk_also_has(log.name, std::string(kSnapshotHeaderSize, 'x'), kOldSnapshot);
    snapshots.must_write(log);
    snapshots.must_have_survived(log);
    snapshots.must_hold(log);
    snapshots.must_have_no_other_file(log);
  }
}

void begins_anew(CheckRun& run) {
  for (const bool old : {false, true}) {
    run.begin_story();
    Snapshots snapshots(run);
    const Log log = ordinary_log(run);
    snapshots.disk_has(log);
    const std::string left(static_cast<std::size_t>(run.random.below(200)), 'x');
    snapshots.disk_also_has(log.temporary_name(), left,
                            std::to_string(left.size()) + " bytes that an earlier crash has left");
    if (old) snapshots.disk_also_has(log.name, std::string(kSnapshotHeaderSize, 'x'), kOldSnapshot);
    snapshots.must_write(log);
    snapshots.must_hold(log);
    snapshots.must_have_survived(log);
    snapshots.must_have_no_other_file(log);
    run.reached("temporary files");
  }
}

constexpr std::uint64_t kMostCalls = 50;  // of one kind: more than any snapshot of a few records needs

// A call should have failed. If there was no first one, the function has returned too early; that there was no second is well.
bool has_failed(CheckRun& run, Snapshots& snapshots, const char* function, const sim::CallFault& fault,
                const Status& returned) {
  if (snapshots.disk().failed_calls() > 0) {
    run.reached("calls that failed");
    return true;
  }
  if (fault.n > 1) return false;
  CheckRun::fail(std::string(function) + " ended before the call that should fail; it returned " +
                 returned.to_string());
}

// Writes a snapshot while the first call of this kind fails, then the second, and so on. `then` gets what it returned.
void fail_in_write(CheckRun& run, Snapshots& snapshots, const sim::CallFault& way,
                   const std::function<void(const Log& log, const Status& status)>& then) {
  for (sim::CallFault fault = way; fault.n <= kMostCalls; ++fault.n) {
    run.begin_story();
    const Log log = ordinary_log(run);
    snapshots.disk_has(log);
    run.step("fail " + sim::to_string(fault));
    snapshots.disk().fail(fault);
    const Status status = snapshots.write(log);
    if (!has_failed(run, snapshots, "write_snapshot", fault, status)) break;
    then(log, status);
  }
}

void tells_of_failures(CheckRun& run) {
  Snapshots snapshots(run);
  for (const Call call : {Call::kCreate, Call::kAppend, Call::kSync, Call::kRename}) {
    for (const sim::CallFault& way : sim::ways_to_fail(call)) {
      if (way.effect == Effect::kLate) continue;  // a sync that says ok and has not written: nothing can be done
      fail_in_write(run, snapshots, way, [&](const Log& log, const Status& status) {
        if (status.ok()) {
          run.step("it returned ok");
          snapshots.must_hold(log);
        }
        snapshots.must_have_survived(log);
      });
    }
  }
}

void frees_what_it_wrote_in_vain(CheckRun& run) {
  Snapshots snapshots(run);
  for (const Effect effect : {Effect::kNoSpace, Effect::kShortWrite}) {
    fail_in_write(run, snapshots, {.call = Call::kAppend, .effect = effect}, [&](const Log& log, const Status& status) {
      if (status.ok()) return;
      if (!status.is(StatusCode::kNoSpace)) {
        CheckRun::fail("on a full disk it should return kNoSpace; it returned " + status.to_string());
      }
      snapshots.must_have_no_other_file(log);
    });
  }
}

// ---- reading

void reads_an_index(CheckRun& run) {
  for (const std::size_t keys : {1U, 3U, 5U, 40U, 200U}) {
    run.begin_story();
    Snapshots snapshots(run);
    Entries entries = any_puts(run, keys);
    if (keys > 1) entries.front().tombstone = true;
    if (keys > 3) entries.push_back(entries.back());
    const Log log(1 + run.random.below(2000), entries, any_seed(run));
    snapshots.disk_has_snapshot(log.name, log.bytes, "a good snapshot of a log with " + log.story);
    snapshots.must_read(log, Files::kStays);  // L10.8 is about memory that does not
    snapshots.must_have_index(log);
  }
}

void keeps_the_slots(CheckRun& run) {
  for (const Files files : {Files::kOverwritten, Files::kInPlace}) {
    run.begin_story();
    run.step(files == Files::kInPlace
                 ? "a read returns the file's own memory (a mapped file), which is gone with the File"
                 : "a read fills the scratch, whose memory is gone with the scratch");
    Snapshots snapshots(run);
    const Log first = log_of_puts(run, 5);
    const Log second(8, any_puts(run, 5), any_seed(run));
    snapshots.disk_has_snapshot(first.name, first.bytes, "a good snapshot");
    snapshots.disk_also_has(second.name, second.bytes, "another one");
    snapshots.must_read(first, files, 1);
    snapshots.must_have_index(first, 1);
    snapshots.must_read(second, files, 2);
    snapshots.must_have_index(first, 1);
    snapshots.must_have_index(second, 2);
  }
}

void closes_the_file(CheckRun& run) {
  run.begin_story();
  Snapshots snapshots(run);
  const Log written = ordinary_log(run);
  snapshots.disk_has(written);
  snapshots.must_write(written);
  snapshots.must_have_closed("write_snapshot has returned");
  for (const std::size_t keys : {1U, 40U}) {
    run.begin_story();
    const Log first = log_of_puts(run, keys);
    const Log second(8, any_puts(run, keys), any_seed(run));
    snapshots.disk_has_snapshot(first.name, first.bytes, "a good snapshot");
    snapshots.disk_also_has(second.name, second.bytes, "another one");
    run.step("a read fills the scratch");
    snapshots.must_read(first, Files::kCopied, 1);
    snapshots.must_have_closed("the slots are in the scratch");
    snapshots.must_read(second, Files::kCopied, 2);
    snapshots.must_have_closed("the slots are in the scratch");
    run.reached("closed files", 2);
  }
}

void reads_in_pieces(CheckRun& run) {
  for (const std::size_t most : {1U, 5U, 63U}) {
    run.begin_story();
    Snapshots snapshots(run);
    const Log log = log_of_puts(run, 12);
    snapshots.disk_has_snapshot(log.name, log.bytes, "a good snapshot");
    run.step("a read returns at most " + std::to_string(most) + (most == 1 ? " byte" : " bytes"));
    snapshots.disk().limit_reads(most);
    snapshots.must_read(log);
    snapshots.must_have_index(log);
    run.reached("short reads");
  }
}

void says_that_there_is_none(CheckRun& run) {
  run.begin_story();
  Snapshots snapshots(run);
  const Log log = ordinary_log(run);
  snapshots.disk_has(log);
  const Status status = snapshots.read(log.entry);
  if (status.ok()) CheckRun::fail("there is no snapshot; your code returned an index");
  if (!status.is(StatusCode::kNotFound)) {
    CheckRun::fail("there is no snapshot, so it should return kNotFound; it returned " + status.to_string());
  }
  run.reached("missing snapshots");
}

void refuses_another_log(CheckRun& run) {
  Snapshots snapshots(run);
  const Log log = ordinary_log(run);
  run.begin_story();
  snapshots.disk_has_snapshot(log.name, log.bytes, "the snapshot of a log of that number, from another store");
  Manifest::Sealed other = log.entry;
  other.nonce ^= 1 + run.random.below(UINT64_MAX);
  snapshots.must_refuse(other);
  run.begin_story();
  other = log.entry;
  other.number = SegmentNumber{8};
  snapshots.disk_has_snapshot(snapshot_file_name(other.number), log.bytes, "a copy of the snapshot of segment 7");
  snapshots.must_refuse(other);
  run.reached("snapshots of other logs", 2);
}

void refuses_another_length(CheckRun& run) {
  Snapshots snapshots(run);
  const Log log = ordinary_log(run);
  for (const auto& [bytes, records] : {std::pair(32, 1), std::pair(32, 0), std::pair(-32, -1), std::pair(0, 1)}) {
    run.begin_story();
    snapshots.disk_has_snapshot(log.name, log.bytes,
                                "a snapshot that was made when the log had " + std::to_string(log.entry.size_bytes) +
                                    " bytes and " + std::to_string(log.entry.record_count) + " records");
    Manifest::Sealed other = log.entry;
    other.size_bytes = static_cast<std::uint64_t>(static_cast<std::int64_t>(other.size_bytes) + bytes);
    other.record_count = static_cast<std::uint64_t>(static_cast<std::int64_t>(other.record_count) + records);
    snapshots.must_refuse(other);
    run.reached("stale snapshots");
  }
}

void refuse_each_flip(CheckRun& run, std::size_t first, std::size_t end) {
  Snapshots snapshots(run);
  const Log log = ordinary_log(run);
  for (std::size_t byte = first; byte < std::min(end, log.bytes.size()); ++byte) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      run.begin_story();
      snapshots.disk_has_snapshot(log.name, with_a_flipped_bit(log.bytes, byte, bit),
                                  "a snapshot of which bit " + std::to_string(bit) + " of byte " +
                                      std::to_string(byte) + " (" + part_of(byte) + ") is flipped");
      snapshots.must_refuse(log.entry);
      run.reached("flipped bits");
    }
  }
}

void refuses_a_damaged_header(CheckRun& run) { refuse_each_flip(run, 0, kSnapshotHeaderSize); }
void refuses_damaged_slots(CheckRun& run) { refuse_each_flip(run, kSnapshotHeaderSize, SIZE_MAX); }

void refuses_every_other_length(CheckRun& run) {
  Snapshots snapshots(run);
  const Log log = ordinary_log(run);
  for (std::size_t size = 0; size <= log.bytes.size() + 17; ++size) {
    if (size == log.bytes.size()) continue;
    std::string bytes = log.bytes;
    bytes.resize(size);
    const bool cut = size < log.bytes.size();
    run.begin_story();
    snapshots.disk_has_snapshot(log.name, bytes,
                                cut ? "the first " + std::to_string(size) + " of the " +
                                          std::to_string(log.bytes.size()) + " bytes of a snapshot"
                                    : "a snapshot of " + std::to_string(log.bytes.size()) + " bytes, and " +
                                          std::to_string(size - log.bytes.size()) + " zeros after it");
    snapshots.must_refuse(log.entry);
    run.reached(cut ? "cuts" : "longer files");
  }
}

void believes_no_number(CheckRun& run) {
  Snapshots snapshots(run);
  const Log log = ordinary_log(run);
  const auto refuse = [&](std::string bytes, const std::string& what) {
    run.begin_story();
    bytes = with_good_checksums(std::move(bytes), log.entry.nonce);
    snapshots.disk_has_snapshot(log.name, bytes, "both checksums are good, but " + what);
    snapshots.must_refuse(log.entry);
    run.reached("numbers");
  };
  const std::uint64_t there = log.slots().size() / kSlotSize;
  for (const std::uint64_t slots :
       {there + 1, there - 1, std::uint64_t{0}, (std::uint64_t{1} << 61) + there, std::uint64_t{1} << 40, UINT64_MAX}) {
    std::string bytes = log.bytes;
    store_u64(&bytes[snapshot_field::kSlots], slots);
    refuse(bytes, "the header says " + std::to_string(slots) + " slots, and there are " + std::to_string(there));
  }
  for (const std::uint32_t version : {0U, 2U, UINT32_MAX}) {
    std::string bytes = log.bytes;
    store_u32(&bytes[file_field::kVersion], version);
    run.begin_story();
    snapshots.disk_has_snapshot(log.name, with_good_header(bytes),
                                "both checksums are good, but the header says version " + std::to_string(version));
    const Status status = snapshots.read(log.entry);
    if (status.ok()) CheckRun::fail("the snapshot should be refused; your code returned an index");
    if (!status.is(StatusCode::kInvalidArgument)) {
      CheckRun::fail("another version should be kInvalidArgument (snapshot.h); your code returned " +
                     status.to_string());
    }
    run.reached("numbers");
  }
  // Fields of 64 bits, each with a bit of its lower half flipped, and then one of its upper half.
  for (const Field& field : kFields) {
    const bool compared = field.size == 8 && field.offset != file_field::kMagic;
    for (const std::uint64_t from : {0U, 32U}) {
      if (!compared) continue;
      std::string bytes = log.bytes;
      const std::uint64_t bit = from + run.random.below(32);
      store_u64(&bytes[field.offset], load_u64(&bytes[field.offset]) ^ (std::uint64_t{1} << bit));
      run.begin_story();
      snapshots.disk_has_snapshot(
          log.name, with_good_header(bytes),
          "the header's checksum is good, but bit " + std::to_string(bit) + " of " + field.name + " is flipped");
      snapshots.must_refuse(log.entry);
      run.reached("numbers");
    }
  }
}

void refuses_impossible_entries(CheckRun& run) {
  Snapshots snapshots(run);
  const Log log = ordinary_log(run);
  const auto refuse = [&](const Manifest::Sealed& segment, std::string bytes, const std::string& what) {
    run.begin_story();
    bytes = with_good_checksums(std::move(bytes), segment.nonce);
    snapshots.disk_has_snapshot(log.name, bytes, "both checksums are good, but " + what);
    snapshots.must_refuse(segment);
    run.reached("impossible entries");
  };
  std::size_t used = kSnapshotHeaderSize;
  while (load_u32(&log.bytes[used + 4]) == 0) used += kSlotSize;
  const std::uint64_t end = log.entry.size_bytes;
  for (const std::uint64_t offset : {end, end + 8, kMaxSegmentSize - 8, std::uint64_t{8}, std::uint64_t{24}}) {
    std::string bytes = log.bytes;
    store_u32(&bytes[used + 4], static_cast<std::uint32_t>(offset / kAlignment));
    refuse(log.entry, bytes,
           "an entry leads to byte " + std::to_string(offset) + " of a log with records from 32 to " +
               std::to_string(end));
  }

  // Each slot of two keys, and no empty one.
  std::string full = log.bytes.substr(0, kSnapshotHeaderSize);
  for (std::size_t slot = kSnapshotHeaderSize; slot < log.bytes.size(); slot += kSlotSize) {
    if (load_u32(&log.bytes[slot + 4]) != 0) full += log.bytes.substr(slot, kSlotSize);
  }
  store_u64(&full[snapshot_field::kSlots], (full.size() - kSnapshotHeaderSize) / kSlotSize);
  refuse(log.entry, full, "no slot is empty, so a probe for an absent key would never end");

  const Log few = log_of_puts(run, 2);
  Manifest::Sealed segment = few.entry;
  segment.record_count = 1;
  std::string bytes = few.bytes;
  store_u64(&bytes[snapshot_field::kRecords], 1);
  run.begin_story();
  bytes = with_good_checksums(std::move(bytes), segment.nonce);
  snapshots.disk_has_snapshot(few.name, bytes,
                              "both checksums are good, but it has 2 entries, and the log has 1 record");
  snapshots.must_refuse(segment);
  run.reached("impossible entries");
}

void survives_a_failed_read(CheckRun& run) {
  Snapshots snapshots(run);
  const Log log = log_of_puts(run, 12);
  for (const Call call : {Call::kOpen, Call::kRead}) {
    for (std::uint64_t n = 1; n <= kMostCalls; ++n) {
      run.begin_story();
      snapshots.disk_has_snapshot(log.name, log.bytes, "a good snapshot");
      const sim::CallFault fault{.call = call, .n = n};
      run.step("fail " + sim::to_string(fault));
      snapshots.disk().fail(fault);
      const Status status = snapshots.read(log.entry);
      if (!has_failed(run, snapshots, "read_snapshot", fault, status)) break;
      if (status.ok()) CheckRun::fail("a call failed, so it should return an error; it returned an index");
      if (status.is(StatusCode::kNotFound)) {
        CheckRun::fail("there is a snapshot that cannot be read; your code returned kNotFound");
      }
    }
  }
}

/// A snapshot that must be refused, each for another reason.
struct Bad {
  std::string bytes;
  Manifest::Sealed entry;
  std::string what;
};

std::vector<Bad> bad_snapshots(CheckRun& run, const Log& log) {
  std::vector<Bad> bad(6, {log.bytes, log.entry, {}});
  bad[0].bytes = with_a_flipped_bit(log.bytes, run.random.below(kSnapshotHeaderSize), 0);
  bad[0].what = "a snapshot with a flipped bit in its header";
  const std::uint64_t slots = log.bytes.size() - kSnapshotHeaderSize;
  bad[1].bytes = with_a_flipped_bit(log.bytes, kSnapshotHeaderSize + run.random.below(slots), 0);
  bad[1].what = "a snapshot with a flipped bit in its slots";
  bad[2].bytes.resize(run.random.below(kSnapshotHeaderSize));
  bad[2].what = "the first " + std::to_string(bad[2].bytes.size()) + " bytes of a snapshot";
  bad[3].bytes.resize(log.bytes.size() - kSlotSize);
  bad[3].what = "a snapshot without its last slot";
  bad[4].entry.nonce ^= 1 + run.random.below(UINT64_MAX);
  bad[4].what = "the snapshot of a log of that number, from another store";
  std::size_t used = kSnapshotHeaderSize;
  while (load_u32(&log.bytes[used + 4]) == 0) used += kSlotSize;
  store_u32(&bad[5].bytes[used + 4], static_cast<std::uint32_t>(log.entry.size_bytes / kAlignment));
  bad[5].bytes = with_good_checksums(bad[5].bytes, log.entry.nonce);
  bad[5].what = "a snapshot with good checksums, and an entry that leads out of the log";
  return bad;
}

void leaves_everything_as_it_is(CheckRun& run) {
  Snapshots snapshots(run);
  const Log log = ordinary_log(run);
  run.begin_story();
  snapshots.disk_has_snapshot(log.name, log.bytes, "a good snapshot");
  snapshots.must_read(log);
  snapshots.must_have_changed_nothing();
  for (const Bad& bad : bad_snapshots(run, log)) {
    run.begin_story();
    snapshots.disk_has_snapshot(log.name, bad.bytes, bad.what);
    snapshots.must_refuse(bad.entry);
    snapshots.must_have_changed_nothing();
    snapshots.must_have_closed("the snapshot is of no use");
  }
  run.begin_story();
  snapshots.disk_has_snapshot(log.name, log.bytes, "a good snapshot");
  const sim::CallFault fault{.call = Call::kRead};
  run.step("fail " + sim::to_string(fault));
  snapshots.disk().fail(fault);
  snapshots.must_refuse(log.entry);
  snapshots.must_have_changed_nothing();
  snapshots.must_have_closed("the snapshot cannot be read");
}

void says_where_the_damage_is(CheckRun& run) {
  Snapshots snapshots(run);
  const Log log = ordinary_log(run);
  for (const Bad& bad : bad_snapshots(run, log)) {
    run.begin_story();
    snapshots.disk_has_snapshot(log.name, bad.bytes, bad.what);
    const Status status = snapshots.read(bad.entry);
    if (!status.is(StatusCode::kCorruption)) {
      CheckRun::fail("it should return kCorruption; it returned " + status.to_string());
    }
    if (status.file() != log.name) {
      CheckRun::fail("the error should name the file, " + log.name + "; yours names " +
                     (status.file().empty() ? "none" : std::string(status.file())));
    }
    if (status.offset() == Status::kNoOffset) {
      CheckRun::fail("the error should name a place in the file; yours has no offset");
    }
    run.reached("errors with a place");
  }
}

void reads_in_two_threads(CheckRun& run) {
  for (const std::size_t keys : {1U, 5U}) {
    run.begin_story();
    Snapshots snapshots(run);
    const Log first = log_of_puts(run, keys);
    const Log second(8, any_puts(run, keys), any_seed(run));
    snapshots.disk_has_snapshot(first.name, first.bytes, "a good snapshot");
    snapshots.disk_also_has(second.name, second.bytes, "another one");
    snapshots.must_read_both(first, second);
    snapshots.must_have_index(first, 1);
    snapshots.must_have_index(second, 2);
  }
}

// ---- in a store

// Damages the snapshots of a store, and only those: nothing is lost, because each log is there.
void survives_damage_in_a_store(CheckRun& run) {
  const sim::StoreKind kind = remote_kind(*run.kind, run.build.with_addresses);
  for (int round = 0; round < 12; ++round) {
    sim::Scenario options;
    options.segment_size = 1024;
    options.seed = any_seed(run);
    Play play(run, kind, options);
    std::map<std::string, std::string> expected;
    for (int segment = 1; segment <= 2; ++segment) {
      for (const char* key : {"a", "b", "c", "d"}) {
        const bool removed = run.random.below(3) == 0;
        expected[key] = removed ? "missing" : std::string(1, static_cast<char>('p' + run.random.below(8)));
        play.perform(removed ? Step{"remove", key} : Step{"put", key, expected[key]});
      }
      play.perform({"roll"});
    }
    play.perform({"reopen"});
    const std::string name = snapshot_file_name(SegmentNumber{1 + run.random.below(2)});
    const sim::FileState* file = play.runner().disk()->state().find(name);
    if (file == nullptr) CheckRun::fail("the store should have a snapshot of each sealed segment; there is no " + name);
    const std::uint64_t size = file->cached.size();
    sim::CrashChoice damage{.fault = sim::Fault::kBitRot, .file = name};
    switch (round % 4) {
      case 0: damage = {.fault = sim::Fault::kFileSwapped, .file = "000001.idx", .other = "000002.idx"}; break;
      case 1: damage = {.fault = sim::Fault::kFileTruncated, .file = name, .byte = run.random.below(size)}; break;
      default: damage.byte = run.random.below(size); damage.bit = static_cast<unsigned>(run.random.below(8));
    }
    Step crash{"crash"};
    for (const std::string& word : sim::step_of(sim::to_string(damage))) crash.push_back(word);
    play.perform(crash);
    play.perform({"recover"});
    for (const auto& [key, value] : expected) play.perform({"expect", "get", key, value});
    run.reached("damaged snapshots");
  }
}

}  // namespace

std::vector<Check> snapshot_checks() {
  return {
      {"L10.1", {}, {}, 0, writes_the_index, {"snapshots written"}},
      {"L10.2", {}, {}, 0, writes_tombstones, {"tombstones"}},
      {"L10.3", {}, {}, 0, leads_to_whole_files, {"crashes"}},
      {"L10.4", {}, {}, 0, begins_anew, {"temporary files"}},
      {"L10.5", {}, {}, 0, tells_of_failures, {"calls that failed", "crashes"}},
      {"L10.6", {}, {}, 0, frees_what_it_wrote_in_vain, {"calls that failed"}},
      {"L10.7", {}, {}, 0, reads_an_index, {"snapshots read"}},
      {"L10.8", {}, {}, 0, keeps_the_slots, {"snapshots read"}},
      {"L10.9", {}, {}, 0, closes_the_file, {"closed files"}},
      {"L10.10", {}, {}, 0, reads_in_pieces, {"short reads"}},
      {"L10.11", {}, {}, 0, says_that_there_is_none, {"missing snapshots"}},
      {"L10.12", {}, {}, 0, refuses_another_log, {"snapshots of other logs"}},
      {"L10.13", {}, {}, 0, refuses_another_length, {"stale snapshots"}},
      {"L10.14", {}, {}, 0, refuses_a_damaged_header, {"flipped bits"}},
      {"L10.15", {}, {}, 0, refuses_damaged_slots, {"flipped bits"}},
      {"L10.16", {}, {}, 0, refuses_every_other_length, {"cuts", "longer files"}},
      {"L10.17", {}, {}, 0, believes_no_number, {"numbers"}},
      {"L10.18", {}, {}, 0, refuses_impossible_entries, {"impossible entries"}},
      {"L10.19", {}, {}, 0, survives_a_failed_read, {"calls that failed"}},
      {"L10.20", {}, {}, 0, leaves_everything_as_it_is, {"snapshots read", "snapshots refused"}},
      {"L10.21", {}, {}, 0, says_where_the_damage_is, {"errors with a place"}},
      {"L10.22", {}, {}, 0, reads_in_two_threads, {"snapshots read"}},
      {"L10.23", {}, {}, 0, runs_in_a_store, {"puts", "reopens"}, true},
      {"L10.24", {}, {}, 0, survives_damage_in_a_store, {"damaged snapshots"}, true},
      {"L10.25", {}, {}, 0, survives_crashes, {"crash points", "audited disks"}, true},
      {"L10.26", {}, {}, 0, [](CheckRun& run) { breaks(run, "tombstones_left_out"); }, {"wrong solutions that fail"}},
      {"L10.27",
       {},
       {},
       0,
       [](CheckRun& run) { breaks(run, "slots_checksum_not_verified"); },
       {"wrong solutions that fail"}},
  };
}

}  // namespace sediment::labs
