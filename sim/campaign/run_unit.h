// Runs one unit of a campaign: from its beginning, or from its checkpoint.
//
// It may be killed at any time, and run again, also while another process runs the same unit: each of them writes the
// same. The search itself is in a process of its own (explore/isolated.h).
#pragma once

#include <functional>
#include <string>

#include "sim/campaign/plan.h"

namespace sediment::sim {

struct UnitRun {
  double checkpoint_seconds = 10;  // a checkpoint at the end of a round, but not more often than this
  Progress progress = {};          // rounds done, and all of them
  std::function<void(const std::string& sentence)> note = {};  // what went wrong without harm
};

enum class UnitEnd : std::uint8_t { kRun, kWasComplete };

/// `unit.plan.options.explore.kind` must be set. kNoSpace and kIoError if the result cannot be written: then the unit
/// counts nothing, and can be run again. kInvalidArgument if the unit cannot be searched.
Result<UnitEnd> run_unit(const Unit& unit, const std::string& folder, const UnitRun& run);

}  // namespace sediment::sim
