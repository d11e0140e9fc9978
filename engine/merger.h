// The merger: it runs the merge under way, and decides which merge is next. There is at most one merge at a time:
//
//   the policy's   advance() begins it when the sizes of the segments ask for it (merge_policy.h), and continues it. No
//                  caller waits for its outcome, so a failure is kept for stats().
//   a caller's     begin() begins it, and step() continues it. The policy leaves it alone.
//
// Segments that cannot be read are not merged again (damaged_segments.h). The policy first chooses among the segments
// newer than the last damaged one, then among those before it, and so on.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

#include "engine/catalog.h"
#include "engine/damaged_segments.h"
#include "engine/disk.h"
#include "engine/merge.h"
#include "engine/merge_policy.h"
#include "engine/options.h"
#include "engine/stats.h"
#include "engine/status.h"
#include "engine/write_state.h"

namespace sediment {

/// One thread at a time, except as noted.
class Merger {
 public:
  Merger(Disk& disk, const Options& options, WriteState& state, Catalog& catalog)
      : disk_(disk), options_(options), state_(state), catalog_(catalog) {}

  /// Whether there is a merge. Any thread.
  bool under_way() const { return under_way_; }
  bool is_policys() const { return merge_ && is_policys_; }
  bool is_callers() const { return merge_ && !is_policys_; }
  std::uint64_t bytes_read() const { return bytes_read_; }  // by all merges
  /// The bytes that the merge under way still has to read.
  std::uint64_t bytes_left() const;

  /// Begins a caller's merge. Call it only when no merge is under way. kInvalidArgument if there is no such run;
  /// kReadOnly.
  Status begin(MergeRun run);
  /// Does a step of the merge under way. True when the merge is complete. After an error it is over. Errors as
  /// Merge::step.
  Result<bool> step();
  /// Begins the merge that the policy wants, of at most `most_bytes`, or does a step of it. False if the policy wants
  /// none, if the merge may not continue, or if a caller's merge is under way.
  bool advance(std::uint64_t most_bytes = UINT64_MAX);
  /// Ends the merge under way, if there is one.
  void give_up(std::string_view why);

  /// Whether merging leaves this segment alone. Any thread.
  bool leaves_alone(SegmentNumber number) const { return damaged_.contains(number); }
  /// Counts a merge that was done elsewhere, or records its failure. Any thread.
  void note(const MergeProgress& progress);
  void note_failure(std::string error);
  /// Any thread.
  void add_to(Stats* stats) const;

 private:
  std::optional<MergeRun> wanted_run(std::uint64_t most_bytes) const;
  Status start(MergeRun run, bool is_policys);
  bool note_damage(const Status& failure, SegmentNumber input);
  void end();

  Disk& disk_;
  const Options& options_;
  WriteState& state_;
  Catalog& catalog_;

  std::unique_ptr<Merge> merge_;  // under way
  bool is_policys_ = false;
  std::atomic<bool> under_way_ = false;
  std::uint64_t size_bytes_ = 0;  // of its inputs
  bool found_damage_ = false;     // the last merge that failed found damage
  std::uint64_t bytes_read_ = 0;
  DamagedSegments damaged_;

  mutable std::mutex counters_;  // never held while its holder waits for the disk or another lock
  MergeStats stats_;
};

}  // namespace sediment
