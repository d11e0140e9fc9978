#include "engine/cli/backup_command.h"

#include <fmt/format.h>

#include "engine/cli/new_directory.h"
#include "engine/cli/open_store.h"
#include "engine/cli/progress.h"
#include "engine/tools/backup.h"
#include "engine/tools/new_store.h"

namespace sediment::cli {

namespace {

Options backup_options() {
  Options options;
  options.create_if_missing = false;
  options.merge_policy.automatic = false;  // the user asked for a copy, and for nothing else
  return options;
}

}  // namespace

// Opens the store for writing: only then can it seal what the last process left unsealed.
ExitCode run_backup(const BackupArguments& arguments, Console& console) {
  Result<std::unique_ptr<Store>> opened =
      open_for_writing(arguments, backup_options(), console, PosixAccess::kSystemCalls);
  if (!opened.ok()) {
    const ExitCode code = console.fail(opened.status());
    if (code == ExitCode::kBusy) {
      console.note(
          "a program that has the store open can back it up while it writes: back_up() of the library sediment::tools, "
          "in "
          "engine/tools/backup.h");
    }
    return code;
  }
  Store& store = **opened;
  NewDirectory made(arguments.new_directory);
  Result<std::shared_ptr<Disk>> target = tools::open_new_directory(arguments.new_directory, arguments.directory);
  if (!target.ok()) return console.fail(target.status());

  Progress progress(!arguments.quiet, "verified", 0, std::nullopt);
  const Result<tools::BackupReport> report =
      tools::back_up(store, **target, [&](const tools::JobProgress& job) { progress.update(job); });
  progress.clear();
  if (!report.ok()) return console.fail(report.status());
  made.keep();
  if (Status s = store.close(); !s.ok()) return console.fail(s);

  if (console.json()) {
    Json result{{"segments", report->segments}, {"records", report->records}, {"size_bytes", report->bytes}};
    add_recovery(store, &result);
    console.write_line(to_text(result));
  } else {
    console.write_line(fmt::format("backed up to {}: {}, {}, {}, all verified", arguments.new_directory,
                                   counted(report->segments, "segment"), counted(report->records, "record"),
                                   counted(report->bytes, "byte")));
  }
  return ExitCode::kOk;
}

}  // namespace sediment::cli
