// WRONG: the table that replaces a fitted one still says that its entries are in order | first check to fail: L5.13
#include "engine/hash_index.h"

#include <algorithm>
#include <utility>

namespace sediment {

namespace {

constexpr std::size_t kFirstCapacity = 8;

// Sets the first empty slot at or after the entry's home. There must be one.
// Lab 5: the body of this function is yours.
void place(SlotTable& table, Slot entry) {
  std::size_t slot = table.home(entry.tag);
  while (!table.at(slot).empty()) slot = table.after(slot);
  table.set(slot, entry);
}

}  // namespace

KeyHash hash_key(std::string_view key) { return {static_cast<std::uint32_t>(checksum64(key, 0))}; }

HashIndex::Probe::Probe(const SlotTable& table, KeyHash hash)
    : table_(table), hash_(hash), slot_(table.home(hash.tag)) {}

// Lab 5: the body of this function is yours.
std::optional<HashIndex::Candidate> HashIndex::Probe::next() {
  while (visited_ < table_.capacity()) {
    const std::size_t slot = slot_;
    const Slot entry = table_.at(slot);
    ++visited_;
    if (entry.empty()) return std::nullopt;
    if (table_.in_order() && entry.tag > hash_.tag) return std::nullopt;
    slot_ = table_.after(slot);
    if (entry.tag == hash_.tag) return Candidate{slot, entry.offset()};
  }
  return std::nullopt;
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

// Lab 5: the body of this function is yours.
bool HashIndex::make_room() {
  const bool has_room = (size_ + 1) * 4 <= capacity() * 3;
  if (has_room && !table().in_order()) return false;
  move_to(std::make_unique<SlotTable>(std::max(kFirstCapacity, capacity() * 2), table().in_order()));
  return true;
}

// Lab 5: the body of this function is yours.
bool HashIndex::insert(KeyHash hash, std::uint64_t offset) {
  const bool grew = make_room();
  place(newest_table(), Slot::of(hash.tag, offset));
  ++size_;
  return grew;
}

// Lab 5: the body of this function is yours.
void HashIndex::replace(const Candidate& candidate, std::uint64_t offset) {
  const Slot old = table().at(candidate.slot);
  newest_table().set(candidate.slot, Slot::of(old.tag, offset));
}

// Lab 5: the body of this function is yours.
void HashIndex::move_to(std::unique_ptr<SlotTable> larger) {
  for (std::size_t slot = 0; slot < capacity(); ++slot) {
    const Slot entry = table().at(slot);
    if (!entry.empty()) place(*larger, entry);
  }
  tables_.push_back(std::move(larger));
  table_.store(tables_.back().get(), std::memory_order_release);
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
