// RIGHT: every output is durable, contents and name, as soon as it is full; inputs are removed from the newest to the oldest
#include "engine/merge.h"

#include <algorithm>
#include <vector>

#include "engine/guarded.h"

namespace sediment {

namespace {

// The later inputs, and what is newer than all of them.
SegmentList newer_than(const Segment& segment, const MergePlan& plan) {
  SegmentList newer;
  bool after = false;
  for (const SegmentList* list : {&plan.inputs, &plan.newer}) {
    for (const auto& other : *list) {
      if (after) newer.push_back(other);
      after = after || other.get() == &segment;
    }
  }
  return newer;
}

}  // namespace

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
  Status status = guarded([this] { return do_step(); });
  if (!status.ok()) {
    switch (phase_) {
      case Phase::kCopy:
      case Phase::kSyncFile:
      case Phase::kSyncDirectory: abandon(status.message()); break;
      case Phase::kCommit:
        if (status.changed_nothing()) abandon(status.message());
        break;
      case Phase::kRemoveInputs:
      case Phase::kOver: break;
    }
    phase_ = Phase::kOver;
    return status;
  }
  return phase_ == Phase::kOver;
}

// Lab 8: the body of this function is yours.
Status Merge::do_step() {
  switch (phase_) {
    case Phase::kCopy: {
      Result<bool> more = copy_next();
      if (!more.ok()) return more.status();
      if (!*more) phase_ = Phase::kSyncFile;
      return {};
    }
    case Phase::kSyncFile:
    case Phase::kSyncDirectory:  // finish_output does both
      if (output_.log) {
        if (Status s = finish_output(); !s.ok()) return s;
      }
      phase_ = Phase::kCommit;
      return {};
    case Phase::kCommit: {
      if (Status s = commit(); !s.ok()) return s;
      phase_ = Phase::kRemoveInputs;
      input_ = plan_.inputs.size();
      return {};
    }
    case Phase::kRemoveInputs:
      if (Status s = remove_input(*plan_.inputs[--input_]); !s.ok()) return s;
      if (input_ == 0) phase_ = Phase::kOver;
      return {};
    case Phase::kOver: return Status::invalid_argument("there is nothing left to do");
  }
  return {};
}

// Lab 8: the body of this function is yours.
Result<bool> Merge::copy_next() {
  if (input_ == plan_.inputs.size()) return false;
  if (scan_ == nullptr) {
    const Segment& segment = *plan_.inputs[input_];
    scan_ = std::make_unique<SegmentScan>(segment, newer_than(segment, plan_));
  }
  Result<const SegmentScan::Entry*> entry = scan_->next();
  if (!entry.ok()) return entry.status();
  if (*entry != nullptr) {
    const Status done = copy_or_drop(**entry);
    return done.ok() ? Result<bool>(true) : done;
  }
  ++input_;
  scan_ = nullptr;
  return copy_next();
}

// Lab 8: the body of this function is yours.
Verdict verdict(Standing standing, RecordType type, bool begins_with_oldest) {
  const bool newest = standing == Standing::kNewest;
  const bool value = type == RecordType::kPut;
  const bool may_hide = !value && !begins_with_oldest;
  if (newest && value) return {true, "the newest value"};
  if (newest && may_hide) return {true, "a tombstone that may hide an older value"};
  return {false, newest ? "a tombstone that hides nothing" : "there is a newer record"};
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
  if (output_.log && plan_.limit.segment_bytes < output_.log->end() + record.size_bytes) {
    if (Status s = finish_output(); !s.ok()) return s;
  }
  if (!output_.segment) {
    if (Status s = start_output(); !s.ok()) return s;
  }
  Result<Record> copied = output_.log->copy(record);
  if (Status s = written(copied.status()); !s.ok()) return s;
  output_.segment->add_at(Segment::Place{}, *copied, hash, nullptr);
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
  Status sealed = written(output_.log->seal());
  if (!sealed.ok()) return sealed;
  Status named = written(guarded_change([this] { return disk_.sync_directory(); }));
  if (!named.ok()) return named;
  output_.log->file()->will_not_change();
  outputs_.push_back(output_.segment);
  output_ = GrowingSegment{};
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
