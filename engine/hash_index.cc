#include "engine/hash_index.h"

#include <algorithm>
#include <utility>

#include "engine/format.h"
#include "engine/status.h"
#include "engine/yield_point.h"

namespace sediment {

namespace {

constexpr std::size_t kFirstCapacity = 8;
constexpr std::size_t kSlotSize = 8;  // bytes

// A slot in one word. The whole of it changes at once, so nobody sees the tag of one entry with the offset of another.
struct Slot {
  std::uint32_t tag = 0;
  std::uint32_t offset_units = 0;  // 0: empty

  static Slot of_word(std::uint64_t word) {
    return {static_cast<std::uint32_t>(word), static_cast<std::uint32_t>(word >> 32)};
  }
  std::uint64_t word() const { return tag | std::uint64_t{offset_units} << 32; }
  bool empty() const { return offset_units == 0; }
  // Two entries with one tag have an order, too: the same entries always make the same table.
  std::uint64_t word_in_order() const { return std::uint64_t{tag} << 32 | offset_units; }
  std::uint64_t offset() const { return std::uint64_t{offset_units} * kAlignment; }
};

Slot slot_of(KeyHash hash, std::uint64_t offset) {
  require(offset % kAlignment == 0 && offset > 0 && offset < kMaxSegmentSize, "an offset does not fit the index");
  return {hash.tag, static_cast<std::uint32_t>(offset / kAlignment)};
}

// The fewest slots that so many entries may use 5/6 of, and how many entries a fitted table of so many slots has.
std::size_t fitted_capacity(std::size_t entries) { return (entries * 6 + 4) / 5; }
std::size_t fitted_size(std::size_t slots) { return slots * 5 / 6; }

}  // namespace

// The slots stand in memory of the table's own, or, of a table that never changes, where somebody else keeps them.
struct HashIndex::Table {
  Table(std::size_t slots, bool is_in_order) : capacity(slots), in_order(is_in_order), words(slots) {}
  Table(std::string_view slots, std::shared_ptr<const void> keeper)
      : capacity(slots.size() / kSlotSize), in_order(true), kept(slots.data()), owner(std::move(keeper)) {}

  Slot at(std::size_t slot) const {
    return Slot::of_word(kept != nullptr ? load_u64(kept + slot * kSlotSize)
                                         : words[slot].load(std::memory_order_acquire));
  }
  void set(std::size_t slot, Slot entry) { words[slot].store(entry.word(), std::memory_order_release); }
  const void* address(std::size_t slot) const {
    return kept != nullptr ? static_cast<const void*>(kept + slot * kSlotSize) : &words[slot];
  }
  std::size_t home(std::uint32_t tag) const { return static_cast<std::size_t>((std::uint64_t{tag} * capacity) >> 32); }
  std::size_t after(std::size_t slot) const { return slot + 1 == capacity ? 0 : slot + 1; }
  // There is an empty slot.
  void place(Slot entry) {
    std::size_t slot = home(entry.tag);
    while (!at(slot).empty()) slot = after(slot);
    set(slot, entry);
  }
  void place_all(const Table& other) {
    for (std::size_t slot = 0; slot < other.capacity; ++slot) {
      if (const Slot entry = other.at(slot); !entry.empty()) place(entry);
    }
  }

