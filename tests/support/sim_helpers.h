// Simulated disks for tests: a store on one, its operations as readable lines, and disks with changed bytes.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "engine/disk.h"
#include "sim/disk/sim_disk.h"
#include "sim/disk/trace.h"
#include "tests/support/store_helpers.h"

namespace sediment::test {

using Files = std::map<std::string, std::string>;  // name, contents

inline std::shared_ptr<sim::SimDisk> disk_with(const Files& files, sim::SimDiskOptions options = {}) {
  return std::make_shared<sim::SimDisk>(sim::DiskState::with_files(files), options);
}

/// An open file with these bytes. It outlives its disk.
inline std::unique_ptr<File> file_with(const std::string& contents) {
  sim::SimDisk disk(sim::DiskState::with_files({{"file", contents}}));
  return must(disk.open("file"));
}

/// "append 000001.log", "rename MANIFEST.tmp MANIFEST", "sync-directory": the operation without its bytes and offsets.
inline std::string short_text(const sim::DiskOperation& operation) {
  std::string text(sim::name_of(operation.kind));
  if (!operation.name.empty()) text += " " + operation.name;
  if (!operation.new_name.empty()) text += " " + operation.new_name;
  return text;
}

/// Every operation of the trace from the k-th on (0: the first).
inline std::vector<std::string> operations_of(const sim::Trace& trace, std::uint64_t from = 0) {
  std::vector<std::string> operations;
  std::uint64_t k = 0;
  for (const sim::TraceEntry& entry : trace.entries()) {
    const auto* operation = std::get_if<sim::DiskOperation>(&entry);
    if (operation != nullptr && k++ >= from) operations.push_back(short_text(*operation));
  }
  return operations;
}

}  // namespace sediment::test
