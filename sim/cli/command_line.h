// What the commands of sediment-sim share: exit codes, messages, the kinds of stores, reading and writing files. Each
// add_… function describes one command to the parser; when that command is called, it sets the exit code.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "engine/status.h"
#include "sim/base/output.h"
#include "sim/disk/fault.h"
#include "sim/disk/trace.h"
#include "sim/explore/tiers.h"
#include "sim/run/scenario.h"
#include "sim/run/store_adapter.h"

namespace sediment::sim {

constexpr int kOk = 0;
constexpr int kFailed = 1;  // an expectation or an oracle was violated
constexpr int kUsage = 2;
constexpr int kInternalError = kExitInternalError;  // for example, a finding that does not replay

/// The stores that this program knows.
class Kinds {
 public:
  explicit Kinds(const std::vector<const StoreKind*>& kinds) : kinds_(kinds) {}

  /// kInvalidArgument; the message names the stores that exist.
  Result<const StoreKind*> find(const std::string& name) const;
  const StoreKind& first() const { return *kinds_.front(); }

 private:
  const std::vector<const StoreKind*>& kinds_;
};

/// One call of the program.
struct Invocation {
  const Kinds& kinds;
  int exit_code = kOk;
};

void add_run(CLI::App& app, Invocation& invocation);  // and replay
void add_trace(CLI::App& app, Invocation& invocation);
void add_shrink(CLI::App& app, Invocation& invocation);
void add_explore(CLI::App& app, Invocation& invocation);
void add_campaign(CLI::App& app, Invocation& invocation);
void add_check_adapter(CLI::App& app, Invocation& invocation);
void add_report(CLI::App& app, Invocation& invocation);
void add_crash_model(CLI::App& app, Invocation& invocation);
void add_demo(CLI::App& app, Invocation& invocation);

/// The program's name as it was called; set once, at the start.
const std::string& program_name();
void set_program_name(const std::string& name);

/// --timeout SECONDS, as a number of seconds.
void add_timeout(CLI::App* command, double* seconds);
constexpr double kDefaultSeconds = 10;
std::chrono::milliseconds timeout_of(double seconds);
/// --store NAME: the kind of store, in place of the scenario's.
void add_store(CLI::App* command, std::string* name, const std::string& otherwise);

/// What --profile and --tier name. kInvalidArgument; the message says which there are.
Result<DeviceProfile> profile_named(const std::string& name);
Result<Tier> tier_named(const std::string& name);

/// Prints what is wrong, and returns the exit code for it.
int usage_error(const Status& status);

/// Indented, with a line break at the end.
std::string dumped(const nlohmann::json& value);
Status write_file(const std::string& path, const std::string& text);
std::string text_of(const Trace& trace);

/// A scenario, and the kind of store that it is for.
struct Loaded {
  Scenario scenario;
  const StoreKind* kind;
};
/// `store`, if it is not empty, replaces the scenario's.
Result<Loaded> load(const std::string& path, const Kinds& kinds, const std::string& store = {});

}  // namespace sediment::sim
