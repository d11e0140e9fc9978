// The write state: whether a store may be written, and if not, why.
//
// The first write or sync that fails ends all writing, because it is then unknown what is on the disk, and further
// writes would build on it. The next open finds out. The failure is kept, and every later write returns it as the
// reason.
//
// Any thread. The lock is held only briefly, never while the disk works. check() takes no lock as long as the store may
// be written.
#pragma once

#include <atomic>
#include <mutex>

#include "engine/event.h"
#include "engine/options.h"
#include "engine/status.h"

namespace sediment {

class WriteState {
 public:
  explicit WriteState(const Options& options);

  /// kReadOnly, with the reason, if the store may not be written.
  Status check() const;
  /// What ended all writing; ok if nothing has failed.
  Status failure() const;
  /// Whether there is a failure. Takes no lock.
  bool has_failed() const { return has_failed_; }

  /// Ends all writing, unless an earlier failure has done so. Returns the reason, with kIoError in place of kNotFound.
  Status stop(const Status& reason) noexcept;
  /// Decides what an outcome means for the store. Returns ok, and failures that changed nothing, as they are. Any other
  /// failure ends all writing.
  Status judged(const Status& outcome) noexcept {
    return outcome.ok() || outcome.changed_nothing() ? outcome : stop(outcome);
  }
  /// Refuses every change from here on, because the store is closed.
  void close();

 private:
  const bool read_only_;
  Observer* const observer_;
  std::atomic<bool> may_write_;
  std::atomic<bool> has_failed_ = false;
  mutable std::mutex mutex_;
  Status failure_;
  bool closed_ = false;
};

/// Guards a protocol from its first change to its end. If an exception destroys the guard before done() is called, it
/// is unknown how much of the protocol was done, and all writing ends.
class StopUnlessDone {
 public:
  explicit StopUnlessDone(WriteState& state) : state_(state) {}
  ~StopUnlessDone() {
    if (!done_) (void)state_.stop(Status::io_error());
  }
  StopUnlessDone(const StopUnlessDone&) = delete;
  StopUnlessDone& operator=(const StopUnlessDone&) = delete;

  void done() { done_ = true; }

 private:
  WriteState& state_;
  bool done_ = false;
};

}  // namespace sediment
