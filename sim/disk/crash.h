// Crashes: which disks may exist after one.
//
// Nothing is killed. A run is recorded; then, for any moment of it, crash_image builds a disk that a crash at that
// moment could legally leave. A choice (crash_choice.h) names the fault and where it strikes.
//
// After a power cut everything that is left is durable: the cache is gone.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/status.h"
#include "sim/disk/crash_choice.h"
#include "sim/disk/disk_state.h"

namespace sediment::sim {

/// Which of the unsynced directory changes persist after this crash.
Kept kept_changes(const DiskState& state, const CrashChoice& choice);

/// A disk that a crash may leave, identified before it is built, because most have been seen before.
class PlannedDisk {
 public:
  /// The same for equal disks, across runs and machines.
  std::uint64_t fingerprint() const { return fingerprint_; }
  DiskState build() &&;

 private:
  friend class CrashSite;
  explicit PlannedDisk(DiskState state) : state_(std::move(state)), fingerprint_(state_.fingerprint()) {}
  PlannedDisk(std::vector<DiskState::NamedFile> files, std::uint64_t fingerprint)
      : files_(std::move(files)), is_after_power_cut_(true), fingerprint_(fingerprint) {}

  std::vector<DiskState::NamedFile> files_;  // after a power cut
  bool is_after_power_cut_ = false;
  std::vector<FileId> numbers_;  // of the files, if the disk is a tree
  std::vector<FileId> directories_;
  DiskState state_;  // after a kill
  std::uint64_t fingerprint_;
};

/// At how many places a write is torn when all crashes are requested.
enum class Tears : std::uint8_t { kEveryByte, kThreePlaces };

/// Whether each pair of unsynced writes, and of changes of the directory, may persist alone: their number grows with the
/// square. kIfFew: of at most twelve.
enum class Pairs : std::uint8_t { kAlways, kIfFew };

/// The moment of a crash. Both arguments must outlive it. `last` is the operation that was just done or interrupted, or
/// null.
class CrashSite {
 public:
  explicit CrashSite(const DiskState& state, const DiskOperation* last = nullptr) : state_(state), last_(last) {}

  /// Every choice that may leave a different disk, except for damage. Of the unsynced writes: none, all, each single
  /// one, each prefix, each pair; each with every subset of the directory's changes; and the last write torn.
  std::vector<CrashChoice> choices(const DeviceProfile& profile, Tears tears, Pairs pairs = Pairs::kAlways) const;

  /// kInvalidArgument if the choice is not possible here: no such file, nothing unsynced to tear.
  Result<PlannedDisk> plan(const CrashChoice& choice);

 private:
  // Durable contents, with their hash.
  struct Settled {
    std::shared_ptr<FileState> file;
    std::uint64_t hash = 0;
  };
  // A part of an unsynced change, which either persists or does not: a size, or the bytes of one sector.
  struct Piece {
    FileId file = 0;
    const FileState::Change* change = nullptr;
    std::uint64_t begin = 0;  // within the change's bytes
    std::uint64_t end = 0;
    bool operator==(const Piece&) const = default;
  };

  static Settled settle(std::string contents);
  const std::vector<Piece>& pieces() const;
  // The file if these of its own pieces persist.
  Settled with_pieces(FileId id, Kept kept);
  Names names_with(const std::function<bool(std::size_t change)>& keep) const;
  // Everything persists, except that this file has other contents.
  PlannedDisk all_but(FileId special, const Settled& contents);
  PlannedDisk keep_subset(Kept writes, Kept changes);
  static PlannedDisk planned(std::vector<std::pair<std::string, Settled>>&& files);
  // The names to which there is still a way from the root.
  Names reachable(const Names& names) const;
  PlannedDisk power_cut(const Names& names, const std::function<Settled(FileId)>& contents_of);
  Result<PlannedDisk> plan_damage(const CrashChoice& choice);
  bool is_legal(Kept writes, const DeviceProfile& profile) const;
  void add_subsets(const DeviceProfile& profile, Pairs pairs, std::vector<CrashChoice>* choices) const;
  void add_tears(const DeviceProfile& profile, Tears tears, std::vector<CrashChoice>* choices) const;
  void add_torn_words(Tears tears, std::vector<CrashChoice>* choices) const;
  void add_wrong_contents(const DeviceProfile& profile, std::vector<CrashChoice>* choices) const;

  const DiskState& state_;
  const DiskOperation* last_;
  std::vector<std::pair<std::pair<FileId, Kept>, Settled>> with_pieces_;  // those requested so far
  mutable std::vector<Piece> pieces_;
  mutable bool pieces_known_ = false;
};

/// Shortcuts for a single use: all choices, and the disk of one crash.
std::vector<CrashChoice> possible_crashes(const DiskState& state, const DiskOperation* last,
                                          const DeviceProfile& profile = device_profiles()[0]);
/// kInvalidArgument if the choice is not possible here.
Result<DiskState> crash_image(const DiskState& before, const CrashChoice& choice);

}  // namespace sediment::sim
