// Walks through a whole log file, damage included: every byte after the segment header belongs to one stretch.
//
// LogReader stops at the first thing that is not a record, because for a store the log ends there. To examine a log one
// needs to know what follows: after damage, this continues at the next valid record header. It trusts nothing, changes
// nothing, and takes linear time for any contents.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/disk.h"
#include "engine/log_reader.h"
#include "engine/record.h"
#include "engine/status.h"

namespace sediment::tools {

/// A record, zeros, or damage.
struct Stretch {
  RecordVerdict verdict = RecordVerdict::kValid;  // kBlank for zeros; anything but these two is damage
  std::uint64_t offset = 0;
  std::uint64_t size_bytes = 0;        // above 0; a multiple of 8 except at the end of the file
  std::optional<RecordHeader> header;  // if the header verified: type and sizes are right, whatever the body
  // With a header: as found in the file, and right only if the verdict is kValid. If the file ends inside them, only
  // their start. Valid until the next call of next().
  std::string_view key;
  std::string_view value;

  bool valid() const { return verdict == RecordVerdict::kValid; }
  bool blank() const { return verdict == RecordVerdict::kBlank; }
};

class LogWalk {
 public:
  /// `file` must outlive the walk. `log.nonce` is the seed of the checksums: with a wrong one, everything is damage.
  LogWalk(const File& file, LogExtent log) : file_(file), log_(log) {}

  /// The next stretch; none at the end. kIoError.
  Result<std::optional<Stretch>> next();

 private:
  Result<std::string_view> bytes_at(std::uint64_t offset, std::uint64_t size);
  // Sets size_bytes.
  Status measure_blank(Stretch* stretch);
  Status measure_damage(Stretch* stretch);
  Status measure_cut(Stretch* stretch);
  Result<std::uint64_t> next_header(std::uint64_t from);
  Result<std::uint64_t> next_written_byte(std::uint64_t from) const;

  const File& file_;
  LogExtent log_;
  std::uint64_t offset_ = kSegmentHeaderSize;
  std::uint64_t next_header_ = 0;  // the first one after the last search; remembered, or blanks would make it quadratic
  std::string scratch_;
  std::string_view window_;  // bytes of the file, starting at window_offset_
  std::uint64_t window_offset_ = 0;
};

}  // namespace sediment::tools
