// The tour: a show of two minutes that follows a store through everything that happens to it.
//
// The store counts the words of a real text: each word is a key, its running count the value. There are appends,
// overwrites, a sync, rolls, lookups, a tombstone, a merge, a power cut in the middle of the next merge, recovery, and
// the rest of the text at full speed. Nothing is staged except the pace and the accompanying words: it is a run of the
// engine on the simulated disk, and the numbers in the captions come from that run.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/status.h"
#include "viz/model/session.h"

namespace sediment::viz {

/// The largest text: a megabyte becomes some two million entries of a trace, and takes less than 1 GB.
constexpr std::size_t kMostTextBytes = 1 << 20;
constexpr std::size_t kMostWords = 200'000;
constexpr std::size_t kMostDifferentWords = 25'000;

/// kInvalidArgument if the text has more of them, or too few for a merge and a crash in the next one;
/// kCorruption if the counts are wrong in the end.
Result<std::unique_ptr<Session>> make_tour(std::string_view text);
/// The same over these files, one after the other. kNotFound; kInvalidArgument if they are too large.
Result<std::unique_ptr<Session>> make_tour_of(const std::vector<std::string>& paths);

}  // namespace sediment::viz
