// sediment-sim campaign: a search in units that any engine can run, and their report (docs/campaigns.md).
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/shell/options.h"
#include "engine/tools/printable.h"
#include "sim/base/output.h"
#include "sim/base/plural.h"
#include "sim/campaign/files.h"
#include "sim/campaign/picture.h"
#include "sim/campaign/pilot.h"
#include "sim/campaign/run_unit.h"
#include "sim/campaign/summary.h"
#include "sim/cli/command_line.h"
#include "sim/cli/progress_line.h"
#include "sim/cli/report_text.h"
#include "sim/explore/stories.h"

namespace sediment::sim {

namespace {

namespace fs = std::filesystem;

struct CampaignArguments {
  std::string action;
  std::vector<std::string> paths;
  // plan
  std::string tier = "random";
  std::string store;
  std::string profile = "posix";
  std::vector<std::string> without;
  std::string out;
  TierOptions options = {.shard = {0, 256}};
  std::optional<double> hours;
  std::optional<std::uint64_t> disks;
  std::optional<std::uint64_t> budget;
  std::optional<unsigned> depth;
  double timeout = kDefaultSeconds;
  // run
  double checkpoint = 10;
  // report
  std::string failures;
  std::string plot;
  bool json = false;
};

Status invalid(std::string text) { return Status::invalid_argument(std::move(text)); }

// The exit code for a status: output that was lost is something else than a wrong argument.
int failed_with(const Status& status) {
  if (!status.is(StatusCode::kNoSpace) && !status.is(StatusCode::kIoError)) return usage_error(status);
  print_error("{}\n", tools::printable(status.to_string()));
  return kExitIoError;
}

// ---- plan

// How many scripts there are to be: as many as asked for, or as many as take so long or give so many disks here.
Result<std::uint64_t> budget_of(const CampaignArguments& arguments, const TierOptions& options) {
  const int given =
      int(arguments.hours.has_value()) + int(arguments.disks.has_value()) + int(arguments.budget.has_value());
  if (given > 1) return invalid("give one of --hours, --disks and --budget");
  if (arguments.budget) return *arguments.budget;
  if (!arguments.hours && !arguments.disks) {
    if (options.tier == Tier::kRandom)
      return invalid("a random campaign has no end: give --hours, --disks or --budget");
    return 0;
  }
  const Pilot pilot = run_pilot(options, timeout_of(arguments.timeout));
  print_error("measured with {}: {:.0f} distinct disks per script, {:.0f} per second on one core\n",
              plural(pilot.scripts, "script"), static_cast<double>(pilot.disks) / static_cast<double>(pilot.scripts),
              static_cast<double>(pilot.disks) / pilot.seconds);
  return arguments.hours ? pilot.scripts_for_seconds(*arguments.hours * 3600)
                         : pilot.scripts_for_disks(*arguments.disks);
}

int plan_campaign(const CampaignArguments& arguments, const Kinds& kinds) {
  if (!arguments.paths.empty())
    return usage_error(invalid(arguments.paths.front() + ": plan takes a folder with --out"));
  if (arguments.out.empty()) return usage_error(invalid("campaign plan needs --out DIR"));
  Plan plan;
  TierOptions& options = plan.options;
  options = arguments.options;
  const Result<Tier> tier = tier_named(arguments.tier);
  if (!tier.ok()) return usage_error(tier.status());
  const Result<DeviceProfile> profile = profile_named(arguments.profile);
  if (!profile.ok()) return usage_error(profile.status());
  Result<const StoreKind*> kind = kinds.find(arguments.store.empty() ? kinds.first().name : arguments.store);
  if (!kind.ok()) return usage_error(kind.status());
  plan.store = (*kind)->name;
  plan.timeout = timeout_of(arguments.timeout);
  options.tier = *tier;
  options.explore.kind = *kind;
  options.explore.profile = *profile;
  options.explore.recovery_depth = arguments.depth.value_or(*tier == Tier::kRandom ? 2 : 1);
  for (const std::string& fault : arguments.without) {
    if (Status s = options.explore.without.add(fault); !s.ok()) return usage_error(s);
  }
  if (Status s = check_verbs(**kind); !s.ok()) return usage_error(s);
  const Result<std::uint64_t> budget = budget_of(arguments, options);
  if (!budget.ok()) return usage_error(budget.status());
  options.budget = *budget;
  if (Status s = check_size(options); !s.ok()) return usage_error(s);
  Result<std::string> checksum = program_checksum();
  if (!checksum.ok()) return failed_with(checksum.status());
  plan.program = *checksum;

  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  if (Status s = write_campaign(plan, arguments.out, error ? program_name() : self.string()); !s.ok())
    return failed_with(s);
  const std::string out = tools::printable(arguments.out);
  print_output("{}: {} tier, {}, {}\n", out, arguments.tier, plural(plan.units(), "unit"),
               options.budget == 0 ? "all scripts" : grouped(options.budget) + " scripts");
  print_output("run it with {0}/run.sh, or {0}/submit.slurm, or {0}/job.yaml; then {1} campaign report {0}\n", out,
               program_name());
  return kOk;
}

// ---- run

int run_one(const std::string& path, const CampaignArguments& arguments, const Kinds& kinds) {
  Result<Unit> unit = read_unit(path);
  if (!unit.ok()) return usage_error(unit.status());
  const Result<std::string> checksum = program_checksum();
  if (!checksum.ok()) return failed_with(checksum.status());
  if (*checksum != unit->plan.program) {
    return usage_error(invalid(path + ": it was planned by another build of this program (" + unit->plan.program +
                               ", and this one is " + *checksum +
                               "), which may find something else; run the program that planned it, or plan anew"));
  }
  Result<const StoreKind*> kind = kinds.find(unit->plan.store);
  if (!kind.ok()) return usage_error(kind.status());
  unit->plan.options.explore.kind = *kind;
  // DIR/units/00017.json belongs to DIR.
  const fs::path folder = fs::absolute(path).parent_path().parent_path();
  ProgressLine progress("unit " + std::to_string(unit->number()) + ", rounds");
  UnitRun run;
  run.checkpoint_seconds = arguments.checkpoint;
  run.progress = [&](std::uint64_t done, std::uint64_t of) { progress.show(done, of); };
  run.note = [&](const std::string& sentence) {
    progress.clear();
    print_error("{}\n", tools::printable(sentence));
  };
  const Result<UnitEnd> end = run_unit(*unit, folder.string(), run);
  progress.clear();
  if (!end.ok()) {
    print_error("unit {} is not complete, and counts nothing until it is run again\n", unit->number());
    return failed_with(end.status());
  }
  print_output("unit {} {}\n", unit->number(), *end == UnitEnd::kRun ? "is complete" : "was complete already");
  return kOk;
}

int run_units(const CampaignArguments& arguments, const Kinds& kinds) {
  if (arguments.paths.empty())
    return usage_error(invalid("campaign run needs the file of a unit, such as DIR/units/00000.json"));
  int exit_code = kOk;
  for (const std::string& path : arguments.paths) {
    if (const int code = run_one(path, arguments, kinds); code != kOk) exit_code = code;
  }
  return exit_code;
}

// ---- report

std::string listed(const std::vector<std::uint64_t>& units) {
  constexpr std::size_t kMost = 20;
  std::string text;
  for (std::size_t i = 0; i < std::min(units.size(), kMost); ++i)
    text += (i > 0 ? ", " : "") + std::to_string(units[i]);
  return units.size() > kMost ? text + " and " + std::to_string(units.size() - kMost) + " more" : text;
}

void print_summary(const Summary& summary) {
  print_report(summary.report);
  print_output("  units      {} of {} complete\n", grouped(summary.plan.units() - summary.missing.size()),
               grouped(summary.plan.units()));
  if (!summary.is_complete()) print_output("  missing    {}\n", listed(summary.missing));
  for (const std::string& each : summary.damaged) print_output("  damaged    {}\n", tools::printable(each));
  print_output("  distinct   {} different disks in all units together\n", grouped(summary.distinct_disks));
  print_output("  situations {} different ones reached\n", grouped(summary.situations.size()));
}

void print_curve(const Summary& summary) {
  if (summary.curve.empty()) return;
  print_output("\n  core time      disks judged   situations\n");
  for (const CurvePoint& point : thinned(summary.curve, 10)) {
    const auto seconds = static_cast<std::uint64_t>(point.core_seconds + 0.5);
    print_output("  {:>3} h {:02} min {:02} s {:>12} {:>12}\n", seconds / 3600, seconds / 60 % 60, seconds % 60,
                 grouped(point.disks), grouped(point.situations));
  }
}

int report_campaign(const CampaignArguments& arguments, const Kinds& kinds) {
  if (arguments.paths.size() != 1)
    return usage_error(invalid("campaign report needs one folder, that of the campaign"));
  const std::string& folder = arguments.paths.front();
  Result<Summary> summary = summarize(folder);
  if (!summary.ok()) return failed_with(summary.status());
  Telling telling{.kinds = kinds,
                  .folder = arguments.failures.empty() ? (fs::path(folder) / "failures").string() : arguments.failures,
                  .most = summary->plan.options.explore.most_violations,
                  .timeout = summary->plan.timeout,
                  .talks = !arguments.json};
  const std::string plot = arguments.plot.empty() ? (fs::path(folder) / "coverage.svg").string() : arguments.plot;
  if (Status s = write_durably(plot, coverage_picture(*summary)); !s.ok()) return failed_with(s);
  for (const std::string& note : summary->notes) print_error("note: {}\n", tools::printable(note));
  int exit_code = kOk;
  if (arguments.json) {
    // Each unit has shrunk its own violations; here the same stories of several units become one.
    const ExploreReport found = summary->report;
    summary->report.violations = stories_of(found, telling.most, [](const Violation& violation) { return violation; });
    write_output(dumped(to_json(*summary)));
    exit_code = exit_code_of(found);
  } else {
    print_summary(*summary);
  }
  if (Status s = tell_violations(summary->report, telling); !s.ok()) return failed_with(s);
  if (!arguments.json) {
    exit_code = verdict(summary->report);
    print_curve(*summary);
    print_output("\n  the picture is {}\n", tools::printable(plot));
  }
  if (summary->is_complete()) return exit_code;
  print_error("{} of {} units are missing: run them, and report again\n", summary->missing.size(),
              summary->plan.units());
  return exit_code == kOk ? kFailed : exit_code;
}

int campaign_command(const CampaignArguments& arguments, const Kinds& kinds) {
  if (arguments.action == "plan") return plan_campaign(arguments, kinds);
  if (arguments.action == "run") return run_units(arguments, kinds);
  if (arguments.action == "report") return report_campaign(arguments, kinds);
  return usage_error(invalid("there is no \"campaign " + arguments.action + "\"; there are plan, run and report"));
}

void add_plan_options(CLI::App* command, CampaignArguments* arguments) {
  TierOptions& options = arguments->options;
  command->add_option("--tier", arguments->tier, "plan: random, exhaustive, errors or at-rest")->capture_default_str();
  shell::add_number(command, "--hours", &arguments->hours, shell::Range<double>{0.001, 1e7}, "HOURS",
                    "plan: as many scripts as one core explores in so many hours, as measured now");
  shell::add_number(command, "--disks", &arguments->disks, shell::Range<std::uint64_t>{1, 1'000'000'000'000}, "N",
                    "plan: as many scripts as give about so many distinct disks, as measured now");
  shell::add_number(command, "--budget", &arguments->budget, shell::Range<std::uint64_t>{1, 1'000'000'000}, "N",
                    "plan: the number of scripts (default: all, except in the random tier)");
  shell::add_number(command, "--shards", &options.shard.count, shell::Range<std::uint64_t>{1, kMostUnits}, "N",
                    "plan: the number of units")
      ->default_str("256");
  command->add_option("--out", arguments->out, "plan: the folder for the campaign")->type_name("DIR");
  shell::add_number(command, "--seed", &options.seed, shell::Range<std::uint64_t>{}, "N", "plan: decides what is drawn")
      ->default_str("1");
  shell::add_number(command, "--operations", &options.operations, shell::Range<std::size_t>{1, 1000}, "N",
                    "plan: maximum operations per script, as for explore");
  shell::add_number(command, "--depth", &arguments->depth, shell::Range<unsigned>{0, 4}, "N",
                    "plan: maximum depth of crashes inside recoveries, as for explore");
  shell::add_number(command, "--violations", &options.explore.most_violations, shell::Range<std::size_t>{1, 1000}, "N",
                    "plan: how many causes to report, of each unit and in all")
      ->default_str("3");
  command->add_flag("--every-recovery", options.explore.every_recovery, "plan: as for explore");
  command->add_option("--profile", arguments->profile, "plan: the kind of disk, as for explore")->capture_default_str();
  add_store(command, &arguments->store, "the first one");
  command->add_option("--without", arguments->without, "plan: leave out this fault, as for explore; repeatable")
      ->type_name("FAULT")
      ->take_all()
      ->expected(1);
  add_timeout(command, &arguments->timeout);
}

}  // namespace

void add_campaign(CLI::App& app, Invocation& invocation) {
  const auto arguments = std::make_shared<CampaignArguments>();
  CLI::App* command = app.add_subcommand(
      "campaign", "Plan a long search in units that any engine runs, run a unit, or report on all of them.");
  command->add_option("ACTION", arguments->action, "plan, run or report")->required();
  command->add_option("PATH", arguments->paths, "run: files of units; report: the campaign's folder");
  add_plan_options(command, arguments.get());
  shell::add_number(command, "--checkpoint", &arguments->checkpoint, shell::Range<double>{0, 86'400}, "SECONDS",
                    "run: the shortest time between two checkpoints")
      ->default_str("10");
  command
      ->add_option("--failures", arguments->failures,
                   "report: the folder for the scenarios of violations (default: failures in the campaign's folder)")
      ->type_name("FOLDER");
  command
      ->add_option("--plot", arguments->plot,
                   "report: the picture of coverage against time (default: coverage.svg in the campaign's folder)")
      ->type_name("FILE");
  command->add_flag("--json", arguments->json, "report: one JSON object instead of text");
  command->footer(
      "Examples:\n  sediment-sim campaign plan --tier random --hours 8 --shards 256 --out night\n"
      "  night/run.sh                                # GNU parallel; or: cd night && sbatch submit.slurm\n"
      "  sediment-sim campaign run night/units/00017.json\n"
      "  sediment-sim campaign report night");
  command->callback(
      [arguments, &invocation] { invocation.exit_code = campaign_command(*arguments, invocation.kinds); });
}

}  // namespace sediment::sim
