// What the explorations share: a store is opened on a disk that was made up, and read.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "sim/disk/sim_disk.h"
#include "sim/disk/trace.h"
#include "sim/run/crash_model.h"
#include "sim/run/oracle.h"
#include "sim/run/scenario.h"
#include "sim/run/store_adapter.h"

namespace sediment::sim {

/// Disks that were judged before, with what was expected of them; and recoveries that were struck before.
class SeenDisks {
 public:
  /// True the first time.
  bool insert(std::uint64_t disk, std::uint64_t expectation) { return disks_.insert(disk * 31 + expectation).second; }
  bool insert_recovery(std::uint64_t recovery) { return recoveries_.insert(recovery).second; }

 private:
  std::unordered_set<std::uint64_t> disks_;
  std::unordered_set<std::uint64_t> recoveries_;
};

/// An open of a disk, with what was seen.
struct Opened {
  std::shared_ptr<SimDisk> disk;
  std::unique_ptr<StoreAdapter> store;  // null if it did not open
  Status status;                        // of the open, then of reading everything
  Contents contents;
  std::uint64_t operations = 0;  // on the disk, when the open returned; reading may do more

  bool ok() const { return status.ok(); }
  /// Why not, for people.
  std::string problem() const;
};

/// Opens and reads a store on a disk. `nth` counts the opens of a story, so that each has random numbers of its own.
/// What it does to the disk goes to `trace`, if not null.
Opened open_on(DiskState image, const Scenario& scenario, const StoreKind& kind, std::uint64_t nth,
               const std::set<std::string>& keys, Trace* trace = nullptr);

/// What must be true of an open store, whatever happened before: it takes a write and keeps it through a power cut;
/// what it says of itself is what is on the disk; and after a merge of everything nothing is left that nobody needs.
struct Continuation {
  std::optional<std::string> wrong;
  Oracle oracle = Oracle::kFixpoint;
  bool is_corruption = false;  // the store says so itself
  std::vector<Step> story;     // what was done until then
  std::uint64_t disks_judged = 0;
};
/// Writes, syncs, loses power, opens again, merges. `nth` as above, of the next open. Counts in
/// `judged`.
Continuation judge_continuation(Opened& opened, const Scenario& scenario, const StoreKind& kind, std::uint64_t nth,
                                const std::set<std::string>& keys, Fault fault, JudgedCells* judged);

/// What a store says on a damaged disk.
struct DamagedAnswer {
  std::optional<std::string> wrong;  // none if it is right or says corruption
  bool open_said_corruption = false;
  std::size_t corrupt_keys = 0;
};
DamagedAnswer judge_damaged_disk(DiskState image, const Scenario& scenario, const StoreKind& kind, const Ledger& ledger,
                                 Bounds bounds);

/// kInvalidArgument if the scenario holds a crash, a recovery or a failure: an exploration brings its own.
Status check_explorable(const Scenario& scenario);

/// "crash torn-byte 000001.log 40 after 17".
Step crash_step(const CrashChoice& choice, std::uint64_t after);

}  // namespace sediment::sim
