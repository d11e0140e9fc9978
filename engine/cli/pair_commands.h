// The commands that work on pairs: put, get, del, scan.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/cli/console.h"

namespace sediment::cli {

struct PutArguments {
  std::string directory;
  std::string key;
  std::string value;
};
struct KeyArguments {
  std::string directory;
  std::string key;
};
struct ScanArguments {
  std::string directory;
  std::string from;                    // inclusive
  std::string to;                      // exclusive; empty: to the end
  std::optional<std::uint64_t> limit;  // maximum number of pairs
};

ExitCode run_put(const PutArguments& arguments, Console& console);
ExitCode run_get(const KeyArguments& arguments, Console& console);
ExitCode run_del(const KeyArguments& arguments, Console& console);
ExitCode run_scan(const ScanArguments& arguments, Console& console);

}  // namespace sediment::cli
