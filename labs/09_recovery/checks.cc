// The checks of lab 9. First single recoveries of directories that a check makes itself, each judged by what it returns,
// shows and leaves; then recoveries in a store, which is crashed inside of them and whose disk fails.
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "engine/log_writer.h"
#include "engine/manifest.h"
#include "engine/record.h"
#include "labs/09_recovery/operations.h"
#include "labs/grader/checks.h"
#include "labs/grader/disk_server.h"
#include "labs/grader/remote_store.h"
#include "labs/wire/store_messages.h"
#include "sim/disk/crash.h"
#include "sim/run/judge.h"

namespace sediment::labs {

namespace {

using sim::Step;
using Files = std::map<std::string, std::string>;
using Call = sim::CallFault::Call;

constexpr std::string_view kNothing = "nothing";

// Short, because people read it.
std::string any_value(CheckRun& run) { return std::to_string(run.random.below(1000)); }

sim::Scenario options_of(CheckRun& run, sim::Snapshots snapshots = sim::Snapshots::kOff) {
  sim::Scenario options;
  options.segment_size = 1024;  // segments end where a script says so
  options.snapshots = snapshots;
  options.seed = run.random.below(1'000'000) + 1;
  return options;
}

// The rename by which the last manifest was published; 0 if there is none.
std::uint64_t last_rename(const sim::Trace& trace) {
  std::uint64_t operations = 0;
  std::uint64_t last = 0;
  for (const sim::TraceEntry& entry : trace.entries()) {
    const auto* operation = std::get_if<sim::DiskOperation>(&entry);
    if (operation == nullptr) continue;
    ++operations;
    if (operation->kind == sim::DiskOperation::Kind::kRename && operation->new_name == kManifestName) last = operations;
  }
  return last;
}

// A whole, sealed log that no manifest names.
std::string unnamed_log(std::uint64_t number, const std::string& key, const std::string& value) {
  sim::SimDisk disk;
  const auto log = LogWriter::create_durable(disk, SegmentNumber{number}, 0);
  if (!log.ok() || !(*log)->append(RecordType::kPut, key, value).ok() || !(*log)->seal().ok()) {
    throw std::runtime_error("a log in memory can be written");
  }
  return disk.state().find(segment_file_name(SegmentNumber{number}))->cached;
}

// ---- single recoveries

// More operations than any recovery of these checks needs, however it is written.
constexpr std::size_t kMostOperations = 200;

/// How the student's recovery is called.
struct Way {
  bool create_if_missing = true;
  bool error_if_exists = false;
  bool read_only = false;
  bool snapshots = true;
  bool merges = false;
  bool large_segments = false;  // far larger than what they reserve at first
};

std::string shown(const Way& way) {
  std::string text;
  if (!way.create_if_missing) text += ", not to create a store";
  if (way.error_if_exists) text += ", only to create a store";
  if (way.read_only) text += ", read-only";
  if (!way.snapshots) text += ", without snapshots";
  if (way.merges) text += ", with automatic merges";
  if (way.large_segments) text += ", with segments of 64 KiB that reserve 1024 bytes at first";
  return text;
}

/// What a recovery has returned besides its status.
struct Report {
  bool created = false;
  std::uint64_t segments = 0;
  std::uint64_t snapshots_used = 0;
  std::string active_file;
  std::vector<std::string> removed;
  std::string active_segment;  // the name of what is active now; empty: nothing
  bool can_append = false;
};

/// A directory, and recoveries of it in the student's process, a new one for each. The files are the grader's, and so is
/// the judgement of them. Each call is a step of the check's story.
class Directory {
 public:
  explicit Directory(CheckRun& run) : run_(run) { run.begin_story(); }

  /// What a store of the reference leaves when its process is killed after these steps. ("close" may be the last.)
  void written_by(const std::vector<Step>& steps, const sim::Scenario& options) {
    sim::Runner runner(options);
    require_step(runner.start());
    for (const Step& step : steps) {
      run_.step(told(step));
      require_step(runner.perform(step));
    }
    if (steps.empty() || steps.back()[0] != "close") run_.step("kill the process");
    reserve_space_ = options.reserve_space;
    seed_ = options.seed + 1;
    files_ = runner.disk()->state().contents();
    files_[std::string(kLockName)];
  }

  /// Something else happens to the files.
  template <typename Change>
  void change(const std::string& what, Change change) {
    run_.step(what);
    change(files_);
  }
  /// The next recovery is on a disk with this much more room, in bytes.
  void limit_room(std::uint64_t bytes) {
    run_.step("(the disk has room for " + std::to_string(bytes) + " more bytes)");
    room_ = bytes;
  }
  /// In the next recovery, the n-th call of this kind fails.
  void fail(Call call, std::uint64_t n) {
    failure_ = sim::CallFault{.call = call, .n = n};
    run_.step("(" + sim::to_string(*failure_) + ")");
  }

  void recover(const Way& way = {}) {
    run_.step("recover" + shown(way));
    way_ = way;
    trace_ = {};
    process_ = std::make_unique<StudentProcess>(run_.build.with_addresses);
    disk_ = std::make_shared<sim::SimDisk>(sim::DiskState::with_files(files_),
                                           sim::SimDiskOptions{seed_++, reserve_space_}, &trace_);
    if (room_) disk_->limit_space(disk_->space_used() + *room_);
    if (failure_) disk_->fail(*failure_);
    room_.reset();
    failure_.reset();
    server_ = std::make_unique<DiskServer>(disk_);
    MessageWriter message = request(RecoveryOperation::kRecover);
    for (const bool flag : {way.create_if_missing, way.error_if_exists, way.read_only, way.snapshots, way.merges}) {
      message.number(flag ? 1 : 0);
    }
    message.number(way.large_segments ? kLargeSegmentSize : kSegmentSize).number(kSegmentSize);
    ask(message, [&](MessageReader& answer) {
      status_ = read_status(&answer);
      report_ = {};
      if (!status_.ok()) return;
      report_.created = answer.flag();
      report_.segments = answer.number();
      report_.snapshots_used = answer.number();
      report_.active_file = answer.text();
      for (std::uint64_t count = answer.number_up_to(kMostFiles); count > 0; --count) {
        report_.removed.push_back(answer.text());
      }
      report_.active_segment = answer.text();
      report_.can_append = answer.flag();
    });
  }
  /// The process is killed. The next recovery finds what this one has left.
  void kill() {
    run_.step("kill the process");
    files_ = left();
    process_.reset();
  }

  const Status& status() const { return status_; }
  const Report& report() const { return report_; }
  std::uint64_t bytes_read() const { return server_->bytes_read(); }
  /// The files that it has tried to remove, where the disk has returned an I/O error.
  const std::vector<std::string>& failed_removals() const { return server_->failed_removals(); }
  /// Whether the failure that was planned has struck.
  bool has_failed() const { return disk_->failed_calls() > 0; }
  const Files& found() const { return files_; }
  Files left() const { return disk_->state().contents(); }
  const sim::Trace& trace() const { return trace_; }

