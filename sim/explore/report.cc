#include "sim/explore/report.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "sim/disk/json_bytes.h"
#include "sim/run/runner.h"

namespace sediment::sim {

namespace {

using nlohmann::json;

struct Count {
  const char* name;
  std::uint64_t ExploreReport::*field;
};
constexpr Count kCounts[] = {
    {"scripts", &ExploreReport::scripts},
    {"crash_points", &ExploreReport::crash_points},
    {"crashes", &ExploreReport::crashes},
    {"disks_judged", &ExploreReport::disks_judged},
    {"disks_skipped", &ExploreReport::disks_skipped},
    {"recovery_crashes", &ExploreReport::recovery_crashes},
    {"recoveries_struck", &ExploreReport::recoveries_struck},
    {"recoveries_alike", &ExploreReport::recoveries_alike},
    {"failed_calls", &ExploreReport::failed_calls},
    {"damages", &ExploreReport::damages},
    {"violation_count", &ExploreReport::violation_count},
    {"not_replayed", &ExploreReport::not_replayed},
};

std::optional<Oracle> parse_oracle(std::string_view name) {
  for (std::uint8_t i = 0; i < kOracleCount; ++i) {
    if (name_of(static_cast<Oracle>(i)) == name) return static_cast<Oracle>(i);
  }
  return std::nullopt;
}

}  // namespace

void ExploreReport::add(const ExploreReport& other, std::size_t most) {
  for (const Count& count : kCounts) this->*count.field += other.*count.field;
  judged.add(other.judged);
  if (not_replayed_example.empty()) not_replayed_example = other.not_replayed_example;
  for (const auto& [name, value] : other.coverage) coverage[name] += value;
  violations.insert(violations.end(), other.violations.begin(), other.violations.end());
  std::stable_sort(violations.begin(), violations.end(), [](const Violation& a, const Violation& b) {
    const auto key = [](const Violation& each) { return std::pair(each.replay.steps.size(), each.oracle); };
    return key(a) < key(b);
  });
  if (violations.size() > most) violations.resize(most);
}

void ExploreReport::add(Violation violation, const StoreKind& kind, const std::optional<FailureKind>& only) {
  Scenario& replay = violation.replay;
  Runner runner(replay, kind);
  std::size_t performed = 0;
  const StepReport last = runner.run([&](const StepReport&) { ++performed; });
  if (last.passed || last.failure.why == Failure::kNonsense) {
    ++not_replayed;
    if (not_replayed_example.empty()) not_replayed_example = violation.sentence + "\n  " + steps_of(replay.steps);
    return;
  }
  const std::size_t whole = replay.steps.size();
  replay.steps.resize(steps_until_failure(replay, performed));
  if (replay.steps.size() < whole) {
    violation.sentence = "In `" + steps_of(replay.steps) + "` the last step fails: " + last.outcome;
  }
  if (only && !is_same_kind(*only, failure_kind(replay.steps, last.failure))) return;
  ++violation_count;
  violations.push_back(std::move(violation));
}

std::string tell_not_replayed(const ExploreReport& report) {
  if (report.not_replayed == 0) return {};
  return std::to_string(report.not_replayed) +
         " findings did not replay, so they are not shown as violations. This is an error in the search itself; please "
         "report it. The first one:\n" +
         report.not_replayed_example + "\n";
}

json to_json(const ExploreReport& report) {
  json result{{"title", report.title}, {"coverage", report.coverage}};
  if (!report.not_replayed_example.empty()) result["not_replayed_example"] = report.not_replayed_example;
  for (const Count& count : kCounts) result[count.name] = report.*count.field;
  json& judged = result["judged"] = json::object();
  for (std::uint8_t fault = 0; fault < kFaultCount; ++fault) {
    for (std::uint8_t oracle = 0; oracle < kOracleCount; ++oracle) {
      const std::uint64_t count = report.judged.at(static_cast<Fault>(fault), static_cast<Oracle>(oracle));
      if (count == 0) continue;
      judged[std::string(name_of(static_cast<Fault>(fault)))][std::string(name_of(static_cast<Oracle>(oracle)))] =
          count;
    }
  }
  json& violations = result["violations"] = json::array();
  for (const Violation& violation : report.violations) {
    violations.push_back({{"fault", name_of(violation.fault)},
                          {"oracle", name_of(violation.oracle)},
                          {"sentence", violation.sentence},
                          {"replay", to_json(violation.replay)}});
  }
  return result;
}

Result<ExploreReport> report_from_json(const json& json_report) {
  try {
    ExploreReport report;
    report.title = json_report.at("title").get<std::string>();
    report.not_replayed_example = json_report.value("not_replayed_example", "");
    for (const auto& [name, count] : json_report.at("coverage").get_ref<const json::object_t&>()) {
      report.coverage[name] = number_from_json(count);
    }
    for (const Count& count : kCounts) report.*count.field = number_from_json(json_report.at(count.name));
    for (const auto& [fault_name, oracles] : json_report.at("judged").items()) {
      for (const auto& [oracle_name, count] : oracles.items()) {
        const auto fault = parse_fault(fault_name);
        const auto oracle = parse_oracle(oracle_name);
        if (!fault || !oracle)
          return Status::invalid_argument(std::string("unknown: ").append(fault_name).append(", ").append(oracle_name));
        report.judged.count(*fault, *oracle, number_from_json(count));
      }
    }
    for (const json& entry : json_report.at("violations")) {
      const auto fault = parse_fault(entry.at("fault").get<std::string>());
      const auto oracle = parse_oracle(entry.at("oracle").get<std::string>());
      Result<Scenario> replay = parse_scenario(entry.at("replay").dump());
      if (!fault || !oracle) return Status::invalid_argument("a violation has an unknown fault or oracle");
      if (!replay.ok()) return replay.status();
      report.violations.push_back({*fault, *oracle, entry.at("sentence").get<std::string>(), std::move(*replay)});
    }
    return report;
  } catch (const json::exception& error) {
    return Status::invalid_argument(std::string("this is not a report: ") + error.what());
  }
}

std::string tell(const Violation& violation, const std::string& file, const std::string& program) {
  const Scenario& replay = violation.replay;
  std::string text = violation.sentence + ".\n";
  text += "  it takes   " + steps_of(replay.steps) + "\n";
  text += "  violated   " + std::string(name_of(violation.oracle)) + ": " +
          std::string(what_it_demands(violation.oracle)) + "\n";
  text += "  with       sync " + std::string(replay.sync == SyncPolicy::kNever ? "never" : "every-write") +
          ", segments of " + std::to_string(replay.segment_size) + " bytes, seed " + std::to_string(replay.seed) + "\n";
  text += "  replay     " + program + " replay " + file + "\n";
  if (replay.store == kEngineName) text += "  watch      " + watch_command(program, file) + "\n";
  return text;
}

std::string watch_command(const std::string& program, const std::string& file) {
  const std::string folder = program.substr(0, program.rfind('/') + 1);  // empty if there is none
  return folder + "sediment-viz --scenario " + file + " --at failure";
}

}  // namespace sediment::sim
