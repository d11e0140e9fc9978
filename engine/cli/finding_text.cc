#include "engine/cli/finding_text.h"

#include <fmt/format.h>

namespace sediment::cli {

std::string_view name_of(tools::FileReport::Role role) {
  switch (role) {
    case tools::FileReport::Role::kManifest: return "manifest";
    case tools::FileReport::Role::kSealed: return "sealed";
    case tools::FileReport::Role::kActive: return "active";
    case tools::FileReport::Role::kSnapshot: return "snapshot";
    case tools::FileReport::Role::kUnnamed: return "unnamed";
  }
  return "unknown";
}

std::string text_of(const tools::Finding& finding, std::string_view word) {
  std::string text(word);
  if (finding.offset != Status::kNoOffset) text += fmt::format(" at byte {}", finding.offset);
  if (finding.size_bytes > 0) text += fmt::format(", {}", counted(finding.size_bytes, "byte"));
  return text + ": " + finding.message;
}

Json json_of(const tools::Finding& finding, std::string_view word) {
  Json entry{{"kind", word}, {"message", finding.message}};
  if (finding.offset != Status::kNoOffset) entry["offset"] = finding.offset;
  if (finding.size_bytes > 0) entry["size_bytes"] = finding.size_bytes;
  if (finding.has_key) entry["key"] = json_of_bytes(finding.key);
  return entry;
}

}  // namespace sediment::cli
