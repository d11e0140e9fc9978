#include "engine/store.h"

#include <algorithm>

#include "engine/posix_disk.h"

namespace sediment {

namespace {

constexpr std::uint64_t kSmallestSegmentSize = 64;
constexpr std::uint64_t kLargestSegmentSize = (std::uint64_t{1} << 32) - 1;

using MutexLock = std::lock_guard<std::mutex>;

// The pairs that the segments hold, each once: a record counts if its own segment's index points to it and no newer one
// has the key.
Status visit_live(const SegmentSet::List& oldest_first,
                  const std::function<bool(std::string_view, std::string_view)>& visit) {
  for (std::size_t i = 0; i < oldest_first.size(); ++i) {
    const Segment& segment = *oldest_first[i];
    const SegmentSet::List newer(oldest_first.begin() + static_cast<std::ptrdiff_t>(i) + 1, oldest_first.end());
    LogReader reader(segment.file(), segment.extent());
    while (true) {
      Result<LogReader::Step> step = reader.next();
      if (!step.ok()) return step.status();
      if (step->verdict == RecordVerdict::kEnd) break;
      if (step->verdict != RecordVerdict::kValid) {
        return Status::corruption(segment.name(), step->offset, std::string(describe(step->verdict)));
      }
      const Record& record = step->record;
      if (record.type == RecordType::kTombstone || !segment.is_newest_here(record)) continue;
      Result<bool> superseded = any_holds(newer, record.key);
      if (!superseded.ok()) return superseded.status();
      if (!*superseded && !visit(record.key, record.value)) return {};
    }
  }
  return {};
}

}  // namespace

std::uint64_t Stats::size_bytes() const {
  std::uint64_t sum = 0;
  for (const SegmentStats& segment : segments) sum += segment.size_bytes;
  return sum;
}

std::uint64_t Stats::index_bytes() const {
  std::uint64_t sum = 0;
  for (const SegmentStats& segment : segments) sum += segment.index_bytes;
  return sum;
}

// ---- open and close

Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& directory, Options options) {
  const bool create = options.create_if_missing && !options.read_only;
  Result<std::shared_ptr<Disk>> disk = open_posix_disk(directory, create);
  if (!disk.ok()) return disk.status();
  return open(std::move(*disk), options);
}

Result<std::unique_ptr<Store>> Store::open(std::shared_ptr<Disk> disk, Options options) {
  if (options.segment_size_bytes < kSmallestSegmentSize || options.segment_size_bytes > kLargestSegmentSize) {
    return Status::invalid_argument("segment_size_bytes must be from 64 to 4294967295, not " +
                                    std::to_string(options.segment_size_bytes));
  }
  if (!(options.merge_policy.growth_factor >= 0)) {  // NaN is none of these either
    return Status::invalid_argument("merge_policy.growth_factor must be 0 or more");
  }
  Result<std::unique_ptr<DiskLock>> lock = disk->lock(options.read_only ? LockMode::kShared : LockMode::kExclusive);
  // A store that no writer has ever locked (a copy, say) can still be read.
  const bool nothing_to_lock = options.read_only && lock.status().is(StatusCode::kNotFound);
  if (!lock.ok() && !nothing_to_lock) return lock.status();

  Result<Recovered> recovered = recover(*disk, options);
  if (!recovered.ok()) return recovered.status();
  std::unique_ptr<DiskLock> held = lock.ok() ? std::move(*lock) : nullptr;
  std::unique_ptr<Store> store(new Store(std::move(disk), std::move(held), options, std::move(*recovered)));
  emit(options.observer, {.kind = EventKind::kOpened, .size = store->segments_->oldest_first().size()});
  return store;
}

Store::Store(std::shared_ptr<Disk> disk, std::unique_ptr<DiskLock> lock, Options options, Recovered recovered)
    : disk_(std::move(disk)),
      lock_(std::move(lock)),
      options_(options),
      report_(std::move(recovered.report)),
      manifest_(std::move(recovered.manifest)),
      next_number_(recovered.next_number),
      writer_(std::move(recovered.writer)),
      active_(std::move(recovered.active)) {
  show_to_readers(std::move(recovered.sealed));
}

Store::~Store() { (void)close(); }

