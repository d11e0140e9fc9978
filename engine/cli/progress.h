// The progress of a long job: on a terminal, a line that is updated in place; elsewhere, a plain line every few
// seconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/tools/job_progress.h"

namespace sediment::cli {

/// One thread at a time. Reads the clock to measure time and to decide when to print, and for nothing else.
class Progress {
 public:
  using Clock = std::chrono::steady_clock;

  /// `verb` says what happened to the records: "loaded". With `bytes_total` it shows the share done and the time left,
  /// without it only a rate. Prints nothing unless `enabled`.
  Progress(bool enabled, std::string_view verb, std::uint64_t bytes_at_start, std::optional<std::uint64_t> bytes_total);

  /// Cheap until it is time to print.
  void update(std::uint64_t records, std::uint64_t bytes);
  /// The same, for a job that reports the total as it runs.
  void update(const tools::JobProgress& job);
  /// Removes the line from the terminal, so that something else can be printed.
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
