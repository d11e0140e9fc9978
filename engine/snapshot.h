// A snapshot: the index of a sealed segment as a file beside its log, so that opening a store need not read the log.
//
//   000012.idx   offset  0       8        12       16      24       32      40       48      56         64
//                       | magic | header | version | nonce | number | log   | records | slots | checksum | slots, 8
//                       |       | check- | u32     | of the| of the | bytes | u64     | u64   | of the   | bytes each:
//                       |  u64  | sum u32|         | log   | log    | u64   |         |       | slots u64| tag, offset
//
// It is a cache, and nothing depends on it but time: one that is missing, damaged, of another log or of another length
// of this log is ignored, and the log is read instead. It replaces the reading of records, not the check of the log's
// header and length; and what a lookup finds through it is verified and its key compared, as always.
//
//   1  write 000012.idx.tmp as a new file, fsync it    so that the name never points to a half-written file
//   2  rename it to 000012.idx                         may be lost in a power cut: nothing waits for the directory
//
// An index that came from a snapshot reads the slots where they are: mapped, they cost an open two looks at each, and
// no memory that the system could not take back.
//
// What production systems do besides: check a large snapshot by block when a block is first used, so that an open does
// not read all of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/disk.h"
#include "engine/format.h"
#include "engine/hash_index.h"
#include "engine/manifest.h"
#include "engine/segment.h"
#include "engine/status.h"

namespace sediment {

/// Writes the index of a sealed segment. kNoSpace, kIoError: then there is no snapshot, or there is one; both are fine.
Status write_snapshot(Disk& disk, const Segment& segment);

/// The index of a segment, from its snapshot. kNotFound when there is none; kCorruption, kInvalidArgument (another
/// version) or kIoError when it cannot be used. Whatever the reason: read the log instead.
Result<HashIndex> read_snapshot(Disk& disk, const Manifest::Sealed& segment);

}  // namespace sediment
