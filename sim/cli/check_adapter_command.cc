// sediment-sim check-adapter: tries out the contract of a store's adapter, before a search trusts it.
#include <memory>
#include <nlohmann/json.hpp>

#include "engine/tools/printable.h"
#include "sim/base/output.h"
#include "sim/cli/command_line.h"
#include "sim/explore/isolated.h"
#include "sim/run/contract.h"

namespace sediment::sim {

namespace {

using nlohmann::json;

struct CheckArguments {
  std::string store;
  double timeout = kDefaultSeconds;
};

int check_adapter(const CheckArguments& arguments, const Kinds& kinds) {
  Result<const StoreKind*> kind = kinds.find(arguments.store.empty() ? kinds.first().name : arguments.store);
  if (!kind.ok()) return usage_error(kind.status());
  if (Status s = check_verbs(**kind); !s.ok()) return usage_error(s);
  const auto text =
      text_from_child([&] { return json(broken_clauses(**kind)).dump(-1, ' ', true, json::error_handler_t::replace); },
                      timeout_of(arguments.timeout));
  if (!text) {
    print_output("the store \"{}\" ended the process, or did not return; `explore` tells where\n", (*kind)->name);
    return kFailed;
  }
  const json broken = json::parse(*text);
  for (const json& clause : broken) print_output("{}\n", tools::printable(clause.get<std::string>()));
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
