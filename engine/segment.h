// A segment: one log file and the index of its keys, for reading.
//
// The active segment is the one that a LogWriter still appends to; add() puts each new record into its index. A sealed
// segment never changes again. A thread that holds a segment can read it even after a merge has removed its file.
//
// One thread may add while any number of threads find, without a lock. The index publishes a record (hash_index.h): a
// thread that gets an offset from the index also sees the record's bytes, and an end_ that covers them.
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
  /// `file` holds a segment header with this number and nonce. Its records, if any, are not in the index yet.
  Segment(std::shared_ptr<const File> file, SegmentHeader header);
  /// The same for a new log.
  explicit Segment(const LogWriter& log) : Segment(log.file(), {log.nonce(), log.number()}) {}
  /// A sealed segment with the index from a snapshot. `file` has `size_bytes`, and a header as described above.
  Segment(std::shared_ptr<const File> file, SegmentHeader header, HashIndex index, std::uint64_t size_bytes,
          std::uint64_t record_count);

  /// A copy of this sealed segment that is settled: its index is just large enough.
  std::shared_ptr<const Segment> settled_copy() const;
  /// True if nothing is left to do for this sealed segment: its index is fitted, and its snapshot was written, if that
  /// was possible.
  bool settled() const { return settled_; }

  /// Makes room in the index for this many keys. Call it before the first record is added.
  void reserve(std::size_t keys) { index_.reserve(keys); }

  /// The slot that will point to the next record: the one of an older record of the same key, or a new one.
  struct Place {
    std::optional<HashIndex::Candidate> older;
    bool grew = false;  // whether the index grew to have that slot
  };
  /// Finds the place for a record that is about to be appended, so that indexing it cannot fail once it is in the log.
  /// One thread. kCorruption or kIoError from comparing keys in the log.
  Result<Place> place_for(std::string_view key, KeyHash hash);
  /// Adds that record to the index, after it was appended at the segment's end. Later records of a key win.
  void add_at(const Place& place, const Record& record, KeyHash hash, Observer* observer) noexcept;
  /// Both in one call, for a record that is already in the log.
  Status add(const Record& record, KeyHash hash, Observer* observer);

  /// A lookup reads two places in memory: the slot of the index, then the record that it points to. Each of these
  /// functions prefetches one of them, without waiting; call the second when the slot is in the processor's cache.
  void prefetch_slot(KeyHash hash) const { index_.prefetch(hash); }
  /// True if there is a record that may belong to the key.
  bool prefetch_record(KeyHash hash) const;

  /// Whether the index points to this record. If not, a later record of the same key in this segment supersedes it.
  bool is_newest_here(const Record& record, KeyHash hash) const;
  /// Whether it points to every record: there are as many keys as records.
  bool every_record_is_newest_here() const { return index_.size() == record_count_; }

  /// Its entry in the manifest once it is sealed.
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

std::vector<std::uint64_t> sizes_of(const SegmentList& segments);  // in bytes
std::uint64_t total_size(const SegmentList& segments);             // in bytes

}  // namespace sediment
