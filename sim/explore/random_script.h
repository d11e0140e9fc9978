// One long script, drawn at random from what a kind of store can do (random_tier.h).
//
// A script has some *features* and lacks others: verbs, sorts of values and keys, settings of the store, classes of
// faults. Scripts that all have everything look alike; one that never syncs, or only overwrites a single key, gets to
// where the others do not (Groce and others, "Swarm Testing", ISSTA 2012).
//
// The script is run while it is drawn, so that it can use what is on the disk by then: some values are copies of bytes
// that the store has written, records with valid checksums among them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "sim/run/scenario.h"
#include "sim/run/store_adapter.h"

namespace sediment::sim {

constexpr std::size_t kLongestRandomScript = 200;  // operations
constexpr std::size_t kRandomKeys = 50;

/// Everything that a script for this kind of store may have or lack, each as "verb merge step" or "fault torn-byte".
std::vector<std::string> features_of(const StoreKind& kind);

struct RandomScript {
  Scenario scenario;
  std::set<std::string> features;  // those that it has

  bool has(const std::string& feature) const { return features.contains(feature); }
  /// The classes of crashes that are to strike it.
  std::set<Fault> faults() const;
};

/// The same arguments give the same script on each machine. `draw` decides about each feature, in the order of
/// features_of. `seed` decides the rest; `disk_seed` becomes the scenario's seed. At most `longest` operations.
RandomScript random_script(const StoreKind& kind, std::uint64_t seed, std::uint64_t disk_seed, std::size_t longest,
                           const std::function<bool(const std::string& feature)>& draw);

}  // namespace sediment::sim
