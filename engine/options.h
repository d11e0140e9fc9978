// What a caller can choose when opening a store.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sediment {

class Observer;

/// When a write is acknowledged.
enum class SyncPolicy : std::uint8_t {
  kNever,       // when the operating system has it: survives a killed process, not a power cut, until sync() or a roll
  kEveryWrite,  // when it is durable
};

/// When the store merges on its own (merge.h, choose_merge).
struct MergePolicy {
  bool automatic = true;
  /// Merge a segment with everything newer once the newer ones together hold more than this many times its bytes.
  /// Smaller values keep fewer segments, so reads ask fewer of them; larger ones copy each record less often.
  double growth_factor = 1.0;
};

struct Options {
  bool create_if_missing = true;
  bool error_if_exists = false;
  bool read_only = false;
  /// A segment is closed before it grows past this. A record that is larger gets a segment of its own.
  /// At least 64 bytes, less than 4 GiB.
  std::uint64_t segment_size_bytes = std::uint64_t{64} << 20;
  SyncPolicy sync_policy = SyncPolicy::kNever;
  MergePolicy merge_policy;
  /// Told what happens and why; not owned, must outlive the store. None costs nothing.
  Observer* observer = nullptr;
};

}  // namespace sediment
