// A reader: one thread's way into a store, without a lock.
//
// It holds the set of segments that it saw last, and checks at each call whether there is a newer set. All segments are
// immutable except the active one, whose index and log may be read while they grow (hash_index.h, segment.h). So a read
// never waits: not for the writer, not for a roll, not for a merge.
//
// An idle reader keeps alive the segments that it saw last, and with them the disk space of files that a merge has
// removed. A reader may outlive its store: it then continues to see what the store last held.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engine/current_segments.h"
#include "engine/event.h"
#include "engine/hash_index.h"
#include "engine/status.h"

namespace sediment {

/// What multi_get found for one key.
struct GetResult {
  Status status;      // as from get
  std::string value;  // if ok
};

/// One thread at a time: give each thread a reader of its own. A reader sees every write that was acknowledged before
/// the call, even if it is not durable yet. Errors as for Store::get.
class Reader {
 public:
  Reader(std::shared_ptr<const CurrentSegments> current, Observer* observer);

  Status get(std::string_view key, std::string* value);
  /// A get without copying: the bytes are valid until the reader's next call, or until it is destroyed.
  Result<std::string_view> view(std::string_view key);
  /// Gets all keys, from the same set of segments. Several times faster than one get per key: a get waits for memory
  /// twice, for a slot of the index and for the record, and here these waits overlap. `results` must be as long as
  /// `keys`; the capacity of its values is reused.
  void multi_get(std::span<const std::string_view> keys, std::span<GetResult> results);

 private:
  // The segments as they are now.
  const SegmentList& refresh();
  // `*value` points into the log, or into scratch_.
  Status find(const SegmentList& segments, std::string_view key, KeyHash hash, std::size_t skip,
              std::string_view* value);
  Status find_one(std::string_view key, std::string_view* value);

  std::shared_ptr<const CurrentSegments> current_;
  Observer* observer_;
  std::uint64_t version_;
  std::shared_ptr<const SegmentList> segments_;
  std::string scratch_;  // bytes of the last record
};

}  // namespace sediment
