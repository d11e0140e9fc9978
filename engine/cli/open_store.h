// Opens a store for a command.
#pragma once

#include <memory>
#include <string>

#include "engine/cli/console.h"
#include "engine/options.h"
#include "engine/posix/posix_disk.h"
#include "engine/status.h"
#include "engine/store.h"

namespace sediment::cli {

/// Changes no byte. Errors as for Store::open.
Result<std::unique_ptr<Store>> open_for_reading(const std::string& directory, Console& console);

/// Reports on stderr when the open cut a torn tail. Errors as for Store::open, except that a missing parent directory
/// is kIoError: kNotFound is reserved for a missing store.
Result<std::unique_ptr<Store>> open_for_writing(const std::string& directory, const Options& options, Console& console,
                                                PosixAccess access = PosixAccess::kMapped);

/// Adds "recovered" to a command's JSON when the open cut a torn tail.
void add_recovery(const Store& store, Json* object);

}  // namespace sediment::cli
