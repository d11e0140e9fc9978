// A fitted index: that of a segment which will not change any more, in a table that is just large enough.
//
// Its entries stand in the order of their tags, so that a probe ends at the first larger one. That makes a miss as
// cheap as a hit, and lets 5/6 of the slots be used: 9.6 bytes a key. The same entries always make the same table, so a
// snapshot (snapshot.h) is the table as it is, and an index that comes from one reads the slots where they are.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/hash_index.h"

namespace sediment {

/// The same entries, fitted. The next insert would make an ordinary index of it again.
HashIndex fitted(const HashIndex& index);

/// All slots, 8 bytes each (tag, offset; little-endian).
std::string encode_slots(const HashIndex& index);

/// A fitted index whose slots lie where encode_slots() has put them, say in the mapping of a file; they stay as they
/// are: no replace(). `slots` has a multiple of 8 bytes, which `owner` keeps in memory. They are not looked at: slots
/// that come from a file must be asked is_fitted_within() before anything else.
HashIndex fitted_from(std::string_view slots, std::shared_ptr<const void> owner);

/// Whether the slots are what fitted() makes of them, and every offset is at least `first` and below `end`.
bool is_fitted_within(const HashIndex& index, std::uint64_t first, std::uint64_t end);

}  // namespace sediment
