// The named places of engine/yield_point.h as a test sees them: it counts the threads that pass, and holds threads
// there instead of hoping that they meet. Only test builds have these places: in other builds such a test is skipped.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "engine/yield_point.h"
#include "tests/support/patience.h"

#ifdef SEDIMENT_YIELD_POINTS
#define SEDIMENT_NEEDS_YIELD_POINTS()
#else
#define SEDIMENT_NEEDS_YIELD_POINTS() GTEST_SKIP() << "this build has no yield points (SEDIMENT_YIELD_POINTS)"
#endif

namespace sediment::test {

/// Only one at a time. Create it before the threads that it watches, and destroy it after they end.
///
/// At some places the engine holds a lock ("maintenance.idle", "catalog.frozen"). A test may count there, but may hold
/// a thread there only while it calls nothing that needs that lock.
class YieldWatch {
 public:
  explicit YieldWatch(std::function<void(std::string_view name)> on_pass = [](std::string_view) {})
      : on_pass_(std::move(on_pass)) {
    current_ = this;
#ifdef SEDIMENT_YIELD_POINTS
    yield_hook = [](const char* name) { current_->pass(name); };
#endif
  }
  ~YieldWatch() {
#ifdef SEDIMENT_YIELD_POINTS
    yield_hook = nullptr;
#endif
  }
  YieldWatch(const YieldWatch&) = delete;
  YieldWatch& operator=(const YieldWatch&) = delete;

  /// From now on threads that reach this place stay there.
  void hold(const std::string& name) {
    const std::lock_guard lock(mutex_);
    places_[name].held = true;
  }
  void release(const std::string& name) {
    const std::lock_guard lock(mutex_);
    places_[name].held = false;
    places_[name].tickets = 0;
    changed_.notify_all();
  }
  /// Lets one of the threads that stay there continue.
  void let_one_through(const std::string& name) {
    const std::lock_guard lock(mutex_);
    ++places_[name].tickets;
    changed_.notify_all();
  }
  void wait_until_held(const std::string& name) {
    wait([this, &name] { return places_[name].waiting > places_[name].tickets; });
  }
  /// How many threads have reached this place, including those that stay there.
  std::uint64_t passes(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return places_[name].passes;
  }
  void wait_for_passes(const std::string& name, std::uint64_t n) {
    wait([this, &name, n] { return places_[name].passes >= n; });
  }
  /// Waits until one of the two has been reached this many times; returns whether it is the first.
  bool wait_for_either(const std::string& first, std::uint64_t n, const std::string& second, std::uint64_t m) {
    wait([&] { return places_[first].passes >= n || places_[second].passes >= m; });
    return passes(first) >= n;
  }

 private:
  struct Place {
    bool held = false;
    std::uint64_t passes = 0;
    std::uint64_t waiting = 0;
    std::uint64_t tickets = 0;
  };

  void pass(const char* name) {
    on_pass_(name);
    std::unique_lock lock(mutex_);
    Place& place = places_[name];
    ++place.passes;
    ++place.waiting;
    changed_.notify_all();
    wait_patiently(changed_, lock, [&] { return !place.held || place.tickets > 0; });
    --place.waiting;
    if (place.held) --place.tickets;
    changed_.notify_all();
  }
  template <typename Condition>
  void wait(Condition condition) {
    std::unique_lock lock(mutex_);
    wait_patiently(changed_, lock, condition);
  }

  static inline YieldWatch* current_ = nullptr;

  std::function<void(std::string_view)> on_pass_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Place> places_;
};

}  // namespace sediment::test
