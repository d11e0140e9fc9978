// All measurements: gathers the rounds, and writes the JSON file and the table on the terminal.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/bench/session.h"

namespace sediment::bench {

class Results {
 public:
  /// A message of a session (session.h): a row, a point of a curve, or something skipped.
  void take(const Json& message);
  void add_skipped(const std::string& workload, const std::string& variant, const std::string& contestant,
                   const std::string& why);

  /// The whole file; `commit` of the source tree may be empty.
  Json to_json(const Settings& settings) const;
  /// Plain text: one line per row, with Sediment's lead.
  std::string to_table() const;

 private:
  struct Row {
    Json first;  // the parts that all rounds share
    std::vector<double> values;
    std::vector<double> operations;
    std::map<std::string, std::vector<double>> details;
    std::string notes;
  };
  struct Series {
    std::string curve;
    std::string contestant;
    std::string label;
    std::map<double, std::vector<double>> points;
  };

  void add_row(const Json& row);
  void add_point(const Json& point);
  Json rows_json() const;
  Json curves_json() const;
  const Row* find(const Json& workload, const Json& variant, const std::string& contestant) const;

  std::vector<Row> rows_;  // in order of arrival
  std::vector<Series> series_;
  Json skipped_ = Json::array();
};

}  // namespace sediment::bench
