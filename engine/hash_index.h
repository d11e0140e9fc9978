// The index of one segment: from a key's hash to the offsets of records in the log.
//
// Open addressing with linear probing over 8-byte slots:
//
//   | tag: u32 | offset: u32, in units of 8 bytes |          an offset of 0 marks an empty slot (a header stands there)
//
// - Keys are not stored: a tag that matches is a candidate, and the caller compares the key in the log. So memory per
//   key does not depend on the key. Two keys with one tag are rare (one in 2^32 pairs) and both stay findable.
// - The tag is also the home position: tag * capacity / 2^32. So growing moves slots without reading a key.
// - Nothing is ever taken out: a tombstone is an entry like any other, and a sealed segment never changes.
// - At most 3/4 of the slots are used, so that a probe ends soon at an empty slot.
// - An index that will not change any more is fitted: its entries stand in the order of their tags, so that a probe ends
//   at the first larger one. That makes a miss as cheap as a hit, and lets 5/6 of the slots be used: 9.6 bytes a key.
//
// One thread may insert and replace while any number of threads probe, without a lock:
// - A slot is one atomic word. It is stored with release and loaded with acquire: whoever sees an offset also sees the
//   record that was written there before.
// - Growing fills a new table and then publishes the pointer to it, again with release. A probe stays in the table that
//   it began in, and so misses at most what was inserted since; old tables live as long as the index.
//
// What production systems do besides: a per-process random seed for the hash, against keys chosen to collide. Such keys
// make this index slow (linear), never wrong.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sediment {

/// The hash of a key, computed once a lookup and used in every segment.
struct KeyHash {
  std::uint32_t tag = 0;
};

KeyHash hash_key(std::string_view key);

class HashIndex {
  struct Table;

 public:
  /// A slot whose tag matches.
  struct Candidate {
    std::size_t slot = 0;      // for replace(); valid until the table grows
    std::uint64_t offset = 0;  // bytes
  };

  /// Walks the slots from a hash's home position to the next empty one.
  class Probe {
   public:
    /// The next slot with the hash's tag; none at the end of the chain.
    std::optional<Candidate> next();
    /// How many slots were looked at so far, the empty one at the end included.
    std::size_t slots_visited() const { return visited_; }

   private:
    friend class HashIndex;
    Probe(const Table& table, KeyHash hash);

    const Table& table_;
    KeyHash hash_;
    std::size_t slot_;
    std::size_t visited_ = 0;
  };

  HashIndex();
  /// A fitted index whose slots lie where encode() has put them, say in the mapping of a file; they stay as they are:
  /// no replace(). `slots` has a multiple of 8 bytes, which `owner` keeps in memory. They are not looked at: whoever
  /// has them from a file asks is_fitted_within() before anything else.
  HashIndex(std::string_view slots, std::shared_ptr<const void> owner);
  /// Nobody may be inserting into the other one.
  HashIndex(const HashIndex& other);
  HashIndex(HashIndex&& other) noexcept;
  HashIndex& operator=(const HashIndex&) = delete;
  HashIndex& operator=(HashIndex&&) = delete;
  ~HashIndex();

  /// Any thread.
  Probe probe(KeyHash hash) const { return {table(), hash}; }
  /// Asks the processor for the slot where a probe will begin; a probe a little later finds it in its cache. Any
  /// thread.
  void prefetch(KeyHash hash) const;

  /// Makes room for so many entries in all, so that adding them need not grow the table. Only while it is empty.
  void reserve(std::size_t entries);
  /// Makes room for one more entry; true if the table grew for it. The insert that follows then needs no memory.
  bool make_room();
  /// Adds an entry for a key that is not in the index. `offset` is a multiple of 8, above 0 and below 32 GiB. True if
  /// the table grew.
  bool insert(KeyHash hash, std::uint64_t offset);
  /// Lets the entry of a candidate point to a newer record of the same key.
  void replace(const Candidate& candidate, std::uint64_t offset);

  /// The same entries in a table that is just large enough, in order. The next insert makes an ordinary one of it again.
  HashIndex fitted() const;

  /// The offset that a slot holds, in bytes; 0 when it is empty. For whoever shows the table.
  std::uint64_t offset_at(std::size_t slot) const;
  /// The hash of the entry in a slot; none when it is empty.
  std::optional<KeyHash> hash_at(std::size_t slot) const;
  /// Whether the slots are what fitted() makes of them, and every offset is at least `first` and below `end`: for slots
  /// that come from a file.
  bool is_fitted_within(std::uint64_t first, std::uint64_t end) const;

  /// All slots, 8 bytes each (tag, offset; little-endian).
  std::string encode() const;

  std::size_t size() const { return size_; }
  std::size_t capacity() const;      // slots
  std::size_t memory_bytes() const;  // of all tables, the old ones too

  /// Whether both have the same slots.
  bool operator==(const HashIndex& other) const;

 private:
  explicit HashIndex(std::unique_ptr<Table> table);

  const Table& table() const { return *table_.load(std::memory_order_acquire); }
  Table& newest_table() { return *tables_.back(); }
  void grow();

  std::vector<std::unique_ptr<Table>> tables_;  // the newest one last
  std::atomic<const Table*> table_;             // the newest one, for whoever probes
  std::size_t size_ = 0;
};

}  // namespace sediment
