// How a crash is chosen and written down: the fault, and where it strikes. In a scenario a choice follows the word
// "crash" (docs/scenarios.md lists them all):
//
//   clean-kill · clean-kill FILE N                    inside an append: N of its bytes were written
//   lose-unsynced · … contents · … directory · … FILE
//   keep-subset WRITES CHANGES                        which unsynced writes, sector by sector, and which directory
//                                                     changes persist, counted from 1: all, none, or 1,3
//   torn-byte FILE OFFSET · torn-sector FILE OFFSET · torn-words FILE WORDS
//   lost-truncate FILE · zero-extent FILE · garbage-tail FILE SEED · garbage-tail FILE OTHER
//   lost-create FILE · lost-rename FILE · lost-remove FILE
// and, as damage to a healthy disk:
//   bit-rot FILE OFFSET BIT · stale-read FILE OFFSET SIZE · misdirected-write FILE OFFSET SIZE OTHER OFFSET
//   file-missing FILE · file-truncated FILE SIZE · file-duplicated FILE OTHER · file-swapped FILE OTHER
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/status.h"
#include "sim/disk/fault.h"

namespace sediment::sim {

/// Which of several things persist: bit 0 stands for the first, which is written as 1. Anything after the 64th persists
/// only with kKeepAll.
using Kept = std::uint64_t;
constexpr Kept kKeepAll = ~Kept{0};
constexpr Kept kKeepNone = 0;
constexpr std::size_t kMostBits = 64;
/// Both count from 0.
inline Kept bit_of(std::size_t i) { return i < kMostBits ? Kept{1} << i : 0; }
inline bool keeps(Kept kept, std::size_t i) { return kept == kKeepAll || (kept & bit_of(i)) != 0; }

struct CrashChoice {
  /// What kLoseUnsynced takes.
  enum class Scope : std::uint8_t { kEverything, kContents, kDirectory, kOneFile };

  Fault fault = Fault::kCleanKill;
  Scope scope = Scope::kEverything;
  std::string file = {};
  std::string other = {};        // garbage-tail, misdirected-write, file-duplicated, file-swapped: the other file
  std::uint64_t byte = 0;        // an offset, a size or a seed: see the list above
  std::uint64_t size = 0;        // stale-read, misdirected-write
  std::uint64_t other_byte = 0;  // misdirected-write: where it lands
  unsigned bit = 0;              // bit-rot: 0 to 7
  bool in_append = false;        // clean-kill
  Kept writes = kKeepAll;        // keep-subset; torn-words: the words
  Kept changes = kKeepAll;       // keep-subset

  bool operator==(const CrashChoice&) const = default;
};

/// As written in a scenario after "crash": "torn-byte 000001.log 47". parse_crash_choice reads it back.
std::string to_string(const CrashChoice& choice);
/// kInvalidArgument; the message says what was expected.
Result<CrashChoice> parse_crash_choice(const std::vector<std::string>& words);
/// A sentence: what the disk kept and what it lost.
std::string explain(const CrashChoice& choice);
/// The same for damage to a closed store: nothing fails there, something rots.
std::string explain_at_rest(const CrashChoice& damage);

}  // namespace sediment::sim
