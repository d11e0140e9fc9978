// The command `backup`: copies a store that no other process has open (backup.h).
#pragma once

#include <string>

#include "engine/cli/console.h"
#include "engine/cli/open_store.h"

namespace sediment::cli {

struct BackupArguments : StoreArguments {
  std::string new_directory;
  bool quiet = false;
};

ExitCode run_backup(const BackupArguments& arguments, Console& console);

}  // namespace sediment::cli
