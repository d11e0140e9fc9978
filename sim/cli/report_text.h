// What an exploration found, as text: the same for explore and report.
#pragma once

#include <optional>
#include <string>

#include "engine/status.h"
#include "sim/cli/command_line.h"
#include "sim/explore/isolated.h"
#include "sim/explore/report.h"
#include "sim/explore/tiers.h"

namespace sediment::sim {

/// "2/4" is shard 2 of 4; shards are counted from 0.
std::optional<Shard> parse_shard(const std::string& text);

void print_report(const ExploreReport& report);

struct Telling {
  const Kinds& kinds;
  std::string folder;    // for the scenarios
  std::size_t most = 3;  // stories
  Timeout timeout = kDefaultTimeout;
  bool talks = true;
};
/// Shrinks the violations, saves each story as a scenario, and prints it.
Status tell_violations(const ExploreReport& report, const Telling& telling);
/// Prints the last line; returns the exit code.
int verdict(const ExploreReport& report);
/// The same without that line, for a report in JSON. Prints to stderr what did not replay.
int exit_code_of(const ExploreReport& report);

}  // namespace sediment::sim
