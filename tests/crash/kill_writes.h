// The writes of kill_writer, by which kill_writer_test judges the store that it left. Both can compute the n-th write
// of each thread, so that a report of an acknowledgement needs only two numbers.
//
// The reports are single lines, each in one write to the pipe, so that no kill leaves half a line:
//   opening                        Store::open is about to be called
//   opened FILES BYTES             it has returned, having removed this many files and cut this many bytes
//   rolling, rolled                around roll()
//   merging, merged                around merge(), or from begin_merge() to its last merge_step()
//   acknowledged THREAD NUMBER     that write has returned ok; the thread's next one begins after this line
//   failed WHAT                    the last line: something did not return ok
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/base/random.h"

namespace sediment::test {

constexpr std::uint64_t kKillKeys = 64;
constexpr std::uint64_t kKillSegmentSize = 2048;

struct KillWrite {
  std::string key;
  std::optional<std::string> value;  // none: the key is removed
};

inline std::string kill_key(std::uint64_t number) { return "key" + std::to_string(number); }

/// Write `number`, counted from 1, of a thread of the writer with this seed. No two writes put the same value.
inline KillWrite kill_write(std::uint64_t seed, std::uint64_t thread, std::uint64_t number) {
  sim::Random random((seed << 40) + (thread << 32) + number);
  KillWrite write{kill_key(random.below(kKillKeys)), std::nullopt};
  const bool is_put = random.below(4) != 0;
  if (!is_put) return write;
  const bool is_large = random.below(40) == 0;  // a segment of its own, and several pages in one system call
  const std::uint64_t padding = random.below(is_large ? 20'000 : 100);
  write.value = std::to_string(seed) + "/" + std::to_string(thread) + "/" + std::to_string(number) + " " +
                std::string(padding, static_cast<char>('a' + number % 26));
  return write;
}

}  // namespace sediment::test
