// sediment-sim check-adapter: tries out the contract of a store's adapter, before a search trusts it.
#include <memory>

#include "engine/tools/printable.h"
#include "sim/base/output.h"
#include "sim/cli/command_line.h"
#include "sim/explore/isolated.h"

namespace sediment::sim {

namespace {

struct CheckArguments {
  std::string store;
  double timeout = kDefaultSeconds;
};

int check_adapter(const CheckArguments& arguments, const Kinds& kinds) {
  Result<const StoreKind*> kind = kinds.find(arguments.store.empty() ? kinds.first().name : arguments.store);
  if (!kind.ok()) return usage_error(kind.status());
  if (Status s = check_verbs(**kind); !s.ok()) return usage_error(s);
  const std::vector<std::string> broken = broken_clauses_isolated(**kind, timeout_of(arguments.timeout));
  for (const std::string& clause : broken) print_output("{}\n", tools::printable(clause));
  if (!broken.empty()) return kFailed;
  print_output("the adapter of \"{}\" keeps its contract, as far as this can be checked\n", (*kind)->name);
  return kOk;
}

}  // namespace

void add_check_adapter(CLI::App& app, Invocation& invocation) {
  const auto arguments = std::make_shared<CheckArguments>();
  CLI::App* command = app.add_subcommand(
      "check-adapter", "Check that the adapter of a store keeps its contract, which every search relies on.");
  add_store(command, &arguments->store, "the first one");
  add_timeout(command, &arguments->timeout);
  command->footer("Example: sediment-sim check-adapter --store text-log\ndocs/adapters.md explains each clause.");
  command->callback([arguments, &invocation] { invocation.exit_code = check_adapter(*arguments, invocation.kinds); });
}

}  // namespace sediment::sim
