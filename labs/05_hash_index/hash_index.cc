// Lab 5: Hash index. README.md beside this file says what to do.
#include "engine/hash_index.h"

#include <algorithm>
#include <utility>

#include "engine/yield_point.h"
#include "labs/not_implemented.h"

namespace sediment {

namespace {

constexpr std::size_t kFirstCapacity = 8;

// Sets the first empty slot at or after the entry's home. There must be one.
void place(SlotTable& table, Slot entry) {
  // Yours, instead of the next line.
  not_implemented("place");
}

}  // namespace

KeyHash hash_key(std::string_view key) { return {static_cast<std::uint32_t>(checksum64(key, 0))}; }

HashIndex::Probe::Probe(const SlotTable& table, KeyHash hash)
    : table_(table), hash_(hash), slot_(table.home(hash.tag)) {}

std::optional<HashIndex::Candidate> HashIndex::Probe::next() {
  // Yours, instead of the next line.
  not_implemented("HashIndex::Probe::next");
}

HashIndex::HashIndex(std::unique_ptr<SlotTable> table, std::size_t entries) : table_(table.get()), size_(entries) {
  tables_.push_back(std::move(table));
}

HashIndex::HashIndex(const HashIndex& other)
    : HashIndex(std::make_unique<SlotTable>(other.capacity(), other.table().in_order()), other.size_) {
  for (std::size_t slot = 0; slot < other.capacity(); ++slot) newest_table().set(slot, other.table().at(slot));
}

HashIndex::HashIndex(HashIndex&& other) noexcept
    : tables_(std::move(other.tables_)), table_(other.table_.load()), size_(other.size_) {}

void HashIndex::reserve(std::size_t entries) {
  require(size_ == 0, "room is made before the first entry");
  move_to(std::make_unique<SlotTable>(std::max(kFirstCapacity, (entries * 4 + 2) / 3), false));
}

bool HashIndex::make_room() {
  // Yours, instead of the next line.
  not_implemented("HashIndex::make_room");
}

bool HashIndex::insert(KeyHash hash, std::uint64_t offset) {
  // Yours, instead of the next line.
  not_implemented("HashIndex::insert");
}

void HashIndex::replace(const Candidate& candidate, std::uint64_t offset) {
  // Yours, instead of the next line.
  not_implemented("HashIndex::replace");
}

void HashIndex::move_to(std::unique_ptr<SlotTable> larger) {
  // Yours, instead of the next line.
  not_implemented("HashIndex::move_to");
}

std::uint64_t HashIndex::offset_at(std::size_t slot) const {
  require(slot < capacity(), "there is no such slot in the index");
  return table().at(slot).offset();
}

std::optional<KeyHash> HashIndex::hash_at(std::size_t slot) const {
  require(slot < capacity(), "there is no such slot in the index");
  const Slot entry = table().at(slot);
  return entry.empty() ? std::nullopt : std::optional(KeyHash{entry.tag});
}

bool HashIndex::operator==(const HashIndex& other) const {
  if (size_ != other.size_ || capacity() != other.capacity()) return false;
  std::size_t slot = 0;
  while (slot < capacity() && table().at(slot) == other.table().at(slot)) ++slot;
  return slot == capacity();
}

std::size_t HashIndex::memory_bytes() const {
  std::size_t slots = 0;
  for (const auto& table : tables_) slots += table->capacity();
  return slots * kSlotSize;
}

}  // namespace sediment
