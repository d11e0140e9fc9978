// What an exploration found, as text: the same for explore and report.
#pragma once

#include <optional>
#include <string>

#include "engine/status.h"
#include "sim/explore/report.h"
#include "sim/explore/tiers.h"

namespace sediment::sim {

/// "2/4" is shard 2 of 4; shards are counted from 0.
std::optional<Shard> parse_shard(const std::string& text);

void print_report(const ExploreReport& report);
/// Saves each violation as a scenario, and prints it if `talks`.
Status tell_violations(const ExploreReport& report, const std::string& folder, bool talks);
/// Prints the last line; returns the exit code.
int verdict(const ExploreReport& report);
/// The same without that line, for a report in JSON. Prints to stderr what did not replay.
int exit_code_of(const ExploreReport& report);

}  // namespace sediment::sim
