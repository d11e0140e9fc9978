#include "engine/reader.h"

#include <algorithm>
#include <array>

#include "engine/guarded.h"
#include "engine/lookup.h"
#include "engine/yield_point.h"

namespace sediment {

Reader::Reader(std::shared_ptr<const CurrentSegments> current, Observer* observer)
    : current_(std::move(current)), observer_(observer), version_(current_->version()), segments_(current_->get()) {}

const SegmentList& Reader::refresh() {
  const std::uint64_t version = current_->version();
  if (version != version_) {
    yield_point("reader.refresh");
    segments_ = current_->get();
    version_ = version;  // of this set, or of an earlier one: then the next call checks again
  }
  return *segments_;
}

Status Reader::find(const SegmentList& segments, std::string_view key, KeyHash hash, std::size_t skip,
                    std::string_view* value) {
  Lookup lookup{.key = key, .hash = hash, .scratch = &scratch_, .observer = observer_};
  switch (find_in(segments, &lookup, skip)) {
    case Found::kFailure: return lookup.failure;
    case Found::kNothing:
    case Found::kTombstone: return Status::not_found();
    case Found::kValue: break;
  }
  *value = lookup.record.value;
  return {};
}

Status Reader::find_one(std::string_view key, std::string_view* value) {
  // Prefetch all slots at once where it pays. With one segment, its slot is read right away; with many segments, the
  // first slot arrives before the last is requested.
  constexpr std::size_t kFewSegments = 4;
  const SegmentList& segments = refresh();
  const KeyHash hash = hash_key(key);
  const std::size_t count = segments.size();
  if (count > 1 && count <= kFewSegments) prefetch_slots(segments, hash);
  return find(segments, key, hash, 0, value);
}

Status Reader::get(std::string_view key, std::string* value) {
  return guarded([&] {
    std::string_view found;
    Status status = find_one(key, &found);
    if (status.ok()) value->assign(found);
    return status;
  });
}

Result<std::string_view> Reader::view(std::string_view key) {
  return guarded([&]() -> Result<std::string_view> {
    std::string_view found;
    if (Status s = find_one(key, &found); !s.ok()) return s;
    return found;
  });
}

void Reader::multi_get(std::span<const std::string_view> keys, std::span<GetResult> results) {
  require(keys.size() == results.size(), "multi_get needs a result for each key");
  const SegmentList& segments = refresh();
  // A limited number at a time: what was prefetched must still be in the processor's cache when it is used.
  std::array<KeyHash, 32> hashes;
  std::array<std::size_t, hashes.size()> skip;  // segments not to search again; an observer sees all of them
  for (std::size_t first = 0; first < keys.size(); first += hashes.size()) {
    const std::size_t count = std::min(hashes.size(), keys.size() - first);
    for (std::size_t i = 0; i < count; ++i) {
      hashes[i] = hash_key(keys[first + i]);
      prefetch_slots(segments, hashes[i]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t without = prefetch_record(segments, hashes[i]);
      skip[i] = observer_ == nullptr ? without : 0;
    }
    for (std::size_t i = 0; i < count; ++i) {
      GetResult& result = results[first + i];
      result.status = guarded([&] {
        std::string_view found;
        Status status = find(segments, keys[first + i], hashes[i], skip[i], &found);
        if (status.ok()) result.value.assign(found);
        return status;
      });
    }
  }
}

}  // namespace sediment
