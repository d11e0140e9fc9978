// Threads that share one job.
#pragma once

#include <exception>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace sediment::sim {

/// If one of them throws, its part ends, and join() rethrows.
class Workers {
 public:
  explicit Workers(std::function<void()> work) : work_(std::move(work)) {}
  ~Workers() { wait(); }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Starts `count` threads besides this one, or as many as the system allows.
  void start(unsigned count) {
    try {
      for (unsigned i = 0; i < count; ++i) threads_.emplace_back([this] { guarded(); });
    } catch (const std::system_error&) {
      // Fewer threads do the same in more time.
    }
  }
  /// Does its own share of the work, then waits for the others.
  void join() {
    guarded();
    wait();
    if (thrown_) std::rethrow_exception(thrown_);
  }

 private:
  void guarded() {
    try {
      work_();
    } catch (...) {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!thrown_) thrown_ = std::current_exception();
    }
  }
  void wait() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  std::function<void()> work_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::exception_ptr thrown_;  // guarded by mutex_
};

}  // namespace sediment::sim
