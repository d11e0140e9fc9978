#include "engine/slot_table.h"

namespace sediment {

Slot Slot::of(std::uint32_t tag, std::uint64_t offset) {
  require(offset % kAlignment == 0 && offset > 0 && offset < kMaxSegmentSize, "an offset does not fit the index");
  return {tag, static_cast<std::uint32_t>(offset / kAlignment)};
}

Slot Slot::of_word(std::uint64_t word) {
  return {static_cast<std::uint32_t>(word), static_cast<std::uint32_t>(word >> 32)};
}

Slot SlotTable::at(std::size_t slot) const {
  return Slot::of_word(kept_ != nullptr ? load_u64(kept_ + slot * kSlotSize)
                                        : words_[slot].load(std::memory_order_acquire));
}

void SlotTable::set(std::size_t slot, Slot entry) {
  require(kept_ == nullptr, "slots that somebody else keeps do not change");
  words_[slot].store(entry.word(), std::memory_order_release);
}

std::size_t SlotTable::home(std::uint32_t tag) const {
  return static_cast<std::size_t>((std::uint64_t{tag} * capacity_) >> 32);
}

void SlotTable::prefetch(std::uint32_t tag) const {
  if (capacity_ == 0) return;
  const std::size_t slot = home(tag);
  const char* address = kept_ != nullptr ? kept_ + slot * kSlotSize : reinterpret_cast<const char*>(&words_[slot]);
  __builtin_prefetch(address);
  __builtin_prefetch(address + 4 * kSlotSize);  // where many probes end; half of the time that is another cache line
}

}  // namespace sediment
