// A snapshot: the index of a sealed segment as a file beside its log, so that opening a store need not read the log.
//
//   | magic | header   | version | nonce  | number | log   | records | slots | checksum  | slots:      |
//   |       | checksum |         | of the | of the | bytes |         |       | of the    | tag, offset |
//   |       |          |         | log    | log    |       |         |       | slots     |             |
//
// (file_field and snapshot_field in format.h have the offsets.)
//
// It is a cache, and affects only the time of an open: if it is missing, damaged, from a different log or from a
// different length of this log, it is ignored, and the log is read instead. It replaces reading the records, not
// checking the log's header and length. A record that a lookup finds through it is verified and its key compared, as
// always.
//
//   1  write 000012.idx.tmp as a new file, fsync it    so that the name never points to a half-written file
//   2  rename it to 000012.idx                         may be lost in a power cut: nothing waits for the directory
//
// An index loaded from a snapshot uses the slots where they are. If they are mapped, an open looks at each slot twice,
// and they take no memory that the system cannot reclaim.
//
// What production systems do as well: check a large snapshot block by block, each when it is first used, so that an
// open does not read all of it.
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

/// Writes the index of a sealed segment, which is settled (its index is fitted). An unfinished snapshot that an earlier
/// crash has left is removed first. After kNoSpace or kIoError, the snapshot may or may not exist; both are fine. On a
/// full disk, what was written in vain is removed.
Status write_snapshot(Disk& disk, const Segment& segment);

/// The index of a segment, from its snapshot. kNotFound if there is none; kCorruption, kInvalidArgument (a different
/// version) or kIoError if it cannot be used. In all of these cases, read the log instead.
/// Changes nothing on the disk: the store may be open read-only.
///
/// It can be used only if nonce, number, size and record count are those of the segment, both checksums match, and the
/// file is exactly long enough for its slots; and if the slots are fitted, all offsets lie in the log after its header,
/// and there are no more entries than the log has records.
Result<HashIndex> read_snapshot(Disk& disk, const Manifest::Sealed& segment);

}  // namespace sediment
