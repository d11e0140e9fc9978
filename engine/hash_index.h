// The index of one segment: from a key's hash to the offsets of records in the log.
//
// Open addressing with linear probing over the slots of a table (slot_table.h):
//
// - Keys are not stored: a tag that matches is a candidate, and the caller compares the key in the log. So memory per
//   key does not depend on the key. Two keys with the same tag are rare (one in 2^32 pairs), and both can be found.
// - No entry is ever removed: a tombstone is an entry like any other, and a sealed segment never changes.
// - At most 3/4 of the slots are used, so that a probe soon ends at an empty slot.
//
// One thread may insert and replace while any number of threads probe, without a lock. Growing fills a new table and
// then publishes the pointer to it, with release. A probe stays in the table that it began in, so it can only miss what
// was inserted since. Old tables live as long as the index.
//
// What production systems do as well: seed the hash at random in each process, against keys chosen to collide. Such
// keys make this index slow (linear), never wrong.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/slot_table.h"

namespace sediment {

/// The hash of a key, computed once per lookup and used in every segment.
struct KeyHash {
  std::uint32_t tag = 0;
};

KeyHash hash_key(std::string_view key);

class HashIndex {
 public:
  /// A slot whose tag matches.
  struct Candidate {
    std::size_t slot = 0;      // for replace(); valid until the table grows
    std::uint64_t offset = 0;  // bytes
  };

  /// Walks the slots from a hash's home position to the next empty slot.
  class Probe {
   public:
    /// The next slot with the hash's tag; none at the end of the chain.
    std::optional<Candidate> next();
    /// How many slots were looked at so far, including the empty one at the end.
    std::size_t slots_visited() const { return visited_; }

   private:
    friend class HashIndex;
    Probe(const SlotTable& table, KeyHash hash);

    const SlotTable& table_;
    KeyHash hash_;
    std::size_t slot_;
    std::size_t visited_ = 0;
  };

  HashIndex() : HashIndex(std::make_unique<SlotTable>(0, false), 0) {}
  /// With a table that already holds `entries` entries.
  HashIndex(std::unique_ptr<SlotTable> table, std::size_t entries);
  /// No thread may be inserting into the other one.
  HashIndex(const HashIndex& other);
  HashIndex(HashIndex&& other) noexcept;
  HashIndex& operator=(const HashIndex&) = delete;
  HashIndex& operator=(HashIndex&&) = delete;
  ~HashIndex() = default;

  /// Any thread.
  Probe probe(KeyHash hash) const { return {table(), hash}; }
  /// Asks the processor for the slot where a probe will begin. Any thread.
  void prefetch(KeyHash hash) const { table().prefetch(hash.tag); }

  /// Makes room for this many entries in total, so that adding them does not grow the table. Only while it is empty.
  void reserve(std::size_t entries);
  /// Makes room for one more entry, so that the next insert needs no memory. True if the table grew.
  bool make_room();
  /// Adds an entry for a key that is not in the index. `offset` is a multiple of 8, above 0 and below 32 GiB. True if
  /// the table grew.
  bool insert(KeyHash hash, std::uint64_t offset);
  /// Makes a candidate's entry point to a newer record of the same key.
  void replace(const Candidate& candidate, std::uint64_t offset);

  /// The offset in a slot, in bytes; 0 if the slot is empty. For showing the table.
  std::uint64_t offset_at(std::size_t slot) const;
  /// The hash of the entry in a slot; none if the slot is empty.
  std::optional<KeyHash> hash_at(std::size_t slot) const;

  std::size_t size() const { return size_; }
  std::size_t capacity() const { return table().capacity(); }  // slots
  std::size_t memory_bytes() const;                            // of all tables, including the old ones
  /// Whether both have the same slots.
  bool operator==(const HashIndex& other) const;
  /// The newest one.
  const SlotTable& table() const { return *table_.load(std::memory_order_acquire); }

 private:
  SlotTable& newest_table() { return *tables_.back(); }
  void move_to(std::unique_ptr<SlotTable> larger);

  std::vector<std::unique_ptr<SlotTable>> tables_;  // the newest one last
  std::atomic<const SlotTable*> table_;             // the newest one, for probes
  std::size_t size_ = 0;
};

}  // namespace sediment
