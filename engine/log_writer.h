// Writes one log file: its header, then record after record.
//
// Knows two positions: end(), where the next record goes, and durable_end(), up to which a sync has returned ok.
// Everything between them may be lost in a power cut, in any order. Only ever appends to a file that it created itself.
// One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "engine/disk.h"
#include "engine/record.h"
#include "engine/segment_header.h"
#include "engine/status.h"

namespace sediment {

class LogWriter {
 public:
  /// Whether records say how much of the file was synced before them (durable_upto). The active segment's do: recovery
  /// needs it. A merge's output and a rewritten log do not: they are synced whole before the manifest names them.
  enum class Stamp : std::uint8_t { kDurableUpto, kZero };

  /// A new file with its header, and room reserved for `capacity` bytes. Nothing is synced. kNoSpace and kNoMemory leave
  /// no file.
  static Result<std::unique_ptr<LogWriter>> create(Disk& disk, SegmentNumber number, std::uint64_t capacity,
                                                   Stamp stamp);

  /// The same for an active segment: file and directory entry are durable when it returns. No record may be written to
  /// a log that a power cut can take away as a whole.
  static Result<std::unique_ptr<LogWriter>> create_durable(Disk& disk, SegmentNumber number, std::uint64_t capacity);

  /// Appends a record and returns its offset. After an error the file may end in part of it, so this writer must not be
  /// used again: it repeats the error.
  Result<std::uint64_t> append(RecordType type, std::string_view key, std::string_view value);

  /// Makes everything appended so far durable. A failed sync is never tried again: it is repeated as an error.
  Status sync();
  /// The same in two halves, for whoever lets others append while the disk works: take end(), call file()->sync() in
  /// any thread, and then note here what came of it.
  void note_sync(std::uint64_t synced_end, const Status& outcome);

  /// Gives back the reserved space behind the last record, and syncs. The file is then what a sealed segment must be.
  Status seal();

  SegmentNumber number() const { return header_.number; }
  std::uint64_t nonce() const { return header_.nonce; }
  std::uint64_t end() const { return end_; }                  // bytes
  std::uint64_t durable_end() const { return durable_end_; }  // bytes
  std::uint64_t record_count() const { return record_count_; }
  const std::shared_ptr<File>& file() const { return file_; }

 private:
  LogWriter(std::shared_ptr<File> file, SegmentHeader header, Stamp stamp);

  std::shared_ptr<File> file_;
  SegmentHeader header_;
  Stamp stamp_;
  std::uint64_t end_ = kSegmentHeaderSize;
  std::uint64_t durable_end_ = 0;
  std::uint64_t record_count_ = 0;
  Status failure_;  // the first failed append or sync
};

}  // namespace sediment
