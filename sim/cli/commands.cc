#include "sim/cli/commands.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/base/parse_number.h"
#include "sim/demo/demo.h"
#include "sim/disk/trace.h"
#include "sim/explore/crash_model.h"
#include "sim/explore/explore.h"
#include "sim/explore/shrink.h"
#include "sim/explore/tiers.h"
#include "sim/run/runner.h"
#include "sim/run/scenario.h"

namespace sediment::sim {

namespace {

using nlohmann::json;

constexpr int kOk = 0;
constexpr int kFailed = 1;  // an expectation or an oracle was violated
constexpr int kUsage = 2;

std::string program = "sediment-sim";  // as it was called; set once, at the start

int usage_error(const Status& status) {
  const std::string name = std::filesystem::path(program).filename().string();
  fmt::print(stderr, "{}: {}\n", name, status.message().empty() ? describe(status.code()) : status.message());
  return kUsage;
}

std::string dumped(const json& value) { return value.dump(2, ' ', false, json::error_handler_t::replace) + "\n"; }

Status write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  return file ? Status() : Status::io_error(path, path + " cannot be written");
}

class Kinds {
 public:
  explicit Kinds(const std::vector<const StoreKind*>& kinds) : kinds_(kinds) {}

  Result<const StoreKind*> find(const std::string& name) const {
    std::string names;
    for (const StoreKind* kind : kinds_) {
      if (kind->name == name) return kind;
      names += (names.empty() ? "" : ", ") + kind->name;
    }
    return Status::invalid_argument("there is no store \"" + name + "\" in this program; there is " + names);
  }
  const StoreKind& first() const { return *kinds_.front(); }

