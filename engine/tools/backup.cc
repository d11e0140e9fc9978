#include "engine/tools/backup.h"

#include <algorithm>

#include "engine/guarded.h"
#include "engine/log_reader.h"
#include "engine/segment_header.h"
#include "engine/tools/new_store.h"

namespace sediment::tools {

namespace {

constexpr std::uint64_t kCopyBytes = std::uint64_t{1} << 20;  // at a time

class Backup {
 public:
  Backup(NewStore& target, const ReportProgress& report_progress)
      : target_(target), report_progress_(report_progress) {}

  Result<BackupReport> run(Frozen frozen);

 private:
  Result<std::unique_ptr<File>> copy(const File& source, const std::string& name, std::uint64_t size_bytes);
  Status verify(const File& copy, const std::string& name, const Manifest::Sealed& entry);
  void tell(std::uint64_t bytes) {
    progress_.bytes += bytes;
    if (report_progress_) report_progress_(progress_);
  }

  NewStore& target_;
  const ReportProgress& report_progress_;
  JobProgress progress_;
};

Result<BackupReport> Backup::run(Frozen frozen) {
  Manifest& manifest = frozen.manifest;
  require(manifest.sealed.size() == frozen.segments.size(), "a frozen store has a segment for each manifest entry");
  BackupReport report;
  report.segments = manifest.sealed.size();
  for (const Manifest::Sealed& entry : manifest.sealed) {
    report.bytes += entry.size_bytes;
    report.records += entry.record_count;
  }
  progress_.bytes_total = report.bytes;

  for (std::size_t i = 0; i < manifest.sealed.size(); ++i) {
    const Manifest::Sealed& entry = manifest.sealed[i];
    const std::string name = segment_file_name(entry.number);
    // 2
    Result<std::unique_ptr<File>> made = copy(frozen.segments[i]->file(), name, entry.size_bytes);
    if (!made.ok()) return made.status();
    // 3
    if (Status s = verify(**made, name, entry); !s.ok()) return s;
    frozen.segments[i].reset();  // if a merge has removed it meanwhile, this frees its space
  }

  // 4
  manifest.active.reset();
  if (Status s = target_.publish(manifest); !s.ok()) return s;  // COMMIT
  return report;
}

Result<std::unique_ptr<File>> Backup::copy(const File& source, const std::string& name, std::uint64_t size_bytes) {
  target_.will_make(name);
  Result<std::unique_ptr<File>> made = target_.disk().create(name, size_bytes);
  if (!made.ok()) return made;
  std::string scratch;
  for (std::uint64_t offset = 0; offset < size_bytes;) {
    Result<std::string_view> bytes = read_fully(source, offset, std::min(kCopyBytes, size_bytes - offset), &scratch);
    if (!bytes.ok()) return bytes.status();
    if (bytes->empty()) return Status::corruption(name, offset, "the file ends before the segment");
    if (Status s = (*made)->append({*bytes}); !s.ok()) return s;
    offset += bytes->size();
    tell(bytes->size());
  }
  if (Status s = guarded_change([&] { return (*made)->sync(); }); !s.ok()) return s;
  return made;
}

// Whatever is in the copy is in the store too, so the errors name the store's file.
Status Backup::verify(const File& copy, const std::string& name, const Manifest::Sealed& entry) {
  Result<SegmentHeader> header = read_segment_header(copy, name);
  if (!header.ok()) return header.status();
  if (header->number != entry.number || header->nonce != entry.nonce) {
    return Status::corruption(
        name, 0, "this file belongs to another segment: its number or nonce is not what the manifest says");
  }
  std::uint64_t records = 0;
  for (LogReader reader(copy, {name, entry.nonce, entry.size_bytes});; ++records, ++progress_.records) {
    Result<LogReader::Step> step = reader.next();
    if (!step.ok()) return step.status();
    if (step->verdict == RecordVerdict::kEnd) break;
    if (step->verdict != RecordVerdict::kValid) {
      return Status::corruption(name, step->offset, std::string(describe(step->verdict)));
    }
  }
  tell(0);
  if (records == entry.record_count) return {};
  return Status::corruption(
      name, Status::kNoOffset,
      "it holds " + std::to_string(records) + " records, but the manifest says " + std::to_string(entry.record_count));
}

}  // namespace

Result<BackupReport> back_up(Store& store, Disk& target, const ReportProgress& report_progress) {
  return guarded([&]() -> Result<BackupReport> {
    Result<std::unique_ptr<NewStore>> made = NewStore::begin(target);
    if (!made.ok()) return made.status();
    Result<Frozen> frozen = store.freeze();  // 1
    if (!frozen.ok()) return frozen.status();
    return Backup(**made, report_progress).run(std::move(*frozen));
  });
}

}  // namespace sediment::tools
