// The search, tier by tier: which scripts are explored, under which faults, and by how many threads and machines.
//
//   exhaustive   all scripts of up to 4 operations over {put a, put b, remove a, sync, roll, merge, merge step,
//                reopen}, every crash in each (explore.h). Most crash bugs need no more than that
//   errors       all scripts of up to 3 operations; every n-th call of every kind fails (explore_errors.h)
//   at-rest      closed stores, damaged in every way (explore_at_rest.h); and rot against tear
//   random       long scripts of up to 200 operations, and some of all crashes (random_tier.h)
//
// The scripts are divided into units. Each unit is explored by itself and remembers the disks that it has seen. Shards
// and threads share out the units, and the report is the sum of all units in order, so it does not depend on how they
// were shared out.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/explore/explore.h"
#include "sim/explore/explore_at_rest.h"
#include "sim/explore/random_tier.h"

namespace sediment::sim {

enum class Tier : std::uint8_t { kExhaustive, kErrors, kAtRest, kRandom };

/// "exhaustive" and so on. Never fails.
std::string_view name_of(Tier tier);
std::optional<Tier> parse_tier(std::string_view name);

struct Shard {
  std::uint64_t index = 0;  // from 0
  std::uint64_t count = 1;
};

struct TierOptions {
  Tier tier = Tier::kExhaustive;
  std::uint64_t seed = 1;
  std::size_t operations = 0;  // maximum per script; 0: 4 in the exhaustive tier, 3 in the error tier, 200 at random
  /// Maximum number of scripts, spread evenly over all of them; the seed decides which ones. 0: all; of random ones,
  /// which have no end, kRandomScripts.
  std::uint64_t budget = 0;
  Shard shard = {};
  unsigned jobs = 0;         // threads; 0: one per core
  bool keeps_disks = false;  // UnitFindings::disks is wanted
  ExploreOptions explore = {};
};

constexpr std::uint64_t kRandomScripts = 1000;

/// Whether the kind's verbs can be searched: each is a whole step, such as "put a". kInvalidArgument names one that is
/// not.
Status check_verbs(const StoreKind& kind);

/// Whether there are few enough scripts to search. kInvalidArgument says how many there are.
Status check_size(const TierOptions& options);

/// The scripts of one shard, in the order of their reports. Each unit is explored by one thread.
struct TierUnit {
  std::vector<Scenario> scripts;
  bool is_rot_against_tear = false;                   // explore_rot_against_tear, instead of scripts
  std::optional<RandomSeries> series = std::nullopt;  // drawn while it is explored, instead of scripts

  /// How many scripts it has.
  std::size_t size() const { return series ? static_cast<std::size_t>(series->scripts) : scripts.size(); }
};
std::vector<TierUnit> units_of(const TierOptions& options);

/// `begins` is called before each script with the unit's report so far, to which it may add; false leaves the script
/// out. `done` is called after each script.
struct UnitProgress {
  std::function<bool(std::size_t script, ExploreReport* report)> begins = {};
  std::function<void()> done = {};
};
struct UnitFindings {
  ExploreReport report;
  std::vector<std::uint64_t> disks;  // fingerprints, sorted, each once; empty unless TierOptions::keeps_disks
  Situations situations;             // of the random tier: guidance.h
};
UnitFindings explore_unit(const TierUnit& unit, const TierOptions& options, const UnitProgress& progress = {});
Result<ExploreReport> explore_script(const Scenario& script, const TierOptions& options, SeenDisks* seen);
/// The report of the tier from those of its units.
ExploreReport sum_of(const std::vector<ExploreReport>& units, const TierOptions& options);

/// How many threads run_tier will use.
unsigned threads_of(const TierOptions& options);

/// The options must pass check_verbs and check_size. `progress` receives the number of scripts done, and the total; it is called
/// from several threads, one at a time, and with 0 of 0 while the scripts are being listed. An exception from a store is
/// a violation; from a kind that passes its exceptions on, it ends the search and is rethrown here. A store that ends the
/// process ends the search: isolated.h.
ExploreReport run_tier(const TierOptions& options, const Progress& progress = {});

}  // namespace sediment::sim
