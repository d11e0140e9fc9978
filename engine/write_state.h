// Whether a store may be written, and if not, why.
//
// The first write or sync that fails ends all writing: what is on the disk is unknown then, and to write on would build
// on it. Opening the store again finds out. What failed is kept, because every later write is refused with that reason.
//
// Any thread. Its lock is held for a moment only, never while the disk works; check() takes none while all is well.
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

  /// kReadOnly, with the reason, if nothing may be written.
  Status check() const;
  /// What ended all writing; ok if nothing has failed.
  Status failure() const;
  /// Whether there is a failure. Takes no lock.
  bool has_failed() const { return has_failed_; }

  /// Ends all writing, unless an earlier failure has. Returns the reason, as an I/O error if it is that something is
  /// missing.
  Status stop(const Status& reason) noexcept;
  /// What an outcome means for the store: ok, and a failure that has changed nothing, are returned as they are; any
  /// other failure ends all writing.
  Status judged(const Status& outcome) noexcept {
    return outcome.ok() || outcome.changed_nothing() ? outcome : stop(outcome);
  }
  /// Refuses every change from here on: the store is closed.
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

/// Stands in a protocol from its first change to its end. If an exception takes it away before done() was called, it is
/// unknown how far the protocol got: that ends all writing.
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
