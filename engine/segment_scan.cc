#include "engine/segment_scan.h"

#include "engine/lookup.h"

namespace sediment {

Result<const SegmentScan::Entry*> SegmentScan::next() {
  if (position_ == batch_.count) {
    if (batch_.end == RecordVerdict::kEnd) return nullptr;
    if (Status s = take_batch(); !s.ok()) return s;
    if (batch_.count == 0) return nullptr;
  }
  entry_.record = &batch_.records[position_];
  Result<Standing> standing = standing_of(*entry_.record, suspicions_[position_]);
  if (!standing.ok()) return standing.status();
  entry_.hash = suspicions_[position_].hash;
  entry_.standing = *standing;
  ++position_;
  return &entry_;
}

Status SegmentScan::take_batch() {
  position_ = 0;
  if (Status s = reader_.next_batch(&batch_); !s.ok()) return s;
  if (batch_.count == 0 && batch_.end != RecordVerdict::kEnd) {
    return Status::corruption(segment_.name(), batch_.end_offset, std::string(describe(batch_.end)));
  }
  for (std::size_t i = 0; i < batch_.count; ++i) {
    const KeyHash hash = hash_key(batch_.records[i].key);
    suspicions_[i].hash = hash;
    if (!segment_.every_record_is_newest_here()) segment_.prefetch_slot(hash);
    if (output_ != nullptr) output_->prefetch_slot(hash);
    prefetch_slots(newer_, hash);
  }
  for (std::size_t i = 0; i < batch_.count; ++i) {
    suspicions_[i] = suspicion_of(batch_.records[i], suspicions_[i].hash);
  }
  return {};
}

SegmentScan::Suspicion SegmentScan::suspicion_of(const Record& record, KeyHash hash) const {
  Suspicion suspicion{hash, !segment_.is_newest_here(record, hash), 0};
  if (!suspicion.superseded_here) suspicion.without = prefetch_record(newer_, hash);
  return suspicion;
}

Result<Standing> SegmentScan::standing_of(const Record& record, const Suspicion& suspicion) {
  if (suspicion.superseded_here) return Standing::kSupersededHere;
  Lookup lookup{.key = record.key, .hash = suspicion.hash, .scratch = &scratch_};
  const Found found = find_in(newer_, &lookup, suspicion.without);
  if (found == Found::kFailure) return lookup.failure;
  return found == Found::kNothing ? Standing::kNewest : Standing::kSupersededLater;
}

}  // namespace sediment
