#include "engine/cli/dump.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "engine/cli/dump_printer.h"
#include "engine/log_end.h"
#include "engine/log_reader.h"
#include "engine/manifest.h"
#include "engine/posix/posix_disk.h"
#include "engine/snapshot.h"

namespace sediment::cli {

namespace {

constexpr std::uint64_t kMostManifestBytes = std::uint64_t{16} << 20;  // of a file that may be anything

// What the manifest says about a file.
struct Named {
  std::string role;
  std::uint64_t nonce = 0;
};

std::optional<Named> find_named(const Manifest& manifest, std::string_view file) {
  const std::size_t count = manifest.sealed.size();
  for (std::size_t i = 0; i < count; ++i) {
    const Manifest::Sealed& entry = manifest.sealed[i];
    if (segment_file_name(entry.number) != file) continue;
    return Named{fmt::format("sealed, {} of {} (1 is the oldest), {} in {} according to the MANIFEST", i + 1, count,
                             counted(entry.record_count, "record"), counted(entry.size_bytes, "byte")),
                 entry.nonce};
  }
  if (!manifest.active || segment_file_name(manifest.active->number) != file) return std::nullopt;
  return Named{"active", manifest.active->nonce};
}

class Dump {
 public:
  Dump(Disk& disk, DumpPrinter& printer, const Console& console) : disk_(disk), printer_(printer), console_(console) {}

  Status dump_store();
  Status dump_file(const std::string& name);

 private:
  enum class FileKind : std::uint8_t { kManifest, kLog, kSnapshot, kOther };
  Result<FileKind> kind_of(const std::string& name);
  Result<std::string> first_bytes(const std::string& name);
  Status dump_other(const std::string& name);
  void read_manifest_if_there(bool print);
  Status dump_log(const std::string& name);
  Status dump_snapshot(const std::string& name);
  Status dump_slots(const DumpedSnapshot& snapshot);
  Status dump_records(const DumpedLog& log, std::uint64_t nonce);
  Result<std::uint64_t> choose_nonce(DumpedLog* log, const std::optional<Named>& named) const;

