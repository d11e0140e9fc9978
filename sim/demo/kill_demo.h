// The demo's second part: a real process, a real directory, a real kill -9. Several times.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/demo/terminal.h"

namespace sediment::sim {

struct KillDemoArguments {
  std::string text;
  std::vector<std::string> words;  // of the text
  std::string sediment;            // the program
  std::uint64_t seed = 1;
};

/// Returns 0 if every count is right in the end.
int kill_demo(const KillDemoArguments& arguments, Terminal& terminal);

}  // namespace sediment::sim
