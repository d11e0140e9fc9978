// The commands of sediment-sim, for any store: to search your own store, link this with a main() of two lines.
#pragma once

#include <vector>

#include "sim/run/store_adapter.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's name
class App;
}

namespace sediment::sim {

struct Invocation;

/// Describes one more command to the parser (cli/command_line.h).
using AddCommand = void (*)(CLI::App& app, Invocation& invocation);

/// Parses the arguments, runs the command, prints. Returns the exit code: 0 success, 1 something was found, 2 usage
/// error, 3 internal error, 4 the output cannot be written or memory ran out. The first kind of store is the default.
/// `more`: commands beside those that every store has.
int run_commands(int argc, char** argv, const std::vector<const StoreKind*>& kinds,
                 const std::vector<AddCommand>& more = {});

}  // namespace sediment::sim
