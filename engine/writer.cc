#include "engine/writer.h"

#include <algorithm>

#include "engine/guarded.h"
#include "engine/yield_point.h"

namespace sediment {

// Stands in a protocol from its first change to its end. If an exception takes it away before done() was said, nobody
// knows how far the protocol got. Expects the mutex to be held.
class Writer::StopUnlessDone {
 public:
  explicit StopUnlessDone(Writer& writer) : writer_(writer) {}
  ~StopUnlessDone() {
    if (!done_) writer_.note_failure(Status::io_error());
  }
  StopUnlessDone(const StopUnlessDone&) = delete;
  StopUnlessDone& operator=(const StopUnlessDone&) = delete;

  void done() { done_ = true; }

 private:
  Writer& writer_;
  bool done_ = false;
};

// Everything that a roll from n to m needs.
struct Writer::Roll {
  std::unique_ptr<LogWriter> log;              // m
  std::shared_ptr<Segment> active;             // m, for reading
  Manifest manifest;                           // n sealed, m active
  std::shared_ptr<const SegmentSet> segments;  // the same, for readers
};

Writer::Writer(std::shared_ptr<Disk> disk, Options options, Recovered recovered,
               std::shared_ptr<CurrentSegments> current)
    : disk_(std::move(disk)),
      options_(options),
      current_(std::move(current)),
      manifest_(std::move(recovered.manifest)),
      next_number_(recovered.next_number),
      log_(std::move(recovered.writer)),
      active_(std::move(recovered.active)) {
  current_->publish(set_for_readers(std::move(recovered.sealed), active_));
}

Status Writer::check_writable() const {
  if (closed_) return Status::read_only("the store is closed");
  if (options_.read_only) return Status::read_only("the store was opened read-only");
  if (!failure_.ok()) {
    return Status::read_only("an earlier write or sync failed (" + failure_.to_string() +
                             "): nobody knows what is on the disk; close the store and open it again");
  }
  return {};
}

// The same for records: the active segment takes some.
Status Writer::check_appendable() const {
  if (sealed_) return Status::read_only("the store is being closed");
  return check_writable();
}

Status Writer::writable() const {
  const Lock lock(mutex_);
  return check_writable();
}

Status Writer::failure() const {
  const Lock lock(mutex_);
  return failure_;
}

// ---- append

Result<bool> Writer::append(RecordType type, std::string_view key, std::string_view value) {
  const KeyHash hash = hash_key(key);
  Lock lock(mutex_);
  if (Status s = check_appendable(); !s.ok()) return s;
  if (key.size() > kMaxKeySize) {
    return Status::invalid_argument("a key has at most 65535 bytes; this one has " + std::to_string(key.size()));
  }
  if (value.size() > kMaxValueSize) {
    return Status::invalid_argument("a value has at most 1 GiB; this one has " + std::to_string(value.size()) +
                                    " bytes");
  }

  bool rolled = false;
  const auto fits = [&] {
    return log_->record_count() == 0 ||
           log_->end() + record_size(key.size(), value.size()) <= options_.segment_size_bytes;
  };
  if (!fits()) {
    if (Status s = wait_for_running_sync(lock); !s.ok()) return s;
    if (!fits()) {  // nobody else has rolled meanwhile
      Result<bool> roll = roll_active();
      if (!roll.ok()) return roll;
      rolled = *roll;
    }
  }
  // 0
  if (Status s = log_->make_room(record_size(key.size(), value.size())); !s.ok()) {
    return s.changed_nothing() ? s : stop(s);
  }
  if (Status s = append_to_active(type, key, hash, value); !s.ok()) return s;
  const SegmentNumber number = log_->number();

  // 3
  if (options_.sync_policy == SyncPolicy::kEveryWrite) {
    if (Status s = wait_until_durable(lock, number, log_->end()); !s.ok()) return s;
  }

  // 4
  ++(type == RecordType::kPut ? stats_.puts : stats_.removes);
  emit(options_.observer, {.kind = EventKind::kAcknowledged, .segment = number, .key = key});
  return rolled;
}

Status Writer::append_to_active(RecordType type, std::string_view key, KeyHash hash, std::string_view value) {
  // 0  The record is encoded while its slot of the index is on the way from memory.
  active_->prefetch_slot(hash);
  const EncodedRecord encoded = log_->encode(type, key, value);
  Result<Segment::Place> place = active_->place_for(key, hash);
  if (!place.ok()) return place.status().changed_nothing() ? place.status() : stop(place.status());

  // 1
  StopUnlessDone unfinished(*this);
  const std::uint64_t durable_upto = log_->durable_end();
  Result<std::uint64_t> offset = log_->append(encoded, key, value);
  if (offset.status().is(StatusCode::kNoSpace)) {  // unlike before a roll, something may have changed
    return stop(Status::io_error(active_->name(), "the disk is full, and part of a record may have been written"));
  }
  if (!offset.ok()) return stop(offset.status());
  const Record record{type, *offset, record_size(key.size(), value.size()), durable_upto, key, value};
  emit(options_.observer, {.kind = EventKind::kAppended,
                           .segment = active_->number(),
                           .offset = record.offset,
                           .size = record.size_bytes,
                           .key = key});
  // 2
  yield_point("writer.publish");
  active_->add_at(*place, record, hash, options_.observer);
  unfinished.done();
  return {};
}

// ---- sync

Status Writer::sync() {
  Lock lock(mutex_);
  if (Status s = check_appendable(); !s.ok()) return s;
  return wait_until_durable(lock, log_->number(), log_->end());
}

Status Writer::wait_until_durable(Lock& lock, SegmentNumber log, std::uint64_t end) {
  while (true) {
    const bool sealed = log_->number() != log;  // and a sealed segment is durable
    if (sealed || log_->durable_end() >= end) return {};
    if (!failure_.ok()) return failure_;
    if (syncing_) {
      sync_ended_.wait(lock);
    } else if (Status s = sync_active(lock); !s.ok()) {
      return s;
    }
  }
}

// Syncs what has been appended so far, for all who wait for it.
Status Writer::sync_active(Lock& lock) {
  const std::uint64_t synced_end = log_->end();  // taken before: what is appended meanwhile is not covered
  const std::shared_ptr<File> file = log_->file();
  syncing_ = true;
  lock.unlock();
  yield_point("writer.sync");
  const Status outcome = guarded_change([&] { return file->sync(); });
  lock.lock();
  syncing_ = false;
  sync_ended_.notify_all();

  log_->note_sync(synced_end, outcome);  // still the same log: a roll waits for a running sync
  if (!outcome.ok()) return stop(outcome);
  ++stats_.syncs;
  emit(options_.observer, {.kind = EventKind::kSynced, .segment = log_->number(), .offset = synced_end});
  return {};
}

// And returns whether records may still be written.
Status Writer::wait_for_running_sync(Lock& lock) {
  sync_ended_.wait(lock, [this] { return !syncing_; });
  return check_appendable();
}

// ---- roll and close

Result<bool> Writer::roll() {
  Lock lock(mutex_);
  if (Status s = wait_for_running_sync(lock); !s.ok()) return s;
  return roll_active();
}

// Roll from n to m:
//   1  create m with its header, and make file and name durable
//   2  write the new manifest beside the old one                     kNoSpace and kNoMemory up to here change nothing
//   3  cut n's reserved tail, fsync n                                sealed means: exactly these bytes, durable
//   4  switch to the new manifest: n sealed, m active                COMMIT: no write enters m before that
//   5  publish the list of segments to readers
// n before m, so that no write in m can survive one in n that came before it; and n keeps its reserved tail as long as
// the disk may turn out to be full. Maintenance writes the snapshot of n.
Result<bool> Writer::roll_active() {
  if (log_->record_count() == 0) return false;
  const std::uint64_t started = disk_->now_nanoseconds();
  // 1 and 2
  Result<Roll> prepared = prepare_roll();
  if (!prepared.ok()) return prepared.status().changed_nothing() ? prepared.status() : stop(prepared.status());

  // 3
  StopUnlessDone unfinished(*this);
  if (Status s = log_->seal(); !s.ok()) return stop(s);

  // 4
  if (Status s = switch_manifest(*disk_); !s.ok()) {
    if (!s.changed_nothing()) return stop(s);
    unfinished.done();  // n goes on, without its tail
    remove_new_log(prepared->log->number());
    return s;
  }
  published(std::move(prepared->manifest));
  emit(options_.observer, {.kind = EventKind::kSealed, .segment = log_->number(), .size = log_->end()});

  // 5
  log_->file()->will_not_change();  // not before: had the switch failed, it would have gone on
  log_ = std::move(prepared->log);
  active_ = std::move(prepared->active);
  current_->publish(std::move(prepared->segments));
  unfinished.done();
  ++stats_.rolls;
  stats_.longest_roll_nanoseconds = std::max(stats_.longest_roll_nanoseconds, disk_->now_nanoseconds() - started);
  emit(options_.observer, {.kind = EventKind::kRolled, .segment = log_->number()});
  return true;
}

// Steps 1 and 2, and all memory that the others need. After kNoSpace and kNoMemory m is gone again.
Result<Writer::Roll> Writer::prepare_roll() {
  Result<SegmentNumber> number = next_number();
  if (!number.ok()) return number.status();
  Result<Roll> prepared = guarded([&]() -> Result<Roll> {
    // 1
    Result<std::unique_ptr<LogWriter>> created =
        LogWriter::create_durable(*disk_, *number, {options_.first_reservation_bytes, options_.segment_size_bytes});
    if (!created.ok()) return created.status();
    Roll roll{.log = std::move(*created), .active = {}, .manifest = manifest_with_active_sealed(), .segments = {}};
    const SegmentHeader header{roll.log->nonce(), roll.log->number()};
    roll.active = std::make_shared<Segment>(roll.log->file(), header);
    roll.manifest.active = Manifest::Active{header.number, header.nonce};
    SegmentSet::List sealed = sealed_list();
    sealed.push_back(active_);
    roll.segments = set_for_readers(std::move(sealed), roll.active);
    // 2
    if (Status s = write_manifest(*disk_, roll.manifest); !s.ok()) return s;
    return roll;
  });
  if (prepared.status().changed_nothing()) remove_new_log(*number);
  return prepared;
}

// If it stays, the next open removes it.
void Writer::remove_new_log(SegmentNumber number) noexcept {
  (void)guarded([&] { return disk_->remove(segment_file_name(number)); });
}

// Close:  1 cut the active segment's reserved tail, fsync it → 2 publish the manifest without an active segment: COMMIT
// An empty active segment stays as it is: the next open finds nothing in it and removes it.
Status Writer::seal() {
  Lock lock(mutex_);
  if (Status s = wait_for_running_sync(lock); !s.ok()) return failure_;
  sealed_ = true;
  // 1
  if (Status s = log_->seal(); !s.ok()) return stop(s);
  if (log_->record_count() == 0) return {};

  // 2
  Manifest manifest = manifest_with_active_sealed();
  SegmentSet::List sealed = sealed_list();
  sealed.push_back(active_);
  std::shared_ptr<const SegmentSet> segments = set_for_readers(std::move(sealed), nullptr);
  if (Status s = publish_manifest(*disk_, manifest); !s.ok()) return s.changed_nothing() ? s : stop(s);
  StopUnlessDone unfinished(*this);
  published(std::move(manifest));
  emit(options_.observer, {.kind = EventKind::kSealed, .segment = log_->number(), .size = log_->end()});
  active_.reset();
  current_->publish(std::move(segments));
  unfinished.done();
  return {};
}

void Writer::close() {
  const Lock lock(mutex_);
  closed_ = true;
}

// ---- the manifest, and what readers see

// The manifest that is to come: as it is, but with the active segment sealed at its present end.
Manifest Writer::manifest_with_active_sealed() const {
  Manifest manifest = manifest_;
  manifest.sealed.push_back({log_->number(), log_->nonce(), log_->end(), log_->record_count()});
  manifest.active.reset();
  manifest.next_number = next_number_;
  return manifest;
}

void Writer::published(Manifest manifest) noexcept {
  manifest_ = std::move(manifest);
  emit(options_.observer, {.kind = EventKind::kPublished, .size = manifest_.sealed.size()});
}

Status Writer::commit_merge(const SegmentSet::List& inputs, const SegmentSet::List& outputs) {
  yield_point("writer.commit");
  Lock lock(mutex_);
  sync_ended_.wait(lock, [this] { return !syncing_; });  // it may fail, and then nothing is published any more
  if (Status s = check_writable(); !s.ok()) return s;
  // The run is where it was: only merges move sealed segments, and there is one merge at a time.
  const auto replace_run = [&](auto& list, const auto& replacements, auto number_of) {
    const auto first = std::find_if(list.begin(), list.end(),
                                    [&](const auto& entry) { return number_of(entry) == inputs.front()->number(); });
    require(first != list.end(), "the inputs of a merge are in the list");
    const auto at = list.erase(first, first + static_cast<std::ptrdiff_t>(inputs.size()));
    list.insert(at, replacements.begin(), replacements.end());
  };

  Manifest manifest = manifest_;
  manifest.next_number = next_number_;
  std::vector<Manifest::Sealed> entries;
  for (const auto& output : outputs) {
    entries.push_back({output->number(), output->nonce(), output->size_bytes(), output->record_count()});
  }
  replace_run(manifest.sealed, entries, [](const Manifest::Sealed& sealed) { return sealed.number; });
  SegmentSet::List sealed = sealed_list();
  replace_run(sealed, outputs, [](const auto& segment) { return segment->number(); });
  std::shared_ptr<const SegmentSet> segments = set_for_readers(std::move(sealed), active_);

  if (Status s = publish_manifest(*disk_, manifest); !s.ok()) return s.changed_nothing() ? s : stop(s);
  StopUnlessDone unfinished(*this);
  published(std::move(manifest));
  current_->publish(std::move(segments));
  unfinished.done();
  return {};
}

void Writer::replace(const std::shared_ptr<const Segment>& segment) {
  const Lock lock(mutex_);
  SegmentSet::List sealed = sealed_list();
  for (auto& entry : sealed) {
    if (entry->number() == segment->number()) entry = segment;
  }
  current_->publish(set_for_readers(std::move(sealed), active_));
}

SegmentSet::List Writer::sealed_segments() const {
  const Lock lock(mutex_);
  return sealed_list();
}

Frozen Writer::frozen() const {
  const Lock lock(mutex_);
  Frozen frozen;
  frozen.manifest = manifest_;
  frozen.manifest.active.reset();
  yield_point("writer.frozen");  // a roll or a merge here would make a manifest of other segments
  frozen.segments = sealed_list();
  return frozen;
}

SegmentSet::List Writer::sealed_list() const {
  SegmentSet::List sealed = current_->get()->oldest_first();
  if (active_ != nullptr) sealed.pop_back();
  return sealed;
}

std::shared_ptr<const SegmentSet> Writer::set_for_readers(SegmentSet::List sealed,
                                                          const std::shared_ptr<Segment>& active) const {
  if (active != nullptr) sealed.push_back(active);
  return std::make_shared<const SegmentSet>(std::move(sealed));
}

// ---- numbers, failures, counters

Result<SegmentNumber> Writer::take_number() {
  const Lock lock(mutex_);
  return next_number();
}

Result<SegmentNumber> Writer::next_number() {
  if (value_of(next_number_) > kMaxSegmentNumber) {
    return Status::no_space({}, "all segment numbers are used: copy what the store holds into a new one");
  }
  const SegmentNumber number = next_number_;
  next_number_ = SegmentNumber{value_of(number) + 1};
  return number;
}

Status Writer::stop(const Status& reason) noexcept {
  Status told = reason.absence_as_io_error();
  note_failure(told);
  return told;
}

void Writer::stop_writing(const Status& reason) {
  const Lock lock(mutex_);
  note_failure(reason);
}

void Writer::note_failure(const Status& reason) noexcept {
  if (!failure_.ok()) return;
  failure_ = reason;
  has_failed_ = true;
  emit(options_.observer, {.kind = EventKind::kFailed, .why = reason.message()});
}

void Writer::add_to(Stats* stats) const {
  const Lock lock(mutex_);
  stats->puts = stats_.puts;
  stats->removes = stats_.removes;
  stats->syncs = stats_.syncs;
  stats->rolls = stats_.rolls;
  stats->longest_roll_nanoseconds = stats_.longest_roll_nanoseconds;
  for (const auto& segment : current_->get()->oldest_first()) {
    stats->segments.push_back({segment->number(), segment != active_, segment->size_bytes(), segment->record_count(),
                               segment->index().size(), segment->index().memory_bytes()});
  }
}

}  // namespace sediment
