// Crashes: which disks may exist after one.
//
// Nothing is killed. A run is recorded; then, for any moment of it, crash_image builds a disk that could legally be
// found after a crash at that moment. The kinds of faults and what each leaves:
//
//   clean-kill     the process dies, the cache survives: everything written is readable, and still not durable. May
//   strike
//                  inside an append: then only its first bytes were written
//   lose-unsynced  a power cut; whatever no sync has covered is gone: everything, only contents, only the directory's
//   changes,
//                  or the contents of one file
//   torn-byte      a power cut; everything written survives, but one file's unsynced bytes end at some byte
//   lost-create    a power cut; everything survives, but one create, rename or remove that no sync of the directory has
//   lost-rename    covered is undone
//   lost-remove
//   bit-rot        a power cut; everything survives, and one bit is wrong
//
// After a power cut what is left is durable: there is no cache any more.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/status.h"
#include "sim/disk_state.h"

namespace sediment::sim {

enum class Fault : std::uint8_t {
  kCleanKill,
  kLoseUnsynced,
  kTornByte,
  kLostCreate,
  kLostRename,
  kLostRemove,
  kBitRot,
};

/// "clean-kill" for kCleanKill, and so on: the same names in scenarios, traces and documents. Never fails.
std::string_view name_of(Fault fault);

struct CrashChoice {
  /// What kLoseUnsynced takes.
  enum class Scope : std::uint8_t { kEverything, kContents, kDirectory, kOneFile };

  Fault fault = Fault::kCleanKill;
  Scope scope = Scope::kEverything;
  std::string file = {};  // kLoseUnsynced of one file, kTornByte, kLost*, kBitRot: its name; kCleanKill in an append
  std::uint64_t byte =
      0;  // kTornByte, kBitRot: offset in the file; kCleanKill in an append: how many of its bytes came through
  unsigned bit = 0;        // kBitRot: 0 to 7
  bool in_append = false;  // kCleanKill

  bool operator==(const CrashChoice&) const = default;
};

/// As it stands in a scenario behind "crash": "torn-byte 000001.log 47". parse_crash_choice reads it back.
std::string to_string(const CrashChoice& choice);
/// kInvalidArgument says what was expected.
Result<CrashChoice> parse_crash_choice(const std::vector<std::string>& words);
/// A sentence for people: what the disk kept and what it lost.
std::string explain(const CrashChoice& choice);

/// The disk after a crash. kInvalidArgument if the choice is not possible here: no such file, nothing unsynced to tear.
Result<DiskState> crash_image(const DiskState& before, const CrashChoice& choice);

/// Every choice that may leave a different disk, bit-rot apart. `last` is the operation that was just done or
/// interrupted, or null.
std::vector<CrashChoice> possible_crashes(const DiskState& state, const DiskOperation* last);

}  // namespace sediment::sim
