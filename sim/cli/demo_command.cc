// sediment-sim demo: counts words, crashes, recovers, compares.
#include <memory>

#include "engine/shell/options.h"
#include "sim/cli/command_line.h"
#include "sim/demo/demo.h"

namespace sediment::sim {

void add_demo(CLI::App& app, Invocation& invocation) {
  const auto arguments = std::make_shared<DemoArguments>();
  CLI::App* command = app.add_subcommand("demo", "Count the words of a text, crash, recover, and compare.");
  command->add_option("TEXT", arguments->texts, "text files")->required()->check(CLI::ExistingFile);
  command->add_option("--sediment", arguments->sediment, "the sediment program, for the part on a real disk");
  shell::add_number(command, "--seed", &arguments->seed, shell::Range<std::uint64_t>{}, "N",
                    "a different seed gives a different crash")
      ->default_str(std::to_string(arguments->seed));
  command->footer("Example: sediment-sim demo README.md docs/*.md --sediment build/release/bin/sediment");
  command->callback([arguments, &invocation] { invocation.exit_code = run_demo(*arguments); });
}

}  // namespace sediment::sim