  void must_open() const {
    if (!status_.ok()) CheckRun::fail("the store should open; your recovery returned " + status_.to_string());
  }
  void must_refuse(StatusCode code, const std::string& because) const {
    if (status_.is(code)) return;
    CheckRun::fail("your recovery should return \"" + std::string(describe(code)) + "\", because " + because +
                   "; it returned " + (status_.ok() ? "ok" : status_.to_string()));
  }
  void must_show(const std::map<std::string, std::string>& pairs) {
    must_open();
    for (const auto& [key, value] : pairs) {
      const std::string found = get(key);
      if (found == value) continue;
      const bool is_long = value.size() > 60 || found.size() > 200;
      CheckRun::fail("get(" + key + ") should find " + (is_long ? "its newest value" : value) + "; it " +
                     (found.starts_with("!") ? "returned " + found.substr(1)
                      : is_long              ? "found something else"
                                             : "found " + found));
    }
  }
  /// Every file is as it was found. `but`: may also be there.
  void must_change_nothing(const std::string& but = {}) const {
    Files now = left();
    now.erase(but);
    for (const auto& [name, bytes] : files_) {
      const auto after = now.find(name);
      if (after == now.end()) CheckRun::fail(name + " should still be there; your recovery has removed it");
      if (after->second != bytes) CheckRun::fail(name + " should be as it was; your recovery has changed it");
    }
    for (const auto& [name, bytes] : now) {
      if (!files_.contains(name)) CheckRun::fail("no file should be new; your recovery has left " + name);
    }
  }
  /// Whatever it did to the disk, except syncs of the directory.
  void must_write_nothing(const std::string& because) const {
    for (const sim::TraceEntry& entry : trace_.entries()) {
      const auto* operation = std::get_if<sim::DiskOperation>(&entry);
      if (operation == nullptr || operation->kind == sim::DiskOperation::Kind::kSyncDirectory) continue;
      CheckRun::fail(because + ", so a recovery should write nothing; yours did this: " + sim::describe(*operation));
    }
  }
  /// Whether it has begun to write a manifest after it had made another file, which that manifest may name.
  bool has_begun_to_name_a_new_file() const {
    bool has_made_a_file = false;
    for (const sim::TraceEntry& entry : trace_.entries()) {
      const auto* operation = std::get_if<sim::DiskOperation>(&entry);
      if (operation == nullptr || operation->kind != sim::DiskOperation::Kind::kCreate) continue;
      if (operation->name != kManifestTemporaryName) {
        has_made_a_file = true;
      } else if (has_made_a_file) {
        return true;
      }
    }
    return false;
  }
  /// The one that is published now.
  Manifest manifest() const {
    const Files now = left();
    const auto file = now.find(std::string(kManifestName));
    if (file == now.end()) CheckRun::fail("there should be a manifest; your recovery has left none");
    Result<Manifest> manifest = parse_manifest(file->second);
    if (!manifest.ok()) CheckRun::fail(manifest.status().to_string());
    return std::move(*manifest);
  }

 private:
  static constexpr std::uint64_t kSegmentSize = 1024;
  static constexpr std::uint64_t kLargeSegmentSize = 65'536;
  static constexpr std::uint64_t kMostFiles = 1000;

  static void require_step(const sim::StepReport& report) {
    if (!report.passed) throw std::runtime_error("the reference fails: " + report.outcome);
  }

  // A long value by its size.
  static std::string told(Step step) {
    constexpr std::size_t kLong = 60;
    if (step.size() == 3 && step[2].size() > kLong) step[2] = "(" + std::to_string(step[2].size()) + " bytes)";
    return step.size() == 3 ? step[0] + " " + step[1] + " " + step[2] : sim::to_string(step);
  }

  static MessageWriter request(RecoveryOperation what) {
    MessageWriter message;
    message.number(static_cast<std::uint64_t>(Request::kComponent)).number(static_cast<std::uint64_t>(what));
    return message;
  }

  template <typename Read>
  void ask(const MessageWriter& message, Read read) {
    read_answer(*process_, process_->ask(message.bytes(), [&](std::string_view call) { return server_->serve(call); }),
                read);
  }

  // A value, "nothing", or "!" and an error.
  std::string get(const std::string& key) {
    std::string found;
    ask(request(RecoveryOperation::kGet).text(key), [&](MessageReader& answer) {
      const Status status = read_status(&answer);
      const std::string value = answer.text();
      found = status.ok() ? value : status.is(StatusCode::kNotFound) ? std::string(kNothing) : "!" + status.to_string();
    });
    return found;
  }

