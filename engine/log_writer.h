// Writes one log file: its header, then record after record.
//
// It knows two positions: end(), where the next record goes, and durable_end(), up to which a sync has succeeded.
// Everything between them may be lost in a power cut, in any order. A writer appends only to a file that it created.
// One thread at a time.
//
// Space is reserved in steps. A step doubles what is reserved, and from 4 MiB on it leads to 64 MiB at least; it never
// leads beyond the largest size, unless the record itself does. If the disk has less, a smaller step will do: one that
// doubles, or only what the record needs. So a small log takes little space, a large log takes few steps, and a record
// cannot run out of space half-way once make_room() has returned ok for it.
//
//   | header, records ...........................| reserved, zeros  |
//   0                     durable_end_         end_             reserved_                          largest
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>

#include "engine/disk.h"
#include "engine/guarded.h"
#include "engine/record.h"
#include "engine/segment_header.h"
#include "engine/status.h"

namespace sediment {

/// The space of a log, in bytes: how much is reserved at first, and how long the log may become.
struct LogSpace {
  LogSpace(std::uint64_t all_at_once)  // NOLINT(google-explicit-constructor): a number says it
      : first(all_at_once), largest(all_at_once) {}
  LogSpace(std::uint64_t first_step, std::uint64_t most) : first(std::min(first_step, most)), largest(most) {}

  std::uint64_t first;
  std::uint64_t largest;
};

class LogWriter {
 public:
  /// Whether records say how much of the file was synced before them (durable_upto). The active segment's do: recovery
  /// needs it. A merge's output and a rewritten log do not: they are synced whole before the manifest names them.
  enum class Stamp : std::uint8_t { kDurableUpto, kZero };

  /// A new file with its header and its first reserved space, not synced. kNoSpace and kNoMemory leave no file.
  static Result<std::unique_ptr<LogWriter>> create(Disk& disk, SegmentNumber number, LogSpace space, Stamp stamp);

  /// The same for an active segment: the file and its directory entry are durable when this returns. (A power cut must
  /// not remove a whole log that already has records.) After an I/O error the file may stay: no manifest names it, so
  /// the next open removes it.
  static Result<std::unique_ptr<LogWriter>> create_durable(Disk& disk, SegmentNumber number, LogSpace space);

  /// Removes a log that no manifest names. If it stays, the next open removes it.
  static void discard(Disk& disk, SegmentNumber number) noexcept {
    attempt([&] { return disk.remove(segment_file_name(number)); });
  }

  /// Reserves space for a record of this size, if the disk can reserve any, so that appending it cannot run out of
  /// space. kNoSpace changes nothing, and the call can be repeated. Any other error is a failure of this writer, as in
  /// append().
  Status make_room(std::uint64_t record_bytes);

  /// Appends a record and returns its offset. After an error the file may end in part of it, so this writer must not be
  /// used again: it repeats the error.
  Result<std::uint64_t> append(RecordType type, std::string_view key, std::string_view value) {
    return append(encode(type, key, value), key, value);
  }
  /// The same in two steps: encode the record as it will be at the log's end, then append exactly that record.
  EncodedRecord encode(RecordType type, std::string_view key, std::string_view value) const;
  Result<std::uint64_t> append(const EncodedRecord& record, std::string_view key, std::string_view value);

  /// Makes room for a copy of another log's record, appends it, and returns the copy at its new place. Its durable_upto
  /// may be that of either record: no caller reads it. Errors as for those two.
  Result<Record> copy(const Record& record);

  /// Makes everything appended so far durable. A failed sync is never retried: later calls return the same error.
  Status sync();
  /// The same in two steps, so that others can append while the disk works: take end(), call file()->sync() in
  /// any thread, and then pass the result to this function. durable_end() never moves back, and a later failure never
  /// replaces the first. Callers let one such sync run at a time, and begin none after one that failed.
  void note_sync(std::uint64_t synced_end, const Status& outcome);

  /// Frees the reserved space after the last record, and syncs. The file is then ready to be a sealed segment. After an
  /// earlier failure, this leaves the file as it is, and returns the failure.
  Status seal();

  SegmentNumber number() const { return header_.number; }
  std::uint64_t nonce() const { return header_.nonce; }
  std::uint64_t end() const { return end_; }                  // bytes
  std::uint64_t durable_end() const { return durable_end_; }  // bytes
  std::uint64_t record_count() const { return record_count_; }
  const std::shared_ptr<File>& file() const { return file_; }

 private:
  LogWriter(std::shared_ptr<File> file, SegmentHeader header, LogSpace space, Stamp stamp);

  std::shared_ptr<File> file_;
  SegmentHeader header_;
  std::uint64_t reserved_;  // asked for so far: the disk may not be able to reserve
  std::uint64_t largest_;
  Stamp stamp_;
  std::uint64_t end_ = kSegmentHeaderSize;
  std::uint64_t durable_end_ = 0;
  std::uint64_t record_count_ = 0;
  Status failure_;  // the first failed append or sync
};

}  // namespace sediment
