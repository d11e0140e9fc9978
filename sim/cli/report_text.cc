#include "sim/cli/report_text.h"
#include "engine/tools/printable.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>

#include "sim/base/output.h"
#include "sim/base/parse_number.h"
#include "sim/base/plural.h"
#include "sim/base/printable.h"
#include "sim/explore/stories.h"

namespace sediment::sim {

namespace {

void print_wrapped(const std::string& title, const std::map<std::string, std::uint64_t>& counters) {
  if (counters.empty()) return;
  constexpr std::size_t kWidth = 120;
  std::string line = fmt::format("  {:<10}", title);
  for (const auto& [name, count] : counters) {
    const std::string item = fmt::format(" {} {} ·", name, count);
    if (line.size() + item.size() > kWidth) {
      print_output("{}\n", line);
      line = std::string(12, ' ');
    }
    line += item;
  }
  print_output("{}\n", line.ends_with("·") ? line.substr(0, line.size() - std::string(" ·").size()) : line);
}

// Names that are no numbers, and what they have in common.
void print_list(const std::string& title, const std::vector<std::string>& names, const std::string& why) {
  if (names.empty()) return;
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  print_output("  {:<10} {} ({})\n", title, list, why);
}

}  // namespace

std::optional<Shard> parse_shard(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) return std::nullopt;
  const auto index = parse_number(std::string_view(text).substr(0, slash));
  const auto count = parse_number(std::string_view(text).substr(slash + 1));
  if (!index || !count || *index >= *count) return std::nullopt;
  return Shard{*index, *count};
}

void print_report(const ExploreReport& report) {
  print_output("{}\n", tools::printable(report.title));
  print_output("  scripts    {}, with {} crash points\n", report.scripts, report.crash_points);
  if (report.scripts_skipped > 0) {
    print_output("  skipped    {} scripts, because scripts like them had failed and shown nothing new\n",
                 report.scripts_skipped);
  }
  print_output(
      "  struck by  {} crashes ({} of them inside a recovery), {} runs with failing calls, {} cases of damage at "
      "rest\n",
      report.crashes, report.recovery_crashes, report.failed_calls, report.damages);
  print_output("  recoveries {} crashed as well, {} skipped because they do the same as one of these\n",
               report.recoveries_struck, report.recoveries_alike);
  print_output("  disks      {} distinct ones opened and judged, {} skipped as already seen\n", report.disks_judged,
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
  std::vector<std::string> unjudged;
  for (const Oracle oracle : {Oracle::kFixpoint, Oracle::kSpace, Oracle::kStructure}) {
    const std::string name(name_of(oracle));
    const bool crashes = report.crashes > 0;
    if (crashes && !judged.contains(name)) unjudged.push_back(name);
  }
  print_list("not judged", unjudged, "the store has no check of its own for it, or the case did not come up");
  print_list("not struck", report.never_struck(), "no such fault has struck a disk that was judged");
  print_list("left out", {report.left_out.begin(), report.left_out.end()}, "as --without says");
  for (const ExploreReport::Refusal& refusal : report.refusals()) {
    print_output("  refused    {}\n", tools::printable(refusal.sentence));
  }
  if (!report.stopped.empty()) print_output("  stopped    {}\n", tools::printable(report.stopped));
}

Status tell_violations(const ExploreReport& report, const Telling& telling) {
  const auto shrunk = [&](const Violation& violation) {
    const Result<const StoreKind*> kind = telling.kinds.find(violation.replay.store);
    return kind.ok() ? shrunk_isolated(violation, **kind, telling.timeout) : violation;
  };
  std::size_t number = 0;
  for (const Violation& violation : stories_of(report, telling.most, shrunk)) {
    std::error_code ignored;  // if the folder cannot be made, writing to it fails below
    std::filesystem::create_directories(telling.folder, ignored);
    std::string file;
    do {
      file = fmt::format("{}/failure-{}.json", telling.folder, ++number);
    } while (std::filesystem::exists(file));
    if (Status s = write_scenario(violation.replay, file); !s.ok()) return Status::invalid_argument(s.to_string());
    if (telling.talks) print_output("\n{}", printable_lines(tell(violation, file, program_name())));
  }
  return {};
}

int verdict(const ExploreReport& report) {
  if (!report.clean()) {
    print_output("\n{} cases of {} fail; the stories above are the simplest, and --violations N tells more\n",
                 grouped(report.violation_count), plural(report.violations.size(), "cause"));
  }
  if (!report.broken_contract.empty()) {
    print_output("\nthe adapter breaks its contract (docs/adapters.md), so this search proves nothing:\n");
    for (const std::string& clause : report.broken_contract) print_output("  {}\n", tools::printable(clause));
  }
  if (report.judged_too_little()) {
    for (const ExploreReport::Refusal& refusal : report.refusals()) {
      if (refusal.promised) print_output("{}\n", tools::printable(refusal.sentence));
    }
    print_output(
        "the search proves nothing about what is always refused: fix it, or remove it from the store's verbs\n");
  } else if (report.clean() && report.not_replayed == 0 && report.broken_contract.empty()) {
    print_output("nothing was lost\n");
  }
  return exit_code_of(report);
}

int exit_code_of(const ExploreReport& report) {
  print_error("{}", printable_lines(tell_not_replayed(report)));
  if (!report.clean() || report.judged_too_little() || !report.broken_contract.empty()) return kFailed;
  return report.not_replayed == 0 ? kOk : kInternalError;
}

}  // namespace sediment::sim
