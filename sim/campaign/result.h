// What a unit has found, and how it is kept: as a result when the unit is complete, as a checkpoint before that.
//
// The two have the same form. A checkpoint holds the first rounds of the unit; a round is what one thread explores by
// itself (TierUnit in explore/tiers.h). Times are kept apart from findings: everything else is the same in each run.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "sim/campaign/disk_files.h"
#include "sim/campaign/plan.h"
#include "sim/explore/report.h"

namespace sediment::sim {

struct Round {
  double seconds = 0;         // of work on this unit until its end
  std::int64_t ended_at = 0;  // seconds since 1970
  std::uint64_t disks = 0;    // fingerprints so far, each once
};

struct Reached {
  std::uint64_t count = 0;
  std::uint64_t round = 0;  // the first in which it was reached
};

struct UnitResult {
  std::uint64_t unit = 0;
  std::uint64_t of_rounds = 0;
  ExploreReport report;
  std::map<std::string, Reached> situations;  // explore/guidance.h; where there are none, what the report has counted
  std::vector<std::uint64_t> disks;           // fingerprints; empty in a result that was read without them
  DiskFile disk_file;
  std::vector<Round> rounds;  // those that are done

  bool is_complete() const { return rounds.size() == of_rounds; }
  /// Adds the findings of the next round.
  void add(UnitFindings findings, Round round);
};

/// Where a result or a checkpoint is, below the campaign's folder.
std::string result_path(const std::string& folder, std::uint64_t unit);
std::string checkpoint_path(const std::string& folder, std::uint64_t unit);

/// Writes the fingerprints and then, as the commit, the rest. Sets disk_file. kNoSpace, kIoError.
Status write_result(UnitResult* result, const Plan& plan, const std::string& folder);
Status write_checkpoint(UnitResult* result, const Plan& plan, const std::string& folder);
/// Removes the checkpoint and whatever killed workers have left of this unit.
void remove_checkpoint(const std::string& folder, std::uint64_t unit);

/// Reads a result or a checkpoint of this plan, and checks its file of fingerprints, which lies beside it; with
/// `with_disks`, reads it. kNotFound, kIoError; kInvalidArgument if it is damaged or belongs to another campaign.
Result<UnitResult> read_result(const std::string& path, const Plan& plan, bool with_disks);

}  // namespace sediment::sim
