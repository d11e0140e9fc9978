// A growing segment: a log that is being written, and the segment that reads it.
//
// The active segment is one; so is the output of a merge or a recovery.
#pragma once

#include <memory>

#include "engine/disk.h"
#include "engine/log_writer.h"
#include "engine/segment.h"
#include "engine/status.h"

namespace sediment {

struct GrowingSegment {
  std::unique_ptr<LogWriter> log;  // null: none, or a segment that is only read
  std::shared_ptr<Segment> segment;

  /// A new one, without records. Errors as LogWriter::create; kNoMemory leaves no file either.
  static Result<GrowingSegment> create(Disk& disk, SegmentNumber number, LogSpace space, LogWriter::Stamp stamp);
  /// The same for an active segment: file and directory entry are durable when it returns.
  static Result<GrowingSegment> create_durable(Disk& disk, SegmentNumber number, LogSpace space);
};

}  // namespace sediment
