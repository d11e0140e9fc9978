// Group commit: one sync of the active log makes durable what many threads have appended.
//
// A write that must be durable comes here after it was appended. If no sync is running, its thread syncs everything
// that has been appended by then. Otherwise it waits until the running sync has ended, and checks whether that sync
// covered it. The writer's mutex is not held while the disk works, so the next writes are appended meanwhile, and the
// next sync covers all of them:
//
//   thread A   append a   sync to a .......   done
//   thread B        append b   wait           sync to c .......   done
//   thread C             append c   wait      wait                done
//
// The end of the log is read before the sync begins, because a sync does not cover what is appended while it runs. A
// failed sync is never retried: it ends all writing.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>

#include "engine/event.h"
#include "engine/log_writer.h"
#include "engine/status.h"
#include "engine/write_state.h"

namespace sediment {

/// Every function expects the writer's mutex to be held by the lock it is given, and releases it while it waits.
class GroupCommit {
 public:
  using Lock = std::unique_lock<std::mutex>;

  /// `log` is the writer's pointer to the active log. The writer changes the pointer only while no sync is running.
  GroupCommit(const std::unique_ptr<LogWriter>& log, WriteState& state, Observer* observer)
      : log_(log), state_(state), observer_(observer) {}

  /// Returns ok when the first `end` bytes of the log with this number are durable. kIoError.
  Status wait_until_durable(Lock& lock, SegmentNumber number, std::uint64_t end);
  /// For a change that replaces or removes the log.
  void wait_for_running_sync(Lock& lock);

  std::uint64_t syncs() const { return syncs_; }  // that succeeded

 private:
  Status sync(Lock& lock);

  const std::unique_ptr<LogWriter>& log_;
  WriteState& state_;
  Observer* const observer_;
  std::condition_variable sync_ended_;
  bool syncing_ = false;  // a thread is syncing the active log, without the mutex
  std::uint64_t syncs_ = 0;
};

}  // namespace sediment
