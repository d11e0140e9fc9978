#include "engine/tools/new_store.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "engine/guarded.h"
#include "engine/posix/posix_disk.h"
#include "engine/publish.h"
#include "engine/tools/store_files.h"

namespace sediment::tools {

Result<std::unique_ptr<NewStore>> NewStore::begin(Disk& disk) {
  const auto require_empty = [&]() -> Status {
    Result<std::vector<std::string>> names = disk.list();
    if (!names.ok()) return names.status();
    if (std::find(names->begin(), names->end(), kManifestName) != names->end()) {
      return Status::invalid_argument("the new directory already holds a store; name one that does not");
    }
    if (hold_store(*names)) {
      return Status::invalid_argument(
          "the new directory holds segments but no MANIFEST, as after an interrupted copy: remove them, or name "
          "another directory");
    }
    return {};
  };
  if (Status s = require_empty(); !s.ok()) return s;  // before creating a LOCK in someone's store
  Result<std::unique_ptr<DiskLock>> lock = disk.lock(LockMode::kExclusive);
  if (!lock.ok()) return lock.status();
  if (Status s = require_empty(); !s.ok()) return s;  // another process may have been faster
  return std::unique_ptr<NewStore>(new NewStore(disk, std::move(*lock)));
}

NewStore::~NewStore() {
  if (published_) return;
  // The manifest first: a failed publish may have left one, and it must not outlive the files that it names.
  const auto remove = [&](std::string_view name) { attempt([&] { return disk_.remove(name); }); };
  remove(kManifestName);
  remove(kManifestTemporaryName);
  for (const std::string& name : made_) remove(name);
  attempt([this] { return disk_.sync_directory(); });
}

Status NewStore::publish(const Manifest& manifest) {
  if (Status s = guarded_change([&] { return disk_.sync_directory(); }); !s.ok()) return s.absence_as_io_error();
  if (Status s = publish_manifest(disk_, manifest); !s.ok()) return s;
  published_ = true;
  return {};
}

namespace {

Result<std::shared_ptr<Disk>> open_outside(const std::string& directory, const std::string& source) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const fs::path outer = fs::weakly_canonical(source, ignored);
  const fs::path inner = fs::weakly_canonical(directory, ignored);
  const auto [outer_end, inner_end] = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
  if (outer_end == outer.end()) {
    return Status::invalid_argument("the new directory " + directory + " lies inside " + source +
                                    "; name one that does not");
  }
  Result<std::shared_ptr<Disk>> disk = open_posix_disk(directory, true);
  if (disk.status().is(StatusCode::kNotFound)) {
    return Status::io_error(directory, "cannot create the directory: its parent does not exist");
  }
  return disk;
}

}  // namespace

Result<std::shared_ptr<Disk>> open_new_directory(const std::string& directory, const std::string& source) {
  return guarded([&] { return open_outside(directory, source); });
}

}  // namespace sediment::tools
