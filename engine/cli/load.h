// The command `load`: puts the pairs of a text into a store.
//
// A load that is killed leaves a store that opens again and holds a prefix of what was loaded. --resume continues after
// it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/cli/console.h"
#include "engine/options.h"

namespace sediment::cli {

enum class LoadFormat : std::uint8_t { kWords, kTsv, kJsonl };

struct LoadArguments {
  std::string directory;
  std::vector<std::string> files;  // "-" is standard input
  LoadFormat format = LoadFormat::kWords;
  std::string segment_size;  // as for parse_size; empty: the engine's default
  SyncPolicy sync = SyncPolicy::kNever;
  std::uint64_t sync_every_records = 0;  // 0: not at all
  bool merge_automatically = true;
  bool resume = false;
  bool quiet = false;
};

ExitCode run_load(const LoadArguments& arguments, Console& console);

}  // namespace sediment::cli
