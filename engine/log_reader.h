// Reads log files: from start to end, or at one offset. (log_end.h searches what follows damage.)
//
// Reads change nothing and trust nothing: a length is used only after its checksum has been verified and if it fits the
// file. An I/O error is returned as an error; it is never mistaken for the end of the log.
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

/// The log to read: `name` is for error messages, `nonce` is the one in the file's header, and bytes from `end` on do
/// not belong to the log.
struct LogExtent {
  std::string_view name;
  std::uint64_t nonce = 0;
  std::uint64_t end = 0;
};

/// The header of a segment's file. kCorruption as in decode_segment_header.
Result<SegmentHeader> read_segment_header(const File& file, std::string_view name);

/// Fills `*record` with the record at `offset` and verifies it. kCorruption if the bytes there do not verify. The
/// record's key and value are valid as long as `*scratch` and `file` are.
Status read_record(const File& file, const LogExtent& log, std::uint64_t offset, std::string* scratch, Record* record);

/// Steps through a log record by record, from the end of its header to the first place that holds no valid record.
class LogReader {
 public:
  struct Step {
    RecordVerdict verdict = RecordVerdict::kEnd;
    std::uint64_t offset = 0;  // where it stands
    Record record;             // if the verdict is kValid; its bytes are valid until the next call of next()
  };

  /// Some consecutive records.
  struct Batch {
    static constexpr std::size_t kMostRecords = 32;

    std::array<Record, kMostRecords> records;  // their bytes are valid until the reader's next call
    std::size_t count = 0;
    RecordVerdict end = RecordVerdict::kValid;  // of what follows them: kValid, or why there is no record
    std::uint64_t end_offset = 0;               // where that is, unless kValid
  };

  LogReader(const File& file, LogExtent log) : file_(file), log_(log) {}

  /// The next record, or why there is none. After any verdict but kValid the reader stays where it is.
  Result<Step> next();
  /// The next records: at least one, unless there is none.
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