Status Store::close() {
  const MutexLock lock(mutex_);
  if (closed_) return {};
  if (merge_) {
    merge_->abandon("the store is being closed");
    merge_.reset();
  }
  if (!options_.read_only && failure_.ok()) (void)seal_active();  // a failure stands in failure_
  if (!options_.read_only && failure_.ok()) merge_as_policy_says();
  closed_ = true;
  writer_.reset();
  lock_.reset();
  emit(options_.observer, {.kind = EventKind::kClosed});
  return failure_;
}

// ---- writing

Status Store::writable() const {
  if (closed_) return Status::read_only("the store is closed");
  if (options_.read_only) return Status::read_only("the store was opened read-only");
  if (!failure_.ok()) {
    return Status::read_only("an earlier write or sync failed (" + failure_.to_string() +
                             "): nobody knows what is on the disk; close the store and open it again");
  }
  return {};
}

Status Store::put(std::string_view key, std::string_view value) {
  const MutexLock lock(mutex_);
  Status status = append(RecordType::kPut, key, value);
  if (status.ok()) ++stats_.puts;
  return status;
}

Status Store::remove(std::string_view key) {
  const MutexLock lock(mutex_);
  Status status = append(RecordType::kTombstone, key, {});
  if (status.ok()) ++stats_.removes;
  return status;
}

// Append:  1 encode and write to the active log → 2 publish in the index → 3 sync, if the policy says so → 4
// acknowledge
Status Store::append(RecordType type, std::string_view key, std::string_view value) {
  if (Status s = writable(); !s.ok()) return s;
  if (key.size() > kMaxKeySize) {
    return Status::invalid_argument("a key has at most 65535 bytes; this one has " + std::to_string(key.size()));
  }
  if (value.size() > kMaxValueSize) {
    return Status::invalid_argument("a value has at most 1 GiB; this one has " + std::to_string(value.size()) +
                                    " bytes");
  }

  const bool full = writer_->end() + record_size(key.size(), value.size()) > options_.segment_size_bytes;
  const bool rolls = full && writer_->record_count() > 0;
  if (rolls) {
    if (Status s = roll_active(); !s.ok()) return s;
  }
  if (Status s = append_to_active(type, key, value); !s.ok()) return stop(std::move(s));
  if (options_.sync_policy == SyncPolicy::kEveryWrite) {
    if (Status s = sync_active(); !s.ok()) return s;
  }
  emit(options_.observer, {.kind = EventKind::kAcknowledged, .segment = active_->number(), .key = key});  // 4
  if (rolls) merge_as_policy_says();
  return {};
}

Status Store::append_to_active(RecordType type, std::string_view key, std::string_view value) {
  // 1
  const std::uint64_t durable_upto = writer_->durable_end();
  Result<std::uint64_t> offset = writer_->append(type, key, value);
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
  return active_->add(record, options_.observer);
}

Status Store::sync() {
  const MutexLock lock(mutex_);
  if (Status s = writable(); !s.ok()) return s;
  return sync_active();
}

Status Store::sync_active() {
  if (Status s = writer_->sync(); !s.ok()) return stop(std::move(s));
  ++stats_.syncs;
  emit(options_.observer, {.kind = EventKind::kSynced, .segment = writer_->number(), .offset = writer_->durable_end()});
  return {};
}

Status Store::roll() {
  const MutexLock lock(mutex_);
  if (Status s = writable(); !s.ok()) return s;
  if (Status s = roll_active(); !s.ok()) return s;
  merge_as_policy_says();
  return {};
}

// Roll from n to m:
//   1  create m with its header, and make file and name durable      kNoSpace here changes nothing
//   2  cut n's reserved tail, fsync n                                sealed means: exactly these bytes, durable
//   3  publish the manifest: n sealed, m active                      COMMIT: no write enters m before that
//   4  publish the list of segments to readers
// n before m, so that no write in m can survive one in n that came before it.
Status Store::roll_active() {
  if (writer_->record_count() == 0) return {};
  const std::uint64_t started = disk_->now_nanoseconds();
  // 1
  Result<std::unique_ptr<LogWriter>> created =
      LogWriter::create_durable(*disk_, take_number(), options_.segment_size_bytes);
  if (created.status().is(StatusCode::kNoSpace)) return created.status();
  if (!created.ok()) return stop(created.status());
  std::unique_ptr<LogWriter> next = std::move(*created);

  // 2
  if (Status s = writer_->seal(); !s.ok()) return stop(std::move(s));

  // 3
  Manifest manifest = manifest_;
  manifest.sealed.push_back({writer_->number(), writer_->nonce(), writer_->end(), writer_->record_count()});
  manifest.active = Manifest::Active{next->number(), next->nonce()};
  if (Status s = publish(std::move(manifest)); !s.ok()) {
    if (s.is(StatusCode::kNoSpace))
      (void)disk_->remove(segment_file_name(next->number()));  // else the next open removes it
    return s;
  }
  emit(options_.observer, {.kind = EventKind::kSealed, .segment = writer_->number(), .size = writer_->end()});

  // 4
  SegmentSet::List sealed = sealed_segments();
  sealed.push_back(active_);
  writer_ = std::move(next);
  active_ = std::make_shared<Segment>(writer_->file(), SegmentHeader{writer_->nonce(), writer_->number()});
  show_to_readers(std::move(sealed));
  ++stats_.rolls;
  stats_.longest_roll_nanoseconds = std::max(stats_.longest_roll_nanoseconds, disk_->now_nanoseconds() - started);
  emit(options_.observer, {.kind = EventKind::kRolled, .segment = writer_->number()});
  return {};
}

