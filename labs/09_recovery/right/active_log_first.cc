// RIGHT: the new active log is made before the copy, and the manifest is read before the directory is listed
#include "engine/recovery.h"

#include <algorithm>
#include <optional>

#include "engine/guarded.h"
#include "engine/leftovers.h"
#include "engine/log_end.h"
#include "engine/log_recovery.h"
#include "engine/merge.h"
#include "engine/publish.h"
#include "engine/reclaim.h"
#include "engine/snapshot.h"

namespace sediment {

namespace {

// An open takes one number for the rewritten log, and one for the new active segment.
constexpr std::uint64_t kNumbersForAnOpen = 2;

// Whether a directory without a manifest may become a store.
Status check_creatable(bool has_segments, const Options& options) {
  if (has_segments) {
    return Status::corruption(kManifestName, Status::kNoOffset,
                              "it is missing, although there are segments: it is unknown which of them count");
  }
  if (!options.create_if_missing || options.read_only) return Status::not_found("there is no store here");
  return {};
}

class Recovery {
 public:
  Recovery(Disk& disk, const Options& options) : disk_(disk), options_(options) {}

  Result<Recovered> run();

 private:
  Status read_or_create_manifest();
  Status open_sealed(const Manifest::Sealed& entry);
  Result<ScannedLog> open_active(const Manifest::Active& entry);
  Status start_writing(const ScannedLog* log);
  Status make_files(const ScannedLog* log, std::vector<SegmentNumber>* made);
  Result<bool> free_space();
  std::shared_ptr<const Segment> from_snapshot(const OpenedLog& opened, const Manifest::Sealed& entry);
  Result<ScannedLog> scan(const OpenedLog& opened);
  Status note_cut(const ScannedLog& log);

