#include "sim/run/damage.h"

#include <algorithm>

namespace sediment::sim {

namespace {

// The disk operation that created the file; 0 if it is older than the last crash. A FileId belongs to one disk, and a
// crash leaves a different one.
std::uint64_t creation_of(FileId file, const Trace& trace, std::uint64_t after) {
  std::uint64_t number = 0;
  std::uint64_t created = 0;
  for (const TraceEntry& entry : trace.entries()) {
    if (std::holds_alternative<CrashEntry>(entry)) created = 0;
    const auto* operation = std::get_if<DiskOperation>(&entry);
    if (operation == nullptr) continue;
    if (++number > after) break;
    if (operation->kind == DiskOperation::Kind::kCreate && operation->file == file) created = number;
  }
  return created;
}

}  // namespace

std::size_t floor_under_damage(const RunSoFar& run, const DiskState& state, const CrashChoice& damage,
                               std::uint64_t after) {
  const Bounds bounds = run.ledger.bounds_after(after);
  const auto named = state.names().find(damage.file);
  if (named == state.names().end()) return 0;
  const FileState& file = state.file(named->second);
  // A power cut, too, may leave a file that ends after its last sync.
  if (damage.fault == Fault::kFileTruncated && damage.byte >= file.first_unsynced_byte()) return bounds.floor;
  if (damage.fault != Fault::kBitRot) return 0;
  if (run.kind.is_sealed && run.kind.is_sealed(state, damage.file)) return bounds.floor;
  const std::uint64_t created = creation_of(named->second, run.trace, after);
  if (created == 0) return 0;
  return std::min(bounds.floor, run.ledger.bounds_after(created).acknowledged);
}

}  // namespace sediment::sim
