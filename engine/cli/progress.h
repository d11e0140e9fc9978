// How far a long job is: on a terminal a line that is updated in place, elsewhere a plain line every few seconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/tools/job_progress.h"

namespace sediment::cli {

/// One thread at a time. Reads the clock to measure, never to decide anything but when to print.
class Progress {
 public:
  using Clock = std::chrono::steady_clock;

  /// `verb` says what was done to the records: "loaded". `bytes_total` gives share and time left; without it there is
  /// only a rate. Not `enabled` prints nothing.
  Progress(bool enabled, std::string_view verb, std::uint64_t bytes_at_start, std::optional<std::uint64_t> bytes_total);

  /// Cheap when it is not yet time to print.
  void update(std::uint64_t records, std::uint64_t bytes);
  /// The same, for a job that tells the total as it goes.
  void update(const tools::JobProgress& job);
  /// Takes the line off the terminal, so that others can print.
  void clear();

  double seconds() const;

 private:
  std::string line(std::uint64_t records, std::uint64_t bytes) const;

  bool enabled_;
  bool terminal_;
  std::string_view verb_;
  std::uint64_t bytes_at_start_;
  std::optional<std::uint64_t> bytes_total_;
  Clock::time_point started_;
  Clock::time_point printed_;
  std::size_t width_ = 0;  // of the line on the terminal
};

}  // namespace sediment::cli
