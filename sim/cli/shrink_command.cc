// sediment-sim shrink: leaves out the steps that a failing scenario does not need.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "sim/base/output.h"
#include "sim/cli/command_line.h"
#include "sim/explore/isolated.h"

namespace sediment::sim {

namespace {

struct ShrinkArguments {
  std::string scenario;
  std::string out;
  std::string store;
  double timeout = kDefaultSeconds;
};

int shrink_file(const ShrinkArguments& arguments, const Kinds& kinds) {
  Result<Loaded> loaded = load(arguments.scenario, kinds, arguments.store);
  if (!loaded.ok()) return usage_error(loaded.status());
  Result<Scenario> smaller = shrink_isolated(loaded->scenario, *loaded->kind, timeout_of(arguments.timeout));
  if (!smaller.ok()) return usage_error(smaller.status());
  print_error("{} steps instead of {}\n", smaller->steps.size(), loaded->scenario.steps.size());
  if (arguments.out.empty()) {
    write_output(dumped(to_json(*smaller)));
  } else if (Status s = write_scenario(*smaller, arguments.out); !s.ok()) {
    return usage_error(Status::invalid_argument(s.to_string()));
  }
  return kOk;
}

}  // namespace

void add_shrink(CLI::App& app, Invocation& invocation) {
  const auto arguments = std::make_shared<ShrinkArguments>();
  CLI::App* command = app.add_subcommand("shrink", "Shrink a failing scenario by leaving out steps.");
  command->add_option("SCENARIO", arguments->scenario, "a JSON file for which `run` fails")->required();
  add_store(command, &arguments->store, "the one that the scenario names, or the engine");
  add_timeout(command, &arguments->timeout);
  command->add_option("--out", arguments->out, "the output file (default: standard output)");
  command->footer("Example: sediment-sim shrink failure-1.json --out smaller.json");
  command->callback([arguments, &invocation] { invocation.exit_code = shrink_file(*arguments, invocation.kinds); });
}

}  // namespace sediment::sim
