// The random tier: long scripts, in which crashes and failing calls are sampled.
//
// The exhaustive tier finds each bug that needs few operations. This one looks for those that need many: 200 operations
// on 50 keys, segments of 400 bytes, hostile values, merges in steps, three crashes one inside the other, rot, failing
// calls. It is divided into *series* of scripts. A series begins with nothing known; each of its scripts is drawn with
// what those before it have reached (guidance.h). So a series is the same on each machine, whatever runs beside it.
//
// The stores of all scripts draw their random numbers (nonces, for example) from only eight seeds, so that disks do not
// count as distinct because of these numbers alone.
#pragma once

#include <cstdint>
#include <functional>

#include "sim/explore/guidance.h"
#include "sim/explore/report.h"
#include "sim/run/judge.h"

namespace sediment::sim {

struct TierOptions;

struct RandomSeries {
  std::uint64_t number = 0;   // decides, together with the seed of the tier, what is drawn
  std::uint64_t scripts = 0;  // at least 1
};

/// How many scripts a series has; the last one of a tier may have fewer. In a longer one more scripts share what they have
/// learnt, but fewer series can be run side by side. It must not depend on how a tier is shared out.
constexpr std::uint64_t kSeriesLength = 64;

/// `begins` is asked before each script; false leaves it out. `done` is called after each. `seen` remembers the disks of
/// the series, `situations` receives what was reached.
ExploreReport explore_series(const RandomSeries& series, const TierOptions& options, SeenDisks* seen,
                             Situations* situations,
                             const std::function<bool(std::size_t script, ExploreReport* report)>& begins,
                             const std::function<void()>& done);

}  // namespace sediment::sim
