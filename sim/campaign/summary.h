// The report of a campaign: what all units together have found, whatever happened to those that ran them.
//
// Each unit counts once, however many copies of its result there are. A result that is damaged, or that belongs to
// another campaign, counts nothing and is named. Apart from the times, the same units give the same summary.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "sim/campaign/plan.h"
#include "sim/explore/report.h"

namespace sediment::sim {

/// How far the campaign was when its cores had worked for so long.
struct CurvePoint {
  double core_seconds = 0;
  std::uint64_t disks = 0;       // distinct within their unit
  std::uint64_t situations = 0;  // reached by then
};

struct Summary {
  Plan plan;
  ExploreReport report;
  Situations situations;
  std::uint64_t distinct_disks = 0;  // over all units
  std::vector<std::uint64_t> missing;
  std::vector<std::string> damaged;  // "results/00017.json: its checksum does not match…": files of missing units
  std::vector<std::string> notes;    // what was found besides, and does no harm: copies, and damaged copies
  std::vector<CurvePoint> curve;     // ascending; the last point is the end

  bool is_complete() const { return missing.empty(); }
};

/// Reads whatever results are in the folder, and in folders below `results`. kNotFound, kInvalidArgument if there is no
/// plan; kIoError.
Result<Summary> summarize(const std::string& folder);

/// Everything except the notes. What depends on time is in the member "time".
nlohmann::json to_json(const Summary& summary);

/// At most `rows` points of the curve, evenly spread over the time; the last one is the end.
std::vector<CurvePoint> thinned(const std::vector<CurvePoint>& curve, std::size_t rows);

}  // namespace sediment::sim
