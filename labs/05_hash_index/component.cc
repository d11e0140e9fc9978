// Lab 5 in the student's process: hash indexes, by number.
#include <map>
#include <memory>

#include "engine/fitted_index.h"
#include "engine/hash_index.h"
#include "labs/05_hash_index/operations.h"
#include "labs/harness/component.h"

namespace sediment::labs {

namespace {

struct Indexes {
  std::map<std::uint64_t, std::unique_ptr<HashIndex>> by_number;
  std::map<std::uint64_t, HashIndex::Probe> probes;

  HashIndex& operator[](std::uint64_t number) {
    std::unique_ptr<HashIndex>& index = by_number[number];
    if (index == nullptr) index = std::make_unique<HashIndex>();
    return *index;
  }
};

KeyHash hash_from(MessageReader* request) { return {static_cast<std::uint32_t>(request->number())}; }

void find(const HashIndex& index, KeyHash hash, MessageWriter* answer) {
  HashIndex::Probe probe = index.probe(hash);
  std::vector<std::uint64_t> offsets;
  while (const auto candidate = probe.next()) {
    offsets.push_back(candidate->offset);
    if (offsets.size() > kMostCandidates) break;
  }
  answer->number(probe.slots_visited()).number(offsets.size());
  for (const std::uint64_t offset : offsets) answer->number(offset);
}

bool replace(HashIndex& index, KeyHash hash, std::uint64_t from, std::uint64_t to) {
  HashIndex::Probe probe = index.probe(hash);
  std::uint64_t candidates = 0;
  while (const auto candidate = probe.next()) {
    if (candidate->offset == from) {
      index.replace(*candidate, to);
      return true;
    }
    if (++candidates > kMostCandidates) break;
  }
  return false;
}

void slots(const HashIndex& index, MessageWriter* answer) {
  answer->number(index.table().in_order() ? 1 : 0).number(index.capacity());
  for (std::size_t slot = 0; slot < index.capacity(); ++slot) {
    const auto hash = index.hash_at(slot);
    answer->number(hash ? 1 : 0).number(hash ? hash->tag : 0).number(index.offset_at(slot));
  }
}

}  // namespace

void answer_component_request(MessageReader* request, MessageWriter* answer) {
  static Indexes indexes;
  const auto operation = static_cast<IndexOperation>(request->number());
  const std::uint64_t number = request->number();
  switch (operation) {
    case IndexOperation::kReserve: indexes[number].reserve(static_cast<std::size_t>(request->number())); return;
    case IndexOperation::kInsert: {
      const KeyHash hash = hash_from(request);
      const bool grew = indexes[number].insert(hash, request->number());
      answer->number(grew ? 1 : 0).number(indexes[number].size()).number(indexes[number].capacity());
      return;
    }
    case IndexOperation::kFind: return find(indexes[number], hash_from(request), answer);
    case IndexOperation::kReplace: {
      const KeyHash hash = hash_from(request);
      const std::uint64_t from = request->number();
      answer->number(replace(indexes[number], hash, from, request->number()) ? 1 : 0);
      return;
    }
    case IndexOperation::kPrefetch: return indexes[number].prefetch(hash_from(request));
    case IndexOperation::kSlots: return slots(indexes[number], answer);
    case IndexOperation::kHold: {
      const std::uint64_t index = request->number();
      indexes.probes.erase(number);
      indexes.probes.emplace(number, indexes[index].probe(hash_from(request)));
      return;
    }
    case IndexOperation::kNext: {
      const auto candidate = indexes.probes.at(number).next();
      answer->number(candidate ? 1 : 0).number(candidate ? candidate->offset : 0);
      return;
    }
    case IndexOperation::kFit:
      indexes.by_number[request->number()] = std::make_unique<HashIndex>(fitted(indexes[number]));
      return;
  }
}

const sim::StoreKind& store_with_component() { return sim::engine_kind(); }

}  // namespace sediment::labs
