#include "sim/cli/commands.h"

#include <filesystem>

#include "engine/shell/pages.h"
#include "engine/tools/standard_streams.h"
#include "sim/base/output.h"
#include "sim/cli/command_line.h"

namespace sediment::sim {

namespace {

int parse_and_run(int argc, char** argv, const std::vector<const StoreKind*>& store_kinds) {
  CLI::App app("Runs stores on a simulated disk and crashes them.",
               std::filesystem::path(program_name()).filename().string());
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 success, 1 an expectation or an oracle was violated, 2 usage error, 3 internal error, 4 the "
      "output "
      "cannot be written or memory ran out.");
  const Kinds kinds(store_kinds);
  Invocation invocation{kinds};
  for (const auto add : {add_run, add_trace, add_shrink, add_explore, add_campaign, add_check_adapter, add_report,
                         add_crash_model, add_demo}) {
    add(app, invocation);
  }
  shell::add_pages(app, "sediment-sim 1.0");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& wish) {  // --help, or a page
    write_output(shell::text_of(app, wish));
    return kOk;
  } catch (const CLI::ParseError& error) {
    return usage_error(Status::invalid_argument(
        shell::text_of(app, error, std::vector<std::string>(argv + 1, argv + argc)) + "; --help has examples"));
  }
  return invocation.exit_code;
}

}  // namespace

int run_commands(int argc, char** argv, const std::vector<const StoreKind*>& store_kinds) {
  tools::prepare_standard_streams();
  set_program_name(argc > 0 ? argv[0] : "sediment-sim");
  const std::string name = std::filesystem::path(program_name()).filename().string();
  return run_guarded(name, [&] { return parse_and_run(argc, argv, store_kinds); });
}

}  // namespace sediment::sim
