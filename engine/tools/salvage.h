// Salvage: copies every record of a damaged store that still verifies into a new store, and names every loss.
//
//   which files     those that the manifest names. Others are not part of the store: they are reported, not copied.
//                   Without a readable manifest it is unknown which files count, so all are taken
//   in which order  as the manifest says, oldest first. Without a manifest the order is unknown too. A number says
//                   nothing about age: a merge's output has a higher number than segments that are newer. So the order
//                   is a guess, ascending numbers, and the report names the keys for which it mattered
//   which records   all that verify, tombstones too, in the order of the log, so that the later one wins as before. In
//                   the log that was active also those after a tear, where an open would end: salvage saves what is
//                   there, and reports the tear as a loss
//   what is lost    each place in a log without a valid record; what is missing at a file's end; whole files. If the
//                   header of a lost record verified, its size is right, and its key is reported as found
//
// A damaged segment header costs nothing as long as the manifest has the nonce, or a record proves that the nonce in
// the bad header is right. Without its nonce nothing in a file can be verified. Unreadable sectors are skipped.
//
// If the newest record of a key is lost, an older record becomes that key's value again: the report says for each lost
// key whether that happened.
//
// The damaged store does not change by one byte. The new one gets its manifest last (new_store.h), after every record
// in it has been read back: if nothing is lost, it holds what the old one held.
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

/// What the new store holds for the key of a lost record. The bytes of the key are reported as found: no checksum
/// vouches for them.
enum class KeyNow : std::uint8_t {
  kUnknown,      // the key could not be read
  kAbsent,       // nothing, or a tombstone that is older than the loss
  kOlderValue,   // a value that is older than the loss: it has come back
  kLaterRecord,  // a record that is newer than the loss: for this key nothing is lost
};

/// kDamage and kUnreadable are losses; kFact is not.
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

/// A key with different records in more than one file, while it is unknown which one is newer.
struct OrderConflict {
  std::string key;
  std::vector<std::string> files;  // two or more with different records; the last one was used
};

struct SalvageReport {
  static constexpr std::size_t kMostConflictsListed = 100;

  Status manifest;                  // ok, or why the order is a guess
  std::vector<SalvagedFile> files;  // in the order in which they were taken, then those that were not taken
  std::uint64_t conflict_count = 0;
  std::vector<OrderConflict> conflicts;  // the first kMostConflictsListed

  std::uint64_t records() const;  // copied
  std::uint64_t tombstones() const;
  std::size_t count(Finding::Kind kind) const;
  std::uint64_t bytes_lost() const;  // as far as sizes are known
  /// Whether the new store is known to hold everything that the old one held.
  bool complete() const;
};

/// Holds the damaged store's lock shared while it reads. kNotFound when the directory holds no part of a store.
/// kInvalidArgument when `into` does, or when the manifest is of a newer version; kBusy; kIoError and kNoSpace from
/// writing, and then nothing is left in `into`. All damage is in the report. Without a manifest it needs memory for
/// every key, otherwise only for the losses.
Result<SalvageReport> salvage(Disk& damaged, Disk& into, const ReportProgress& report_progress);

}  // namespace sediment::tools
