// WRONG: a merge that fails is over, but what it has written stays on the disk | first check to fail: L8.20
#include "engine/merge.h"

#include <algorithm>
#include <vector>

#include "engine/guarded.h"

namespace sediment {

MergePlan plan_for(MergeRun run, const SegmentList& sealed) {
  const auto first = sealed.begin() + static_cast<std::ptrdiff_t>(run.first - 1);
  const auto after = sealed.begin() + static_cast<std::ptrdiff_t>(run.last);
  return {{first, after}, {after, sealed.end()}, run.first == 1};
}

Merge::Merge(Disk& disk, MergeHost& host, MergePlan plan, Observer* observer)
    : disk_(disk), host_(host), plan_(std::move(plan)), observer_(observer) {
  emit(observer_,
       {.kind = EventKind::kMergeStarted, .segment = plan_.inputs.front()->number(), .size = plan_.inputs.size()});
}

// Lab 8: the body of this function is yours.
Result<bool> Merge::step() {
  if (Status s = guarded([&] { return do_step(); }); !s.ok()) {
    phase_ = Phase::kOver;
    return s;
  }
  return phase_ == Phase::kOver;
}

// Lab 8: the body of this function is yours.
Status Merge::do_step() {
  switch (phase_) {
    case Phase::kCopy: {  // 1
      Result<bool> copied = copy_next();
      if (!copied.ok()) return copied.status();
      if (*copied) return {};
      phase_ = output_.log ? Phase::kSyncFile : Phase::kCommit;
      return do_step();
    }

    case Phase::kSyncFile:  // 2
      if (Status s = finish_output(); !s.ok()) return s;
      phase_ = Phase::kSyncDirectory;
      return {};

    case Phase::kSyncDirectory:  // 3
      if (Status s = written(guarded_change([&] { return disk_.sync_directory(); })); !s.ok()) return s;
      phase_ = Phase::kCommit;
      return {};

    case Phase::kCommit:  // 4 and 5
      if (Status s = commit(); !s.ok()) return s;
      phase_ = Phase::kRemoveInputs;
      input_ = 0;
      return {};

    case Phase::kRemoveInputs:  // 6
      if (Status s = remove_input(*plan_.inputs[input_]); !s.ok()) return s;
      if (++input_ == plan_.inputs.size()) phase_ = Phase::kOver;
      return {};

    case Phase::kOver: break;
  }
  return Status::invalid_argument("this merge is over");
}

// Lab 8: the body of this function is yours.
Result<bool> Merge::copy_next() {
  for (; input_ < plan_.inputs.size(); ++input_, scan_.reset()) {
    if (!scan_) {
      SegmentList newer(plan_.inputs.begin() + static_cast<std::ptrdiff_t>(input_) + 1, plan_.inputs.end());
      newer.insert(newer.end(), plan_.newer.begin(), plan_.newer.end());
      scan_ = std::make_unique<SegmentScan>(*plan_.inputs[input_], std::move(newer));
      scan_->expect_to_add_to(output_.segment.get());
    }
    Result<const SegmentScan::Entry*> entry = scan_->next();
    if (!entry.ok()) return entry.status();
    if (*entry == nullptr) continue;
    if (Status s = copy_or_drop(**entry); !s.ok()) return s;
    return true;
  }
  return false;
}

// Lab 8: the body of this function is yours.
Verdict verdict(Standing standing, RecordType type, bool begins_with_oldest) {
  switch (standing) {
    case Standing::kSupersededHere: return {false, "superseded by a later record in its own segment"};
    case Standing::kSupersededLater: return {false, "superseded by a record in a newer segment"};
    case Standing::kNewest: break;
  }
  if (type == RecordType::kPut) return {true, "live"};
  if (begins_with_oldest) return {false, "a tombstone with nothing older left to hide"};
  return {true, "an older segment outside of this merge may hold the key"};
}

Status Merge::copy_or_drop(const SegmentScan::Entry& entry) {
  const Record& record = *entry.record;
  ++progress_.records_read;
  progress_.bytes_read += record.size_bytes;
  const Verdict outcome = verdict(entry.standing, record.type, plan_.begins_with_oldest);
  Event event{.kind = EventKind::kMergeDropped,
              .segment = plan_.inputs[input_]->number(),
              .offset = record.offset,
              .size = record.size_bytes,
              .key = record.key,
              .why = outcome.why};
  if (outcome.keep) {
    Result<Record> copied = keep(record, entry.hash);
    if (!copied.ok()) return copied.status();
    ++progress_.records_kept;
    progress_.bytes_written += record.size_bytes;
    event.kind = EventKind::kMergeKept;
    event.segment = output_.log->number();
    event.offset = copied->offset;
  }
  emit(observer_, event);
  return {};
}

// Lab 8: the body of this function is yours.
Result<Record> Merge::keep(const Record& record, KeyHash hash) {
  const bool full = output_.log && output_.log->end() + record.size_bytes > plan_.limit.segment_bytes;
  if (full) {
    if (Status s = finish_output(); !s.ok()) return s;
  }
  if (!output_.log) {
    if (Status s = start_output(); !s.ok()) return s;
  }
  Result<Record> copied = output_.log->copy(record);
  if (!copied.ok()) return written(copied.status());
  output_.segment->add_at({}, *copied, hash, nullptr);  // at most one record of a key is kept
  return copied;
}

Status Merge::start_output() {
  constexpr std::uint64_t kFirstReservation = std::uint64_t{64} << 10;  // a merge on a full disk must do with little
  std::size_t keys = 0;
  for (const auto& input : plan_.inputs) keys += input->index().size();
  const std::uint64_t most_bytes =
      std::min(total_size(plan_.inputs) - progress_.bytes_written, plan_.limit.segment_bytes);
  Result<SegmentNumber> number = host_.take_number();
  if (!number.ok()) return number.status();
  Result<GrowingSegment> output =
      GrowingSegment::create(disk_, *number, {kFirstReservation, most_bytes}, LogWriter::Stamp::kZero);
  if (!output.ok()) return written(output.status());
  output_ = std::move(*output);
  output_.segment->reserve(keys - progress_.records_kept);
  scan_->expect_to_add_to(output_.segment.get());
  return {};
}

// Lab 8: the body of this function is yours.
Status Merge::finish_output() {
  if (Status s = written(output_.log->seal()); !s.ok()) return s;
  output_.log->file()->will_not_change();
  outputs_.push_back(output_.segment);
  output_ = {};
  return {};
}

Status Merge::commit() {
  if (Status s = host_.commit_merge(plan_.inputs, outputs_); !s.ok()) return s;
  emit(observer_, {.kind = EventKind::kMergeSwitched,
                   .segment = outputs_.empty() ? SegmentNumber{} : outputs_.back()->number(),
                   .size = progress_.bytes_written + outputs_.size() * kSegmentHeaderSize});
  return {};
}

Status Merge::remove_input(const Segment& input) {
  if (Status s = disk_.remove(input.name()); !s.ok()) return s.absence_as_io_error();
  Status snapshot = disk_.remove(snapshot_file_name(input.number()));
  if (!snapshot.ok() && !snapshot.is(StatusCode::kNotFound)) return snapshot;
  emit(observer_, {.kind = EventKind::kInputRemoved, .segment = input.number()});
  return {};
}

Status Merge::written(Status status) {
  status = status.absence_as_io_error();
  if (!status.ok() && !status.changed_nothing()) host_.stop_writing(status);
  return status;
}

void Merge::abandon(std::string_view why) noexcept {
  if (phase_ == Phase::kRemoveInputs || phase_ == Phase::kOver) return;
  emit(observer_, {.kind = EventKind::kMergeAbandoned, .segment = plan_.inputs.front()->number(), .why = why});
  if (output_.log) LogWriter::discard(disk_, output_.log->number());
  for (const auto& output : outputs_) LogWriter::discard(disk_, output->number());
  phase_ = Phase::kOver;
}

}  // namespace sediment
