// RIGHT: the segments newer than an input are made by removing the oldest from one list, and each phase has a function of its own
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
  Status failure = guarded([this] { return do_step(); });
  if (failure.ok()) return phase_ == Phase::kOver;
  const bool before_the_commit =
      phase_ == Phase::kCopy || phase_ == Phase::kSyncFile || phase_ == Phase::kSyncDirectory;
  const bool refused = phase_ == Phase::kCommit && failure.changed_nothing();
  if (before_the_commit || refused) {
    abandon(failure.message());
  }
  phase_ = Phase::kOver;
  return failure;
}

// Lab 8: the body of this function is yours.
Status Merge::do_step() {
  const auto then = [this](const Status& status, Phase next) {
    if (status.ok()) phase_ = next;
    return status;
  };
  switch (phase_) {
    case Phase::kCopy: {
      Result<bool> copied = copy_next();
      if (!copied.ok()) return copied.status();
      if (*copied) return {};
      if (!output_.log) return then({}, outputs_.empty() ? Phase::kCommit : Phase::kSyncDirectory);
      return then({}, Phase::kSyncFile);
    }
    case Phase::kSyncFile: return then(finish_output(), Phase::kSyncDirectory);
    case Phase::kSyncDirectory:
      return then(written(guarded_change([this] { return disk_.sync_directory(); })), Phase::kCommit);
    case Phase::kCommit: input_ = 0; return then(commit(), Phase::kRemoveInputs);
    case Phase::kRemoveInputs: {
      const std::size_t removed = input_;
      if (Status s = remove_input(*plan_.inputs[removed]); !s.ok()) return s;
      input_ = removed + 1;
      return then({}, input_ < plan_.inputs.size() ? Phase::kRemoveInputs : Phase::kOver);
    }
    default: return Status::invalid_argument("this merge is over");
  }
}

// Lab 8: the body of this function is yours.
Result<bool> Merge::copy_next() {
  const SegmentScan::Entry* found = nullptr;
  while (found == nullptr && input_ < plan_.inputs.size()) {
    if (!scan_) {
      SegmentList all = plan_.inputs;
      all.insert(all.end(), plan_.newer.begin(), plan_.newer.end());
      all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(input_) + 1);
      scan_ = std::make_unique<SegmentScan>(*plan_.inputs[input_], std::move(all));
    }
    if (output_.segment) scan_->expect_to_add_to(output_.segment.get());
    Result<const SegmentScan::Entry*> next = scan_->next();
    if (!next.ok()) return next.status();
    found = *next;
    if (found == nullptr) {
      scan_.reset();
      ++input_;
    }
  }
  if (found == nullptr) return false;
  Status outcome = copy_or_drop(*found);
  if (!outcome.ok()) return outcome;
  return true;
}

// Lab 8: the body of this function is yours.
Verdict verdict(Standing standing, RecordType type, bool begins_with_oldest) {
  if (standing == Standing::kSupersededHere) return {false, "a later record of this segment"};
  if (standing == Standing::kSupersededLater) return {false, "a record of a newer segment"};
  const bool needless = type == RecordType::kTombstone && begins_with_oldest;
  return {!needless, needless ? "hides nothing" : "still counts"};
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
  const auto fits = [&] { return output_.log->end() + record.size_bytes <= plan_.limit.segment_bytes; };
  if (output_.log && !fits()) {
    Status finished = finish_output();
    if (!finished.ok()) return finished;
  }
  if (!output_.log) {
    Status started = start_output();
    if (!started.ok()) return started;
  }
  Result<Record> copy = output_.log->copy(record);
  if (!copy.ok()) return written(copy.status());
  Record moved = record;
  moved.offset = output_.log->end() - record.size_bytes;
  output_.segment->add_at({}, moved, hash, observer_);
  return moved;
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
  const GrowingSegment finished = std::move(output_);
  output_ = {};
  Status sealed = written(finished.log->seal());
  outputs_.push_back(finished.segment);  // also if it could not be sealed, so that abandon() removes it
  return sealed;
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
