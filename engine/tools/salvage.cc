#include "engine/tools/salvage.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "engine/guarded.h"
#include "engine/log_end.h"
#include "engine/log_reader.h"
#include "engine/log_writer.h"
#include "engine/manifest.h"
#include "engine/tools/bad_sector_file.h"
#include "engine/tools/new_store.h"
#include "engine/tools/store_files.h"

namespace sediment::tools {

namespace {

// A file to be salvaged, and what the manifest says about it.
struct Source {
  std::string name;
  FileReport::Role role = FileReport::Role::kUnnamed;
  std::optional<SegmentHeader> expected;      // if there is a manifest
  std::optional<Manifest::Sealed> sealed_as;  // if it says that the segment is sealed
};

// A place between the records of the new store: the segment, and the record of it that follows.
struct Place {
  std::size_t segment = 0;
  std::uint64_t record = 0;

  bool is_before(const Place& other) const {
    return segment != other.segment ? segment < other.segment : record < other.record;
  }
};

// A lost record whose key is known; `finding` is an index into the file's report.
struct LostRecord {
  std::size_t file = 0;
  std::size_t finding = 0;
  Place place;  // where the record would have gone
};

// What there is to know about the key of a lost record.
struct LostKey {
  std::vector<LostRecord> losses;
  // The last record of the key in the new store, if any.
  std::optional<Place> last;
  RecordType last_type = RecordType::kPut;
};

// Tells values apart without storing them.
std::uint64_t digest_of(const Stretch& record) {
  const auto type = static_cast<std::uint64_t>(record.header->type);
  return checksum64(record.value, type);
}

// Finds the keys whose value depends on the order of the files. Only a file's last record of a key counts.
class OrderWatch {
 public:
  void saw(const Stretch& record) { in_this_file_[std::string(record.key)] = digest_of(record); }
  void end_file(std::size_t file, SalvageReport* report);

 private:
  struct Believed {
    std::uint64_t digest = 0;
    std::size_t file = 0;
    std::size_t conflict = 0;  // 1 for the first one listed; 0 for none
    bool in_conflict = false;
  };

  std::unordered_map<std::string, std::uint64_t> in_this_file_;
  std::unordered_map<std::string, Believed> believed_;
};

void OrderWatch::end_file(std::size_t file, SalvageReport* report) {
  std::vector<std::string> keys;  // sorted, so that the same store always yields the same list
  keys.reserve(in_this_file_.size());
  for (const auto& [key, digest] : in_this_file_) keys.push_back(key);
  std::sort(keys.begin(), keys.end());
  for (std::string& key : keys) {
    const std::uint64_t digest = in_this_file_[key];
    const auto [entry, is_new] = believed_.try_emplace(key, Believed{digest, file, 0, false});
    Believed& believed = entry->second;
    if (is_new) continue;
    const std::size_t earlier_file = believed.file;
    believed.file = file;
    if (believed.digest == digest) continue;
    believed.digest = digest;
    if (!believed.in_conflict) {
      believed.in_conflict = true;
      ++report->conflict_count;
      if (report->conflicts.size() < SalvageReport::kMostConflictsListed) {
        report->conflicts.push_back({std::move(key), {report->files[earlier_file].name}});
        believed.conflict = report->conflicts.size();
      }
    }
    if (believed.conflict > 0) report->conflicts[believed.conflict - 1].files.push_back(report->files[file].name);
  }
  in_this_file_.clear();
}

class Salvage {
 public:
  Salvage(Disk& damaged, NewStore& into, const ReportProgress& report_progress)
      : damaged_(damaged), into_(into), report_progress_(report_progress) {}

  Result<SalvageReport> run(std::vector<std::string> names);

 private:
  Status read_the_manifest();
  std::vector<Source> sources(const std::vector<std::string>& names) const;
  std::uint64_t total_bytes(const std::vector<Source>& sources);

  // Copies what verifies in one file and notes the rest. Errors are those of the new store.
  Status salvage_file(const Source& source);
  Status salvage_log(const Source& source, const BadSectorFile& file, const LogExtent& log);
  // The nonce of the file's records; none if the file is unusable, which is noted.
  std::optional<std::uint64_t> choose_nonce(const Source& source, const BadSectorFile& file);
  Status copy(const Stretch& record);
  Status seal_copy();
  void note_gaps(const Source& source, const BadSectorFile& file, const LogExtent& log, const LogGaps& found);
  void note_log_end(const Source& source, const BadSectorFile& file, const LogExtent& log, const LogGaps& found);

