// sediment-sim trace: writes everything that happens in a scenario as JSON lines.
#include <memory>

#include "engine/tools/printable.h"
#include "sim/base/output.h"
#include "sim/cli/command_line.h"
#include "sim/explore/isolated.h"
#include "sim/run/runner.h"

namespace sediment::sim {

namespace {

struct TraceArguments {
  std::string scenario;
  std::string out;
  std::string store;
  double timeout = kDefaultSeconds;
};

int trace(const TraceArguments& arguments, const Kinds& kinds) {
  Result<Loaded> loaded = load(arguments.scenario, kinds, arguments.store);
  if (!loaded.ok()) return usage_error(loaded.status());
  const auto death = death_of(loaded->scenario, *loaded->kind, timeout_of(arguments.timeout));
  if (death) {  // the trace ends before that step
    print_error("{}\n", tools::printable(death->sentence));
    loaded->scenario.steps.resize(death->steps > 0 ? death->steps - 1 : 0);
    if (death->steps == 0) return kFailed;
  }
  Runner runner(loaded->scenario, *loaded->kind);
  const StepReport last = runner.run();
  if (arguments.out.empty()) {
    write_output(text_of(runner.trace()));
  } else if (Status s = write_file(arguments.out, text_of(runner.trace())); !s.ok()) {
    return usage_error(s);
  }
  return last.passed && !death ? kOk : kFailed;
}

}  // namespace

void add_trace(CLI::App& app, Invocation& invocation) {
  const auto arguments = std::make_shared<TraceArguments>();
  CLI::App* command = app.add_subcommand("trace", "Run a scenario and write down everything that happens.");
  command->add_option("SCENARIO", arguments->scenario, "a JSON file")->required();
  add_store(command, &arguments->store, "the one that the scenario names, or the engine");
  add_timeout(command, &arguments->timeout);
  command->add_option("--out", arguments->out, "the output file (default: standard output)");
  command->footer("Example: sediment-sim trace failure-1.json --out t.jsonl && sediment-viz --trace t.jsonl");
  command->callback([arguments, &invocation] { invocation.exit_code = trace(*arguments, invocation.kinds); });
}

}  // namespace sediment::sim
