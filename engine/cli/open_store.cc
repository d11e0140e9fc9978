#include "engine/cli/open_store.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <thread>

#include "engine/posix/posix_disk.h"
#include "engine/tools/store_files.h"

namespace sediment::cli {

namespace {

constexpr std::chrono::milliseconds kBetweenAttempts{20};
constexpr std::chrono::milliseconds kAMoment{500};

Result<std::unique_ptr<Store>> open_to_write(const std::string& directory, const Options& options, PosixAccess access) {
  Result<std::shared_ptr<Disk>> disk = open_posix_disk(directory, options.create_if_missing, access);
  if (disk.status().is(StatusCode::kNotFound) && options.create_if_missing) {
    return Status::io_error(directory, "cannot create the directory: its parent does not exist");
  }
  if (!disk.ok()) return disk.status();
  return Store::open(std::move(*disk), options);
}

Result<std::unique_ptr<Store>> open_when_free(double wait_seconds, const Console& console,
                                              const std::function<Result<std::unique_ptr<Store>>()>& open) {
  std::unique_ptr<Store> store;
  const Status status = wait_while_busy(wait_seconds, console, [&] {
    Result<std::unique_ptr<Store>> opened = open();
    if (opened.ok()) store = std::move(*opened);
    return opened.status();
  });
  if (!status.ok()) return status;
  return store;
}

}  // namespace

Status wait_while_busy(double seconds, const Console& console, const std::function<Status()>& act) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point began = Clock::now();
  const auto passed = [&] { return Clock::now() - began; };
  bool told = false;
  while (true) {
    Status status = act();
    if (!status.is(StatusCode::kBusy) || passed() >= std::chrono::duration<double>(seconds)) return status;
    if (!told && passed() >= kAMoment) {
      console.note(fmt::format("another process has the store open; waiting for up to {:g} s", seconds));
      told = true;
    }
    std::this_thread::sleep_for(kBetweenAttempts);
  }
}

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
  return Status::not_found(fmt::format("there is no store in {}", directory));
}

Result<std::unique_ptr<Store>> open_for_reading(const StoreArguments& arguments, Console& console) {
  console.set_directory(arguments.directory);
  if (Status s = require_store(arguments.directory); !s.ok()) return s;
  Options options;
  options.read_only = true;
  return open_when_free(arguments.wait_seconds, console, [&] { return Store::open(arguments.directory, options); });
}

Result<std::unique_ptr<Store>> open_for_writing(const StoreArguments& arguments, const Options& options,
                                                Console& console, PosixAccess access) {
  console.set_directory(arguments.directory);
  if (!options.create_if_missing) {
    if (Status s = require_store(arguments.directory); !s.ok()) return s;
  }
  Result<std::unique_ptr<Store>> store = open_when_free(
      arguments.wait_seconds, console, [&] { return open_to_write(arguments.directory, options, access); });
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
