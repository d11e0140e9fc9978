// Writes one log file: its header, then record after record.
//
// Knows two positions: end(), where the next record goes, and durable_end(), up to which a sync has returned ok.
// Everything between them may be lost in a power cut, in any order. Only ever appends to a file that it created itself.
// One thread at a time.
//
// Space is reserved in steps. Each is as large as all that the log has, and from 4 MiB on at least 60 MiB, where the
// disk has that much: so a small log needs little, a large one pays for few steps, and a record for which make_room()
// has said ok cannot run out of space half-way.
//
//   | header, records ...........................| reserved, zeros  |
//   0                     durable_end_         end_             reserved_                          largest
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>

#include "engine/disk.h"
#include "engine/record.h"
#include "engine/segment_header.h"
#include "engine/status.h"

namespace sediment {

/// The space of a log, in bytes: what is reserved at once, and how long the log is going to be at most.
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

  /// A new file with its header, and the first of its space. Nothing is synced. kNoSpace and kNoMemory leave no file.
  static Result<std::unique_ptr<LogWriter>> create(Disk& disk, SegmentNumber number, LogSpace space, Stamp stamp);

  /// The same for an active segment: file and directory entry are durable when it returns. No record may be written to
  /// a log that a power cut can take away as a whole.
  static Result<std::unique_ptr<LogWriter>> create_durable(Disk& disk, SegmentNumber number, LogSpace space);

  /// Sees to it that a record of this size can be appended without running out of space, where the disk can reserve
  /// any. kNoSpace changes nothing: it can be asked again. Any other error is a failure of this writer, as in append().
  Status make_room(std::uint64_t record_bytes);

  /// Appends a record and returns its offset. After an error the file may end in part of it, so this writer must not be
  /// used again: it repeats the error.
  Result<std::uint64_t> append(RecordType type, std::string_view key, std::string_view value) {
    return append(encode(type, key, value), key, value);
  }
  /// The same in two halves: the record as it will be at the log's end, and the append of just that record.
  EncodedRecord encode(RecordType type, std::string_view key, std::string_view value) const;
  Result<std::uint64_t> append(const EncodedRecord& record, std::string_view key, std::string_view value);

  /// Appends a copy of another log's record, with room made for it, and returns it as it is here. Errors as those two.
  Result<Record> copy(const Record& record);

  /// Makes everything appended so far durable. A failed sync is never tried again: it is repeated as an error.
  Status sync();
  /// The same in two halves, to let others append while the disk works: take end(), call file()->sync() in
  /// any thread, and then note here what came of it.
  void note_sync(std::uint64_t synced_end, const Status& outcome);

  /// Gives back the reserved space after the last record, and syncs. The file is then what a sealed segment must be.
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
