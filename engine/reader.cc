#include "engine/reader.h"

#include "engine/yield_point.h"

namespace sediment {

Reader::Reader(std::shared_ptr<const CurrentSegments> current, Observer* observer)
    : current_(std::move(current)), observer_(observer), version_(current_->version()), segments_(current_->get()) {}

const SegmentSet& Reader::refresh() {
  const std::uint64_t version = current_->version();
  if (version != version_) {
    yield_point("reader.refresh");
    segments_ = current_->get();
    version_ = version;  // of this set or of one before it: then the next call looks again
  }
  return *segments_;
}

Result<std::string_view> Reader::find(const SegmentSet& segments, std::string_view key) {
  Result<Lookup> lookup = segments.find(key, &scratch_, observer_);
  if (!lookup.ok()) return lookup.status();
  if (lookup->kind != Lookup::Kind::kValue) return Status::not_found();
  return lookup->record.value;
}

Status Reader::get(std::string_view key, std::string* value) {
  Result<std::string_view> found = view(key);
  if (found.ok()) value->assign(*found);
  return found.status();
}

Result<std::string_view> Reader::view(std::string_view key) { return find(refresh(), key); }

void Reader::multi_get(std::span<const std::string_view> keys, std::span<GetResult> results) {
  require(keys.size() == results.size(), "multi_get needs a result for each key");
  const SegmentSet& segments = refresh();
  for (const std::string_view key : keys) segments.prefetch(key);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    Result<std::string_view> found = find(segments, keys[i]);
    results[i].status = found.status();
    if (found.ok()) results[i].value.assign(*found);
  }
}

}  // namespace sediment
