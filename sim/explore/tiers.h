// The search, tier by tier: which scripts are explored, under which faults, and by how many threads and machines.
//
//   exhaustive   all scripts of up to 4 operations over {put a, put b, remove a, sync, roll, merge, merge step,
//                reopen}, every crash in each (explore.h). Most crash bugs need no more than that
//   errors       all scripts of up to 3 operations; every n-th call of every kind fails (explore_errors.h)
//   at-rest      closed stores, damaged in every way (explore_at_rest.h); and rot against tear
//
// The scripts are divided into units. Each unit is explored by itself and remembers the disks that it has seen. Shards
// and threads share out the units, and the report is the sum of all units in order, so it does not depend on how they
// were shared out.
#pragma once

#include <cstdint>
#include <string>

#include "sim/explore/explore.h"
#include "sim/explore/explore_at_rest.h"

namespace sediment::sim {

enum class Tier : std::uint8_t { kExhaustive, kErrors, kAtRest };

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
  std::size_t operations = 0;  // maximum per script; 0: 4 in the exhaustive tier, 3 in the error tier
  /// Maximum number of scripts, spread evenly over all of them; the seed decides which ones. 0: all.
  std::uint64_t budget = 0;
  Shard shard = {};
  unsigned jobs = 0;  // threads; 0: one per core
  ExploreOptions explore = {};
};

/// Whether the kind's verbs can be searched: each is a whole step, such as "put a". kInvalidArgument names one that is
/// not.
Status check_verbs(const StoreKind& kind);

/// How many threads run_tier will use.
unsigned threads_of(const TierOptions& options);

/// The kind's verbs must pass check_verbs. `progress` receives the number of scripts done, and the total; it is called
/// from several threads, one at a time. An exception from a store ends the search and is rethrown here.
ExploreReport run_tier(const TierOptions& options, const Progress& progress = {});

}  // namespace sediment::sim
