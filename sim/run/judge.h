// What the explorations share: opening a store on a made-up disk, and reading it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "sim/disk/sim_disk.h"
#include "sim/disk/trace.h"
#include "sim/run/crash_model.h"
#include "sim/run/oracle.h"
#include "sim/run/scenario.h"
#include "sim/run/store_adapter.h"

namespace sediment::sim {

/// Disks that were judged before, each with what was expected of it; and recoveries that were struck before.
class SeenDisks {
 public:
  /// The checks that judged the disks: those that the store has and that were reached.
  void note_judged(unsigned checks) { judged_ |= checks; }
  bool judged(Check check) const { return (judged_ & static_cast<unsigned>(check)) != 0; }
  /// True the first time.
  bool insert(std::uint64_t disk, std::uint64_t expectation) {
    const bool is_new = disks_.insert(disk * 31 + expectation).second;
    if (is_new) note(disk);
    return is_new;
  }
  /// A disk was judged, and not compared with earlier ones.
  void note(std::uint64_t disk) {
    if (keeps_fingerprints_) fingerprints_.push_back(disk);
  }
  /// From now on the fingerprints of the disks are kept, one for each time that a disk is judged.
  void keep_fingerprints() { keeps_fingerprints_ = true; }
  std::vector<std::uint64_t> take_fingerprints() { return std::move(fingerprints_); }
  bool insert_recovery(std::uint64_t recovery) { return recoveries_.insert(recovery).second; }

 private:
  std::unordered_set<std::uint64_t> disks_;
  std::unordered_set<std::uint64_t> recoveries_;
  std::vector<std::uint64_t> fingerprints_;
  bool keeps_fingerprints_ = false;
  unsigned judged_ = 0;
};

/// A store opened on a disk, and what was seen.
struct Opened {
  std::shared_ptr<SimDisk> disk;
  std::unique_ptr<StoreAdapter> store;  // null if it did not open
  Status status;                        // of the open, or of reading everything after it
  std::optional<std::string> thrown;    // what the store threw meanwhile
  Contents contents;
  std::uint64_t operations = 0;  // on the disk until the open returned; reading may add more

  bool ok() const { return status.ok() && !thrown; }
  /// Why not, as a sentence.
  std::string problem() const;
};

/// Opens a store on a disk and reads it. `nth` counts the opens of a story, so that each has its own random numbers.
/// The store's disk operations go to `trace`, if not null.
Opened open_on(DiskState image, const Scenario& scenario, const StoreKind& kind, std::uint64_t nth,
               const std::set<std::string>& keys, Trace* trace = nullptr);

/// What must be true of an open store, whatever happened before: it accepts a write and keeps it through a power cut;
/// its own records match the disk; and a merge of everything leaves only what is needed.
struct Continuation {
  std::optional<std::string> wrong;
  Oracle oracle = Oracle::kFixpoint;
  bool is_corruption = false;  // the store itself reports corruption
  std::vector<Step> story;     // the steps so far
  std::uint64_t disks_judged = 0;
  unsigned checks = 0;  // those of the store's own that have judged it
};
/// Writes, syncs, loses power, opens again, merges. `nth` is as above, for the next open. Counts in `judged`.
Continuation judge_continuation(Opened& opened, const Scenario& scenario, const StoreKind& kind, std::uint64_t nth,
                                const std::set<std::string>& keys, Fault fault, JudgedCells* judged);

/// Tells this thread's witness that the scenario and these steps are about to be done; and, with `continues`, what
/// judge_continuation does with such a store. There must be a witness.
void announce(Scenario scenario, const std::vector<Step>& more, const StoreKind* continues = nullptr);

/// What a store answers on a damaged disk.
struct DamagedAnswer {
  std::optional<std::string> wrong;  // none if it is right or reports corruption
  bool open_said_corruption = false;
  bool reading_said_corruption = false;
};
DamagedAnswer judge_damaged_disk(DiskState image, const Scenario& scenario, const StoreKind& kind, const Ledger& ledger,
                                 Bounds bounds);

/// kInvalidArgument if the scenario holds a crash, a recovery or a failure: an exploration adds its own.
Status check_explorable(const Scenario& scenario);

/// "crash torn-byte 000001.log 40 after 17".
Step crash_step(const CrashChoice& choice, std::uint64_t after);

}  // namespace sediment::sim
