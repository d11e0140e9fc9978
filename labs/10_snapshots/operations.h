// What the grader asks of the functions for snapshots in the student's process.
#pragma once

#include <cstdint>

namespace sediment::labs {

/// The first number of a request of this lab. A segment is four numbers: number, nonce, size in bytes, records.
enum class SnapshotOperation : std::uint64_t {
  kWrite,     // a segment → what write_snapshot returns. Its log is on the disk
  kRead,      // a segment, a number for the index, Files → what read_snapshot returns
  kSlots,     // the number of an index → its entries, its slots
  kReadBoth,  // two segments → what read_snapshot returns for each, read at the same time; as indexes 1 and 2
};

/// How the files behave that read_snapshot opens.
enum class Files : std::uint64_t {
  kStays,        // a read returns memory that stays as it is, whatever becomes of the file
  kCopied,       // a read fills the scratch
  kInPlace,      // a read returns the file's own memory, which is gone when the file is closed
  kSlow,         // as kCopied; and other threads work during a read
  kOverwritten,  // as kCopied; and a scratch that is gone when the function returns is overwritten
};

}  // namespace sediment::labs