// Close:  1 cut the active segment's reserved tail, fsync it → 2 publish the manifest without an active segment: COMMIT
// An empty active segment stays as it is: the next open finds nothing in it and removes it.
Status Store::seal_active() {
  // 1
  if (Status s = writer_->seal(); !s.ok()) return stop(std::move(s));
  if (writer_->record_count() == 0) return {};

  // 2
  Manifest manifest = manifest_;
  manifest.sealed.push_back({writer_->number(), writer_->nonce(), writer_->end(), writer_->record_count()});
  manifest.active.reset();
  if (Status s = publish(std::move(manifest)); !s.ok()) return stop(std::move(s));
  emit(options_.observer, {.kind = EventKind::kSealed, .segment = writer_->number(), .size = writer_->end()});
  SegmentSet::List sealed = sealed_segments();
  sealed.push_back(active_);
  active_.reset();
  show_to_readers(std::move(sealed));
  return {};
}

Status Store::publish(Manifest next) {
  next.next_number = next_number_;
  Status status = publish_manifest(*disk_, next);
  if (status.is(StatusCode::kNoSpace)) return status;
  if (!status.ok()) return stop(std::move(status));
  manifest_ = std::move(next);
  emit(options_.observer, {.kind = EventKind::kPublished, .size = manifest_.sealed.size()});
  return {};
}

Status Store::stop(Status reason) {
  stop_writing(reason);
  return reason;
}

void Store::stop_writing(const Status& reason) {
  if (!failure_.ok()) return;
  failure_ = reason;
  emit(options_.observer, {.kind = EventKind::kFailed, .why = reason.message()});
}

// ---- merging

Status Store::merge() {
  const MutexLock lock(mutex_);
  if (Status s = start_merge_of_all(); !s.ok()) return s;
  return run_merge();
}

Status Store::merge(std::size_t first, std::size_t last) {
  const MutexLock lock(mutex_);
  if (Status s = start_merge(first, last); !s.ok()) return s;
  return run_merge();
}

Status Store::begin_merge() {
  const MutexLock lock(mutex_);
  return start_merge_of_all();
}

Status Store::begin_merge(std::size_t first, std::size_t last) {
  const MutexLock lock(mutex_);
  return start_merge(first, last);
}

Result<bool> Store::merge_step() {
  const MutexLock lock(mutex_);
  return step_merge();
}

bool Store::merge_under_way() {
  const MutexLock lock(mutex_);
  return merge_ != nullptr;
}

Status Store::start_merge_of_all() {
  if (Status s = writable(); !s.ok()) return s;
  if (merge_) return Status::busy("another merge is under way");
  if (Status s = roll_active(); !s.ok()) return s;
  if (manifest_.sealed.empty()) return {};  // nothing to merge
  return start_merge(1, manifest_.sealed.size());
}

Status Store::start_merge(std::size_t first, std::size_t last) {
  if (Status s = writable(); !s.ok()) return s;
  if (merge_) return Status::busy("another merge is under way");
  const SegmentSet::List sealed = sealed_segments();
  if (first < 1 || first > last || last > sealed.size()) {
    return Status::invalid_argument("there is no run " + std::to_string(first) + ".." + std::to_string(last) +
                                    " among " + std::to_string(sealed.size()) + " sealed segments");
  }
  const auto at = [&](std::size_t position) { return sealed.begin() + static_cast<std::ptrdiff_t>(position); };
  MergePlan plan{{at(first - 1), at(last)}, {at(last), sealed.end()}, first == 1};
  std::uint64_t bytes = 0;
  for (const auto& input : plan.inputs) bytes += input->size_bytes();
  if (bytes > kMaxSegmentSize)
    return Status::invalid_argument("the run is larger than the 32 GiB that one segment may hold");
  merge_ = std::make_unique<Merge>(*disk_, static_cast<MergeHost&>(*this), std::move(plan), options_.observer);
  return {};
}

