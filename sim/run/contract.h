// The contract of an adapter, as far as it can be tried out: docs/adapters.md has the whole of it.
//
// A search trusts what an adapter says. If the adapter misunderstands what it is asked, the search reports false
// losses, or misses real ones. So a few steps on an empty disk come first.
#pragma once

#include <string>
#include <vector>

#include "sim/run/store_adapter.h"

namespace sediment::sim {

/// One sentence for each clause that the store breaks, with the clause's name as in docs/adapters.md in front: "get: a
/// key that was never written must be kNotFound, but …". Empty if it keeps all that can be tried.
///
/// Each step is told to this thread's witness before it is done: the store may end the process in it.
std::vector<std::string> broken_clauses(const StoreKind& kind);

/// "`get a` (the last step of `open · put a 1 · get a`)": where a store was when it threw, or ended the process.
std::string last_step_of(const Scenario& scenario);

}  // namespace sediment::sim
