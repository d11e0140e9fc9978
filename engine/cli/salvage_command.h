// The command `salvage`: prints what salvage.h saved and what it lost.
#pragma once

#include <string>

#include "engine/cli/console.h"
#include "engine/cli/open_store.h"

namespace sediment::cli {

struct SalvageArguments : StoreArguments {
  std::string new_directory;
  bool quiet = false;
};

/// kOk only if the new store is known to hold everything. kCorruption if anything is lost or the order was a guess; kIo
/// if everything that is lost could not be read. In all three cases the new store is complete as far as it goes.
ExitCode run_salvage(const SalvageArguments& arguments, Console& console);

}  // namespace sediment::cli
