// The commands `load` and `import`: put the pairs of a text into a store.
//
// A load that is killed leaves a store that opens again and holds a prefix of what was loaded. --resume continues after
// it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/cli/console.h"
#include "engine/cli/open_store.h"
#include "engine/options.h"

namespace sediment::cli {

enum class LoadFormat : std::uint8_t { kWords, kTsv, kJsonl };

struct LoadArguments : StoreArguments {
  std::vector<std::string> files;  // "-" is standard input
  LoadFormat format = LoadFormat::kWords;
  std::optional<std::uint64_t> segment_size_bytes;  // none: the engine's default
  SyncPolicy sync = SyncPolicy::kNever;
  std::uint64_t sync_every_records = 0;  // 0: not at all
  bool merge_automatically = true;
  bool resume = false;
  bool skip_bad_lines = false;
  bool quiet = false;
};

ExitCode run_load(const LoadArguments& arguments, Console& console);

}  // namespace sediment::cli
