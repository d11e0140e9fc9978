// sediment-sim strike: searches any program for a crash that it does not survive.
#pragma once

namespace CLI {  // NOLINT(readability-identifier-naming): the library's name
class App;
}

namespace sediment::sim {

struct Invocation;

/// Not among the commands for a store of one's own (cli/commands.h): it needs FUSE, and no adapter.
void add_strike(CLI::App& app, Invocation& invocation);

}  // namespace sediment::sim