  Disk& disk_;
  DumpPrinter& printer_;
  const Console& console_;
  std::optional<Manifest> manifest_;  // if it can be trusted
};

Status Dump::dump_store() {
  Result<std::vector<std::string>> names = disk_.list();
  if (!names.ok()) return names.status();
  std::sort(names->begin(), names->end());
  printer_.begin();
  read_manifest_if_there(true);

  std::vector<std::string> logs;  // first those that the manifest names, oldest to newest
  std::vector<std::string> snapshots;
  std::vector<std::string> unnamed;
  if (manifest_) {
    for (const Manifest::Sealed& entry : manifest_->sealed) {
      logs.push_back(segment_file_name(entry.number));
      snapshots.push_back(snapshot_file_name(entry.number));
    }
    if (manifest_->active) logs.push_back(segment_file_name(manifest_->active->number));
  }
  const std::size_t named_count = logs.size();
  for (const std::string& name : *names) {
    const auto named_end = logs.begin() + static_cast<std::ptrdiff_t>(named_count);
    const bool named = std::find(logs.begin(), named_end, name) != named_end;
    const bool is_snapshot = std::find(snapshots.begin(), snapshots.end(), name) != snapshots.end();
    if (named || is_snapshot || name == kManifestName || name == kLockName) continue;
    unnamed.push_back(name);
    if (parse_segment_file_name(name)) logs.push_back(name);
  }

  Status first_failure;
  for (const std::string& name : logs) {
    if (console_.output_ended()) break;
    if (Status s = dump_log(name); !s.ok() && first_failure.ok()) first_failure = s;
  }
  printer_.other_files(unnamed);
  printer_.end();
  return first_failure;
}

Status Dump::dump_file(const std::string& name) {
  printer_.begin();
  read_manifest_if_there(name == kManifestName);
  Result<FileKind> kind = kind_of(name);
  Status status = kind.status();
  if (kind.ok() && *kind == FileKind::kLog) status = dump_log(name);
  if (kind.ok() && *kind == FileKind::kSnapshot) status = dump_snapshot(name);
  if (kind.ok() && *kind == FileKind::kOther) status = dump_other(name);
  printer_.other_files({});
  printer_.end();
  return status;
}

void Dump::read_manifest_if_there(bool print) {
  std::string text;
  Status status;
  Result<std::unique_ptr<File>> file = disk_.open(kManifestName);
  if (file.ok()) {
    std::string scratch;
    Result<std::string_view> bytes = read_fully(**file, 0, std::min((*file)->size(), kMostManifestBytes), &scratch);
    if (bytes.ok()) text = *bytes;
    Result<Manifest> manifest = bytes.ok() ? parse_manifest(text) : Result<Manifest>(bytes.status());
    if (manifest.ok()) manifest_ = *manifest;
    status = manifest.status();
  } else {
    const bool missing = file.status().is(StatusCode::kNotFound);
    status = missing ? Status::corruption(kManifestName, Status::kNoOffset, "it is missing") : file.status();
  }
  if (print) printer_.manifest(text, status);
}

Status Dump::dump_log(const std::string& name) {
  const std::optional<Named> named = manifest_ ? find_named(*manifest_, name) : std::nullopt;
  DumpedLog log;
  log.name = name;
  log.role = manifest_ ? "not named by the MANIFEST" : "role unknown without a MANIFEST";
  if (named) log.role = named->role;

  Result<std::unique_ptr<File>> file = disk_.open(name);
  if (!file.ok()) {
    log.header_status = file.status();
    printer_.begin_log(log);
    printer_.end_log(file.status());
    // A file that is named but missing is damage, which dump shows. Any other failure means that it could not read what
    // it was told to read.
    return named && file.status().is(StatusCode::kNotFound) ? Status() : file.status();
  }
  log.file = file->get();
  log.size_bytes = log.file->size();
  std::string scratch;
  Result<std::string_view> bytes = read_fully(*log.file, 0, kSegmentHeaderSize, &scratch);
  if (bytes.ok()) log.header_bytes = *bytes;
  Result<std::uint64_t> nonce = bytes.ok() ? choose_nonce(&log, named) : Result<std::uint64_t>(bytes.status());
  printer_.begin_log(log);
  Status status = nonce.ok() ? dump_records(log, *nonce) : nonce.status();
  printer_.end_log(status);
  return status;
}

Status Dump::dump_records(const DumpedLog& log, std::uint64_t nonce) {
  tools::LogWalk walk(*log.file, {log.name, nonce, std::min(log.size_bytes, kMaxSegmentSize)});
  while (!console_.output_ended()) {
    Result<std::optional<tools::Stretch>> stretch = walk.next();
    if (!stretch.ok()) return stretch.status();
    if (!*stretch) break;
    printer_.stretch(log, **stretch);
  }
  return {};
}

// With the header damaged, the manifest may still know the nonce, and so may the header itself: the right one is the
// one with which some record verifies.
Result<std::uint64_t> Dump::choose_nonce(DumpedLog* log, const std::optional<Named>& named) const {
  Result<SegmentHeader> header = decode_segment_header(log->name, log->header_bytes);
  if (header.ok()) {
    if (named && named->nonce != header->nonce)
      log->role += ", but this file belongs to another segment: its nonce differs";
    return header->nonce;
  }
  log->header_status = header.status();
  const LogExtent extent{log->name, named ? named->nonce : 0, std::min(log->size_bytes, kMaxSegmentSize)};
  if (named) {
    Result<std::uint64_t> found = find_record_header(*log->file, extent, kSegmentHeaderSize);
    if (!found.ok()) return found;
    if (*found < extent.end) {
      log->nonce_source = "the nonce from the MANIFEST";
      return named->nonce;
    }
  }
  log->nonce_source = "the nonce from the bad header";
  return log->has_whole_header() ? load_u64(&log->header_bytes[file_field::kNonce]) : 0;
}

// The name decides. A file with another name, such as a copy, is what it begins with.
Result<Dump::FileKind> Dump::kind_of(const std::string& name) {
  std::string_view stem = name;
  if (stem.ends_with(kTemporarySuffix)) stem.remove_suffix(kTemporarySuffix.size());
  if (name == kManifestName) return FileKind::kManifest;
  if (parse_segment_file_name(name)) return FileKind::kLog;
  if (parse_snapshot_file_name(stem)) return FileKind::kSnapshot;
  if (name == kLockName || name == kReserveName || name == kManifestTemporaryName) return FileKind::kOther;
  const Result<std::string> first = first_bytes(name);
  if (!first.ok()) return first.status();
  if (first->size() < sizeof(std::uint64_t)) return FileKind::kOther;
  const std::uint64_t magic = load_u64(first->data());
  return magic == kSegmentMagic ? FileKind::kLog : magic == kSnapshotMagic ? FileKind::kSnapshot : FileKind::kOther;
}

Result<std::string> Dump::first_bytes(const std::string& name) {
  Result<std::unique_ptr<File>> file = disk_.open(name);
  if (!file.ok()) return file.status();
  std::string scratch;
  Result<std::string_view> bytes = read_fully(**file, 0, sizeof(std::uint64_t), &scratch);
  if (!bytes.ok()) return bytes.status();
  return std::string(*bytes);
}

Status Dump::dump_other(const std::string& name) {
  Result<std::unique_ptr<File>> file = disk_.open(name);
  if (!file.ok()) return file.status();
  std::string_view what = "this is no file of a store";
  if (name == kLockName) what = "the lock of the store; it is always empty";
  if (name == kReserveName) what = "space that is kept for the way out of a full disk; its bytes mean nothing";
  if (name == kManifestTemporaryName) what = "a manifest that was being written; the next open removes it";
  printer_.other_file(name, (*file)->size(), what);
  return {};
}

Status Dump::dump_snapshot(const std::string& name) {
  Result<std::unique_ptr<File>> file = disk_.open(name);
  if (!file.ok()) return file.status();
  DumpedSnapshot snapshot;
  snapshot.name = name;
  snapshot.file = file->get();
  snapshot.size_bytes = snapshot.file->size();
  std::string scratch;
  Result<std::string_view> header = read_fully(*snapshot.file, 0, kSnapshotHeaderSize, &scratch);
  if (!header.ok()) return header.status();
  snapshot.header_bytes = *header;
  // As the log says that it should be, if the manifest names one; otherwise as it says itself.
  Manifest::Sealed expected;
  if (snapshot.has_whole_header()) {
    const char* const bytes = snapshot.header_bytes.data();
    expected = {SegmentNumber{load_u64(bytes + file_field::kNumber)}, load_u64(bytes + file_field::kNonce),
                load_u64(bytes + snapshot_field::kLogBytes), load_u64(bytes + snapshot_field::kRecords)};
  }
  if (manifest_) {
    for (const Manifest::Sealed& entry : manifest_->sealed) {
      if (snapshot_file_name(entry.number) == name) expected = entry;
    }
  }
  snapshot.status = snapshot_file_name(expected.number) == name
                        ? read_snapshot(disk_, expected).status()
                        : Status::corruption(name, 0, "no open uses it: its name does not match its segment's number");
  printer_.begin_snapshot(snapshot);
  Status status = dump_slots(snapshot);
  printer_.end_snapshot(status);
  return status;
}

Status Dump::dump_slots(const DumpedSnapshot& snapshot) {
  constexpr std::uint64_t kPieceSize = std::uint64_t{1} << 20;  // whole slots
  std::string scratch;
  std::uint64_t number = 0;
  for (std::uint64_t offset = kSnapshotHeaderSize; offset < snapshot.size_bytes && !console_.output_ended();) {
    Result<std::string_view> bytes =
        read_fully(*snapshot.file, offset, std::min(kPieceSize, snapshot.size_bytes - offset), &scratch);
    if (!bytes.ok()) return bytes.status();
    for (std::size_t at = 0; at + kSlotSize <= bytes->size(); at += kSlotSize, ++number) {
      const Slot slot = Slot::of_word(load_u64(bytes->data() + at));
      if (!slot.empty()) printer_.slot(number, slot);
    }
    if (bytes->size() < kSlotSize) break;
    offset += bytes->size();
  }
  return {};
}

}  // namespace

ExitCode run_dump(const DumpArguments& arguments, Console& console) {
  std::filesystem::path directory = arguments.path;
  std::string file = arguments.file;
  std::error_code ignored;
  if (file.empty() && std::filesystem::is_regular_file(directory, ignored)) {
    file = directory.filename().string();
    directory = directory.has_parent_path() ? directory.parent_path() : std::filesystem::path(".");
  }
  if (file.find('/') != std::string::npos)
    return console.fail_usage("FILE must be a name in DIR, without a /: " + escape(file));

  Result<std::shared_ptr<Disk>> disk = open_posix_disk(directory, false, PosixAccess::kSystemCalls);
  if (!disk.ok()) return console.fail(disk.status());
  // Checked first, so that a misspelt name is an error and prints nothing else.
  if (!file.empty()) {
    if (const auto opened = (*disk)->open(file); !opened.ok())
      return console.fail(opened.status().absence_as_io_error());
  }
  const auto printer = console.json() ? make_json_dump(console, arguments.hex) : make_text_dump(console, arguments.hex);
  Dump dump(**disk, *printer, console);
  const Status status = file.empty() ? dump.dump_store() : dump.dump_file(file);
  if (status.ok()) return ExitCode::kOk;
  // With --json, the error is where the file's entries end: stdout already is one object.
  console.note(status.to_string());
  return exit_code_of(status.code());
}

}  // namespace sediment::cli
