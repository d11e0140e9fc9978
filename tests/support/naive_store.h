// A typical first attempt at a store: it works, it is fast, and it loses data.
//
// Its segments hold lines "key TAB value", and a line without a tab for a removed key; everything is in memory as well.
// Its omissions are deliberate: a roll syncs nothing, sync() syncs only the newest segment, a merge removes its inputs
// before its output is on the disk, nothing ever syncs the directory, and no line has a checksum. It is here to show
// that the simulator finds them.
#pragma once

#include "sim/run/store_adapter.h"

namespace sediment::test {

/// The kind "naive": put, remove, get, sync, roll, merge.
const sim::StoreKind& naive_kind();

}  // namespace sediment::test
