#include "engine/recovery.h"

#include <algorithm>
#include <array>
#include <optional>

#include "engine/guarded.h"
#include "engine/merge.h"
#include "engine/reclaim.h"
#include "engine/snapshot.h"

namespace sediment {

namespace {

// What an open takes: for the rewritten log, and for the new active segment.
constexpr std::uint64_t kNumbersForAnOpen = 2;

// A log, indexed up to the first thing in it that is no valid record.
struct ScannedLog {
  std::shared_ptr<Segment> segment;
  RecordVerdict end_verdict = RecordVerdict::kEnd;  // why it ends
};

// A log's file that is the one which the manifest means.
struct OpenedLog {
  std::shared_ptr<const File> file;
  SegmentHeader header;
};

using Hashes = std::array<KeyHash, LogReader::Batch::kMostRecords>;

// Of the batch's keys. Adding them to the segment's index then waits less for memory: their slots are on the way.
Hashes hash_keys_for(const Segment& segment, const LogReader::Batch& batch) {
  Hashes hashes;
  for (std::size_t i = 0; i < batch.count; ++i) {
    hashes[i] = hash_key(batch.records[i].key);
    segment.prefetch_slot(hashes[i]);
  }
  return hashes;
}

// Whether a directory without a manifest may become a store.
Status check_creatable(bool has_segments, const Options& options) {
  if (has_segments) {
    return Status::corruption(kManifestName, Status::kNoOffset,
                              "it is missing, although there are segments: nobody knows which of them count");
  }
  if (!options.create_if_missing || options.read_only) return Status::not_found("there is no store here");
  return {};
}

class Recovery final : public MergeHost {
 public:
  Recovery(Disk& disk, const Options& options) : disk_(disk), options_(options) {}

  Result<Recovered> run();

 private:
  Status read_or_create_manifest();
  Status open_sealed(const Manifest::Sealed& entry);
  Result<ScannedLog> open_active(const Manifest::Active& entry);
  Status start_writing(const ScannedLog* log);
  Result<bool> free_space();
  Result<OpenedLog> open_log(SegmentNumber number, std::uint64_t nonce, const std::uint64_t* expected_size);
  std::shared_ptr<const Segment> from_snapshot(const OpenedLog& opened, const Manifest::Sealed& entry);
  Result<ScannedLog> scan(const OpenedLog& opened);
  Status note_cut(const ScannedLog& log);
  Status rewrite(const Segment& log);
  Status start_active();
  static bool is_ours(std::string_view name);
  bool is_named(std::string_view name) const;
  Status remove_unnamed();
  // For a merge that has to free space before the store can be opened. There is one thread yet.
  Result<SegmentNumber> take_number() override;
  Status commit_merge(const SegmentSet::List& inputs, const SegmentSet::List& outputs) override;
  void stop_writing(const Status& reason) override { failure_ = reason; }

