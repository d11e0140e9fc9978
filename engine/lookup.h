// A lookup: which record of a key counts, in one segment and in all of them.
//
// In one segment, the index names candidates: records whose keys have the same tag. Each is verified and its key
// compared. If a record that may belong to the key does not verify, the lookup ends at once with an error, because it is
// then unknown whether the key is here.
//
// Across segments, the newest one is searched first, then the next older one, until one has a record of the key. A
// tombstone is an answer too: it ends the search, although an older segment may have a value.
//
// Any thread, even while the writer is writing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/event.h"
#include "engine/hash_index.h"
#include "engine/record.h"
#include "engine/segment.h"
#include "engine/status.h"

namespace sediment {

/// The outcome of a lookup.
enum class Found : std::uint8_t { kNothing, kValue, kTombstone, kFailure };

/// One lookup: the key, and the bytes of the answer.
struct Lookup {
  std::string_view key;
  KeyHash hash;
  std::string* scratch = nullptr;  // for the record's bytes, if the disk cannot show them
  Observer* observer = nullptr;

  Record record = {};   // of kValue and kTombstone; valid as long as *scratch and the segment are
  Status failure = {};  // of kFailure: kCorruption or kIoError
};

/// Fills `*lookup` with the newest record of its key in this segment, if there is one.
[[nodiscard]] Found find_in(const Segment& segment, Lookup* lookup);

/// The same in all segments, except the newest `skip`, which is at most the size of the list.
[[nodiscard]] Found find_in(const SegmentList& oldest_first, Lookup* lookup, std::size_t skip = 0);

/// Prefetches what find_in() will look at, in two steps: first the slots of all segments, then, once these are in the
/// cache, the record. To find many keys, do each step for all of them, so that their memory accesses overlap.
void prefetch_slots(const SegmentList& oldest_first, KeyHash hash);
/// Returns how many of the newest segments do not have the key, according to their indexes.
std::size_t prefetch_record(const SegmentList& oldest_first, KeyHash hash);

}  // namespace sediment
