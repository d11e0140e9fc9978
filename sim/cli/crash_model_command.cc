// sediment-sim crash-model: prints docs/crash-model.md.

#include "sim/base/output.h"
#include "sim/cli/command_line.h"
#include "sim/run/crash_model.h"

namespace sediment::sim {

void add_crash_model(CLI::App& app, Invocation&) {
  CLI::App* command = app.add_subcommand("crash-model", "Print docs/crash-model.md: faults, oracles, demands.");
  command->callback([] { write_output(crash_model_document()); });
}

}  // namespace sediment::sim
