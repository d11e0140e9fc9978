// Chooses among crashes and failing calls, for scripts in which all of them would be too many (random_tier.h).
//
// An exploration without a sampler does everything that is possible. With one, it asks at each place. One thread at a
// time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim/disk/crash_choice.h"
#include "sim/disk/disk_state.h"
#include "sim/disk/sim_disk.h"

namespace sediment::sim {

class Sampler {
 public:
  Sampler() = default;
  virtual ~Sampler() = default;
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

  /// Which boundaries are struck: one flag before the first operation, and one after each. `inside`: the operations are
  /// those of the recovery from so many crashes, one inside the other; 0: those of the script.
  virtual std::vector<bool> points(const std::vector<const DiskOperation*>& operations, std::size_t inside) = 0;
  /// Some of the crashes that are possible after `last`, which may be null.
  virtual std::vector<CrashChoice> crashes(std::vector<CrashChoice> possible, const DiskOperation* last,
                                           std::size_t inside) = 0;
  /// Some of the calls that can fail.
  virtual std::vector<CallFault> calls(std::vector<CallFault> possible) = 0;
  /// Whether the next recovery, from so many crashes, is to be struck, too.
  virtual bool strikes_recovery(std::size_t inside) = 0;
  /// Whether it is judged how the store works on after the next recovery.
  virtual bool works_on() = 0;
  /// A disk was judged: after this crash, with what the recovery counted (StoreAdapter::recovery_counters).
  virtual void judged(const CrashChoice& crash, const DiskOperation* last, std::size_t inside,
                      const std::map<std::string, std::uint64_t>& recovery) = 0;
  /// A run with this failing call was judged.
  virtual void judged(const CallFault& call) = 0;
};

}  // namespace sediment::sim
