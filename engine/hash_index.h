// The index of one segment: from a key's hash to the offsets of records in the log.
//
// Open addressing with linear probing over 8-byte slots:
//
//   | tag: u32 | offset: u32, in units of 8 bytes |          an offset of 0 marks an empty slot (a header stands there)
//
// - Keys are not stored: a tag that matches is a candidate, and the caller compares the key in the log. So memory per
// key does
//   not depend on the key. Two keys with one tag are rare (one in 2^32 pairs) and both stay findable.
// - The tag is also the home position: tag * capacity / 2^32. So growing moves slots without reading a key.
// - Nothing is ever taken out: a tombstone is an entry like any other, and a sealed segment never changes.
// - At most 3/4 of the slots are used, so that a probe ends soon at an empty slot.
//
// What production systems do besides: a per-process random seed for the hash, against keys chosen to collide. Such keys
// make this index slow (linear), never wrong. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sediment {

/// The hash of a key, computed once a lookup and used in every segment.
struct KeyHash {
  std::uint32_t tag = 0;
};

KeyHash hash_key(std::string_view key);

class HashIndex {
 public:
  /// A slot whose tag matches.
  struct Candidate {
    std::size_t slot = 0;      // for replace(); valid until the next insert
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
    Probe(const HashIndex& index, KeyHash hash);

    const HashIndex& index_;
    KeyHash hash_;
    std::size_t slot_;
    std::size_t visited_ = 0;
  };

  Probe probe(KeyHash hash) const { return {*this, hash}; }

  /// Adds an entry for a key that is not in the index. `offset` is a multiple of 8, above 0 and below 32 GiB. True if
  /// the table grew.
  bool insert(KeyHash hash, std::uint64_t offset);
  /// Lets the entry of a candidate point to a newer record of the same key.
  void replace(const Candidate& candidate, std::uint64_t offset);

  /// The offset that a slot holds, in bytes; 0 when it is empty. For whoever shows the table.
  std::uint64_t offset_at(std::size_t slot) const;

  std::size_t size() const { return size_; }
  std::size_t capacity() const { return slots_.size(); }  // slots
  std::size_t memory_bytes() const { return slots_.capacity() * sizeof(Slot); }

  bool operator==(const HashIndex&) const = default;

 private:
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t offset_units = 0;  // 0: empty

    bool operator==(const Slot&) const = default;
  };

  std::size_t home(KeyHash hash) const;
  std::size_t after(std::size_t slot) const { return slot + 1 == slots_.size() ? 0 : slot + 1; }
  void place(Slot entry);
  void grow();

  std::vector<Slot> slots_;
  std::size_t size_ = 0;
};

}  // namespace sediment
