// Backup: a consistent copy of a store, made while others write to it.
//
//   1  freeze the store           everything acknowledged so far is now in sealed segments, which never change; later
//                                 writes go elsewhere and are not in the backup
//   2  copy each segment, fsync it
//   3  verify each copy           its header, each record, their number: damage fails the backup and is never copied
//   4  fsync the new directory, publish the frozen manifest, without an active segment: COMMIT (new_store.h)
//
// The segments stay readable while merges remove their files. Before the commit there is no MANIFEST, so nothing
// mistakes half a backup for a whole one.
#pragma once

#include <cstdint>

#include "engine/disk.h"
#include "engine/status.h"
#include "engine/store.h"
#include "engine/tools/job_progress.h"

namespace sediment::tools {

struct BackupReport {
  std::uint64_t segments = 0;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
};

/// Any thread; others may use the store meanwhile. The backup holds what was acknowledged at one moment between call
/// and return. kInvalidArgument when `target` holds a store, or the remains of one; kCorruption, naming file and offset
/// in the store; kBusy when the target's lock is taken; kNoSpace, kIoError; errors of Store::roll. After an error
/// nothing is left in `target`.
Result<BackupReport> back_up(Store& store, Disk& target, const ReportProgress& report_progress);

}  // namespace sediment::tools
