// sediment-sim: runs a scenario, or searches for a crash that loses data.
#include "engine/posix/descriptor_limit.h"
#include "sim/cli/commands.h"
#include "sim/strike/strike_command.h"

int main(int argc, char** argv) {
  sediment::raise_descriptor_limit();  // the demo opens a real store
  return sediment::sim::run_commands(argc, argv, {&sediment::sim::engine_kind(), &sediment::sim::text_log_kind()},
                                     {sediment::sim::add_strike});
}
