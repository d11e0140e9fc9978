// The crash grid: every disk that a crash at a moment may legally leave, and what a recovery makes of each.
//
// The same that the exploration does at every moment of every run (sim/explore/explore.h), for the one moment that somebody
// looks at; a little at a time, so that the picture goes on moving.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/disk/crash.h"
#include "sim/run/scenario.h"
#include "viz/model/twin.h"

namespace sediment::viz {

class CrashGrid {
 public:
  enum class Verdict : std::uint8_t {
    kNotYet,     // has not been recovered yet
    kAll,        // every write is there
    kAllowed,    // writes are lost that no sync had covered, and nothing else
    kForbidden,  // a promise is broken: a synced write is lost, there is a hole, or the store does not open
  };
  struct Disk {
    sim::CrashChoice choice;  // the first one that leaves this disk
    std::size_t choices = 1;  // how many do
    std::uint64_t fingerprint = 0;
    Verdict verdict = Verdict::kNotYet;
    std::size_t lost = 0;   // writes, of those that the crash may take
    std::string what = {};  // for people
  };

  /// Begins anew with the disks of this moment. `last`: the operation that was just done, or null. All are copied.
  void look_at(const sim::DiskState& disk, const sim::DiskOperation* last, const Twin& twin,
               const sim::Scenario& scenario);
  /// The number of the disk like `of` of which, of the changes of the directory, just these persist; it is added if it
  /// was not among them.
  std::size_t with_changes(std::size_t of, sim::Kept changes);
  /// Recovers more disks for at most so long, but at least one. False when there are no more.
  bool work(double seconds);

  /// Before the crash.
  const sim::DiskState& state() const { return state_; }
  /// The disks, each once, in the order of their faults; behind them those that were added.
  const std::vector<Disk>& disks() const { return disks_; }
  /// How many were recovered so far: the first ones.
  std::size_t judged() const { return judged_; }
  /// Choices that were left out because there are too many.
  std::size_t left_out() const { return left_out_; }
  /// So much is not synced here that the disks are not even counted.
  bool too_many() const { return too_many_; }
  std::size_t count(Verdict verdict) const;

 private:
  void judge(Disk& disk) const;

  sim::DiskState state_;
  Twin twin_;
  sim::Scenario scenario_;
  std::vector<Disk> disks_;
  std::size_t judged_ = 0;
  std::size_t left_out_ = 0;
  bool too_many_ = false;
};

/// What a store says on a disk with one bit flipped.
struct BitRot {
  std::string file;
  std::uint64_t offset = 0;
  unsigned bit = 0;
  bool noticed = false;  // the open or a get says that something is corrupt
  bool wrong = false;    // a get answers with a value that was never put there
  std::string what;      // for people
};
BitRot flip_bit(const sim::DiskState& disk, const std::string& file, std::uint64_t offset, unsigned bit,
                const Twin& twin, const sim::Scenario& scenario);

}  // namespace sediment::viz
