#include "engine/hash_index.h"

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
  std::uint64_t offset() const { return std::uint64_t{offset_units} * kAlignment; }
};

Slot slot_of(KeyHash hash, std::uint64_t offset) {
  require(offset % kAlignment == 0 && offset > 0 && offset < kMaxSegmentSize, "an offset does not fit the index");
  return {hash.tag, static_cast<std::uint32_t>(offset / kAlignment)};
}

// The fewest slots that so many entries may use 3/4 of.
std::size_t capacity_for(std::size_t entries) { return (entries * 4 + 2) / 3; }

}  // namespace

struct HashIndex::Table {
  explicit Table(std::size_t capacity) : words(capacity) {}

  std::size_t capacity() const { return words.size(); }
  Slot at(std::size_t slot) const { return Slot::of_word(words[slot].load(std::memory_order_acquire)); }
  void set(std::size_t slot, Slot entry) { words[slot].store(entry.word(), std::memory_order_release); }
  std::size_t home(std::uint32_t tag) const {
    return static_cast<std::size_t>((std::uint64_t{tag} * words.size()) >> 32);
  }
  std::size_t after(std::size_t slot) const { return slot + 1 == words.size() ? 0 : slot + 1; }
  // There is an empty slot.
  void place(Slot entry) {
    std::size_t slot = home(entry.tag);
    while (!at(slot).empty()) slot = after(slot);
    set(slot, entry);
  }
  void place_all(const Table& other) {
    for (std::size_t slot = 0; slot < other.capacity(); ++slot) {
      if (const Slot entry = other.at(slot); !entry.empty()) place(entry);
    }
  }

  std::vector<std::atomic<std::uint64_t>> words;
};

KeyHash hash_key(std::string_view key) { return {static_cast<std::uint32_t>(checksum64(key, 0))}; }

HashIndex::Probe::Probe(const Table& table, KeyHash hash) : table_(table), hash_(hash), slot_(table.home(hash.tag)) {}

std::optional<HashIndex::Candidate> HashIndex::Probe::next() {
  while (visited_ < table_.capacity()) {
    const std::size_t slot = slot_;
    const Slot entry = table_.at(slot);
    ++visited_;
    if (entry.empty()) break;
    slot_ = table_.after(slot);
    if (entry.tag == hash_.tag) return Candidate{slot, entry.offset()};
  }
  return std::nullopt;
}

HashIndex::HashIndex() : HashIndex(std::size_t{0}) {}

HashIndex::HashIndex(std::size_t capacity) {
  tables_.push_back(std::make_unique<Table>(capacity));
  table_ = tables_.back().get();
}

HashIndex::HashIndex(const HashIndex& other) : HashIndex(other.capacity()) {
  for (std::size_t slot = 0; slot < other.capacity(); ++slot) newest_table().set(slot, other.table().at(slot));
  size_ = other.size_;
}

HashIndex::HashIndex(HashIndex&& other) noexcept
    : tables_(std::move(other.tables_)), table_(other.table_.load()), size_(other.size_) {}

HashIndex::~HashIndex() = default;

void HashIndex::prefetch(KeyHash hash) const {
  const Table& now = table();
  if (now.capacity() > 0) __builtin_prefetch(&now.words[now.home(hash.tag)]);
}

bool HashIndex::insert(KeyHash hash, std::uint64_t offset) {
  const Slot entry = slot_of(hash, offset);
  const bool full = (size_ + 1) * 4 > capacity() * 3;
  if (full) grow();
  newest_table().place(entry);
  ++size_;
  return full;
}

void HashIndex::replace(const Candidate& candidate, std::uint64_t offset) {
  const Slot old = table().at(candidate.slot);
  newest_table().set(candidate.slot, slot_of({old.tag}, offset));
}

void HashIndex::grow() {
  const Table& old = table();
  auto larger = std::make_unique<Table>(old.capacity() == 0 ? kFirstCapacity : old.capacity() * 2);
  larger->place_all(old);
  tables_.push_back(std::move(larger));
  yield_point("index.grow");
  table_.store(tables_.back().get(), std::memory_order_release);
}

HashIndex HashIndex::fitted() const {
  HashIndex copy(capacity_for(size_));
  copy.newest_table().place_all(table());
  copy.size_ = size_;
  return copy;
}

std::uint64_t HashIndex::offset_at(std::size_t slot) const {
  require(slot < capacity(), "there is no such slot in the index");
  return table().at(slot).offset();
}

std::string HashIndex::encode() const {
  std::string slots(capacity() * kSlotSize, '\0');
  for (std::size_t slot = 0; slot < capacity(); ++slot) store_u64(&slots[slot * kSlotSize], table().at(slot).word());
  return slots;
}

HashIndex HashIndex::decode(std::string_view slots) {
  require(slots.size() % kSlotSize == 0, "a slot of the index has 8 bytes");
  HashIndex index(slots.size() / kSlotSize);
  for (std::size_t slot = 0; slot < index.capacity(); ++slot) {
    const Slot entry = Slot::of_word(load_u64(&slots[slot * kSlotSize]));
    index.newest_table().set(slot, entry);
    if (!entry.empty()) ++index.size_;
  }
  return index;
}

std::size_t HashIndex::capacity() const { return table().capacity(); }

std::size_t HashIndex::memory_bytes() const {
  std::size_t slots = 0;
  for (const auto& table : tables_) slots += table->capacity();
  return slots * kSlotSize;
}

bool HashIndex::operator==(const HashIndex& other) const { return size_ == other.size_ && encode() == other.encode(); }

}  // namespace sediment
