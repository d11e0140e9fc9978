// RIGHT: the text is appended line by line, into reserved space that is cut afterwards, and read back before it is synced
#include "engine/publish.h"

#include <string>

#include "engine/guarded.h"

namespace sediment {

namespace {

// Space that is left over would be zeros at the end of the manifest.
constexpr std::uint64_t kRoom = 512;

Status write_lines(File& file, std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n') + 1);
    if (Status s = file.append({line.substr(0, 1), line.substr(1)}); !s.ok()) return s;
    text.remove_prefix(line.size());
  }
  return {};
}

Status compare(const File& file, std::string_view text) {
  std::string scratch;
  const Result<std::string_view> bytes = read_fully(file, 0, text.size() + 1, &scratch);
  if (!bytes.ok()) return bytes.status();
  return *bytes == text ? Status()
                        : Status::io_error(kManifestTemporaryName, "other bytes came back than were written");
}

}  // namespace

// Lab 7: the body of this function is yours.
Status write_manifest(Disk& disk, const Manifest& manifest) {
  const std::string text = encode_manifest(manifest);
  const Status removed = disk.remove(kManifestTemporaryName);
  if (!removed.ok() && removed.code() != StatusCode::kNotFound) return removed;
  const Result<std::unique_ptr<File>> created = disk.create(kManifestTemporaryName, kRoom);
  if (!created.ok()) return created.status().absence_as_io_error();
  File& file = **created;
  Status written = write_lines(file, text);
  if (written.ok()) written = file.truncate(text.size());
  if (written.ok()) written = compare(file, text);
  if (written.ok()) return guarded_change([&] { return file.sync(); });
  attempt([&] { return disk.remove(kManifestTemporaryName); });
  return written;
}

// Lab 7: the body of this function is yours.
Status switch_manifest(Disk& disk) {
  Status renamed = guarded_change([&] { return disk.rename(kManifestTemporaryName, kManifestName); });
  if (!renamed.ok()) return renamed.absence_as_io_error();
  return guarded_change([&] {
    const Status synced = disk.sync_directory().absence_as_io_error();
    return synced.changed_nothing() ? Status::io_error({}, std::string(synced.message())) : synced;
  });
}

Status publish_manifest(Disk& disk, const Manifest& manifest) {
  if (Status s = write_manifest(disk, manifest); !s.ok()) return s;
  return switch_manifest(disk);
}

}  // namespace sediment
