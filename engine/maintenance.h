// What a store does between its writes: it settles sealed segments (an index that fits, a snapshot of it), and merges
// them as the policy says.
//
// The work is done in small pieces, one of: a snapshot, some records copied by a merge, a step of its protocol.
// Either a thread of the store's own does one piece after the other, or, without background merging, the thread whose
// write sealed a segment does all of it at once: then the same calls do the same every time.
//
// When merging cannot keep up with the writes, the thread that sealed a segment waits (choose_merge and must_wait in
// merge_policy.h are the rules). A merge can be throttled and paused; while it is paused no write waits for it.
//
// A segment that cannot be read or does not verify stays where it is until the store is opened again: the policy
// remembers it, and merges what is newer and what is older. It divides the list for good, so a damaged store keeps more
// segments than a sound one.
//
// Close is short: a merge of the policy's is completed if no more than a segment's worth of bytes is left to read, and
// given up otherwise; then runs of small segments are merged, of a segment's worth together.
//
// Three mutexes, and neither the writer's nor the catalog's is held when one of them is taken:
//   work_      during a piece of work, so that one thread at a time maintains
//   signals_   what the threads tell each other
//   counters_  what stats() asks for: never held while the disk or another lock is waited for
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/catalog.h"
#include "engine/disk.h"
#include "engine/merge.h"
#include "engine/options.h"
#include "engine/rate_limit.h"
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
  /// To be called, without any lock, by the thread that has sealed a segment: does what there is to do, or has it done, and
  /// waits if merging is too far behind.
  void after_roll();
  /// For close, first of all: ends the thread and the merge under way, and from here on refuses every other.
  void stop();
  /// For close, when the active segment is sealed: settles what it can, and merges small segments.
  void finish();

  /// To be called, without any lock, when something was refused for lack of space: gains some from garbage, if there is
  /// any that can be removed in what room there is (reclaim.h). True if it is worth trying again. Never while merging
  /// is paused, or when merges are manual.
  bool free_space();
  /// For close: from here on the store keeps no space in reserve.
  void give_up_reserve();

  // As in Store. Not while the writer's mutex is held.
  Status merge(std::optional<MergeRun> run);
  Status begin_merge(std::optional<MergeRun> run);
  Result<bool> merge_step();
  bool merge_under_way() const { return merging_; }
  void pause();
  void resume();
  void add_to(Stats* stats) const;

 private:
  using Lock = std::unique_lock<std::mutex>;

  // These expect work_ to be held.
  bool do_piece();  // false: there is nothing to do
  bool do_piece_at_rate();
  bool try_piece() noexcept;                              // takes work_ itself
  bool settle_one(std::uint64_t* index_bytes = nullptr);  // adds to them
  void note_snapshot(const Segment& segment, const Status& outcome);
  void settle_or_wake();
  bool merge_piece();
  bool advance_policys_merge();
  bool begin_policys_merge(MergeRun run);
  void note_failed_merge(const Status& failure);
  std::optional<MergeRun> wanted_run() const;
  std::optional<MergeRun> wanted_small_run(std::uint64_t most_bytes) const;
  bool remember_damage(const Status& failure, SegmentNumber input);
  void complete_policys_merge();
  std::uint64_t bytes_in_sealed_segments() const;
  bool gain_space();
  Status check_callers_merge();
  Status take_over();
  Status begin_callers_merge(std::optional<MergeRun> run);
  Status start_merge(MergeRun run);
  Result<bool> step_merge();
  void note_merge(const MergeProgress& progress);
  void end_merge();
  void give_up(std::string_view why);

  void work_at_once();
  void run();  // the thread
  void wait_for_rate(Lock& signals);
  void wake();
  void wait_until_caught_up();
  bool is_left_alone(SegmentNumber number) const;

  Disk& disk_;
  const Options options_;
  WriteState& state_;
  Catalog& catalog_;
  Writer& writer_;  // rolls for a merge of all
  std::thread thread_;
  bool has_thread_ = false;  // decided by start(): thread_ itself is for the one that joins it

  std::mutex work_;
  std::unique_ptr<Merge> merge_;        // under way
  bool merge_is_the_policys_ = false;   // and not a caller's
  bool nothing_to_merge_ = false;       // a caller began a merge of no segments: its first step completes it
  std::uint64_t merge_size_bytes_ = 0;  // of the inputs of merge_
  bool found_damage_ = false;           // by the last merge that failed
  std::uint64_t bytes_read_ = 0;        // by all merges
  RateLimit rate_limit_;                // of the thread
  SpaceReserve reserve_;
  std::vector<SegmentNumber> fruitless_;  // the sealed segments of which no merge could gain space

  std::mutex signals_;
  std::condition_variable wake_;      // for the thread: wanted_ or stopping_
  std::condition_variable progress_;  // for writers: a merge has ended, or none will be made any more
  bool wanted_ = false;               // there may be something to do
  bool working_ = false;              // the thread has not found out yet that there is nothing left
  // These two change while signals_ is held, and are looked at without it between two steps of a merge.
  std::atomic<bool> paused_ = false;
  std::atomic<bool> stopping_ = false;

  std::atomic<bool> merging_ = false;  // there is a merge_

  mutable std::mutex counters_;
  Stats stats_;                                   // of snapshots, merges and stalls
  std::map<SegmentNumber, std::string> damaged_;  // what a merge could not read, and why
  std::set<SegmentNumber> left_alone_;            // those, and what cannot be merged because of them
};

}  // namespace sediment
