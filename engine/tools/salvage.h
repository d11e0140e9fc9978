// Salvage: every record of a damaged store that still verifies goes into a new store, and every loss is named.
//
//   which files     those that the manifest names. What it does not name is no part of the store: it is told, not
//                   copied. Without a manifest that can be read nobody knows which files count: then all are taken
//   in which order  as the manifest says, oldest first. Without one nobody knows that either (a number says nothing
//                   about age: a merge's output has a higher number than segments that are newer), so it is a guess,
//                   ascending numbers, and the report names the keys for which it mattered
//   which records   all that verify, tombstones too, in the order of the log, so that the later one wins as before. In
//                   the log that was active also those behind a tear, where an open would end: whoever salvages wants
//                   what is there, and the tear is then told as a loss
//   what is lost    each place of a log where no valid record stands; what is missing at a file's end; whole files.
//                   Where the header of a lost record verified, its size is true and its key is told as it stands
//
// A segment header that is damaged costs nothing as long as the manifest knows the nonce, or a record proves the nonce
// in the bad header right. Without its nonce nothing in a file can be verified. Sectors that cannot be read are passed
// over.
//
// An older record of a key whose newer one is lost comes back, as the value of that key: the report tells for each lost
// key whether that happened.
//
// The damaged store is not changed by one byte. The new one gets its manifest last (new_store.h), after every record in
// it was read back: with no loss, it holds what the old one held.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/disk.h"
#include "engine/status.h"
#include "engine/tools/job_progress.h"
#include "engine/tools/log_gaps.h"
#include "engine/tools/verify.h"

namespace sediment::tools {

/// What the new store holds for the key of a lost record. The key's bytes are told as they stand there: no checksum
/// vouches for them.
enum class KeyNow : std::uint8_t {
  kUnknown,      // the key could not be read
  kAbsent,       // nothing, or a tombstone that is older than the loss
  kOlderValue,   // a value that is older than the loss: it has come back
  kLaterRecord,  // a record that is newer than the loss: for this key nothing is lost
};

/// kDamage and kUnreadable are losses, a kFact is none.
struct SalvageFinding : Finding {
  KeyNow key_now = KeyNow::kUnknown;

  bool is_loss() const { return kind != Kind::kFact; }
};

struct SalvagedFile {
  std::string name;
  FileReport::Role role = FileReport::Role::kUnnamed;
  std::uint64_t size_bytes = 0;
  std::uint64_t records = 0;     // copied
  std::uint64_t tombstones = 0;  // of those
  std::vector<SalvageFinding> findings;
};

/// A key of which more than one file has a record, and not the same, while nobody knows which is newer.
struct OrderConflict {
  std::string key;
  std::vector<std::string> files;  // two or more with different records; the last one was believed
};

struct SalvageReport {
  static constexpr std::size_t kMostConflictsListed = 100;

  Status manifest;                  // ok, or why the order is a guess
  std::vector<SalvagedFile> files;  // in the order in which they were taken, then those that were not
  std::uint64_t conflict_count = 0;
  std::vector<OrderConflict> conflicts;  // the first kMostConflictsListed

  std::uint64_t records() const;  // copied
  std::uint64_t tombstones() const;
  std::size_t count(Finding::Kind kind) const;
  std::uint64_t bytes_lost() const;  // as far as sizes are known
  /// Whether the new store is known to hold all that the old one held.
  bool complete() const;
};

/// Takes the damaged store's lock shared for as long as it reads. kNotFound when it has nothing of a store;
/// kInvalidArgument when `into` has, or when the manifest is of a newer version; kBusy; kIoError and kNoSpace from
/// writing, then nothing is left in `into`. All damage is in the report. Without a manifest it needs memory for every
/// key, else for the losses only.
Result<SalvageReport> salvage(Disk& damaged, Disk& into, const ReportProgress& report_progress);

}  // namespace sediment::tools
