// sediment-bench: how fast is Sediment, and how fast are others at the same work?
//
//   ./dev bench            everything, about 25 minutes
//   ./dev bench --quick    a small version, a minute or two
//
// Only ratios taken within one run mean anything. So the rounds are interleaved: in each round every contestant runs
// each session once, the order rotates from round to round, and medians are reported.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/bench/machine.h"
#include "tests/bench/process.h"
#include "tests/bench/progress.h"
#include "tests/bench/results.h"
#include "tests/bench/session.h"

namespace sediment::bench {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kSessionLimitSeconds = 300;
constexpr const char* kExamples =
    "Examples:\n"
    "  sediment-bench --quick\n"
    "  sediment-bench --only get-hit,get-miss --contestants sediment,kyoto --rounds 5\n"
    "  sediment-bench --keys 5000000 --only overwrite --no-curves";

std::vector<Group> all_groups(const Settings& settings) {
  std::vector<Group> groups;
  for (const auto& make : {fill_groups, core_groups, open_groups, durable_groups, sediment_groups, text_log_groups}) {
    for (Group& group : make(settings)) groups.push_back(std::move(group));
  }
  return groups;
}

bool is_wanted(const Group& group, const Settings& settings) {
  if (settings.only.empty()) return settings.curves || !group.workloads.empty();
  return std::any_of(group.workloads.begin(), group.workloads.end(),
                     [&](const std::string& workload) { return settings.only.contains(workload); });
}

class Benchmark {
 public:
  explicit Benchmark(Settings settings) : settings_(std::move(settings)) {
    for (Group& group : all_groups(settings_)) {
      if (is_wanted(group, settings_)) groups_.push_back(std::move(group));
    }
  }

  /// The exit code of the program.
  int run();

 private:
  // The contestants of a group that are available and wanted; those that are absent are noted once.
  std::vector<const CatalogEntry*> contestants_of(const Group& group) const;
  double expected_seconds() const;
  void tell_absent() const;
  // False when a contestant returned wrong values.
  bool run_round(int round, Progress& progress);
  bool run_session(const Group& group, const CatalogEntry& entry, int round, Progress& progress);
  // After every round, so that an interrupted run has not measured for nothing.
  void write_results(int rounds_done) const;

