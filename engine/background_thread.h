// A background thread: the store's own thread. It does one piece of work after the other while there is any, and then
// sleeps until it is woken.
//
//   sleeps  -- wake() -->  a piece  -- there is more -->  the next piece  -- there is none -->  sleeps
//
// A wake during a piece is not lost: the thread looks again before it sleeps. No lock is held during a piece.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace sediment {

/// Any thread, except as noted.
class BackgroundThread {
 public:
  /// `do_piece` does one piece of work, or returns false if there is none. It must not throw.
  explicit BackgroundThread(std::function<bool()> do_piece) : do_piece_(std::move(do_piece)) {}
  ~BackgroundThread() { stop(); }
  BackgroundThread(const BackgroundThread&) = delete;
  BackgroundThread& operator=(const BackgroundThread&) = delete;

  /// Starts the thread, awake. False if the system cannot start one. Call it once, before another thread uses this
  /// object.
  bool start() noexcept;
  bool started() const { return started_; }

  /// Tells the thread that there may be work.
  void wake();
  /// Whether there is work, as far as is known.
  bool busy() const;
  /// Waits while the thread is busy, is not being stopped, and `condition` holds. It checks `condition` after each
  /// piece and each wake, under a lock that wake() takes.
  void wait_while(const std::function<bool()>& condition);

  /// Ends the thread after its current piece. From then on stopping() is true, even if the thread was never started.
  /// One thread at a time.
  void stop();
  bool stopping() const { return stopping_; }

 private:
  void run();

  const std::function<bool()> do_piece_;
  std::thread thread_;
  bool started_ = false;  // thread_ itself is only for the caller that joins it

  mutable std::mutex mutex_;
  std::condition_variable awake_;       // the thread waits here for wanted_ or stopping_
  std::condition_variable progress_;    // callers wait here for the thread
  bool wanted_ = true;                  // there may be work
  bool working_ = false;                // the thread is doing a piece
  std::atomic<bool> stopping_ = false;  // set with the lock held
};

}  // namespace sediment
