#include "engine/growing_segment.h"

#include "engine/guarded.h"

namespace sediment {

namespace {

Result<GrowingSegment> with_segment(Disk& disk, SegmentNumber number, Result<std::unique_ptr<LogWriter>> log) {
  if (!log.ok()) return log.status();
  Result<GrowingSegment> made = guarded([&]() -> Result<GrowingSegment> {
    auto segment = std::make_shared<Segment>(**log);
    return GrowingSegment{std::move(*log), std::move(segment)};
  });
  if (!made.ok()) LogWriter::discard(disk, number);
  return made;
}

}  // namespace

Result<GrowingSegment> GrowingSegment::create(Disk& disk, SegmentNumber number, LogSpace space,
                                              LogWriter::Stamp stamp) {
  return with_segment(disk, number, LogWriter::create(disk, number, space, stamp));
}

Result<GrowingSegment> GrowingSegment::create_durable(Disk& disk, SegmentNumber number, LogSpace space) {
  return with_segment(disk, number, LogWriter::create_durable(disk, number, space));
}

}  // namespace sediment
