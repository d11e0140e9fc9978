#include "sim/run/scenario.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "sim/base/json_reader.h"

namespace sediment::sim {

namespace {

using nlohmann::json;

// The disk is simulated in memory, and so is each image of it.
constexpr std::uint64_t kLargestSegment = std::uint64_t{256} << 20;

constexpr std::array<std::string_view, 3> kSnapshotWords{"off", "on", "mixed"};  // in the order of the enum

std::optional<Snapshots> parse_snapshots(const json& value) {
  const auto* const word =
      std::find(kSnapshotWords.begin(), kSnapshotWords.end(), value.is_string() ? value.get<std::string>() : "");
  if (word == kSnapshotWords.end()) return std::nullopt;
  return static_cast<Snapshots>(word - kSnapshotWords.begin());
}

std::optional<Guarantees> parse_guarantees(const json& value) {
  if (!value.is_array()) return std::nullopt;
  Guarantees guarantees;
  for (const json& name : value) {
    const std::optional<Guarantee> guarantee =
        name.is_string() ? parse_guarantee(name.get<std::string>()) : std::nullopt;
    if (!guarantee) return std::nullopt;
    guarantees.insert(*guarantee);
  }
  return guarantees;
}

Status read_options(const json& options, Scenario* scenario) {
  for (const auto& [name, value] : options.items()) {
    if (name == "segment_size" && value.is_number_unsigned() && value.get<std::uint64_t>() <= kLargestSegment) {
      scenario->segment_size = value.get<std::uint64_t>();
    } else if (name == "sync" && (value == "never" || value == "every-write")) {
      scenario->sync = value == "never" ? SyncPolicy::kNever : SyncPolicy::kEveryWrite;
    } else if (name == "reserve_space" && value.is_boolean()) {
      scenario->reserve_space = value.get<bool>();
    } else if (name == "auto_merge" && value.is_boolean()) {
      scenario->auto_merge = value.get<bool>();
    } else if (name == "snapshots" && parse_snapshots(value)) {
      scenario->snapshots = *parse_snapshots(value);
    } else if (name == "without" && parse_guarantees(value)) {
      scenario->without = *parse_guarantees(value);
    } else {
      return Status::invalid_argument(
          "option \"" + name + "\": " + excerpt(value) +
          " is not valid; the options are segment_size (bytes, at most 268435456), sync (\"never\" or "
          "\"every-write\"), "
          "reserve_space and auto_merge (true or false), snapshots (\"on\", \"off\" or \"mixed\"), and without (a list "
          "of "
          "\"log-sync\", \"manifest-sync\", \"directory-sync\" and \"manifest-rename\")");
    }
  }
  return {};
}

}  // namespace

Options Scenario::store_options(bool coin) const {
  Options options;
  options.segment_size_bytes = segment_size;
  options.sync_policy = sync;
  options.merge_policy.automatic = auto_merge;
  options.background_merge = false;  // the same steps do the same every time
  options.snapshots = snapshots == Snapshots::kOn || (snapshots == Snapshots::kMixed && coin);
  return options;
}

json to_json(const Scenario& scenario) {
  json steps = json::array();
  for (const Step& step : scenario.steps) steps.push_back(to_json(step));
  json result{{"title", scenario.title},
              {"options",
               {{"segment_size", scenario.segment_size},
                {"sync", scenario.sync == SyncPolicy::kNever ? "never" : "every-write"},
                {"reserve_space", scenario.reserve_space},
                {"auto_merge", scenario.auto_merge},
                {"snapshots", kSnapshotWords.at(static_cast<std::size_t>(scenario.snapshots))}}},
              {"seed", scenario.seed},
              {"steps", steps}};
  for (const Guarantee guarantee : scenario.without) result["options"]["without"].push_back(name_of(guarantee));
  if (scenario.store != kEngineName) result["store"] = scenario.store;
  return result;
}

Result<Scenario> parse_scenario(std::string_view text) {
  const Result<json> parsed = parse_json(text);
  if (!parsed.ok()) return parsed.status();
  const json& document = *parsed;
  if (!document.is_object()) return Status::invalid_argument("a scenario must be a JSON object with title and steps");
  Scenario scenario;
  for (const auto& [name, value] : document.items()) {
    if (name == "title" && value.is_string()) {
      scenario.title = value.get<std::string>();
    } else if (name == "store" && value.is_string()) {
      scenario.store = value.get<std::string>();
    } else if (name == "seed" && value.is_number_unsigned()) {
      scenario.seed = value.get<std::uint64_t>();
    } else if (name == "options" && value.is_object()) {
      if (Status s = read_options(value, &scenario); !s.ok()) return s;
    } else if (name == "steps" && value.is_array()) {
      for (const json& entry : value) {
        Result<Step> step = step_from_json(entry);
        if (!step.ok()) {
          return Status::invalid_argument("step " + std::to_string(scenario.steps.size() + 1) + ": " +
                                          std::string(step.status().message()));
        }
        scenario.steps.push_back(*step);
      }
    } else {
      return Status::invalid_argument(excerpt(name) +
                                      " is not one of title (a string), options (an object), seed (a number), " +
                                      "steps (an array), store (a string)");
    }
  }
  if (scenario.steps.empty()) return Status::invalid_argument("the scenario has no steps");
  if (!scenario.without.empty() && scenario.store != kEngineName) {
    return Status::invalid_argument("option \"without\" is for the engine's store only");
  }
  return scenario;
}

Result<Scenario> read_scenario(const std::string& path) {
  Result<std::string> text = read_text_file(path);
  if (!text.ok()) return text.status();
  Result<Scenario> scenario = parse_scenario(*text);
  if (!scenario.ok()) return Status::invalid_argument(path + ": " + std::string(scenario.status().message()));
  return scenario;
}

Status write_scenario(const Scenario& scenario, const std::string& path) {
  return write_file(path, to_json(scenario).dump(2, ' ', false, json::error_handler_t::replace) + '\n');
}

}  // namespace sediment::sim