 private:
  const std::vector<const StoreKind*>& kinds_;
};

// A scenario, and the kind of store that it is for.
struct Loaded {
  Scenario scenario;
  const StoreKind* kind;
};

Result<Loaded> load(const std::string& path, const Kinds& kinds) {
  Result<Scenario> scenario = read_scenario(path);
  if (!scenario.ok()) return scenario.status();
  Result<const StoreKind*> kind = kinds.find(scenario->store);
  if (!kind.ok()) return kind.status();
  return Loaded{std::move(*scenario), *kind};
}

std::string text_of(const Trace& trace) {
  std::ostringstream text;
  save_trace(trace, text);
  return text.str();
}

// ---- run and replay

struct RunArguments {
  std::string scenario;
  std::string trace_file;
  bool json = false;
  bool quiet = false;
  bool show_disks = false;
};

void print_disk(const SimDisk& disk) {
  for (const auto& [name, id] : disk.state().names()) {
    fmt::print("         {:<14} {:6} bytes\n", name, disk.state().file(id).cached.size());
  }
}

int run(const RunArguments& arguments, const Kinds& kinds) {
  Result<Loaded> loaded = load(arguments.scenario, kinds);
  if (!loaded.ok()) return usage_error(loaded.status());
  const Scenario& scenario = loaded->scenario;
  Runner runner(scenario, *loaded->kind);
  json steps = json::array();
  const bool talks = !arguments.json && !arguments.quiet;
  if (talks) fmt::print("{}\n", scenario.title);
  std::size_t number = 0;
  const StepReport last = runner.run([&](const StepReport& report) {
    if (arguments.json) {
      steps.push_back({{"step", to_json(report.step)},
                       {"outcome", report.outcome},
                       {"passed", report.passed},
                       {"disk_operations", report.disk_operations}});
    } else if (!arguments.quiet || !report.passed) {
      fmt::print("{} {:3}  {:<28} {}\n", report.passed ? ' ' : '!', number, to_string(report.step), report.outcome);
    }
    if (talks && arguments.show_disks && report.passed && report.step[0] == "crash") print_disk(*runner.disk());
    ++number;
  });
  if (!arguments.trace_file.empty()) {
    if (Status s = write_file(arguments.trace_file, text_of(runner.trace())); !s.ok()) return usage_error(s);
  }
  if (arguments.json) {
    std::cout << dumped(
        {{"title", scenario.title}, {"seed", scenario.seed}, {"passed", last.passed}, {"steps", steps}});
  } else if (last.passed) {
    fmt::print("passed: {} steps, {} disk operations\n", number, runner.trace().operation_count());
  } else {
    fmt::print("FAILED at step {} (seed {}): {}\n", number - 1, scenario.seed, last.outcome);
    if (talks && arguments.show_disks && scenario.store == kEngineName) {
      fmt::print("watch it: {}\n", watch_command(program, arguments.scenario));
    }
  }
  return last.passed ? kOk : kFailed;
}

int trace(const std::string& path, const std::string& out, const Kinds& kinds) {
  Result<Loaded> loaded = load(path, kinds);
  if (!loaded.ok()) return usage_error(loaded.status());
  Runner runner(loaded->scenario, *loaded->kind);
  const StepReport last = runner.run();
  if (out.empty()) {
    std::cout << text_of(runner.trace());
  } else if (Status s = write_file(out, text_of(runner.trace())); !s.ok()) {
    return usage_error(s);
  }
  return last.passed ? kOk : kFailed;
}

int shrink_file(const std::string& path, const std::string& out, const Kinds& kinds) {
  Result<Loaded> loaded = load(path, kinds);
  if (!loaded.ok()) return usage_error(loaded.status());
  Result<Scenario> smaller = shrink(loaded->scenario, *loaded->kind);
  if (!smaller.ok()) return usage_error(smaller.status());
  fmt::print(stderr, "{} steps instead of {}\n", smaller->steps.size(), loaded->scenario.steps.size());
  if (out.empty()) {
    std::cout << dumped(to_json(*smaller));
  } else if (Status s = write_scenario(*smaller, out); !s.ok()) {
    return usage_error(Status::invalid_argument(s.to_string()));
  }
  return kOk;
}

// ---- explore

struct ExploreArguments {
  std::vector<std::string> scenarios;
  std::string tier;
  std::string store;
  std::string profile = "posix";
  std::string shard = "0/1";
  std::string out;
  std::string failures = ".";
  TierOptions tier_options;
  ExploreOptions options;
  bool json = false;
};

// How far a long job is: one line that changes on a terminal, a line at each tenth elsewhere.
class ProgressLine {
 public:
  explicit ProgressLine(std::string what) : what_(std::move(what)) {}
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(std::uint64_t done, std::uint64_t of) {
    const double seconds = elapsed();
    const double left = seconds / static_cast<double>(done) * static_cast<double>(of - done);
    if (terminal_) {
      if (seconds < shown_at_ + 0.1 && done != of) return;
      shown_at_ = seconds;
      fmt::print(stderr, "\r\x1b[K{}: {} of {}, about {:.0f} s left", what_, done, of, left);
      std::fflush(stderr);
    } else if (const std::uint64_t tenth = done * 10 / of; tenth > tenth_ && of > 1) {
      tenth_ = tenth;
      if (seconds > 5) fmt::print(stderr, "{}: {} of {}, about {:.0f} s left\n", what_, done, of, left);
    }
  }
  void clear() {
    if (terminal_) fmt::print(stderr, "\r\x1b[K");
  }
  double elapsed() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count(); }

 private:
  std::string what_;
  bool terminal_ = ::isatty(STDERR_FILENO) != 0;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  double shown_at_ = 0;
  std::uint64_t tenth_ = 0;
};

void print_wrapped(const std::string& title, const std::map<std::string, std::uint64_t>& counters) {
  if (counters.empty()) return;
  constexpr std::size_t kWidth = 120;
  std::string line = fmt::format("  {:<10}", title);
  for (const auto& [name, count] : counters) {
    const std::string item = fmt::format(" {} {} ·", name, count);
    if (line.size() + item.size() > kWidth) {
      fmt::print("{}\n", line);
      line = std::string(12, ' ');
    }
    line += item;
  }
  fmt::print("{}\n", line.ends_with("·") ? line.substr(0, line.size() - std::string(" ·").size()) : line);
}

