// The shortest script that loses data on a disk without some guarantee.
//
// Tries all scripts of one operation, then of two, and so on, each with every crash in it (sim/explore/explore.h), until
// one loses a write that was synced, or the store does not open. A little at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "sim/explore/explore.h"

namespace sediment::viz {

class ScriptSearch {
 public:
  static constexpr std::size_t kMostOperations = 4;

  explicit ScriptSearch(sim::Guarantees without);

  /// Explores more scripts for at most this long, but at least one. False when there are no more, or one was found.
  bool work(double seconds);

  const sim::Guarantees& without() const { return without_; }
  /// How many scripts have been explored, and how many there are.
  std::size_t done() const { return done_; }
  std::size_t of() const { return of_; }
  /// Ends in the failure. None if no script has been found so far.
  const std::optional<sim::Scenario>& found() const { return found_; }
  /// What goes wrong in it, as a sentence.
  const std::string& sentence() const { return sentence_; }

 private:
  sim::Scenario next() const;
  void count_up();

  sim::Guarantees without_;
  std::vector<std::size_t> verbs_ = {0};  // of the next script: numbers of the engine's verbs
  std::size_t done_ = 0;
  std::size_t of_ = 0;
  sim::SeenDisks seen_;
  std::optional<sim::Scenario> found_;
  std::string sentence_;
};

}  // namespace sediment::viz
