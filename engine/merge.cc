#include "engine/merge.h"

#include <algorithm>

#include "engine/guarded.h"

namespace sediment {

std::optional<MergeRun> choose_merge(std::span<const std::uint64_t> sizes, const MergePolicy& policy) {
  if (!policy.automatic) return std::nullopt;
  std::uint64_t newer_bytes = 0;
  std::size_t first = sizes.size();  // the oldest one that is outweighed
  for (std::size_t i = sizes.size(); i-- > 0;) {
    const bool alone = i + 1 == sizes.size();  // a run of one would never end
    if (!alone && static_cast<double>(newer_bytes) > policy.growth_factor * static_cast<double>(sizes[i])) first = i;
    newer_bytes += sizes[i];
  }
  if (first == sizes.size()) return std::nullopt;
  return MergeRun{first + 1, sizes.size()};
}

bool must_wait(std::span<const std::uint64_t> sizes, std::uint64_t full_size_bytes, const MergePolicy& policy) {
  if (!policy.automatic) return false;
  std::uint64_t newer_bytes = 0;
  for (std::size_t i = sizes.size(); i-- > 0;) {
    const std::uint64_t weight = std::max(sizes[i], full_size_bytes);
    if (static_cast<double>(newer_bytes) > policy.stall_factor * static_cast<double>(weight)) return true;
    newer_bytes += sizes[i];
  }
  return false;
}

Merge::Merge(Disk& disk, MergeHost& host, MergePlan plan, Observer* observer)
    : disk_(disk), host_(host), plan_(std::move(plan)), observer_(observer) {
  emit(observer_,
       {.kind = EventKind::kMergeStarted, .segment = plan_.inputs.front()->number(), .size = plan_.inputs.size()});
}

Result<bool> Merge::step() {
  const bool committed = phase_ == Phase::kRemoveInputs;
  if (Status s = guarded([&] { return do_step(); }); !s.ok()) {
    // A commit that failed half-way may have reached the disk, so then the output must stay.
    const bool unchanged = !committed && (phase_ != Phase::kCommit || s.changed_nothing());
    if (unchanged) abandon(s.message());
    phase_ = Phase::kOver;
    return s;
  }
  return phase_ == Phase::kOver;
}

Status Merge::do_step() {
  switch (phase_) {
    case Phase::kCopy: {  // 1
      Result<bool> copied = copy_next();
      if (!copied.ok()) return copied.status();
      if (*copied) return {};
      phase_ = output_ ? Phase::kSyncFile : Phase::kCommit;
      return do_step();
    }

    case Phase::kSyncFile:  // 2
      if (Status s = written(output_->seal()); !s.ok()) return s;
      output_->file()->will_not_change();
      phase_ = Phase::kSyncDirectory;
      return {};

    case Phase::kSyncDirectory:  // 3
      if (Status s = written(guarded_change([&] { return disk_.sync_directory(); })); !s.ok()) return s;
      phase_ = Phase::kCommit;
      return {};

    case Phase::kCommit:  // 4 and 5
      if (Status s = host_.commit_merge(plan_.inputs, output_segment_); !s.ok()) return s;
      emit(observer_, {.kind = EventKind::kMergeSwitched,
                       .segment = output_segment_ ? output_segment_->number() : SegmentNumber{},
                       .size = output_segment_ ? output_segment_->size_bytes() : 0});
      phase_ = Phase::kRemoveInputs;
      input_ = 0;
      return {};

    case Phase::kRemoveInputs: {  // 6
      const Segment& input = *plan_.inputs[input_];
      if (Status s = disk_.remove(input.name()); !s.ok()) return s.absence_as_io_error();
      Status snapshot = disk_.remove(snapshot_file_name(input.number()));
      if (!snapshot.ok() && !snapshot.is(StatusCode::kNotFound)) return snapshot;
      emit(observer_, {.kind = EventKind::kInputRemoved, .segment = input.number()});
      if (++input_ == plan_.inputs.size()) phase_ = Phase::kOver;
      return {};
    }

    case Phase::kOver: break;
  }
  return Status::invalid_argument("this merge is over");
}

Result<bool> Merge::copy_next() {
  for (; input_ < plan_.inputs.size(); ++input_, scan_.reset()) {
    if (!scan_) {
      SegmentSet::List newer(plan_.inputs.begin() + static_cast<std::ptrdiff_t>(input_) + 1, plan_.inputs.end());
      newer.insert(newer.end(), plan_.newer.begin(), plan_.newer.end());
      scan_ = std::make_unique<SegmentScan>(*plan_.inputs[input_], std::move(newer));
      scan_->expect_to_add_to(output_segment_.get());
    }
    Result<const SegmentScan::Entry*> entry = scan_->next();
    if (!entry.ok()) return entry.status();
    if (*entry == nullptr) continue;
    if (Status s = copy_or_drop(**entry); !s.ok()) return s;
    return true;
  }
  return false;
}

Status Merge::copy_or_drop(const SegmentScan::Entry& entry) {
  const Record& record = *entry.record;
  ++progress_.records_read;
  progress_.bytes_read += record.size_bytes;
  const std::string_view why = reason_to_drop(entry);
  if (why.empty()) return copy(record, entry.hash);
  emit(observer_, {.kind = EventKind::kMergeDropped,
                   .segment = plan_.inputs[input_]->number(),
                   .offset = record.offset,
                   .size = record.size_bytes,
                   .key = record.key,
                   .why = why});
  return {};
}

std::string_view Merge::reason_to_drop(const SegmentScan::Entry& entry) const {
  switch (entry.standing) {
    case Standing::kSupersededHere: return "superseded by a later record in its own segment";
    case Standing::kSupersededLater: return "superseded by a record in a newer segment";
    case Standing::kNewest: break;
  }
  if (entry.record->type == RecordType::kTombstone && plan_.begins_with_oldest) {
    return "a tombstone with nothing older left to hide";
  }
  return {};
}

Status Merge::copy(const Record& record, KeyHash hash) {
  if (!output_) {
    std::uint64_t capacity = 0;
    std::size_t keys = 0;
    for (const auto& input : plan_.inputs) {
      capacity += input->size_bytes();
      keys += input->index().size();
    }
    Result<SegmentNumber> number = host_.take_number();
    if (!number.ok()) return number.status();
    Result<std::unique_ptr<LogWriter>> output = LogWriter::create(disk_, *number, capacity, LogWriter::Stamp::kZero);
    if (!output.ok()) return written(output.status());
    output_ = std::move(*output);
    output_segment_ = std::make_shared<Segment>(output_->file(), SegmentHeader{output_->nonce(), output_->number()});
    output_segment_->reserve(keys);
    scan_->expect_to_add_to(output_segment_.get());
  }
  Result<std::uint64_t> offset = output_->append(record.type, record.key, record.value);
  if (!offset.ok()) return written(offset.status());
  emit(observer_,
       {.kind = EventKind::kMergeKept,
        .segment = output_->number(),
        .offset = *offset,
        .size = record.size_bytes,
        .key = record.key,
        .why = record.type == RecordType::kTombstone ? "an older segment outside of this merge may hold the key"
                                                     : "live"});
  ++progress_.records_kept;
  progress_.bytes_written += record.size_bytes;
  Record copied = record;
  copied.offset = *offset;
  output_segment_->add_new(copied, hash);  // of all records of a key, one at most is kept
  return {};
}

// Everything that this file writes or syncs passes through here: after a failure nobody knows what is on the disk.
Status Merge::written(Status status) {
  status = status.absence_as_io_error();
  if (!status.ok() && !status.changed_nothing()) host_.stop_writing(status);
  return status;
}

void Merge::abandon(std::string_view why) noexcept {
  if (phase_ == Phase::kRemoveInputs || phase_ == Phase::kOver) return;
  emit(observer_, {.kind = EventKind::kMergeAbandoned, .segment = plan_.inputs.front()->number(), .why = why});
  if (output_) {  // if it stays, the next open removes it
    (void)guarded([&] { return disk_.remove(segment_file_name(output_->number())); });
  }
  phase_ = Phase::kOver;
}

}  // namespace sediment