  Settings settings_;
  std::vector<Group> groups_;
  Results results_;
};

std::vector<const CatalogEntry*> Benchmark::contestants_of(const Group& group) const {
  std::vector<const CatalogEntry*> contestants;
  for (const CatalogEntry& entry : catalog()) {
    const bool takes_part =
        std::find(group.contestants.begin(), group.contestants.end(), entry.id) != group.contestants.end();
    const bool is_chosen = settings_.contestants.empty() || settings_.contestants.contains(entry.id);
    if (entry.make && takes_part && is_chosen) contestants.push_back(&entry);
  }
  return contestants;
}

double Benchmark::expected_seconds() const {
  double seconds = 0;
  for (const Group& group : groups_) {
    seconds += group.expected_seconds * static_cast<double>(contestants_of(group).size()) * settings_.rounds;
  }
  return seconds;
}

void Benchmark::tell_absent() const {
  for (const CatalogEntry& entry : catalog()) {
    if (!entry.make) {
      fmt::print(stderr, "{} is not measured: {} was not found at build time\n", entry.name, entry.package);
    }
  }
}

// Two benchmarks in one directory would remove each other's stores. Held until the program ends.
void lock_directory(const fs::path& directory) {
  const int file = open((directory / "lock").c_str(), O_CREAT | O_RDWR, 0644);
  if (file < 0 || flock(file, LOCK_EX | LOCK_NB) != 0) {
    throw Failure(
        fmt::format("another benchmark is running in {}, or it cannot be written; choose another with --directory",
                    directory.string()));
  }
}

int Benchmark::run() {
  tell_absent();
  fs::create_directories(settings_.directory);
  lock_directory(settings_.directory);
  if (file_system_of(settings_.directory) == "tmpfs") {
    fmt::print(stderr, "warning: {} is on tmpfs, where a sync does nothing and no disk is involved\n",
               settings_.directory.string());
  }
  {
    Progress progress(expected_seconds());
    for (int round = 0; round < settings_.rounds; ++round) {
      if (!run_round(round, progress)) return 1;
      write_results(round + 1);
    }
  }
  fmt::print("{}", results_.to_table());
  return 0;
}

bool Benchmark::run_round(int round, Progress& progress) {
  for (const Group& group : groups_) {
    std::vector<const CatalogEntry*> order = contestants_of(group);
    if (order.empty()) continue;
    const auto shift = static_cast<std::ptrdiff_t>(static_cast<std::size_t>(round) % order.size());
    std::rotate(order.begin(), order.begin() + shift, order.end());
    for (const CatalogEntry* entry : order) {
      if (!run_session(group, *entry, round, progress)) return false;
      progress.finish(group.expected_seconds);
    }
  }
  return true;
}

bool Benchmark::run_session(const Group& group, const CatalogEntry& entry, int round, Progress& progress) {
  const fs::path directory = settings_.directory / entry.id;
  fs::remove_all(directory);
  fs::create_directories(directory);
  const std::string place = fmt::format("round {}/{}  {}", round + 1, settings_.rounds, entry.id);
  progress.show(fmt::format("{}  {}", place, group.name));
  const auto receive = [&](const Json& message) {
    if (message.contains("doing"))
      progress.show(fmt::format("{}  {}", place, message["doing"].get<std::string>()));
    else
      results_.take(message);
  };
  Ending ending;
  for (const Phase& phase : group.phases) {
    const auto body = [&](const Session::Sink& sink) {
      Session session(settings_, entry, directory, sink);
      phase(session);
    };
    ending = run_in_child(body, receive, kSessionLimitSeconds);
    if (!ending.failure.empty()) break;
  }
  fs::remove_all(directory);
  sync();  // so that the next contestant does not pay for this one's unwritten data
  if (!ending.failure.empty()) {
    progress.tell(fmt::format("{}, {}: {}", entry.id, group.name, ending.failure));
    for (const std::string& workload : group.workloads) {
      results_.add_skipped(workload, "", entry.id, fmt::format("round {}: {}", round + 1, ending.failure));
    }
  }
  return !ending.gave_wrong_values;
}

void Benchmark::write_results(int rounds_done) const {
  if (settings_.json.empty()) return;
  Settings settings = settings_;
  settings.rounds = rounds_done;
  if (settings_.json.has_parent_path()) fs::create_directories(settings_.json.parent_path());
  std::ofstream file(settings_.json);
  file << results_.to_json(settings).dump(1) << '\n';
  if (!file.flush()) throw Failure("cannot write " + settings_.json.string());
}

void check_names(const Settings& settings) {
  for (const std::string& id : settings.contestants) {
    const bool is_known =
        std::any_of(catalog().begin(), catalog().end(), [&](const auto& entry) { return entry.id == id; });
    if (!is_known) throw CLI::ValidationError("--contestants: there is no '" + id + "'");
  }
  std::set<std::string> workloads;
  for (const Group& group : all_groups(settings)) workloads.insert(group.workloads.begin(), group.workloads.end());
  for (const std::string& workload : settings.only) {
    if (!workloads.contains(workload)) {
      throw CLI::ValidationError(
          fmt::format("--only: there is no '{}'; there are {}", workload, fmt::join(workloads, " ")));
    }
  }
}

// What --quick makes smaller, unless the command line says otherwise.
void make_quick(Settings& settings, bool has_rounds, bool has_keys) {
  settings.limit_seconds = 0.5;
  if (!has_rounds) settings.rounds = 1;
  if (!has_keys) settings.keys = 100'000;
}

int run_program(int argument_count, char** arguments) {
  Settings settings;
  settings.directory = "build/bench/data";
  CLI::App app("Measures Sediment and other stores at the same work.");
  app.footer(kExamples);
  std::vector<std::string> only;
  std::vector<std::string> contestants;
  bool has_no_curves = false;
  app.add_flag("--quick", settings.quick, "fewer keys, one round, half a second per workload");
  const auto* rounds = app.add_option("--rounds", settings.rounds, "number of rounds")->check(CLI::PositiveNumber);
  const auto* keys =
      app.add_option("--keys", settings.keys, "number of keys in a store")->check(CLI::Range(1'000, 100'000'000));
  app.add_option("--only", only, "only these workloads")->delimiter(',')->type_name("WORKLOAD,...");
  app.add_option("--contestants", contestants, "only these")->delimiter(',')->type_name("ID,...");
  app.add_flag("--no-curves", has_no_curves, "skip what only the growth curves need");
  app.add_option("--directory", settings.directory, "where to create the stores; on a real disk")->type_name("DIR");
  app.add_option("--json", settings.json, "also write the results to this file")
      ->type_name("FILE")
      ->take_last();  // ./dev passes one
  try {
    app.parse(argument_count, arguments);
    settings.only.insert(only.begin(), only.end());
    settings.contestants.insert(contestants.begin(), contestants.end());
    settings.curves = !has_no_curves;
    if (settings.quick) make_quick(settings, rounds->count() > 0, keys->count() > 0);
    check_names(settings);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  return Benchmark(std::move(settings)).run();
}

}  // namespace
}  // namespace sediment::bench

int main(int argument_count, char** arguments) {
  try {
    return sediment::bench::run_program(argument_count, arguments);
  } catch (const std::exception& error) {
    fmt::print(stderr, "sediment-bench: {}\n", error.what());
    return 1;
  }
}
