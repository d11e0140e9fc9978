// sediment-sim report: combines the parts of a campaign into one report.
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "sim/base/json_reader.h"
#include "sim/base/output.h"
#include "sim/cli/command_line.h"
#include "sim/cli/report_text.h"

namespace sediment::sim {

namespace {

using nlohmann::json;

struct ReportArguments {
  std::vector<std::string> parts;
  std::string failures = ".";
  bool json = false;
};

// Combines the parts of one campaign.
Result<json> merge_parts(const std::vector<std::string>& paths, ExploreReport* sum) {
  json whole;
  std::vector<std::uint64_t> seen;
  std::uint64_t count = 0;
  for (const std::string& path : paths) {
    Result<std::string> text = read_text_file(path);
    if (!text.ok()) return text.status();
    Result<json> parsed = parse_json(*text);
    if (!parsed.ok()) return Status::invalid_argument(path + ": " + std::string(parsed.status().message()));
    const json& part = *parsed;
    if (!part.is_object() || !part.contains("sediment_report") || !part.contains("report") || !part.contains("shard") ||
        !part["shard"].is_string() || !part.contains("most_violations") ||
        !part["most_violations"].is_number_unsigned()) {
      return Status::invalid_argument(path + ": this is not a report from sediment-sim explore --tier … --out");
    }
    const auto shard = parse_shard(part["shard"].get<std::string>());
    Result<ExploreReport> report = report_from_json(part["report"]);
    if (!shard) return Status::invalid_argument(path + ": its shard is not of the form i/n");
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
      return Status::invalid_argument(path + ": it belongs to a different campaign than " + paths.front());
    }
    if (std::find(seen.begin(), seen.end(), shard->index) != seen.end()) {
      return Status::invalid_argument(path + ": shard " + std::to_string(shard->index) + " appears twice");
    }
    seen.push_back(shard->index);
    sum->add(*report, kAllCauses);
  }
  if (seen.size() != count) {
    return Status::invalid_argument("only " + std::to_string(seen.size()) + " of " + std::to_string(count) +
                                    " shards are given");
  }
  whole["report"] = to_json(*sum);
  return whole;
}

int report(const ReportArguments& arguments, const Kinds& kinds) {
  ExploreReport sum;
  Result<json> whole = merge_parts(arguments.parts, &sum);
  if (!whole.ok()) return usage_error(whole.status());
  if (arguments.json) {
    write_output(dumped(*whole));
    return exit_code_of(sum);
  }
  print_report(sum);
  const auto most = (*whole)["most_violations"].get<std::size_t>();
  if (Status s = tell_violations(sum, {.kinds = kinds, .folder = arguments.failures, .most = most}); !s.ok())
    return usage_error(s);
  return verdict(sum);
}

}  // namespace

void add_report(CLI::App& app, Invocation& invocation) {
  const auto arguments = std::make_shared<ReportArguments>();
  CLI::App* command = app.add_subcommand("report", "Combine the reports of all shards.");
  command->add_option("PART", arguments->parts, "the files from `explore --tier … --out`, for all shards")->required();
  command->add_option("--failures", arguments->failures, "the folder for the scenarios of violations")
      ->capture_default_str();
  command->add_flag("--json", arguments->json, "one JSON object instead of text");
  command->footer(
      "Example: for i in 0 1 2 3; do sediment-sim explore --tier exhaustive --shard $i/4 --out part$i.json; done\n"
      "         sediment-sim report part*.json");
  command->callback([arguments, &invocation] { invocation.exit_code = report(*arguments, invocation.kinds); });
}

}  // namespace sediment::sim
