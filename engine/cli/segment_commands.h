// The commands that work on segments: roll, merge, stats.
#pragma once

#include <optional>
#include <string>

#include "engine/cli/console.h"
#include "engine/cli/open_store.h"
#include "engine/merge_policy.h"

namespace sediment::cli {

struct RollArguments : StoreArguments {};
struct MergeArguments : StoreArguments {
  std::optional<MergeRun> run;  // none: all
};
struct StatsArguments : StoreArguments {
  bool exact = false;  // also read everything to tell what is live
};

/// "2..4": positions from 1 on, the first not above the last. None for anything else.
std::optional<MergeRun> parse_run(std::string_view text);

ExitCode run_roll(const RollArguments& arguments, Console& console);
ExitCode run_merge(const MergeArguments& arguments, Console& console);
ExitCode run_stats(const StatsArguments& arguments, Console& console);

}  // namespace sediment::cli
