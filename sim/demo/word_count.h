// Counting words, with and without a store: the demo's workload and its check.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/status.h"
#include "engine/store.h"
#include "sim/run/oracle.h"

namespace sediment::sim {

/// The words of a text, in order (engine/tools/words.h says what a word is).
std::vector<std::string> words_of(std::string_view text);
/// Adds one to the word's count in the store. kCorruption if its value is not a number; otherwise as get and put.
Status count_word(Store& store, const std::string& word);
/// The counts of the first n words, without a store.
Contents plain_count(const std::vector<std::string>& words, std::uint64_t n);
/// The sum of all counts. Each word adds one to one count, so this is the number of words counted.
std::uint64_t sum_of_counts(const Contents& counts);

}  // namespace sediment::sim
