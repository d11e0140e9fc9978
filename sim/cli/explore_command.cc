// sediment-sim explore: searches for a crash that loses data, in scenarios or in all small scripts of a tier.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/shell/options.h"
#include "engine/tools/printable.h"
#include "sim/base/output.h"
#include "sim/cli/command_line.h"
#include "sim/cli/progress_line.h"
#include "sim/cli/report_text.h"
#include "sim/explore/explore.h"
#include "sim/explore/isolated.h"
#include "sim/explore/tiers.h"

namespace sediment::sim {

namespace {

using nlohmann::json;

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
  std::vector<std::string> without;
  double timeout = kDefaultSeconds;
  std::optional<unsigned> depth;
  bool json = false;
  bool shallow = false;
};

// Tries out the adapter's contract. A search of a store that breaks it would prove nothing.
void check_contract(const StoreKind& kind, Timeout timeout, ExploreReport* report) {
  const std::vector<std::string> broken = broken_clauses_isolated(kind, timeout);
  report->broken_contract.insert(broken.begin(), broken.end());
}

Telling telling(const ExploreArguments& arguments, const Kinds& kinds) {
  return {.kinds = kinds,
          .folder = arguments.failures,
          .most = arguments.options.most_violations,
          .timeout = timeout_of(arguments.timeout),
          .talks = !arguments.json};
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
    ProgressLine progress(tools::printable(scenario->title) + ", crash points");
    Result<ExploreReport> report =
        explore_isolated(*scenario, options, timeout_of(arguments.timeout),
                         [&](std::uint64_t done, std::uint64_t of) { progress.show(done, of); });
    progress.clear();
    if (!report.ok()) {
      return usage_error(Status::invalid_argument(path + ": " + std::string(report.status().message())));
    }
    check_contract(**kind, timeout_of(arguments.timeout), &*report);
    if (arguments.json) reports.push_back(to_json(*report));
    if (!arguments.json) print_report(*report);
    sum.add(*report, arguments.scenarios.size() * options.most_violations);
  }
  if (Status s = tell_violations(sum, telling(arguments, kinds)); !s.ok()) return usage_error(s);
  if (!arguments.json) return verdict(sum);
  write_output(dumped({{"reports", reports}}));
  return exit_code_of(sum);
}

// One part of a campaign: what was searched, and what was found.
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
          {"without", options.explore.without.names()},
          {"shard", arguments.shard},
          {"report", to_json(report)}};
}

int explore_tier(ExploreArguments& arguments, const Kinds& kinds) {
  TierOptions options = arguments.tier_options;
  options.explore = arguments.options;
  const Result<Tier> tier = tier_named(arguments.tier);
  if (!tier.ok()) return usage_error(tier.status());
  options.tier = *tier;
  const auto shard = parse_shard(arguments.shard);
  if (!shard) return usage_error(Status::invalid_argument("--shard must be i/n, with i from 0 to n - 1"));
  options.shard = *shard;
  Result<const StoreKind*> kind = kinds.find(arguments.store.empty() ? kinds.first().name : arguments.store);
  if (!kind.ok()) return usage_error(kind.status());
  options.explore.kind = *kind;
  if (Status s = check_verbs(**kind); !s.ok()) return usage_error(s);
  if (Status s = check_size(options); !s.ok()) return usage_error(s);
  const Timeout timeout = timeout_of(arguments.timeout);

  ProgressLine progress(arguments.tier + " tier, scripts");
  ExploreReport report =
      run_tier_isolated(options, timeout, [&](std::uint64_t done, std::uint64_t of) { progress.show(done, of); });
  progress.clear();
  const double seconds = progress.elapsed();
  check_contract(**kind, timeout, &report);
  const unsigned jobs = threads_of(options);

  const json part = part_of(arguments, options, report);
  if (!arguments.out.empty()) {
    if (Status s = write_file(arguments.out, dumped(part)); !s.ok()) return usage_error(s);
  }
  if (arguments.json) {
    write_output(dumped(part));
  } else {
    print_report(report);
  }
  print_error("{:.1f} s with {} threads: {:.0f} disks judged per second and thread\n", seconds, jobs,
              static_cast<double>(report.disks_judged) / seconds / jobs);
  if (Status s = tell_violations(report, telling(arguments, kinds)); !s.ok()) return usage_error(s);
  return arguments.json ? exit_code_of(report) : verdict(report);
}

