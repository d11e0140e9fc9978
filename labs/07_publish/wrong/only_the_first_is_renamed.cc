// WRONG: if there is a manifest already, its bytes are replaced and the temporary file stays | first check to fail: L7.2
#include "engine/publish.h"

#include <string>

#include "engine/guarded.h"

namespace sediment {

// Lab 7: the body of this function is yours.
Status write_manifest(Disk& disk, const Manifest& manifest) {
  if (Status s = disk.remove(kManifestTemporaryName); !s.ok() && !s.is(StatusCode::kNotFound)) return s;
  const std::string text = encode_manifest(manifest);
  Result<std::unique_ptr<File>> file = disk.create(kManifestTemporaryName, 0);
  if (!file.ok()) return file.status().absence_as_io_error();
  if (Status s = (*file)->append({text}); !s.ok()) {
    if (s.is(StatusCode::kNoSpace)) (void)disk.remove(kManifestTemporaryName);
    return s;
  }
  return guarded_change([&] { return (*file)->sync(); });
}

// Lab 7: the body of this function is yours.
Status switch_manifest(Disk& disk) {
  if (!disk.open(kManifestName).ok()) {
    Status renamed = guarded_change([&] { return disk.rename(kManifestTemporaryName, kManifestName); });
    if (!renamed.ok()) return renamed.absence_as_io_error();
  } else {
    Result<std::unique_ptr<File>> from = disk.open(kManifestTemporaryName);
    if (!from.ok()) return from.status().absence_as_io_error();
    std::string scratch;
    Result<std::string_view> text = read_fully(**from, 0, static_cast<std::size_t>((*from)->size()), &scratch);
    if (!text.ok()) return text.status();
    Result<std::unique_ptr<File>> to = disk.open_to_append(kManifestName);
    if (!to.ok()) return to.status().absence_as_io_error();
    if (Status s = (*to)->truncate(0); !s.ok()) return s;
    if (Status s = (*to)->append({*text}); !s.ok()) return s;
    if (Status s = (*to)->sync(); !s.ok()) return s;
  }
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