  const std::size_t capacity;
  const bool in_order;
  std::vector<std::atomic<std::uint64_t>> words;
  const char* const kept = nullptr;
  const std::shared_ptr<const void> owner;
};

KeyHash hash_key(std::string_view key) { return {static_cast<std::uint32_t>(checksum64(key, 0))}; }

HashIndex::Probe::Probe(const Table& table, KeyHash hash) : table_(table), hash_(hash), slot_(table.home(hash.tag)) {}

std::optional<HashIndex::Candidate> HashIndex::Probe::next() {
  while (visited_ < table_.capacity) {
    const std::size_t slot = slot_;
    const Slot entry = table_.at(slot);
    ++visited_;
    const bool past_all_of_the_tag = entry.empty() || (table_.in_order && entry.tag > hash_.tag);
    if (past_all_of_the_tag) break;
    slot_ = table_.after(slot);
    if (entry.tag == hash_.tag) return Candidate{slot, entry.offset()};
  }
  return std::nullopt;
}

HashIndex::HashIndex() : HashIndex(std::make_unique<Table>(0, false)) {}

HashIndex::HashIndex(std::unique_ptr<Table> table) {
  tables_.push_back(std::move(table));
  table_ = tables_.back().get();
}

HashIndex::HashIndex(std::string_view slots, std::shared_ptr<const void> owner)
    : HashIndex(std::make_unique<Table>(slots, std::move(owner))) {
  require(slots.size() % kSlotSize == 0, "a slot of the index has 8 bytes");
  size_ = fitted_size(capacity());
}

HashIndex::HashIndex(const HashIndex& other)
    : HashIndex(std::make_unique<Table>(other.capacity(), other.table().in_order)) {
  for (std::size_t slot = 0; slot < other.capacity(); ++slot) newest_table().set(slot, other.table().at(slot));
  size_ = other.size_;
}

HashIndex::HashIndex(HashIndex&& other) noexcept
    : tables_(std::move(other.tables_)), table_(other.table_.load()), size_(other.size_) {}

HashIndex::~HashIndex() = default;

void HashIndex::prefetch(KeyHash hash) const {
  const Table& now = table();
  if (now.capacity == 0) return;
  const auto* home = static_cast<const char*>(now.address(now.home(hash.tag)));
  __builtin_prefetch(home);
  __builtin_prefetch(home + 4 * kSlotSize);  // where many probes end; half of the time that is another cache line
}

void HashIndex::reserve(std::size_t entries) {
  require(size_ == 0, "room is made before the first entry");
  tables_.push_back(std::make_unique<Table>(std::max(kFirstCapacity, (entries * 4 + 2) / 3), false));
  table_.store(tables_.back().get(), std::memory_order_release);
}

bool HashIndex::make_room() {
  const bool full = table().in_order || (size_ + 1) * 4 > capacity() * 3;
  if (full) grow();
  return full;
}

bool HashIndex::insert(KeyHash hash, std::uint64_t offset) {
  const Slot entry = slot_of(hash, offset);
  const bool grew = make_room();
  newest_table().place(entry);
  ++size_;
  return grew;
}

void HashIndex::replace(const Candidate& candidate, std::uint64_t offset) {
  require(table().kept == nullptr, "slots that somebody else keeps do not change");
  const Slot old = table().at(candidate.slot);
  newest_table().set(candidate.slot, slot_of({old.tag}, offset));
}

void HashIndex::grow() {
  const Table& old = table();
  auto larger = std::make_unique<Table>(old.capacity == 0 ? kFirstCapacity : old.capacity * 2, false);
  larger->place_all(old);
  tables_.push_back(std::move(larger));
  yield_point("index.grow");
  table_.store(tables_.back().get(), std::memory_order_release);
}

HashIndex HashIndex::fitted() const {
  std::vector<Slot> entries;
  entries.reserve(size_);
  for (std::size_t slot = 0; slot < capacity(); ++slot) {
    if (const Slot entry = table().at(slot); !entry.empty()) entries.push_back(entry);
  }
  std::sort(entries.begin(), entries.end(),
            [](const Slot& a, const Slot& b) { return a.word_in_order() < b.word_in_order(); });

  HashIndex copy(std::make_unique<Table>(fitted_capacity(size_), true));
  for (const Slot entry : entries) copy.newest_table().place(entry);
  copy.size_ = size_;
  return copy;
}

bool HashIndex::is_fitted_within(std::uint64_t first, std::uint64_t end) const {
  const Table& slots = table();
  std::size_t entries = 0;
  std::uint32_t tag_before = 0;
  bool holds = true;  // looked at once, at the end: a branch a slot would be guessed wrong at every empty one
  for (std::size_t slot = 0; slot < slots.capacity; ++slot) {
    const Slot entry = slots.at(slot);
    const bool from_the_end = slots.home(entry.tag) > slot;
    const bool in_order = from_the_end || entry.tag >= tag_before;
    const bool within = entry.offset() >= first && entry.offset() < end;
    holds &= entry.empty() | (in_order & within);
    entries += entry.empty() ? 0 : 1;
    tag_before = from_the_end ? tag_before : std::max(tag_before, entry.tag);
  }
  return holds && entries == size_ && slots.capacity == fitted_capacity(entries);
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

std::string HashIndex::encode() const {
  std::string slots(capacity() * kSlotSize, '\0');
  for (std::size_t slot = 0; slot < capacity(); ++slot) store_u64(&slots[slot * kSlotSize], table().at(slot).word());
  return slots;
}

std::size_t HashIndex::capacity() const { return table().capacity; }

std::size_t HashIndex::memory_bytes() const {
  std::size_t slots = 0;
  for (const auto& table : tables_) slots += table->capacity;
  return slots * kSlotSize;
}

bool HashIndex::operator==(const HashIndex& other) const { return size_ == other.size_ && encode() == other.encode(); }

}  // namespace sediment
