#include "engine/tools/verify.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "engine/format.h"
#include "engine/guarded.h"
#include "engine/log_end.h"
#include "engine/log_reader.h"
#include "engine/manifest.h"
#include "engine/snapshot.h"
#include "engine/tools/store_files.h"

namespace sediment::tools {

namespace {

void add(FileReport* report, Finding::Kind kind, std::uint64_t offset, std::uint64_t size_bytes, std::string message) {
  report->findings.push_back({kind, offset, size_bytes, std::move(message), {}, false});
}

void add_damage(FileReport* report, std::uint64_t offset, std::string message) {
  add(report, Finding::Kind::kDamage, offset, 0, std::move(message));
}

// For a Status that ended the reading of a file.
void add_failure(FileReport* report, const Status& status) {
  const bool damage = status.is(StatusCode::kCorruption) || status.is(StatusCode::kInvalidArgument);
  const std::string message(status.message());
  add(report, damage ? Finding::Kind::kDamage : Finding::Kind::kUnreadable, status.offset(), 0,
      damage ? message : message + "; the rest of this file was not read");
}

struct OpenLog {
  std::unique_ptr<File> file;
  LogExtent extent;
};

class Verification {
 public:
  explicit Verification(Disk& disk) : disk_(disk) {}

  Result<VerifyReport> run();

 private:
  void check_manifest();
  void check_sealed(const Manifest::Sealed& entry);
  void check_snapshot(const Manifest::Sealed& entry);
  void check_active(const Manifest::Active& entry);
  void check_alone(const std::string& name);
  void note_unnamed(const std::string& name);
  // The file, if it can be read as the log that it should be; anything else is noted in the report.
  std::optional<OpenLog> open_log(SegmentNumber number, std::uint64_t nonce, FileReport* report);
  Status check_all_records(const OpenLog& log, FileReport* report);
  Status check_records_and_tail(const OpenLog& log, FileReport* report);

