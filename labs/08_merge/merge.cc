// Lab 8: Merge. README.md beside this file says what to do.
#include "engine/merge.h"

#include <algorithm>
#include <vector>

#include "engine/guarded.h"
#include "labs/not_implemented.h"

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

Result<bool> Merge::step() {
  // Yours, instead of the next line.
  not_implemented("Merge::step");
}

Status Merge::do_step() {
  // Yours, instead of the next line.
  not_implemented("Merge::do_step");
}

Result<bool> Merge::copy_next() {
  // Yours, instead of the next line.
  not_implemented("Merge::copy_next");
}

Verdict verdict(Standing standing, RecordType type, bool begins_with_oldest) {
  // Yours, instead of the next line.
  not_implemented("verdict");
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

Result<Record> Merge::keep(const Record& record, KeyHash hash) {
  // Yours, instead of the next line.
  not_implemented("Merge::keep");
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

Status Merge::finish_output() {
  // Yours, instead of the next line.
  not_implemented("Merge::finish_output");
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