void print_report(const ExploreReport& report) {
  fmt::print("{}\n", report.title);
  fmt::print("  scripts    {}, with {} crash points\n", report.scripts, report.crash_points);
  fmt::print("  struck by  {} crashes ({} of them inside a recovery), {} runs with failing calls, {} damages at rest\n",
             report.crashes, report.recovery_crashes, report.failed_calls, report.damages);
  fmt::print("  recoveries {} struck by crashes of their own, {} alike to one of these\n", report.recoveries_struck,
             report.recoveries_alike);
  fmt::print("  disks      {} distinct ones opened and judged, {} skipped as seen\n", report.disks_judged,
             report.disks_skipped);
  print_wrapped("reached", report.coverage);
  std::map<std::string, std::uint64_t> judged;
  for (std::uint8_t oracle = 0; oracle < kOracleCount; ++oracle) {
    std::uint64_t sum = 0;
    for (std::uint8_t fault = 0; fault < kFaultCount; ++fault) {
      sum += report.judged.at(static_cast<Fault>(fault), static_cast<Oracle>(oracle));
    }
    if (sum > 0) judged[std::string(name_of(static_cast<Oracle>(oracle)))] = sum;
  }
  print_wrapped("oracles", judged);
}

// Saves each violation as a scenario, and tells it.
Status tell_violations(const ExploreReport& report, const std::string& folder, bool talks) {
  std::size_t number = 0;
  for (const Violation& violation : report.violations) {
    std::error_code ignored;  // what cannot be made cannot be written to: that is said below
    std::filesystem::create_directories(folder, ignored);
    std::string file;
    do {
      file = fmt::format("{}/failure-{}.json", folder, ++number);
    } while (std::filesystem::exists(file));
    if (Status s = write_scenario(violation.replay, file); !s.ok()) return Status::invalid_argument(s.to_string());
    if (talks) fmt::print("\n{}", tell(violation, file, program));
  }
  return {};
}

int verdict(const ExploreReport& report) {
  if (report.clean()) {
    fmt::print("nothing was lost\n");
  } else {
    fmt::print("\n{} scripts fail; above are the simplest\n", report.violation_count);
  }
  return report.clean() ? kOk : kFailed;
}

int explore_scenarios(const ExploreArguments& arguments, const Kinds& kinds) {
  json reports = json::array();
  ExploreReport sum;
  for (const std::string& path : arguments.scenarios) {
    Result<Scenario> scenario = read_scenario(path);
    if (!scenario.ok()) return usage_error(scenario.status());
    if (!arguments.store.empty()) scenario->store = arguments.store;
    Result<const StoreKind*> kind = kinds.find(scenario->store);
    if (!kind.ok()) return usage_error(kind.status());
    ExploreOptions options = arguments.options;
    options.kind = *kind;
    ProgressLine progress(scenario->title + ", crash points");
    Result<ExploreReport> report =
        explore(*scenario, options, [&](std::uint64_t done, std::uint64_t of) { progress.show(done, of); });
    progress.clear();
    if (!report.ok()) {
      return usage_error(Status::invalid_argument(path + ": " + std::string(report.status().message())));
    }
    if (arguments.json) reports.push_back(to_json(*report));
    if (!arguments.json) print_report(*report);
    sum.add(*report, arguments.scenarios.size() * options.most_violations);
  }
  if (Status s = tell_violations(sum, arguments.failures, !arguments.json); !s.ok()) return usage_error(s);
  if (!arguments.json) return verdict(sum);
  std::cout << dumped({{"reports", reports}});
  return sum.clean() ? kOk : kFailed;
}

std::optional<Shard> parse_shard(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) return std::nullopt;
  const auto index = parse_number(std::string_view(text).substr(0, slash));
  const auto count = parse_number(std::string_view(text).substr(slash + 1));
  if (!index || !count || *index >= *count) return std::nullopt;
  return Shard{*index, *count};
}

// A part of a campaign: what was searched, and what was found.
json part_of(const ExploreArguments& arguments, const TierOptions& options, const ExploreReport& report) {
  return {{"sediment_report", 1},
          {"tier", name_of(options.tier)},
          {"store", options.explore.kind->name},
          {"seed", options.seed},
          {"operations", options.operations},
          {"budget", options.budget},
          {"recovery_depth", options.explore.recovery_depth},
          {"every_recovery", options.explore.every_recovery},
          {"most_violations", options.explore.most_violations},
          {"profile", options.explore.profile.name},
          {"shard", arguments.shard},
          {"report", to_json(report)}};
}

