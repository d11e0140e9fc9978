// What a student's own engine is tried with (mine.h): the demo, random scripts, and every crash in all small scripts.
//
// No marks depend on it, so what the student's process says of the demo and of a search is believed here.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "labs/grader/lab.h"

namespace sediment::labs {

/// What a trial did not survive.
struct Failure {
  std::string reason;
  std::string output;              // the beginning of what the student's code printed
  std::vector<std::string> story;  // the steps up to the one that failed
  sim::Scenario scenario;          // shows it; without steps, there is none
  /// Runs just this once more, with another engine. Whether it passes.
  std::function<bool(const Build& build)> passes;
};

/// Receives which part of the trial is done, from 0 to 1. One call at a time.
using Fraction = std::function<void(double done)>;

class Trial {
 public:
  Trial() = default;
  virtual ~Trial() = default;
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  virtual std::string_view name() const = 0;
  /// What should hold, as a sentence.
  virtual std::string_view sentence() const = 0;
  /// Tries the engine, and after a failure goes on with what has not passed yet. Returns the first failure; none if everything
  /// has passed. Throws BuildFailed.
  virtual std::optional<Failure> go_on(const Build& build, const Fraction& told) = 0;
  /// What was done, once everything has passed: "30 scripts".
  virtual std::string reached() const = 0;
};

struct TrialOptions {
  std::string text;           // the demo counts its words
  std::uint64_t seed = 1;     // of all random data
  std::uint64_t scripts = 0;  // how many of the small scripts, spread evenly over all of them; 0: all
  unsigned jobs = 1;          // processes that search at the same time
};

/// The trials of a kind of store, the fast ones first.
std::vector<std::unique_ptr<Trial>> trials_of(const sim::StoreKind& kind, const TrialOptions& options);

}  // namespace sediment::labs
