// Counts how often a suite reached the cases that it is meant to test.
//
// A property that never dropped a tombstone or never tore a tail proves nothing about tombstones or torn tails. Each
// such suite counts its interesting cases, requires that they were reached, and prints the numbers: one line on stdout,
// and, if SEDIMENT_COVERAGE_DIR is set, the file NAME.txt in that directory, with a line "counter value" for each. One
// thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace sediment::test {

class Coverage {
 public:
  explicit Coverage(std::string name) : name_(std::move(name)) {}
  ~Coverage();
  Coverage(const Coverage&) = delete;
  Coverage& operator=(const Coverage&) = delete;

  void count(const std::string& counter, std::uint64_t by = 1) { counters_[counter] += by; }
  std::uint64_t value(const std::string& counter) const;
  /// Fails the running test if the counter is below n.
  void require_at_least(const std::string& counter, std::uint64_t n) const;

 private:
  std::string name_;
  std::map<std::string, std::uint64_t> counters_;
};

}  // namespace sediment::test
