// One session: a contestant with a fresh directory, in a separate process that reports its measurements.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/contestant.h"
#include "tests/bench/data.h"
#include "tests/bench/settings.h"
#include "tests/bench/timing.h"

namespace sediment::bench {

using Json = nlohmann::ordered_json;

/// One measured number of one round.
struct Measurement {
  std::string workload;
  std::string variant;
  std::string unit;
  double value = 0;
  std::uint64_t operations = 0;
  std::string notes;
  Details details;
  Durability durability = Durability::kProcess;
};

class Session {
 public:
  /// Sends messages to the parent process.
  using Sink = std::function<void(const Json&)>;

  Session(const Settings& settings, const CatalogEntry& entry, std::filesystem::path directory, Sink sink)
      : settings_(settings), entry_(entry), directory_(std::move(directory)), sink_(std::move(sink)) {}

  const Settings& settings() const { return settings_; }
  const std::string& contestant_id() const { return entry_.id; }
  const std::filesystem::path& directory() const { return directory_; }
  bool is_sediment() const { return entry_.id == "sediment"; }
  /// Whether this one is wanted.
  bool wants(std::string_view workload) const;

  std::unique_ptr<Contestant> make() const { return entry_.make(); }
  std::unique_ptr<Contestant> open(std::uint64_t expected_keys, Durability durability = Durability::kProcess) const;

  /// For the progress line.
  void begins(std::string_view workload) const { sink_({{"doing", workload}}); }
  void report(const Measurement& measurement) const;
  /// The rate of a loop, with a note if the time was up before the loop was done.
  void report_rate(std::string_view workload, std::string_view variant, const Timing& timing, Details details = {},
                   Durability durability = Durability::kProcess) const;
  void report_point(std::string_view curve, std::string_view label, double x, double y) const;
  void skip(std::string_view workload, std::string_view variant, std::string_view why) const;

  /// Ends this process the way `kill -9` does.
  [[noreturn]] void end_killed() const;

 private:
  const Settings& settings_;
  const CatalogEntry& entry_;
  std::filesystem::path directory_;
  Sink sink_;
};

/// A session: its phases run one after the other, each in a new process, in the same directory.
using Phase = std::function<void(Session&)>;
struct Group {
  std::string name;
  double expected_seconds = 1;         // a guess, for the first estimate of the remaining time
  std::vector<std::string> workloads;  // whose rows it yields
  std::vector<std::string> curves;     // whose points it yields
  std::vector<std::string> contestants;
  std::vector<Phase> phases;
};

std::vector<Group> fill_groups(const Settings& settings);
std::vector<Group> core_groups(const Settings& settings);
std::vector<Group> open_groups(const Settings& settings);
std::vector<Group> durable_groups(const Settings& settings);
std::vector<Group> sediment_groups(const Settings& settings);
std::vector<Group> text_log_groups(const Settings& settings);

/// Those that store 1M keys in finite time.
std::vector<std::string> all_but_text_log();
std::vector<std::string> persistent_contestants();

}  // namespace sediment::bench
