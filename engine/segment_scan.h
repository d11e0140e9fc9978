// Reads a sealed segment from start to end, and says of each record whether it still counts. Merges, full passes and
// exact statistics use this.
//
// The indexes of a record's own segment and of all newer ones decide whether it is superseded. Each index lookup waits
// for memory, and there are several per record. So a scan takes records in batches, and does each step for the whole
// batch before the next step: prefetch all slots, prefetch the records that they point to, then look. The waits
// overlap, and this alone makes a merge several times as fast.
//
// One thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/log_reader.h"
#include "engine/segment.h"
#include "engine/status.h"

namespace sediment {

enum class Standing : std::uint8_t {
  kNewest,           // of all records of its key, here and in the newer segments
  kSupersededHere,   // its own segment's index points to a later record of the key
  kSupersededLater,  // a newer segment has a record of the key
};

class SegmentScan {
 public:
  struct Entry {
    const Record* record = nullptr;  // valid until the next call of next()
    KeyHash hash;                    // of its key
    Standing standing = Standing::kNewest;
  };

  /// `segment` must live as long as the scan does.
  SegmentScan(const Segment& segment, SegmentList newer) : segment_(segment), newer_(std::move(newer)) {}

  /// Announces that records will be added to this segment (null: to none), so that its slots are prefetched with the
  /// others. It must live as long as the scan does.
  void expect_to_add_to(const Segment* output) { output_ = output; }

  /// The next record, oldest first; null at the end. kCorruption if a record here, or one in a newer segment that may
  /// have the same key, does not verify; kIoError.
  Result<const Entry*> next();

 private:
  // What is known about a record before any other record is read.
  struct Suspicion {
    KeyHash hash;
    bool superseded_here = false;
    std::size_t without = 0;  // how many of the newest segments do not have the key, according to their indexes
  };
  Status take_batch();
  Suspicion suspicion_of(const Record& record, KeyHash hash) const;
  Result<Standing> standing_of(const Record& record, const Suspicion& suspicion);

  const Segment& segment_;
  const SegmentList newer_;
  const Segment* output_ = nullptr;
  LogReader reader_{segment_.file(), segment_.extent()};
  LogReader::Batch batch_;
  std::array<Suspicion, LogReader::Batch::kMostRecords> suspicions_;
  std::size_t position_ = 0;
  std::string scratch_;  // bytes of a newer record
  Entry entry_;
};

}  // namespace sediment
