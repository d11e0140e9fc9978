// A lookup: which record of a key counts, in one segment and in all of them.
//
// In one segment the index names candidates, records whose keys have the same tag. Each is verified before it is
// believed, and its key compared: a record that may be the key's and does not verify ends the lookup with an error,
// because then it is unknown whether the key is here.
//
// In all of them the newest segment is asked first, then the next older one, until one has a record of the key. A
// tombstone is an answer, too: it ends the search, although an older segment may have a value.
//
// Any thread, beside the writer.
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
  std::string* scratch = nullptr;  // for the record's bytes, where a disk cannot show them
  Observer* observer = nullptr;

  Record record = {};   // of kValue and kTombstone; valid as long as *scratch and the segment are
  Status failure = {};  // of kFailure: kCorruption or kIoError
};

/// Fills `*lookup` with the newest record of its key in this segment, if there is one.
[[nodiscard]] Found find_in(const Segment& segment, Lookup* lookup);

/// The same in all segments. The newest `skip` of them are not asked.
[[nodiscard]] Found find_in(const SegmentList& oldest_first, Lookup* lookup, std::size_t skip = 0);

/// Asks the processor for what find_in() will look at, in two steps: the slots of all segments; then, when these have
/// arrived, the record. To look for many keys, do each step for all of them: then the memory works on all at once.
void prefetch_slots(const SegmentList& oldest_first, KeyHash hash);
/// Returns how many of the newest segments do not have the key, as their indexes show.
std::size_t prefetch_record(const SegmentList& oldest_first, KeyHash hash);

}  // namespace sediment
