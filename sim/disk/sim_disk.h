// A Disk in memory that records what is done to it.
//
// It behaves as a real one does for a process that is alive; what a crash leaves is worked out afterwards, from the
// recorded operations (crash.h). Deterministic: random() is seeded, the clock counts calls, and the directory is listed
// in an order that depends on the seed. One thread at a time.
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

/// A call to the disk that will fail, or do less than it says.
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
    kError,       // nothing is done: kIoError
    kNoSpace,     // create, append and reserve: nothing is done: kNoSpace
    kShortWrite,  // append: half of the bytes are written: kNoSpace
    kDropped,     // sync, sync-directory: what was not durable stays visible, and will never be written: kIoError
    kReverted,    // sync: the old bytes are back: kIoError
    kLate,        // sync, sync-directory: the same as kDropped, but it is the next one that says so
  };
  Call call = Call::kRead;
  Effect effect = Effect::kError;
  std::uint64_t n = 1;  // the n-th next call of the kind; 1: the next one
  bool sticky = false;  // and all that follow

  bool operator==(const CallFault&) const = default;
};

constexpr std::uint8_t kCallCount = static_cast<std::uint8_t>(CallFault::Call::kSyncDirectory) + 1;

/// As it stands in a scenario behind "fail": "eio-read 3", "fsync-fails dropped 1 sticky". parse_call_fault reads it
/// back.
std::string to_string(const CallFault& fault);
/// kInvalidArgument says what was expected.
Result<CallFault> parse_call_fault(const std::vector<std::string>& words);
/// Every way in which a call of this kind can fail, n and sticky apart.
std::vector<CallFault> ways_to_fail(CallFault::Call call);
/// Its class.
Fault fault_of(const CallFault& fault);

struct SimDiskOptions {
  std::uint64_t seed = 1;  // with what the disk holds, decides what random() says
  /// Whether create and reserve do reserve space, so that a log ends in zeros until it is sealed.
  bool reserve_space = true;
};

/// `trace` gets every operation that changes the disk; null for none. Not owned.
class SimDisk final : public Disk {
 public:
  explicit SimDisk(DiskState state = {}, SimDiskOptions options = {}, Trace* trace = nullptr);

  /// What is on the disk now.
  const DiskState& state() const { return *state_; }
  /// Calls will fail from here on as this says, until heal(). A later one takes the place of an earlier one of the same
  /// call.
  void fail(const CallFault& fault);
  /// The n-th next operation of this kind fails with kNoSpace or kIoError, as `status` is.
  void fail(DiskOperation::Kind kind, std::uint64_t n, const Status& status);
  /// No call fails any more.
  void heal() { shared_->failures.clear(); }
  /// Whether a sync has said that it is done, and was not: then nobody can know what is durable.
  bool has_lied() const { return shared_->lied; }
  /// How many calls of the kind there were, those that failed included.
  std::uint64_t calls(CallFault::Call call) const { return shared_->calls[static_cast<std::size_t>(call)]; }
  /// How many planned failures have struck.
  std::uint64_t failed_calls() const { return shared_->failed_calls; }
  /// Files that somebody has open now.
  std::uint64_t open_files() const { return shared_->open_files; }
  /// From here on all files together hold at most so many bytes; 0: as many as they like. What was removed while it is
  /// open counts as long as it is. A create or a reservation that does not fit is refused, of a write the first bytes
  /// are written: kNoSpace.
  void limit_space(std::uint64_t bytes) { shared_->space_limit = bytes; }
  /// How many bytes all files hold.
  std::uint64_t space_used() const { return shared_->space_used(); }
  /// How many calls were refused because of the limit.
  std::uint64_t refused_calls() const { return shared_->refused_calls; }
  /// From here on nothing reaches the trace.
  void stop_recording() { shared_->trace = nullptr; }
  /// Every read of a file returns at most this many bytes; 0 for no limit. Legal at any time, and a good test of its
  /// callers.
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
    std::map<FileId, std::uint64_t> open;  // how often
    std::uint64_t space_limit = 0;
    std::uint64_t refused_calls = 0;
    bool lied = false;
    std::size_t read_limit = 0;
    int shared_locks = 0;
    bool exclusive_lock = false;

    // Counts the call; how it fails if it is its turn to.
    std::optional<CallFault::Effect> strikes(CallFault::Call call);
    // Records the operation and applies it.
    void record(DiskOperation operation);
    std::uint64_t space_used() const;
    // Refuses, or shortens, what does not fit the limit; true if it did.
    bool limit(DiskOperation* operation);
    // The same, unless it is its turn to fail.
    Status perform(DiskOperation operation);
    Status fail(DiskOperation operation, CallFault::Call call, CallFault::Effect effect);
  };

  std::shared_ptr<Shared> shared_;
  const DiskState* state_;
  SimDiskOptions options_;
  Random random_;
  std::uint64_t clock_ = 0;
  bool was_locked_ = false;  // a LOCK file was made
};

}  // namespace sediment::sim