Result<bool> Store::step_merge() {
  if (!merge_) return true;
  if (Status s = writable(); !s.ok()) {  // after a failed sync nothing may be committed
    merge_->abandon("the store has become read-only");
    merge_.reset();
    return s;
  }
  Result<bool> done = merge_->step();
  if (done.ok() && *done) {
    const MergeProgress& progress = merge_->progress();
    ++stats_.merges;
    stats_.records_merged += progress.records_read;
    stats_.records_kept += progress.records_kept;
    stats_.bytes_merged += progress.bytes_read;
    stats_.bytes_kept += progress.bytes_written;
  }
  if (!done.ok() || *done) merge_.reset();
  return done;
}

Status Store::run_merge() {
  while (merge_) {
    Result<bool> done = step_merge();
    if (!done.ok()) return done.status();
  }
  return {};
}

// Merges in the calling thread until the policy is content. The caller's own write is done: an error here is not its
// error, but it is kept for stats().
void Store::merge_as_policy_says() {
  while (!merge_) {
    std::vector<std::uint64_t> sizes;
    for (const Manifest::Sealed& segment : manifest_.sealed) sizes.push_back(segment.size_bytes);
    const std::optional<MergeRun> run = choose_merge(sizes, options_.merge_policy);
    if (!run) return;
    Status status = start_merge(run->first, run->last);
    if (status.ok()) status = run_merge();
    if (status.ok()) continue;
    stats_.last_merge_error = status.to_string();
    return;
  }
}

SegmentNumber Store::take_number() {
  const SegmentNumber number = next_number_;
  next_number_ = SegmentNumber{value_of(number) + 1};
  return number;
}

Status Store::commit_merge(const SegmentSet::List& inputs, std::shared_ptr<const Segment> output) {
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

  SegmentSet::List sealed = sealed_segments();
  replace_run(sealed, output, [](const auto& segment) { return segment->number(); });
  show_to_readers(std::move(sealed));
  return {};
}

// ---- reading

Status Store::get(std::string_view key, std::string* value) {
  const MutexLock lock(mutex_);
  ++stats_.gets;
  std::string scratch;
  Result<Lookup> lookup = segments_->find(key, &scratch, options_.observer);
  if (!lookup.ok()) return lookup.status();
  if (lookup->kind != Lookup::Kind::kValue) return Status::not_found();
  value->assign(lookup->record.value);
  return {};
}

Status Store::for_each(const std::function<bool(std::string_view, std::string_view)>& visit) {
  SegmentSet::List snapshot;
  {
    const MutexLock lock(mutex_);
    if (writable().ok()) {
      if (Status s = roll_active(); !s.ok()) return s;
      snapshot = sealed_segments();
    } else {
      snapshot = segments_->oldest_first();  // nothing will be written: the active segment does not change either
    }
  }
  return visit_live(snapshot, visit);
}

Result<std::vector<Pair>> Store::scan(std::string_view first, std::string_view last) {
  std::vector<Pair> pairs;
  Status status = for_each([&](std::string_view key, std::string_view value) {
    if (key >= first && (last.empty() || key < last)) pairs.emplace_back(key, value);
    return true;
  });
  if (!status.ok()) return status;
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

Stats Store::stats() {
  const MutexLock lock(mutex_);
  Stats stats = stats_;
  for (const auto& segment : segments_->oldest_first()) {
    stats.segments.push_back({segment->number(), segment != active_, segment->size_bytes(), segment->record_count(),
                              segment->index().size(), segment->index().memory_bytes()});
  }
  return stats;
}

SegmentSet::List Store::sealed_segments() const {
  SegmentSet::List sealed = segments_->oldest_first();
  if (active_ != nullptr) sealed.pop_back();
  return sealed;
}

void Store::show_to_readers(SegmentSet::List sealed) {
  if (active_ != nullptr) sealed.push_back(active_);
  segments_ = std::make_shared<const SegmentSet>(std::move(sealed));
}

}  // namespace sediment
