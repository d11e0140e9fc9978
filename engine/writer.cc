#include "engine/writer.h"

#include <algorithm>

#include "engine/guarded.h"
#include "engine/yield_point.h"

namespace sediment {

Writer::Writer(Disk& disk, const Options& options, WriteState& state, Catalog& catalog, GrowingSegment active)
    : disk_(disk),
      options_(options),
      state_(state),
      catalog_(catalog),
      active_(std::move(active)),
      group_commit_(active_.log, state, options.observer) {}

// Whether the active segment takes records.
Status Writer::check_appendable() const {
  if (sealed_) return Status::read_only("the store is being closed");
  return state_.check();
}

// ---- append

Status check_sizes(std::string_view key, std::string_view value) {
  if (key.size() > kMaxKeySize) {
    return Status::invalid_argument("a key has at most 65535 bytes; this one has " + std::to_string(key.size()));
  }
  if (value.size() > kMaxValueSize) {
    return Status::invalid_argument("a value has at most 1 GiB; this one has " + std::to_string(value.size()) +
                                    " bytes");
  }
  return {};
}

Result<bool> Writer::append(RecordType type, std::string_view key, std::string_view value) {
  const KeyHash hash = hash_key(key);
  Lock lock(mutex_);
  if (Status s = check_appendable(); !s.ok()) return s;
  if (Status s = check_sizes(key, value); !s.ok()) return s;

  // 0 to 2
  Result<bool> rolled = make_room_for(lock, record_size(key.size(), value.size()));
  if (!rolled.ok()) return rolled;
  if (Status s = append_to_active(type, key, hash, value); !s.ok()) return s;
  const SegmentNumber number = active_.log->number();

  // 3
  if (options_.sync_policy == SyncPolicy::kEveryWrite) {
    if (Status s = group_commit_.wait_until_durable(lock, number, active_.log->end()); !s.ok()) return s;
  }

  // 4
  ++(type == RecordType::kPut ? stats_.puts : stats_.removes);
  emit(options_.observer, {.kind = EventKind::kAcknowledged, .segment = number, .key = key});
  return rolled;
}

// Rolls if the active segment would grow past its largest size, and reserves space. True if it rolled.
Result<bool> Writer::make_room_for(Lock& lock, std::uint64_t record_bytes) {
  const auto fits = [&] {
    return active_.log->record_count() == 0 || active_.log->end() + record_bytes <= options_.segment_size_bytes;
  };
  bool rolled = false;
  if (!fits()) {
    if (Status s = wait_for_running_sync(lock); !s.ok()) return s;
    if (!fits()) {  // no other thread has rolled meanwhile
      Result<bool> roll = roll_active();
      if (!roll.ok()) return roll;
      rolled = *roll;
    }
  }
  if (Status s = state_.judged(active_.log->make_room(record_bytes)); !s.ok()) return s;
  return rolled;
}

Status Writer::append_to_active(RecordType type, std::string_view key, KeyHash hash, std::string_view value) {
  // 0  The record is encoded while the processor fetches its slot of the index from memory.
  Segment& segment = *active_.segment;
  segment.prefetch_slot(hash);
  const EncodedRecord encoded = active_.log->encode(type, key, value);
  Result<Segment::Place> place = segment.place_for(key, hash);
  if (!place.ok()) return state_.judged(place.status());

  // 1
  StopUnlessDone unfinished(state_);
  const std::uint64_t durable_upto = active_.log->durable_end();
  Result<std::uint64_t> offset = active_.log->append(encoded, key, value);
  if (offset.status().is(StatusCode::kNoSpace)) {  // unlike before a roll, something may have changed
    return state_.stop(
        Status::io_error(segment.name(), "the disk is full, and part of a record may have been written"));
  }
  if (!offset.ok()) return state_.stop(offset.status());
  const Record record{type, *offset, record_size(key.size(), value.size()), durable_upto, key, value};
  emit(options_.observer, {.kind = EventKind::kAppended,
                           .segment = segment.number(),
                           .offset = record.offset,
                           .size = record.size_bytes,
                           .key = key});
  // 2
  yield_point("writer.publish");
  segment.add_at(*place, record, hash, options_.observer);
  unfinished.done();
  return {};
}

Status Writer::sync() {
  Lock lock(mutex_);
  if (Status s = check_appendable(); !s.ok()) return s;
  return group_commit_.wait_until_durable(lock, active_.log->number(), active_.log->end());
}

// Returns whether records may still be written.
Status Writer::wait_for_running_sync(Lock& lock) {
  group_commit_.wait_for_running_sync(lock);
  return check_appendable();
}

// ---- roll and close

Result<bool> Writer::roll() {
  Lock lock(mutex_);
  if (Status s = wait_for_running_sync(lock); !s.ok()) return s;
  return roll_active();
}

Result<bool> Writer::roll_active() {
  if (active_.log->record_count() == 0) return false;
  const std::uint64_t started = disk_.now_nanoseconds();
  Result<SegmentNumber> number = catalog_.take_number();
  if (!number.ok()) return number.status();

  // 1
  Result<GrowingSegment> next =
      GrowingSegment::create_durable(disk_, *number, {options_.first_reservation_bytes, options_.segment_size_bytes});
  if (!next.ok()) return state_.judged(next.status());
  if (Status s = guarded([&] { return replace_active(std::move(*next)); }); !s.ok()) {
    if (!state_.has_failed()) LogWriter::discard(disk_, *number);  // otherwise the manifest may name it
    return s;
  }
  ++stats_.rolls;
  stats_.longest_roll_nanoseconds = std::max(stats_.longest_roll_nanoseconds, disk_.now_nanoseconds() - started);
  emit(options_.observer, {.kind = EventKind::kRolled, .segment = active_.log->number()});
  return true;
}

// An empty active segment stays as it is: the next open finds nothing in it and removes it.
Status Writer::seal() {
  Lock lock(mutex_);
  if (Status s = wait_for_running_sync(lock); !s.ok()) return state_.failure();
  sealed_ = true;
  if (active_.log->record_count() > 0) return replace_active({});
  const Status sealed = active_.log->seal();
  return sealed.ok() ? sealed : state_.stop(sealed);
}

// Replaces the active segment n with m, or, for close, with none:
//   1  create m with its header, and make its file and name durable
//   2  write the new manifest beside the old one                     kNoSpace and kNoMemory up to here change nothing
//   3  cut n's reserved tail, fsync n                                sealed means: exactly these bytes, durable
//   4  switch to the new manifest: n sealed, m active                COMMIT: no write enters m before that
//   5  publish the list of segments to readers
// Segment n is durable before m takes writes, so that no write in m can survive the loss of an earlier one in n. It
// keeps its reserved tail as long as the disk may turn out to be full. Maintenance writes the snapshot of n.
Status Writer::replace_active(GrowingSegment next) {
  // 2
  Catalog::Edit edit(catalog_);
  edit.seal(active_.segment);
  edit.activate(next.segment);
  if (Status s = edit.write(); !s.ok()) return s;

  // 3
  StopUnlessDone unfinished(state_);
  LogWriter& log = *active_.log;
  if (Status s = log.seal(); !s.ok()) return state_.stop(s);

  // 4 and 5
  Status committed = edit.commit();
  if (committed.ok()) {
    emit(options_.observer, {.kind = EventKind::kSealed, .segment = log.number(), .size = log.end()});
    log.file()->will_not_change();  // not earlier: after a failed switch, the log would continue
    active_.segment = std::move(next.segment);
    if (next.log != nullptr) active_.log = std::move(next.log);  // after a close, threads may still ask the old log
  }
  unfinished.done();
  return committed;
}

void Writer::add_to(Stats* stats) const {
  const Lock lock(mutex_);
  static_cast<WriteStats&>(*stats) = stats_;
  stats->syncs = group_commit_.syncs();
  const std::shared_ptr<const SegmentList> segments = catalog_.current()->get();
  for (const auto& segment : *segments) {
    stats->segments.push_back({segment->number(), segment != active_.segment, segment->size_bytes(),
                               segment->record_count(), segment->index().size(), segment->index().memory_bytes()});
  }
}

}  // namespace sediment
