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

/// On a terminal it runs until a signal ends it (Ctrl-C: kOk); with --json and an interval, until then or until the
/// output has no reader any more. Elsewhere, and with `once`, it prints one view: kIo without a store,
/// kCorruption when something is wrong with it.
ExitCode run_watch(const WatchArguments& arguments, Console& console);

}  // namespace sediment::cli
