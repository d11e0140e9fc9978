// What an exploration found, for people: explore and report print the same.
#pragma once

#include <optional>
#include <string>

#include "engine/status.h"
#include "sim/explore/report.h"
#include "sim/explore/tiers.h"

namespace sediment::sim {

/// "2/4" is shard 2 of 4, counted from 0.
std::optional<Shard> parse_shard(const std::string& text);

void print_report(const ExploreReport& report);
/// Saves each violation as a scenario, and tells it.
Status tell_violations(const ExploreReport& report, const std::string& folder, bool talks);
/// The last line; returns the exit code.
int verdict(const ExploreReport& report);
/// The same without that line, where a program reads the report. Says on stderr what did not replay.
int exit_code_of(const ExploreReport& report);

}  // namespace sediment::sim