int explore_tier(ExploreArguments& arguments, const Kinds& kinds) {
  TierOptions options = arguments.tier_options;
  options.explore = arguments.options;
  const auto tier = parse_tier(arguments.tier);
  if (!tier) {
    return usage_error(Status::invalid_argument("there is no tier \"" + arguments.tier +
                                                "\"; there are exhaustive, errors and at-rest"));
  }
  options.tier = *tier;
  const auto shard = parse_shard(arguments.shard);
  if (!shard) return usage_error(Status::invalid_argument("a shard is written i/n, with i from 0 to n - 1"));
  options.shard = *shard;
  Result<const StoreKind*> kind = kinds.find(arguments.store.empty() ? kinds.first().name : arguments.store);
  if (!kind.ok()) return usage_error(kind.status());
  options.explore.kind = *kind;

  ProgressLine progress(arguments.tier + " tier, scripts");
  const ExploreReport report =
      run_tier(options, [&](std::uint64_t done, std::uint64_t of) { progress.show(done, of); });
  progress.clear();
  const double seconds = progress.elapsed();
  const unsigned jobs = threads_of(options);

  const json part = part_of(arguments, options, report);
  if (!arguments.out.empty()) {
    if (Status s = write_file(arguments.out, dumped(part)); !s.ok()) return usage_error(s);
  }
  if (arguments.json) {
    std::cout << dumped(part);
  } else {
    print_report(report);
  }
  fmt::print(stderr, "{:.1f} s with {} threads: {:.0f} judged disks a second and thread\n", seconds, jobs,
             static_cast<double>(report.disks_judged) / seconds / jobs);
  if (Status s = tell_violations(report, arguments.failures, !arguments.json); !s.ok()) return usage_error(s);
  if (arguments.json) return report.clean() ? kOk : kFailed;
  return verdict(report);
}

// ---- report

// Puts the parts of one campaign together.
Result<json> merge_parts(const std::vector<std::string>& paths, ExploreReport* sum) {
  json whole;
  std::vector<std::uint64_t> seen;
  std::uint64_t count = 0;
  for (const std::string& path : paths) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return Status::invalid_argument(path + " cannot be read");
    const json part = json::parse(file, nullptr, false);
    if (!part.is_object() || !part.contains("sediment_report") || !part.contains("report") || !part.contains("shard") ||
        !part["shard"].is_string() || !part.contains("most_violations") ||
        !part["most_violations"].is_number_unsigned()) {
      return Status::invalid_argument(path + ": this is no report of sediment-sim explore --tier … --out");
    }
    const auto shard = parse_shard(part["shard"].get<std::string>());
    Result<ExploreReport> report = report_from_json(part["report"]);
    if (!shard) return Status::invalid_argument(path + ": its shard is not written i/n");
    if (!report.ok()) return Status::invalid_argument(path + ": " + std::string(report.status().message()));
    json head = part;
    head.erase("report");
    head["shard"] = "0/1";
    if (whole.is_null()) {
      whole = head;
      count = shard->count;
      sum->title = report->title;
    }
    if (head != whole || shard->count != count) {
      return Status::invalid_argument(path + ": it belongs to another campaign than " + paths.front());
    }
    if (std::find(seen.begin(), seen.end(), shard->index) != seen.end()) {
      return Status::invalid_argument(path + ": shard " + std::to_string(shard->index) + " is there twice");
    }
    seen.push_back(shard->index);
    sum->add(*report, part["most_violations"].get<std::size_t>());
  }
  if (seen.size() != count) {
    return Status::invalid_argument("of " + std::to_string(count) + " shards only " + std::to_string(seen.size()) +
                                    " are here");
  }
  whole["report"] = to_json(*sum);
  return whole;
}

