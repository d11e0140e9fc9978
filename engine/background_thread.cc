#include "engine/background_thread.h"

#include <exception>

#include "engine/yield_point.h"

namespace sediment {

bool BackgroundThread::start() noexcept {
  try {
    thread_ = std::thread([this] { run(); });
    started_ = true;
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the caller does without
  }
  return started_;
}

void BackgroundThread::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (!wanted_) {
      yield_point("maintenance.idle");  // locked: what is wanted from here on wakes it
      awake_.wait(lock, [this] { return wanted_ || stopping_; });
      continue;
    }
    wanted_ = false;
    working_ = true;
    lock.unlock();
    yield_point("maintenance.piece");
    const bool done = do_piece_();
    lock.lock();
    working_ = false;
    if (done) wanted_ = true;
    progress_.notify_all();
  }
}

void BackgroundThread::wake() {
  {
    const std::lock_guard lock(mutex_);
    wanted_ = true;
  }
  awake_.notify_one();
  progress_.notify_all();
}

bool BackgroundThread::busy() const {
  const std::lock_guard lock(mutex_);
  return wanted_ || working_;
}

void BackgroundThread::wait_while(const std::function<bool()>& condition) {
  std::unique_lock lock(mutex_);
  progress_.wait(lock, [&] { return stopping_ || !(wanted_ || working_) || !condition(); });
}

void BackgroundThread::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  awake_.notify_one();
  progress_.notify_all();
  yield_point("maintenance.joining");
  if (thread_.joinable()) thread_.join();
}

}  // namespace sediment