  CheckRun& run_;
  Files files_;
  bool reserve_space_ = true;
  std::uint64_t seed_ = 1;
  std::optional<std::uint64_t> room_;
  std::optional<sim::CallFault> failure_;
  Way way_;
  sim::Trace trace_;
  std::shared_ptr<sim::SimDisk> disk_;
  std::unique_ptr<DiskServer> server_;
  std::unique_ptr<StudentProcess> process_;
  Status status_;
  Report report_;
};

std::string log_name(std::uint64_t number) { return segment_file_name(SegmentNumber{number}); }
std::string snapshot_name(std::uint64_t number) { return snapshot_file_name(SegmentNumber{number}); }

// Where the n-th record of a log begins, counted from 0, if all before it are valid; the end of the last one if there
// are fewer.
std::uint64_t record_offset(const std::string& log, std::size_t n) {
  const Result<SegmentHeader> header =
      decode_segment_header("the log", std::string_view(log).substr(0, kSegmentHeaderSize));
  if (!header.ok()) throw std::runtime_error(header.status().to_string());
  std::uint64_t offset = kSegmentHeaderSize;
  Record record;
  for (; n > 0; --n) {
    const std::string_view rest = std::string_view(log).substr(static_cast<std::size_t>(offset));
    if (decode_record({header->nonce, offset}, rest, &record) != RecordVerdict::kValid) break;
    offset = record.end();
  }
  return offset;
}

void flip(std::string& bytes, std::uint64_t at) { bytes.at(static_cast<std::size_t>(at)) ^= 1; }

// Two keys in a log that was sealed, two in the active one.
std::vector<Step> two_segments() {
  return {{"put", "a", "1"}, {"put", "b", "2"}, {"roll"}, {"put", "b", "3"}, {"put", "c", "4"}};
}

// One key in each of three sealed logs.
std::vector<Step> three_closed_segments() {
  return {{"put", "a", "1"}, {"roll"}, {"put", "b", "2"}, {"roll"}, {"put", "c", "3"}, {"close"}};
}
std::map<std::string, std::string> three_pairs() { return {{"a", "1"}, {"b", "2"}, {"c", "3"}}; }

void files_must_be_right(Play& play) {
  if (const auto wrong = play.runner().adapter()->check_structure(*play.runner().disk())) CheckRun::fail(*wrong);
}

void creates_a_store(CheckRun& run) {
  const sim::StoreKind kind = remote_kind(*run.kind, run.build.with_addresses);
  Play play(run, kind, options_of(run));
  files_must_be_right(play);
  play.perform({"expect", "get", "a", "missing"});
  play.perform({"put", "a", any_value(run)});
  play.perform({"get", "a"});
  files_must_be_right(play);
  run.reached("stores created");
}

void opens_a_closed_store(CheckRun& run) {
  const sim::StoreKind kind = remote_kind(*run.kind, run.build.with_addresses);
  for (const sim::Snapshots snapshots : {sim::Snapshots::kOff, sim::Snapshots::kOn}) {
    Play play(run, kind, options_of(run, snapshots));
    play.perform({"put", "a", any_value(run)});
    play.perform({"put", "b", any_value(run)});
    play.perform({"roll"});
    play.perform({"put", "c", any_value(run)});
    for (const char* more : {"d", "e"}) {
      play.perform({"reopen"});
      for (const char* key : {"a", "b", "c"}) play.perform({"get", key});
      play.perform({"put", more, any_value(run)});
    }
    play.perform({"reopen"});
    play.perform({"check"});
  }
}

void does_without_snapshots(CheckRun& run) {
  const auto try_with = [&](const Way& way, const std::string& what, auto change) {
    Directory directory(run);
    directory.written_by(three_closed_segments(), options_of(run, sim::Snapshots::kOn));
    if (!what.empty()) directory.change(what, change);
    directory.recover(way);
    directory.must_show(three_pairs());
    if (!way.snapshots && directory.report().snapshots_used > 0) {
      CheckRun::fail("without the option snapshots, no snapshot should be used; your report says " +
                     std::to_string(directory.report().snapshots_used));
    }
    run.reached("snapshots that are of no use");
  };
  try_with({.snapshots = false}, "", [](Files&) {});
  try_with({}, snapshot_name(2) + " is removed", [](Files& files) { files.erase(snapshot_name(2)); });
  try_with({}, "a bit of " + snapshot_name(2) + " is flipped",
           [](Files& files) { flip(files.at(snapshot_name(2)), kSnapshotHeaderSize + 3); });
  try_with({}, snapshot_name(2) + " becomes a copy of " + snapshot_name(1),
           [](Files& files) { files.at(snapshot_name(2)) = files.at(snapshot_name(1)); });
}

void reads_no_records_with_snapshots(CheckRun& run) {
  constexpr std::size_t kValue = 3000;
  const auto value = [](char letter) { return std::string(kValue, letter); };
  sim::Scenario options = options_of(run, sim::Snapshots::kOn);
  options.segment_size = 2 * kValue;
  Directory directory(run);
  directory.written_by({{"put", "a", value('1')}, {"roll"}, {"put", "b", value('2')}, {"close"}}, options);
  directory.recover();
  directory.must_open();
  if (directory.bytes_read() >= kValue) {
    CheckRun::fail("with good snapshots, no record should be read; your recovery has read " +
                   std::to_string(directory.bytes_read()) + " bytes of files with two records of 3000 bytes");
  }
  run.reached("records that need not be read", 2);
}

void goes_by_the_manifests_order(CheckRun& run) {
  const sim::StoreKind kind = remote_kind(*run.kind, run.build.with_addresses);
  for (int round = 0; round < 5; ++round) {
    Play play(run, kind, options_of(run));
    for (int version = 1; version <= 4; ++version) {
      if (version > 1) play.perform({"roll"});
      play.perform({"put", "a", std::to_string(version)});
    }
    play.perform({"reopen"});
    play.perform({"get", "a"});
    run.reached("directories in another order");
  }
}

void goes_by_place_not_by_number(CheckRun& run) {
  const sim::StoreKind kind = remote_kind(*run.kind, run.build.with_addresses);
  Play play(run, kind, options_of(run));
  play.perform({"put", "a", "old"});
  play.perform({"roll"});
  play.perform({"put", "a", "new"});
  play.perform({"merge", "1..1"});
  play.perform({"reopen"});
  play.perform({"get", "a"});
  run.reached("older segments with a larger number");
}

void finds_all_after_a_kill(CheckRun& run) {
  for (const bool reserve_space : {true, false}) {
    sim::Scenario options = options_of(run);
    options.reserve_space = reserve_space;
    {
      Directory directory(run);
      directory.written_by({{"put", "a", "1"}, {"put", "b", "2"}, {"put", "a", "3"}, {"remove", "b"}}, options);
      directory.recover();
      directory.must_show({{"a", "3"}, {"b", std::string(kNothing)}});
    }
    Directory directory(run);
    directory.written_by(two_segments(), options);
    directory.recover();
    directory.must_show({{"a", "1"}, {"b", "3"}, {"c", "4"}});
    run.reached("killed stores", 2);
  }
}

void copies_into_a_new_file(CheckRun& run) {
  for (const bool torn : {false, true}) {
    Directory directory(run);
    directory.written_by(two_segments(), options_of(run));
    if (torn) {
      directory.change("bytes that are no record follow in " + log_name(2), [](Files& files) {
        std::string& log = files.at(log_name(2));
        log.replace(static_cast<std::size_t>(record_offset(log, 2)), 5, "torn!");
      });
    }
    directory.recover();
    directory.must_open();
    const Files& before = directory.found();
    for (const auto& [name, bytes] : directory.left()) {
      const auto was = before.find(name);
      if (was == before.end() || !parse_segment_file_name(name) || was->second == bytes) continue;
      CheckRun::fail("no log should be changed in place; your recovery has changed " + name);
    }
    for (const sim::TraceEntry& entry : directory.trace().entries()) {
      const auto* operation = std::get_if<sim::DiskOperation>(&entry);
      const bool writes = operation != nullptr && (operation->kind == sim::DiskOperation::Kind::kAppend ||
                                                   operation->kind == sim::DiskOperation::Kind::kTruncate);
      if (!writes || !parse_segment_file_name(operation->name) || !before.contains(operation->name)) continue;
      CheckRun::fail("no log should be changed in place; your recovery did this: " + sim::describe(*operation));
    }
    for (const Manifest::Sealed& sealed : directory.manifest().sealed) {
      if (segment_file_name(sealed.number) != log_name(2)) continue;
      CheckRun::fail("what verified in " + log_name(2) +
                     " should be copied into a new file; your manifest names the old one");
    }
    run.reached("logs rewritten");
  }
}

void begins_an_empty_log(CheckRun& run) {
  Directory directory(run);
  directory.written_by(two_segments(), options_of(run));
  directory.recover();
  directory.must_open();
  const Manifest manifest = directory.manifest();
  if (!manifest.active) CheckRun::fail("the manifest should name a new active log; yours names none");
  const std::string name = segment_file_name(manifest.active->number);
  const Files now = directory.left();
  const auto file = now.find(name);
  if (file == now.end()) CheckRun::fail("the active log " + name + " should be on the disk; it is not");
  if (record_offset(file->second, 1) != kSegmentHeaderSize) {
    CheckRun::fail("the new active log should hold no record; yours, " + name + ", does");
  }
  run.reached("new logs");
}

void shows_the_same_again(CheckRun& run) {
  for (const bool torn : {false, true}) {
    Directory directory(run);
    directory.written_by(two_segments(), options_of(run));
    if (torn) {
      directory.change("the last record of " + log_name(2) + " is torn", [](Files& files) {
        std::string& log = files.at(log_name(2));
        const auto last = static_cast<std::size_t>(record_offset(log, 1));
        log.replace(last + 20, log.size() - last - 20, log.size() - last - 20, '\0');
      });
    }
    const std::map<std::string, std::string> pairs{{"a", "1"}, {"b", "3"}, {"c", torn ? std::string(kNothing) : "4"}};
    for (int opens = 0; opens < 3; ++opens) {
      directory.recover();
      directory.must_show(pairs);
      directory.kill();
    }
    run.reached("recoveries of recovered stores", 2);
  }
}

void seals_no_empty_log(CheckRun& run) {
  Directory directory(run);
  directory.written_by({}, options_of(run));
  for (int opens = 0; opens < 2; ++opens) {
    directory.recover();
    directory.must_open();
    if (const std::size_t sealed = directory.manifest().sealed.size(); sealed > 0) {
      CheckRun::fail("nothing was ever written, so the manifest should name no sealed segment; yours names " +
                     std::to_string(sealed));
    }
    directory.kill();
  }
  run.reached("empty logs", 2);
}

void cuts_a_torn_tail(CheckRun& run) {
  const std::string value(40, 'v');
  for (const std::uint64_t kept : {4U, 24U, 40U, 62U}) {  // bytes of the last record
    for (const bool zeros : {true, false}) {
      Directory directory(run);
      directory.written_by({{"put", "a", "1"}, {"put", "b", value}}, options_of(run));
      directory.change("of the last record, only " + std::to_string(kept) + " bytes are left" +
                           (zeros ? ", and zeros after them" : ""),
                       [&](Files& files) {
                         std::string& log = files.at(log_name(1));
                         const std::size_t size = log.size();
                         log.resize(static_cast<std::size_t>(record_offset(log, 1) + kept));
                         if (zeros) log.resize(size);
                       });
      directory.recover();
      directory.must_show({{"a", "1"}, {"b", std::string(kNothing)}});
      run.reached("torn tails");
    }
  }
}

void refuses_rot_in_the_active_log(CheckRun& run) {
  for (const bool read_only : {false, true}) {
    for (const std::uint64_t at : {3U, 25U}) {
      sim::Scenario options = options_of(run);
      options.sync = SyncPolicy::kEveryWrite;
      Directory directory(run);
      directory.written_by({{"put", "a", "1"}, {"put", "b", "2"}, {"put", "c", "3"}}, options);
      directory.change("(each write was synced) a bit of the second record is flipped", [&](Files& files) {
        std::string& log = files.at(log_name(1));
        flip(log, record_offset(log, 1) + at);
      });
      directory.recover({.read_only = read_only});
      directory.must_refuse(StatusCode::kCorruption, "the damage is in bytes that had been synced");
      directory.must_change_nothing();
      run.reached("rotten records");
    }
  }
}

void refuses_a_missing_file(CheckRun& run) {
  for (const std::uint64_t missing : {1U, 2U, 3U}) {
    Directory directory(run);
    directory.written_by(three_closed_segments(), options_of(run, sim::Snapshots::kOn));
    directory.change(log_name(missing) + " is removed", [&](Files& files) { files.erase(log_name(missing)); });
    directory.recover();
    directory.must_refuse(StatusCode::kCorruption, "the manifest names " + log_name(missing) + ", which is missing");
    directory.must_change_nothing();
    run.reached("missing files");
  }
  Directory directory(run);
  directory.written_by(two_segments(), options_of(run));
  directory.change(log_name(2) + ", the active log, is removed", [](Files& files) { files.erase(log_name(2)); });
  directory.recover();
  directory.must_refuse(StatusCode::kCorruption, "the manifest names " + log_name(2) + ", which is missing");
  directory.must_change_nothing();
}

void refuses_another_length(CheckRun& run) {
  for (const bool longer : {true, false}) {
    Directory directory(run);
    directory.written_by(three_closed_segments(), options_of(run, sim::Snapshots::kOn));
    directory.change(log_name(2) + (longer ? " gets eight zeros at its end" : " loses its last eight bytes"),
                     [&](Files& files) {
                       std::string& log = files.at(log_name(2));
                       log.resize(longer ? log.size() + 8 : log.size() - 8);
                     });
    directory.recover();
    directory.must_refuse(StatusCode::kCorruption, log_name(2) + " has another length than the manifest says");
    run.reached("other lengths");
  }
}

void refuses_rot_in_a_sealed_log(CheckRun& run) {
  for (const std::size_t record : {0U, 1U, 2U}) {
    Directory directory(run);
    directory.written_by(
        {{"put", "a", "1"}, {"put", "b", "2"}, {"put", "c", "3"}, {"roll"}, {"put", "d", "4"}, {"close"}},
        options_of(run));
    directory.change("a bit of record " + std::to_string(record + 1) + " of " + log_name(1) + " is flipped",
                     [&](Files& files) {
                       std::string& log = files.at(log_name(1));
                       flip(log, record_offset(log, record) + 25);
                     });
    directory.recover({.snapshots = false});
    directory.must_refuse(StatusCode::kCorruption,
                          "a sealed log was synced, so a record in it that does not verify is rot");
    run.reached("rotten records");
  }
}

void compares_the_count(CheckRun& run) {
  Directory directory(run);
  // As long as two records, so that the manifest's other count could be right.
  const std::string value(40, 'v');
  directory.written_by({{"put", "a", "1"}, {"roll"}, {"put", "b", value}, {"close"}}, options_of(run));
  directory.change("the manifest says that " + log_name(2) + " has 2 records, not 1", [](Files& files) {
    Result<Manifest> manifest = parse_manifest(files.at(std::string(kManifestName)));
    if (!manifest.ok()) throw std::runtime_error(manifest.status().to_string());
    ++manifest->sealed[1].record_count;
    files.at(std::string(kManifestName)) = encode_manifest(*manifest);
  });
  directory.recover();
  directory.must_refuse(StatusCode::kCorruption,
                        log_name(2) + " holds another number of records than the manifest says");
  run.reached("other counts");
}

void takes_no_manifest_for_no_store(CheckRun& run) {
  const std::string manifest(kManifestName);
  for (const bool unlisted : {false, true}) {
    Directory directory(run);
    directory.written_by(three_closed_segments(), options_of(run));
    directory.change("MANIFEST is removed", [&](Files& files) { files.erase(manifest); });
    if (unlisted) directory.fail(Call::kList, 1);
    directory.recover();
    if (unlisted) {
      directory.must_refuse(StatusCode::kIoError, "the directory cannot be listed");
    } else {
      directory.must_refuse(StatusCode::kCorruption, "there are segments, so the manifest is lost");
    }
    directory.must_change_nothing();
    run.reached("lost manifests");
  }
  for (const bool rotten : {false, true}) {
    Directory directory(run);
    directory.change("a store without segments: its manifest names none", [&](Files& files) {
      files = {{manifest, encode_manifest({})}, {std::string(kLockName), ""}};
    });
    if (rotten) {
      directory.change("a bit of MANIFEST is flipped",
                       [&](Files& files) { flip(files.at(manifest), files.at(manifest).size() / 2); });
    } else {
      directory.fail(Call::kRead, 1);
    }
    directory.recover();
    if (rotten) {
      directory.must_refuse(StatusCode::kCorruption, "there is a manifest, and it is damaged");
    } else {
      directory.must_refuse(StatusCode::kIoError, "there is a manifest, and it cannot be read");
    }
    directory.must_change_nothing();
    run.reached("lost manifests");
  }
}

void keeps_all_of_a_damaged_store(CheckRun& run) {
  for (const bool active : {false, true}) {
    sim::Scenario options = options_of(run);
    options.sync = SyncPolicy::kEveryWrite;
    Directory directory(run);
    directory.written_by({{"put", "a", "1"}, {"roll"}, {"put", "b", "2"}, {"put", "c", "3"}, {"put", "d", "4"}},
                         options);
    directory.change("000077.log is left, which the manifest does not name",
                     [](Files& files) { files[log_name(77)] = unnamed_log(77, "a", "left over"); });
    directory.change("a bit of " + log_name(active ? 2 : 1) + " is flipped", [&](Files& files) {
      std::string& log = files.at(log_name(active ? 2 : 1));
      flip(log, record_offset(log, active ? 1 : 0) + 25);
    });
    directory.recover();
    directory.must_refuse(StatusCode::kCorruption, "a synced record is damaged");
    directory.must_change_nothing();
    run.reached("damaged stores");
  }
}

void removes_what_is_not_named(CheckRun& run) {
  Directory directory(run);
  directory.written_by({{"put", "a", "1"}, {"put", "b", "2"}, {"close"}}, options_of(run));
  directory.change("000077.log, 000077.idx, 000078.log and MANIFEST.tmp are left, which the manifest does not name",
                   [](Files& files) {
                     files[log_name(77)] = unnamed_log(77, "a", "left over");
                     files[snapshot_name(77)] = "of it";
                     files[log_name(78)] = unnamed_log(78, "c", "left over").substr(0, 50);
                     files[std::string(kManifestTemporaryName)] = "sedim";
                   });
  directory.change("notes.txt is there, too", [](Files& files) { files["notes.txt"] = "mine"; });
  directory.recover();
  directory.must_show({{"a", "1"}, {"b", "2"}, {"c", std::string(kNothing)}});
  const Files now = directory.left();
  for (const std::string& name : {log_name(77), snapshot_name(77), log_name(78), std::string(kManifestTemporaryName)}) {
    if (now.contains(name)) CheckRun::fail(name + " should be gone; it is still there");
  }
  if (!now.contains("notes.txt")) CheckRun::fail("notes.txt is not the store's; your recovery has removed it");
  run.reached("leftovers", 4);
}

void makes_room_first(CheckRun& run) {
  {
    Directory directory(run);
    directory.written_by({{"put", "a", "1"}, {"put", "b", "2"}}, options_of(run));
    directory.change("000077.log is left, with 10000 bytes",
                     [](Files& files) { files[log_name(77)] = std::string(10'000, 'x'); });
    directory.limit_room(600);  // for a manifest, not for a new log
    directory.recover();
    directory.must_show({{"a", "1"}, {"b", "2"}});
  }
  {
    Directory directory(run);
    directory.written_by({{"put", "a", "1"}, {"put", "b", "2"}}, options_of(run));
    directory.change("RESERVE.tmp takes up 10000 bytes",
                     [](Files& files) { files[std::string(kReserveName)] = std::string(10'000, '\0'); });
    directory.limit_room(10);  // not even for a manifest
    directory.recover();
    directory.must_show({{"a", "1"}, {"b", "2"}});
  }
  Directory directory(run);
  directory.written_by({{"put", "a", "1"}, {"put", "b", "2"}}, options_of(run));
  directory.limit_room(2000);  // for the copy of a small log, what a new one reserves at first, and a manifest
  directory.recover({.large_segments = true});
  directory.must_show({{"a", "1"}, {"b", "2"}});
  run.reached("full disks", 3);
}

// More than any recovery of a few files makes.
constexpr std::uint64_t kMostRemovals = 20;

void removes_the_old_log(CheckRun& run) {
  const sim::StoreKind kind = remote_kind(*run.kind, run.build.with_addresses);
  Play play(run, kind, options_of(run));
  play.perform({"put", "a", any_value(run)});
  play.perform({"crash", "clean-kill"});
  play.perform({"recover"});
  run.reached("old logs");

  // A removal that fails, before the new files are made and after they count.
  for (std::uint64_t n = 1; n <= kMostRemovals; ++n) {
    Directory directory(run);
    directory.written_by({{"put", "a", "1"}}, options_of(run));
    directory.change("000077.log is left, which the manifest does not name",
                     [](Files& files) { files[log_name(77)] = unnamed_log(77, "a", "left over"); });
    directory.fail(Call::kRemove, n);
    directory.recover();
    if (!directory.has_failed()) break;
    for (const std::string& name : directory.failed_removals()) {
      if (name != log_name(1) && name != log_name(77)) continue;
      directory.must_refuse(StatusCode::kIoError, name + " could not be removed");
      run.reached("removals that failed");
    }
    directory.kill();
    directory.recover();
    directory.must_show({{"a", "1"}});
  }
}

void uses_no_number_twice(CheckRun& run) {
  for (const bool next : {false, true}) {
    Directory directory(run);
    directory.written_by({{"put", "a", "1"}}, options_of(run));
    const std::uint64_t number = next ? 2 : 77;  // 1 is the active log's
    directory.change(log_name(number) + " is left, which the manifest does not name",
                     [&](Files& files) { files[log_name(number)] = unnamed_log(number, "b", "left over"); });
    directory.recover();
    directory.must_open();
    for (const sim::TraceEntry& entry : directory.trace().entries()) {
      const auto* operation = std::get_if<sim::DiskOperation>(&entry);
      if (operation == nullptr || operation->kind != sim::DiskOperation::Kind::kCreate) continue;
      if (operation->name == log_name(number))
        CheckRun::fail("the number of " + operation->name +
                       " was used before; your recovery has made a new file of this name");
    }
    const Manifest manifest = directory.manifest();
    if (value_of(manifest.next_number) <= number) {
      CheckRun::fail("the manifest's next number should be above that of " + log_name(number) + "; yours is " +
                     std::to_string(value_of(manifest.next_number)));
    }
    run.reached("numbers used before");
  }
}

void writes_nothing_without_a_number(CheckRun& run) {
  for (const std::uint64_t last : {kMaxSegmentNumber - 2, kMaxSegmentNumber - 1, kMaxSegmentNumber}) {
    Directory directory(run);
    directory.written_by({{"put", "a", "1"}, {"close"}}, options_of(run));
    directory.change(log_name(last) + " is there, which the manifest does not name",
                     [&](Files& files) { files[log_name(last)] = ""; });
    directory.recover();
    if (last < kMaxSegmentNumber - 1) {
      directory.must_show({{"a", "1"}});
      continue;
    }
    directory.must_refuse(StatusCode::kNoSpace, "fewer than two numbers are left for new files");
    directory.must_change_nothing();
    run.reached("recoveries without numbers");
  }
}

void changes_nothing_read_only(CheckRun& run) {
  for (const bool torn : {false, true}) {
    Directory directory(run);
    directory.written_by(two_segments(), options_of(run));
    directory.change("000077.log is left, which the manifest does not name",
                     [](Files& files) { files[log_name(77)] = unnamed_log(77, "a", "left over"); });
    if (torn) {
      directory.change("the last record of " + log_name(2) + " is torn", [](Files& files) {
        std::string& log = files.at(log_name(2));
        flip(log, record_offset(log, 1) + 25);
      });
    }
    directory.change("RESERVE.tmp is there",
                     [](Files& files) { files[std::string(kReserveName)] = std::string(500, '\0'); });
    directory.recover({.read_only = true});
    directory.must_show({{"a", "1"}, {"b", "3"}, {"c", torn ? std::string(kNothing) : "4"}});
    directory.must_change_nothing();
    directory.must_write_nothing("the store is read-only");
    const Report& report = directory.report();
    if (report.active_segment != log_name(2)) {
      CheckRun::fail("read-only, result_.active.segment should be " + log_name(2) +
                     ", the log that was active; yours is " +
                     (report.active_segment.empty() ? "null" : report.active_segment));
    }
    if (report.can_append) CheckRun::fail("read-only, result_.active.log should be null; yours is not");
    run.reached("read-only recoveries");
  }
  Directory directory(run);  // it makes no file, so it needs no number
  directory.written_by({{"put", "a", "1"}, {"close"}}, options_of(run));
  directory.change(log_name(kMaxSegmentNumber) + " is there, which the manifest does not name",
                   [](Files& files) { files[log_name(kMaxSegmentNumber)] = ""; });
  directory.recover({.read_only = true});
  directory.must_show({{"a", "1"}});
  run.reached("read-only recoveries");
}

void does_as_the_options_say(CheckRun& run) {
  {
    Directory directory(run);
    directory.written_by({{"put", "a", "1"}, {"close"}}, options_of(run));
    directory.recover({.error_if_exists = true});
    directory.must_refuse(StatusCode::kInvalidArgument, "there is a store already");
    directory.must_change_nothing();
    directory.must_write_nothing("the options refuse this open");
  }
  for (const Way& way : {Way{.create_if_missing = false}, Way{.read_only = true}}) {
    Directory directory(run);
    directory.change("an empty directory", [](Files& files) { files.clear(); });
    directory.recover(way);
    directory.must_refuse(StatusCode::kNotFound, "there is no store");
    directory.must_change_nothing();
    directory.must_write_nothing("the options refuse this open");
  }
  run.reached("options", 3);
}

void leaves_no_file_of_a_failed_open(CheckRun& run) {
  std::uint64_t refused = 0;
  for (std::uint64_t room = 0; refused < 100; room += 150) {
    Directory directory(run);
    directory.written_by({{"put", "a", "1"}, {"put", "b", std::string(500, 'b')}}, options_of(run));
    directory.limit_room(room);
    directory.recover();
    if (directory.status().ok()) break;
    directory.must_refuse(StatusCode::kNoSpace, "the disk is full");
    directory.must_change_nothing(std::string(kManifestTemporaryName));  // cut short; the next one replaces it
    ++refused;
  }
  run.reached("recoveries without space", refused);

  // Each call that can fail after a file was made, until the new manifest is begun: from then on it may be named.
  for (const Call call : {Call::kAppend, Call::kTruncate, Call::kSync, Call::kSyncDirectory}) {
    for (std::uint64_t n = 1; n <= kMostOperations; ++n) {
      Directory directory(run);
      directory.written_by({{"put", "a", "1"}, {"put", "b", "2"}}, options_of(run));
      directory.fail(call, n);
      directory.recover();
      if (!directory.has_failed() || directory.has_begun_to_name_a_new_file()) break;
      if (directory.status().ok()) continue;
      directory.must_change_nothing(std::string(kManifestTemporaryName));
      run.reached("recoveries that failed before the commit");
    }
  }
}

// Garbage between live data: a merge takes one piece of it, and gains less than a new log needs.
void frees_garbage_piece_by_piece(CheckRun& run) {
  Directory directory(run);
  std::vector<Step> steps;
  std::map<std::string, std::string> pairs;
  for (int version = 1; version <= 4; ++version) {
    const std::string live = "k" + std::to_string(version);
    pairs[live] = "1";
    steps.push_back({"put", "a", std::string(400, 'v') + std::to_string(version)});
    steps.push_back({"roll"});
    steps.push_back({"put", live, "1"});
    steps.push_back({"roll"});
  }
  steps.push_back({"put", "a", "last"});
  steps.push_back({"roll"});
  steps.push_back({"put", "b", "1"});
  pairs["a"] = "last";
  pairs["b"] = "1";
  directory.written_by(steps, options_of(run));
  directory.limit_room(1000);  // for a manifest, not for a new log as well
  directory.recover({.merges = true});
  directory.must_show(pairs);
  run.reached("disks full of garbage");
}

// One key, again and again: all sealed segments but the last are garbage.
void frees_garbage(CheckRun& run) {
  frees_garbage_piece_by_piece(run);
  Directory directory(run);
  std::vector<Step> steps;
  for (int version = 1; version <= 6; ++version) {
    steps.push_back({"put", "a", std::string(400, 'v') + std::to_string(version)});
    steps.push_back({"roll"});
  }
  steps.push_back({"put", "b", "1"});
  directory.written_by(steps, options_of(run));
  directory.limit_room(900);  // for a manifest, not for a new log as well
  directory.recover({.merges = true});
  directory.must_show({{"a", std::string(400, 'v') + "6"}, {"b", "1"}});
  run.reached("disks full of garbage");
}

void reports_what_it_did(CheckRun& run) {
  {
    Directory directory(run);
    directory.change("an empty directory", [](Files& files) { files.clear(); });
    directory.recover();
    directory.must_open();
    if (!directory.report().created) CheckRun::fail("the report should say that the store was created; yours does not");
    directory.kill();
    directory.recover();
    directory.must_open();
    if (directory.report().created) CheckRun::fail("the report should not say that the store was created; yours does");
  }
  {
    Directory directory(run);
    directory.written_by(two_segments(), options_of(run));
    directory.recover();
    directory.must_open();
    if (directory.report().segments != 2) {
      CheckRun::fail(
          "the report should count the sealed segments that there are now, with the rewritten log: 2; yours says " +
          std::to_string(directory.report().segments));
    }
  }
  Directory directory(run);
  directory.written_by({{"put", "a", "1"}}, options_of(run));
  directory.change("000077.log is left, which the manifest does not name",
                   [](Files& files) { files[log_name(77)] = unnamed_log(77, "a", "left over"); });
  directory.recover();
  directory.must_open();
  if (directory.report().active_file != log_name(1)) {
    CheckRun::fail("the report should say that " + log_name(1) + " was active; yours says \"" +
                   directory.report().active_file + "\"");
  }
  std::vector<std::string> removed = directory.report().removed;
  std::sort(removed.begin(), removed.end());
  if (removed != std::vector<std::string>{log_name(1), log_name(77)}) {
    std::string names;
    for (const std::string& name : removed) names += (names.empty() ? "" : ", ") + name;
    CheckRun::fail("the report should say that " + log_name(1) + " and " + log_name(77) + " were removed; yours says " +
                   (names.empty() ? "nothing" : names));
  }
  run.reached("reports", 4);
}

// ---- recoveries in a store

/// What happens before the recovery that is struck.
struct Script {
  std::vector<Step> steps;
  /// The process dies between the last rename of a manifest and the sync of the directory; otherwise after all steps.
  bool rename_in_the_cache = false;
};

// Everything is synced when the process dies, so nothing may be lost.
Script synced_and_killed(CheckRun& run) {
  return {{{"put", "a", any_value(run)},
           {"put", "b", any_value(run)},
           {"roll"},
           {"put", "b", any_value(run)},
           {"put", "c", any_value(run)},
           {"sync"}}};
}

// Two segments become one, and the process dies before the new manifest is durable.
Script merged_in_the_cache(CheckRun& run) {
  return {{{"put", "a", any_value(run)}, {"roll"}, {"put", "b", any_value(run)}, {"roll"}, {"merge", "1..2"}}, true};
}

void perform(Play& play, const Script& script) {
  for (const Step& step : script.steps) play.perform(step);
  play.perform(script.rename_in_the_cache ? sim::crash_step({}, last_rename(play.runner().trace()))
                                          : Step{"crash", "clean-kill"});
}

// "rename MANIFEST.tmp".
std::string operation_at(const sim::Trace& trace, std::uint64_t number) {
  for (const sim::TraceEntry& entry : trace.entries()) {
    const auto* operation = std::get_if<sim::DiskOperation>(&entry);
    if (operation == nullptr || --number > 0) continue;
    return std::string(sim::name_of(operation->kind)) + (operation->name.empty() ? "" : " " + operation->name);
  }
  return "";
}

using CrashesAfter = std::function<std::vector<sim::CrashChoice>(const sim::Trace& trace, std::uint64_t after)>;

// Every such crash at every operation of a recovery, each in new processes, and then a recovery that must show
// everything.
void crash_in_recoveries(CheckRun& run, const std::function<void(Play& play)>& before, const sim::Scenario& options,
                         const CrashesAfter& crashes, const std::function<void(Play& play)>& then) {
  const sim::StoreKind kind = remote_kind(*run.kind, run.build.plain());
  for (std::size_t which = 0;; ++which) {
    Play play(run, kind, options);
    before(play);
    const sim::Trace& trace = play.runner().trace();
    const std::uint64_t began = trace.operation_count();
    play.perform({"recover"});
    // The run is the same each time, but the code is the student's, so each run decides for itself.
    const std::uint64_t ended = trace.operation_count();
    if (ended - began > kMostOperations)
      CheckRun::fail("a recovery of a few records should need fewer operations of the disk");
    std::vector<std::pair<sim::CrashChoice, std::uint64_t>> all;
    for (std::uint64_t after = began + 1; after <= ended; ++after) {
      for (const sim::CrashChoice& choice : crashes(trace, after)) all.emplace_back(choice, after);
    }
    if (which >= all.size()) break;
    const auto& [crash, after] = all[which];
    run.step("(operation " + std::to_string(after) + " of the disk is: " + operation_at(trace, after) + ")");
    play.perform(sim::crash_step(crash, after));
    play.perform({"recover"});
    then(play);
    run.reached("crash points");
  }
}

void no_more(Play&) {}

bool is_possible(const sim::Trace& trace, std::uint64_t after, const sim::CrashChoice& choice) {
  const Result<sim::DiskState> state = trace.state_after(after);
  return state.ok() && sim::crash_image(*state, choice).ok();
}

// The second time, the recovery that is struck is already the one from a kill inside a recovery.
void survives_a_kill(CheckRun& run) {
  const Script script = synced_and_killed(run);
  const std::uint64_t choice = run.random.below(1'000'000);
  for (const bool twice : {false, true}) {
    crash_in_recoveries(
        run,
        [&](Play& play) {
          perform(play, script);
          if (!twice) return;
          const std::uint64_t began = play.ends().back();
          play.perform({"recover"});
          const std::uint64_t ended = play.ends().back();
          if (ended == began) CheckRun::fail("a recovery should write to the disk");
          play.perform(sim::crash_step({}, began + 1 + choice % (ended - began)));
        },
        options_of(run),
        [&](const sim::Trace&, std::uint64_t after) {
          const bool taken = !twice || (after + choice) % 3 == 0;  // of the second time, a third is enough
          return taken ? std::vector{sim::CrashChoice{}} : std::vector<sim::CrashChoice>{};
        },
        no_more);
  }
}

void survives_a_loss_of_contents(CheckRun& run) {
  const Script script = synced_and_killed(run);
  sim::CrashChoice loss{.fault = sim::Fault::kLoseUnsynced};
  loss.scope = sim::CrashChoice::Scope::kContents;
  crash_in_recoveries(
      run, [&](Play& play) { perform(play, script); }, options_of(run),
      [loss](const sim::Trace& trace, std::uint64_t after) {
        return is_possible(trace, after, loss) ? std::vector{loss} : std::vector<sim::CrashChoice>{};
      },
      no_more);
}

// One name is lost that no sync of the directory has covered, or all such names are.
std::vector<sim::CrashChoice> losses_of_names(const sim::Trace& trace, std::uint64_t after, sim::Fault fault) {
  std::vector<sim::CrashChoice> losses;
  const Result<sim::DiskState> state = trace.state_after(after);
  if (!state.ok()) return losses;
  for (const auto& [name, id] : state->names()) {
    const sim::CrashChoice loss{.fault = fault, .file = name};
    if (is_possible(trace, after, loss)) losses.push_back(loss);
  }
  return losses;
}

void survives_a_loss_of_new_names(CheckRun& run) {
  const Script script = synced_and_killed(run);
  crash_in_recoveries(
      run, [&](Play& play) { perform(play, script); }, options_of(run),
      [](const sim::Trace& trace, std::uint64_t after) {
        return losses_of_names(trace, after, sim::Fault::kLostCreate);
      },
      no_more);
}

void syncs_names_before_it_deletes(CheckRun& run) {
  const Script script = merged_in_the_cache(run);
  crash_in_recoveries(
      run, [&](Play& play) { perform(play, script); }, options_of(run),
      [](const sim::Trace& trace, std::uint64_t after) {
        return losses_of_names(trace, after, sim::Fault::kLostRename);
      },
      no_more);
}

// The sync of the directory after a rename fails, and never writes it: the new manifest is visible as long as the
// machine runs, and no later sync covers it.
void publishes_the_manifest_again(CheckRun& run) {
  const Script script = merged_in_the_cache(run);
  const std::string a = script.steps.front()[2];
  const std::string b = script.steps[2][2];
  const sim::Scenario options = options_of(run);
  const sim::CrashChoice power_cut{.fault = sim::Fault::kKeepSubset};
  for (const char* which : {"1", "2"}) {
    crash_in_recoveries(
        run,
        [&](Play& play) {
          for (const Step& step : script.steps) {
            if (&step == &script.steps.back()) play.perform({"fail", "fsync-fails", "directory", "dropped", which});
            play.perform(step);
          }
          play.perform({"crash", "clean-kill"});
        },
        options,
        [power_cut](const sim::Trace& trace, std::uint64_t after) {
          return is_possible(trace, after, power_cut) ? std::vector{power_cut} : std::vector<sim::CrashChoice>{};
        },
        [&](Play& play) {
          play.perform({"expect", "get", "a", a});
          play.perform({"expect", "get", "b", b});
        });
  }
}

// Each call of a recovery fails in every way. Whatever the recovery returns, the next one finds everything.
void survives_failing_calls(CheckRun& run) {
  const sim::StoreKind kind = remote_kind(*run.kind, run.build.plain());
  const Script script = synced_and_killed(run);
  const sim::Scenario options = options_of(run);
  for (const Call call : {Call::kOpen, Call::kList, Call::kRead, Call::kCreate, Call::kAppend, Call::kTruncate,
                          Call::kSync, Call::kSyncDirectory, Call::kRename, Call::kRemove}) {
    for (const sim::CallFault& way : sim::ways_to_fail(call)) {
      // What a call leaves that writes no name and syncs nothing is the same after a power cut.
      const bool about_durability = call == Call::kSync || call == Call::kSyncDirectory || call == Call::kRename;
      for (const bool power_cut : {false, true}) {
        if (power_cut && !about_durability) continue;
        for (sim::CallFault fault = way;; ++fault.n) {
          if (fault.n > kMostOperations)
            CheckRun::fail("a recovery of a few records should need fewer calls to the disk");
          Play play(run, kind, options);
          perform(play, script);
          play.perform(sim::step_of("fail " + sim::to_string(fault)));
          const sim::StepReport& recovered = play.attempt({"recover"});
          if (play.runner().failures_struck() == 0) break;
          // The recovery makes fewer such calls: this one was already a get's.
          if (recovered.failure.why == sim::Failure::kUnreadable && call == Call::kRead) break;
          if (!recovered.passed) CheckRun::fail(recovered.outcome);
          play.perform({"crash", power_cut ? "lose-unsynced" : "clean-kill"});
          play.perform({"recover"});
          run.reached("calls that failed");
        }
      }
    }
  }
}

}  // namespace

std::vector<Check> recovery_checks() {
  return {
      {"L9.1", {}, {}, 0, creates_a_store, {"stores created"}},
      {"L9.2", {}, {}, 0, opens_a_closed_store, {"reopens"}},
      {"L9.3", {}, {}, 0, goes_by_the_manifests_order, {"directories in another order"}},
      {"L9.4", {}, {}, 0, goes_by_place_not_by_number, {"older segments with a larger number"}},
      {"L9.5", {}, {}, 0, does_without_snapshots, {"snapshots that are of no use"}},
      {"L9.6", {}, {}, 0, reads_no_records_with_snapshots, {"records that need not be read"}},
      {"L9.7", {}, {}, 0, finds_all_after_a_kill, {"killed stores"}},
      {"L9.8", {}, {}, 0, cuts_a_torn_tail, {"torn tails"}},
      {"L9.9", {}, {}, 0, copies_into_a_new_file, {"logs rewritten"}},
      {"L9.10", {}, {}, 0, begins_an_empty_log, {"new logs"}},
      {"L9.11", {}, {}, 0, shows_the_same_again, {"recoveries of recovered stores"}},
      {"L9.12", {}, {}, 0, seals_no_empty_log, {"empty logs"}},
      {"L9.13", {}, {}, 0, refuses_rot_in_the_active_log, {"rotten records"}},
      {"L9.14", {}, {}, 0, refuses_a_missing_file, {"missing files"}},
      {"L9.15", {}, {}, 0, refuses_another_length, {"other lengths"}},
      {"L9.16", {}, {}, 0, refuses_rot_in_a_sealed_log, {"rotten records"}},
      {"L9.17", {}, {}, 0, compares_the_count, {"other counts"}},
      {"L9.18", {}, {}, 0, takes_no_manifest_for_no_store, {"lost manifests"}},
      {"L9.19", {}, {}, 0, keeps_all_of_a_damaged_store, {"damaged stores"}},
      {"L9.20", {}, {}, 0, removes_what_is_not_named, {"leftovers"}},
      {"L9.21", {}, {}, 0, removes_the_old_log, {"old logs", "removals that failed"}},
      {"L9.22", {}, {}, 0, makes_room_first, {"full disks"}},
      {"L9.23", {}, {}, 0, uses_no_number_twice, {"numbers used before"}},
      {"L9.24", {}, {}, 0, writes_nothing_without_a_number, {"recoveries without numbers"}},
      {"L9.25", {}, {}, 0, changes_nothing_read_only, {"read-only recoveries"}},
      {"L9.26", {}, {}, 0, does_as_the_options_say, {"options"}},
      {"L9.27",
       {},
       {},
       0,
       leaves_no_file_of_a_failed_open,
       {"recoveries without space", "recoveries that failed before the commit"},
       false,
       "each of these recoveries has a call to the disk that fails, or no space, so one of them should return an "
       "error; yours all returned ok"},
      {"L9.28", {}, {}, 0, frees_garbage, {"disks full of garbage"}},
      {"L9.29", {}, {}, 0, reports_what_it_did, {"reports"}},
      {"L9.30", {}, {}, 0, survives_a_kill, {"crash points"}, true},
      {"L9.31", {}, {}, 0, survives_a_loss_of_contents, {"crash points"}, true},
      {"L9.32", {}, {}, 0, survives_a_loss_of_new_names, {"crash points"}, true},
      {"L9.33", {}, {}, 0, syncs_names_before_it_deletes, {"crash points"}, true},
      {"L9.34", {}, {}, 0, publishes_the_manifest_again, {"crash points"}, true},
      {"L9.35", {}, {}, 0, survives_failing_calls, {"calls that failed"}, true},
      {"L9.36", {}, {}, 0, runs_in_a_store, {"reopens"}, true},
      {"L9.37", {}, {}, 0, survives_crashes, {"crash points", "audited disks"}, true},
      {"L9.38",
       {},
       {},
       0,
       [](CheckRun& run) { breaks(run, "log_removed_before_the_commit"); },
       {"wrong solutions that fail"}},
      {"L9.39", {}, {}, 0, [](CheckRun& run) { breaks(run, "rot_silently_cut"); }, {"wrong solutions that fail"}},
  };
}

}  // namespace sediment::labs
