#include "engine/merge.h"

#include <algorithm>
#include <vector>

#include "engine/guarded.h"

namespace sediment {

namespace {

// Neighbours that are weighed as one.
struct Generation {
  std::size_t first = 0;  // position of its oldest segment, from 0
  std::uint64_t bytes = 0;
};

// Newest first.
std::vector<Generation> generations_of(std::span<const std::uint64_t> sizes, const OutputLimit& limit) {
  std::vector<Generation> generations;
  bool goes_on = false;  // the last segment was full: the next one belongs to it
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (!goes_on) generations.push_back({i, 0});
    generations.back().bytes += sizes[i];
    goes_on = sizes[i] <= limit.segment_bytes && sizes[i] > limit.segment_bytes - limit.record_bytes;
  }
  std::reverse(generations.begin(), generations.end());
  return generations;
}

}  // namespace

std::optional<MergeRun> choose_merge(std::span<const std::uint64_t> sizes, const MergePolicy& policy,
                                     const OutputLimit& limit) {
  if (!policy.automatic) return std::nullopt;
  std::uint64_t newer_bytes = 0;
  std::size_t first = sizes.size();  // where the oldest one begins that is outweighed
  bool alone = true;                 // a run of one generation would never end
  for (const Generation& generation : generations_of(sizes, limit)) {
    const double weight = policy.growth_factor * static_cast<double>(generation.bytes);
    if (!alone && static_cast<double>(newer_bytes) > weight) first = generation.first;
    newer_bytes += generation.bytes;
    alone = false;
  }
  if (first == sizes.size()) return std::nullopt;
  return MergeRun{first + 1, sizes.size()};
}

bool must_wait(std::span<const std::uint64_t> sizes, std::uint64_t full_size_bytes, const MergePolicy& policy,
               const OutputLimit& limit) {
  if (!policy.automatic) return false;
  std::uint64_t newer_bytes = 0;
  for (const Generation& generation : generations_of(sizes, limit)) {
    const std::uint64_t weight = std::max(generation.bytes, full_size_bytes);
    if (static_cast<double>(newer_bytes) > policy.stall_factor * static_cast<double>(weight)) return true;
    newer_bytes += generation.bytes;
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
      if (Status s = finish_output(); !s.ok()) return s;
      phase_ = Phase::kSyncDirectory;
      return {};

    case Phase::kSyncDirectory:  // 3
      if (Status s = written(guarded_change([&] { return disk_.sync_directory(); })); !s.ok()) return s;
      phase_ = Phase::kCommit;
      return {};

    case Phase::kCommit:  // 4 and 5
      if (Status s = host_.commit_merge(plan_.inputs, outputs_); !s.ok()) return s;
      emit(observer_, {.kind = EventKind::kMergeSwitched,
                       .segment = outputs_.empty() ? SegmentNumber{} : outputs_.back()->number(),
                       .size = progress_.bytes_written + outputs_.size() * kSegmentHeaderSize});
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
  if (output_ && output_->end() + record.size_bytes > plan_.limit.segment_bytes) {
    if (Status s = finish_output(); !s.ok()) return s;
  }
  if (!output_) {
    if (Status s = start_output(); !s.ok()) return s;
  }
  if (Status s = written(output_->make_room(record.size_bytes)); !s.ok()) return s;
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

Status Merge::start_output() {
  constexpr std::uint64_t kFirstReservation = std::uint64_t{64} << 10;
  std::uint64_t bytes = 0;
  std::size_t keys = 0;
  for (const auto& input : plan_.inputs) {
    bytes += input->size_bytes();
    keys += input->index().size();
  }
  const std::uint64_t most_bytes = std::min(bytes - progress_.bytes_written, plan_.limit.segment_bytes);
  Result<SegmentNumber> number = host_.take_number();
  if (!number.ok()) return number.status();
  Result<std::unique_ptr<LogWriter>> output =
      LogWriter::create(disk_, *number, {kFirstReservation, most_bytes}, LogWriter::Stamp::kZero);
  if (!output.ok()) return written(output.status());
  output_ = std::move(*output);
  output_segment_ = std::make_shared<Segment>(output_->file(), SegmentHeader{output_->nonce(), output_->number()});
  output_segment_->reserve(keys - progress_.records_kept);
  scan_->expect_to_add_to(output_segment_.get());
  return {};
}

Status Merge::finish_output() {
  if (Status s = written(output_->seal()); !s.ok()) return s;
  output_->file()->will_not_change();
  outputs_.push_back(output_segment_);
  output_segment_.reset();
  output_.reset();
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
  // If one of them stays, the next open removes it.
  const auto remove = [&](SegmentNumber number) {
    (void)guarded([&] { return disk_.remove(segment_file_name(number)); });
  };
  if (output_) remove(output_->number());
  for (const auto& output : outputs_) remove(output->number());
  phase_ = Phase::kOver;
}

}  // namespace sediment
