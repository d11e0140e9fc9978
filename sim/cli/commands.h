// The commands of sediment-sim, for any stores: whoever has a store of their own links this with a main() of two lines.
#pragma once

#include <vector>

#include "sim/run/store_adapter.h"

namespace sediment::sim {

/// Parses the arguments, runs the command, prints. The exit code: 0 all is well, 1 something was found, 2 a usage
/// error, 3 an error of this program itself, 4 the output cannot be written or memory is short. The first kind is the
/// one that is meant when none is named.
int run_commands(int argc, char** argv, const std::vector<const StoreKind*>& kinds);

}  // namespace sediment::sim
