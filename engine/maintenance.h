// What a store does between its writes: it settles sealed segments (an index that fits, a snapshot of it), and merges
// them as the policy says.
//
// The work is done in small pieces, one of: a snapshot, some records copied by a merge, a step of its protocol.
// Either a thread of the store's own does one piece after the other, or, without background merging, the thread whose
// write sealed a segment does all of it at once: then the same calls do the same every time.
//
// When merging cannot keep up with the writes, the thread that sealed a segment waits (choose_merge and must_wait in
// merge.h are the rules). A merge can be throttled and paused; while it is paused nobody waits for it.
//
// Two mutexes, never the writer's held when one of them is taken: `work_` is held during a piece of work, so that one
// thread at a time maintains; `signals_` guards what the threads tell each other.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>

#include "engine/disk.h"
#include "engine/merge.h"
#include "engine/options.h"
#include "engine/stats.h"
#include "engine/status.h"
#include "engine/writer.h"

namespace sediment {

class Maintenance {
 public:
  Maintenance(Disk& disk, Writer& writer, const Options& options);
  /// Stops.
  ~Maintenance();
  Maintenance(const Maintenance&) = delete;
  Maintenance& operator=(const Maintenance&) = delete;

  /// Settles what an open left unsettled; with background merging it starts the thread for it. To be called once.
  void start();
  /// To be called, without any lock, by whoever has sealed a segment: does what there is to do, or has it done, and
  /// waits if merging is too far behind.
  void after_roll();
  /// Ends the thread and gives up a merge under way.
  void stop();
  /// Does everything that is to be done. For close, behind stop().
  void finish();

  // As in Store. Not while the writer's mutex is held.
  Status merge_all();
  Status merge(MergeRun run);
  Status begin_merge_of_all();
  Status begin_merge(MergeRun run);
  Result<bool> merge_step();
  bool merge_under_way();
  void pause();
  void resume();
  void add_to(Stats* stats);

 private:
  using Lock = std::unique_lock<std::mutex>;

  // These expect work_ to be held.
  bool do_piece(bool merging);  // false: there is nothing to do
  bool do_piece_at_rate(bool merging);
  bool settle_one();
  void note_snapshot(const Segment& segment, const Status& outcome);
  void settle_or_wake();
  bool merge_piece();
  bool advance_policys_merge();
  Status take_over();
  Status start_merge(MergeRun run);
  Status start_merge_of_all();
  Result<bool> step_merge();
  Status run_merge();
  void give_up(std::string_view why);

  void run();  // the thread
  std::chrono::nanoseconds time_to_wait() const;
  bool paused();
  void wake();
  void wait_until_caught_up();

  Disk& disk_;
  Writer& writer_;
  const Options options_;
  std::thread thread_;

  std::mutex work_;
  std::unique_ptr<Merge> merge_;       // under way
  bool merge_is_the_policys_ = false;  // and not a caller's
  std::uint64_t bytes_read_ = 0;       // by all merges
  Stats stats_;                        // of snapshots and merges

  std::uint64_t not_before_ = 0;  // when the thread may do its next piece; for the thread alone

  std::mutex signals_;
  std::condition_variable wake_;      // for the thread: wanted_ or stopping_
  std::condition_variable progress_;  // for writers: a merge has ended, or nobody merges any more
  bool wanted_ = false;               // there may be something to do
  bool working_ = false;              // the thread has not found out yet that there is nothing left
  bool paused_ = false;
  bool stopping_ = false;
  Stats stalls_;
};

}  // namespace sediment
