// sediment-sim run and replay: one scenario, step by step.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/tools/printable.h"
#include "sim/base/output.h"
#include "sim/cli/command_line.h"
#include "sim/explore/isolated.h"
#include "sim/explore/report.h"
#include "sim/run/runner.h"

namespace sediment::sim {

namespace {

using nlohmann::json;

struct RunArguments {
  std::string scenario;
  std::string trace_file;
  std::string store;
  double timeout = kDefaultSeconds;
  bool json = false;
  bool quiet = false;
  bool show_disks = false;
};

void print_disk(const SimDisk& disk) {
  for (const auto& [name, id] : disk.state().names()) {
    print_output("         {:<14} {:6} bytes\n", tools::printable(name), disk.state().file(id).cached.size());
  }
}

int run(const RunArguments& arguments, const Kinds& kinds) {
  Result<Loaded> loaded = load(arguments.scenario, kinds, arguments.store);
  if (!loaded.ok()) return usage_error(loaded.status());
  Scenario& scenario = loaded->scenario;
  // A store that ends the process does it in another one first; here the run ends before that step.
  const std::optional<Death> death = death_of(scenario, *loaded->kind, timeout_of(arguments.timeout));
  Step deadly{"open"};
  if (death && death->steps > 0) deadly = scenario.steps[death->steps - 1];
  if (death) scenario.steps.resize(death->steps > 0 ? death->steps - 1 : 0);
  Runner runner(scenario, *loaded->kind);
  json steps = json::array();
  const bool talks = !arguments.json && !arguments.quiet;
  if (talks) print_output("{}\n", tools::printable(scenario.title));
  std::size_t number = 0;
  const auto show = [&](const StepReport& report) {
    if (arguments.json) {
      steps.push_back({{"step", to_json(report.step)},
                       {"outcome", report.outcome},
                       {"passed", report.passed},
                       {"disk_operations", report.disk_operations}});
    } else if (!arguments.quiet || !report.passed) {
      print_output("{} {:3}  {:<28} {}\n", report.passed ? ' ' : '!', number, preview(report.step),
                   tools::printable(report.outcome));
    }
    if (talks && arguments.show_disks && report.passed && report.step[0] == "crash") print_disk(*runner.disk());
    ++number;
  };
  StepReport last;
  if (!death || death->steps > 0) last = runner.run(show);
  if (death && last.passed) {
    last = {deadly, death->sentence, false, runner.trace().operation_count(), death->failure};
    show(last);
  }
  if (!arguments.trace_file.empty()) {
    if (Status s = write_file(arguments.trace_file, text_of(runner.trace())); !s.ok()) return usage_error(s);
  }
  if (arguments.json) {
    write_output(
        dumped({{"title", scenario.title}, {"seed", scenario.seed}, {"passed", last.passed}, {"steps", steps}}));
  } else if (last.passed) {
    print_output("passed: {} steps, {} disk operations\n", number, runner.trace().operation_count());
  } else {
    print_output("FAILED at step {} (seed {}): {}\n", number - 1, scenario.seed, tools::printable(last.outcome));
    if (talks && arguments.show_disks && scenario.store == kEngineName) {
      print_output("watch it: {}\n", watch_command(program_name(), arguments.scenario));
    }
  }
  return last.passed ? kOk : kFailed;
}

}  // namespace

void add_run(CLI::App& app, Invocation& invocation) {
  const auto arguments = std::make_shared<RunArguments>();
  CLI::App* run_command = app.add_subcommand("run", "Run one scenario, step by step.");
  CLI::App* replay_command =
      app.add_subcommand("replay", "Like run, but also show what each crash left on the disk. For saved failures.");
  for (CLI::App* command : {run_command, replay_command}) {
    command->add_option("SCENARIO", arguments->scenario, "a JSON file; docs/scenarios.md explains how to write one")
        ->required();
    add_store(command, &arguments->store, "the one that the scenario names, or the engine");
    add_timeout(command, &arguments->timeout);
    command->add_option("--trace", arguments->trace_file, "where to save everything that happened, as JSON lines");
    command->add_flag("--json", arguments->json, "one JSON object instead of text");
    command->add_flag("--quiet", arguments->quiet, "print only what fails");
  }
  run_command->footer("Example: sediment-sim run tests/crash/scenarios/tombstone_too_early.json --trace out.jsonl");
  replay_command->footer("Example: sediment-sim replay failure-1.json");
  run_command->callback([arguments, &invocation] { invocation.exit_code = run(*arguments, invocation.kinds); });
  replay_command->callback([arguments, &invocation] {
    arguments->show_disks = true;
    invocation.exit_code = run(*arguments, invocation.kinds);
  });
}

}  // namespace sediment::sim
