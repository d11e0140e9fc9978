#include "engine/cli/verify_command.h"

#include <fmt/format.h>

#include <optional>

#include "engine/cli/finding_text.h"
#include "engine/posix/posix_disk.h"
#include "engine/tools/verify.h"

namespace sediment::cli {

namespace {

std::string_view word_for(tools::Finding::Kind kind) {
  switch (kind) {
    case tools::Finding::Kind::kDamage: return "damage";
    case tools::Finding::Kind::kUnreadable: return "unreadable";
    case tools::Finding::Kind::kFact: return "fact";
  }
  return "unknown";
}

std::string_view verdict_on(const tools::FileReport& file) {
  if (file.has(tools::Finding::Kind::kDamage)) return "DAMAGED";
  if (file.has(tools::Finding::Kind::kUnreadable)) return "UNREADABLE";
  return "ok";
}

std::string line_of(const tools::Finding& finding) {
  std::string line = "    " + text_of(finding, word_for(finding.kind));
  if (finding.has_key) line += fmt::format(" (key: {})", preview(finding.key, 40));
  return line;
}

void print(const tools::VerifyReport& report, Console& console) {
  for (const tools::FileReport& file : report.files) {
    const bool counts = file.role == tools::FileReport::Role::kSealed ||
                        file.role == tools::FileReport::Role::kActive || file.records > 0;
    const std::string contents =
        counts ? fmt::format(", {}, {}", counted(file.size_bytes, "byte"), counted(file.records, "valid record")) : "";
    console.write_line(fmt::format("{:<12}  {:<8}  {}{}", file.name, name_of(file.role), verdict_on(file), contents));
    for (const tools::Finding& finding : file.findings) console.write_line(line_of(finding));
  }
  const std::size_t damaged = report.count(tools::Finding::Kind::kDamage);
  const std::size_t unreadable = report.count(tools::Finding::Kind::kUnreadable);
  std::string verdict = damaged == 0 ? "no damage" : fmt::format("DAMAGED in {}", counted(damaged, "place"));
  if (unreadable > 0) verdict += fmt::format(", {} could not be read", counted(unreadable, "file"));
  console.write_line(fmt::format("{}: {} verified", verdict, counted(report.records(), "record")));
}

void print_json(const tools::VerifyReport& report, Console& console) {
  Json files = Json::array();
  for (const tools::FileReport& file : report.files) {
    Json findings = Json::array();
    for (const tools::Finding& finding : file.findings) findings.push_back(json_of(finding, word_for(finding.kind)));
    files.push_back({{"file", file.name},
                     {"role", name_of(file.role)},
                     {"size_bytes", file.size_bytes},
                     {"records", file.records},
                     {"findings", findings}});
  }
  console.write_line(to_text({{"damaged", report.count(tools::Finding::Kind::kDamage)},
                              {"unreadable", report.count(tools::Finding::Kind::kUnreadable)},
                              {"records", report.records()},
                              {"files", files}}));
}

}  // namespace

ExitCode run_verify(const VerifyArguments& arguments, Console& console) {
  console.set_directory(arguments.directory);
  Result<std::shared_ptr<Disk>> disk = open_posix_disk(arguments.directory, false, PosixAccess::kSystemCalls);
  if (!disk.ok()) return console.fail(disk.status());
  std::optional<tools::VerifyReport> report;
  const Status status = wait_while_busy(arguments.wait_seconds, console, [&] {
    Result<tools::VerifyReport> verified = tools::verify(**disk);
    if (verified.ok()) report = std::move(*verified);
    return verified.status();
  });
  if (!status.ok()) return console.fail(status);
  if (console.json()) {
    print_json(*report, console);
  } else {
    print(*report, console);
  }
  if (report->count(tools::Finding::Kind::kDamage) > 0) return ExitCode::kCorruption;
  return report->count(tools::Finding::Kind::kUnreadable) > 0 ? ExitCode::kIo : ExitCode::kOk;
}

}  // namespace sediment::cli
