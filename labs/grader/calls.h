// The calls into a student's component during a check, each with the step of the story in which it happened.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "sim/disk/trace.h"

namespace sediment::labs {

class Calls {
 public:
  /// Of these functions.
  explicit Calls(const std::vector<std::string>& functions);

  /// Their names, with a comma before and after each.
  const std::string& functions() const { return functions_; }

  void begin_story();
  void begin_step(std::size_t number) { step_ = number; }
  /// The message of a frame kEvent. Throws Malformed.
  void add(std::string_view message);
  /// In this step, in order; the same function again and again is one entry.
  std::vector<sim::EventEntry> in_step(std::size_t number) const;

 private:
  struct Call {
    std::size_t step;
    sim::EventEntry event;
  };
  std::string functions_;
  std::size_t step_ = 0;
  std::deque<Call> calls_;  // the newest; a loop that does not end makes them without end
};

/// Whether both are calls of the same function at the same place.
bool is_same_call(const sim::EventEntry& one, const sim::EventEntry& other);

}  // namespace sediment::labs
