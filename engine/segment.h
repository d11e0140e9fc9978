// A segment: one log file and the index of its keys, for reading.
//
// The active segment is the one that a LogWriter still appends to; add() tells its index of each new record. A sealed
// segment never changes again. A thread that has a segment can read it, even after a merge has removed its file.
//
// One thread may add while any number of threads find, without a lock. It is the index that publishes a record
// (hash_index.h): a thread that gets an offset from it sees the record's bytes, and an end_ that covers them.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/disk.h"
#include "engine/event.h"
#include "engine/hash_index.h"
#include "engine/log_reader.h"
#include "engine/log_writer.h"
#include "engine/manifest.h"
#include "engine/record.h"
#include "engine/status.h"

namespace sediment {

class Segment {
 public:
  /// `file` holds a segment header with this number and nonce, and no record yet that the index should know.
  Segment(std::shared_ptr<const File> file, SegmentHeader header);
  /// The same of a log that is new.
  explicit Segment(const LogWriter& log) : Segment(log.file(), {log.nonce(), log.number()}) {}
  /// A sealed segment with the index that a snapshot holds. `file` has `size_bytes`, and a header as said.
  Segment(std::shared_ptr<const File> file, SegmentHeader header, HashIndex index, std::uint64_t size_bytes,
          std::uint64_t record_count);

  /// This sealed segment with an index that is just large enough, and settled.
  std::shared_ptr<const Segment> settled_copy() const;
  /// Nothing is left to be done for this sealed segment: its index is fitted, and its snapshot was written if it could
  /// be.
  bool settled() const { return settled_; }

  /// Makes room in the index for so many keys. Before the first record.
  void reserve(std::size_t keys) { index_.reserve(keys); }

  /// Where the index will point to the next record: in the place of an older one of its key, or in a new slot.
  struct Place {
    std::optional<HashIndex::Candidate> older;
    bool grew = false;  // the index did, to have that slot
  };
  /// Finds the place for a record that is going to be appended, so that nothing about it can fail when the record is in
  /// the log. One thread. kCorruption or kIoError from comparing keys in the log.
  Result<Place> place_for(std::string_view key, KeyHash hash);
  /// Tells the index of that record, now that it was appended at the segment's end. Later records of a key win.
  void add_at(const Place& place, const Record& record, KeyHash hash, Observer* observer) noexcept;
  /// Both in one, for a record that is there already.
  Status add(const Record& record, KeyHash hash, Observer* observer);

  /// The two places in memory where a lookup will look, one after the other: the slot of the index, and, once that is
  /// in the processor's cache, the record that it points to. Each asks the processor for it and waits for nothing.
  void prefetch_slot(KeyHash hash) const { index_.prefetch(hash); }
  /// True if there is a record, which may be the key's.
  bool prefetch_record(KeyHash hash) const;

  /// Whether the index points to this very record: a later record of the same key in this segment supersedes it.
  bool is_newest_here(const Record& record, KeyHash hash) const;
  /// Then this is so for each: there are as many keys as records.
  bool every_record_is_newest_here() const { return index_.size() == record_count_; }

  /// What the manifest says of it when it is sealed.
  Manifest::Sealed sealed_entry() const { return {number(), nonce(), size_bytes(), record_count()}; }

  LogExtent extent() const { return {name_, header_.nonce, size_bytes()}; }
  const File& file() const { return *file_; }
  const std::string& name() const { return name_; }
  SegmentNumber number() const { return header_.number; }
  std::uint64_t nonce() const { return header_.nonce; }
  std::uint64_t size_bytes() const { return end_.load(std::memory_order_relaxed); }  // header and records
  std::uint64_t record_count() const { return record_count_; }
  const HashIndex& index() const { return index_; }

 private:
  std::shared_ptr<const File> file_;
  SegmentHeader header_;
  std::string name_;
  HashIndex index_;
  std::atomic<std::uint64_t> end_ = kSegmentHeaderSize;
  std::uint64_t record_count_ = 0;  // for the thread that adds
  bool settled_ = false;
};

/// Oldest first.
using SegmentList = std::vector<std::shared_ptr<const Segment>>;

}  // namespace sediment
