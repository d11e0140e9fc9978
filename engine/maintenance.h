// Maintenance: the work that a store does between its writes. It settles sealed segments (gives each a fitted index and
// writes a snapshot of it), and merges them as the policy says.
//
// The work is done in small pieces: one snapshot, some records copied by a merge, or one step of the merge protocol.
// With background merging, a thread of the store's own does one piece after the other. Without it, the thread whose
// write sealed a segment does all of the work at once, so the same calls always do the same.
//
// When merging cannot keep up with the writes, the thread that sealed a segment waits. The rules are choose_merge and
// must_wait in merge_policy.h.
//
// Close is short. It completes the policy's merge if at most one segment's worth of bytes is left to read, and gives it
// up otherwise. Then it merges runs of small segments, at most one segment's worth in total.
//
// Maintenance has two mutexes. A thread takes neither of them while it holds the writer's or the catalog's mutex:
//   work_      held during a piece of work, so that only one thread maintains at a time
//   counters_  protects the counters for stats(); never held while its holder waits for the disk or another lock
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
  /// Calls stop().
  ~Maintenance();
  Maintenance(const Maintenance&) = delete;
  Maintenance& operator=(const Maintenance&) = delete;

  /// Settles what an open left unsettled. With background merging, it starts the thread that does so. Call it once.
  void start();
  /// Does the work that is due, or wakes the thread that does it, and waits if merging is too far behind. Call it
  /// without any lock, from the thread that has sealed a segment.
  void after_roll();
  /// For close, which calls it first: ends the thread and the merge under way, and refuses every later merge.
  void stop();
  /// For close, after the active segment is sealed: merges small segments, and settles what it can.
  void finish();

  /// Tries to gain space from garbage, after something was refused for lack of space (reclaim.h). The space that is
  /// left must suffice to remove the garbage. True if it is worth trying the refused call again. Never true when merges
  /// are manual. Call it without any lock.
  bool free_space();
  /// For close: from here on, the store keeps no space in reserve.
  void give_up_reserve();

  // As in Store. Do not call these while you hold the writer's mutex.
  Status merge(std::optional<MergeRun> run);
  Status begin_merge(std::optional<MergeRun> run);
  Result<bool> merge_step();
  bool merge_under_way() const { return merger_.under_way(); }
  void add_to(Stats* stats) const;

 private:
  using Lock = std::lock_guard<std::mutex>;

  // All of these expect work_ to be held, except try_piece(), wait_until_caught_up() and is_behind(). A function that
  // does work returns false when there was none to do.
  bool try_piece() noexcept;
  bool do_piece();
  bool settle_one(std::uint64_t* index_bytes = nullptr);  // adds the size of the settled index
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
  Writer& writer_;  // to roll before a merge of all segments

  std::mutex work_;
  Merger merger_;
  bool nothing_to_merge_ = false;  // a caller began a merge of no segments, and its first step completes it
  SpaceReserve reserve_;
  std::vector<SegmentNumber> fruitless_;  // the sealed segments when no merge of them could gain space

  mutable std::mutex counters_;
  MaintenanceStats stats_;

  BackgroundThread thread_;
};

}  // namespace sediment
