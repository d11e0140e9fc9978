// The benchmark's progress line: one that rewrites itself on a terminal, plain lines elsewhere.
#pragma once

#include <string>

#include "tests/bench/timing.h"

namespace sediment::bench {

class Progress {
 public:
  /// `expected_seconds`: the sum of what finish() will be given.
  explicit Progress(double expected_seconds);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(const std::string& what);
  void finish(double expected_seconds) { finished_ += expected_seconds; }
  /// A line that stays.
  void tell(const std::string& message);

 private:
  std::string time_left() const;

  double expected_;
  double finished_ = 0;
  bool is_terminal_;
  std::string last_;  // shown
  Clock::time_point started_ = Clock::now();
};

}  // namespace sediment::bench
