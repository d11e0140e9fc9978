// Any bytes as a snapshot: either they are refused, or they are an index in which every probe ends and stays inside the
// log.
//
// Random bytes never have the right checksum, so the checksums are usually corrected: this tests that only the log's
// own numbers are believed.
#include "engine/fitted_index.h"
#include "engine/snapshot.h"
#include "sim/disk/sim_disk.h"
#include "tests/fuzz/fuzz_input.h"

namespace sediment {
namespace {

using fuzz::check;

// A snapshot of this log with the rest of the input as its slots.
std::string snapshot_of(const Manifest::Sealed& log, fuzz::Input& input) {
  const std::uint8_t wrong = input.byte();  // which of the header's numbers is wrong, if any
  const std::string_view slots = input.bytes(SIZE_MAX);
  std::string bytes(kSnapshotHeaderSize, '\0');
  store_u64(&bytes[0], kSnapshotMagic);
  store_u32(&bytes[12], wrong == 1 ? kFormatVersion + 1 : kFormatVersion);
  store_u64(&bytes[16], log.nonce + (wrong == 2 ? 1 : 0));
  store_u64(&bytes[24], value_of(log.number) + (wrong == 3 ? 1 : 0));
  store_u64(&bytes[32], log.size_bytes + (wrong == 4 ? 1 : 0));
  store_u64(&bytes[40], log.record_count + (wrong == 5 ? 1 : 0));
  store_u64(&bytes[48], wrong == 6 ? UINT64_MAX / 8 : slots.size() / 8);
  store_u64(&bytes[56], checksum64(slots, log.nonce));
  const std::string_view summed = std::string_view(bytes).substr(12);
  store_u32(&bytes[8], static_cast<std::uint32_t>(checksum64(summed, kSnapshotMagic)));
  return bytes.append(slots);
}

void run(fuzz::Input input) {
  const bool raw = input.byte() % 8 == 0;
  Manifest::Sealed log{SegmentNumber{7}, 42, 32 + std::uint64_t{8} * input.number(), input.byte()};
  const std::string bytes = raw ? std::string(input.bytes(SIZE_MAX)) : snapshot_of(log, input);
  sim::SimDisk disk(sim::DiskState::with_files({{snapshot_file_name(log.number), bytes}}));
  const Result<HashIndex> index = read_snapshot(disk, log);
  if (!index.ok()) {
    const bool refused = index.status().is(StatusCode::kCorruption) || index.status().is(StatusCode::kInvalidArgument);
    check(refused && !index.status().message().empty(), "it is refused with a message");
    return;
  }
  check(index->size() <= log.record_count, "no more entries than records");
  for (std::uint32_t tag = 0; tag < 16; ++tag) {
    HashIndex::Probe probe = index->probe({tag * 0x11111111U});
    while (const auto candidate = probe.next()) {
      check(candidate->offset >= kSegmentHeaderSize && candidate->offset < log.size_bytes, "inside the log");
    }
    check(probe.slots_visited() <= index->capacity(), "a probe ends");
  }
  check(fitted(*index).size() == index->size(), "it can be fitted");
}

}  // namespace
}  // namespace sediment

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sediment::run({data, size});
  return 0;
}
