#include "tests/support/coverage.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

namespace sediment::test {

Coverage::~Coverage() {
  std::cout << "coverage of " << name_ << ":";
  for (const auto& [counter, value] : counters_) std::cout << "  " << counter << " " << value;
  std::cout << std::endl;

  const char* directory = std::getenv("SEDIMENT_COVERAGE_DIR");
  if (directory == nullptr || *directory == '\0') return;
  std::ofstream file(std::filesystem::path(directory) / (name_ + ".txt"));
  for (const auto& [counter, value] : counters_) file << counter << " " << value << "\n";
  if (!file.flush()) std::cerr << "cannot write the coverage of " << name_ << " into " << directory << std::endl;
}

std::uint64_t Coverage::value(const std::string& counter) const {
  const auto found = counters_.find(counter);
  return found == counters_.end() ? 0 : found->second;
}

void Coverage::require_at_least(const std::string& counter, std::uint64_t n) const {
  EXPECT_GE(value(counter), n)
      << "\"" << counter << "\" of " << name_ << " was reached " << value(counter) << " times, not " << n
      << ": this property is invalid, because its interesting case was not reached often enough";
}

}  // namespace sediment::test
