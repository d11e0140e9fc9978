// Exploration: every crash that can strike a scenario, and more inside each recovery from it.
//
// The scenario is run once. Then, for every boundary between two disk operations and every fault of crash.h that can
// strike there, the disk that the crash leaves is built, a store is opened on it, and the oracles judge
// (crash_model.h):
//
//   1  it opens, and holds a prefix of the acknowledged writes that is no shorter than the floor (oracle.h)
//   2  the open has edited no log in place, and what the store says of itself is what is on the disk
//   3  a crash at every disk operation of the recovery itself, and a second recovery: after a power cut it must show
//      exactly what the first one would have; after a kill, oracle 1 again. And so on, as deep as is asked for
//   4  it goes on: one more write, a sync and a power cut later, that write is there too and nothing else has changed
//      (a store that appends behind a bad tail fails only here); and after a merge of everything nothing is left over
//
// Rot is judged apart: bits are flipped on the disk that the crash leaves, and each key must have a right value of one
// allowed prefix or answer with corruption. Damage to a log that is not sealed may shorten the prefix (run/damage.h): no
// checksum can tell its last synced records from a torn tail. Which files are sealed the kind of store says.
//
// Every violation is replayed before it is reported (ExploreReport::add): what cannot be shown again is no violation, but
// an error of this search, and is counted as one.
//
// Disks that were judged before (same bytes, same expectations) are skipped and counted. So are the crashes inside a
// recovery that was struck before: one that made the same calls with the same bytes, on a disk with the same names and
// the same durability, and showed the same contents. A log torn at byte 40 and one torn at byte 41 recover alike; each
// is opened and judged, one of the two recoveries is struck (decision 007).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "sim/explore/report.h"
#include "sim/run/judge.h"
#include "sim/run/scenario.h"
#include "sim/run/store_adapter.h"

namespace sediment::sim {

struct ExploreOptions {
  const StoreKind* kind = &engine_kind();
  DeviceProfile profile = device_profiles()[0];
  /// How many crashes may strike inside recoveries, one inside the recovery from the other.
  unsigned recovery_depth = 1;
  /// Bits flipped at each boundary, chosen by the scenario's seed.
  std::uint64_t rot_samples = 8;
  /// After the last operation flip every bit of every file as well.
  bool every_bit_at_the_end = false;
  /// Strike every recovery, also those that do the same as one that was struck.
  bool every_recovery = false;
  /// Crashes strike in the last step only: the others are explored as scripts of their own.
  bool only_last_step = false;
  std::size_t most_violations = 3;  // then it stops
  /// Only failures of this kind, by its faults: for making a known one smaller (shrink.h).
  std::optional<FailureKind> only = std::nullopt;

  /// Whether a crash is asked for.
  bool wants(const CrashChoice& choice) const { return !only || only->is_struck_by(choice); }
};

using Progress = std::function<void(std::uint64_t done, std::uint64_t of)>;

/// `progress` is told how many crash points are done, and of how many. `seen`, if not null, holds what earlier
/// explorations have judged. kInvalidArgument if the scenario cannot be explored: it holds a crash, or a step that the
/// store does not understand.
Result<ExploreReport> explore(const Scenario& scenario, const ExploreOptions& options, const Progress& progress = {},
                              SeenDisks* seen = nullptr);

}  // namespace sediment::sim
