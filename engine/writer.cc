#include "engine/writer.h"

#include <algorithm>

#include "engine/yield_point.h"

namespace sediment {

Writer::Writer(std::shared_ptr<Disk> disk, Options options, Recovered recovered,
               std::shared_ptr<CurrentSegments> current)
    : disk_(std::move(disk)),
      options_(options),
      current_(std::move(current)),
      manifest_(std::move(recovered.manifest)),
      next_number_(recovered.next_number),
      log_(std::move(recovered.writer)),
      active_(std::move(recovered.active)) {
  show_to_readers(std::move(recovered.sealed));
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
  if (Status s = append_to_active(type, key, hash, value); !s.ok()) return stop(std::move(s));
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
  // 1
  active_->prefetch_slot(hash);  // step 2 needs it
  const std::uint64_t durable_upto = log_->durable_end();
  Result<std::uint64_t> offset = log_->append(type, key, value);
  if (offset.status().is(StatusCode::kNoSpace)) {  // unlike before a roll, something may have changed
    return Status::io_error(active_->name(), "the disk is full, and part of a record may have been written");
  }
  if (!offset.ok()) return offset.status();
  const Record record{type, *offset, record_size(key.size(), value.size()), durable_upto, key, value};
  emit(options_.observer, {.kind = EventKind::kAppended,
                           .segment = active_->number(),
                           .offset = record.offset,
                           .size = record.size_bytes,
                           .key = key});
  // 2
  yield_point("writer.publish");
  return active_->add(record, hash, options_.observer);
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
  Status outcome = file->sync();
  lock.lock();
  syncing_ = false;
  sync_ended_.notify_all();

  log_->note_sync(synced_end, outcome);  // still the same log: a roll waits for a running sync
  if (!outcome.ok()) return stop(std::move(outcome));
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
//   1  create m with its header, and make file and name durable      kNoSpace here changes nothing
//   2  cut n's reserved tail, fsync n                                sealed means: exactly these bytes, durable
//   3  publish the manifest: n sealed, m active                      COMMIT: no write enters m before that
//   4  publish the list of segments to readers
// n before m, so that no write in m can survive one in n that came before it. Maintenance writes the snapshot of n.
Result<bool> Writer::roll_active() {
  if (log_->record_count() == 0) return false;
  const std::uint64_t started = disk_->now_nanoseconds();
  // 1
  Result<std::unique_ptr<LogWriter>> created =
      LogWriter::create_durable(*disk_, next_number(), options_.segment_size_bytes);
  if (created.status().is(StatusCode::kNoSpace)) return created.status();
  if (!created.ok()) return stop(created.status());
  std::unique_ptr<LogWriter> next = std::move(*created);

  // 2
  if (Status s = log_->seal(); !s.ok()) return stop(std::move(s));

  // 3
  Manifest manifest = manifest_;
  manifest.sealed.push_back({log_->number(), log_->nonce(), log_->end(), log_->record_count()});
  manifest.active = Manifest::Active{next->number(), next->nonce()};
  if (Status s = publish(std::move(manifest)); !s.ok()) {
    if (s.is(StatusCode::kNoSpace))
      (void)disk_->remove(segment_file_name(next->number()));  // else the next open removes it
    return s;
  }
  emit(options_.observer, {.kind = EventKind::kSealed, .segment = log_->number(), .size = log_->end()});

  // 4
  SegmentSet::List sealed = sealed_list();
  sealed.push_back(active_);
  log_ = std::move(next);
  active_ = std::make_shared<Segment>(log_->file(), SegmentHeader{log_->nonce(), log_->number()});
  show_to_readers(std::move(sealed));
  ++stats_.rolls;
  stats_.longest_roll_nanoseconds = std::max(stats_.longest_roll_nanoseconds, disk_->now_nanoseconds() - started);
  emit(options_.observer, {.kind = EventKind::kRolled, .segment = log_->number()});
  return true;
}

// Close:  1 cut the active segment's reserved tail, fsync it → 2 publish the manifest without an active segment: COMMIT
// An empty active segment stays as it is: the next open finds nothing in it and removes it.
Status Writer::seal() {
  Lock lock(mutex_);
  if (Status s = wait_for_running_sync(lock); !s.ok()) return failure_;
  sealed_ = true;
  // 1
  if (Status s = log_->seal(); !s.ok()) return stop(std::move(s));
  if (log_->record_count() == 0) return {};

  // 2
  Manifest manifest = manifest_;
  manifest.sealed.push_back({log_->number(), log_->nonce(), log_->end(), log_->record_count()});
  manifest.active.reset();
  if (Status s = publish(std::move(manifest)); !s.ok()) return stop(std::move(s));
  emit(options_.observer, {.kind = EventKind::kSealed, .segment = log_->number(), .size = log_->end()});
  SegmentSet::List sealed = sealed_list();
  sealed.push_back(active_);
  active_.reset();
  show_to_readers(std::move(sealed));
  return {};
}

void Writer::close() {
  const Lock lock(mutex_);
  closed_ = true;
}

// ---- the manifest, and what readers see

Status Writer::publish(Manifest next) {
  next.next_number = next_number_;
  Status status = publish_manifest(*disk_, next);
  if (status.is(StatusCode::kNoSpace)) return status;
  if (!status.ok()) return stop(std::move(status));
  manifest_ = std::move(next);
  emit(options_.observer, {.kind = EventKind::kPublished, .size = manifest_.sealed.size()});
  return {};
}

Status Writer::commit_merge(const SegmentSet::List& inputs, std::shared_ptr<const Segment> output) {
  yield_point("writer.commit");
  Lock lock(mutex_);
  sync_ended_.wait(lock, [this] { return !syncing_; });  // it may fail, and then nothing is published any more
  if (Status s = check_writable(); !s.ok()) return s;
  // The run is where it was: only merges move sealed segments, and there is one merge at a time.
  const auto replace_run = [&](auto& list, auto replacement, auto number_of) {
    const auto first = std::find_if(list.begin(), list.end(),
                                    [&](const auto& entry) { return number_of(entry) == inputs.front()->number(); });
    require(first != list.end(), "the inputs of a merge are in the list");
    const auto at = list.erase(first, first + static_cast<std::ptrdiff_t>(inputs.size()));
    if (output) list.insert(at, replacement);
  };

  Manifest manifest = manifest_;
  Manifest::Sealed entry;
  if (output) entry = {output->number(), output->nonce(), output->size_bytes(), output->record_count()};
  replace_run(manifest.sealed, entry, [](const Manifest::Sealed& sealed) { return sealed.number; });
  if (Status s = publish(std::move(manifest)); !s.ok()) return s;

  SegmentSet::List sealed = sealed_list();
  replace_run(sealed, output, [](const auto& segment) { return segment->number(); });
  show_to_readers(std::move(sealed));
  return {};
}

void Writer::replace(const std::shared_ptr<const Segment>& segment) {
  const Lock lock(mutex_);
  SegmentSet::List sealed = sealed_list();
  for (auto& entry : sealed) {
    if (entry->number() == segment->number()) entry = segment;
  }
  show_to_readers(std::move(sealed));
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

void Writer::show_to_readers(SegmentSet::List sealed) {
  if (active_ != nullptr) sealed.push_back(active_);
  current_->publish(std::make_shared<const SegmentSet>(std::move(sealed)));
}

// ---- numbers, failures, counters

SegmentNumber Writer::take_number() {
  const Lock lock(mutex_);
  return next_number();
}

SegmentNumber Writer::next_number() {
  const SegmentNumber number = next_number_;
  next_number_ = SegmentNumber{value_of(number) + 1};
  return number;
}

Status Writer::stop(Status reason) {
  note_failure(reason);
  return reason;
}

void Writer::stop_writing(const Status& reason) {
  const Lock lock(mutex_);
  note_failure(reason);
}

void Writer::note_failure(const Status& reason) {
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
