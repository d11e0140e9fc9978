// A Disk in memory that records what is done to it.
//
// It behaves as a real one does for a process that is alive; what a crash leaves is worked out afterwards, from the
// recorded operations (crash.h). Deterministic: random() is seeded, the clock counts calls, and the directory is listed
// in an order that depends on the seed. One thread at a time.
#pragma once

#include <map>
#include <memory>

#include "engine/disk.h"
#include "sim/disk_state.h"
#include "sim/random.h"
#include "sim/trace.h"

namespace sediment::sim {

struct SimDiskOptions {
  std::uint64_t seed = 1;
  /// Whether create reserves the space that it is asked for, so that a log ends in zeros until it is sealed.
  bool reserve_space = true;
};

/// `trace` gets every operation that changes the disk; null for none. Not owned.
class SimDisk final : public Disk {
 public:
  explicit SimDisk(DiskState state = {}, SimDiskOptions options = {}, Trace* trace = nullptr);

  /// What is on the disk now.
  const DiskState& state() const { return *state_; }
  /// The n-th next call of this kind (1: the next one) fails with `status` and changes nothing.
  void fail(DiskOperation::Kind kind, std::uint64_t n, Status status);
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
    std::map<DiskOperation::Kind, std::pair<std::uint64_t, Status>> failures;  // calls to go, and what then
    std::size_t read_limit = 0;
    int shared_locks = 0;
    bool exclusive_lock = false;

    // Records the operation and applies it, unless it is its turn to fail.
    Status perform(DiskOperation operation);
  };

  std::shared_ptr<Shared> shared_;
  const DiskState* state_;
  SimDiskOptions options_;
  Random random_;
  std::uint64_t clock_ = 0;
  bool was_locked_ = false;  // a LOCK file was made
};

}  // namespace sediment::sim