  Disk& disk_;
  const Options& options_;
  Recovered result_;
  Status failure_;  // of a write or sync in such a merge
};

Result<Recovered> Recovery::run() {
  // 2
  if (!options_.read_only) {
    if (Status s = disk_.sync_directory(); !s.ok()) return s.absence_as_io_error();
  }

  // 3
  if (Status s = read_or_create_manifest(); !s.ok()) return s;

  // 4
  const Manifest found = result_.manifest;
  for (const Manifest::Sealed& entry : found.sealed) {
    if (Status s = open_sealed(entry); !s.ok()) return s;
  }

  // 5
  std::optional<ScannedLog> log;
  if (found.active) {
    Result<ScannedLog> opened = open_active(*found.active);
    if (!opened.ok()) return opened.status();
    log = std::move(*opened);
  }
  const bool has_records = log && log->segment->record_count() > 0;
  result_.report.segments = result_.sealed.size() + (has_records && !options_.read_only ? 1 : 0);
  if (options_.read_only) {
    if (log) result_.active = log->segment;
    return std::move(result_);
  }

  // 6
  if (Status s = remove_unnamed(); !s.ok()) return s;

  // 7 to 9
  Status started = start_writing(has_records ? &*log : nullptr);
  while (started.is(StatusCode::kNoSpace)) {
    Result<bool> freed = free_space();
    if (!freed.ok()) return freed.status();
    if (!*freed) break;
    started = start_writing(has_records ? &*log : nullptr);
  }
  if (!started.ok()) return started;

  // 10
  if (Status s = remove_unnamed(); !s.ok()) return s;
  return std::move(result_);
}

// Whatever fails here before the manifest names them, the new files go again: the space that they take may be what the
// next open needs.
Status Recovery::start_writing(const ScannedLog* log) {
  const SegmentNumber first_new = result_.next_number;
  const Manifest before = result_.manifest;
  const auto make_files = [&]() -> Status {
    result_.manifest.active.reset();
    // 7
    if (log != nullptr) {
      if (Status s = rewrite(*log->segment); !s.ok()) return s;
    }
    // 8
    return start_active();
  };
  Status status = guarded(make_files);
  bool unchanged = !status.ok();
  if (status.ok()) {
    // 9  COMMIT
    result_.manifest.next_number = result_.next_number;
    status = publish_manifest(disk_, result_.manifest);
    if (status.changed_nothing()) {
      const Result<Manifest> published = read_manifest(disk_);
      unchanged = published.ok() && *published == before;
    }
  }
  if (unchanged) {
    for (SegmentNumber n = first_new; n < result_.next_number; n = SegmentNumber{value_of(n) + 1}) {
      (void)guarded([&] { return disk_.remove(segment_file_name(n)); });  // if it stays, the next open removes it
    }
    result_.manifest = before;
    result_.sealed.resize(before.sealed.size());
    result_.writer.reset();
    result_.active.reset();
  }
  if (!status.ok()) return status;
  emit(options_.observer, {.kind = EventKind::kPublished, .segment = result_.writer->number()});
  return {};
}

Status Recovery::read_or_create_manifest() {
  Result<std::vector<std::string>> names = disk_.list();
  if (!names.ok()) return names.status();
  bool has_segments = false;
  SegmentNumber above_all_files{1};
  for (const std::string& name : *names) {
    if (name == kReserveName && !options_.read_only) (void)disk_.remove(name);  // it is for moments like this one
    const auto number = parse_segment_file_name(name);
    if (!number) continue;
    has_segments = true;
    above_all_files = std::max(above_all_files, SegmentNumber{value_of(*number) + 1});  // kMaxSegmentNumber + 1 at most
  }

  Result<Manifest> manifest = read_manifest(disk_);
  if (manifest.ok() && options_.error_if_exists) return Status::invalid_argument("there is a store here already");
  if (manifest.ok()) {
    result_.manifest = *manifest;
  } else {
    if (!manifest.status().is(StatusCode::kNotFound)) return manifest.status();
    if (Status s = check_creatable(has_segments, options_); !s.ok()) return s;
    result_.report.created = true;
  }
  result_.next_number = std::max(result_.manifest.next_number, above_all_files);
  if (options_.read_only) return {};
  if (value_of(result_.next_number) + kNumbersForAnOpen > kMaxSegmentNumber + 1) {
    return Status::no_space(
        {}, "no segment number is left above " + segment_file_name(SegmentNumber{value_of(result_.next_number) - 1}) +
                ": remove that file if it is none of the store's, or else copy what the store holds "
                "into a new one");
  }
  return publish_manifest(disk_, result_.manifest);
}

Status Recovery::open_sealed(const Manifest::Sealed& entry) {
  Result<OpenedLog> opened = open_log(entry.number, entry.nonce, &entry.size_bytes);
  if (!opened.ok()) return opened.status();
  if (options_.snapshots) {
    if (auto segment = from_snapshot(*opened, entry)) {
      result_.sealed.push_back(std::move(segment));
      return {};
    }
  }
  Result<ScannedLog> log = scan(*opened);
  if (!log.ok()) return log.status();
  const Segment& segment = *log->segment;
  if (log->end_verdict != RecordVerdict::kEnd) {
    return Status::corruption(segment.name(), segment.size_bytes(), std::string(describe(log->end_verdict)));
  }
  if (segment.record_count() != entry.record_count) {
    return Status::corruption(segment.name(), Status::kNoOffset,
                              "it holds " + std::to_string(segment.record_count()) + " records, the manifest says " +
                                  std::to_string(entry.record_count));
  }
  result_.sealed.push_back(log->segment);
  return {};
}

// The segment with the index that its snapshot holds; null when that is of no use, whatever the reason: then the log is
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

Result<ScannedLog> Recovery::open_active(const Manifest::Active& entry) {
  Result<OpenedLog> opened = open_log(entry.number, entry.nonce, nullptr);
  if (!opened.ok()) return opened.status();
  Result<ScannedLog> log = scan(*opened);
  if (!log.ok()) return log.status();
  result_.report.active_file = log->segment->name();
  if (Status s = note_cut(*log); !s.ok()) return s;
  return log;
}

// A file that is missing or is not the one that the manifest means is corruption.
Result<OpenedLog> Recovery::open_log(SegmentNumber number, std::uint64_t nonce, const std::uint64_t* expected_size) {
  const std::string name = segment_file_name(number);
  Result<std::unique_ptr<File>> opened = disk_.open(name);
  if (opened.status().is(StatusCode::kNotFound)) {
    return Status::corruption(name, Status::kNoOffset, "the manifest names this file, and it is missing");
  }
  if (!opened.ok()) return opened.status();
  const std::shared_ptr<const File> file = std::move(*opened);
  const std::uint64_t size = file->size();
  if (expected_size != nullptr && size != *expected_size) {
    return Status::corruption(
        name, Status::kNoOffset,
        "it has " + std::to_string(size) + " bytes, the manifest says " + std::to_string(*expected_size));
  }
  Result<SegmentHeader> header = read_segment_header(*file, name);
  if (!header.ok()) return header.status();
  if (header->number != number || header->nonce != nonce) {
    return Status::corruption(name, 0, "this is another segment's file: number or nonce is not what the manifest says");
  }
  emit(options_.observer, {.kind = EventKind::kRecoveryOpened, .segment = number, .size = size});
  return OpenedLog{file, *header};
}

// Indexes a log from its header to the first thing that is no valid record.
Result<ScannedLog> Recovery::scan(const OpenedLog& opened) {
  const SegmentNumber number = opened.header.number;
  ScannedLog log{std::make_shared<Segment>(opened.file, opened.header)};
  LogReader reader(*opened.file,
                   {log.segment->name(), opened.header.nonce, std::min(opened.file->size(), kMaxSegmentSize)});
  LogReader::Batch batch;
  do {
    if (Status s = reader.next_batch(&batch); !s.ok()) return s;
    const Hashes hashes = hash_keys_for(*log.segment, batch);
    for (std::size_t i = 0; i < batch.count; ++i) {
      const Record& record = batch.records[i];
      emit(options_.observer, {.kind = EventKind::kRecoveryScanned,
                               .segment = number,
                               .offset = record.offset,
                               .size = record.size_bytes,
                               .key = record.key});
      if (Status s = log.segment->add(record, hashes[i], options_.observer); !s.ok()) return s;
      ++result_.report.records_scanned;
    }
  } while (batch.end == RecordVerdict::kValid);
  log.end_verdict = batch.end;
  return log;
}

// Decides whether what stands behind the last valid record of the active log is nothing, a torn tail, or rot.
Status Recovery::note_cut(const ScannedLog& log) {
  const Segment& segment = *log.segment;
  const std::uint64_t cut = segment.size_bytes();
  result_.report.cut_offset = cut;
  if (log.end_verdict == RecordVerdict::kEnd) return {};

  LogExtent rest{segment.name(), segment.nonce(), segment.file().size()};
  Result<std::uint64_t> written_end = end_of_written_bytes(segment.file(), rest, cut);
  if (!written_end.ok()) return written_end.status();
  if (*written_end == cut) return {};  // only space that was reserved and never used

  rest.end = std::min(rest.end, *written_end + kRecordHeaderSize);  // a header may end in zeros
  Result<bool> rot = proven_durable(segment.file(), rest, cut);
  if (!rot.ok()) return rot.status();
  if (*rot) {
    return Status::corruption(
        segment.name(), cut,
        std::string(describe(log.end_verdict)) +
            ", and a later record proves that this place had been synced: this is damage, not a torn "
            "write");
  }
  result_.report.bytes_cut = *written_end - cut;
  result_.report.cut_reason = describe(log.end_verdict);
  emit(options_.observer, {.kind = EventKind::kRecoveryCut,
                           .segment = segment.number(),
                           .offset = cut,
                           .size = result_.report.bytes_cut,
                           .why = result_.report.cut_reason});
  return {};
}

Status Recovery::rewrite(const Segment& log) {
  Result<SegmentNumber> number = take_number();
  if (!number.ok()) return number.status();
  Result<std::unique_ptr<LogWriter>> created =
      LogWriter::create(disk_, *number, log.size_bytes(), LogWriter::Stamp::kZero);
  if (!created.ok()) return created.status();
  LogWriter& copy = **created;
  auto segment = std::make_shared<Segment>(copy.file(), SegmentHeader{copy.nonce(), copy.number()});

  segment->reserve(log.index().size());

  LogReader reader(log.file(), log.extent());
  LogReader::Batch batch;
  do {
    if (Status s = reader.next_batch(&batch); !s.ok()) return s;
    const Hashes hashes = hash_keys_for(*segment, batch);
    for (std::size_t i = 0; i < batch.count; ++i) {
      Record& record = batch.records[i];
      Result<std::uint64_t> offset = copy.append(record.type, record.key, record.value);
      if (!offset.ok()) return offset.status();
      record.offset = *offset;
      if (Status s = segment->add(record, hashes[i], nullptr); !s.ok()) return s;
    }
  } while (batch.end == RecordVerdict::kValid);
  if (batch.end != RecordVerdict::kEnd) {
    return Status::corruption(log.name(), batch.end_offset, "it changed while it was being recovered");
  }
  if (Status s = copy.seal(); !s.ok()) return s;
  copy.file()->will_not_change();

  result_.manifest.sealed.push_back({copy.number(), copy.nonce(), copy.end(), copy.record_count()});
  result_.sealed.push_back(segment);
  emit(options_.observer, {.kind = EventKind::kRecoveryRewrote, .segment = copy.number(), .size = copy.end()});
  return {};
}

Status Recovery::start_active() {
  Result<SegmentNumber> number = take_number();
  if (!number.ok()) return number.status();
  Result<std::unique_ptr<LogWriter>> writer =
      LogWriter::create_durable(disk_, *number, {options_.first_reservation_bytes, options_.segment_size_bytes});
  if (!writer.ok()) return writer.status();
  result_.writer = std::move(*writer);
  const LogWriter& log = *result_.writer;
  result_.active = std::make_shared<Segment>(log.file(), SegmentHeader{log.nonce(), log.number()});
  result_.manifest.active = Manifest::Active{log.number(), log.nonce()};
  return {};
}

// Whether a store of ours has written a file with this name.
bool Recovery::is_ours(std::string_view name) {
  if (name == kManifestTemporaryName || parse_segment_file_name(name) || parse_snapshot_file_name(name)) return true;
  return name.ends_with(kTemporarySuffix) &&
         parse_snapshot_file_name(name.substr(0, name.size() - kTemporarySuffix.size()));
}

// Whether the manifest names it: a segment, or the snapshot of a sealed one.
bool Recovery::is_named(std::string_view name) const {
  const auto is_sealed = [&](SegmentNumber number) {
    const auto& sealed = result_.manifest.sealed;
    return std::any_of(sealed.begin(), sealed.end(), [&](const auto& entry) { return entry.number == number; });
  };
  if (const auto number = parse_snapshot_file_name(name)) return is_sealed(*number);
  const auto number = parse_segment_file_name(name);
  const auto& active = result_.manifest.active;
  return number && ((active && active->number == *number) || is_sealed(*number));
}

Status Recovery::remove_unnamed() {
  Result<std::vector<std::string>> names = disk_.list();
  if (!names.ok()) return names.status();
  std::sort(names->begin(), names->end());
  for (const std::string& name : *names) {
    if (!is_ours(name) || is_named(name)) continue;  // a stranger's file is left alone
    const auto number = parse_segment_file_name(name);
    Status removed = disk_.remove(name);
    if (removed.is(StatusCode::kNotFound)) continue;  // no file: a directory, say
    if (!removed.ok()) return removed.absence_as_io_error();
    result_.report.files_removed.push_back(name);
    emit(options_.observer,
         {.kind = EventKind::kOrphanRemoved, .segment = number.value_or(SegmentNumber{}), .key = name});
  }
  return {};
}

// A store that has filled its disk with garbage must not be kept from opening by it.
Result<bool> Recovery::free_space() {
  if (!options_.merge_policy.automatic) return false;
  Result<MergeProgress> gained = merge_emptiest(disk_, *this, result_.sealed, options_.observer);
  if (!failure_.ok()) return failure_;
  if (!gained.ok()) return gained.status();
  return gained->bytes_written < gained->bytes_read;
}

Status Recovery::commit_merge(const SegmentSet::List& inputs, const SegmentSet::List& outputs) {
  Manifest manifest = result_.manifest;
  const auto first = std::find_if(result_.sealed.begin(), result_.sealed.end(),
                                  [&](const auto& segment) { return segment->number() == inputs.front()->number(); });
  require(first != result_.sealed.end(), "the inputs of a merge are in the list");
  const auto position = first - result_.sealed.begin();
  const auto count = static_cast<std::ptrdiff_t>(inputs.size());
  const auto at = manifest.sealed.erase(manifest.sealed.begin() + position, manifest.sealed.begin() + position + count);
  std::vector<Manifest::Sealed> entries;
  for (const auto& output : outputs) {
    entries.push_back({output->number(), output->nonce(), output->size_bytes(), output->record_count()});
  }
  manifest.sealed.insert(at, entries.begin(), entries.end());
  manifest.next_number = result_.next_number;
  if (Status s = publish_manifest(disk_, manifest); !s.ok()) return s;
  result_.manifest = std::move(manifest);
  result_.sealed.insert(result_.sealed.erase(first, first + count), outputs.begin(), outputs.end());
  return {};
}

Result<SegmentNumber> Recovery::take_number() {
  if (value_of(result_.next_number) > kMaxSegmentNumber) return Status::no_space({}, "no segment number is left");
  const SegmentNumber number = result_.next_number;
  result_.next_number = SegmentNumber{value_of(number) + 1};
  return number;
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
