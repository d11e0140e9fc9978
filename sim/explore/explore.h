// Exploration: every crash that can strike a scenario, and further crashes inside each recovery.
//
// The scenario is run once. Then, for every boundary between two disk operations and every fault of crash.h that can
// strike there, the disk that the crash leaves is built and a store is opened on it. The oracles (crash_model.h)
// check that
//
//   1  it opens, and holds a prefix of the acknowledged writes that is no shorter than the floor (oracle.h)
//   2  the open has edited no log in place, and the store's own records match the disk
//   3  it survives a crash at any disk operation of the recovery itself: after a power cut the second recovery must
//      show exactly what the first would have shown; after a kill, check 1 again. And so on, to the requested depth
//   4  the store works on: after one more write, a sync and a power cut, that write is there and nothing else has
//      changed (only this catches a store that appends after a bad tail); and a merge of everything leaves nothing over
//
// Rot is judged separately: bits are flipped on the disk that the crash leaves, and each key must have its value in one
// allowed prefix or report corruption. Damage to an unsealed log may shorten the prefix (run/damage.h): no checksum can
// tell its last synced records from a torn tail. The kind of store says which files are sealed.
//
// Every violation is replayed before it is reported (ExploreReport::add). One that cannot be reproduced is not a
// violation but an error in this search, and is counted as such.
//
// Disks that were judged before (same bytes, same expectations) are skipped and counted. So are the crashes inside a
// recovery like one that was struck before: it made the same calls with the same bytes, on a disk with the same names
// and the same durability, and showed the same contents. A log torn at byte 40 and one torn at byte 41 recover alike:
// both are opened and judged, but only one of the two recoveries is struck (decision 007).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "sim/explore/left_out.h"
#include "sim/explore/report.h"
#include "sim/explore/sampler.h"
#include "sim/run/judge.h"
#include "sim/run/scenario.h"
#include "sim/run/store_adapter.h"

namespace sediment::sim {

struct ExploreOptions {
  const StoreKind* kind = &engine_kind();
  DeviceProfile profile = device_profiles()[0];
  /// How many crashes may strike inside recoveries, each inside the recovery from the previous one.
  unsigned recovery_depth = 1;
  /// Bits flipped at each boundary, chosen by the scenario's seed.
  std::uint64_t rot_samples = 8;
  /// After the last operation, also flip every bit of every file.
  bool every_bit_at_the_end = false;
  /// Strike every recovery, even if it does the same as one that was already struck.
  bool every_recovery = false;
  /// Also judge how the store works on after a recovery (check 4).
  bool works_on = true;
  /// Crashes strike only in the last step: the earlier steps are explored as scripts of their own.
  bool only_last_step = false;
  std::size_t most_violations = 3;  // stop after this many, each with another cause
  LeftOut without = {};             // these faults do not strike
  Sampler* sampler = nullptr;       // chooses crashes; null: all are explored. Not owned
  /// Only failures of this kind, with its faults: for shrinking a known failure (shrink.h).
  std::optional<FailureKind> only = std::nullopt;

  /// Whether this crash is to be explored.
  bool wants(const CrashChoice& choice) const {
    return (!only || only->is_struck_by(choice)) && !without.leaves_out(choice.fault);
  }
  /// Notes in the report which of these classes of faults are to strike, and which are left out.
  void note_faults(Fault first, Fault last, ExploreReport* report) const;
};

using Progress = std::function<void(std::uint64_t done, std::uint64_t of)>;

/// Without the faults that `options` leaves out.
ExploreOptions adjusted(ExploreOptions options);

/// `progress` receives the number of crash points done, and the total. `seen`, if not null, holds what earlier
/// explorations have judged. kInvalidArgument if the scenario cannot be explored: it holds a crash, or a step that the
/// store does not understand.
Result<ExploreReport> explore(const Scenario& scenario, const ExploreOptions& options, const Progress& progress = {},
                              SeenDisks* seen = nullptr);

}  // namespace sediment::sim
