#include "sim/campaign/result.h"

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "sim/campaign/files.h"
#include "sim/disk/json_bytes.h"

namespace sediment::sim {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kFormat = 1;

std::string file_of(const std::string& folder, const std::string& name) {
  return (fs::path(folder) / "results" / name).string();
}

json to_json(const UnitResult& result, const Plan& plan) {
  json situations = json::object();
  for (const auto& [name, reached] : result.situations) situations[name] = {reached.count, reached.round};
  json rounds = json::array();
  for (const Round& round : result.rounds) {
    rounds.push_back({{"seconds", round.seconds}, {"ended_at", round.ended_at}, {"disks", round.disks}});
  }
  return {{"sediment", "result"},
          {"format", kFormat},
          {"campaign", plan.id()},
          {"unit", result.unit},
          {"of_rounds", result.of_rounds},
          {"report", sim::to_json(result.report)},
          {"situations", situations},
          {"disks",
           {{"file", fs::path(result.disk_file.path).filename().string()},
            {"count", result.disk_file.count},
            {"checksum", result.disk_file.checksum}}},
          {"rounds", rounds}};
}

UnitResult result_from(const json& object) {
  UnitResult result;
  result.unit = number_from_json(object.at("unit"));
  result.of_rounds = number_from_json(object.at("of_rounds"));
  Result<ExploreReport> report = report_from_json(object.at("report"));
  if (!report.ok()) throw std::invalid_argument(report.status().to_string());
  result.report = std::move(*report);
  for (const json& entry : object.at("rounds")) {
    Round round{entry.at("seconds").get<double>(), entry.at("ended_at").get<std::int64_t>(),
                number_from_json(entry.at("disks"))};
    if (!std::isfinite(round.seconds) || round.seconds < 0) throw std::invalid_argument("a round took no time");
    result.rounds.push_back(round);
  }
  if (result.rounds.size() > result.of_rounds) throw std::invalid_argument("there are too many rounds");
  for (const auto& [name, entry] : object.at("situations").items()) {
    const Reached reached{number_from_json(entry.at(0)), number_from_json(entry.at(1))};
    if (reached.round >= result.rounds.size()) throw std::invalid_argument("a situation names no round");
    result.situations[name] = reached;
  }
  const json& disks = object.at("disks");
  result.disk_file = {disks.at("file").get<std::string>(), number_from_json(disks.at("count")),
                      disks.at("checksum").get<std::string>()};
  if (result.disk_file.path.find('/') != std::string::npos)
    throw std::invalid_argument("a path leads out of the folder");
  return result;
}

Status write(UnitResult* result, const Plan& plan, const std::string& path, const std::string& disks) {
  Result<DiskFile> file = write_disks(disks, result->disks);
  if (!file.ok()) return file.status();
  result->disk_file = std::move(*file);
  return write_durably(path, sealed(to_json(*result, plan)));  // COMMIT
}

}  // namespace

void UnitResult::add(UnitFindings findings, Round round) {
  const std::uint64_t number = rounds.size();
  if (rounds.empty()) report.title = findings.report.title;
  const Situations& reached = findings.situations.empty() ? findings.report.coverage : findings.situations;
  for (const auto& [name, count] : reached) {
    if (count == 0) continue;
    situations.try_emplace(name, Reached{0, number}).first->second.count += count;
  }
  report.add(findings.report, kAllCauses);
  disks = united(disks, findings.disks);
  round.disks = disks.size();
  rounds.push_back(round);
}

std::string result_path(const std::string& folder, std::uint64_t unit) {
  return file_of(folder, name_of_unit(unit) + ".json");
}
std::string checkpoint_path(const std::string& folder, std::uint64_t unit) {
  return file_of(folder, name_of_unit(unit) + ".part.json");
}

Status write_result(UnitResult* result, const Plan& plan, const std::string& folder) {
  return write(result, plan, result_path(folder, result->unit), file_of(folder, name_of_unit(result->unit) + ".disks"));
}

Status write_checkpoint(UnitResult* result, const Plan& plan, const std::string& folder) {
  // The fingerprints of the checkpoint before stay until this one is committed.
  const std::string old = result->disk_file.path;
  const std::string disks =
      file_of(folder, name_of_unit(result->unit) + ".part-" + std::to_string(result->rounds.size()) + ".disks");
  if (Status s = write(result, plan, checkpoint_path(folder, result->unit), disks); !s.ok()) return s;
  std::error_code ignored;
  if (!old.empty() && old != disks) fs::remove(old, ignored);
  return {};
}

void remove_checkpoint(const std::string& folder, std::uint64_t unit) {
  std::error_code error;
  std::vector<fs::path> gone{checkpoint_path(folder, unit)};
  for (fs::directory_iterator entry(file_of(folder, ""), error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const bool is_left = name.find(".part-") != std::string::npos || name.find(".tmp-") != std::string::npos;
    if (is_left && name.starts_with(name_of_unit(unit) + ".")) gone.push_back(entry->path());
  }
  std::error_code ignored;
  for (const fs::path& path : gone) fs::remove(path, ignored);
}

Result<UnitResult> read_result(const std::string& path, const Plan& plan, bool with_disks) {
  Result<json> object = read_sealed(path);
  if (!object.ok()) return object.status();
  const auto wrong = [&](const std::string& why) { return Status::invalid_argument(path + ": " + why); };
  if (object->value("sediment", "") != "result" || object->value("format", 0) != kFormat)
    return wrong("this is no result");
  if (object->value("campaign", "") != plan.id()) return wrong("it belongs to another campaign");
  try {
    UnitResult result = result_from(*object);
    if (result.unit >= plan.units()) return wrong("it names a unit that is not planned");
    result.disk_file.path = (fs::path(path).parent_path() / result.disk_file.path).string();
    if (!with_disks) {
      if (Status s = check_disks(result.disk_file); !s.ok()) return s;
      return result;
    }
    Result<std::vector<std::uint64_t>> disks = read_disks(result.disk_file);
    if (!disks.ok()) return disks.status();
    result.disks = std::move(*disks);
    return result;
  } catch (const std::exception& error) {  // of the JSON library, or ours
    return wrong(error.what());
  }
}

}  // namespace sediment::sim
