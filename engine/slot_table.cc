#include "engine/slot_table.h"

namespace sediment {

Slot Slot::of(std::uint32_t tag, std::uint64_t offset) {
  require(offset % kAlignment == 0 && offset > 0 && offset < kMaxSegmentSize, "an offset does not fit the index");
  return {tag, static_cast<std::uint32_t>(offset / kAlignment)};
}

void SlotTable::prefetch(std::uint32_t tag) const {
  if (capacity_ == 0) return;
  const std::size_t slot = home(tag);
  const char* address = kept_ != nullptr ? kept_ + slot * kSlotSize : reinterpret_cast<const char*>(&words_[slot]);
  std::atomic_signal_fence(std::memory_order_seq_cst);  // otherwise the compiler sees no effect and omits calls
  __builtin_prefetch(address);
  __builtin_prefetch(address + 4 * kSlotSize);  // where many probes end; half of the time this is another cache line
}

}  // namespace sediment
