#include "tests/bench/session.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <utility>

namespace sediment::bench {
namespace {

// 500000 as "500,000".
std::string with_commas(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string shown;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) shown.push_back(',');
    shown.push_back(digits[i]);
  }
  return shown;
}

}  // namespace

std::string short_count(std::uint64_t count) {
  if (count >= 1'000'000 && count % 100'000 == 0) return fmt::format("{:g}M", static_cast<double>(count) / 1e6);
  if (count >= 1'000 && count % 100 == 0) return fmt::format("{:g}k", static_cast<double>(count) / 1e3);
  return std::to_string(count);
}

bool Session::wants(std::string_view workload) const {
  return settings_.only.empty() || settings_.only.contains(std::string(workload));
}

std::unique_ptr<Contestant> Session::open(std::uint64_t expected_keys, Durability durability) const {
  auto contestant = make();
  contestant->open({directory_, expected_keys, durability});
  return contestant;
}

void Session::report(const Measurement& measurement) const {
  if (!wants(measurement.workload)) return;
  sink_({{"row",
          {{"workload", measurement.workload},
           {"variant", measurement.variant},
           {"contestant", entry_.id},
           {"unit", measurement.unit},
           {"value", measurement.value},
           {"operations", measurement.operations},
           {"durability", make()->durability_text(measurement.durability)},
           {"notes", measurement.notes},
           {"details", Json(measurement.details)}}}});
}

void Session::report_rate(std::string_view workload, std::string_view variant, const Timing& timing, Details details,
                          Durability durability) const {
  Measurement measurement{std::string(workload),
                          std::string(variant),
                          "ops/s",
                          timing.rate(),
                          timing.operations,
                          "",
                          std::move(details),
                          durability};
  if (!timing.complete()) {
    measurement.notes =
        fmt::format("{} of {} operations: time limit", with_commas(timing.operations), with_commas(timing.wanted));
  }
  report(measurement);
}

void Session::report_point(std::string_view curve, std::string_view label, double x, double y) const {
  if (!settings_.curves) return;
  sink_({{"point", {{"curve", curve}, {"contestant", entry_.id}, {"label", label}, {"x", x}, {"y", y}}}});
}

void Session::skip(std::string_view workload, std::string_view variant, std::string_view why) const {
  if (!wants(workload)) return;
  sink_({{"skipped", {{"workload", workload}, {"variant", variant}, {"contestant", entry_.id}, {"why", why}}}});
}

void Session::end_killed() const {
  sink_({{"ends", "killed"}});
  kill(getpid(), SIGKILL);
  std::abort();  // never reached
}

std::vector<std::string> persistent_contestants() {
  return {"sediment", "leveldb", "rocksdb", "lmdb", "sqlite", "tkrzw", "kyoto"};
}

std::vector<std::string> all_but_text_log() {
  std::vector<std::string> ids = persistent_contestants();
  ids.insert(ids.begin() + 1, "unordered-map");
  return ids;
}

}  // namespace sediment::bench
