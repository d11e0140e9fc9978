#include "sim/campaign/plan.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "engine/format.h"
#include "sim/base/json_reader.h"
#include "sim/base/plural.h"
#include "sim/campaign/engines.h"
#include "sim/campaign/files.h"
#include "sim/disk/json_bytes.h"

namespace sediment::sim {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kFormat = 1;
constexpr const char* kPlanName = "campaign.json";

// Everything that decides what is found.
json settings_of(const Plan& plan) {
  const TierOptions& options = plan.options;
  return {{"program", plan.program},
          {"store", plan.store},
          {"tier", name_of(options.tier)},
          {"seed", options.seed},
          {"operations", options.operations},
          {"budget", options.budget},
          {"units", options.shard.count},
          {"recovery_depth", options.explore.recovery_depth},
          {"every_recovery", options.explore.every_recovery},
          {"most_violations", options.explore.most_violations},
          {"profile", options.explore.profile.name},
          {"without", options.explore.without.names()},
          {"timeout_milliseconds", plan.timeout.count()}};
}

std::uint64_t number_within(const json& settings, const char* name, std::uint64_t least, std::uint64_t most) {
  const std::uint64_t number = number_from_json(settings.at(name));
  if (number < least || number > most) throw std::out_of_range(std::string(name) + " is out of range");
  return number;
}

Plan plan_from_settings(const json& settings) {
  Plan plan;
  TierOptions& options = plan.options;
  plan.program = settings.at("program").get<std::string>();
  plan.store = settings.at("store").get<std::string>();
  const auto tier = parse_tier(settings.at("tier").get<std::string>());
  const DeviceProfile* profile = find_profile(settings.at("profile").get<std::string>());
  if (!tier) throw std::out_of_range("there is no such tier");
  if (profile == nullptr) throw std::out_of_range("there is no such profile");
  options.tier = *tier;
  options.explore.profile = *profile;
  options.seed = number_from_json(settings.at("seed"));
  options.operations = static_cast<std::size_t>(number_within(settings, "operations", 0, 1000));
  options.budget = number_within(settings, "budget", 0, 2'000'000'000);
  options.shard.count = number_within(settings, "units", 1, kMostUnits);
  options.explore.recovery_depth = static_cast<unsigned>(number_within(settings, "recovery_depth", 0, 4));
  options.explore.every_recovery = settings.at("every_recovery").get<bool>();
  options.explore.most_violations = static_cast<std::size_t>(number_within(settings, "most_violations", 1, 1000));
  for (const json& name : settings.at("without")) {
    if (Status s = options.explore.without.add(name.get<std::string>()); !s.ok())
      throw std::out_of_range(s.to_string());
  }
  plan.timeout = Timeout(static_cast<Timeout::rep>(number_within(settings, "timeout_milliseconds", 1, 100'000'000)));
  options.jobs = 1;  // the engine runs several units
  options.keeps_disks = true;
  return plan;
}

Result<json> read_part(const std::string& path, const char* what) {
  Result<json> object = read_sealed(path);
  if (!object.ok()) return object;
  if (object->value("sediment", "") != what) return Status::invalid_argument(path + ": this is no " + what);
  if (object->value("format", json()) != kFormat)
    return Status::invalid_argument(path + ": it was made by another version of this program");
  return object;
}

}  // namespace

std::string Plan::id() const {
  const std::string text = settings_of(*this).dump(-1, ' ', true, json::error_handler_t::replace);
  return hex(checksum64(text, text.size()));
}

json to_json(const Plan& plan) { return {{"sediment", "campaign"}, {"format", kFormat}, {"plan", settings_of(plan)}}; }

Result<Plan> plan_from_json(const json& object) {
  try {
    return plan_from_settings(object.at("plan"));
  } catch (const std::exception& error) {  // of the JSON library, or ours
    return Status::invalid_argument(std::string("the plan is wrong: ") + error.what());
  }
}

std::string name_of_unit(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  return std::string(digits.size() < 5 ? 5 - digits.size() : 0, '0') + digits;
}

Result<Unit> read_unit(const std::string& path) {
  Result<json> object = read_part(path, "unit");
  if (!object.ok()) return object.status();
  Result<Plan> plan = plan_from_json(*object);
  if (!plan.ok()) return Status::invalid_argument(path + ": " + std::string(plan.status().message()));
  const json number = object->value("unit", json());
  if (!number.is_number_unsigned() || number.get<std::uint64_t>() >= plan->units()) {
    return Status::invalid_argument(path + ": its number is not that of a unit");
  }
  Unit unit{std::move(*plan)};
  unit.plan.options.shard.index = number.get<std::uint64_t>();
  return unit;
}

Result<Plan> read_plan(const std::string& folder) {
  const std::string path = (fs::path(folder) / kPlanName).string();
  Result<json> object = read_part(path, "campaign");
  if (!object.ok()) return object.status();
  Result<Plan> plan = plan_from_json(*object);
  if (!plan.ok()) return Status::invalid_argument(path + ": " + std::string(plan.status().message()));
  return plan;
}

Result<std::string> program_checksum() {
  std::error_code error;
  const fs::path path = fs::read_symlink("/proc/self/exe", error);
  std::ifstream file(error ? fs::path() : path, std::ios::binary);
  std::string piece(1 << 20, '\0');
  std::uint64_t checksum = 1;
  std::uint64_t bytes = 0;
  while (file) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const auto count = static_cast<std::size_t>(file.gcount());
    if (count > 0) checksum = checksum64(std::string_view(piece).substr(0, count), checksum);
    bytes += count;
  }
  if (bytes == 0) return Status::io_error(path.string(), "the program cannot read its own file");
  return hex(checksum);
}

Status write_campaign(const Plan& plan, const std::string& folder, const std::string& program) {
  const fs::path root(folder);
  if (fs::exists(root / kPlanName)) {
    const Result<Plan> there = read_plan(folder);
    if (!there.ok()) return there.status();
    if (there->id() != plan.id()) return Status::invalid_argument(folder + ": it holds another campaign");
  }
  for (const char* name : {"units", "results"}) {
    if (Status s = make_folder((root / name).string()); !s.ok()) return s;
  }
  json unit = to_json(plan);
  unit["sediment"] = "unit";
  for (std::uint64_t number = 0; number < plan.units(); ++number) {
    unit["unit"] = number;
    const std::string path = (root / "units" / (name_of_unit(number) + ".json")).string();
    if (Status s = write_durably(path, sealed(unit)); !s.ok()) return s;
  }
  for (const EngineFile& file : engine_files(plan.units(), program)) {
    const fs::path path = root / file.name;
    if (Status s = write_durably(path.string(), file.text); !s.ok()) return s;
    std::error_code ignored;
    if (file.is_program) fs::permissions(path, fs::perms(0755), ignored);
  }
  // Last: a folder with a plan is complete.
  return write_durably((root / kPlanName).string(), sealed(to_json(plan)));
}

}  // namespace sediment::sim
