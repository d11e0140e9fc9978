#include "engine/cli/salvage_command.h"

#include <fmt/format.h>

#include <optional>

#include "engine/cli/finding_text.h"
#include "engine/cli/new_directory.h"
#include "engine/cli/progress.h"
#include "engine/posix/posix_disk.h"
#include "engine/tools/new_store.h"
#include "engine/tools/salvage.h"

namespace sediment::cli {

namespace {

std::string_view word_for(tools::Finding::Kind kind) {
  switch (kind) {
    case tools::Finding::Kind::kDamage: return "lost";
    case tools::Finding::Kind::kUnreadable: return "unreadable";
    case tools::Finding::Kind::kFact: return "fact";
  }
  return "unknown";
}

std::string_view json_name_of(tools::KeyNow now) {
  switch (now) {
    case tools::KeyNow::kUnknown: return "unknown";
    case tools::KeyNow::kAbsent: return "absent";
    case tools::KeyNow::kOlderValue: return "older_value";
    case tools::KeyNow::kLaterRecord: return "later_record";
  }
  return "unknown";
}

std::string_view describe(tools::KeyNow now) {
  switch (now) {
    case tools::KeyNow::kUnknown: return "";
    case tools::KeyNow::kAbsent: return "; the new store has no value for it";
    case tools::KeyNow::kOlderValue: return "; THE NEW STORE HAS AN OLDER VALUE FOR IT";
    case tools::KeyNow::kLaterRecord: return "; the new store has a later record for it";
  }
  return "";
}

std::size_t losses_of(const tools::SalvageReport& report) {
  return report.count(tools::Finding::Kind::kDamage) + report.count(tools::Finding::Kind::kUnreadable);
}

void print_file(const tools::SalvagedFile& file, Console& console) {
  console.write_line(fmt::format("{:<12}  {:<8}  {}, {} copied", file.name, name_of(file.role),
                                 counted(file.size_bytes, "byte"), counted(file.records, "record")));
  for (const tools::SalvageFinding& finding : file.findings) {
    std::string line = "    " + text_of(finding, word_for(finding.kind));
    if (finding.has_key) {
      line += fmt::format(" (key as found: {}{})", preview(finding.key, 40), describe(finding.key_now));
    }
    console.write_line(line);
  }
}

void print_order(const tools::SalvageReport& report, Console& console) {
  console.write_line(fmt::format("{:<12}  {:<8}  DAMAGED: {}", kManifestName, "manifest", report.manifest.message()));
  console.write_line(
      "    Without it, it is unknown which files count, whether any are missing, and which are newer. All were "
      "copied,");
  console.write_line("    in the order of their numbers. A higher number does not mean newer.");
  if (report.conflict_count == 0) {
    console.write_line("    The order mattered for no key: no two files disagree.");
    return;
  }
  console.write_line(fmt::format("    THE ORDER MATTERED FOR {}; where files disagree, the last one was used:",
                                 counted(report.conflict_count, "key")));
  for (const tools::OrderConflict& conflict : report.conflicts) {
    std::string files;
    for (const std::string& name : conflict.files) files += (files.empty() ? "" : ", ") + name;
    console.write_line(fmt::format("    {}: {}", preview(conflict.key, 40), files));
  }
  if (report.conflict_count > report.conflicts.size()) {
    console.write_line(fmt::format("    and {} more", grouped(report.conflict_count - report.conflicts.size())));
  }
}

void print(const tools::SalvageReport& report, const std::string& new_directory, Console& console) {
  if (!report.manifest.ok()) print_order(report, console);
  for (const tools::SalvagedFile& file : report.files) print_file(file, console);
  const std::size_t losses = losses_of(report);
  std::string verdict = losses > 0 ? fmt::format("LOST in {}, {} as far as sizes are known", counted(losses, "place"),
                                                 counted(report.bytes_lost(), "byte"))
                                   : "nothing is known to be lost";
  if (report.complete()) verdict = "nothing is lost";
  console.write_line(fmt::format("{}: {} ({}) copied to {}", verdict, counted(report.records(), "record"),
                                 counted(report.tombstones(), "tombstone"), new_directory));
}

void print_json(const tools::SalvageReport& report, Console& console) {
  Json files = Json::array();
  for (const tools::SalvagedFile& file : report.files) {
    Json findings = Json::array();
    for (const tools::SalvageFinding& finding : file.findings) {
      Json entry = json_of(finding, word_for(finding.kind));
      if (finding.is_loss() && finding.has_key) entry["key_now"] = json_name_of(finding.key_now);
      findings.push_back(std::move(entry));
    }
    files.push_back({{"file", file.name},
                     {"role", name_of(file.role)},
                     {"size_bytes", file.size_bytes},
                     {"records", file.records},
                     {"tombstones", file.tombstones},
                     {"findings", findings}});
  }
  Json conflicts = Json::array();
  for (const tools::OrderConflict& conflict : report.conflicts) {
    conflicts.push_back({{"key", json_of_bytes(conflict.key)}, {"files", conflict.files}});
  }
  Json manifest{{"usable", report.manifest.ok()}};
  if (!report.manifest.ok()) manifest["message"] = report.manifest.message();
  console.write_line(to_text({{"complete", report.complete()},
                              {"records", report.records()},
                              {"tombstones", report.tombstones()},
                              {"losses", losses_of(report)},
                              {"bytes_lost", report.bytes_lost()},
                              {"manifest", manifest},
                              {"order", report.manifest.ok() ? "manifest" : "ascending_number"},
                              {"order_conflicts", report.conflict_count},
                              {"conflicts", conflicts},
                              {"files", files}}));
}

}  // namespace

ExitCode run_salvage(const SalvageArguments& arguments, Console& console) {
  console.set_directory(arguments.directory);
  if (Status s = require_store(arguments.directory); !s.ok()) return console.fail(s);
  Result<std::shared_ptr<Disk>> damaged = open_posix_disk(arguments.directory, false, PosixAccess::kSystemCalls);
  if (!damaged.ok()) return console.fail(damaged.status());
  NewDirectory made(arguments.new_directory);
  Result<std::shared_ptr<Disk>> into = tools::open_new_directory(arguments.new_directory, arguments.directory);
  if (!into.ok()) return console.fail(into.status());

  Progress progress(!arguments.quiet, "copied", 0, std::nullopt);
  std::optional<tools::SalvageReport> report;
  const Status status = wait_while_busy(arguments.wait_seconds, console, [&] {
    Result<tools::SalvageReport> salvaged =
        tools::salvage(**damaged, **into, [&](const tools::JobProgress& job) { progress.update(job); });
    if (salvaged.ok()) report = std::move(*salvaged);
    return salvaged.status();
  });
  progress.clear();
  if (!status.ok()) return console.fail(status);
  made.keep();
  if (console.json()) {
    print_json(*report, console);
  } else {
    print(*report, arguments.new_directory, console);
  }
  if (report->complete()) return ExitCode::kOk;
  const bool only_unreadable = report->manifest.ok() && report->count(tools::Finding::Kind::kDamage) == 0;
  return only_unreadable ? ExitCode::kIo : ExitCode::kCorruption;
}

}  // namespace sediment::cli
