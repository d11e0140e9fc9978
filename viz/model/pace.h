// The pace: when each entry of a trace happens, and how long it takes, in seconds at normal speed.
//
// Playing, stepping and scrubbing are all the same: a moment on this scale. A show may slow some entries down, hurry
// through others, and pause where there is something to read.
#pragma once

#include <cstddef>
#include <vector>

#include "sim/disk/trace.h"

namespace sediment::viz {

/// A place between two entries: the last of `entries` is happening, and `progress` of it (0 to 1) is done.
struct Playhead {
  std::size_t entries = 0;
  double progress = 1;
  bool operator==(const Playhead&) const = default;
};

class Pace {
 public:
  /// Adds the next entry, with the duration that its kind deserves.
  void add(const sim::TraceEntry& entry);
  /// Makes the entries from `first` up to but not including `last` take `seconds` in all, keeping their proportions.
  void stretch(std::size_t first, std::size_t last, double seconds);
  /// Nothing moves for this long once this many entries have happened.
  void hold(std::size_t entries, double seconds);
  /// Makes the entries from `first` up to but not including `last` take no time.
  void skip(std::size_t first, std::size_t last);
  /// Forgets all entries after the first `entries`.
  void cut(std::size_t entries);

  Playhead at(double time) const;
  /// The moment when this many entries have happened.
  double end_of(std::size_t entries) const;
  /// The moment when the hold after that is over.
  double end_of_hold(std::size_t entries) const;
  double duration() const { return end_of_hold(size()); }
  std::size_t size() const { return seconds_.size(); }

 private:
  void find_ends() const;

  std::vector<double> seconds_;       // of each entry
  std::vector<double> holds_ = {0};   // [i]: after i entries
  mutable std::vector<double> ends_;  // [i]: end_of(i); may only be known for the first ones
};

}  // namespace sediment::viz
