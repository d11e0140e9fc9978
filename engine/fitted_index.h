// A fitted index: the index of a segment that will not change any more, in a table that is just large enough.
//
// The entries are sorted by tag, so a probe ends at the first larger tag. This makes a miss as cheap as a hit, and
// allows 5/6 of the slots to be used: 9.6 bytes per key. The same entries always give the same table. So a snapshot
// (snapshot.h) contains the table as it is, and an index loaded from a snapshot uses the slots where they are.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/hash_index.h"

namespace sediment {

/// The same entries, fitted. The next insert would turn it into an ordinary index again.
HashIndex fitted(const HashIndex& index);

/// All slots, 8 bytes each (tag, offset; little-endian).
std::string encode_slots(const HashIndex& index);

/// A fitted index that uses slots written by encode_slots() where they are, for example in a mapped file. It cannot
/// change: no replace(). `slots` has a multiple of 8 bytes, and `owner` keeps it in memory. The slots are not checked:
/// if they come from a file, call is_fitted_within() before anything else.
HashIndex fitted_from(std::string_view slots, std::shared_ptr<const void> owner);

/// Whether the slots are as fitted() would arrange them, and every offset is at least `first` and below `end`.
bool is_fitted_within(const HashIndex& index, std::uint64_t first, std::uint64_t end);

}  // namespace sediment
