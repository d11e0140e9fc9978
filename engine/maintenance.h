// What a store does between its writes: it settles sealed segments (an index that fits, a snapshot of it), and merges
// them as the policy says.
//
// The work is done in small pieces, one of: a snapshot, some records copied by a merge, a step of its protocol.
// Either a thread of the store's own does one piece after the other, or, without background merging, the thread whose
// write sealed a segment does all of it at once: then the same calls do the same every time.
//
// When merging cannot keep up with the writes, the thread that sealed a segment waits (choose_merge and must_wait in
// merge_policy.h are the rules).
//
// Close is short: a merge of the policy's is completed if no more than a segment's worth of bytes is left to read, and
// given up otherwise; then runs of small segments are merged, of a segment's worth together.
//
// Its mutexes, and neither the writer's nor the catalog's is held when one of them is taken:
//   work_      during a piece of work, so that one thread at a time maintains
//   counters_  what stats() asks for: never held while the disk or another lock is waited for
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/background_thread.h"
#include "engine/catalog.h"
#include "engine/disk.h"
#include "engine/merge_policy.h"
#include "engine/merger.h"
#include "engine/options.h"
#include "engine/reclaim.h"
#include "engine/stats.h"
#include "engine/status.h"
#include "engine/writer.h"

namespace sediment {

class Maintenance {
 public:
  Maintenance(Disk& disk, const Options& options, WriteState& state, Catalog& catalog, Writer& writer);
  /// Stops.
  ~Maintenance();
  Maintenance(const Maintenance&) = delete;
  Maintenance& operator=(const Maintenance&) = delete;

  /// Settles what an open left unsettled; with background merging it starts the thread for it. To be called once.
  void start();
  /// To be called, without any lock, by the thread that has sealed a segment: does what there is to do, or has it done,
  /// and waits if merging is too far behind.
  void after_roll();
  /// For close, first of all: ends the thread and the merge under way, and from here on refuses every other.
  void stop();
  /// For close, when the active segment is sealed: settles what it can, and merges small segments.
  void finish();

  /// To be called, without any lock, when something was refused for lack of space: gains some from garbage, if there is
  /// any that can be removed in what room there is (reclaim.h). True if it is worth trying again. Never when merges are
  /// manual.
  bool free_space();
  /// For close: from here on the store keeps no space in reserve.
  void give_up_reserve();

  // As in Store. Not while the writer's mutex is held.
  Status merge(std::optional<MergeRun> run);
  Status begin_merge(std::optional<MergeRun> run);
  Result<bool> merge_step();
  bool merge_under_way() const { return merger_.under_way(); }
  void add_to(Stats* stats) const;

 private:
  using Lock = std::lock_guard<std::mutex>;

  // All of these but try_piece() and those of waiting expect work_ to be held. A function that does something returns
  // false when there was nothing to do.
  bool try_piece() noexcept;
  bool do_piece();
  bool settle_one(std::uint64_t* index_bytes = nullptr);  // adds to them
  bool merge_piece();
  void settle_or_wake();
  void note_snapshot(const Segment& segment, const Status& outcome);
  bool gain_space();

  Status check_callers_merge();
  Status take_over();
  Status begin_callers_merge(std::optional<MergeRun> run);

  void wait_until_caught_up();
  bool is_behind() const;

  Disk& disk_;
  const Options options_;
  WriteState& state_;
  Catalog& catalog_;
  Writer& writer_;  // rolls for a merge of all

  std::mutex work_;
  Merger merger_;
  bool nothing_to_merge_ = false;  // a caller began a merge of no segments: its first step completes it
  SpaceReserve reserve_;
  std::vector<SegmentNumber> fruitless_;  // the sealed segments of which no merge could gain space

  mutable std::mutex counters_;
  MaintenanceStats stats_;

  BackgroundThread thread_;
};

}  // namespace sediment
