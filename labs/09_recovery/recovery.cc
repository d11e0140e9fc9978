// Lab 9: Recovery. README.md beside this file says what to do.
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
#include "labs/not_implemented.h"

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

Result<Recovered> Recovery::run() {
  // Yours, instead of the next line.
  not_implemented("Recovery::run");
}

// If a step fails before the manifest may name the new files, they are removed, because the next open may need their
// space.
Status Recovery::start_writing(const ScannedLog* log) {
  // Yours, instead of the next line.
  not_implemented("Recovery::start_writing");
}

Status Recovery::make_files(const ScannedLog* log, std::vector<SegmentNumber>* made) {
  // Yours, instead of the next line.
  not_implemented("Recovery::make_files");
}

Status Recovery::read_or_create_manifest() {
  // Yours, instead of the next line.
  not_implemented("Recovery::read_or_create_manifest");
}

Status Recovery::open_sealed(const Manifest::Sealed& entry) {
  // Yours, instead of the next line.
  not_implemented("Recovery::open_sealed");
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

Result<ScannedLog> Recovery::open_active(const Manifest::Active& entry) {
  // Yours, instead of the next line.
  not_implemented("Recovery::open_active");
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
