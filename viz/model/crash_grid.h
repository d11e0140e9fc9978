// The crash grid: every disk that a crash at a moment may legally leave, and what a recovery makes of each.
//
// Does what the exploration does at every moment of every run (sim/explore/explore.h), but for the one moment on the
// screen; a little at a time, so that the picture keeps moving.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/disk/crash.h"
#include "sim/run/scenario.h"
#include "sim/run/store_adapter.h"
#include "viz/model/scene.h"
#include "viz/model/twin.h"

namespace sediment::viz {

class CrashGrid {
 public:
  enum class Verdict : std::uint8_t {
    kNotYet,     // has not been recovered yet
    kAll,        // every write is there
    kAllowed,    // only unsynced writes are lost
    kDetected,   // the disk has been damaged, and the store says so: it refuses to open, or reports keys as corrupt
    kForbidden,  // a promise is broken: a synced write is lost, there is a hole, or the store does not open
  };
  struct Disk {
    sim::CrashChoice choice;  // the first choice that leaves this disk
    std::size_t choices = 1;  // how many choices leave it
    std::uint64_t fingerprint = 0;
    Verdict verdict = Verdict::kNotYet;
    std::size_t lost = 0;   // how many of the writes that the crash may take
    std::string what = {};  // for people
  };

  /// The moment to look at. All of it is copied.
  struct Moment {
    const sim::DiskState& disk;
    const sim::DiskOperation* last = nullptr;  // the latest operation, or null
    const Twin& twin;
    const sim::Scenario& scenario;
    bool damaged = false;  // the disk has been damaged before: then a store may report corruption
  };
  /// Starts over with the disks of this moment. With more than `most` disks, some are chosen, the simplest crashes
  /// first, and always the same ones. Where too much is unsynced, a few crashes stand for all if `most` is given.
  void look_at(const Moment& moment, std::optional<std::size_t> most = std::nullopt);
  /// The number of the disk that is like `of`, but on which exactly these changes of the directory persist. It is added
  /// if it is not there yet.
  std::size_t with_changes(std::size_t of, sim::Kept changes);
  /// Recovers more disks for at most this long, but at least one. False when there are no more.
  bool work(double seconds);

  /// One of the disks, recovered.
  Disk recovered(std::size_t number) const;

  /// Before the crash.
  const sim::DiskState& state() const { return state_; }
  /// The disks, each once, in the order of their faults, followed by those that were added.
  const std::vector<Disk>& disks() const { return disks_; }
  /// How many have been recovered so far; these are the first ones.
  std::size_t judged() const { return judged_; }
  /// Choices that were left out because there are too many; at least 1 if they were not even counted.
  std::size_t left_out() const { return left_out_; }
  /// Too much is unsynced here to even count the disks.
  bool too_many() const { return too_many_; }
  std::size_t count(Verdict verdict) const;

 private:
  void judge(Disk& disk) const;
  void judge_corruption(Disk& disk, sim::StoreAdapter* store, const std::string& problem) const;

  sim::DiskState state_;
  Twin twin_;
  sim::Scenario scenario_;
  bool damaged_ = false;
  std::vector<Disk> disks_;
  std::size_t judged_ = 0;
  std::size_t left_out_ = 0;
  bool too_many_ = false;
};

/// Whether a report of corruption is right here: the disk has been damaged. On a disk without a guarantee it is the very
/// loss that the guarantee prevents.
bool may_report_corruption(const Scene& scene, const sim::Scenario& scenario);

/// What a store reports on a disk with one flipped bit.
struct BitRot {
  std::string file;
  std::uint64_t offset = 0;
  unsigned bit = 0;
  bool noticed = false;  // the open or a get reports corruption
  bool wrong = false;    // a get answers with a value that was never put there
  std::string what;      // for people
};
BitRot flip_bit(const sim::DiskState& disk, const std::string& file, std::uint64_t offset, unsigned bit,
                const Twin& twin, const sim::Scenario& scenario);

}  // namespace sediment::viz
