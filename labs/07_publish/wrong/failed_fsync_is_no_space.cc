// WRONG: a failed sync is told as a lack of space, as if the store could go on | first check to fail: L7.8
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
  const Status synced = guarded_change([&] { return (*file)->sync(); });
  return synced.ok() ? synced : Status::no_space(kManifestTemporaryName, std::string(synced.message()));
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