  Disk& disk_;
  std::optional<Manifest> manifest_;
  VerifyReport report_;
};

Result<VerifyReport> Verification::run() {
  Result<std::vector<std::string>> names = disk_.list();
  if (!names.ok()) return names.status();
  std::sort(names->begin(), names->end());
  if (!hold_store(*names)) return Status::not_found("there is no store here");

  check_manifest();
  if (manifest_) {
    for (const Manifest::Sealed& entry : manifest_->sealed) {
      check_sealed(entry);
      check_snapshot(entry);
    }
    if (manifest_->active) check_active(*manifest_->active);
  }
  for (const std::string& name : *names) {
    const bool is_segment = parse_segment_file_name(name).has_value();
    if (manifest_ ? belongs_to_store(*manifest_, name) : name == kManifestName || name == kLockName) continue;
    if (is_segment && !manifest_) {
      check_alone(name);
    } else {
      note_unnamed(name);
    }
  }
  return std::move(report_);
}

void Verification::check_manifest() {
  FileReport report{std::string(kManifestName), FileReport::Role::kManifest, 0, 0, {}};
  Result<Manifest> manifest = read_manifest(disk_);
  if (manifest.ok()) {
    manifest_ = *manifest;
    report.size_bytes = encode_manifest(*manifest).size();
  } else if (manifest.status().is(StatusCode::kNotFound)) {
    add_damage(&report, Status::kNoOffset,
               "it is missing, although there are segments: it is unknown which of them count");
  } else {
    add_failure(&report, manifest.status());
  }
  report_.files.push_back(std::move(report));
}

void Verification::check_sealed(const Manifest::Sealed& entry) {
  FileReport report{segment_file_name(entry.number), FileReport::Role::kSealed, 0, 0, {}};
  if (std::optional<OpenLog> log = open_log(entry.number, entry.nonce, &report)) {
    const std::string sizes =
        std::to_string(report.size_bytes) + " bytes, but the manifest says " + std::to_string(entry.size_bytes);
    if (report.size_bytes < entry.size_bytes)
      add_damage(&report, report.size_bytes, "the file ends here: it has " + sizes);
    log->extent.end = std::min(log->extent.end, entry.size_bytes);
    if (Status s = check_all_records(*log, &report); !s.ok()) add_failure(&report, s);
    if (report.size_bytes > entry.size_bytes) {
      add(&report, Finding::Kind::kDamage, entry.size_bytes, report.size_bytes - entry.size_bytes,
          "the segment ends here, but the file continues: it has " + sizes);
    }
    if (report.findings.empty() && report.records != entry.record_count) {
      add_damage(&report, Status::kNoOffset,
                 "it holds " + std::to_string(report.records) + " records, but the manifest says " +
                     std::to_string(entry.record_count));
    }
  }
  report_.files.push_back(std::move(report));
}

void Verification::check_snapshot(const Manifest::Sealed& entry) {
  const Result<HashIndex> index = read_snapshot(disk_, entry);
  if (index.status().is(StatusCode::kNotFound)) return;
  FileReport report{snapshot_file_name(entry.number), FileReport::Role::kSnapshot, 0, 0, {}};
  if (const Result<std::unique_ptr<File>> file = disk_.open(report.name); file.ok())
    report.size_bytes = (*file)->size();
  if (!index.ok()) {
    add(&report, Finding::Kind::kFact, index.status().offset(), 0,
        "unusable: " + std::string(index.status().message()) +
            "; nothing is lost: an open reads the log instead and rewrites the snapshot");
  }
  report_.files.push_back(std::move(report));
}

void Verification::check_active(const Manifest::Active& entry) {
  FileReport report{segment_file_name(entry.number), FileReport::Role::kActive, 0, 0, {}};
  if (const std::optional<OpenLog> log = open_log(entry.number, entry.nonce, &report)) {
    if (Status s = check_records_and_tail(*log, &report); !s.ok()) add_failure(&report, s);
  }
  report_.files.push_back(std::move(report));
}

// A segment's file without a manifest that says what it should be: its own header has to do.
void Verification::check_alone(const std::string& name) {
  FileReport report{name, FileReport::Role::kUnnamed, 0, 0, {}};
  Result<std::unique_ptr<File>> file = disk_.open(name);
  if (!file.ok()) {
    add_failure(&report, file.status());
  } else {
    report.size_bytes = (*file)->size();
    Result<SegmentHeader> header = read_segment_header(**file, name);
    if (!header.ok()) {
      add_failure(&report, header.status());
    } else {
      if (segment_file_name(header->number) != name) {
        add_damage(&report, 0, "its header says that this is " + segment_file_name(header->number));
      }
      const OpenLog log{std::move(*file), {name, header->nonce, std::min(report.size_bytes, kMaxSegmentSize)}};
      if (Status s = check_records_and_tail(log, &report); !s.ok()) add_failure(&report, s);
    }
  }
  report_.files.push_back(std::move(report));
}

void Verification::note_unnamed(const std::string& name) {
  FileReport report{name, FileReport::Role::kUnnamed, 0, 0, {}};
  if (parse_segment_file_name(name)) {
    add(&report, Finding::Kind::kFact, Status::kNoOffset, 0,
        "the manifest does not name it, so it is not part of the store: the next open for writing deletes it");
  } else if (name == kManifestTemporaryName) {
    add(&report, Finding::Kind::kFact, Status::kNoOffset, 0,
        "a manifest that was never published: the next open for writing replaces it");
  } else if (name == kReserveName) {
    add(&report, Finding::Kind::kFact, Status::kNoOffset, 0,
        "space that a store reserved for a full disk: it holds no record");
  } else if (is_snapshot_file(name)) {
    add(&report, Finding::Kind::kFact, Status::kNoOffset, 0,
        manifest_
            ? "a snapshot that is unfinished, or of a segment outside the store: the next open for writing deletes it"
            : "a snapshot of an index: it holds no record");
  } else {
    add(&report, Finding::Kind::kFact, Status::kNoOffset, 0, "not a store's file; it is left alone");
  }
  report_.files.push_back(std::move(report));
}

std::optional<OpenLog> Verification::open_log(SegmentNumber number, std::uint64_t nonce, FileReport* report) {
  Result<std::unique_ptr<File>> file = disk_.open(report->name);
  if (file.status().is(StatusCode::kNotFound)) {
    add_damage(report, Status::kNoOffset, "the manifest names this file, but it is missing");
    return std::nullopt;
  }
  if (!file.ok()) {
    add_failure(report, file.status());
    return std::nullopt;
  }
  report->size_bytes = (*file)->size();
  Result<SegmentHeader> header = read_segment_header(**file, report->name);
  if (header.ok() && (header->number != number || header->nonce != nonce)) {
    add_damage(report, 0, "this file belongs to another segment: its number or nonce is not what the manifest says");
    return std::nullopt;  // its records are not this store's
  }
  // A header that does not verify is noted, but the records are still read: the manifest has their nonce.
  if (!header.ok()) add_failure(report, header.status());
  return OpenLog{std::move(*file), {report->name, nonce, std::min(report->size_bytes, kMaxSegmentSize)}};
}

Status Verification::check_all_records(const OpenLog& log, FileReport* report) {
  LogGaps found;
  Status status = find_gaps(*log.file, log.extent, BlankEnd::kDamage, {}, &found);
  report->records = found.records;
  std::move(found.gaps.begin(), found.gaps.end(), std::back_inserter(report->findings));
  return status;
}

// The rule of recovery.h, step 5, for each place without a valid record: it is damage if a later record proves that it
// had been synced. The first place without such proof is where the log ends.
Status Verification::check_records_and_tail(const OpenLog& log, FileReport* report) {
  LogGaps found;
  if (Status s = find_gaps(*log.file, log.extent, BlankEnd::kReserved, {}, &found); !s.ok()) return s;
  report->records = found.records;
  std::vector<Finding>& gaps = found.gaps;
  Result<std::size_t> proven = count_proven(*log.file, log.extent, gaps);
  if (!proven.ok()) return proven.status();
  for (std::size_t i = 0; i < *proven; ++i) {
    gaps[i].message += "; a later record proves that this place had been synced";
    report->findings.push_back(std::move(gaps[i]));
  }
  if (*proven == gaps.size()) return {};

  const Finding& end = gaps[*proven];
  Result<std::uint64_t> written_end = end_of_written_bytes(*log.file, log.extent, end.offset);
  if (!written_end.ok()) return written_end.status();
  report->records = found.records_before[*proven];
  add(report, Finding::Kind::kFact, end.offset, *written_end - end.offset,
      "a torn tail (" + end.message +
          "): the log ends here, as when a process is stopped; the next open for writing cuts it off");
  return {};
}

}  // namespace

bool FileReport::has(Finding::Kind kind) const {
  return std::any_of(findings.begin(), findings.end(), [kind](const Finding& finding) { return finding.kind == kind; });
}

std::size_t VerifyReport::count(Finding::Kind kind) const {
  std::size_t sum = 0;
  for (const FileReport& file : files) {
    sum += static_cast<std::size_t>(std::count_if(file.findings.begin(), file.findings.end(),
                                                  [kind](const Finding& finding) { return finding.kind == kind; }));
  }
  return sum;
}

std::uint64_t VerifyReport::records() const {
  std::uint64_t sum = 0;
  for (const FileReport& file : files) sum += file.records;
  return sum;
}

Result<VerifyReport> verify(Disk& disk) {
  return guarded([&]() -> Result<VerifyReport> {
    Result<std::unique_ptr<DiskLock>> lock = disk.lock(LockMode::kShared);
    // A store that no writer has ever locked (such as a copy) can still be verified.
    if (!lock.ok() && !lock.status().is(StatusCode::kNotFound)) return lock.status();
    return Verification(disk).run();
  });
}

}  // namespace sediment::tools
