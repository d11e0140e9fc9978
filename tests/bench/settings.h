// The choices made on the command line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace sediment::bench {

struct Settings {
  bool quick = false;
  int rounds = 3;
  std::uint64_t keys = 1'000'000;
  std::uint64_t large_keys = 5'000'000;  // "5M"
  double limit_seconds = 4;              // per workload
  std::set<std::string> only;            // workloads; empty: all
  std::set<std::string> contestants;     // ids; empty: all
  bool curves = true;
  std::filesystem::path directory;
  std::filesystem::path json;
};

/// "1M", "100k", "12345".
std::string short_count(std::uint64_t count);

}  // namespace sediment::bench
