// The counters: what the store was asked to do, and what that cost, at every step of a run.
//
// A fold of the trace. A history keeps one sample per step and per sync, so the numbers of any place are available at
// once, and so is the line of a plot. What is on the disk at a moment is in the scene.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/disk/trace.h"

namespace sediment::viz {

struct Counters {
  std::uint64_t puts = 0;
  std::uint64_t removes = 0;
  std::uint64_t gets = 0;
  std::uint64_t bytes_given = 0;    // keys and values that were put and removed
  std::uint64_t bytes_written = 0;  // appended to any file
  std::uint64_t log_bytes = 0;      // of bytes_written: records of puts and removes
  std::uint64_t merge_bytes = 0;    // of bytes_written: records copied by merges
  std::uint64_t syncs = 0;          // of files
  std::uint64_t directory_syncs = 0;
  std::uint64_t segments_asked = 0;  // by gets
  std::uint64_t slots_visited = 0;   // by gets
  std::uint64_t merges = 0;          // that published their output

  bool operator==(const Counters&) const = default;
};

class CounterHistory {
 public:
  struct Sample {
    std::size_t position = 0;  // entries that have happened
    Counters counters;
  };

  void add(const sim::TraceEntry& entry);

  /// The numbers after the last sync, or of the last step that had ended, when this many entries had happened.
  Counters at(std::size_t position) const;
  /// One for each sync and for each step that has ended, in order.
  const std::vector<Sample>& samples() const { return samples_; }
  /// How many entries were added.
  std::size_t size() const { return size_; }

 private:
  Counters now_;
  std::size_t size_ = 0;
  std::vector<Sample> samples_;
};

}  // namespace sediment::viz
