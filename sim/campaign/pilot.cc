#include "sim/campaign/pilot.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace sediment::sim {

namespace {

constexpr std::uint64_t kRandomScripts = 32;
constexpr std::uint64_t kSmallScripts = 200;
constexpr std::uint64_t kClosedStores = 2;

std::uint64_t scripts_of_pilot(Tier tier) {
  switch (tier) {
    case Tier::kRandom: return kRandomScripts;
    case Tier::kAtRest: return kClosedStores;
    default: return kSmallScripts;
  }
}

std::uint64_t rounded_up(double count) {
  return count < 1 ? 1 : static_cast<std::uint64_t>(std::ceil(std::min(count, 1e15)));
}

}  // namespace

std::uint64_t Pilot::scripts_for_disks(std::uint64_t wanted) const {
  return rounded_up(static_cast<double>(wanted) * static_cast<double>(scripts) /
                    static_cast<double>(std::max<std::uint64_t>(disks, 1)));
}

std::uint64_t Pilot::scripts_for_seconds(double wanted) const {
  return rounded_up(wanted * static_cast<double>(scripts) / std::max(seconds, 1e-6));
}

Pilot run_pilot(TierOptions options, Timeout timeout) {
  options.budget = scripts_of_pilot(options.tier);
  options.shard = {};
  options.jobs = 1;
  options.keeps_disks = true;
  const auto begin = std::chrono::steady_clock::now();
  Pilot pilot;
  const std::vector<TierUnit> units = units_of(options);
  for (const TierUnit& unit : units) pilot.scripts += unit.size();
  (void)explore_units_isolated(
      units, std::vector<bool>(units.size(), false), options, timeout,
      [&](std::size_t, const UnitFindings& findings) { pilot.disks += findings.disks.size(); });
  pilot.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return pilot;
}

}  // namespace sediment::sim