  // Before the commit: reads the new store the way an open will, and looks up the keys of lost records.
  Status read_back();
  void note_keys_now();

  void add(Finding finding, std::uint64_t records_before = 0);
  void add_loss(std::uint64_t offset, std::uint64_t size_bytes, std::string message) {
    add({Finding::Kind::kDamage, offset, size_bytes, std::move(message), {}, false});
  }
  void add_fact(std::string message) {
    add({Finding::Kind::kFact, Status::kNoOffset, 0, std::move(message), {}, false});
  }

  Disk& damaged_;
  NewStore& into_;
  const ReportProgress& report_progress_;
  JobProgress progress_;
  std::optional<Manifest> manifest_;  // of the damaged store, if it can be trusted
  SalvageReport report_;
  Manifest made_;                    // of the new store
  std::unique_ptr<LogWriter> copy_;  // of the file being salvaged; none until one of its records has verified
  std::size_t copies_before_ = 0;    // segments of the new store when that file began
  OrderWatch order_;
  std::unordered_map<std::string, LostKey> lost_keys_;
};

Result<SalvageReport> Salvage::run(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  if (Status s = read_the_manifest(); !s.ok()) return s;
  const std::vector<Source> files = sources(names);
  progress_.bytes_total = total_bytes(files);
  for (const Source& source : files) {
    if (Status s = salvage_file(source); !s.ok()) return s;
  }
  for (const std::string& name : names) {
    if (!manifest_ || !parse_segment_file_name(name) || is_named(*manifest_, name)) continue;
    report_.files.push_back({name, FileReport::Role::kUnnamed, 0, 0, 0, {}});
    add_fact("the manifest does not name it, so it is not part of the store: it was not copied");
  }

  made_.next_number = SegmentNumber{made_.sealed.size() + 1};
  if (Status s = read_back(); !s.ok()) return s;
  note_keys_now();
  if (Status s = into_.publish(made_); !s.ok()) return s;  // COMMIT
  return std::move(report_);
}

Status Salvage::read_the_manifest() {
  Result<Manifest> manifest = read_manifest(damaged_);
  if (manifest.ok()) {
    manifest_ = std::move(*manifest);
    return {};
  }
  // Its checksum is right, so this is not damage: the store is of a newer format than this program knows.
  if (manifest.status().is(StatusCode::kInvalidArgument)) return manifest.status();
  report_.manifest = manifest.status().is(StatusCode::kNotFound)
                         ? Status::corruption(kManifestName, Status::kNoOffset, "it is missing")
                         : manifest.status();
  return {};
}

std::vector<Source> Salvage::sources(const std::vector<std::string>& names) const {
  std::vector<Source> sources;
  if (manifest_) {
    for (const Manifest::Sealed& entry : manifest_->sealed) {
      sources.push_back({segment_file_name(entry.number), FileReport::Role::kSealed,
                         SegmentHeader{entry.nonce, entry.number}, entry});
    }
    if (const auto& active = manifest_->active) {
      sources.push_back({segment_file_name(active->number), FileReport::Role::kActive,
                         SegmentHeader{active->nonce, active->number}, std::nullopt});
    }
    return sources;
  }
  for (const std::string& name : names) {
    if (parse_segment_file_name(name))
      sources.push_back({name, FileReport::Role::kUnnamed, std::nullopt, std::nullopt});
  }
  // By number: names with more than six digits do not sort that way.
  std::sort(sources.begin(), sources.end(), [](const Source& one, const Source& other) {
    return *parse_segment_file_name(one.name) < *parse_segment_file_name(other.name);
  });
  return sources;
}

std::uint64_t Salvage::total_bytes(const std::vector<Source>& sources) {
  std::uint64_t sum = 0;
  for (const Source& source : sources) {
    const Result<std::unique_ptr<File>> file = damaged_.open(source.name);
    if (file.ok()) sum += (*file)->size();
  }
  return sum;
}

Status Salvage::salvage_file(const Source& source) {
  report_.files.push_back({source.name, source.role, 0, 0, 0, {}});
  Result<std::unique_ptr<File>> opened = damaged_.open(source.name);
  if (!opened.ok()) {
    const bool missing = opened.status().is(StatusCode::kNotFound);
    std::string message =
        missing ? "the manifest names this file, but it is missing" : std::string(opened.status().message());
    if (source.sealed_as) {
      message += ": its " + std::to_string(source.sealed_as->record_count) + " records are lost";
    } else {
      message += ": any records in it are lost";
    }
    add({missing ? Finding::Kind::kDamage : Finding::Kind::kUnreadable,
         Status::kNoOffset,
         source.sealed_as ? source.sealed_as->size_bytes : 0,
         std::move(message),
         {},
         false});
    return {};
  }

  const BadSectorFile file(std::move(*opened));
  const std::uint64_t size = file.size();
  report_.files.back().size_bytes = size;
  const std::uint64_t bytes_before = progress_.bytes;
  if (const std::optional<std::uint64_t> nonce = choose_nonce(source, file)) {
    LogExtent log{source.name, *nonce, std::min(size, kMaxSegmentSize)};
    if (source.sealed_as) log.end = std::min(log.end, source.sealed_as->size_bytes);
    if (Status s = salvage_log(source, file, log); !s.ok()) return s;
  }
  progress_.bytes = bytes_before + size;
  if (!manifest_) order_.end_file(report_.files.size() - 1, &report_);
  return {};
}

std::optional<std::uint64_t> Salvage::choose_nonce(const Source& source, const BadSectorFile& file) {
  Result<SegmentHeader> header = read_segment_header(file, source.name);
  if (header.ok() && source.expected) {
    const bool same = header->nonce == source.expected->nonce && header->number == source.expected->number;
    if (same) return header->nonce;
    add_loss(
        0, source.sealed_as ? source.sealed_as->size_bytes : file.size(),
        "this file belongs to another segment: its number or nonce is not what the manifest says; nothing was copied");
    return std::nullopt;
  }
  if (header.ok()) {
    if (segment_file_name(header->number) != source.name) {
      add_fact("its header says that this is " + segment_file_name(header->number));
    }
    return header->nonce;
  }
  const std::string why(header.status().message());
  if (header.status().is(StatusCode::kInvalidArgument)) {
    add_loss(0, file.size(), why + "; nothing was copied");
    return std::nullopt;
  }
  if (source.expected) {
    add_fact(why + "; the manifest has the nonce, so the records could still be verified");
    return source.expected->nonce;
  }

  // The damage may have spared the nonce: any record that verifies with it proves that.
  std::string scratch;
  const Result<std::string_view> bytes = read_fully(file, 0, kSegmentHeaderSize, &scratch);
  if (bytes.ok() && bytes->size() == kSegmentHeaderSize) {
    const LogExtent log{source.name, load_u64(&(*bytes)[file_field::kNonce]), std::min(file.size(), kMaxSegmentSize)};
    const Result<std::uint64_t> found = find_record_header(file, log, kSegmentHeaderSize);
    if (found.ok() && *found < log.end) {
      add_fact(why + "; its records prove that its nonce is right");
      return log.nonce;
    }
  }
  add_loss(0, file.size(), why + ", and no manifest has its nonce: nothing in this file can be verified");
  return std::nullopt;
}

Status Salvage::salvage_log(const Source& source, const BadSectorFile& file, const LogExtent& log) {
  const std::uint64_t bytes_before = progress_.bytes;
  const BlankEnd blank_end = source.sealed_as ? BlankEnd::kDamage : BlankEnd::kReserved;
  const auto copy_and_tell = [&](const Stretch& record) {
    progress_.bytes = bytes_before + record.offset;
    if (report_progress_) report_progress_(progress_);
    return copy(record);
  };
  copies_before_ = made_.sealed.size();
  LogGaps found;
  if (Status s = find_gaps(file, log, blank_end, copy_and_tell, &found); !s.ok()) return s;
  if (Status s = seal_copy(); !s.ok()) return s;
  note_gaps(source, file, log, found);
  note_log_end(source, file, log, found);
  return {};
}

Status Salvage::copy(const Stretch& record) {
  if (!copy_) {
    const SegmentNumber number{made_.sealed.size() + 1};
    into_.will_make(segment_file_name(number));
    Result<std::unique_ptr<LogWriter>> created = LogWriter::create(into_.disk(), number, 0, LogWriter::Stamp::kZero);
    if (!created.ok()) return created.status();
    copy_ = std::move(*created);
  }
  Result<std::uint64_t> offset = copy_->append(record.header->type, record.key, record.value);
  if (!offset.ok()) return offset.status();

  SalvagedFile& file = report_.files.back();
  ++file.records;
  if (record.header->type == RecordType::kTombstone) ++file.tombstones;
  ++progress_.records;
  if (!manifest_) order_.saw(record);
  return {};
}

Status Salvage::seal_copy() {
  if (!copy_) return {};
  if (Status s = copy_->seal(); !s.ok()) return s;
  made_.sealed.push_back({copy_->number(), copy_->nonce(), copy_->end(), copy_->record_count()});
  copy_.reset();
  return {};
}

// Each gap is a loss, with one exception: the last gap of the log that was active, if nothing proves that it is more
// than an interrupted write.
void Salvage::note_gaps(const Source& source, const BadSectorFile& file, const LogExtent& log, const LogGaps& found) {
  std::vector<Finding> gaps = found.gaps;
  const std::vector<BadSectorFile::Range> unreadable = file.unreadable();
  for (Finding& gap : gaps) {
    const auto range = std::find_if(unreadable.begin(), unreadable.end(), [&](const BadSectorFile::Range& bad) {
      return bad.offset < gap.offset + gap.size_bytes && gap.offset < bad.offset + bad.size_bytes;
    });
    if (range == unreadable.end()) continue;
    gap.kind = Finding::Kind::kUnreadable;
    gap.message = range->reason;
    gap.has_key = false;  // it may be zeros that were never written
  }

  std::size_t proven = gaps.size();
  if (!source.sealed_as) {
    const Result<std::size_t> counted = count_proven(file, log, gaps);
    require(counted.ok(), "reads of a BadSectorFile do not fail");
    proven = *counted;
  }
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    Finding& gap = gaps[i];
    const bool is_tail = i >= proven && found.records_before[i] == found.records;
    if (is_tail) gap.size_bytes = gaps.back().offset + gaps.back().size_bytes - gap.offset;
    if (source.sealed_as) {
      // Nothing to add: a sealed segment has no gaps.
    } else if (i < proven) {
      gap.message += "; a later record proves that this place had been synced";
    } else if (!is_tail) {
      gap.message +=
          "; nothing proves that this place had been synced, so an open would end the log here; the records after it "
          "were copied anyway";
    } else if (source.role == FileReport::Role::kUnnamed) {
      gap.message +=
          "; no valid record follows. This is the torn end of the log that was active, or damage: without a manifest "
          "it is unknown which";
    } else if (gap.kind != Finding::Kind::kUnreadable) {
      gap.kind = Finding::Kind::kFact;
      gap.message = "a torn tail (" + gap.message +
                    "): the log ends here, as when a process is stopped; an open would cut it off";
    }
    add(std::move(gap), found.records_before[i]);
    if (is_tail) return;
  }
}

// What there is to report about the end of the file, besides gaps.
void Salvage::note_log_end(const Source& source, const BadSectorFile& file, const LogExtent& log,
                           const LogGaps& found) {
  for (const BadSectorFile::Range& bad : file.unreadable()) {
    const std::uint64_t from = std::max(bad.offset, found.reserved_from);
    const std::uint64_t to = std::min(bad.offset + bad.size_bytes, log.end);
    if (from < to) add({Finding::Kind::kUnreadable, from, to - from, bad.reason, {}, false});
  }
  const std::uint64_t size = file.size();
  if (source.role == FileReport::Role::kUnnamed && found.reserved_from < log.end) {
    add({Finding::Kind::kFact,
         found.reserved_from,
         log.end - found.reserved_from,
         "the file ends in zeros: reserved space, if this was the active log; without a manifest this is unknown",
         {},
         false});
  }
  if (!source.sealed_as) return;

  const std::uint64_t expected = source.sealed_as->size_bytes;
  const std::string sizes =
      "it has " + std::to_string(size) + " bytes, but the manifest says " + std::to_string(expected);
  if (size < expected) {
    add_loss(size, expected - size, "the file ends here: " + sizes);
  } else if (size > expected) {
    add_fact("bytes after the segment's end were not copied: " + sizes);
  }
  if (size >= expected && found.gaps.empty() && found.records != source.sealed_as->record_count) {
    add_loss(Status::kNoOffset, 0,
             "it holds " + std::to_string(found.records) + " records, but the manifest says " +
                 std::to_string(source.sealed_as->record_count));
  }
}

Status Salvage::read_back() {
  for (std::size_t i = 0; i < made_.sealed.size(); ++i) {
    const Manifest::Sealed& segment = made_.sealed[i];
    const std::string name = segment_file_name(segment.number);
    Result<std::unique_ptr<File>> file = into_.disk().open(name);
    if (!file.ok()) return file.status();
    LogReader reader(**file, {name, segment.nonce, segment.size_bytes});
    for (std::uint64_t record = 0;; ++record) {
      Result<LogReader::Step> step = reader.next();
      if (!step.ok()) return step.status();
      if (step->verdict == RecordVerdict::kEnd && record == segment.record_count) break;
      if (step->verdict != RecordVerdict::kValid) {
        return Status::io_error(name, "the new store does not read back as written; check its disk");
      }
      if (lost_keys_.empty()) continue;
      const auto lost = lost_keys_.find(std::string(step->record.key));
      if (lost == lost_keys_.end()) continue;
      lost->second.last = Place{i, record};
      lost->second.last_type = step->record.type;
    }
  }
  return {};
}

void Salvage::note_keys_now() {
  for (const auto& [key, lost] : lost_keys_) {
    for (const LostRecord& loss : lost.losses) {
      KeyNow& now = report_.files[loss.file].findings[loss.finding].key_now;
      if (lost.last && !lost.last->is_before(loss.place)) {
        now = KeyNow::kLaterRecord;
      } else {
        now = lost.last && lost.last_type == RecordType::kPut ? KeyNow::kOlderValue : KeyNow::kAbsent;
      }
    }
  }
}

void Salvage::add(Finding finding, std::uint64_t records_before) {
  std::vector<SalvageFinding>& findings = report_.files.back().findings;
  findings.push_back({std::move(finding), KeyNow::kUnknown});
  const SalvageFinding& added = findings.back();
  if (!added.is_loss() || !added.has_key) return;
  lost_keys_[added.key].losses.push_back(
      {report_.files.size() - 1, findings.size() - 1, {copies_before_, records_before}});
}

}  // namespace

