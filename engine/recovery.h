// Recovery: it turns a directory into a store, whatever the last process was doing when it stopped. Every open runs it.
//
//   1  lock                                   (store.cc)
//   2  fsync the directory                    the renames of a killed process may be only in the cache, and steps 6
//                                             and 10 delete files because of them
//   3  read the manifest, and publish it      an earlier directory sync may have failed; then the rename is only in
//      again unchanged                        the cache, and a later sync that succeeds need not write it
//   4  sealed segments: check header and      any difference is corruption, never a silent cut; a snapshot that is
//      length, take the index from the        missing or does not match is no damage
//      snapshot, or else read all records
//   5  the active log: scan to the first      they end the log, unless they are rot, which is corruption (log_end.h)
//      bytes that are not a valid record
//   6  delete the files that the manifest     not before the whole store was found good, so that a damaged store
//      does not name                          keeps what could be salvaged; but before any file is made, because
//                                             the next steps may need the space
//   7  rewrite the records that verified      never edit in place, never append after an old tail, never assume
//      into a new file                        that an earlier fsync reached the disk
//   8  create the new active segment; fsync both files and the directory
//   9  publish the manifest                   COMMIT: the rewritten log is sealed, the new one is active
//  10  delete the log that was active         the manifest does not name it any more
//
// An error in any step ends the open. If step 7, 8 or 9 fails, recovery removes the files that these steps made, unless
// the manifest may already name them. If step 10 fails, the new manifest counts already, and the next open removes what
// stayed.
//
// With good snapshots, an open reads the records of only one segment, whatever the size of the store. Maintenance
// writes missing snapshots afterwards (maintenance.h).
//
// Opening is idempotent: from the same durable state, a crash at any step changes nothing that a later open shows.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/catalog.h"
#include "engine/disk.h"
#include "engine/growing_segment.h"
#include "engine/options.h"
#include "engine/status.h"
#include "engine/write_state.h"

namespace sediment {

/// What an open found and did. A torn tail is a fact here, not an error.
struct RecoveryReport {
  bool created = false;      // there was no store
  std::size_t segments = 0;  // the sealed ones that there are now, the rewritten log among them
  std::size_t snapshots_used = 0;
  std::size_t snapshots_ignored = 0;  // present, but of no use
  std::uint64_t records_scanned = 0;
  std::string active_file;       // the log that was active; empty after a clean close
  std::uint64_t cut_offset = 0;  // where that log ended
  std::uint64_t bytes_cut = 0;   // bytes written after it, up to the last one that is not zero
  std::string cut_reason;        // empty if nothing was cut
  std::vector<std::string> files_removed;
};

struct Recovered {
  std::unique_ptr<WriteState> state;
  std::unique_ptr<Catalog> catalog;
  GrowingSegment active;  // without a log when read-only; then empty if there was no active log
  RecoveryReport report;
};

/// Decides before step 1 whether to lock this directory. Locking leaves a LOCK in it for good. Removing a LOCK is never
/// safe, because another process may have opened it and would then hold a lock that excludes no one. So a directory
/// without a store that is not to become one stays as it is. This function only looks. Where a LOCK exists already, it
/// does not refuse a missing manifest, because only what recover() finds under the lock counts. kNotFound, kCorruption,
/// kIoError.
Status look_before_locking(Disk& disk, const Options& options);

/// Does steps 2 to 10. Read-only, it changes no byte: it reads the manifest, does steps 4 and 5, and serves the valid
/// prefix of the active log in place. kNotFound, kInvalidArgument (as Options ask), kCorruption, kIoError, kNoSpace
/// (also if no segment number is left; then nothing has been written). After an error the directory may hold more files
/// than the manifest names, which does no harm.
Result<Recovered> recover(Disk& disk, const Options& options);

}  // namespace sediment
