// The places of a log where no valid record stands, and which of them are proven to be damage.
//
// What verify and salvage have in common: both walk through a whole log (log_walk.h) and judge what is no record.
// Changes nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/disk.h"
#include "engine/log_reader.h"
#include "engine/status.h"
#include "engine/tools/log_walk.h"

namespace sediment::tools {

/// A place in a file, and what is to be said of it.
struct Finding {
  enum class Kind : std::uint8_t {
    kDamage,      // bytes that are not what was written
    kUnreadable,  // the operating system gives no bytes
    kFact,        // worth knowing, and in order
  };

  Kind kind = Kind::kDamage;
  std::uint64_t offset = Status::kNoOffset;  // bytes in the file, where that can be said
  std::uint64_t size_bytes = 0;              // 0 where that cannot be said
  std::string message;
  std::string key;  // of the damaged record, as it stands there; if has_key
  bool has_key = false;
};

/// What zeros at the end of a log are.
enum class BlankEnd : std::uint8_t {
  kDamage,    // of a sealed one
  kReserved,  // of one that was active: space that was never used
};

struct LogGaps {
  std::vector<Finding> gaps;                  // in the order of their offsets
  std::vector<std::uint64_t> records_before;  // valid ones, of each gap
  std::uint64_t records = 0;                  // valid ones
  std::uint64_t reserved_from = 0;            // where the zeros begin that are reserved space; else the log's end
};

/// Walks from the log's header to its end, calls `visit` (if there is one) with each valid record, and adds everything
/// else to `*gaps`. After a failure, of a read or of `visit`, `*gaps` holds what came before.
Status find_gaps(const File& file, const LogExtent& log, BlankEnd blank_end,
                 const std::function<Status(const Stretch&)>& visit, LogGaps* gaps);

/// How many of the gaps, from the first on, a later record proves to have been synced: the rule of recovery.h, step 5,
/// for each of them. Those are damage; the next one is where the log of a stopped process ends.
Result<std::size_t> count_proven(const File& file, const LogExtent& log, const std::vector<Finding>& gaps);

}  // namespace sediment::tools
