// Where a log that was not closed ends: torn tail, or rot?
//
// A crash may leave the last records incomplete. Such a torn tail is cut, but rot in synced data must never be cut
// silently. A checksum cannot tell one from the other; durable_upto can. Each record says how much of the log was
// synced before it was written, so if any valid record after the damage says "synced past here", the damage is rot.
//
//   a  b  c  ####  e            e says "synced up to c": the damage may be a tear, because d was never synced
//   a  b  c  ####  e  f         f says "synced up to e": d had been on the disk, so this is rot
//
// (Damage to synced records at the very end of the log, with no later record to prove it, cannot be told from a tear.)
//
// A log ends where its file does, or before: log.end is never beyond the file's end.
//
// This code only reads, and trusts no length: a record header has a checksum of its own, so the search tries every
// place where a record may begin. Linear in the bytes.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/disk.h"
#include "engine/log_reader.h"
#include "engine/record.h"
#include "engine/status.h"

namespace sediment {

/// What is cut off an unclosed log.
struct TornTail {
  std::uint64_t bytes = 0;    // written after the last valid record, up to the last that is not zero; 0: nothing is cut
  std::string_view why = {};  // the records end there: the verdict in words (describe); empty if nothing is cut
};

/// Judges what is at `offset`, where the valid records end for the reason `verdict`. `log` ends where its file does.
/// Nothing is cut if the file ends there (kEnd), or if only zeros follow. kCorruption, with file and offset, if it is
/// rot; kIoError.
Result<TornTail> judge_end(const File& file, const LogExtent& log, std::uint64_t offset, RecordVerdict verdict);

/// The offset of the first valid record header at or after `from`; log.end if there is none. Looks at every place where
/// a record may begin, also in blanks and damage. It follows no length, because a header has a checksum of its own.
/// Linear in the bytes.
Result<std::uint64_t> find_record_header(const File& file, const LogExtent& log, std::uint64_t from);

/// Whether a valid record header after `offset` says that the log was synced past `offset` before that header was
/// written. If so, the bytes at `offset` were durable, and damage there is rot, not a tear. Searches like
/// find_record_header.
Result<bool> proven_durable(const File& file, const LogExtent& log, std::uint64_t offset);

/// The end of the last byte that is not zero, at or after `from`; `from` if there are only zeros.
Result<std::uint64_t> end_of_written_bytes(const File& file, const LogExtent& log, std::uint64_t from);

}  // namespace sediment
