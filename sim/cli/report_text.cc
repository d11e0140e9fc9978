#include "sim/cli/report_text.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>

#include "sim/base/parse_number.h"
#include "sim/cli/command_line.h"

#include "sim/base/output.h"

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
  print_output("{}\n", report.title);
  print_output("  scripts    {}, with {} crash points\n", report.scripts, report.crash_points);
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
}

Status tell_violations(const ExploreReport& report, const std::string& folder, bool talks) {
  std::size_t number = 0;
  for (const Violation& violation : report.violations) {
    std::error_code ignored;  // if the folder cannot be made, writing to it fails below
    std::filesystem::create_directories(folder, ignored);
    std::string file;
    do {
      file = fmt::format("{}/failure-{}.json", folder, ++number);
    } while (std::filesystem::exists(file));
    if (Status s = write_scenario(violation.replay, file); !s.ok()) return Status::invalid_argument(s.to_string());
    if (talks) print_output("\n{}", tell(violation, file, program_name()));
  }
  return {};
}

int verdict(const ExploreReport& report) {
  if (!report.clean()) print_output("\n{} scripts fail; the simplest are above\n", report.violation_count);
  if (report.clean() && report.not_replayed == 0) print_output("nothing was lost\n");
  return exit_code_of(report);
}

int exit_code_of(const ExploreReport& report) {
  print_error("{}", tell_not_replayed(report));
  if (!report.clean()) return kFailed;
  return report.not_replayed == 0 ? kOk : kInternalError;
}

}  // namespace sediment::sim
