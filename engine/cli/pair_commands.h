// The commands that work on pairs: put, get, del, scan, keys, count, export.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/cli/console.h"
#include "engine/cli/open_store.h"

namespace sediment::cli {

struct PutArguments : StoreArguments {
  std::string key;
  std::optional<std::string> value;  // "-" is standard input
  std::string value_file;            // in place of a value; "-" is standard input here too
};
struct KeyArguments : StoreArguments {
  std::string key;
};
/// Which keys.
struct KeyRange {
  std::string prefix;
  std::string from;  // inclusive
  std::string to;    // exclusive; empty: to the end

  bool contains(std::string_view key) const {
    return key.starts_with(prefix) && key >= from && (to.empty() || key < to);
  }
};
struct ScanArguments : StoreArguments {
  KeyRange range;
  std::uint64_t limit = UINT64_MAX;  // maximum number of pairs
};
struct RangeArguments : StoreArguments {
  KeyRange range;
};

ExitCode run_put(const PutArguments& arguments, Console& console);
ExitCode run_get(const KeyArguments& arguments, Console& console);
ExitCode run_del(const KeyArguments& arguments, Console& console);
ExitCode run_scan(const ScanArguments& arguments, Console& console);
ExitCode run_keys(const ScanArguments& arguments, Console& console);
ExitCode run_count(const RangeArguments& arguments, Console& console);
ExitCode run_export(const RangeArguments& arguments, Console& console);

}  // namespace sediment::cli
