// The operations of the disk in a trace, for people who choose the one after which a crash strikes.
#pragma once

#include <string>
#include <vector>

#include "sim/disk/trace.h"

namespace sediment::labs {

/// For each step of the trace, "22 sync-directory, 23-24 append 000002.log": its operations with their numbers, as
/// `crash ... after N` counts them.
std::vector<std::string> operations_by_step(const sim::Trace& trace);

}  // namespace sediment::labs
