// A thread of the store's own. It does one piece of work after the other while there is any, and sleeps until it is
// woken.
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
  /// `do_piece` does one piece of work; false when there is none. It must not throw.
  explicit BackgroundThread(std::function<bool()> do_piece) : do_piece_(std::move(do_piece)) {}
  ~BackgroundThread() { stop(); }
  BackgroundThread(const BackgroundThread&) = delete;
  BackgroundThread& operator=(const BackgroundThread&) = delete;

  /// Starts it, awake. False if the system has no thread to give. To be called once, before any other thread knows of
  /// it.
  bool start() noexcept;
  bool started() const { return started_; }

  /// There may be something to do.
  void wake();
  /// Whether there is something to do, as far as is known.
  bool busy() const;
  /// Waits while the thread is busy and `condition` holds. It is looked at after each piece and each wake, with a lock
  /// held that wake() takes.
  void wait_while(const std::function<bool()>& condition);

  /// Ends the thread after the piece that it is doing. From then on stopping() is true, also if it was never started.
  /// One thread at a time.
  void stop();
  bool stopping() const { return stopping_; }

 private:
  void run();

  const std::function<bool()> do_piece_;
  std::thread thread_;
  bool started_ = false;  // thread_ itself is for the one that joins it

  mutable std::mutex mutex_;
  std::condition_variable awake_;       // for the thread: wanted_ or stopping_
  std::condition_variable progress_;    // for those that wait for it
  bool wanted_ = true;                  // there may be something to do
  bool working_ = false;                // a piece is being done
  std::atomic<bool> stopping_ = false;  // set with the lock held
};

}  // namespace sediment
