#include "sim/cli/command_line.h"
#include "engine/shell/options.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/base/output.h"
#include "sim/base/printable.h"

namespace sediment::sim {

namespace {

std::string program = "sediment-sim";

}  // namespace

const std::string& program_name() { return program; }
void set_program_name(const std::string& name) { program = name; }

Result<DeviceProfile> profile_named(const std::string& name) {
  if (const DeviceProfile* profile = find_profile(name)) return *profile;
  return Status::invalid_argument("there is no profile \"" + name +
                                  "\"; the profiles are posix, ext4-ordered and nvme-4k");
}

Result<Tier> tier_named(const std::string& name) {
  if (const std::optional<Tier> tier = parse_tier(name)) return *tier;
  return Status::invalid_argument("there is no tier \"" + name +
                                  "\"; the tiers are exhaustive, errors, at-rest and random");
}

int usage_error(const Status& status) {
  const std::string name = std::filesystem::path(program).filename().string();
  const std::string_view what = status.message().empty() ? describe(status.code()) : status.message();
  const std::string file =
      status.file().empty() || what.starts_with(status.file()) ? std::string() : std::string(status.file()) + ": ";
  print_error("{}: {}\n", name, tools::printable(file + std::string(what)));
  return kUsage;
}

std::string dumped(const nlohmann::json& value) {
  return tools::json_for_terminals(value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace)) + "\n";
}

Status write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  return file ? Status() : Status::io_error(path, path + " cannot be written");
}

std::string text_of(const Trace& trace) {
  std::ostringstream text;
  save_trace(trace, text);
  return tools::json_for_terminals(text.str());
}

Result<const StoreKind*> Kinds::find(const std::string& name) const {
  std::string names;
  for (const StoreKind* kind : kinds_) {
    if (kind->name == name) return kind;
    names += (names.empty() ? "" : ", ") + kind->name;
  }
  return Status::invalid_argument("there is no store \"" + name + "\" in this program; it has " + names);
}

void add_timeout(CLI::App* command, double* seconds) {
  shell::add_number(command, "--timeout", seconds, shell::Range<double>{0.1, 86'400}, "SECONDS",
                    "how long the store may take for one step before it counts as hanging")
      ->default_str("10");
}

std::chrono::milliseconds timeout_of(double seconds) {
  return std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(seconds * 1000));
}

void add_store(CLI::App* command, std::string* name, const std::string& otherwise) {
  command->add_option("--store", *name, "the kind of store (default: " + otherwise + ")")->type_name("NAME");
}

Result<Loaded> load(const std::string& path, const Kinds& kinds, const std::string& store) {
  Result<Scenario> scenario = read_scenario(path);
  if (!scenario.ok()) return scenario.status();
  if (!store.empty()) scenario->store = store;
  Result<const StoreKind*> kind = kinds.find(scenario->store);
  if (!kind.ok()) return kind.status();
  return Loaded{std::move(*scenario), *kind};
}

}  // namespace sediment::sim
