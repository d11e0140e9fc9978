// The recovery of one log. An open checks that the log's file is the one that the manifest means, reads its records,
// and copies those that verify into a new file.
//
// This code does not judge where a log ends: recovery.h and log_end.h decide why it ends there, and whether it may. It
// changes no byte in place.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "engine/disk.h"
#include "engine/event.h"
#include "engine/growing_segment.h"
#include "engine/log_reader.h"
#include "engine/segment.h"
#include "engine/segment_header.h"
#include "engine/status.h"

namespace sediment {

/// The file of a log, and its header. Both agree with the manifest.
struct OpenedLog {
  std::shared_ptr<const File> file;
  SegmentHeader header;
};

/// A log, indexed up to the first bytes that are not a valid record.
struct ScannedLog {
  std::shared_ptr<Segment> segment;
  RecordVerdict end_verdict = RecordVerdict::kEnd;  // why it ends
};

/// Opens the log of segment `number`. kCorruption if it is missing, if it belongs to another segment, or if it does not
/// have the expected size in bytes; kIoError.
Result<OpenedLog> open_log(Disk& disk, SegmentNumber number, std::uint64_t nonce,
                           std::optional<std::uint64_t> expected_size, Observer* observer);

/// Indexes a log from its header to the first bytes that are not a valid record. kIoError.
Result<ScannedLog> scan_log(const OpenedLog& opened, Observer* observer);

/// Copies all records of a scanned log, and seals the copy. kCorruption if the log has changed. Other errors as
/// LogWriter.
Status rewrite_log(const Segment& log, GrowingSegment* copy, Observer* observer);

}  // namespace sediment