int explore_command(ExploreArguments& arguments, const Kinds& kinds) {
  arguments.options.recovery_depth =
      arguments.shallow ? 0 : arguments.depth.value_or(arguments.tier == "random" ? 2 : 1);
  const Result<DeviceProfile> profile = profile_named(arguments.profile);
  if (!profile.ok()) return usage_error(profile.status());
  if (arguments.tier.empty() == arguments.scenarios.empty()) {
    return usage_error(Status::invalid_argument("explore needs either scenarios or --tier"));
  }
  arguments.options.profile = *profile;
  for (const std::string& fault : arguments.without) {
    if (Status s = arguments.options.without.add(fault); !s.ok()) return usage_error(s);
  }
  return arguments.tier.empty() ? explore_scenarios(arguments, kinds) : explore_tier(arguments, kinds);
}

}  // namespace

void add_explore(CLI::App& app, Invocation& invocation) {
  const auto arguments = std::make_shared<ExploreArguments>();
  CLI::App* command = app.add_subcommand(
      "explore", "Search for a crash that loses data, in scenarios or in all small scripts of a tier.");
  command->add_option("SCENARIO", arguments->scenarios, "JSON files; they must not contain crashes");
  command->add_option("--tier", arguments->tier,
                      "exhaustive: every crash in all scripts of up to 4 operations; errors: every n-th call "
                      "fails; at-rest: every kind of damage to closed stores; random: some crashes in long scripts");
  TierOptions& tier = arguments->tier_options;
  ExploreOptions& options = arguments->options;
  shell::add_number(command, "--operations", &tier.operations, shell::Range<std::size_t>{1, 1000}, "N",
                    "maximum operations per script of a tier (default: 4 exhaustive, 3 errors, 200 random)");
  shell::add_number(command, "--budget", &tier.budget, shell::Range<std::uint64_t>{0, 2'000'000}, "N",
                    "maximum number of scripts, spread evenly over all; 0: all, or 1000 random ones")
      ->default_str("0");
  shell::add_number(command, "--seed", &tier.seed, shell::Range<std::uint64_t>{}, "N",
                    "decides the nonces and the choice of scripts")
      ->default_str("1");
  shell::add_number(command, "--jobs", &tier.jobs, shell::Range<unsigned>{1, 512}, "N",
                    "threads (default: one per core)");
  add_timeout(command, &arguments->timeout);
  command->add_option("--shard", arguments->shard, "run only part i of n, as i/n; i counts from 0")
      ->capture_default_str();
  command->add_option("--profile", arguments->profile, "the kind of disk: posix, ext4-ordered or nvme-4k")
      ->capture_default_str();
  add_store(command, &arguments->store, "the one that the scenario names; for a tier, the first one");
  command
      ->add_option("--without", arguments->without,
                   "leave out this fault, because the store does not promise to survive it; repeatable. A name of "
                   "`sediment-sim crash-model`, or a way in which a call fails (\"eio-read\", \"fsync-fails late\")")
      ->type_name("FAULT")
      ->take_all()
      ->expected(1);
  command->add_option("--out", arguments->out, "where to write the report of a tier, for `report`");
  command->add_option("--failures", arguments->failures, "the folder for the scenarios of violations")
      ->capture_default_str();
  shell::add_number(command, "--depth", &arguments->depth, shell::Range<unsigned>{0, 4}, "N",
                    "maximum depth of crashes inside recoveries (default: 2 in the random tier, otherwise 1)");
  command->add_flag("--every-recovery", arguments->options.every_recovery,
                    "crash every recovery, even one that does the same as an earlier one");
  command->add_flag("--shallow", arguments->shallow, "no crashes inside recoveries, like --depth 0");
  shell::add_number(command, "--rot", &options.rot_samples, shell::Range<std::uint64_t>{0, 1'000'000}, "N",
                    "bits to flip at each crash point of a scenario")
      ->default_str("8");
  command->add_flag("--every-bit", arguments->options.every_bit_at_the_end, "at the end of a scenario, flip every bit");
  shell::add_number(
      command, "--violations", &options.most_violations, shell::Range<std::size_t>{1, 1000}, "N",
      "how many causes to report; the search also stops after this many scripts in which the store dies or hangs")
      ->default_str("3");
  command->add_flag("--json", arguments->json, "one JSON object instead of text");
  command->footer(
      "Examples:\n  sediment-sim explore --tier exhaustive\n  sediment-sim explore --tier errors --budget 500 --json\n"
      "  sediment-sim explore --tier exhaustive --shard 2/4 --out part2.json\n"
      "  sediment-sim explore tests/crash/scenarios/*.json --every-bit");
  command->callback([arguments, &invocation] { invocation.exit_code = explore_command(*arguments, invocation.kinds); });
}

}  // namespace sediment::sim
