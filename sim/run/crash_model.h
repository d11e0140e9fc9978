// What is expected of a store under each class of faults: the oracles, and the matrix fault × oracle.
//
// No store could notice some kinds of damage: when the last synced records of a log that was never closed rot, they
// look like a torn tail; and a disk that reports a sync as done without having done it has lied. Such pairs are listed
// with their reason and counted when they occur; no oracle is weakened for the others. The explorations
// (sim/explore) look up in this table what to demand, and docs/crash-model.md is printed from it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "sim/disk/fault.h"

namespace sediment::sim {

enum class Oracle : std::uint8_t {
  kPrefix,     // prefix and floor
  kFixpoint,   // a second recovery gives the same result
  kVerdict,    // the right value or corruption
  kSpace,      // nothing unneeded is left over
  kStructure,  // counters, indexes and logs agree
  kSameAsMap,  // the same as a map, with or without merges, rolls and reopens
};

constexpr std::uint8_t kOracleCount = static_cast<std::uint8_t>(Oracle::kSameAsMap) + 1;

/// "prefix-and-floor" and so on. Never fails.
std::string_view name_of(Oracle oracle);
/// One sentence without its full stop. Never fails.
std::string_view what_it_demands(Oracle oracle);

enum class Demand : std::uint8_t {
  kMustHold,
  kMayBeCorrupt,  // the store may answer kCorruption instead, but nothing else
  kHasNoWitness,  // no store could notice
  kDoesNotApply,  // the oracle demands nothing here
};

/// As the cells of the matrix say it. Never fails.
std::string_view name_of(Demand demand);
/// One sentence without its full stop. Never fails.
std::string_view what_it_means(Demand demand);

struct Expected {
  Demand demand = Demand::kMustHold;
  std::string_view reason;  // empty when the oracle must hold

  bool operator==(const Expected&) const = default;
};

/// A cell of the matrix.
Expected expected_of(Fault fault, Oracle oracle);

/// How often each cell was judged.
class JudgedCells {
 public:
  void count(Fault fault, Oracle oracle, std::uint64_t by = 1) { cell(fault, oracle) += by; }
  std::uint64_t at(Fault fault, Oracle oracle) const {
    return counts_.at(static_cast<std::size_t>(fault) * kOracleCount + static_cast<std::size_t>(oracle));
  }
  void add(const JudgedCells& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  }
  bool operator==(const JudgedCells&) const = default;

 private:
  std::uint64_t& cell(Fault fault, Oracle oracle) {
    return counts_.at(static_cast<std::size_t>(fault) * kOracleCount + static_cast<std::size_t>(oracle));
  }
  std::array<std::uint64_t, std::size_t{kFaultCount} * kOracleCount> counts_{};
};

/// docs/crash-model.md.
std::string crash_model_document();

}  // namespace sediment::sim