  Disk& disk_;
  const Options& options_;
  Manifest manifest_;       // as it was found
  SegmentNumber unused_{};  // this number and all above it are unused
  SegmentList sealed_;
  Recovered result_;
};

// Lab 9: the body of this function is yours.
Result<Recovered> Recovery::run() {
  const bool writes = !options_.read_only;
  Status status = writes ? disk_.sync_directory().absence_as_io_error() : Status();
  if (status.ok()) status = read_or_create_manifest();
  for (std::size_t i = 0; status.ok() && i < manifest_.sealed.size(); ++i) status = open_sealed(manifest_.sealed[i]);
  if (!status.ok()) return status;

  std::shared_ptr<Segment> tail;
  Result<ScannedLog> scanned = manifest_.active ? open_active(*manifest_.active) : ScannedLog{};
  if (!scanned.ok()) return scanned.status();
  tail = scanned->segment;
  const bool rewrites = writes && tail && tail->record_count() > 0;
  result_.report.segments = sealed_.size() + (rewrites ? 1 : 0);
  result_.state = std::make_unique<WriteState>(options_);
  result_.catalog = std::make_unique<Catalog>(disk_, *result_.state, options_.observer, manifest_, sealed_, unused_);
  sealed_.clear();
  if (!writes) {
    result_.active.segment = tail;
    if (tail) result_.catalog->show_unsealed(tail);
    return std::move(result_);
  }

  auto& removed = result_.report.files_removed;
  status = remove_leftovers(disk_, manifest_, &removed, options_.observer);
  if (!status.ok()) return status;
  for (bool again = true; again;) {
    again = false;
    status = start_writing(rewrites ? &*scanned : nullptr);
    if (!status.is(StatusCode::kNoSpace)) continue;
    Result<bool> freed = free_space();
    if (!freed.ok()) return freed.status();
    again = *freed;
  }
  if (status.ok()) status = remove_leftovers(disk_, result_.catalog->manifest(), &removed, options_.observer);
  if (!status.ok()) return status;
  return std::move(result_);
}

// If a step fails before the manifest may name the new files, they are removed, because the next open may need their
// space.
// Lab 9: the body of this function is yours.
Status Recovery::start_writing(const ScannedLog* log) {
  std::vector<SegmentNumber> made;
  Status status = guarded([&] { return make_files(log, &made); });
  const bool may_be_named = status.ok() || result_.state->has_failed();
  while (!may_be_named && !made.empty()) {
    LogWriter::discard(disk_, made.back());
    made.pop_back();
  }
  return status;
}

// Lab 9: the body of this function is yours.
Status Recovery::make_files(const ScannedLog* log, std::vector<SegmentNumber>* made) {
  // The new active log comes first, and has the smaller number. Its create_durable does not cover the other's name.
  Result<SegmentNumber> number = result_.catalog->take_number();
  if (!number.ok()) return number.status();
  made->push_back(*number);
  Result<GrowingSegment> active =
      GrowingSegment::create_durable(disk_, *number, {options_.first_reservation_bytes, options_.segment_size_bytes});
  if (!active.ok()) return active.status();

  std::shared_ptr<Segment> copy;
  if (log != nullptr) {
    number = result_.catalog->take_number();
    if (!number.ok()) return number.status();
    made->push_back(*number);
    Result<GrowingSegment> rewritten =
        GrowingSegment::create(disk_, *number, log->segment->size_bytes(), LogWriter::Stamp::kZero);
    if (!rewritten.ok()) return rewritten.status();
    if (Status s = rewrite_log(*log->segment, &*rewritten, options_.observer); !s.ok()) return s;
    if (Status s = guarded_change([&] { return disk_.sync_directory(); }); !s.ok()) return s.absence_as_io_error();
    copy = rewritten->segment;
  }

  Catalog::Edit edit(*result_.catalog);
  edit.activate(active->segment);
  if (copy) edit.seal(copy);
  Status status = edit.write();
  if (status.ok()) status = edit.commit();
  if (status.ok()) result_.active = std::move(*active);
  return status;
}

// Lab 9: the body of this function is yours.
Status Recovery::read_or_create_manifest() {
  Result<Manifest> manifest = read_manifest(disk_);
  const bool found = manifest.ok();
  if (!found && !manifest.status().is(StatusCode::kNotFound)) return manifest.status();
  if (found && options_.error_if_exists) return Status::invalid_argument("the store exists");
  if (found) manifest_ = std::move(*manifest);

  Result<std::vector<std::string>> names = disk_.list();
  if (!names.ok()) return names.status();
  std::uint64_t highest = 0;
  for (const std::string& name : *names) {
    if (const auto number = parse_segment_file_name(name)) highest = std::max(highest, value_of(*number));
    if (name == kReserveName && !options_.read_only) (void)disk_.remove(name);
  }
  if (!found) {
    if (Status s = check_creatable(highest > 0, options_); !s.ok()) return s;
  }
  result_.report.created = !found;
  unused_ = SegmentNumber{std::max(value_of(manifest_.next_number), highest + 1)};
  if (options_.read_only) return {};
  if (kMaxSegmentNumber + 1 - value_of(unused_) < kNumbersForAnOpen)
    return Status::no_space({}, "the numbers are used up");
  return publish_manifest(disk_, manifest_);
}

// Lab 9: the body of this function is yours.
Status Recovery::open_sealed(const Manifest::Sealed& entry) {
  Result<OpenedLog> opened = open_log(disk_, entry.number, entry.nonce, entry.size_bytes, options_.observer);
  if (!opened.ok()) return opened.status();
  std::shared_ptr<const Segment> segment;
  if (options_.snapshots) segment = from_snapshot(*opened, entry);
  if (segment == nullptr) {
    Result<ScannedLog> log = scan(*opened);
    if (!log.ok()) return log.status();
    const std::string name = log->segment->name();
    if (log->end_verdict != RecordVerdict::kEnd) {
      return Status::corruption(name, log->segment->size_bytes(), "the records end here");
    }
    if (log->segment->record_count() != entry.record_count) {
      return Status::corruption(name, Status::kNoOffset, "the number of records is another one");
    }
    segment = log->segment;
  }
  sealed_.push_back(std::move(segment));
  return {};
}

// The segment with the index from its snapshot. Null if the snapshot is of no use, for any reason; then the log is
// read.
std::shared_ptr<const Segment> Recovery::from_snapshot(const OpenedLog& opened, const Manifest::Sealed& entry) {
  Result<HashIndex> index = read_snapshot(disk_, entry);
  if (index.ok()) {
    ++result_.report.snapshots_used;
    emit(options_.observer, {.kind = EventKind::kSnapshotUsed, .segment = entry.number, .size = index->capacity()});
    return std::make_shared<const Segment>(opened.file, opened.header, std::move(*index), entry.size_bytes,
                                           entry.record_count);
  }
  if (!index.status().is(StatusCode::kNotFound)) {
    ++result_.report.snapshots_ignored;
    emit(options_.observer,
         {.kind = EventKind::kSnapshotIgnored, .segment = entry.number, .why = index.status().message()});
  }
  return nullptr;
}

// Lab 9: the body of this function is yours.
Result<ScannedLog> Recovery::open_active(const Manifest::Active& entry) {
  Result<OpenedLog> opened = open_log(disk_, entry.number, entry.nonce, std::nullopt, options_.observer);
  if (!opened.ok()) return opened.status();
  result_.report.active_file = segment_file_name(entry.number);
  Result<ScannedLog> log = scan(*opened);
  if (!log.ok()) return log;
  const Status judged = note_cut(*log);
  if (!judged.ok()) return judged;
  return log;
}

Result<ScannedLog> Recovery::scan(const OpenedLog& opened) {
  Result<ScannedLog> log = scan_log(opened, options_.observer);
  if (log.ok()) result_.report.records_scanned += log->segment->record_count();
  return log;
}

Status Recovery::note_cut(const ScannedLog& log) {
  const Segment& segment = *log.segment;
  const std::uint64_t cut = segment.size_bytes();
  result_.report.cut_offset = cut;
  const LogExtent whole{segment.name(), segment.nonce(), segment.file().size()};
  Result<TornTail> tail = judge_end(segment.file(), whole, cut, log.end_verdict);
  if (!tail.ok()) return tail.status();
  if (tail->bytes == 0) return {};
  result_.report.bytes_cut = tail->bytes;
  result_.report.cut_reason = tail->why;
  emit(options_.observer, {.kind = EventKind::kRecoveryCut,
                           .segment = segment.number(),
                           .offset = cut,
                           .size = tail->bytes,
                           .why = tail->why});
  return {};
}

// Garbage that has filled the disk must not keep the store from opening.
Result<bool> Recovery::free_space() {
  if (!options_.merge_policy.automatic) return false;
  Catalog& catalog = *result_.catalog;
  Result<MergeProgress> gained = merge_emptiest(disk_, catalog, catalog.sealed(), options_.observer);
  if (!gained.ok()) return gained.status();
  return gained->bytes_written < gained->bytes_read;
}

}  // namespace

Status look_before_locking(Disk& disk, const Options& options) {
  Result<std::unique_ptr<File>> manifest = disk.open(kManifestName);
  if (!manifest.status().is(StatusCode::kNotFound)) return manifest.status();
  Result<std::vector<std::string>> names = disk.list();
  if (!names.ok()) return names.status().absence_as_io_error();
  if (std::find(names->begin(), names->end(), kLockName) != names->end()) return {};
  const bool has_segments = std::any_of(names->begin(), names->end(),
                                        [](const auto& name) { return parse_segment_file_name(name).has_value(); });
  return check_creatable(has_segments, options);
}

Result<Recovered> recover(Disk& disk, const Options& options) { return Recovery(disk, options).run(); }

}  // namespace sediment
