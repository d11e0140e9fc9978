// For tests with threads: a wait that ends, also when what it waits for never comes.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>

namespace sediment::test {

/// Waits until the condition holds. After a minute in vain it ends the whole program: threads that are stuck can
/// neither be joined nor left behind, and a test that hangs says nothing.
template <typename Condition>
void wait_patiently(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, Condition condition) {
  if (changed.wait_for(lock, std::chrono::minutes(1), condition)) return;
  (void)std::fputs("this test waited a minute for another thread, in vain\n", stderr);
  std::abort();
}

}  // namespace sediment::test
