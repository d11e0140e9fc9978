// Verify: reads everything that a store consists of and reports everything that is not as it was written.
//
//   MANIFEST       its checksum and whether it makes sense
//   sealed         header, nonce, number, length, record count, each record: any difference is damage
//   active         the same up to the end of the log. After that, recovery's rule (recovery.h) tells rot, which is
//                  damage, from a torn tail, which a stopped process leaves and the next open cuts off
//   snapshots      an unusable one is reported, but is not damage, because an open reads the log instead
//   other files    are reported but not read: what the manifest does not name is not part of the store
//
// Without a manifest that can be trusted, it is unknown which files count. Then every segment file is read on its
// own, as if it were an active one. Nothing is changed. An I/O error ends the reading of its file only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/disk.h"
#include "engine/status.h"
#include "engine/tools/log_gaps.h"

namespace sediment::tools {

struct FileReport {
  enum class Role : std::uint8_t { kManifest, kSealed, kActive, kSnapshot, kUnnamed };

  std::string name;
  Role role = Role::kUnnamed;
  std::uint64_t size_bytes = 0;
  std::uint64_t records = 0;  // valid ones, within the log
  std::vector<Finding> findings;

  bool has(Finding::Kind kind) const;
};

/// Files in the order in which they were read: the manifest, segments from oldest to newest, each with its snapshot,
/// then the others by name.
struct VerifyReport {
  std::vector<FileReport> files;

  std::size_t count(Finding::Kind kind) const;
  std::uint64_t records() const;
};

/// Holds the lock shared while it reads. kBusy; kNotFound when there is no store; kIoError when the directory itself
/// cannot be read. Everything else is in the report.
Result<VerifyReport> verify(Disk& disk);

}  // namespace sediment::tools
