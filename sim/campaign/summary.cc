#include "sim/campaign/summary.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "sim/campaign/result.h"

namespace sediment::sim {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// All files that claim to be results, sorted by their names.
Result<std::vector<std::string>> result_files(const std::string& folder) {
  std::vector<std::string> paths;
  const fs::path results = fs::path(folder) / "results";
  std::error_code error;
  fs::recursive_directory_iterator entry(results, error);
  for (const fs::recursive_directory_iterator end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::error_code ignored;
    if (!entry->is_regular_file(ignored) || !name.ends_with(".json") || name.ends_with(".part.json")) continue;
    paths.push_back(entry->path().string());
  }
  if (error && fs::exists(results)) return Status::io_error(results.string(), error.message());
  std::sort(paths.begin(), paths.end());
  return paths;
}

// Whether both say that the unit found the same. Times may differ.
bool found_the_same(const UnitResult& one, const UnitResult& other) {
  return one.disk_file.checksum == other.disk_file.checksum && one.disk_file.count == other.disk_file.count &&
         to_json(one.report) == to_json(other.report);
}

class Summing {
 public:
  explicit Summing(Plan plan) { summary_.plan = std::move(plan); }

  Result<Summary> run(const std::string& folder) {
    Result<std::vector<std::string>> paths = result_files(folder);
    if (!paths.ok()) return paths.status();
    for (const std::string& path : *paths) take(path);
    for (const auto& [unit, why] : contradicted_) {
      results_.erase(unit);
      summary_.damaged.push_back(why);
    }
    for (std::uint64_t unit = 0; unit < summary_.plan.units(); ++unit) {
      if (!results_.contains(unit)) summary_.missing.push_back(unit);
    }
    name_damaged();
    summary_.report.title = std::string(name_of(summary_.plan.options.tier));
    std::vector<DiskFile> files;
    for (const auto& [unit, result] : results_) {
      summary_.report.add(result.report, kAllCauses);
      for (const auto& [name, reached] : result.situations) summary_.situations[name] += reached.count;
      files.push_back(result.disk_file);
    }
    Result<std::uint64_t> distinct = distinct_disks(files);
    if (!distinct.ok()) return distinct.status();
    summary_.distinct_disks = *distinct;
    draw_curve();
    return std::move(summary_);
  }

 private:
  void take(const std::string& path) {
    Result<UnitResult> result = read_result(path, summary_.plan, false);
    if (!result.ok()) {
      unusable_.emplace_back(fs::path(path).filename().string().substr(0, 5), result.status().to_string());
      return;
    }
    if (!result->is_complete()) {
      summary_.notes.push_back(path + ": this is a checkpoint under another name");
      return;
    }
    const auto known = results_.find(result->unit);
    if (known == results_.end()) {
      paths_[result->unit] = path;
      results_.emplace(result->unit, std::move(*result));
    } else if (found_the_same(known->second, *result)) {
      summary_.notes.push_back(path + ": a copy of " + paths_[result->unit] + "; the unit counts once");
    } else {
      contradicted_[result->unit] = path + " and " + paths_[result->unit] +
                                    " have both run this unit and found something different, so neither counts";
    }
  }

  // A damaged file does no harm if the unit has a good one.
  void name_damaged() {
    const std::set<std::uint64_t> missing(summary_.missing.begin(), summary_.missing.end());
    for (auto& [name, why] : unusable_) {
      const bool is_needed = std::any_of(missing.begin(), missing.end(), [&, unit_name = name](std::uint64_t unit) {
        return name_of_unit(unit) == unit_name;
      });
      (is_needed ? summary_.damaged : summary_.notes).push_back(std::move(why));
    }
  }

  // The rounds of all units in the order in which they ended; a situation counts in the first that reached it.
  void draw_curve() {
    struct Ended {
      std::int64_t at = 0;
      std::uint64_t unit = 0;
      std::uint64_t round = 0;
      double seconds = 0;  // of this round alone
      std::uint64_t disks = 0;
    };
    std::vector<Ended> ended;
    for (const auto& [unit, result] : results_) {
      Round before;
      for (std::uint64_t i = 0; i < result.rounds.size(); ++i) {
        const Round& round = result.rounds[static_cast<std::size_t>(i)];
        ended.push_back({round.ended_at, unit, i, std::max(0.0, round.seconds - before.seconds),
                         round.disks - std::min(round.disks, before.disks)});
        before = round;
      }
    }
    std::sort(ended.begin(), ended.end(), [](const Ended& one, const Ended& other) {
      return std::tie(one.at, one.unit, one.round) < std::tie(other.at, other.unit, other.round);
    });
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::vector<const std::string*>> reached_in;
    for (const auto& [unit, result] : results_) {
      for (const auto& [name, reached] : result.situations) reached_in[{unit, reached.round}].push_back(&name);
    }
    std::set<std::string_view> reached;
    CurvePoint point;
    for (const Ended& each : ended) {
      for (const std::string* name : reached_in[{each.unit, each.round}]) reached.insert(*name);
      point = {point.core_seconds + each.seconds, point.disks + each.disks, reached.size()};
      summary_.curve.push_back(point);
    }
  }

  Summary summary_;
  std::map<std::uint64_t, UnitResult> results_;
  std::map<std::uint64_t, std::string> paths_;
  std::map<std::uint64_t, std::string> contradicted_;
  std::vector<std::pair<std::string, std::string>> unusable_;  // the first letters of the name, and why
};

}  // namespace

Result<Summary> summarize(const std::string& folder) {
  Result<Plan> plan = read_plan(folder);
  if (!plan.ok()) return plan.status();
  return Summing(std::move(*plan)).run(folder);
}

json to_json(const Summary& summary) {
  json curve = json::array();
  for (const CurvePoint& point : summary.curve) {
    curve.push_back({{"core_seconds", point.core_seconds}, {"disks", point.disks}, {"situations", point.situations}});
  }
  const double seconds = summary.curve.empty() ? 0 : summary.curve.back().core_seconds;
  return {{"sediment_campaign_report", 1},
          {"campaign", summary.plan.id()},
          {"plan", to_json(summary.plan)["plan"]},
          {"units", summary.plan.units()},
          {"missing", summary.missing},
          {"damaged", summary.damaged},
          {"distinct_disks", summary.distinct_disks},
          {"situations", summary.situations},
          {"report", to_json(summary.report)},
          {"time", {{"core_seconds", seconds}, {"curve", curve}}}};
}

std::vector<CurvePoint> thinned(const std::vector<CurvePoint>& curve, std::size_t rows) {
  if (curve.empty() || rows == 0) return {};
  std::vector<CurvePoint> points;
  const double end = curve.back().core_seconds;
  std::size_t row = 1;
  for (std::size_t i = 0; i + 1 < curve.size(); ++i) {
    if (curve[i + 1].core_seconds <= end * static_cast<double>(row) / static_cast<double>(rows)) continue;
    points.push_back(curve[i]);
    while (row < rows && curve[i + 1].core_seconds > end * static_cast<double>(row) / static_cast<double>(rows)) ++row;
  }
  points.push_back(curve.back());
  if (points.size() > rows) points.erase(points.begin(), points.end() - static_cast<std::ptrdiff_t>(rows));
  return points;
}

}  // namespace sediment::sim
