// A store's directory on a real disk, as a trace: its files as they are, and what an open makes of them.
#pragma once

#include <string>

#include "engine/status.h"
#include "sim/disk/trace.h"

namespace sediment::viz {

/// The largest directory whose records can all be shown; of a larger one, see large_store.h.
constexpr std::uint64_t kMostDirectoryBytes = 64 << 20;

/// The sizes of its files. kNotFound; kInvalidArgument if there is no store.
Result<std::uint64_t> bytes_of_directory(const std::string& path);

/// Reads all files and changes none: the open happens on a copy in memory. Beside a writing process, the picture shows
/// each file at one moment. kNotFound, kIoError; kInvalidArgument if there is no store, or one that is too large.
Result<sim::Trace> trace_of_directory(const std::string& path);

}  // namespace sediment::viz
