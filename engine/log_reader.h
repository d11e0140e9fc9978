// Reads log files: from start to end, and at one offset. (log_end.h searches what stands after damage.)
//
// Reads change nothing and trust nothing: no length is used before its checksum verified and it fits the file.
// An I/O error is returned as an error; it is never taken for the end of the log.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/disk.h"
#include "engine/record.h"
#include "engine/segment_header.h"
#include "engine/status.h"

namespace sediment {

/// The log that is read: `name` is for error messages, `nonce` stands in the file's header, and bytes at and after
/// `end` are not the log's.
struct LogExtent {
  std::string_view name;
  std::uint64_t nonce = 0;
  std::uint64_t end = 0;
};

/// The header of a segment's file. kCorruption as in decode_segment_header.
Result<SegmentHeader> read_segment_header(const File& file, std::string_view name);

/// Fills `*record` with the record at `offset`, verified. kCorruption when what stands there does not verify. The
/// record's key and value are valid as long as `*scratch` and `file` are.
Status read_record(const File& file, const LogExtent& log, std::uint64_t offset, std::string* scratch, Record* record);

/// Steps through a log record by record, from the end of its header to the first thing that is no record.
class LogReader {
 public:
  struct Step {
    RecordVerdict verdict = RecordVerdict::kEnd;
    std::uint64_t offset = 0;  // where it stands
    Record record;             // if the verdict is kValid; its bytes are valid until the next call of next()
  };

  /// Some records that follow one another.
  struct Batch {
    static constexpr std::size_t kMostRecords = 32;

    std::array<Record, kMostRecords> records;  // their bytes are valid until the reader's next call
    std::size_t count = 0;
    RecordVerdict end = RecordVerdict::kValid;  // of what follows them: kValid, or why there is no record
    std::uint64_t end_offset = 0;               // where that stands, unless kValid
  };

  LogReader(const File& file, LogExtent log) : file_(file), log_(log) {}

  /// The next record, or why there is none. After any verdict but kValid the reader stays where it is.
  Result<Step> next();
  /// The next records, at least one if there is one.
  Status next_batch(Batch* batch);

 private:
  // The window is the part of the file that was read last. When it moves, the bytes of earlier records are gone.
  enum class Window : std::uint8_t { kMayMove, kStays };
  Result<bool> read_next(Window window, RecordVerdict* verdict, Record* record);
  std::string_view rest_of_window() const;
  Status move_window(std::uint64_t size);

  const File& file_;
  LogExtent log_;
  std::uint64_t offset_ = kSegmentHeaderSize;
  std::string scratch_;
  std::string_view window_;  // bytes of the file from window_offset_ on
  std::uint64_t window_offset_ = 0;
};

}  // namespace sediment
