// An observer for several threads: counts events, and lets a test wait for them.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "engine/event.h"
#include "tests/support/patience.h"

namespace sediment::test {

class EventCounter final : public Observer {
 public:
  void on_event(const Event& event) override {
    const std::lock_guard lock(mutex_);
    keys_[event.kind].emplace_back(event.key);
    changed_.notify_all();
  }

  std::size_t count(EventKind kind) {
    const std::lock_guard lock(mutex_);
    return keys_[kind].size();
  }
  /// The keys of all events of the kind, in order.
  std::vector<std::string> keys(EventKind kind) {
    const std::lock_guard lock(mutex_);
    return keys_[kind];
  }
  /// Waits until there have been this many of the kind.
  void wait_for(EventKind kind, std::size_t n) {
    std::unique_lock lock(mutex_);
    wait_patiently(changed_, lock, [&] { return keys_[kind].size() >= n; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<EventKind, std::vector<std::string>> keys_;
};

}  // namespace sediment::test
