#include "engine/cli/verify_command.h"

#include <fmt/format.h>

#include "engine/cli/finding_text.h"
#include "engine/cli/verify.h"
#include "engine/posix_disk.h"

namespace sediment {

namespace {

std::string_view name_of(Finding::Kind kind) {
  switch (kind) {
    case Finding::Kind::kDamage: return "damage";
    case Finding::Kind::kUnreadable: return "unreadable";
    case Finding::Kind::kFact: return "fact";
  }
  return "unknown";
}

std::string_view verdict_on(const FileReport& file) {
  if (file.has(Finding::Kind::kDamage)) return "DAMAGED";
  if (file.has(Finding::Kind::kUnreadable)) return "UNREADABLE";
  return "ok";
}

std::string line_of(const Finding& finding) {
  std::string line = "    " + text_of(finding, name_of(finding.kind));
  if (finding.has_key) line += fmt::format(" (key: {})", preview(finding.key, 40));
  return line;
}

void print(const VerifyReport& report, Console& console) {
  for (const FileReport& file : report.files) {
    const bool counts =
        file.role == FileReport::Role::kSealed || file.role == FileReport::Role::kActive || file.records > 0;
    const std::string contents =
        counts ? fmt::format(", {}, {}", counted(file.size_bytes, "byte"), counted(file.records, "valid record")) : "";
    console.write_line(fmt::format("{:<12}  {:<8}  {}{}", file.name, name_of(file.role), verdict_on(file), contents));
    for (const Finding& finding : file.findings) console.write_line(line_of(finding));
  }
  const std::size_t damaged = report.count(Finding::Kind::kDamage);
  const std::size_t unreadable = report.count(Finding::Kind::kUnreadable);
  std::string verdict = damaged == 0 ? "no damage" : fmt::format("DAMAGED in {}", counted(damaged, "place"));
  if (unreadable > 0) verdict += fmt::format(", {} could not be read", counted(unreadable, "file"));
  console.write_line(fmt::format("{}: {} verified", verdict, counted(report.records(), "record")));
}

void print_json(const VerifyReport& report, Console& console) {
  Json files = Json::array();
  for (const FileReport& file : report.files) {
    Json findings = Json::array();
    for (const Finding& finding : file.findings) findings.push_back(json_of(finding, name_of(finding.kind)));
    files.push_back({{"file", file.name},
                     {"role", name_of(file.role)},
                     {"size_bytes", file.size_bytes},
                     {"records", file.records},
                     {"findings", findings}});
  }
  console.write_line(to_text({{"damaged", report.count(Finding::Kind::kDamage)},
                              {"unreadable", report.count(Finding::Kind::kUnreadable)},
                              {"records", report.records()},
                              {"files", files}}));
}

}  // namespace

ExitCode run_verify(const VerifyArguments& arguments, Console& console) {
  console.set_directory(arguments.directory);
  Result<std::shared_ptr<Disk>> disk = open_posix_disk(arguments.directory, false, PosixAccess::kSystemCalls);
  if (!disk.ok()) return console.fail(disk.status());
  Result<VerifyReport> report = verify(**disk);
  if (!report.ok()) return console.fail(report.status());
  if (console.json()) {
    print_json(*report, console);
  } else {
    print(*report, console);
  }
  if (report->count(Finding::Kind::kDamage) > 0) return ExitCode::kCorruption;
  return report->count(Finding::Kind::kUnreadable) > 0 ? ExitCode::kIo : ExitCode::kOk;
}

}  // namespace sediment