std::uint64_t SalvageReport::records() const {
  std::uint64_t sum = 0;
  for (const SalvagedFile& file : files) sum += file.records;
  return sum;
}

std::uint64_t SalvageReport::tombstones() const {
  std::uint64_t sum = 0;
  for (const SalvagedFile& file : files) sum += file.tombstones;
  return sum;
}

std::size_t SalvageReport::count(Finding::Kind kind) const {
  std::size_t sum = 0;
  for (const SalvagedFile& file : files) {
    sum +=
        static_cast<std::size_t>(std::count_if(file.findings.begin(), file.findings.end(),
                                               [kind](const SalvageFinding& finding) { return finding.kind == kind; }));
  }
  return sum;
}

std::uint64_t SalvageReport::bytes_lost() const {
  std::uint64_t sum = 0;
  for (const SalvagedFile& file : files) {
    for (const SalvageFinding& finding : file.findings) {
      if (finding.is_loss()) sum += finding.size_bytes;
    }
  }
  return sum;
}

bool SalvageReport::complete() const {
  return manifest.ok() && count(Finding::Kind::kDamage) == 0 && count(Finding::Kind::kUnreadable) == 0;
}

namespace {

Result<SalvageReport> lock_and_salvage(Disk& damaged, Disk& into, const ReportProgress& report_progress) {
  Result<std::unique_ptr<DiskLock>> lock = damaged.lock(LockMode::kShared);
  // A store that no writer has ever locked (such as a copy) can still be salvaged.
  if (!lock.ok() && !lock.status().is(StatusCode::kNotFound)) return lock.status();
  Result<std::vector<std::string>> names = damaged.list();
  if (!names.ok()) return names.status();
  if (!hold_store(*names)) return Status::not_found("there is neither a store here nor the remains of one");
  Result<std::unique_ptr<NewStore>> made = NewStore::begin(into);
  if (!made.ok()) return made.status();
  return Salvage(damaged, **made, report_progress).run(std::move(*names));
}

}  // namespace

Result<SalvageReport> salvage(Disk& damaged, Disk& into, const ReportProgress& report_progress) {
  return guarded([&] { return lock_and_salvage(damaged, into, report_progress); });
}

}  // namespace sediment::tools
