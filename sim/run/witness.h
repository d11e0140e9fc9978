// What a thread is about to do with a store, said in advance: if the store ends the process or never returns, another
// process tells the story (explore/isolated.h). Without a witness nothing is said, and it costs nothing.
#pragma once

#include <cstddef>

#include "sim/run/scenario.h"

namespace sediment::sim {

/// Called by one thread.
class Witness {
 public:
  Witness() = default;
  virtual ~Witness() = default;
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;

  /// The store is about to be called.
  virtual void moves() = 0;
  /// A Runner begins a step; 0 is the open.
  virtual void begins_step(std::size_t number) = 0;
  /// Whether it wants to know each scenario: making one takes longer than judging a disk.
  virtual bool wants_scenarios() const { return false; }
  /// This scenario does what is about to be done.
  virtual void begins(const Scenario&) {}
};

/// This thread's witness; null if there is none.
Witness* witness();
void set_witness(Witness* witness);

}  // namespace sediment::sim
