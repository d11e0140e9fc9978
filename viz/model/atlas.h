// The crash atlas: for each event of a run, every disk that a crash there may leave, and what a recovery makes of it.
//
// Does for the whole run what the crash grid (crash_grid.h) does for one moment. A little at a time, the moment on the
// screen first, so that the picture keeps moving.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "viz/model/crash_grid.h"
#include "viz/model/timeline.h"

namespace sediment::viz {

class Atlas {
 public:
  using Verdict = CrashGrid::Verdict;
  /// How many disks of a column are recovered; of the rest only the number is known.
  static constexpr std::size_t kMostDisks = 200;
  static_assert(kMostDisks <= 256, "a Column::Disk's number must hold them");

  /// The disks of one moment, the best ones first.
  struct Column {
    struct Disk {
      std::uint8_t number = 0;  // in CrashGrid::disks(), if it looks at this moment with kMostDisks
      Verdict verdict = Verdict::kNotYet;
    };
    std::vector<Disk> disks;
    std::size_t more = 0;  // crashes that were left out: some of them may leave a disk that is not among these

    std::size_t count(Verdict verdict) const;
    bool operator==(const Column& other) const;
  };

  /// Begins anew, with another run.
  void clear();
  /// Takes in what was added to the run, and recovers more disks for at most this long, but at least one: first those
  /// of the timeline's place. False when there are no more. The run must be the one that was given since clear().
  bool work(const Timeline& timeline, const sim::Scenario& scenario, double seconds);

  /// After this many entries; null if it is not known yet.
  const Column* column(std::size_t position) const;
  /// How many columns are known, and how many there will be.
  std::size_t known() const { return known_; }
  std::size_t size() const { return columns_.size(); }
  /// One disk of a column again, with the crash that leaves it and with what recovery makes of it.
  static CrashGrid::Disk disk_of(const Timeline& timeline, const sim::Scenario& scenario, std::size_t position,
                                 Column::Disk disk);
  /// The disks of all known columns.
  std::size_t count(Verdict verdict) const { return counts_.at(static_cast<std::size_t>(verdict)); }
  /// Whether some columns show only a part of the disks.
  bool has_left_out() const { return left_out_ > 0; }

 private:
  void look_at(std::size_t position, const Scene& scene, const Timeline& timeline, const sim::Scenario& scenario);
  static void look_at(CrashGrid& grid, const Scene& scene, const Timeline& timeline, const sim::Scenario& scenario);
  void finish();
  void set(std::size_t position, std::shared_ptr<const Column> column);

  std::vector<std::shared_ptr<const Column>> columns_;  // by position; equal neighbours share one
  std::size_t known_ = 0;
  std::array<std::size_t, 5> counts_{};    // by verdict, of all known columns
  std::size_t left_out_ = 0;               // columns with more disks than they show
  Scene scene_;                            // folded up to the first column that is not known
  CrashGrid grid_;                         // of the column under way
  std::optional<std::size_t> looking_at_;  // the column under way
};

}  // namespace sediment::viz
