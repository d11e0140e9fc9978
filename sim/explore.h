// Exploration: every crash that can strike a scenario, and one more inside each recovery from it.
//
// The scenario is run once. Then, for every boundary between two disk operations and every fault of crash.h that can
// strike there, the disk that the crash leaves is built, a store is opened on it, and the oracle judges:
//
//   1  it opens, and holds a prefix of the acknowledged writes that is no shorter than the floor (oracle.h)
//   2  what the open showed is durable: a power cut right behind it changes nothing
//   3  it goes on: one more write, a sync and a power cut later, that write is there too and nothing else has changed
//      (a store that appends behind a bad tail fails only here)
//   4  a crash at every disk operation of the recovery itself, and a second recovery: after a power cut it must show
//   exactly
//      what the first one would have; after a kill, oracle 1 again
//
// Rot is judged apart: bits are flipped on the disk that the crash leaves, and each key must have a right value of one
// allowed prefix or answer with corruption. Damage to the newest unsealed log may shorten the prefix: no checksum can
// tell its last synced records from a torn tail.
//
// Disks that were judged before (same bytes, same bounds) are skipped and counted.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "sim/scenario.h"

namespace sediment::sim {

struct ExploreOptions {
  bool crash_in_recovery = true;
  /// Bits flipped at each boundary, chosen by the scenario's seed.
  std::uint64_t rot_samples = 8;
  /// After the last operation flip every bit of every file as well.
  bool every_bit_at_the_end = false;
  std::size_t most_violations = 3;  // then it stops
};

/// A crash that the store did not survive.
struct Violation {
  std::string sentence;  // what went wrong, for people
  Scenario replay;       // ends in that crash, the recovery, and the failure
};

struct ExploreReport {
  std::string title;
  std::uint64_t crash_points = 0;                 // boundaries between disk operations
  std::uint64_t crashes = 0;                      // boundary and fault
  std::uint64_t disks_judged = 0;                 // distinct ones: opened, read and compared
  std::uint64_t disks_skipped = 0;                // seen before
  std::uint64_t recovery_crashes = 0;             // of those crashes, the ones inside a recovery
  std::uint64_t rotten_bits = 0;                  // bits flipped and judged
  std::map<std::string, std::uint64_t> coverage;  // interesting cases that were reached
  std::vector<Violation> violations;

  bool clean() const { return violations.empty(); }
};

/// `progress` is told how many crash points are done, and of how many. kInvalidArgument if the scenario itself does not
/// run, or holds a crash.
Result<ExploreReport> explore(const Scenario& scenario, const ExploreOptions& options,
                              const std::function<void(std::uint64_t, std::uint64_t)>& progress = {});

nlohmann::json to_json(const ExploreReport& report);

}  // namespace sediment::sim
