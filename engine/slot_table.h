// The table of an index: slots of 8 bytes, each one word.
//
//   | tag: u32 | offset: u32, in units of 8 bytes |          an offset of 0 marks an empty slot (a header stands there)
//
// - The tag is the key's hash. It also gives the home position, tag * capacity / 2^32, so growing the table moves slots
//   without reading a key.
// - A slot is one atomic word, stored with release and loaded with acquire: a thread that sees an offset also sees the
//   record that was written there before. The whole slot changes at once, so no thread sees the tag of one entry with
//   the offset of another.
// - The table owns the memory of its words, except if it never changes: then they may be in memory of another owner.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/format.h"
#include "engine/status.h"

namespace sediment {

struct Slot {
  std::uint32_t tag = 0;
  std::uint32_t offset_units = 0;  // 0: empty

  /// `offset` in bytes: a multiple of 8, above 0 and below 32 GiB.
  static Slot of(std::uint32_t tag, std::uint64_t offset);
  static Slot of_word(std::uint64_t word) {
    return {static_cast<std::uint32_t>(word), static_cast<std::uint32_t>(word >> 32)};
  }
  std::uint64_t word() const { return tag | std::uint64_t{offset_units} << 32; }
  bool operator==(const Slot&) const = default;
  bool empty() const { return offset_units == 0; }
  std::uint64_t offset() const { return std::uint64_t{offset_units} * kAlignment; }  // bytes
};

/// One thread may set slots while any number of threads read them.
class SlotTable {
 public:
  /// Empty slots. `in_order` means that the entries will be added in the order of their tags (fitted_index.h).
  SlotTable(std::size_t slots, bool in_order) : capacity_(slots), in_order_(in_order), words_(slots) {}
  /// The slots of a fitted index, a multiple of 8 bytes. `owner` keeps them in memory. They cannot be set.
  SlotTable(std::string_view slots, std::shared_ptr<const void> owner)
      : capacity_(slots.size() / kSlotSize), in_order_(true), kept_(slots.data()), owner_(std::move(owner)) {
    require(slots.size() % kSlotSize == 0, "a slot of the index has 8 bytes");
  }

  std::size_t capacity() const { return capacity_; }  // slots
  bool in_order() const { return in_order_; }

  Slot at(std::size_t slot) const {
    return Slot::of_word(kept_ != nullptr ? load_u64(kept_ + slot * kSlotSize)
                                          : words_[slot].load(std::memory_order_acquire));
  }
  void set(std::size_t slot, Slot entry) {
    require(kept_ == nullptr, "slots in memory of another owner never change");
    words_[slot].store(entry.word(), std::memory_order_release);
  }

  /// Where a probe for the tag begins.
  std::size_t home(std::uint32_t tag) const { return static_cast<std::size_t>((std::uint64_t{tag} * capacity_) >> 32); }
  std::size_t after(std::size_t slot) const { return slot + 1 == capacity_ ? 0 : slot + 1; }
  /// Asks the processor for the slots at the tag's home, so that a probe a little later finds them in its cache.
  void prefetch(std::uint32_t tag) const;

 private:
  const std::size_t capacity_;
  const bool in_order_;
  std::vector<std::atomic<std::uint64_t>> words_;
  const char* const kept_ = nullptr;
  const std::shared_ptr<const void> owner_;
};

}  // namespace sediment
