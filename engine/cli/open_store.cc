#include "engine/cli/open_store.h"

#include <fmt/format.h>

#include "engine/posix/posix_disk.h"
#include "engine/tools/store_files.h"

namespace sediment::cli {

namespace {

// Store::open takes the lock before it knows whether there is a store. In a directory that was named by mistake it
// would leave a LOCK.
Status require_store(const std::string& directory) {
  Result<std::shared_ptr<Disk>> disk = open_posix_disk(directory, false);
  if (!disk.ok() && !disk.status().is(StatusCode::kNotFound)) return disk.status();
  std::vector<std::string> names;
  if (disk.ok()) {
    Result<std::vector<std::string>> listed = (*disk)->list();
    if (!listed.ok()) return listed.status();
    names = std::move(*listed);
  }
  if (tools::hold_store(names)) return {};
  return Status::not_found(
      fmt::format("there is no store in {}; `sediment put {} KEY VALUE` creates one", directory, directory));
}

}  // namespace

Result<std::unique_ptr<Store>> open_for_reading(const std::string& directory, Console& console) {
  console.set_directory(directory);
  if (Status s = require_store(directory); !s.ok()) return s;
  Options options;
  options.read_only = true;
  return Store::open(directory, options);
}

Result<std::unique_ptr<Store>> open_for_writing(const std::string& directory, const Options& options, Console& console,
                                                PosixAccess access) {
  console.set_directory(directory);
  if (!options.create_if_missing) {
    if (Status s = require_store(directory); !s.ok()) return s;
  }
  Result<std::shared_ptr<Disk>> disk = open_posix_disk(directory, options.create_if_missing, access);
  if (disk.status().is(StatusCode::kNotFound) && options.create_if_missing) {
    return Status::io_error(directory, "cannot create the directory: its parent does not exist");
  }
  if (!disk.ok()) return disk.status();
  Result<std::unique_ptr<Store>> store = Store::open(std::move(*disk), options);
  if (!store.ok()) return store;
  const RecoveryReport& report = (*store)->recovery_report();
  if (report.bytes_cut > 0) {
    console.note(
        fmt::format("the last process stopped in the middle of a write: {} at the end of {}, from byte {} on ({}), "
                    "were cut off; everything before them is kept",
                    counted(report.bytes_cut, "byte"), report.active_file, report.cut_offset, report.cut_reason));
  }
  return store;
}

void add_recovery(const Store& store, Json* object) {
  const RecoveryReport& report = store.recovery_report();
  if (report.bytes_cut == 0) return;
  (*object)["recovered"] = {{"file", report.active_file},
                            {"offset", report.cut_offset},
                            {"bytes_cut", report.bytes_cut},
                            {"reason", report.cut_reason}};
}

}  // namespace sediment::cli
