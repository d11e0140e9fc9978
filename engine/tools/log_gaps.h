// The places in a log without a valid record, and which of them are proven to be damage.
//
// The common part of verify and salvage: both walk through a whole log (log_walk.h) and judge whatever is not a record.
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

/// A place in a file, and what there is to report about it.
struct Finding {
  enum class Kind : std::uint8_t {
    kDamage,      // bytes that are not what was written
    kUnreadable,  // the operating system could not read them
    kFact,        // worth knowing, but not a problem
  };

  Kind kind = Kind::kDamage;
  std::uint64_t offset = Status::kNoOffset;  // in the file, if known
  std::uint64_t size_bytes = 0;              // 0 if unknown
  std::string message;
  std::string key;  // of the damaged record, as found; only if has_key
  bool has_key = false;
};

/// What zeros at the end of a log mean.
enum class BlankEnd : std::uint8_t {
  kDamage,    // in a sealed log
  kReserved,  // in a log that was active: space that was never used
};

struct LogGaps {
  std::vector<Finding> gaps;                  // in the order of their offsets
  std::vector<std::uint64_t> records_before;  // valid ones, for each gap
  std::uint64_t records = 0;                  // valid ones
  std::uint64_t reserved_from = 0;            // where the zeros of reserved space begin; else the log's end
};

/// Walks from the log's header to its end, calls `visit` (if there is one) with each valid record, and adds everything
/// else to `*gaps`. If a read or `visit` fails, `*gaps` holds what came before.
Status find_gaps(const File& file, const LogExtent& log, BlankEnd blank_end,
                 const std::function<Status(const Stretch&)>& visit, LogGaps* gaps);

/// How many of the gaps, counted from the first, are proven by a later record to have been synced: the rule of
/// recovery.h, step 5, for each of them. Those are damage; the next gap is where the log of a stopped process ends.
Result<std::size_t> count_proven(const File& file, const LogExtent& log, const std::vector<Finding>& gaps);

}  // namespace sediment::tools
