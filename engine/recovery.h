// Recovery: from a directory to a store, whatever was going on when the last process stopped. Every open runs it.
//
//   1  lock                                   (store.cc)
//   2  fsync the directory                    what a killed process renamed may be only in the cache, and steps 6 and
//                                             10 delete on its word
//   3  read the manifest, and publish it      a directory sync may have failed before: then the rename is in the cache
//      again unchanged                        only, and a later sync that succeeds need not write it
//   4  sealed segments: check header and      any difference is corruption, never a silent cut; a snapshot that is
//      length, take the index from the        missing or does not match is no damage
//      snapshot, or else read all records
//   5  the active log: scan to the first      that ends the log, unless it is rot (log_end.h): then it is corruption
//      thing that is no valid record
//   6  delete what the manifest does not name: not before all of the store was found good, so that a damaged one keeps
//      what could be salvaged; and before anything is made: the next steps may need the space
//   7  rewrite what verified into a new file  never edit in place, never append after an old tail, never believe
//                                             that an earlier fsync reached the disk
//   8  create the new active segment; fsync both and the directory
//   9  publish the manifest                   COMMIT: the rewritten log sealed, the new one active
//  10  delete the log that was active: the manifest does not name it any more
//
// When 7, 8 or 9 fails, the files that they made are removed again, unless the manifest may name them already.
//
// So an open reads no records but those of one segment, whatever the size of the store. Snapshots that are missing are
// written afterwards (maintenance.h).
//
// From a fixed durable state, opening is idempotent: a crash at any step changes nothing that a later open shows.
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
  bool created = false;  // there was no store
  std::size_t segments = 0;
  std::size_t snapshots_used = 0;
  std::size_t snapshots_ignored = 0;  // there, and of no use
  std::uint64_t records_scanned = 0;
  std::string active_file;       // the log that was active; empty after a clean close
  std::uint64_t cut_offset = 0;  // where that log ended
  std::uint64_t bytes_cut = 0;   // bytes that had been written after it, up to the last that is not zero
  std::string cut_reason;        // empty if nothing was cut
  std::vector<std::string> files_removed;
};

struct Recovered {
  std::unique_ptr<WriteState> state;
  std::unique_ptr<Catalog> catalog;
  GrowingSegment active;  // without a log when read-only, and then empty if there was none
  RecoveryReport report;
};

/// Before step 1: whether this is a directory to lock. To lock it leaves a LOCK there for good (to remove one is never
/// safe: another process may have opened it, and would then hold a lock that excludes no one). So a directory without a
/// store that is not to become one is left as it is. It only looks, and believes nothing where a LOCK is there already:
/// what recover() finds under the lock is what counts. kNotFound, kCorruption, kIoError.
Status look_before_locking(Disk& disk, const Options& options);

/// Steps 2 to 10. Read-only, it changes no byte: steps 4 and 5, and the valid prefix of the active log is served where
/// it is. kNotFound, kInvalidArgument (as Options ask), kCorruption, kIoError, kNoSpace (also when no segment number is
/// left: then nothing has been written). After an error the directory
/// may hold more files than the manifest names, which harms nothing.
Result<Recovered> recover(Disk& disk, const Options& options);

}  // namespace sediment
