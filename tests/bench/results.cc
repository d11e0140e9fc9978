#include "tests/bench/results.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "tests/bench/machine.h"

namespace sediment::bench {
namespace {

struct CurveTitle {
  std::string_view id;
  std::string_view title;
  std::string_view x_label;
  std::string_view y_label;
  bool y_is_logarithmic;
};

constexpr std::array<CurveTitle, 5> kCurves = {{
    {"get-by-segments", "Gets against the number of segments", "segments", "ops/s", false},
    {"fill-by-keys", "Random fill against the number of keys", "keys", "ops/s", false},
    {"open-by-keys", "Opening after a kill against the number of keys", "keys", "s", true},
    {"memory-by-keys", "Memory of the index against the number of keys", "keys", "bytes", true},
    {"range-by-length", "Ranges against their length", "keys in a range", "ranges/s", true},
}};

bool lower_is_better(const std::string& unit) { return unit != "ops/s" && unit != "bytes/s"; }

double smallest(const std::vector<double>& values) { return *std::min_element(values.begin(), values.end()); }
double largest(const std::vector<double>& values) { return *std::max_element(values.begin(), values.end()); }

std::string with_unit(double value, const std::string& unit) {
  if (unit == "s") return fmt::format("{:.2f} ms", value * 1e3);
  if (unit == "ns") return fmt::format("{:.1f} us", value / 1e3);
  if (unit == "bytes/s") return fmt::format("{:.0f} MB/s", value / 1e6);
  if (unit == "ops/s") return fmt::format("{:.{}f} k/s", value / 1e3, value < 1e4 ? 3 : 1);
  return fmt::format("{:.2f} {}", value, unit);
}

Json contestants_json() {
  Json contestants = Json::array();
  for (const CatalogEntry& entry : catalog()) {
    Json shown = {{"id", entry.id}, {"name", entry.name}};
    if (entry.make) {
      const Description description = entry.make()->describe();
      shown.update({{"version", description.version},
                    {"options", description.options},
                    {"survives_kill", description.survives_kill},
                    {"can_update", description.can_update},
                    {"present", true}});
    } else {
      shown.update({{"version", ""},
                    {"options", ""},
                    {"survives_kill", true},
                    {"can_update", true},
                    {"present", false},
                    {"why_absent", entry.package + " was not found at build time"}});
    }
    contestants.push_back(shown);
  }
  return contestants;
}

}  // namespace

void Results::take(const Json& message) {
  if (message.contains("row")) add_row(message["row"]);
  if (message.contains("point")) add_point(message["point"]);
  if (message.contains("skipped")) {
    const Json& skipped = message["skipped"];
    add_skipped(skipped["workload"], skipped["variant"], skipped["contestant"], skipped["why"]);
  }
}

void Results::add_skipped(const std::string& workload, const std::string& variant, const std::string& contestant,
                          const std::string& why) {
  const Json skipped = {{"workload", workload}, {"variant", variant}, {"contestant", contestant}, {"why", why}};
  if (std::find(skipped_.begin(), skipped_.end(), skipped) == skipped_.end()) skipped_.push_back(skipped);
}

const Results::Row* Results::find(const Json& workload, const Json& variant, const std::string& contestant) const {
  const auto found = std::find_if(rows_.begin(), rows_.end(), [&](const Row& row) {
    return row.first["workload"] == workload && row.first["variant"] == variant &&
           row.first["contestant"] == contestant;
  });
  return found == rows_.end() ? nullptr : &*found;
}

void Results::add_row(const Json& row) {
  const Row* const known = find(row["workload"], row["variant"], row["contestant"]);
  if (known == nullptr) rows_.push_back({row, {}, {}, {}, ""});
  Row& to = known == nullptr ? rows_.back() : rows_[static_cast<std::size_t>(known - rows_.data())];
  to.values.push_back(row["value"]);
  to.operations.push_back(row["operations"]);
  for (const auto& [name, value] : row["details"].items()) to.details[name].push_back(value);
  if (!row["notes"].get<std::string>().empty()) to.notes = row["notes"];
}

void Results::add_point(const Json& point) {
  const auto is_same = [&](const Series& series) {
    return series.curve == point["curve"] && series.contestant == point["contestant"] && series.label == point["label"];
  };
  auto found = std::find_if(series_.begin(), series_.end(), is_same);
  if (found == series_.end()) {
    series_.push_back({point["curve"], point["contestant"], point["label"], {}});
    found = series_.end() - 1;
  }
  found->points[point["x"]].push_back(point["y"]);
}

Json Results::rows_json() const {
  Json rows = Json::array();
  for (const Row& row : rows_) {
    const std::string unit = row.first["unit"];
    Json shown = {{"workload", row.first["workload"]},
                  {"variant", row.first["variant"]},
                  {"contestant", row.first["contestant"]},
                  {"unit", unit},
                  {"lower_is_better", lower_is_better(unit)},
                  {"median", median(row.values)},
                  {"min", smallest(row.values)},
                  {"max", largest(row.values)},
                  {"values", row.values}};
    if (unit == "ops/s") shown["ops_per_second_median"] = median(row.values);
    shown["operations"] = static_cast<std::uint64_t>(median(row.operations));
    shown["durability"] = row.first["durability"];
    shown["notes"] = row.notes;
    shown["details"] = Json::object();
    for (const auto& [name, values] : row.details) shown["details"][name] = median(values);
    rows.push_back(shown);
  }
  return rows;
}

Json Results::curves_json() const {
  Json curves = Json::array();
  for (const CurveTitle& title : kCurves) {
    Json all = Json::array();
    for (const Series& series : series_) {
      if (series.curve != title.id) continue;
      Json points = Json::array();
      for (const auto& [x, values] : series.points) points.push_back({x, median(values)});
      all.push_back({{"contestant", series.contestant}, {"label", series.label}, {"points", points}});
    }
    if (all.empty()) continue;
    curves.push_back({{"id", title.id},
                      {"title", title.title},
                      {"x_label", title.x_label},
                      {"y_label", title.y_label},
                      {"x_log", true},
                      {"y_log", title.y_is_logarithmic},
                      {"series", all}});
  }
  return curves;
}

Json Results::to_json(const Settings& settings) const {
  return {{"version", 1},
          {"machine", describe_machine(settings.directory)},
          {"settings",
           {{"quick", settings.quick},
            {"rounds", settings.rounds},
            {"keys", settings.keys},
            {"limit_seconds", settings.limit_seconds},
            {"key_bytes", kKeySize},
            {"value_bytes", kValueSize}}},
          {"contestants", contestants_json()},
          {"rows", rows_json()},
          {"curves", curves_json()},
          {"skipped", skipped_}};
}

std::string Results::to_table() const {
  std::vector<const Row*> sorted;
  for (const Row& row : rows_) sorted.push_back(&row);
  const auto name_of = [](const Row* row) {
    const std::string variant = row->first["variant"];
    return row->first["workload"].get<std::string>() + (variant.empty() ? "" : ", " + variant);
  };
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const Row* left, const Row* right) { return name_of(left) < name_of(right); });
  std::string table = fmt::format("{:<38} {:<14} {:>14} {:>32} {:>11}\n", "workload", "contestant", "median",
                                  "(min .. max)", "sediment is");
  for (const Row* row : sorted) {
    const std::string unit = row->first["unit"];
    const Row* sediment = find(row->first["workload"], row->first["variant"], "sediment");
    // Sediment's batches have variants, those of other stores have none.
    if (sediment == nullptr) sediment = find(row->first["workload"], "after merge", "sediment");
    std::string lead;
    if (sediment != nullptr && row->first["contestant"] != "sediment" && median(row->values) > 0) {
      const double ratio = median(sediment->values) / median(row->values);
      lead = fmt::format("{:.2f}x", lower_is_better(unit) ? 1 / ratio : ratio);
    }
    table += fmt::format(
        "{:<38} {:<14} {:>14} {:>32} {:>11}\n", name_of(row), row->first["contestant"].get<std::string>(),
        with_unit(median(row->values), unit),
        fmt::format("({} .. {})", with_unit(smallest(row->values), unit), with_unit(largest(row->values), unit)), lead);
  }
  return table + "\nsediment is: the factor by which Sediment is better than the contestant; below 1 it is worse.\n";
}

}  // namespace sediment::bench
