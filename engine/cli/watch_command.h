// The command `watch`: a view of a store that refreshes itself (watch.h, watch_view.h).
#pragma once

#include <optional>
#include <string>

#include "engine/cli/console.h"

namespace sediment::cli {

struct WatchArguments {
  std::string directory;
  std::optional<double> interval_seconds;  // 1 if none is given
  bool once = false;
};

/// On a terminal it goes on until a signal ends it (Ctrl-C: kOk); with --json and an interval, also when nobody reads
/// the output any more. One view, elsewhere and with `once`: kNotFound without a store, kCorruption when something is
/// wrong with it.
ExitCode run_watch(const WatchArguments& arguments, Console& console);

}  // namespace sediment::cli
