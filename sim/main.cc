// sediment-sim: run a scenario, or explore every crash that can strike it.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "sim/demo.h"
#include "sim/explore.h"
#include "sim/runner.h"
#include "sim/scenario.h"
#include "sim/trace.h"

namespace {

using namespace sediment;       // NOLINT(google-build-using-namespace): this file is the program
using namespace sediment::sim;  // NOLINT(google-build-using-namespace)

constexpr int kOk = 0;
constexpr int kFailed = 1;  // an expectation or the oracle was violated
constexpr int kUsage = 2;

int usage_error(const Status& status) {
  fmt::print(stderr, "sediment-sim: {}\n", status.message().empty() ? describe(status.code()) : status.message());
  return kUsage;
}

// ---- run

struct RunArguments {
  std::string scenario;
  std::string trace_file;
  bool json = false;
  bool quiet = false;
};

int run(const RunArguments& arguments) {
  Result<Scenario> scenario = read_scenario(arguments.scenario);
  if (!scenario.ok()) return usage_error(scenario.status());
  Runner runner(*scenario);
  nlohmann::json steps = nlohmann::json::array();
  if (!arguments.json && !arguments.quiet) fmt::print("{}\n", scenario->title);
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
    ++number;
  });
  if (!arguments.trace_file.empty()) {
    std::ofstream file(arguments.trace_file);
    save_trace(runner.trace(), file);
    file.close();
    if (!file) return usage_error(Status::io_error(arguments.trace_file, arguments.trace_file + " cannot be written"));
  }
  if (arguments.json) {
    const nlohmann::json result{
        {"title", scenario->title}, {"seed", scenario->seed}, {"passed", last.passed}, {"steps", steps}};
    std::cout << result.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
  } else if (last.passed) {
    fmt::print("passed: {} steps, {} disk operations\n", number, runner.trace().operation_count());
  } else {
    fmt::print("FAILED at step {} (seed {}): {}\n", number - 1, scenario->seed, last.outcome);
  }
  return last.passed ? kOk : kFailed;
}

// ---- explore

struct ExploreArguments {
  std::vector<std::string> scenarios;
  std::string out_folder = ".";
  ExploreOptions options;
  bool json = false;
};

void print_progress(const std::string& title, std::uint64_t done, std::uint64_t of) {
  static const bool terminal = ::isatty(STDERR_FILENO) != 0;
  if (!terminal) return;
  fmt::print(stderr, "\r\x1b[K{}: crash point {} of {}", title, done, of);
  if (done == of) fmt::print(stderr, "\r\x1b[K");
}

void print_report(const ExploreReport& report) {
  fmt::print("{}\n", report.title);
  fmt::print(
      "  {} crash points, {} crashes ({} of them inside a recovery), {} distinct disks opened and judged, {} seen "
      "before, "
      "{} bits rotted\n",
      report.crash_points, report.crashes, report.recovery_crashes, report.disks_judged, report.disks_skipped,
      report.rotten_bits);
  std::string line = "  reached:";
  for (const auto& [name, count] : report.coverage) {
    const std::string item = fmt::format(" {} {} ·", name, count);
    if (line.size() + item.size() > 130) {
      fmt::print("{}\n", line);
      line = "          ";
    }
    line += item;
  }
  fmt::print("{}\n", line.ends_with("·") ? line.substr(0, line.size() - std::string("·").size()) : line);
}

int explore_all(const ExploreArguments& arguments) {
  nlohmann::json reports = nlohmann::json::array();
  std::size_t violations = 0;
  for (const std::string& path : arguments.scenarios) {
    Result<Scenario> scenario = read_scenario(path);
    if (!scenario.ok()) return usage_error(scenario.status());
    Result<ExploreReport> report = explore(*scenario, arguments.options, [&](std::uint64_t done, std::uint64_t of) {
      print_progress(scenario->title, done, of);
    });
    if (!report.ok())
      return usage_error(Status::invalid_argument(path + ": " + std::string(report.status().message())));
    if (arguments.json) reports.push_back(to_json(*report));
    if (!arguments.json) print_report(*report);
    for (const Violation& violation : report->violations) {
      const std::string file = fmt::format("{}/violation-{}.json", arguments.out_folder, ++violations);
      if (Status s = write_scenario(violation.replay, file); !s.ok())
        return usage_error(Status::invalid_argument(s.to_string()));
      if (arguments.json) continue;
      fmt::print("\n  VIOLATION (seed {}): {}\n    it takes: ", scenario->seed, violation.sentence);
      for (const Step& step : violation.replay.steps) fmt::print("{} · ", to_string(step));
      fmt::print("\n    again:    sediment-sim run {}\n", file);
    }
  }
  if (arguments.json)
    std::cout << nlohmann::json{{"reports", reports}}.dump(2, ' ', false, nlohmann::json::error_handler_t::replace)
              << '\n';
  if (!arguments.json)
    fmt::print("{}\n", violations == 0 ? "nothing was lost" : fmt::format("{} violations", violations));
  return violations == 0 ? kOk : kFailed;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Runs stores on a simulated disk, and crashes them.");
  app.require_subcommand(1);
  app.footer("Exit codes: 0 all is well, 1 an expectation or the oracle was violated, 2 a usage error.");
  int exit_code = kOk;

  RunArguments run_arguments;
  CLI::App* run_command = app.add_subcommand("run", "Run one scenario, step by step.");
  run_command->add_option("SCENARIO", run_arguments.scenario, "a JSON file; docs/scenarios.md says how to write one")
      ->required();
  run_command->add_option("--trace", run_arguments.trace_file, "save everything that happened, as JSON lines");
  run_command->add_flag("--json", run_arguments.json, "one JSON object instead of text");
  run_command->add_flag("--quiet", run_arguments.quiet, "print only what fails");
  run_command->footer("Example: sediment-sim run tests/crash/scenarios/tombstone_too_early.json --trace out.jsonl");
  run_command->callback([&] { exit_code = run(run_arguments); });

  ExploreArguments explore_arguments;
  bool shallow = false;
  CLI::App* explore_command =
      app.add_subcommand("explore", "Strike a scenario with every crash, and each recovery with one more.");
  explore_command->add_option("SCENARIO", explore_arguments.scenarios, "JSON files without crashes of their own")
      ->required();
  explore_command->add_option("--out", explore_arguments.out_folder, "where the scenarios of violations are written")
      ->capture_default_str();
  explore_command->add_option("--rot", explore_arguments.options.rot_samples, "bits to flip at each crash point")
      ->capture_default_str();
  explore_command->add_flag("--every-bit", explore_arguments.options.every_bit_at_the_end,
                            "at the end, flip every bit there is");
  explore_command->add_flag("--shallow", shallow, "no crashes inside recoveries");
  explore_command
      ->add_option("--violations", explore_arguments.options.most_violations, "stop after this many in a scenario")
      ->capture_default_str();
  explore_command->add_flag("--json", explore_arguments.json, "one JSON object instead of text");
  explore_command->footer("Example: sediment-sim explore tests/crash/scenarios/*.json --every-bit");
  explore_command->callback([&] {
    explore_arguments.options.crash_in_recovery = !shallow;
    exit_code = explore_all(explore_arguments);
  });

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
