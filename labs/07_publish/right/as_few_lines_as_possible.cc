// RIGHT: as few lines as possible; what is left over is removed without asking whether there was anything, and create finds out
#include "engine/publish.h"

#include <string>

#include "engine/guarded.h"

namespace sediment {

// Lab 7: the body of this function is yours.
Status write_manifest(Disk& disk, const Manifest& manifest) {
  attempt([&] { return disk.remove(kManifestTemporaryName); });
  auto file = disk.create(kManifestTemporaryName, 0);
  if (!file.ok()) return file.status();
  Status written = (*file)->append({encode_manifest(manifest)});
  if (written.changed_nothing()) attempt([&] { return disk.remove(kManifestTemporaryName); });
  return written.ok() ? (*file)->sync() : written;
}

// Lab 7: the body of this function is yours.
Status switch_manifest(Disk& disk) {
  Status done = guarded_change([&] { return disk.rename(kManifestTemporaryName, kManifestName); });
  if (!done.ok()) return done.absence_as_io_error();
  done = guarded_change([&] { return disk.sync_directory(); });
  return done.ok() ? done : Status::io_error();
}

Status publish_manifest(Disk& disk, const Manifest& manifest) {
  if (Status s = write_manifest(disk, manifest); !s.ok()) return s;
  return switch_manifest(disk);
}

}  // namespace sediment
