// Opens a store for a command.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/cli/console.h"
#include "engine/options.h"
#include "engine/posix/posix_disk.h"
#include "engine/status.h"
#include "engine/store.h"

namespace sediment::cli {

/// What every command takes that opens a store.
struct StoreArguments {
  std::string directory;
  double wait_seconds = 0;  // while another process has the store open
};

/// Calls `act`, and calls it again while it answers with kBusy, until `seconds` have passed. Says so once if that takes
/// longer than a moment. Returns the last answer.
Status wait_while_busy(double seconds, const Console& console, const std::function<Status()>& act);

/// kNotFound unless the directory holds a store, or the remains of one. kIoError.
Status require_store(const std::string& directory);

/// Changes no byte. Errors as for Store::open.
Result<std::unique_ptr<Store>> open_for_reading(const StoreArguments& arguments, Console& console);

/// Reports on stderr when the open cut a torn tail. Errors as for Store::open, except that a missing parent directory
/// is kIoError: kNotFound is reserved for a missing store.
Result<std::unique_ptr<Store>> open_for_writing(const StoreArguments& arguments, const Options& options,
                                                Console& console, PosixAccess access = PosixAccess::kMapped);

/// Adds "recovered" to a command's JSON when the open cut a torn tail.
void add_recovery(const Store& store, Json* object);

}  // namespace sediment::cli
