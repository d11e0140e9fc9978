// A store as many people write their first one: it works, it is fast, and it loses data.
//
// Segments of lines "key TAB value", a line without a tab for a removed key, everything in memory as well. What it
// does not do is on purpose: a roll syncs nothing, sync() syncs the newest segment only, a merge removes its inputs
// before its output is on the disk, nothing ever syncs the directory, and no line has a checksum. It is here so that
// the simulator can be seen finding that.
#pragma once

#include "sim/run/store_adapter.h"

namespace sediment::test {

/// The kind "naive": put, remove, get, sync, roll, merge.
const sim::StoreKind& naive_kind();

}  // namespace sediment::test