int report(const std::vector<std::string>& paths, const std::string& failures, bool as_json) {
  ExploreReport sum;
  Result<json> whole = merge_parts(paths, &sum);
  if (!whole.ok()) return usage_error(whole.status());
  if (as_json) {
    std::cout << dumped(*whole);
    return sum.clean() ? kOk : kFailed;
  }
  print_report(sum);
  if (Status s = tell_violations(sum, failures, true); !s.ok()) return usage_error(s);
  return verdict(sum);
}

}  // namespace

int run_commands(int argc, char** argv, const std::vector<const StoreKind*>& store_kinds) {
  const Kinds kinds(store_kinds);
  program = argv[0];
  CLI::App app("Runs stores on a simulated disk, and crashes them.");
  app.require_subcommand(1);
  app.footer("Exit codes: 0 all is well, 1 an expectation or an oracle was violated, 2 a usage error.");
  int exit_code = kOk;

  RunArguments run_arguments;
  CLI::App* run_command = app.add_subcommand("run", "Run one scenario, step by step.");
  CLI::App* replay_command =
      app.add_subcommand("replay", "The same, and show what each crash left on the disk. For scenarios of failures.");
  for (CLI::App* command : {run_command, replay_command}) {
    command->add_option("SCENARIO", run_arguments.scenario, "a JSON file; docs/scenarios.md says how to write one")
        ->required();
    command->add_option("--trace", run_arguments.trace_file, "save everything that happened, as JSON lines");
    command->add_flag("--json", run_arguments.json, "one JSON object instead of text");
    command->add_flag("--quiet", run_arguments.quiet, "print only what fails");
  }
  run_command->footer("Example: sediment-sim run tests/crash/scenarios/tombstone_too_early.json --trace out.jsonl");
  replay_command->footer("Example: sediment-sim replay failure-1.json");
  run_command->callback([&] { exit_code = run(run_arguments, kinds); });
  replay_command->callback([&] {
    run_arguments.show_disks = true;
    exit_code = run(run_arguments, kinds);
  });

  std::string input;
  std::string output;
  CLI::App* trace_command = app.add_subcommand("trace", "Run a scenario and write down everything that happened.");
  trace_command->add_option("SCENARIO", input, "a JSON file")->required();
  trace_command->add_option("--out", output, "where to; standard output if it is left out");
  trace_command->footer("Example: sediment-sim trace failure-1.json --out t.jsonl && sediment-viz --trace t.jsonl");
  trace_command->callback([&] { exit_code = trace(input, output, kinds); });

  CLI::App* shrink_command = app.add_subcommand("shrink", "Make a failing scenario smaller: leave out steps.");
  shrink_command->add_option("SCENARIO", input, "a JSON file that `run` fails on")->required();
  shrink_command->add_option("--out", output, "where to; standard output if it is left out");
  shrink_command->footer("Example: sediment-sim shrink failure-1.json --out smaller.json");
  shrink_command->callback([&] { exit_code = shrink_file(input, output, kinds); });

  ExploreArguments explore_arguments;
  bool shallow = false;
  CLI::App* explore_command = app.add_subcommand(
      "explore", "Search for a crash that loses something: in scenarios, or in all small scripts of a tier.");
  explore_command->add_option("SCENARIO", explore_arguments.scenarios, "JSON files without crashes of their own");
  explore_command->add_option("--tier", explore_arguments.tier,
                              "exhaustive: every crash in all scripts of up to 4 operations; errors: every n-th call "
                              "fails; at-rest: every damage to closed stores");
  explore_command->add_option("--operations", explore_arguments.tier_options.operations,
                              "the most operations in a script of a tier (default: 4 exhaustive, 3 errors)");
  explore_command
      ->add_option("--budget", explore_arguments.tier_options.budget,
                   "at most so many scripts, spread over all; 0: all of them")
      ->capture_default_str();
  explore_command->add_option("--seed", explore_arguments.tier_options.seed, "other nonces, another choice of scripts")
      ->capture_default_str();
  explore_command->add_option("--jobs", explore_arguments.tier_options.jobs, "threads (default: one a core)");
  explore_command->add_option("--shard", explore_arguments.shard, "do only part i of n, written i/n, i from 0")
      ->capture_default_str();
  explore_command
      ->add_option("--profile", explore_arguments.profile, "the kind of disk: posix, ext4-ordered or nvme-4k")
      ->capture_default_str();
  explore_command->add_option("--store", explore_arguments.store, "which kind of store (default: the engine)");
  explore_command->add_option("--out", explore_arguments.out, "write the report of a tier, for `report`");
  explore_command->add_option("--failures", explore_arguments.failures, "the folder for scenarios of violations")
      ->capture_default_str();
  explore_command
      ->add_option("--depth", explore_arguments.options.recovery_depth, "crashes inside recoveries, nested so deep")
      ->capture_default_str();
  explore_command->add_flag("--every-recovery", explore_arguments.options.every_recovery,
                            "strike also those recoveries that do the same as one that was struck");
  explore_command->add_flag("--shallow", shallow, "no crashes inside recoveries: --depth 0");
  explore_command
      ->add_option("--rot", explore_arguments.options.rot_samples, "bits to flip at each crash point of a scenario")
      ->capture_default_str();
  explore_command->add_flag("--every-bit", explore_arguments.options.every_bit_at_the_end,
                            "at the end of a scenario flip every bit there is");
  explore_command
      ->add_option("--violations", explore_arguments.options.most_violations, "stop after this many in a scenario")
      ->capture_default_str();
  explore_command->add_flag("--json", explore_arguments.json, "one JSON object instead of text");
  explore_command->footer(
      "Examples:\n  sediment-sim explore --tier exhaustive\n  sediment-sim explore --tier errors --budget 500 --json\n"
      "  sediment-sim explore --tier exhaustive --shard 2/4 --out part2.json\n"
      "  sediment-sim explore tests/crash/scenarios/*.json --every-bit");
  explore_command->callback([&] {
    if (shallow) explore_arguments.options.recovery_depth = 0;
    const DeviceProfile* profile = find_profile(explore_arguments.profile);
    if (profile == nullptr) {
      exit_code = usage_error(Status::invalid_argument("there is no profile \"" + explore_arguments.profile +
                                                       "\"; there are posix, ext4-ordered and nvme-4k"));
    } else if (explore_arguments.tier.empty() == explore_arguments.scenarios.empty()) {
      exit_code = usage_error(Status::invalid_argument("explore needs either scenarios or --tier"));
    } else {
      explore_arguments.options.profile = *profile;
      exit_code = explore_arguments.tier.empty() ? explore_scenarios(explore_arguments, kinds)
                                                 : explore_tier(explore_arguments, kinds);
    }
  });

  std::vector<std::string> parts;
  std::string failures = ".";
  bool report_as_json = false;
  CLI::App* report_command = app.add_subcommand("report", "Put the reports of all shards together.");
  report_command->add_option("PART", parts, "what `explore --tier … --out` has written, all shards")->required();
  report_command->add_option("--failures", failures, "the folder for scenarios of violations")->capture_default_str();
  report_command->add_flag("--json", report_as_json, "one JSON object instead of text");
  report_command->footer(
      "Example: for i in 0 1 2 3; do sediment-sim explore --tier exhaustive --shard $i/4 --out part$i.json; done\n"
      "         sediment-sim report part*.json");
  report_command->callback([&] { exit_code = report(parts, failures, report_as_json); });

  CLI::App* model_command = app.add_subcommand("crash-model", "Print docs/crash-model.md: faults, oracles, demands.");
  model_command->callback([] { std::cout << crash_model_document(); });

  DemoArguments demo_arguments;
  CLI::App* demo_command = app.add_subcommand("demo", "Count the words of a text, crash, recover, and compare.");
  demo_command->add_option("TEXT", demo_arguments.texts, "text files")->required()->check(CLI::ExistingFile);
  demo_command->add_option("--sediment", demo_arguments.sediment,
                           "the sediment program, for the part on the real disk");
  demo_command->add_option("--seed", demo_arguments.seed, "another seed, another crash")->capture_default_str();
  demo_command->footer("Example: sediment-sim demo README.md docs/*.md --sediment build/release/bin/sediment");
  demo_command->callback([&] { exit_code = run_demo(demo_arguments); });

  CLI11_PARSE(app, argc, argv);
  return exit_code;
}

}  // namespace sediment::sim
