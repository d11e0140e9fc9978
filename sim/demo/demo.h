// The demo in the terminal: a store counts the words of a real text, crashes in the middle of a merge, and loses
// nothing that it has promised to keep.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sediment::sim {

struct DemoArguments {
  std::vector<std::string> texts;  // paths
  std::string sediment;            // the program for the second part, with a real kill; empty: only the first part
  std::uint64_t seed = 1;
};

/// Prints as it goes. Returns 0 if every count is right in the end.
int run_demo(const DemoArguments& arguments);

}  // namespace sediment::sim
