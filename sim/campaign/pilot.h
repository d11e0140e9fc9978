// A short search in advance: how long a script of a tier takes, and how many disks it gives.
#pragma once

#include <cstdint>

#include "sim/explore/isolated.h"

namespace sediment::sim {

struct Pilot {
  std::uint64_t scripts = 0;
  double seconds = 0;       // on one core, as busy as it is now
  std::uint64_t disks = 0;  // distinct ones

  /// How many scripts make so many disks, or take so long; at least 1.
  std::uint64_t scripts_for_disks(std::uint64_t wanted) const;
  std::uint64_t scripts_for_seconds(double wanted) const;
};

/// Explores some scripts of the tier, the same ones each time.
Pilot run_pilot(TierOptions options, Timeout timeout);

}  // namespace sediment::sim
