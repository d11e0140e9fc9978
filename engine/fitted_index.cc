#include "engine/fitted_index.h"

#include <algorithm>
#include <vector>

namespace sediment {

namespace {

// The smallest number of slots for this many entries at 5/6 full, and how many entries a table of that many slots has.
std::size_t fitted_capacity(std::size_t entries) { return (entries * 6 + 4) / 5; }
std::size_t fitted_size(std::size_t slots) { return slots * 5 / 6; }

// Entries with the same tag are ordered too.
bool comes_before(const Slot& a, const Slot& b) {
  return a.tag != b.tag ? a.tag < b.tag : a.offset_units < b.offset_units;
}

}  // namespace

HashIndex fitted(const HashIndex& index) {
  std::vector<Slot> entries;
  entries.reserve(index.size());
  for (std::size_t slot = 0; slot < index.capacity(); ++slot) {
    if (const Slot entry = index.table().at(slot); !entry.empty()) entries.push_back(entry);
  }
  std::sort(entries.begin(), entries.end(), comes_before);

  auto table = std::make_unique<SlotTable>(fitted_capacity(entries.size()), true);
  for (const Slot entry : entries) {  // not as hash_index.cc places its entries: those may have homes of another kind
    std::size_t slot = table->home(entry.tag);
    while (!table->at(slot).empty()) slot = table->after(slot);
    table->set(slot, entry);
  }
  return {std::move(table), entries.size()};
}

std::string encode_slots(const HashIndex& index) {
  std::string slots(index.capacity() * kSlotSize, '\0');
  for (std::size_t slot = 0; slot < index.capacity(); ++slot) {
    store_u64(&slots[slot * kSlotSize], index.table().at(slot).word());
  }
  return slots;
}

HashIndex fitted_from(std::string_view slots, std::shared_ptr<const void> owner) {
  auto table = std::make_unique<SlotTable>(slots, std::move(owner));
  const std::size_t entries = fitted_size(table->capacity());
  return {std::move(table), entries};
}

bool is_fitted_within(const HashIndex& index, std::uint64_t first, std::uint64_t end) {
  const SlotTable& slots = index.table();
  std::size_t entries = 0;
  std::uint32_t tag_before = 0;
  bool holds = true;  // checked only at the end: the processor would mispredict a branch at every empty slot
  for (std::size_t slot = 0; slot < slots.capacity(); ++slot) {
    const Slot entry = slots.at(slot);
    const bool from_the_end = slots.home(entry.tag) > slot;
    const bool in_order = from_the_end || entry.tag >= tag_before;
    const bool within = entry.offset() >= first && entry.offset() < end;
    holds &= entry.empty() | (in_order & within);
    entries += entry.empty() ? 0 : 1;
    tag_before = from_the_end ? tag_before : std::max(tag_before, entry.tag);
  }
  return holds && entries == index.size() && slots.capacity() == fitted_capacity(entries);
}

}  // namespace sediment
