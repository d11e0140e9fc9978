#include "engine/hash_index.h"

#include "engine/format.h"
#include "engine/status.h"

namespace sediment {

namespace {

constexpr std::size_t kFirstCapacity = 8;

}  // namespace

KeyHash hash_key(std::string_view key) { return {static_cast<std::uint32_t>(checksum64(key, 0))}; }

HashIndex::Probe::Probe(const HashIndex& index, KeyHash hash) : index_(index), hash_(hash), slot_(index.home(hash)) {}

std::optional<HashIndex::Candidate> HashIndex::Probe::next() {
  while (visited_ < index_.slots_.size()) {
    const std::size_t slot = slot_;
    const Slot& entry = index_.slots_[slot];
    ++visited_;
    if (entry.offset_units == 0) break;
    slot_ = index_.after(slot);
    if (entry.tag == hash_.tag) return Candidate{slot, std::uint64_t{entry.offset_units} * kAlignment};
  }
  return std::nullopt;
}

bool HashIndex::insert(KeyHash hash, std::uint64_t offset) {
  require(offset % kAlignment == 0 && offset > 0 && offset < kMaxSegmentSize, "an offset does not fit the index");
  const bool full = (size_ + 1) * 4 > slots_.size() * 3;
  if (full) grow();
  place({hash.tag, static_cast<std::uint32_t>(offset / kAlignment)});
  ++size_;
  return full;
}

void HashIndex::replace(const Candidate& candidate, std::uint64_t offset) {
  require(offset % kAlignment == 0 && offset > 0 && offset < kMaxSegmentSize, "an offset does not fit the index");
  slots_[candidate.slot].offset_units = static_cast<std::uint32_t>(offset / kAlignment);
}

std::uint64_t HashIndex::offset_at(std::size_t slot) const {
  return std::uint64_t{slots_.at(slot).offset_units} * kAlignment;
}

std::size_t HashIndex::home(KeyHash hash) const {
  return static_cast<std::size_t>((std::uint64_t{hash.tag} * slots_.size()) >> 32);
}

void HashIndex::place(Slot entry) {
  std::size_t slot = home({entry.tag});
  while (slots_[slot].offset_units != 0) slot = after(slot);
  slots_[slot] = entry;
}

void HashIndex::grow() {
  const std::vector<Slot> old = std::move(slots_);
  slots_.assign(old.empty() ? kFirstCapacity : old.size() * 2, Slot{});
  for (const Slot& entry : old) {
    if (entry.offset_units != 0) place(entry);
  }
}

}  // namespace sediment
