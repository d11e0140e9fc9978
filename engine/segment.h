// A segment: one log file and the index of its keys, for reading.
//
// The active segment is the one that a LogWriter still appends to; add() tells its index of each new record. A sealed
// segment never changes again. Whoever holds a segment can read it, even after a merge has removed its file.
//
// One thread may add while any number of threads find, without a lock. It is the index that publishes a record
// (hash_index.h): whoever gets an offset from it sees the record's bytes, and an end_ that covers them.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/disk.h"
#include "engine/event.h"
#include "engine/hash_index.h"
#include "engine/log_reader.h"
#include "engine/record.h"
#include "engine/status.h"

namespace sediment {

/// What a lookup in one segment, or in all of them, came to.
struct Lookup {
  enum class Kind : std::uint8_t { kAbsent, kValue, kTombstone };

  Kind kind = Kind::kAbsent;
  Record record;  // unless kAbsent
};

class Segment {
 public:
  /// `file` holds a segment header with this number and nonce, and no record yet that the index should know.
  Segment(std::shared_ptr<const File> file, SegmentHeader header);
  /// A sealed segment with the index that a snapshot holds. `file` has `size_bytes`, and a header as said.
  Segment(std::shared_ptr<const File> file, SegmentHeader header, HashIndex index, std::uint64_t size_bytes,
          std::uint64_t record_count);

  /// This sealed segment with an index that is just large enough, and settled.
  std::shared_ptr<const Segment> settled_copy() const;
  /// Nothing is left to be done for this sealed segment: its index is fitted, and its snapshot was written if it could
  /// be.
  bool settled() const { return settled_; }

  /// Tells the index of a record that was appended at the segment's end. Later records of a key win. One thread.
  /// kCorruption or kIoError from comparing keys in the log.
  Status add(const Record& record, Observer* observer);

  /// The newest record of the key in this segment. kCorruption if a record that may be the key's does not verify: then
  /// nobody can say whether the key is here. The record is valid as long as `*scratch` and this segment are.
  Result<Lookup> find(std::string_view key, KeyHash hash, std::string* scratch, Observer* observer) const;

  /// Whether the index points to this very record: a later record of the same key in this segment supersedes it.
  bool is_newest_here(const Record& record) const;

  LogExtent extent() const { return {name_, header_.nonce, size_bytes()}; }
  const File& file() const { return *file_; }
  const std::string& name() const { return name_; }
  SegmentNumber number() const { return header_.number; }
  std::uint64_t nonce() const { return header_.nonce; }
  std::uint64_t size_bytes() const { return end_.load(std::memory_order_relaxed); }  // header and records
  std::uint64_t record_count() const { return record_count_; }
  const HashIndex& index() const { return index_; }

 private:
  struct Match {
    HashIndex::Candidate candidate;
    Record record;
  };
  // The index entry of the key, and its record; none when the key is not here.
  Result<std::optional<Match>> match(std::string_view key, HashIndex::Probe& probe, std::string* scratch) const;

  std::shared_ptr<const File> file_;
  SegmentHeader header_;
  std::string name_;
  HashIndex index_;
  std::atomic<std::uint64_t> end_ = kSegmentHeaderSize;
  std::uint64_t record_count_ = 0;  // for the thread that adds
  bool settled_ = false;
};

}  // namespace sediment
