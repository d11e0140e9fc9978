#include "sim/cli/commands.h"

#include "sim/cli/command_line.h"

namespace sediment::sim {

int run_commands(int argc, char** argv, const std::vector<const StoreKind*>& store_kinds) {
  set_program_name(argv[0]);
  CLI::App app("Runs stores on a simulated disk, and crashes them.");
  app.require_subcommand(1);
  app.footer("Exit codes: 0 all is well, 1 an expectation or an oracle was violated, 2 a usage error.");
  const Kinds kinds(store_kinds);
  Invocation invocation{kinds};
  for (const auto add : {add_run, add_trace, add_shrink, add_explore, add_report, add_crash_model, add_demo}) {
    add(app, invocation);
  }
  CLI11_PARSE(app, argc, argv);
  return invocation.exit_code;
}

}  // namespace sediment::sim
