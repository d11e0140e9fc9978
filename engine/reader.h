// A reader: one thread's way into a store, without a lock.
//
// It holds the set of segments that it saw last, and looks at each call whether there is a newer one. Segments are
// immutable but for the active one, whose index and log may be read while they grow (hash_index.h, segment.h): so a
// read waits for nothing, not for the writer, not for a roll, not for a merge.
//
// As long as a reader is idle it keeps the segments that it saw last alive, and with them the space of files that a
// merge has removed. It may outlive its store: then it goes on to see what the store held at last.
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
  Status status;      // as get's
  std::string value;  // if ok
};

/// One thread at a time; each thread has a reader of its own. Sees every write that was acknowledged before the call,
/// also one that is not durable yet. Errors as Store::get.
class Reader {
 public:
  Reader(std::shared_ptr<const CurrentSegments> current, Observer* observer);

  Status get(std::string_view key, std::string* value);
  /// Without copying: the bytes are valid until the reader's next call, or its end.
  Result<std::string_view> view(std::string_view key);
  /// As many gets, all of them from one and the same set of segments. Faster than one by one, several times: a get
  /// waits for memory twice, for a slot of the index and for the record, and here many keys wait together. `results` is
  /// as long as `keys`; the capacity of its values is used again.
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
