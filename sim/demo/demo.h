// The demo in the terminal: a store counts the words of a real text, crashes in the middle of a merge, and loses
// nothing that it has promised to keep.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sediment::sim {

struct DemoArguments {
  std::vector<std::string> texts;  // paths
  std::string sediment;            // the program for the second part, with a real kill; empty: only the first part
  std::uint64_t seed = 1;
};

/// The first part alone, on a simulated disk: these words, in a store that loses power in the middle of a merge. Prints as
/// it goes. Returns what is wrong; none if every count is right in the end.
std::optional<std::string> power_cut_demo(const std::vector<std::string>& words, std::uint64_t seed);

/// Prints as it goes. Returns 0 if every count is right in the end.
int run_demo(const DemoArguments& arguments);

}  // namespace sediment::sim
