// A Disk in memory that records what is done to it.
//
// To a live process it behaves like a real disk; what a crash leaves is worked out afterwards from the recorded
// operations (crash.h). Deterministic: random() is seeded, the clock counts calls, and the order of a directory listing
// depends on the seed. One thread at a time.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/disk.h"
#include "sim/base/random.h"
#include "sim/disk/disk_state.h"
#include "sim/disk/fault.h"
#include "sim/disk/trace.h"

namespace sediment::sim {

/// A planned failure: a call to the disk that will fail, or do less than it says.
struct CallFault {
  enum class Call : std::uint8_t {
    kCreate,
    kOpen,
    kList,
    kRead,
    kAppend,
    kReserve,
    kTruncate,
    kSync,
    kRename,
    kRemove,
    kSyncDirectory,
  };
  enum class Effect : std::uint8_t {
    kError,       // nothing is done; returns kIoError
    kNoSpace,     // create, append, reserve: nothing is done; returns kNoSpace
    kShortWrite,  // append: half of the bytes are written; returns kNoSpace
    kDropped,     // sync, sync-directory: unsynced data stays visible but is never written; returns kIoError
    kReverted,    // sync: the old bytes are back; returns kIoError
    kLate,        // sync, sync-directory: as kDropped, but only the next sync reports it
  };
  Call call = Call::kRead;
  Effect effect = Effect::kError;
  std::uint64_t n = 1;  // counts calls of the kind from now on; 1: the next one
  bool sticky = false;  // all later calls of the kind fail, too

  bool operator==(const CallFault&) const = default;
};

constexpr std::uint8_t kCallCount = static_cast<std::uint8_t>(CallFault::Call::kSyncDirectory) + 1;

/// As written in a scenario after "fail": "eio-read 3", "fsync-fails dropped 1 sticky". parse_call_fault reads it
/// back.
std::string to_string(const CallFault& fault);
/// kInvalidArgument; the message says what was expected.
Result<CallFault> parse_call_fault(const std::vector<std::string>& words);
/// A clause: "the 3rd write fails with an I/O error (eio-write 3)".
std::string explain(const CallFault& fault);
/// Every way in which a call of this kind can fail, leaving n and sticky at their defaults.
std::vector<CallFault> ways_to_fail(CallFault::Call call);
/// The failure's class.
Fault fault_of(const CallFault& fault);

struct SimDiskOptions {
  std::uint64_t seed = 1;  // together with the disk's contents, determines random()
  /// Whether create and reserve actually reserve space, so that a log ends in zeros until it is sealed.
  bool reserve_space = true;
};

/// `trace` receives every operation that changes the disk; null for none. Not owned.
class SimDisk final : public Disk {
 public:
  explicit SimDisk(DiskState state = {}, SimDiskOptions options = {}, Trace* trace = nullptr);

  /// What is on the disk now.
  const DiskState& state() const { return *state_; }
  /// Makes calls fail as described, until heal(). Replaces an earlier failure planned for the same call.
  void fail(const CallFault& fault);
  /// Makes the n-th operation of this kind from now on fail with the code of `status`, kNoSpace or kIoError.
  void fail(DiskOperation::Kind kind, std::uint64_t n, const Status& status);
  /// Cancels all planned failures.
  void heal() { shared_->failures.clear(); }
  /// Whether a sync has reported success without having written: then it is unknown what is durable.
  bool has_lied() const { return shared_->lied; }
  /// How many calls of the kind there were, including those that failed.
  std::uint64_t calls(CallFault::Call call) const { return shared_->calls[static_cast<std::size_t>(call)]; }
  /// How many planned failures have struck.
  std::uint64_t failed_calls() const { return shared_->failed_calls; }
  /// How many files are open now.
  std::uint64_t open_files() const { return shared_->open_files; }
  /// Limits the total size of all files from now on; 0: no limit. A removed file counts for as long as it is open. A
  /// create or a reservation that does not fit is refused; of a write, the bytes that fit are written. Both return
  /// kNoSpace.
  void limit_space(std::uint64_t bytes) { shared_->space_limit = bytes; }
  /// The total size of all files, in bytes.
  std::uint64_t space_used() const { return shared_->space_used(); }
  /// How many calls were refused because of the limit.
  std::uint64_t refused_calls() const { return shared_->refused_calls; }
  /// From now on nothing is added to the trace.
  void stop_recording() { shared_->trace = nullptr; }
  /// Limits how many bytes a read of a file returns; 0 for no limit. Short reads are always legal, and a good test of
  /// the callers.
  void limit_reads(std::size_t bytes) { shared_->read_limit = bytes; }

  Result<std::unique_ptr<File>> create(std::string_view name, std::uint64_t capacity) override;
  Result<std::unique_ptr<File>> open(std::string_view name) override;
  Result<std::vector<std::string>> list() override;
  Status rename(std::string_view from, std::string_view to) override;
  Status remove(std::string_view name) override;
  Status sync_directory() override;
  Result<std::unique_ptr<DiskLock>> lock(LockMode mode) override;
  std::uint64_t random() override;
  std::uint64_t now_nanoseconds() override { return ++clock_; }

 private:
  class OpenFile;
  class HeldLock;

  // What open files and locks share with their disk: they may outlive it.
  struct Shared {
    DiskState state;
    Trace* trace = nullptr;
    std::vector<CallFault> failures;  // their n counts down
    std::array<std::uint64_t, kCallCount> calls{};
    std::uint64_t failed_calls = 0;
    std::uint64_t open_files = 0;
    std::map<FileId, std::uint64_t> open;  // how many times each
    std::uint64_t space_limit = 0;
    std::uint64_t refused_calls = 0;
    bool lied = false;
    std::size_t read_limit = 0;
    int shared_locks = 0;
    bool exclusive_lock = false;

    // Counts the call. Returns how it is to fail, if it is.
    std::optional<CallFault::Effect> strikes(CallFault::Call call);
    // Records the operation and applies it.
    void record(DiskOperation operation);
    std::uint64_t space_used() const;
    // Refuses or shortens an operation that exceeds the limit. True if it did.
    bool limit(DiskOperation* operation);
    // As record(), unless the call is to fail.
    Status perform(DiskOperation operation);
    Status fail(DiskOperation operation, CallFault::Call call, CallFault::Effect effect);
  };

  std::shared_ptr<Shared> shared_;
  const DiskState* state_;
  SimDiskOptions options_;
  Random random_;
  std::uint64_t clock_ = 0;
  bool was_locked_ = false;  // a LOCK file exists
};

}  // namespace sediment::sim
