// A campaign: a search that is too long for one sitting or one machine, cut into units (docs/campaigns.md).
//
// A campaign is a folder. Its reading order: plan (what is to be done), files (how something is written so that a kill or
// a full disk leaves the old or the new), run_unit, summary, picture.
//
//   campaign.json          the plan
//   units/00017.json       one unit: the plan and a number. Nothing else is needed to run it
//   results/00017.json     what it found, with a checksum
//   results/00017.disks    the fingerprints of the disks that it judged (disk_files.h)
//   results/00017.part.…   where it can go on, while it is not complete
//
// A unit is a shard of a tier (explore/tiers.h). It finds the same wherever, whenever and however often it is run, as
// long as the program is the same one: its checksum is in the plan.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "engine/status.h"
#include "sim/explore/isolated.h"
#include "sim/explore/tiers.h"

namespace sediment::sim {

constexpr std::uint64_t kMostUnits = 100'000;

struct Plan {
  std::string store;    // the name of its kind
  TierOptions options;  // shard.count is the number of units; explore.kind and shard.index are not part of the plan
  Timeout timeout = kDefaultTimeout;
  std::string program;  // the checksum of the program that made the plan

  std::uint64_t units() const { return options.shard.count; }
  /// The same for equal plans. A result that names another one belongs to another campaign.
  std::string id() const;
};

/// With a checksum of its own.
nlohmann::json to_json(const Plan& plan);
/// Checks everything that came from outside. kInvalidArgument.
Result<Plan> plan_from_json(const nlohmann::json& json);

struct Unit {
  Plan plan;  // options.shard.index is the unit's number; options.explore.kind is not set
  std::uint64_t number() const { return plan.options.shard.index; }
};
/// kNotFound, kInvalidArgument; the message begins with the path.
Result<Unit> read_unit(const std::string& path);
Result<Plan> read_plan(const std::string& folder);

/// "00017".
std::string name_of_unit(std::uint64_t number);

/// The checksum of the running program's file; kIoError if it cannot be read.
Result<std::string> program_checksum();

/// Writes the plan, its units and the scripts for the engines (engines.h) into a folder, which is made. If it holds
/// another campaign, kInvalidArgument; if it holds this one, the same files are written again. `program`: its path.
Status write_campaign(const Plan& plan, const std::string& folder, const std::string& program);

}  // namespace sediment::sim
